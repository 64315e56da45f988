"""What happens when members want codes: who gets one, who already has, and who does not yet and why."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.db import Database, DatabaseUnavailableError, Transaction
from bot.discounts import errors, rules
from bot.discounts.attempts import Attempts
from bot.discounts.card_service import CardService
from bot.discounts.claim_repository import ClaimRepository, Held
from bot.discounts.condition_rules import Checklist, Claimant, ConditionKind, Facts, checklist
from bot.discounts.key_service import KeyService
from bot.discounts.report_rules import AuditAction
from bot.discounts.repository import DiscountRepository, Kept
from bot.discounts.rules import Claimed, CodeKind, Discount, DiscountState, Offer
from bot.discounts.vault import Vault, owner_mark
from bot.engagement.rules import Level, TakingPart
from bot.engagement.standing_service import StandingService
from bot.errors import UserFacingError
from bot.greeting.service import GreetingService
from bot.members.service import MemberService

#: A card tells of claims within this time, so that a rush does not draw it for each.
SHOWN_WITHIN = timedelta(seconds=30)
#: So many claims are made at a time in one process. They wait for one another anyway, for the row of the discount; here
#: they do it without a connection each, so that a rush leaves some for everything else, and no wait is given up.
_AT_ONCE = 8
#: How often a claim begins anew because a host changed the discount in between.
_TRIES = 5
_ENGAGEMENT = frozenset({ConditionKind.ACTIVE_DAYS, ConditionKind.SESSIONS})


class _ChangedError(Exception):
    """Somebody was faster, or a host changed the discount: what was begun is undone, and looked at anew."""


class ClaimService:
    """Codes as members meet them. A code has one owner and a member one code, whatever happens at the same time."""

    def __init__(
        self,
        database: Database,
        keys: KeyService,
        members: MemberService,
        cards: CardService,
        greeting: GreetingService,
        standing: StandingService,
    ) -> None:
        self._database = database
        self._keys = keys
        self._members = members
        self._cards = cards
        self._greeting = greeting
        self._standing = standing
        self._attempts = Attempts()
        self._rush = asyncio.Semaphore(_AT_ONCE)

    async def claim(self, guild_id: int, discount_id: int, claimant: Claimant, now: datetime) -> Claimed:
        """A member's code: a new one, or the one they have.

        Raises NoSuchDiscountError, TooManyAttemptsError, NotEligibleError (RejoinedError), SoldOutError
        (NoCodesYetError), NotStartedError, EndedError, PausedError, RevokedError, ForgottenClaimError, OptedOutError,
        StaffError, KeyUnavailableError.
        """
        retry_at = self._attempts.try_again_at(guild_id, claimant.member_id, now)
        if retry_at is not None:
            raise errors.TooManyAttemptsError(retry_at)
        async with self._rush, self._database.transaction() as tx:
            outcome = await self._claim(tx, guild_id, discount_id, claimant, now)
        # Raised only here: that somebody looked, and what stood in their way, is kept.
        if isinstance(outcome, UserFacingError):
            raise outcome
        return outcome

    async def _claim(
        self, tx: Transaction, guild_id: int, discount_id: int, claimant: Claimant, now: datetime
    ) -> Claimed | UserFacingError:
        vault = await self._keys.open(tx)
        for _ in range(_TRIES):
            kept = await DiscountRepository(tx).get(guild_id, discount_id)
            owner = owner_mark(vault.decrypt(kept.owner_salt), claimant.member_id)
            held = await ClaimRepository(tx).get_claim(kept.discount, owner)
            if held is not None:
                return await self._show(tx, vault, kept, held, claimant, now)
            if refusal := await self._refusal(tx, kept.discount, claimant, now):
                return refusal
            try:
                async with tx.begin_nested():
                    await self._take(tx, kept.discount, claimant.member_id, owner, now)
            except _ChangedError:
                continue
            held = await ClaimRepository(tx).get_claim(kept.discount, owner)
            assert held is not None, "it was taken just now"
            await self._tell_of(tx, kept.discount, claimant.member_id, now)
            return Claimed(kept.discount, _code(vault, kept, held), is_new=True, claimed_at=now)
        return DatabaseUnavailableError()

    async def _take(self, tx: Transaction, discount: Discount, member_id: int, owner: str, now: datetime) -> None:
        """Give a code out, whole or not at all; the discount's row is locked from its UPDATE on."""
        if not await DiscountRepository(tx).count_claim(discount):
            raise _ChangedError
        claims = ClaimRepository(tx)
        code_id = await claims.take_code(discount) if discount.kind is CodeKind.POOL else None
        if discount.kind is CodeKind.POOL and code_id is None:
            raise _ChangedError
        if not await claims.add_claim(discount, member_id, owner, code_id, now):
            raise _ChangedError

    async def _tell_of(self, tx: Transaction, discount: Discount, member_id: int, now: datetime) -> None:
        await ClaimRepository(tx).note_look(discount, member_id, (), now)
        await self._audit(tx, discount, AuditAction.CLAIM, now, actor_id=member_id, member_id=member_id)
        left = rules.left(discount)
        await self._cards.redraw(tx, discount, now, timedelta() if left == 1 else SHOWN_WITHIN)

    async def _show(
        self, tx: Transaction, vault: Vault, kept: Kept, held: Held, claimant: Claimant, now: datetime
    ) -> Claimed | UserFacingError:
        """The code a member has."""
        if held.revoked_at is not None:
            return errors.RevokedError()
        if held.member_id is None:
            return errors.ForgottenClaimError()
        await self._audit(
            tx, kept.discount, AuditAction.REVEAL, now, actor_id=claimant.member_id, member_id=claimant.member_id
        )
        rejoined = claimant.joined_at > held.claimed_at
        return Claimed(kept.discount, _code(vault, kept, held), False, held.claimed_at, rejoined)

    async def _refusal(
        self, tx: Transaction, discount: Discount, claimant: Claimant, now: datetime
    ) -> UserFacingError | None:
        """Why somebody without a code gets none; None if they get one."""
        if refusal := await self._refusal_of_all(tx, discount.guild_id, claimant):
            return refusal
        checked = await self._look(tx, discount, claimant, now)
        if refusal := _refusal_of(discount, now):
            return refusal
        if checked.is_met:
            return None
        if ConditionKind.MEMBERSHIP in {condition.kind for condition in checked.blocking}:
            member = await self._members.get_in(tx, discount.guild_id, claimant.member_id)
            if member is not None and member.away_since is not None:
                return errors.RejoinedError(discount, checked)
        return errors.NotEligibleError(discount, checked)

    async def check_claimant(self, guild_id: int, claimant: Claimant) -> None:
        """Raise StaffError or OptedOutError where somebody gets a new code of no discount at all."""
        async with self._database.transaction() as tx:
            if refusal := await self._refusal_of_all(tx, guild_id, claimant):
                raise refusal

    async def _refusal_of_all(self, tx: Transaction, guild_id: int, claimant: Claimant) -> UserFacingError | None:
        """Why somebody gets a new code of no discount at all; None if they may get one."""
        if claimant.is_staff:
            return errors.StaffError()
        return errors.OptedOutError() if await ClaimRepository(tx).has_opted_out(guild_id, claimant.member_id) else None

    async def facts_in(self, tx: Transaction, discount: Discount, claimant: Claimant, now: datetime) -> Facts:
        """What the rooms know of somebody, as far as the discount asks."""
        return (await self.facts_of(tx, discount, [claimant.member_id], now))[claimant.member_id]

    async def facts_of(
        self, tx: Transaction, discount: Discount, member_ids: Sequence[int], now: datetime
    ) -> dict[int, Facts]:
        """As `facts_in`, of some hundred members at once."""
        guild_id, kinds = discount.guild_id, discount.conditions.kinds
        parts, levels = dict[int, TakingPart](), dict[int, Level]()
        introduced, named = set[int](), set[int]()
        if kinds & _ENGAGEMENT:
            parts = await self._standing.taking_part_of(tx, guild_id, member_ids, now)
        if ConditionKind.LEVEL in kinds:
            levels = await self._standing.levels_in(tx, guild_id, member_ids, now)
        if ConditionKind.INTRODUCED in kinds:
            introduced = await self._greeting.introduced_in(tx, guild_id, member_ids)
        if ConditionKind.NAMED in kinds:
            named = await ClaimRepository(tx).list_named(discount, member_ids)

        def facts(one: int) -> Facts:
            part = parts.get(one, TakingPart())
            return Facts(one in introduced, part.active_days, levels.get(one, Level.NEW), part.sessions, one in named)

        return {member_id: facts(member_id) for member_id in member_ids}

    async def codes_of(self, guild_id: int, member_id: int, now: datetime, most: int | None = None) -> list[Claimed]:
        """The codes a member has, or the latest `most` of them, without those a host took back.

        Showing them is written down. Raises KeyUnavailableError.
        """
        async with self._database.transaction() as tx:
            held = [each for each in await ClaimRepository(tx).list_claims(guild_id, member_id) if not each.revoked_at]
            if not held:
                return []
            vault, found = await self._keys.open(tx), list[Claimed]()
            for each in held[:most]:
                kept = await DiscountRepository(tx).get(guild_id, each.discount_id)
                found.append(Claimed(kept.discount, _code(vault, kept, each), False, each.claimed_at))
                await self._audit(tx, kept.discount, AuditAction.REVEAL, now, actor_id=member_id, member_id=member_id)
        return found

    async def discounts_of(self, guild_id: int, member_id: int) -> list[Discount]:
        """The discounts a member has a code of, in the order of `codes_of`. Nothing is shown by that."""
        async with self._database.transaction() as tx:
            held = [each for each in await ClaimRepository(tx).list_claims(guild_id, member_id) if not each.revoked_at]
            return [(await DiscountRepository(tx).get(guild_id, each.discount_id)).discount for each in held]

    async def offers(self, guild_id: int, claimant: Claimant, now: datetime) -> list[Offer]:
        """The discounts that run, as a member sees them; none for staff and for who wants no codes.

        That they looked is written down.
        """
        async with self._database.transaction() as tx:
            offers = list[Offer]()
            if await self._refusal_of_all(tx, guild_id, claimant):
                return []
            had = await self._had(tx, guild_id, claimant.member_id)
            for discount in await DiscountRepository(tx).list_all(guild_id):
                if rules.state(discount, now) is not DiscountState.RUNNING and discount.id not in had:
                    continue
                checked = None if discount.id in had else await self._look(tx, discount, claimant, now)
                offers.append(Offer(discount, checked, had.get(discount.id, False)))
        return offers

    async def _had(self, tx: Transaction, guild_id: int, member_id: int) -> Mapping[int, bool]:
        """The discounts a member has a code of, or had: then it is False."""
        held = await ClaimRepository(tx).list_claims(guild_id, member_id)
        return {each.discount_id: each.revoked_at is None for each in held}

    async def _look(self, tx: Transaction, discount: Discount, claimant: Claimant, now: datetime) -> Checklist:
        checked = checklist(discount.conditions, claimant, await self.facts_in(tx, discount, claimant, now), now)
        await ClaimRepository(tx).note_look(discount, claimant.member_id, checked.blocking, now)
        return checked

    async def set_opt_out(self, guild_id: int, member_id: int, opted_out: bool, now: datetime) -> None:
        """A member wants no codes, or wants them again. Those they have they keep."""
        async with self._database.transaction() as tx:
            if await ClaimRepository(tx).set_opt_out(guild_id, member_id, opted_out):
                action = AuditAction.OPT_OUT if opted_out else AuditAction.OPT_IN
                await DiscountRepository(tx).add_audit(guild_id, action, now, actor_id=member_id, member_id=member_id)

    def forget_attempts(self, guild_id: int, member_id: int) -> None:
        """Forget how often a member tried."""
        self._attempts.forget(guild_id, member_id)

    async def _audit(
        self,
        tx: Transaction,
        discount: Discount,
        action: AuditAction,
        now: datetime,
        *,
        actor_id: int | None = None,
        member_id: int | None = None,
        details: str = "",
    ) -> None:
        await DiscountRepository(tx).add_audit(
            discount.guild_id, action, now, discount_id=discount.id, actor_id=actor_id, member_id=member_id,
            details=details,
        )  # fmt: skip


def _code(vault: Vault, kept: Kept, held: Held) -> str:
    secret = held.secret if kept.discount.kind is CodeKind.POOL else kept.secret
    assert secret is not None, "what was claimed has a code"
    return vault.decrypt(secret)


def _refusal_of(discount: Discount, now: datetime) -> UserFacingError | None:
    """Why nobody gets a code now."""
    match rules.state(discount, now):
        case DiscountState.ENDED:
            by_time = discount.ends.instant if discount.ends else now
            return errors.EndedError(min(discount.ended_at or by_time, by_time))
        case DiscountState.PAUSED:
            return errors.PausedError()
        case DiscountState.SCHEDULED:
            return errors.NotStartedError(discount.starts.instant if discount.starts else now)
        case DiscountState.SOLD_OUT:
            return errors.SoldOutError()
        case DiscountState.EMPTY:
            return errors.NoCodesYetError()
        case DiscountState.RUNNING:
            return None
