"""All SQL of standing: what it is made of, which level somebody has, and what hosts chose."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.db import Transaction
from bot.db.statements import insert
from bot.engagement.count_rules import FOREVER
from bot.engagement.models import (
    AnsweredNewcomerRow,
    EngagementSettingsRow,
    HelpfulMarkRow,
    IgnoredChannelRow,
    LevelRoleRow,
    MemberDayRow,
    PartnersRow,
    StandingRow,
)
from bot.engagement.rules import Level, LevelSettings, Standing, Stored, TakingPart, Thresholds

#: Where a member may stand in a row that counts for somebody's standing.
_TAKERS: tuple[InstrumentedAttribute[int], ...] = (
    MemberDayRow.member_id,
    AnsweredNewcomerRow.answerer_id,
    HelpfulMarkRow.receiver_id,
    PartnersRow.low_id,
    PartnersRow.high_id,
    StandingRow.member_id,
)


class StandingRepository:
    """Standing in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_settings(self, guild_id: int) -> LevelSettings:
        """What the hosts chose, or what is usual."""
        row = await self._tx.get(EngagementSettingsRow, guild_id, populate_existing=True)
        roles = await self._tx.execute(
            select(LevelRoleRow.level, LevelRoleRow.role_id).where(LevelRoleRow.guild_id == guild_id)
        )
        by_level = {Level(level): role_id for level, role_id in roles}
        if row is None:
            return LevelSettings(roles=by_level)
        return LevelSettings(Thresholds(row.present, row.contributing, row.connecting), row.stack_roles, by_level)

    async def set_thresholds(self, guild_id: int, thresholds: Thresholds) -> None:
        """Keep where levels begin."""
        await self._set(
            guild_id,
            present=thresholds.present,
            contributing=thresholds.contributing,
            connecting=thresholds.connecting,
        )

    async def set_stacks(self, guild_id: int, stacks: bool) -> None:
        """Keep whether the roles of lower levels are kept."""
        await self._set(guild_id, stack_roles=stacks)

    async def _set(self, guild_id: int, **values: Any) -> None:
        await self._tx.execute(
            insert(self._tx, EngagementSettingsRow)
            .values(guild_id=guild_id, **values)
            .on_conflict_do_update(index_elements=["guild_id"], set_=values)
        )

    async def set_role(self, guild_id: int, level: Level, role_id: int | None) -> None:
        """Keep a level's role, or that it has none."""
        if role_id is None:
            await self._tx.execute(
                delete(LevelRoleRow).where(LevelRoleRow.guild_id == guild_id, LevelRoleRow.level == level)
            )
            return
        await self._tx.execute(
            insert(self._tx, LevelRoleRow)
            .values(guild_id=guild_id, level=int(level), role_id=role_id)
            .on_conflict_do_update(index_elements=["guild_id", "level"], set_={"role_id": role_id})
        )

    async def is_ignored(self, guild_id: int, channel_ids: Collection[int]) -> bool:
        """Whether nothing is counted in one of these channels."""
        found = await self._tx.scalar(
            select(IgnoredChannelRow.channel_id)
            .where(
                IgnoredChannelRow.guild_id == guild_id,
                IgnoredChannelRow.channel_id.in_(channel_ids),
                IgnoredChannelRow.until == FOREVER,
            )
            .limit(1)
        )
        return found is not None

    async def add_mark(self, guild_id: int, giver_id: int, receiver_id: int, day: date) -> bool:
        """Keep that somebody was helpful. False if the giver said so on this day already."""
        added = await self._tx.scalar(
            insert(self._tx, HelpfulMarkRow)
            .values(guild_id=guild_id, giver_id=giver_id, receiver_id=receiver_id, day=day)
            .on_conflict_do_nothing(index_elements=["guild_id", "giver_id", "receiver_id", "day"])
            .returning(HelpfulMarkRow.giver_id)
        )
        return added is not None

    async def list_taking_part(self, guild_id: int, member_ids: Sequence[int], since: date) -> dict[int, TakingPart]:
        """What each of these members did since that day; who did nothing is left out."""
        days = await self._tx.execute(
            select(
                MemberDayRow.member_id,
                func.count().filter(MemberDayRow.active.is_(True)),
                func.sum(MemberDayRow.sessions),
            )
            .where(MemberDayRow.guild_id == guild_id, MemberDayRow.member_id.in_(member_ids), MemberDayRow.day >= since)
            .group_by(MemberDayRow.member_id)
        )
        by_days = {member_id: (active, int(sessions)) for member_id, active, sessions in days}
        whose = (guild_id, member_ids, since)
        answered = await self._count(AnsweredNewcomerRow, "answerer_id", "newcomer_member_id", *whose)
        marks = await self._count(HelpfulMarkRow, "receiver_id", "giver_id", *whose)
        # Somebody's partners have either higher ids or lower ones, so nobody is counted twice.
        higher = await self._count(PartnersRow, "low_id", "high_id", *whose)
        lower = await self._count(PartnersRow, "high_id", "low_id", *whose)
        known = by_days.keys() | answered.keys() | marks.keys() | higher.keys() | lower.keys()
        return {
            member_id: TakingPart(
                active_days=by_days.get(member_id, (0, 0))[0],
                partners=higher.get(member_id, 0) + lower.get(member_id, 0),
                newcomers_answered=answered.get(member_id, 0),
                helpful_marks=marks.get(member_id, 0),
                sessions=by_days.get(member_id, (0, 0))[1],
            )
            for member_id in known
        }

    async def _count(
        self, table: Any, whose: str, whom: str, guild_id: int, member_ids: Sequence[int], since: date
    ) -> dict[int, int]:
        """With how many different people each of the members stands in a table."""
        member = getattr(table, whose)
        found = await self._tx.execute(
            select(member, func.count(getattr(table, whom).distinct()))
            .where(table.guild_id == guild_id, member.in_(member_ids), table.day >= since)
            .group_by(member)
        )
        return dict(found.all())

    async def list_takers(self, guild_id: int, after_id: int, limit: int) -> list[int]:
        """The next members, by id, of whom something is kept that may make or unmake their level."""
        found: set[int] = set()
        for member in _TAKERS:
            found |= set(
                await self._tx.scalars(
                    select(member)
                    .where(member.class_.guild_id == guild_id, member > after_id)
                    .distinct()
                    .order_by(member)
                    .limit(limit)
                )
            )
        return sorted(found)[:limit]

    async def list_standings(self, guild_id: int, member_ids: Collection[int]) -> dict[int, Standing]:
        """The levels of these members as they were last seen; one who was never above *New* is left out."""
        rows = await self._tx.execute(
            select(StandingRow.member_id, StandingRow.level, StandingRow.below_since).where(
                StandingRow.guild_id == guild_id, StandingRow.member_id.in_(member_ids)
            )
        )
        return {member_id: Standing(Level(level), below_since) for member_id, level, below_since in rows}

    async def list_falling(self, guild_id: int, since: datetime, limit: int) -> list[int]:
        """Members who have been too low for their level since then, or longer."""
        found = await self._tx.scalars(
            select(StandingRow.member_id)
            .where(StandingRow.guild_id == guild_id, StandingRow.below_since <= since)
            .order_by(StandingRow.below_since)
            .limit(limit)
        )
        return list(found)

    async def set_standings(self, guild_id: int, standings: Mapping[int, Standing]) -> None:
        """Keep the levels of these members."""
        if not standings:
            return
        new = insert(self._tx, StandingRow).values(
            [
                {
                    "guild_id": guild_id, "member_id": member_id, "level": int(standing.level),
                    "below_since": standing.below_since,
                }
                for member_id, standing in standings.items()
            ]
        )  # fmt: skip
        await self._tx.execute(
            new.on_conflict_do_update(
                index_elements=["guild_id", "member_id"],
                set_={"level": new.excluded.level, "below_since": new.excluded.below_since},
            )
        )

    async def delete_new(self, guild_id: int, member_ids: Collection[int]) -> None:
        """Keep nothing about the levels of those of these members who are *New* again."""
        await self._tx.execute(
            delete(StandingRow).where(
                StandingRow.guild_id == guild_id, StandingRow.member_id.in_(member_ids), StandingRow.level == Level.NEW
            )
        )

    async def get_stored(self, guild_id: int, member_id: int) -> Stored:
        """How much is stored about a member."""
        day = MemberDayRow
        numbers = (day.replies_given, day.replies_received, day.threads_joined, day.questions, day.rsvps)
        days = await self._tx.execute(
            select(func.count(), *(func.coalesce(func.sum(number), 0) for number in numbers)).where(
                day.guild_id == guild_id, day.member_id == member_id
            )
        )
        answered, mark, pair = AnsweredNewcomerRow, HelpfulMarkRow, PartnersRow
        return Stored(
            *(int(number) for number in days.one()),
            newcomers_answered=await self._number(answered.guild_id == guild_id, answered.answerer_id == member_id),
            marks_given=await self._number(mark.guild_id == guild_id, mark.giver_id == member_id),
            marks_received=await self._number(mark.guild_id == guild_id, mark.receiver_id == member_id),
            conversations=await self._number(
                pair.guild_id == guild_id, or_(pair.low_id == member_id, pair.high_id == member_id)
            ),
        )

    async def _number(self, *conditions: ColumnElement[bool]) -> int:
        return await self._tx.scalar(select(func.count()).where(*conditions)) or 0
