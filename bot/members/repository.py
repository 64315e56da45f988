"""All SQL of members."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.db import Transaction
from bot.db.statements import changed_rows, each_of, insert
from bot.members.models import MemberRow
from bot.members.rules import Member


class MemberRepository:
    """Members in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_member(self, guild_id: int, member_id: int) -> Member | None:
        """What is known of the member."""
        row = await self._tx.get(MemberRow, (guild_id, member_id), populate_existing=True)
        if row is None:
            return None
        return Member(
            guild_id, member_id, row.joined_at, row.screened_at, row.greeted_at, row.held_at, row.left_at,
            row.away_since, row.greeted_before_at, row.consented_at,
        )  # fmt: skip

    async def list_awaiting_screening(self, guild_id: int) -> list[int]:
        """Members who are here and have not accepted the rules, as far as was seen."""
        return await self._list(guild_id, MemberRow.screened_at.is_(None), MemberRow.left_at.is_(None))

    async def list_held(self, guild_id: int) -> list[tuple[int, datetime]]:
        """Members whose greeting a host has yet to decide about, with the instant it was held; in that order."""
        found = await self._tx.execute(
            select(MemberRow.member_id, MemberRow.held_at)
            .where(MemberRow.guild_id == guild_id, MemberRow.held_at.is_not(None), MemberRow.left_at.is_(None))
            .order_by(MemberRow.held_at, MemberRow.member_id)
        )
        return [(member_id, held_at) for member_id, held_at in found if held_at is not None]

    async def list_named(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """The ids above `after` of members who were here when the bot last looked: the lowest `most`."""
        found = await self._tx.scalars(
            select(MemberRow.member_id)
            .where(MemberRow.guild_id == guild_id, MemberRow.member_id > after, MemberRow.left_at.is_(None))
            .order_by(MemberRow.member_id)
            .limit(most)
        )
        return set(found)

    async def list_departed(self, guild_id: int, before: datetime) -> list[int]:
        """Members who left before that."""
        return await self._list(guild_id, MemberRow.left_at.is_not(None), MemberRow.left_at < before)

    async def count_joined(self, guild_id: int, since: datetime) -> int:
        """How many joined after that, whether or not they stayed."""
        counted = await self._tx.scalar(
            select(func.count()).where(MemberRow.guild_id == guild_id, MemberRow.joined_at > since)
        )
        return counted or 0

    async def count_arrivals(self, guild_id: int, since: datetime) -> tuple[int, int]:
        """How many joined since then, and how many of them were greeted."""
        counted = await self._tx.execute(
            select(func.count(), func.count(MemberRow.greeted_at)).where(
                MemberRow.guild_id == guild_id, MemberRow.joined_at >= since
            )
        )
        joined, greeted = counted.one()
        return joined, greeted

    async def list_joined_at(self, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """When each of these members joined, as far as they are known."""
        return await self._instants(MemberRow.joined_at, guild_id, member_ids)

    async def list_first_joined_at(self, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """When those of these members joined who were never here before, as far as they are known."""
        return await self._instants(MemberRow.joined_at, guild_id, member_ids, MemberRow.away_since.is_(None))

    async def list_consented_at(self, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """Since when those of these members agree who do."""
        return await self._instants(MemberRow.consented_at, guild_id, member_ids)

    async def _instants(
        self,
        column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
        guild_id: int,
        member_ids: Sequence[int],
        *conditions: ColumnElement[bool],
    ) -> dict[int, datetime]:
        """What is kept in a column of these members, where there is something."""
        among = MemberRow.member_id.in_(select(each_of(self._tx, member_ids)))
        found = await self._tx.execute(
            select(MemberRow.member_id, column).where(
                MemberRow.guild_id == guild_id, among, column.is_not(None), *conditions
            )
        )
        return {member_id: instant for member_id, instant in found if instant is not None}

    async def add_stay(self, member: Member) -> None:
        """Keep a new stay; of the one before, only its end and its greeting are remembered."""
        stay: dict[str, Any] = {"joined_at": member.joined_at, "screened_at": member.screened_at}
        before: dict[str, Any] = {
            "away_since": func.coalesce(MemberRow.left_at, member.joined_at, type_=MemberRow.left_at.type),
            "greeted_before_at": func.coalesce(MemberRow.greeted_at, MemberRow.greeted_before_at),
            "left_at": None, "greeted_at": None, "held_at": None,
        }  # fmt: skip
        await self._tx.execute(
            insert(self._tx, MemberRow)
            .values(guild_id=member.guild_id, member_id=member.member_id, **stay)
            .on_conflict_do_update(index_elements=["guild_id", "member_id"], set_=stay | before)
        )

    async def mark_screened(self, guild_id: int, member_id: int, now: datetime) -> bool:
        """Whether this call was the one that ended the screening."""
        is_awaited = MemberRow.screened_at.is_(None) & MemberRow.left_at.is_(None)
        return await self._change(guild_id, member_id, is_awaited, screened_at=now)

    async def mark_greeted(self, guild_id: int, member_id: int, now: datetime | None) -> bool:
        """Whether this call was the one that greeted the member; None takes the greeting back."""
        condition = MemberRow.greeted_at.is_(None) if now else MemberRow.greeted_at.is_not(None)
        return await self._change(guild_id, member_id, condition, greeted_at=now, held_at=None)

    async def mark_held(self, guild_id: int, member_id: int, now: datetime) -> None:
        """A host decides about this member's greeting."""
        await self._change(guild_id, member_id, MemberRow.held_at.is_(None), held_at=now, greeted_at=None)

    async def clear_held(self, guild_id: int) -> None:
        """Nobody's greeting waits for a host any more."""
        await self._tx.execute(update(MemberRow).where(MemberRow.guild_id == guild_id).values(held_at=None))

    async def mark_left(self, guild_id: int, member_id: int, joined_at: datetime, now: datetime) -> bool:
        """Whether this call was the one that saw the member leave. `joined_at` is kept of somebody unknown."""
        left = {"left_at": now, "held_at": None}
        result = await self._tx.execute(
            insert(self._tx, MemberRow)
            .values(guild_id=guild_id, member_id=member_id, joined_at=joined_at, **left)
            .on_conflict_do_update(
                index_elements=["guild_id", "member_id"], set_=left, where=MemberRow.left_at.is_(None)
            )
        )
        return changed_rows(result) == 1

    async def set_consent(self, guild_id: int, member_id: int, joined_at: datetime, agreed: datetime | None) -> None:
        """Keep when a member agreed, or that they do not. Whoever agrees once more has agreed all the while."""
        since = func.coalesce(MemberRow.consented_at, agreed, type_=MemberRow.consented_at.type)
        await self._tx.execute(
            insert(self._tx, MemberRow)
            .values(
                guild_id=guild_id, member_id=member_id, joined_at=joined_at, screened_at=joined_at, consented_at=agreed
            )
            .on_conflict_do_update(
                index_elements=["guild_id", "member_id"], set_={"consented_at": since if agreed else None}
            )
        )

    async def delete(self, guild_id: int, member_ids: Collection[int] | None = None) -> None:
        """Keep nothing about these members, or about anybody in the guild."""
        whom = MemberRow.guild_id == guild_id
        if member_ids is not None:
            whom &= MemberRow.member_id.in_(member_ids)
        await self._tx.execute(delete(MemberRow).where(whom))

    async def delete_departed(self, guild_id: int, member_id: int, before: datetime) -> bool:
        """Whether this call was the one that deleted a member who left before that."""
        whom = MemberRow.guild_id == guild_id, MemberRow.member_id == member_id
        result = await self._tx.execute(delete(MemberRow).where(*whom, MemberRow.left_at < before))
        return changed_rows(result) == 1

    async def _list(self, guild_id: int, *conditions: ColumnElement[bool]) -> list[int]:
        found = await self._tx.scalars(select(MemberRow.member_id).where(MemberRow.guild_id == guild_id, *conditions))
        return list(found)

    async def _change(self, guild_id: int, member_id: int, condition: Any, **values: datetime | None) -> bool:
        result = await self._tx.execute(
            update(MemberRow)
            .where(MemberRow.guild_id == guild_id, MemberRow.member_id == member_id, condition)
            .values(**values)
        )
        return changed_rows(result) == 1
