"""All SQL of what became of codes: who claimed, and what the shop says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, false, func, select, update

from bot.db import Transaction
from bot.db.statements import changed_rows, each_of, insert
from bot.discounts.models import ClaimRow, CodeRow, LookRow, RedemptionRow
from bot.discounts.rules import Discount
from bot.discounts.sale_rules import Redemption


@dataclass(frozen=True, slots=True)
class Exported:
    """A claim as a file for hosts has it; the code of a pool still encrypted."""

    member_id: int | None
    claimed_at: datetime
    revoked_at: datetime | None
    redeemed_on: date | None
    order: str | None
    secret: str | None = field(repr=False)


class ReportRepository:
    """Redemptions and claims in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_redemptions(self, discount: Discount) -> list[Redemption]:
        """The sales that are known, as they were noted."""
        found = await self._tx.execute(
            select(RedemptionRow.redeemed_on, RedemptionRow.code_id, RedemptionRow.order_id, RedemptionRow.id)
            .where(RedemptionRow.guild_id == discount.guild_id, RedemptionRow.discount_id == discount.id)
            .order_by(RedemptionRow.id)
        )
        return [Redemption(*row) for row in found]

    async def count_free(self, discount: Discount, code_ids: Collection[int]) -> int:
        """How many of these codes are free."""
        counted = await self._tx.scalar(
            select(func.count()).select_from(CodeRow).where(*self._free(discount, code_ids))
        )
        return counted or 0

    async def take(self, discount: Discount, code_ids: Collection[int]) -> int:
        """Give these codes to nobody any more. How many of them were free."""
        result = await self._tx.execute(update(CodeRow).where(*self._free(discount, code_ids)).values(is_taken=True))
        return changed_rows(result)

    def _free(self, discount: Discount, code_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
        among = CodeRow.id.in_(select(each_of(self._tx, code_ids)))
        return CodeRow.guild_id == discount.guild_id, CodeRow.is_taken == false(), among

    async def add_redemptions(self, discount: Discount, sales: Sequence[Redemption], now: datetime) -> None:
        """Note sales that are not known yet."""
        rows = [
            {
                "guild_id": discount.guild_id, "discount_id": discount.id, "code_id": one.code_id,
                "order_id": one.order, "redeemed_on": one.day, "noted_at": now,
            }
            for one in sales
        ]  # fmt: skip
        if rows:
            await self._tx.execute(insert(self._tx, RedemptionRow), rows)

    async def complete_redemptions(self, sales: Sequence[Redemption]) -> None:
        """Note the code and the order of sales that were known by one of them."""
        changes = [{"id": one.id, "code_id": one.code_id, "order_id": one.order} for one in sales]
        if changes:
            await self._tx.execute(update(RedemptionRow), changes)

    async def delete_redemptions(self, discount: Discount, ids: Collection[int]) -> None:
        """Keep nothing of these sales; their codes stay taken."""
        await self._tx.execute(
            delete(RedemptionRow).where(
                RedemptionRow.guild_id == discount.guild_id, RedemptionRow.id.in_(select(each_of(self._tx, ids)))
            )
        )

    async def count_revoked(self, discount: Discount) -> int:
        """How many codes were taken back."""
        counted = await self._tx.scalar(
            select(func.count()).where(
                ClaimRow.guild_id == discount.guild_id, ClaimRow.discount_id == discount.id,
                ClaimRow.revoked_at.is_not(None),
            )
        )  # fmt: skip
        return counted or 0

    async def list_claimed_at(self, discount: Discount) -> list[tuple[datetime, bool]]:
        """When each code was claimed, and whether it is kept that its owner looked."""
        found = await self._tx.execute(
            select(ClaimRow.claimed_at, LookRow.member_id.is_not(None))
            .outerjoin(
                LookRow,
                (LookRow.guild_id == ClaimRow.guild_id)
                & (LookRow.discount_id == ClaimRow.discount_id)
                & (LookRow.member_id == ClaimRow.member_id),
            )
            .where(ClaimRow.guild_id == discount.guild_id, ClaimRow.discount_id == discount.id)
        )
        return [(at, has_looked) for at, has_looked in found]

    async def list_exported(self, discount: Discount) -> list[Exported]:
        """Every claim in its order."""
        found = await self._tx.execute(
            select(
                ClaimRow.member_id, ClaimRow.claimed_at, ClaimRow.revoked_at, RedemptionRow.redeemed_on,
                RedemptionRow.order_id, CodeRow.secret,
            )
            .outerjoin(CodeRow, CodeRow.id == ClaimRow.code_id)
            .outerjoin(RedemptionRow, RedemptionRow.code_id == CodeRow.id)
            .where(ClaimRow.guild_id == discount.guild_id, ClaimRow.discount_id == discount.id)
            .order_by(ClaimRow.id)
        )  # fmt: skip
        return [Exported(*row) for row in found]

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await self._tx.execute(delete(RedemptionRow).where(RedemptionRow.guild_id == guild_id))
