"""What became of a discount: reports, what the shop says, the file for hosts, and the log."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.discounts import errors
from bot.discounts.card_service import CardService
from bot.discounts.claim_repository import ClaimRepository
from bot.discounts.claim_service import ClaimService
from bot.discounts.code_files import is_code, tidy_code
from bot.discounts.condition_rules import Claimant, checklist
from bot.discounts.key_service import KeyService
from bot.discounts.report_repository import ReportRepository
from bot.discounts.report_rules import AuditAction, AuditEntry, Report, as_csv, days_of, most_first
from bot.discounts.repository import DiscountRepository, Kept
from bot.discounts.rules import CodeKind, Discount, counted
from bot.discounts.sale_files import is_order, is_personal, read_day, read_sales
from bot.discounts.sale_rules import Matched, Redemption, RedemptionPlan, Sale, matched

#: Finds the names of these members, by id; who is not in the guild has none.
FindNames = Callable[[Sequence[int]], Awaitable[Mapping[int, str]]]
#: How many people are looked at in one transaction: that takes some milliseconds.
_LOOKED_AT = 200
_TITLES = ("name", "mention", "code", "claimed", "taken back", "redeemed", "order")


class ReportService:
    """Reports and redemptions. Every method with a discount's id raises NoSuchDiscountError."""

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        cards: CardService,
        keys: KeyService,
        claims: ClaimService,
    ) -> None:
        self._database = database
        self._communities = communities
        self._cards = cards
        self._keys = keys
        self._claims = claims

    async def report(self, guild_id: int, discount_id: int, now: datetime) -> Report:
        """How far the discount came until now. Who claimed has seen it, even if they were forgotten since."""
        async with self._database.transaction() as tx:
            discount = await _discount(tx, guild_id, discount_id)
            zone = (await self._communities.get_in(tx, guild_id)).zone
            looks = await ClaimRepository(tx).list_looks(discount)
            reports = ReportRepository(tx)
            claims = await reports.list_claimed_at(discount)
            redeemed = [one.day for one in await reports.list_redemptions(discount)]
            revoked = await reports.count_revoked(discount)
        seen = [at for at, _ in looks] + [at for at, has_looked in claims if not has_looked]
        days = days_of(seen, [at for at, _ in claims], redeemed, zone)
        blocking = most_first((blocking for _, blocking in looks), discount.conditions.any_of)
        return Report(discount, len(seen), len(claims), revoked, len(redeemed), days, blocking)

    async def count_eligible(self, guild_id: int, discount_id: int, people: Sequence[Claimant], now: datetime) -> int:
        """How many of these people would get a code: they meet every condition, are no staff and did not opt out.

        Nothing is written down. Raises NoSuchDiscountError.
        """
        async with self._database.transaction() as tx:
            opted_out = await ClaimRepository(tx).list_opted_out(guild_id)
        found = 0
        members = [person for person in people if not person.is_staff and person.member_id not in opted_out]
        for start in range(0, len(members), _LOOKED_AT):  # others write in between
            some = members[start : start + _LOOKED_AT]
            async with self._database.transaction() as tx:
                discount = await _discount(tx, guild_id, discount_id)
                facts = await self._claims.facts_of(tx, discount, [person.member_id for person in some], now)
            found += sum(checklist(discount.conditions, one, facts[one.member_id], now).is_met for one in some)
        return found

    async def plan_redemptions(self, guild_id: int, discount_id: int, content: bytes, now: datetime) -> RedemptionPlan:
        """What noting a shop's file would do; nothing is written.

        Raises UnreadableFileError, ImportLineError, SharedCodeError, KeyUnavailableError.
        """
        sales = await self._sales(guild_id, discount_id, content, now)
        async with self._database.transaction() as tx:
            kept = await DiscountRepository(tx).get(guild_id, discount_id)
            return (await self._match(tx, kept, sales))[0]

    async def apply_redemptions(
        self, guild_id: int, discount_id: int, content: bytes, host_id: int, now: datetime
    ) -> RedemptionPlan:
        """Note a shop's file, all of it or nothing. What was done. Raises as `plan_redemptions` does."""
        sales = await self._sales(guild_id, discount_id, content, now)
        return await self._note(guild_id, discount_id, sales, host_id, now)

    async def redeem_one(
        self, guild_id: int, discount_id: int, typed: str, day: str, host_id: int, now: datetime, *, by_code: bool
    ) -> None:
        """A host notes one sale by hand: by its code or the id of its order; without a day it was today.

        Raises UnknownReferenceError, AlreadyRedeemedError, SharedCodeError, KeyUnavailableError.
        """
        zone = (await self._communities.get(guild_id)).zone
        today = now.astimezone(zone).date()
        when = await asyncio.to_thread(read_day, day, zone, now) if day.strip() else today
        if when is None or when > today:  # a host, other than a shop, has the guild's clock
            raise errors.UnknownReferenceError("date")
        text = tidy_code(typed)
        if not by_code and is_personal(text):
            raise errors.UnknownReferenceError("person")
        if not (is_code(text) if by_code else is_order(text)):
            raise errors.UnknownReferenceError("code" if by_code else "order’s id")
        sale = Sale(1, when, code=text) if by_code else Sale(1, when, order=text)
        plan = await self._note(guild_id, discount_id, [sale], host_id, now)
        if plan.foreign:
            raise errors.UnknownReferenceError("code")
        if plan.already_known:
            raise errors.AlreadyRedeemedError

    async def _sales(self, guild_id: int, discount_id: int, content: bytes, now: datetime) -> list[Sale]:
        async with self._database.transaction() as tx:
            discount = await _discount(tx, guild_id, discount_id)
            zone = (await self._communities.get_in(tx, guild_id)).zone
        # Dates in words take a while each: in a thread, where nobody else waits for it.
        return await asyncio.to_thread(read_sales, content, zone, now, by_code=discount.kind is CodeKind.POOL)

    async def _note(
        self, guild_id: int, discount_id: int, sales: Sequence[Sale], host_id: int, now: datetime
    ) -> RedemptionPlan:
        async with self._database.transaction() as tx:
            await self._keys.hold(tx)
            kept = await DiscountRepository(tx).get_locked(guild_id, discount_id)
            (plan, found), discount = await self._match(tx, kept, sales), kept.discount
            if not plan.is_news:
                return plan
            reports, discounts = ReportRepository(tx), DiscountRepository(tx)
            await reports.delete_redemptions(discount, [one.id for one in found.gone])
            await reports.complete_redemptions(found.completed)
            await reports.add_redemptions(discount, found.new, now)
            # What was used at the shop is given to nobody any more.
            taken = await reports.take(discount, found.codes)
            if taken:
                await discounts.add_to_pool(discount, -taken)
                await self._cards.redraw(tx, discount, now)
            await discounts.add_audit(
                guild_id, AuditAction.REDEEM, now, discount_id=discount_id, actor_id=host_id,
                details=counted(plan.new, "sale") + (f", {plan.gone:,} came to nothing" if plan.gone else ""),
            )  # fmt: skip
            return plan

    async def _match(self, tx: Transaction, kept: Kept, sales: Sequence[Sale]) -> tuple[RedemptionPlan, Matched]:
        """The sales that are about the discount, and what is known of them."""
        reports, ours = ReportRepository(tx), await self._ours(tx, kept, sales)
        told = [Redemption(sale.day, code_id, sale.order or None) for sale, code_id in ours if sale.day is not None]
        void = [(code_id, sale.order or None) for sale, code_id in ours if sale.day is None]
        found = matched(await reports.list_redemptions(kept.discount), told, void)
        free = await reports.count_free(kept.discount, found.codes)
        orders = {order or code_id for code_id, order in void}
        plan = RedemptionPlan(
            len(found.new), found.already_known, free, len(sales), len(sales) - len(ours), len(found.completed),
            found.repeated, len(orders), len(found.gone),
        )  # fmt: skip
        return plan, found

    async def _ours(self, tx: Transaction, kept: Kept, sales: Sequence[Sale]) -> list[tuple[Sale, int | None]]:
        """The sales that are about the discount, each with the id of its code if that is one of a pool."""
        vault, discount = await self._keys.open(tx), kept.discount
        if discount.kind is CodeKind.POOL:
            marks = {sale.code: vault.fingerprint(sale.code) for sale in sales if sale.code}
            known = await ClaimRepository(tx).list_codes(discount.guild_id, list(dict.fromkeys(marks.values())))
            ids = {mark: code_id for mark, (discount_id, code_id) in known.items() if discount_id == discount.id}
            by_code = {code: ids[mark] for code, mark in marks.items() if mark in ids}
            return [(sale, by_code.get(sale.code)) for sale in sales if not sale.code or sale.code in by_code]
        if not all(sale.order for sale in sales if sale.day is not None):
            raise errors.SharedCodeError
        shared = vault.decrypt(kept.secret or "").casefold()
        return [(sale, None) for sale in sales if not sale.code or sale.code.casefold() == shared]

    async def export(
        self, guild_id: int, discount_id: int, host_id: int, now: datetime, find_names: FindNames
    ) -> bytes:
        """Who has which code and what was used, as a CSV file; it holds codes, and no cell is a formula.

        A member is their name and a mention, which finds them in Discord, and which no spreadsheet rounds as it would
        an id. Times are in the guild's zone. Raises KeyUnavailableError.
        """
        async with self._database.transaction() as tx:
            kept = await DiscountRepository(tx).get(guild_id, discount_id)
            zone = (await self._communities.get_in(tx, guild_id)).zone
            claims = await ReportRepository(tx).list_exported(kept.discount)
            redemptions = await ReportRepository(tx).list_redemptions(kept.discount)
            vault = await self._keys.open(tx)
            await DiscountRepository(tx).add_audit(
                guild_id, AuditAction.EXPORT, now, discount_id=discount_id, actor_id=host_id,
                details=counted(len(claims), "claim"),
            )  # fmt: skip

        names = await find_names([one.member_id for one in claims if one.member_id is not None])

        def local(at: datetime | None) -> str:
            return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""

        def rows() -> bytes:
            lines = [
                (
                    names.get(one.member_id, "") if one.member_id else "forgotten",
                    f"<@{one.member_id}>" if one.member_id else "",
                    vault.decrypt(one.secret or kept.secret or ""), local(one.claimed_at), local(one.revoked_at),
                    f"{one.redeemed_on or ''}", one.order or "",
                )
                for one in claims
            ]  # fmt: skip
            told = {one.order for one in claims}
            others = [one for one in redemptions if one.order and one.order not in told]
            lines += [("", "", "", "", "", f"{one.day}", one.order or "") for one in others]
            return as_csv([_TITLES, *lines])

        return await asyncio.to_thread(rows)

    async def audit(
        self, guild_id: int, discount_id: int | None, limit: int, before: int | None = None
    ) -> list[AuditEntry]:
        """What was done, the latest first, of one discount or all; `before` is the id where the last page ended."""
        async with self._database.transaction() as tx:
            return await DiscountRepository(tx).list_audit(guild_id, discount_id, limit, before)


async def _discount(tx: Transaction, guild_id: int, discount_id: int) -> Discount:
    return (await DiscountRepository(tx).get(guild_id, discount_id)).discount
