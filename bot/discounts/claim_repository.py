"""All SQL of codes, who has which, who may, and who looked."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, false, func, select, update

from bot.db import Transaction
from bot.db.statements import changed_rows, insert, list_ids
from bot.discounts.condition_rules import Condition, Conditions, from_plain, to_plain
from bot.discounts.models import ClaimRow, CodeRow, DiscountRow, GrantRow, LookRow, OptOutRow
from bot.discounts.rules import Discount

#: A statement takes 32,766 parameters at most (https://sqlite.org/limits.html), and a long one helps nobody.
_ASKED_AT_ONCE = 500
_PEOPLE = (ClaimRow.member_id, GrantRow.member_id, GrantRow.granted_by_id, LookRow.member_id, OptOutRow.member_id)


@dataclass(frozen=True, slots=True)
class Held:
    """A claim, with the code of a pool as it is kept. `member_id` is None where the member is forgotten."""

    id: int
    discount_id: int
    member_id: int | None
    claimed_at: datetime
    revoked_at: datetime | None
    secret: str | None = field(repr=False)


class ClaimRepository:
    """Codes and claims in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_codes(self, guild_id: int, fingerprints: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The codes among these that are in one of the guild's pools: the id of the discount, and that of the code."""
        found: dict[str, tuple[int, int]] = {}
        for start in range(0, len(fingerprints), _ASKED_AT_ONCE):
            asked = fingerprints[start : start + _ASKED_AT_ONCE]
            rows = await self._tx.execute(
                select(CodeRow.fingerprint, CodeRow.discount_id, CodeRow.id).where(
                    CodeRow.guild_id == guild_id, CodeRow.fingerprint.in_(asked)
                )
            )
            found |= {fingerprint: (discount_id, code_id) for fingerprint, discount_id, code_id in rows}
        return found

    async def add_codes(self, discount: Discount, codes: Iterable[tuple[str, str]]) -> int:
        """Keep codes, each as its fingerprint and itself encrypted; known ones are left out. How many were added."""
        before = await self._count_codes(discount)
        rows = [
            {
                "guild_id": discount.guild_id, "discount_id": discount.id, "fingerprint": fingerprint,
                "secret": secret, "is_taken": False,
            }
            for fingerprint, secret in codes
        ]  # fmt: skip
        if rows:
            await self._tx.execute(insert(self._tx, CodeRow).on_conflict_do_nothing(), rows)
        return await self._count_codes(discount) - before

    async def _count_codes(self, discount: Discount) -> int:
        counted = await self._tx.scalar(
            select(func.count()).where(CodeRow.guild_id == discount.guild_id, CodeRow.discount_id == discount.id)
        )
        return counted or 0

    async def take_code(self, discount: Discount) -> int | None:
        """Take the first free code of a pool, for one owner and for good. Its id, or None if none is free."""
        free = (
            select(CodeRow.id)
            .where(
                CodeRow.guild_id == discount.guild_id, CodeRow.discount_id == discount.id, CodeRow.is_taken == false()
            )
            .order_by(CodeRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return await self._tx.scalar(
            update(CodeRow)
            .where(CodeRow.id == free.scalar_subquery(), CodeRow.is_taken == false())
            .values(is_taken=True)
            .returning(CodeRow.id)
        )

    async def add_claim(
        self, discount: Discount, member_id: int, owner: str, code_id: int | None, now: datetime
    ) -> bool:
        """The member owns that code now. False if they had one already."""
        result = await self._tx.execute(
            insert(self._tx, ClaimRow)
            .values(
                guild_id=discount.guild_id, discount_id=discount.id, member_id=member_id, owner=owner,
                code_id=code_id, claimed_at=now,
            )
            .on_conflict_do_nothing(index_elements=["discount_id", "owner"])
        )  # fmt: skip
        return changed_rows(result) == 1

    async def get_claim(self, discount: Discount, owner: str) -> Held | None:
        """What the owner has of a discount, revoked or not."""
        found = await self._held(
            ClaimRow.guild_id == discount.guild_id, ClaimRow.discount_id == discount.id, ClaimRow.owner == owner
        )
        return next(iter(found), None)

    async def list_claims(self, guild_id: int, member_id: int) -> list[Held]:
        """What a member has of all discounts, the latest first."""
        return await self._held(ClaimRow.guild_id == guild_id, ClaimRow.member_id == member_id)

    async def list_claims_of(self, discount: Discount) -> list[Held]:
        """Every claim of a discount, the latest first."""
        return await self._held(ClaimRow.guild_id == discount.guild_id, ClaimRow.discount_id == discount.id)

    async def _held(self, *conditions: Any) -> list[Held]:
        found = await self._tx.execute(
            select(
                ClaimRow.id, ClaimRow.discount_id, ClaimRow.member_id, ClaimRow.claimed_at, ClaimRow.revoked_at,
                CodeRow.secret,
            )
            .outerjoin(CodeRow, CodeRow.id == ClaimRow.code_id)
            .where(*conditions)
            .order_by(ClaimRow.id.desc())
        )  # fmt: skip
        return [Held(*row) for row in found]

    async def set_revoked(self, guild_id: int, claim_id: int, now: datetime) -> None:
        """A host takes a claim back."""
        await self._tx.execute(
            update(ClaimRow).where(ClaimRow.guild_id == guild_id, ClaimRow.id == claim_id).values(revoked_at=now)
        )

    async def give_back(self, guild_id: int, claim_id: int, member_id: int) -> None:
        """A claim is its member's again, though it was taken back or they were forgotten."""
        await self._tx.execute(
            update(ClaimRow)
            .where(ClaimRow.guild_id == guild_id, ClaimRow.id == claim_id)
            .values(revoked_at=None, member_id=member_id)
        )

    async def add_grant(self, discount: Discount, member_id: int, host_id: int, now: datetime) -> bool:
        """A host names a member. False if one did before."""
        result = await self._tx.execute(
            insert(self._tx, GrantRow)
            .values(
                guild_id=discount.guild_id, discount_id=discount.id, member_id=member_id, granted_by_id=host_id,
                granted_at=now,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip
        return changed_rows(result) == 1

    async def remove_grant(self, discount: Discount, member_id: int) -> bool:
        """A host names a member no longer. False if none did."""
        result = await self._tx.execute(
            delete(GrantRow).where(
                GrantRow.guild_id == discount.guild_id, GrantRow.discount_id == discount.id,
                GrantRow.member_id == member_id,
            )
        )  # fmt: skip
        return changed_rows(result) == 1

    async def list_named(self, discount: Discount, member_ids: Collection[int]) -> set[int]:
        """Those of the members whom a host named."""
        found = await self._tx.scalars(
            select(GrantRow.member_id).where(
                GrantRow.guild_id == discount.guild_id, GrantRow.discount_id == discount.id,
                GrantRow.member_id.in_(member_ids),
            )
        )  # fmt: skip
        return set(found)

    async def list_grants(self, guild_id: int, member_id: int) -> list[str]:
        """The names of the discounts a host named a member for."""
        found = await self._tx.scalars(
            select(DiscountRow.name)
            .join(GrantRow, GrantRow.discount_id == DiscountRow.id)
            .where(GrantRow.guild_id == guild_id, GrantRow.member_id == member_id)
            .order_by(DiscountRow.id)
        )
        return list(found)

    async def note_look(self, discount: Discount, member_id: int, blocking: Sequence[Condition], now: datetime) -> None:
        """A member looked at a discount, and this stood in their way."""
        values = {"last_at": now, "blocking": json.dumps(to_plain(Conditions(tuple(blocking))))}
        await self._tx.execute(
            insert(self._tx, LookRow)
            .values(
                guild_id=discount.guild_id, discount_id=discount.id, member_id=member_id, first_at=now, **values
            )
            .on_conflict_do_update(index_elements=["guild_id", "discount_id", "member_id"], set_=values)
        )  # fmt: skip

    async def list_looks(self, discount: Discount) -> list[tuple[datetime, tuple[Condition, ...]]]:
        """When each member looked first, and what stood in their way last."""
        found = await self._tx.execute(
            select(LookRow.first_at, LookRow.blocking).where(
                LookRow.guild_id == discount.guild_id, LookRow.discount_id == discount.id
            )
        )
        return [(first_at, from_plain(json.loads(blocking)).all_of) for first_at, blocking in found]

    async def count_looks(self, guild_id: int, member_id: int) -> int:
        """How many discounts a member looked at."""
        counted = await self._tx.scalar(
            select(func.count()).where(LookRow.guild_id == guild_id, LookRow.member_id == member_id)
        )
        return counted or 0

    async def has_opted_out(self, guild_id: int, member_id: int) -> bool:
        """Whether a member wants no codes."""
        return await self._tx.get(OptOutRow, (guild_id, member_id)) is not None

    async def list_opted_out(self, guild_id: int) -> set[int]:
        """The members who want no codes."""
        return set(await self._tx.scalars(select(OptOutRow.member_id).where(OptOutRow.guild_id == guild_id)))

    async def set_opt_out(self, guild_id: int, member_id: int, opted_out: bool) -> bool:
        """A member wants no codes, or wants them again. False if that is no news."""
        if opted_out:
            change = insert(self._tx, OptOutRow).values(guild_id=guild_id, member_id=member_id).on_conflict_do_nothing()
        else:
            change = delete(OptOutRow).where(OptOutRow.guild_id == guild_id, OptOutRow.member_id == member_id)
        return changed_rows(await self._tx.execute(change)) == 1

    async def list_people(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom claims, grants, looks and opt-outs name: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, _PEOPLE, after, most)

    async def forget(self, guild_id: int, member_id: int) -> None:
        """Keep nothing about a member but that their codes are taken."""
        for table in (GrantRow, LookRow, OptOutRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id, table.member_id == member_id))
        await self._tx.execute(
            update(GrantRow)
            .where(GrantRow.guild_id == guild_id, GrantRow.granted_by_id == member_id)
            .values(granted_by_id=None)
        )
        await self._tx.execute(
            update(ClaimRow)
            .where(ClaimRow.guild_id == guild_id, ClaimRow.member_id == member_id)
            .values(member_id=None)
        )

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        for table in (ClaimRow, CodeRow, GrantRow, LookRow, OptOutRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id))
