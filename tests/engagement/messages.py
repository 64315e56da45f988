"""Messages as the tally holds them, and what becomes of them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, select

from bot.communities.service import CommunityService
from bot.db import Base, Database
from bot.engagement.count_service import CountService
from bot.engagement.repository import CountRepository
from bot.engagement.tally import GuildTally
from bot.members.service import MemberService
from bot.snowflakes import snowflake_at

UTC_ZONE = ZoneInfo("UTC")
GUILD, GENERAL, HELP, THREAD = 100_000_000_000_000_010, 20, 21, 22
MAYA, KOFI, INES, NOOR, CAROL = 31, 32, 33, 34, 35
#: A Wednesday noon on which everything in these tests is said, and when counting began.
NOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
BEGAN = NOON - timedelta(days=60)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Writers:
    """A guild whose members write; ids are made in the order of the calls."""

    counts: CountService
    guild_id: int = GUILD
    zone: ZoneInfo = UTC_ZONE
    held: GuildTally = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self.held = self.counts.tally.of(self.guild_id)

    async def begin(self) -> None:
        """Counting begins long before, and there is nothing to read back."""
        await self.counts.begin(self.held, BEGAN)
        self.held.begin_reading({}, 0)

    def message_id(self, at: datetime) -> int:
        """A new id of that instant."""
        self._made += 1
        return snowflake_at(at) + self._made

    def say(self, author: int, at: datetime, *, to: int = 0, answers: int | None = None, **more: int) -> int:
        """Somebody writes, perhaps in reply to somebody; the message's id."""
        message_id = more.get("message_id") or self.message_id(at)
        answered = answers if answers is not None else (snowflake_at(at - MINUTE) if to else 0)
        self.held.add(message_id, more.get("channel", GENERAL), author, more.get("roles", 0), to, answered)
        return message_id

    async def write(self, now: datetime, staff: Collection[int] = (), staff_roles: Collection[int] = ()) -> int:
        """Write down all that is ripe. How many messages that were."""
        written = 0
        while minutes := self.held.ripe(now):
            written += await self.counts.write(self.held, minutes, self.zone, staff, staff_roles)
        return written


async def rows_of(database: Database, name: str, guild_id: int = GUILD) -> list[dict[str, Any]]:
    """The rows of a table in a guild, without the guild and what is 0, in the order of their key."""
    table: Table = Base.metadata.tables[name]
    async with database.transaction() as tx:
        found = await tx.execute(select(table).where(table.c.guild_id == guild_id).order_by(*table.primary_key.columns))
    return [{key: value for key, value in row.items() if value and key != "guild_id"} for row in found.mappings()]


async def days_of(database: Database, guild_id: int = GUILD) -> Mapping[tuple[int, str], dict[str, Any]]:
    """What is counted, by member and day."""
    return {
        (row.pop("member_id"), str(row.pop("day"))): row for row in await rows_of(database, "engagement_days", guild_id)
    }


class Room:
    """The services of taking part on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.communities = CommunityService(database)
        self.members = MemberService(database)
        self.counts = CountService(database, self.communities, self.members)

    async def restart(self) -> Writers:
        """The same database, and nothing in memory."""
        self.members = MemberService(self.database)
        self.counts = CountService(self.database, self.communities, self.members)
        writers = Writers(self.counts)
        await writers.begin()
        return writers

    async def join(self, member: int, at: datetime) -> None:
        async with self.database.transaction() as tx:
            await self.members.join(tx, GUILD, member, joined_at=at, pending=False, now=at)

    async def leave(self, member: int, at: datetime) -> None:
        async with self.database.transaction() as tx:
            await self.members.leave(tx, GUILD, member, at)

    async def agree(self, member: int, at: datetime, *, agrees: bool = True) -> None:
        await self.members.set_consent(GUILD, member, agrees=agrees, joined_at=at, now=at)

    async def partners(self) -> list[tuple[int, int, str]]:
        rows = await rows_of(self.database, "engagement_partners")
        return [(row["low_id"], row["high_id"], str(row["day"])) for row in rows]


def while_counts_are_written(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], Awaitable[None]]) -> None:
    """Let something happen, as far as it can, when all but the marks of the next batch is written."""
    set_marks = CountRepository.set_marks

    async def set_marks_late(counts: CountRepository, guild_id: int, marks: Mapping[int, int]) -> None:
        monkeypatch.setattr(CountRepository, "set_marks", set_marks)
        await asyncio.wait({asyncio.ensure_future(happen())}, timeout=0.2)
        await set_marks(counts, guild_id, marks)

    monkeypatch.setattr(CountRepository, "set_marks", set_marks_late)
