"""The live bot killed while it counts, again and again: in the end each message counted once.

Time runs a hundred times as fast as ours for the bot and for the village it listens to, so that a message is
on disk after a second rather than two minutes.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.db.database import Transaction
from bot.snowflakes import snowflake_at
from tests.engagement.truth import Village
from tests.live import PACE, PATIENCE, Pace, live, until
from tests.loopback import LoopbackDiscord

KILLS = 6
SPEED = 100
HOUR = timedelta(hours=1)


async def prepare(database: Database, village: Village, pace: Pace) -> None:
    """The bot counts in the village already; some agreed to notes, and some joined a day ago."""
    began = pace.now() - HOUR
    for member in [*village.writers, village.host, village.robot]:
        member.joined_at = began.isoformat()  # else they joined today, and the village lives half a day ago
    rooms = services_on(database, Clock(), Settings())
    guild_id = village.guild.id
    await rooms.communities.arrive(guild_id, "Village", began)
    await rooms.counts.begin(rooms.counts.tally.of(guild_id), began)
    await rooms.counts.ignore(guild_id, village.ignored.id, began)
    for member_id in sorted(village.newcomers):
        async with database.transaction() as tx:
            await rooms.members.join(tx, guild_id, member_id, joined_at=began, pending=False, now=began)
    for member_id in village.agreeing:
        await rooms.members.set_consent(guild_id, member_id, agrees=True, joined_at=began - 900 * HOUR, now=began)


@asynccontextmanager
async def talking(village: Village, discord_api: LoopbackDiscord, pace: Pace) -> AsyncIterator[None]:
    """All the while people write."""

    async def talk() -> None:
        while True:
            await village.speak(discord_api, pace.now())
            await asyncio.sleep(0.004)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def on_disk(tx: Transaction) -> dict[str, Any]:
    """What is counted, in the words of `Village.truth`."""

    async def rows(what: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await tx.execute(text(f"SELECT {what}"))]

    async def per_day(column: str) -> dict[tuple[int, date], int]:
        found = await rows(f"member_id, day, {column} FROM engagement_days WHERE CAST({column} AS INTEGER) > 0")
        return {(member_id, _day(day)): count for member_id, day, count in found}

    return {
        "active": set(await per_day("active")),
        "given": await per_day("replies_given"),
        "received": await per_day("replies_received"),
        "threads": {member_id for (member_id,) in await rows("member_id FROM engagement_threads")},
        "newcomers": dict(await rows("newcomer_member_id, answerer_id FROM engagement_newcomers")),
        "partners": {
            (low, high, _day(day)) for low, high, day in await rows("low_id, high_id, day FROM engagement_partners")
        },
    }


def _day(day: date | str) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


async def marks_on(tx: Transaction) -> dict[int, int]:
    """The newest counted message of each channel."""
    found = await tx.execute(text("SELECT channel_id, message_id FROM engagement_watermarks"))
    return {row.channel_id: row.message_id for row in found}


async def marks_in(database: Database) -> dict[int, int]:
    async with database.transaction() as tx:
        return await marks_on(tx)


def below(marks: dict[int, int], village: Village) -> dict[str, Any]:
    """The truth about what stands below the marks. All of a guild is written in the order it was said."""
    past = Village.__new__(Village)
    past.__dict__ = village.__dict__ | {"said": [one for one in village.said if one.id <= marks.get(one.channel.id, 0)]}
    return past.truth()


async def comes(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until that is so on disk."""
    async with asyncio.timeout(PATIENCE):
        while not await happened():
            await asyncio.sleep(0.05)


async def nobody_else(database: Database) -> bool:
    """Whether a PostgreSQL has noticed that the killed process is gone: until then its last write may still come."""
    if database.is_sqlite:
        return True
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with database.transaction() as tx:
        return await tx.scalar(text(others)) == 0


async def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(database: Database, tmp_path: Path) -> None:
    chance = random.Random(1)
    village = Village(chance)
    began = datetime.now(UTC) - 12 * HOUR
    pace = Pace(began.timestamp(), time.time(), SPEED)
    surroundings = {PACE: str(pace), "DATABASE_URL": database.url.render_as_string(hide_password=False)}

    async def has_written(since: dict[int, int]) -> bool:
        return await marks_in(database) != since

    async def has_written_all() -> bool:
        marks, ends = (
            await marks_in(database),
            {one.channel.id: one.id for one in village.said if one.id not in village.deleted},
        )
        return all(marks.get(where, 0) >= end for where, end in ends.items())

    await prepare(database, village, pace)
    async with LoopbackDiscord(village.world, point_discord=False) as discord_api:
        async with talking(village, discord_api, pace):
            for number in range(KILLS):
                written = await marks_in(database)
                async with live(tmp_path, discord_api.http_url, **surroundings) as bot:
                    if number % 3:  # else it is killed at its start, while it logs in or reads back
                        await comes(partial(has_written, written))
                    await asyncio.sleep(chance.uniform(0, 2 if number % 3 else 4))
                    bot.process.send_signal(signal.SIGKILL)
                    await bot.process.wait()
                    assert "Traceback" not in bot.said
                await comes(partial(nobody_else, database))
                async with database.transaction() as tx:
                    assert await on_disk(tx) == below(await marks_on(tx), village)
            await until(lambda: len(village.counting()) > 300)  # Else not enough happened.
        async with live(tmp_path, discord_api.http_url, **surroundings) as bot:
            await comes(has_written_all)
            assert await bot.stop(signal.SIGTERM) == 0
    async with database.transaction() as tx:
        assert await on_disk(tx) == village.truth()
    assert snowflake_at(began) < min(one.id for one in village.said)
