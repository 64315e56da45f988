"""All SQL of what was counted."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import chain
from typing import Any, cast

from sqlalchemy import Table, delete, false, func, literal, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.db import Base, Snowflake, Transaction
from bot.db.statements import each_of, insert, list_ids, rows_of
from bot.engagement.count_rules import FOREVER, Answer, DayCounts, Exchange, Forgotten, Span
from bot.engagement.models import (
    AnsweredNewcomerRow,
    EngagementSettingsRow,
    ForgottenRow,
    HelpfulMarkRow,
    IgnoredChannelRow,
    JoinedThreadRow,
    LevelRoleRow,
    MemberDayRow,
    PartnersRow,
    ReplyRow,
    StandingRow,
    WatermarkRow,
)

#: So many rows go into one statement; between two, the loop and other threads get their turn.
ROWS_AT_ONCE = 500
#: So many ids go into one statement that is made of nothing else.
NUMBERS_AT_ONCE = 4000

_ADDED = ("replies_given", "replies_received", "threads_joined")
_DATED = (MemberDayRow, JoinedThreadRow, AnsweredNewcomerRow, HelpfulMarkRow, ReplyRow, PartnersRow)
_OF_MEMBERS: dict[type[Base], tuple[InstrumentedAttribute[int], ...]] = {
    MemberDayRow: (MemberDayRow.member_id,),
    JoinedThreadRow: (JoinedThreadRow.member_id,),
    AnsweredNewcomerRow: (AnsweredNewcomerRow.newcomer_member_id, AnsweredNewcomerRow.answerer_id),
    HelpfulMarkRow: (HelpfulMarkRow.giver_id, HelpfulMarkRow.receiver_id),
    ReplyRow: (ReplyRow.from_id, ReplyRow.to_id),
    PartnersRow: (PartnersRow.low_id, PartnersRow.high_id),
    StandingRow: (StandingRow.member_id,),
}
_OF_PAIRS = (ReplyRow, PartnersRow)
_SETTINGS = (EngagementSettingsRow, LevelRoleRow, IgnoredChannelRow, WatermarkRow, ForgottenRow)


class CountRepository:
    """Counts in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # Where counting stands

    async def lock(self, guild_id: int) -> None:
        """Wait until nobody else writes or deletes counts of this guild, and let nobody do it until this is over.

        Where both went on at a time, neither would see what the other did.
        """
        if self._is_sqlite:
            return  # There only one transaction is open at a time.
        own_mark = WatermarkRow.guild_id == guild_id, WatermarkRow.channel_id == guild_id
        await self._tx.execute(select(WatermarkRow.message_id).where(*own_mark).with_for_update())

    async def list_marks(self, guild_id: int) -> dict[int, int]:
        """The newest counted message of each channel; under the guild's own id, since when anything is counted."""
        found = await self._tx.execute(
            select(WatermarkRow.channel_id, WatermarkRow.message_id).where(WatermarkRow.guild_id == guild_id)
        )
        return {row.channel_id: row.message_id for row in found}

    async def set_marks(self, guild_id: int, marks: Mapping[int, int]) -> None:
        """Move the marks of these channels forward."""
        new = insert(self._tx, WatermarkRow)
        await self._write_all(
            new.on_conflict_do_update(
                index_elements=["guild_id", "channel_id"],
                set_={"message_id": new.excluded.message_id},
                where=WatermarkRow.message_id < new.excluded.message_id,
            ),
            [
                {"guild_id": guild_id, "channel_id": channel_id, "message_id": message_id}
                for channel_id, message_id in sorted(marks.items())
            ],
        )

    async def remove_marks(self, guild_id: int, before: int) -> None:
        """Forget the marks of channels whose newest counted message is older than that one, but not the guild's."""
        await self._tx.execute(
            delete(WatermarkRow).where(
                WatermarkRow.guild_id == guild_id, WatermarkRow.message_id < before, WatermarkRow.channel_id != guild_id
            )
        )

    async def remove_all_marks(self, guild_id: int) -> None:
        """Forget where counting stands."""
        await self._tx.execute(delete(WatermarkRow).where(WatermarkRow.guild_id == guild_id))

    async def list_ignored(self, guild_id: int) -> list[int]:
        """The channels in which nothing is counted now."""
        found = await self._tx.scalars(
            select(IgnoredChannelRow.channel_id)
            .where(IgnoredChannelRow.guild_id == guild_id, IgnoredChannelRow.until == FOREVER)
            .order_by(IgnoredChannelRow.channel_id)
        )
        return list(found)

    async def list_spans(self, guild_id: int) -> dict[int, list[Span]]:
        """Of which messages of a channel and its threads none is counted."""
        found = await self._tx.execute(
            select(IgnoredChannelRow.channel_id, IgnoredChannelRow.since, IgnoredChannelRow.until).where(
                IgnoredChannelRow.guild_id == guild_id
            )
        )
        spans: dict[int, list[Span]] = {}
        for channel_id, since, until in found:
            spans.setdefault(channel_id, []).append(Span(since, until))
        return spans

    async def add_ignored(self, guild_id: int, channel_id: int, since: int) -> None:
        """Count nothing in this channel from that message on."""
        new = insert(self._tx, IgnoredChannelRow).values(guild_id=guild_id, channel_id=channel_id, since=since)
        await self._tx.execute(new.on_conflict_do_nothing())

    async def end_ignored(self, guild_id: int, channel_id: int, until: int) -> None:
        """Count in this channel again from that message on."""
        now_ignored = IgnoredChannelRow.channel_id == channel_id, IgnoredChannelRow.until == FOREVER
        await self._tx.execute(
            update(IgnoredChannelRow).where(IgnoredChannelRow.guild_id == guild_id, *now_ignored).values(until=until)
        )

    async def remove_spans(self, guild_id: int, before: int) -> None:
        """Forget what was ignored until an earlier message than that one."""
        await self._tx.execute(
            delete(IgnoredChannelRow).where(IgnoredChannelRow.guild_id == guild_id, IgnoredChannelRow.until < before)
        )

    # Who is forgotten

    async def list_forgotten(self, guild_id: int, since: int) -> list[Forgotten]:
        """Who was forgotten after that message, always in the same order."""
        found = await self._tx.execute(
            select(ForgottenRow.until, ForgottenRow.salt, ForgottenRow.digest)
            .where(ForgottenRow.guild_id == guild_id, ForgottenRow.until > since)
            .order_by(ForgottenRow.until, ForgottenRow.digest)
        )
        return [Forgotten(*row) for row in found]

    async def add_forgotten(self, guild_id: int, forgotten: Forgotten) -> None:
        """Count nothing that somebody wrote until they were forgotten."""
        new = insert(self._tx, ForgottenRow).values(guild_id=guild_id, **forgotten._asdict())
        await self._tx.execute(new.on_conflict_do_nothing())

    async def remove_forgotten(self, guild_id: int, before: int) -> None:
        """Know nothing any more of those who were forgotten before that message."""
        await self._tx.execute(
            delete(ForgottenRow).where(ForgottenRow.guild_id == guild_id, ForgottenRow.until < before)
        )

    # Days

    async def mark_active(self, guild_id: int, day: date, member_ids: Collection[int]) -> None:
        """These members were active on that day."""
        chosen = sorted(member_ids)
        for start in range(0, len(chosen), NUMBERS_AT_ONCE):
            await self._mark_active(guild_id, day, chosen[start : start + NUMBERS_AT_ONCE])

    async def _mark_active(self, guild_id: int, day: date, member_ids: list[int]) -> None:
        member_id = each_of(self._tx, member_ids)
        columns = ["guild_id", "member_id", "day", "active"]
        rows = select(literal(guild_id, Snowflake), member_id, literal(day), true()).where(true())
        await self._tx.execute(
            insert(self._tx, _table(MemberDayRow))
            .from_select(columns, rows, include_defaults=False)
            .on_conflict_do_update(
                index_elements=columns[:3], set_={"active": true()}, where=MemberDayRow.active == false()
            )
        )

    async def add_days(self, guild_id: int, day: date, counts: Mapping[int, DayCounts]) -> None:
        """Add to the day of each of these members."""
        chosen = sorted(counts.items())
        for start in range(0, len(chosen), NUMBERS_AT_ONCE):
            part = chosen[start : start + NUMBERS_AT_ONCE]
            numbers = [[member_id for member_id, _ in part]]
            numbers += [[getattr(one, name) for _, one in part] for name in _ADDED]
            member_id, *columns = rows_of(self._tx, *numbers)
            rows = select(literal(guild_id, Snowflake), member_id, literal(day), *columns).where(true())
            names = ["guild_id", "member_id", "day", *_ADDED]
            new = insert(self._tx, _table(MemberDayRow)).from_select(names, rows, include_defaults=False)
            await self._tx.execute(_adding(new, _ADDED))

    async def add_session(self, guild_id: int, member_id: int, day: date, **counts: int) -> None:
        """Add `questions`, `rsvps` and `sessions` to a day."""
        new = insert(self._tx, _table(MemberDayRow)).values(guild_id=guild_id, member_id=member_id, day=day, **counts)
        await self._tx.execute(_adding(new, tuple(counts)))

    async def list_joined(self, guild_id: int, thread_ids: Iterable[int]) -> set[tuple[int, int]]:
        """Member and thread for each of these threads and each member known to have written in it."""
        found = await self._tx.execute(
            select(JoinedThreadRow.member_id, JoinedThreadRow.thread_id).where(
                JoinedThreadRow.guild_id == guild_id,
                JoinedThreadRow.thread_id.in_(select(each_of(self._tx, sorted(thread_ids)))),
            )
        )
        return {(member_id, thread_id) for member_id, thread_id in found}

    async def add_joined(self, guild_id: int, joined: Mapping[tuple[int, int], date]) -> None:
        """These members wrote in these threads for the first time."""
        await self._write_all(
            insert(self._tx, _table(JoinedThreadRow)).on_conflict_do_nothing(),
            [
                {"guild_id": guild_id, "member_id": member_id, "thread_id": thread_id, "day": day}
                for (member_id, thread_id), day in sorted(joined.items())
            ],
        )

    # People together

    async def add_answers(self, guild_id: int, answers: Iterable[Answer]) -> None:
        """Keep the first answer to each newcomer: the earliest, whichever was told of first."""
        new = insert(self._tx, _table(AnsweredNewcomerRow))
        kept = {name: new.excluded[name] for name in ("answerer_id", "day", "at")}
        await self._write_all(
            new.on_conflict_do_update(
                index_elements=["guild_id", "newcomer_member_id"],
                set_=kept,
                where=AnsweredNewcomerRow.at > new.excluded.at,
            ),
            [
                {
                    "guild_id": guild_id, "newcomer_member_id": answer.newcomer_id, "answerer_id": answer.answerer_id,
                    "day": answer.day, "at": answer.at,
                }
                for answer in sorted(answers, key=lambda answer: answer.newcomer_id)
            ],
        )  # fmt: skip

    async def add_exchanges(self, guild_id: int, noted: Iterable[Exchange]) -> None:
        """Note replies; a day's first and last are kept."""
        new = insert(self._tx, _table(ReplyRow))
        earlier, later = (func.min, func.max) if self._is_sqlite else (func.least, func.greatest)
        await self._write_all(
            new.on_conflict_do_update(
                index_elements=["guild_id", "from_id", "to_id", "day"],
                set_={
                    "first_at": earlier(ReplyRow.first_at, new.excluded.first_at),
                    "last_at": later(ReplyRow.last_at, new.excluded.last_at),
                },
            ),
            [
                {
                    "guild_id": guild_id, "from_id": one.from_id, "to_id": one.to_id, "day": one.day,
                    "first_at": one.first_at, "last_at": one.last_at,
                }
                for one in sorted(noted, key=lambda one: (one.from_id, one.to_id, one.day))
            ],
        )  # fmt: skip

    async def list_exchanges(
        self, guild_id: int, member_ids: Collection[int], first: date, last: date
    ) -> list[Exchange]:
        """Replies among these members from one day to another, both included."""
        among = select(each_of(self._tx, sorted(member_ids)))
        found = await self._tx.execute(
            select(ReplyRow.from_id, ReplyRow.to_id, ReplyRow.day, ReplyRow.first_at, ReplyRow.last_at).where(
                ReplyRow.guild_id == guild_id, ReplyRow.from_id.in_(among), ReplyRow.to_id.in_(among),
                ReplyRow.day.between(first, last),
            )
        )  # fmt: skip
        return [Exchange(*row) for row in found]

    async def add_partners(self, guild_id: int, pairs: Iterable[tuple[int, int, date]]) -> None:
        """These two, the lower id first, were in conversation on that day; known pairs and days change nothing."""
        await self._write_all(
            insert(self._tx, _table(PartnersRow)).on_conflict_do_nothing(),
            [{"guild_id": guild_id, "low_id": low, "high_id": high, "day": day} for low, high, day in sorted(pairs)],
        )

    # Telling and forgetting

    async def list_days(self, guild_id: int, member_id: int) -> list[dict[str, Any]]:
        """What is counted of a member, day by day."""
        table = _table(MemberDayRow)
        found = await self._tx.execute(
            select(table).where(table.c.guild_id == guild_id, table.c.member_id == member_id).order_by(table.c.day)
        )
        return [dict(row) for row in found.mappings()]

    async def count_naming(self, guild_id: int, member_id: int) -> dict[str, int]:
        """How many rows of each other table name a member, by the table's name."""
        counts: dict[str, int] = {}
        for row, columns in _OF_MEMBERS.items():
            named = or_(*(column == member_id for column in columns))
            guild = _table(row).c.guild_id == guild_id
            counts[row.__tablename__] = await self._tx.scalar(select(func.count()).where(guild, named)) or 0
        return counts

    async def list_named(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who is named in some row: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, chain(*_OF_MEMBERS.values()), after, most)

    async def delete_member(self, guild_id: int, member_id: int) -> None:
        """Delete every row that names a member."""
        await self._delete_naming(guild_id, member_id, tuple(_OF_MEMBERS))

    async def delete_pairs(self, guild_id: int, member_id: int) -> None:
        """Delete what tells with whom a member was in conversation."""
        await self._delete_naming(guild_id, member_id, _OF_PAIRS)

    async def _delete_naming(self, guild_id: int, member_id: int, rows: Iterable[type[Base]]) -> None:
        for row in rows:
            named = or_(*(column == member_id for column in _OF_MEMBERS[row]))
            await self._tx.execute(delete(row).where(_table(row).c.guild_id == guild_id, named))

    async def delete_older(self, guild_id: int, day: date) -> None:
        """Delete what is of before that day."""
        for row in _DATED:
            columns = _table(row).c
            await self._tx.execute(delete(row).where(columns.guild_id == guild_id, columns.day < day))

    async def delete_guild(self, guild_id: int) -> None:
        """Delete everything of a guild."""
        for row in (*_OF_MEMBERS, *_SETTINGS):
            await self._tx.execute(delete(row).where(_table(row).c.guild_id == guild_id))

    @property
    def _is_sqlite(self) -> bool:
        return self._tx.get_bind().dialect.name == "sqlite"

    async def _write_all(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            await self._tx.execute(statement, rows[start : start + ROWS_AT_ONCE])


def _adding(new: Any, names: Iterable[str]) -> Any:
    columns = _table(MemberDayRow).c
    added = {name: columns[name] + new.excluded[name] for name in names}
    return new.on_conflict_do_update(index_elements=["guild_id", "member_id", "day"], set_=added)


def _table(row: type[Base]) -> Table:
    # Through the table itself SQLAlchemy skips what it does for objects, which none of these become.
    return cast(Table, row.__table__)
