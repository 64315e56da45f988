"""All SQL of members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, func, select, update

from bot.db import Transaction
from bot.db.statements import insert
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
        return Member(guild_id, member_id, row.joined_at, row.screened_at, row.greeted_at, row.left_at)

    async def list_awaiting_screening(self, guild_id: int) -> list[int]:
        """Members who are here and have not accepted the rules, as far as was seen."""
        found = await self._tx.scalars(
            select(MemberRow.member_id).where(
                MemberRow.guild_id == guild_id, MemberRow.screened_at.is_(None), MemberRow.left_at.is_(None)
            )
        )
        return list(found)

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
        found = await self._tx.execute(
            select(MemberRow.member_id, MemberRow.joined_at).where(
                MemberRow.guild_id == guild_id, MemberRow.member_id.in_(member_ids)
            )
        )
        return {row.member_id: row.joined_at for row in found}

    async def add_stay(self, member: Member) -> None:
        """Keep a new stay; of an earlier one only the greeting is remembered."""
        stay: dict[str, Any] = {
            "joined_at": member.joined_at, "screened_at": member.screened_at, "left_at": None,
        }  # fmt: skip
        await self._tx.execute(
            insert(self._tx, MemberRow)
            .values(guild_id=member.guild_id, member_id=member.member_id, **stay)
            .on_conflict_do_update(index_elements=["guild_id", "member_id"], set_=stay)
        )

    async def mark_screened(self, guild_id: int, member_id: int, now: datetime) -> bool:
        """Whether this call was the one that ended the screening."""
        return await self._change(guild_id, member_id, MemberRow.screened_at.is_(None), screened_at=now)

    async def mark_greeted(self, guild_id: int, member_id: int, now: datetime | None) -> bool:
        """Whether this call was the one that greeted the member; None takes the greeting back."""
        condition = MemberRow.greeted_at.is_(None) if now else MemberRow.greeted_at.is_not(None)
        return await self._change(guild_id, member_id, condition, greeted_at=now)

    async def mark_left(self, guild_id: int, member_id: int, now: datetime) -> bool:
        """Whether this call was the one that saw the member leave."""
        return await self._change(guild_id, member_id, MemberRow.left_at.is_(None), left_at=now)

    async def _change(self, guild_id: int, member_id: int, condition: Any, **values: datetime | None) -> bool:
        result = await self._tx.execute(
            update(MemberRow)
            .where(MemberRow.guild_id == guild_id, MemberRow.member_id == member_id, condition)
            .values(**values)
        )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1
