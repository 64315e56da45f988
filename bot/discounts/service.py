"""What happens when hosts make discounts, change and end them, and when a program changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.clock import Clock
from bot.db import Database, Transaction
from bot.discounts import drafts, errors, rules
from bot.discounts.card_service import CardService
from bot.discounts.claim_repository import ClaimRepository
from bot.discounts.claim_service import ClaimService
from bot.discounts.condition_rules import ConditionKind
from bot.discounts.drafts import Stalled
from bot.discounts.key_service import KeyService
from bot.discounts.report_rules import AuditAction
from bot.discounts.repository import DiscountRepository, Kept
from bot.discounts.rules import CodeKind, Discount, DiscountState, Draft, Grant
from bot.discounts.vault import new_salt, owner_mark
from bot.engagement.standing_service import StandingService
from bot.greeting.service import GreetingService
from bot.members.service import MemberService
from bot.programs.service import ProgramService

#: What makes a discount pause by itself when its program changes.
_PAUSING = (errors.DiscountTooLargeError, errors.ProgramGoneError)


class DiscountService(ClaimService):
    """Discounts from their making to their end; what members do with them is `ClaimService`.

    Every method with a discount's id raises NoSuchDiscountError.
    """

    def __init__(
        self,
        database: Database,
        keys: KeyService,
        members: MemberService,
        cards: CardService,
        greeting: GreetingService,
        standing: StandingService,
        programs: ProgramService,
        clock: Clock,
    ) -> None:
        super().__init__(database, keys, members, cards, greeting, standing)
        self._programs = programs
        self._clock = clock
        programs.changed_listeners.append(self.program_changed)
        programs.edit_checks.append(self.check_program)

    async def get(self, guild_id: int, discount_id: int) -> Discount:
        """The discount as it is now."""
        async with self._database.transaction() as tx:
            return (await DiscountRepository(tx).get(guild_id, discount_id)).discount

    async def list_all(self, guild_id: int) -> list[Discount]:
        """The guild's discounts, the newest first."""
        async with self._database.transaction() as tx:
            return await DiscountRepository(tx).list_all(guild_id)

    async def list_open(self, guild_id: int, now: datetime) -> list[Discount]:
        """Those that have not ended, the newest first: running, sold out, paused or still to start."""
        every = await self.list_all(guild_id)
        return [discount for discount in every if rules.state(discount, now) is not DiscountState.ENDED]

    async def list_stalled(self, guild_id: int, now: datetime) -> list[Stalled]:
        """Those that have not ended and do not fit their program, or paused because of it and fit again."""
        async with self._database.transaction() as tx:
            alone = await DiscountRepository(tx).list_paused_alone(guild_id)
            every = await DiscountRepository(tx).list_all(guild_id)
            known = [discount for discount in every if rules.state(discount, now) is not DiscountState.ENDED]
            program_ids = {discount.program_id for discount in known}
            programs = {each: await self._programs.get_in(tx, guild_id, each) for each in program_ids}
        faults = ((discount, drafts.fault(programs[discount.program_id], discount, now)) for discount in known)
        return [Stalled(discount, fault) for discount, fault in faults if fault is not None or discount.id in alone]

    async def check(
        self, guild_id: int, draft: Draft, now: datetime, discount_id: int | None = None, revision: int | None = None
    ) -> Discount | None:
        """Raise what `create`, or `edit` of that discount, would raise; nothing is written. The discount as it is."""
        async with self._database.transaction() as tx:
            known = None if discount_id is None else await DiscountRepository(tx).get(guild_id, discount_id)
            if known is not None:
                _check_revision(known.discount, revision)
            await self._check(tx, guild_id, drafts.tidied(draft), known, now)
            return known.discount if known is not None else None

    async def _check(self, tx: Transaction, guild_id: int, draft: Draft, known: Kept | None, now: datetime) -> None:
        discount = known.discount if known else None
        secret = draft.secret
        if not secret and known is not None and known.secret is not None and known.discount.kind is draft.kind:
            secret = (await self._keys.open(tx)).decrypt(known.secret)
        program = await self._programs.get_in(tx, guild_id, draft.program_id)
        drafts.check_words(draft, discount, secret, program)
        every = await DiscountRepository(tx).list_all(guild_id)
        others = [each for each in every if discount is None or each.id != discount.id]
        await self._check_texts(tx, guild_id, {"name": draft.name, "note": draft.note}, others)
        drafts.check_cards((each for each in others if rules.state(each, now) is not DiscountState.ENDED), secret)
        if draft.secret and any(each.kind is CodeKind.POOL for each in others):
            await self._check_pools(tx, guild_id, draft.secret)
        drafts.check_numbers(draft, discount, now)
        namesake = await DiscountRepository(tx).get_by_name(guild_id, draft.name)
        if namesake is not None and (discount is None or namesake.discount.id != discount.id):
            raise errors.NameTakenError(namesake.discount.name)
        if fault := drafts.fault(program, draft, now):
            raise fault

    async def _check_pools(self, tx: Transaction, guild_id: int, secret: str) -> None:
        mark = (await self._keys.open(tx)).fingerprint(secret)
        if await ClaimRepository(tx).list_codes(guild_id, [mark]):
            raise errors.CodeOfAPoolError

    async def create(self, guild_id: int, draft: Draft, host_id: int, now: datetime) -> Discount:
        """A new discount. A pool is empty until codes are imported. Raises UnusableDraftError, KeyUnavailableError."""
        draft = drafts.tidied(draft)
        async with self._database.transaction() as tx:
            await self._programs.hold(tx, guild_id, draft.program_id)
            await DiscountRepository(tx).hold_codes(guild_id)
            await self._check(tx, guild_id, draft, None, now)
            vault = await self._keys.open(tx)
            discount = await DiscountRepository(tx).add(
                guild_id, draft, host_id, now,
                secret=vault.encrypt(draft.secret) if draft.secret else None, owner_salt=vault.encrypt(new_salt()),
            )  # fmt: skip
            if discount is None:
                raise errors.NameTakenError(draft.name)
            await self._cards.follow(tx, discount, now)
            await self._audit(tx, discount, AuditAction.CREATE, now, actor_id=host_id)
            return discount

    async def edit(
        self, guild_id: int, discount_id: int, draft: Draft, host_id: int, now: datetime, revision: int | None = None
    ) -> Discount:
        """Make a discount something else; without a secret in the draft that stays.

        Raises UnusableDraftError, AlreadyOverError where a host ended it, ChangedMeanwhileError where it is not of
        that revision any more, KeyUnavailableError.
        """
        draft = drafts.tidied(draft)
        async with self._database.transaction() as tx:
            await self._programs.hold(tx, guild_id, draft.program_id)
            await DiscountRepository(tx).hold_codes(guild_id)
            await self._keys.hold(tx)
            known = await DiscountRepository(tx).get_locked(guild_id, discount_id)
            _check_revision(known.discount, revision)
            await self._check(tx, guild_id, draft, known, now)
            secret = (await self._keys.open(tx)).encrypt(draft.secret) if draft.secret else None
            if not await DiscountRepository(tx).change(known.discount, draft, secret):
                raise errors.NameTakenError(draft.name)
            details = drafts.changes(known.discount, draft)
            return await self._changed(tx, known.discount, AuditAction.EDIT, host_id, now, details=details)

    async def pause(self, guild_id: int, discount_id: int, host_id: int, now: datetime) -> Discount:
        """Give no codes out for now. Raises AlreadyOverError."""
        return await self._set_paused(guild_id, discount_id, host_id, now, paused=True)

    async def resume(self, guild_id: int, discount_id: int, host_id: int, now: datetime) -> Discount:
        """Give codes out again. Raises AlreadyOverError, DiscountTooLargeError, NoPriceError, ProgramGoneError."""
        return await self._set_paused(guild_id, discount_id, host_id, now, paused=False)

    async def _set_paused(
        self, guild_id: int, discount_id: int, host_id: int, now: datetime, *, paused: bool
    ) -> Discount:
        async with self._database.transaction() as tx:
            discount = drafts.still_open((await DiscountRepository(tx).get_locked(guild_id, discount_id)).discount, now)
            if discount.paused == paused:
                return discount
            program = await self._programs.get_in(tx, guild_id, discount.program_id)
            if not paused and (fault := drafts.fault(program, discount, now)):
                raise fault
            await DiscountRepository(tx).set_paused(discount, paused)
            action = AuditAction.PAUSE if paused else AuditAction.RESUME
            return await self._changed(tx, discount, action, host_id, now)

    async def end(self, guild_id: int, discount_id: int, host_id: int, now: datetime) -> Discount:
        """Give no codes out any more, for good. Raises AlreadyOverError."""
        async with self._database.transaction() as tx:
            discount = drafts.still_open((await DiscountRepository(tx).get_locked(guild_id, discount_id)).discount, now)
            await DiscountRepository(tx).set_ended(discount, now)
            return await self._changed(tx, discount, AuditAction.END, host_id, now)

    async def grant(self, guild_id: int, discount_id: int, member_id: int, host_id: int, now: datetime) -> Grant:
        """A host names a member: that meets the condition *named by a host*.

        It also gives back a code that was taken back, or of which nobody knew any more whose it is. Raises
        NotByNameError where the discount has no such condition, AlreadyOverError, KeyUnavailableError.
        """
        async with self._database.transaction() as tx:
            vault, claims = await self._keys.open(tx), ClaimRepository(tx)
            kept = await DiscountRepository(tx).get_locked(guild_id, discount_id)
            discount = kept.discount
            held = await claims.get_claim(discount, owner_mark(vault.decrypt(kept.owner_salt), member_id))
            is_back = held is not None and (held.revoked_at is not None or held.member_id is None)
            if held is not None and is_back:
                await claims.give_back(guild_id, held.id, member_id)
            elif ConditionKind.NAMED not in drafts.still_open(discount, now).conditions.kinds:
                raise errors.NotByNameError
            asks = ConditionKind.NAMED in discount.conditions.kinds
            is_new = asks and await claims.add_grant(discount, member_id, host_id, now)
            if not (is_back or is_new):
                return Grant.KNOWN
            action = AuditAction.GIVE_BACK if is_back else AuditAction.GRANT
            await self._audit(tx, discount, action, now, actor_id=host_id, member_id=member_id)
            return Grant.BACK if is_back else Grant.NEW

    async def revoke(self, guild_id: int, discount_id: int, member_id: int, host_id: int, now: datetime) -> None:
        """Take a member's code back, and their naming. A code of a pool goes to nobody else.

        Raises NothingToRevokeError, KeyUnavailableError.
        """
        async with self._database.transaction() as tx:
            vault, claims = await self._keys.open(tx), ClaimRepository(tx)
            kept = await DiscountRepository(tx).get_locked(guild_id, discount_id)
            held = await claims.get_claim(kept.discount, owner_mark(vault.decrypt(kept.owner_salt), member_id))
            was_named = await claims.remove_grant(kept.discount, member_id)
            if held is not None and held.revoked_at is None:
                await claims.set_revoked(guild_id, held.id, now)
            elif not was_named:
                raise errors.NothingToRevokeError
            await self._audit(tx, kept.discount, AuditAction.REVOKE, now, actor_id=host_id, member_id=member_id)

    async def check_program(self, tx: Transaction, guild_id: int, program_id: int, texts: Mapping[str, str]) -> None:
        """Raise CodeInPublicError where what a host wrote about a program tells the code of one of its discounts."""
        await self._check_texts(tx, guild_id, texts, await DiscountRepository(tx).list_all(guild_id, program_id))

    async def _check_texts(
        self, tx: Transaction, guild_id: int, texts: Mapping[str, str], discounts: Iterable[Discount]
    ) -> None:
        """Raise CodeInPublicError where these texts tell the code of one of these discounts that has not ended.

        Without the key to the codes nobody can tell, and anything may be written.
        """
        now, secrets = self._clock.now(), await DiscountRepository(tx).list_secrets(guild_id)
        kept = [secrets.get(each.id) for each in discounts if rules.state(each, now) is not DiscountState.ENDED]
        if not any(kept):
            return
        try:
            vault = await self._keys.open(tx)
        except errors.KeyUnavailableError:
            return
        for secret in filter(None, kept):
            drafts.check_texts(texts, vault.decrypt(secret))

    async def program_changed(self, tx: Transaction, guild_id: int, program_id: int) -> None:
        """A program or its prices changed: the cards of its discounts follow.

        A discount that is not below one of the prices any more, or whose program is archived, pauses, and its log says
        why; a host can resume it as soon as it fits again.
        """
        now = self._clock.now()
        await self._keys.hold(tx)
        program = await self._programs.get_in(tx, guild_id, program_id)
        for each in await DiscountRepository(tx).list_all(guild_id, program_id):
            discount = (await DiscountRepository(tx).get_locked(guild_id, each.id)).discount
            if rules.state(discount, now) is DiscountState.ENDED:
                continue
            fault = drafts.fault(program, discount, now)
            if not discount.paused and isinstance(fault, _PAUSING):
                await DiscountRepository(tx).set_paused(discount, True)
                await self._changed(tx, discount, AuditAction.PAUSE, None, now, details=fault.message)
                continue
            await self._cards.follow(tx, discount, now)

    async def _changed(
        self, tx: Transaction, discount: Discount, action: AuditAction, host_id: int | None, now: datetime,
        details: str = "",
    ) -> Discount:  # fmt: skip
        """What follows from every change of a discount: its log, its cards, its next turn."""
        changed = (await DiscountRepository(tx).get(discount.guild_id, discount.id)).discount
        await self._audit(tx, changed, action, now, actor_id=host_id, details=details)
        await self._cards.follow(tx, changed, now)
        return changed


def _check_revision(discount: Discount, revision: int | None) -> None:
    if discount.ended_at is not None:
        raise errors.AlreadyOverError(by_host=True)
    if revision not in (None, discount.revision):
        raise errors.ChangedMeanwhileError
