"""The live bot killed while it counts, again and again: in the end each message counted once.

Time runs a hundred times as fast as ours for the bot and for the village it listens to, so that a message is
on disk after a second rather than two minutes.
"""

import asyncio
import random
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from bot.engagement.count_rules import snowflake_at
from tests.engagement.truth import Village
from tests.live import DATABASE, PACE, Pace, database_in, live, until
from tests.loopback import LoopbackDiscord

KILLS = 6
SPEED = 100
HOUR = timedelta(hours=1)


async def prepare(folder: Path, village: Village, pace: Pace) -> None:
    """The bot counts in the village already; some agreed to notes, and some joined a day ago."""
    began = pace.now() - HOUR
    for member in [*village.writers, village.host, village.robot]:
        member.joined_at = began.isoformat()  # else they joined today, and the village lives half a day ago
    async with database_in(folder) as database:
        rooms = services_on(database, Clock(), Settings())
        guild_id = village.guild.id
        await rooms.communities.arrive(guild_id, "Village", began)
        await rooms.counts.begin(rooms.counts.tally.of(guild_id), began)
        await rooms.counts.ignore(guild_id, village.ignored.id)
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


def on_disk(folder: Path) -> dict[str, Any]:
    """What is counted, in the words of `Village.truth`."""
    with closing(sqlite3.connect(folder / DATABASE)) as file:

        def rows(what: str) -> Iterable[Any]:
            return file.execute(f"SELECT {what}").fetchall()

        def per_day(column: str) -> dict[tuple[int, date], int]:
            found = rows(f"member_id, day, {column} FROM engagement_days WHERE {column} > 0")
            return {(member_id, date.fromisoformat(day)): count for member_id, day, count in found}

        return {
            "active": set(per_day("active")),
            "given": per_day("replies_given"),
            "received": per_day("replies_received"),
            "threads": {member_id for (member_id,) in rows("member_id FROM engagement_threads")},
            "newcomers": dict(rows("newcomer_member_id, answerer_id FROM engagement_newcomers")),
            "partners": {
                (low, high, date.fromisoformat(day))
                for low, high, day in rows("low_id, high_id, day FROM engagement_partners")
            },
        }


def marks_in(folder: Path) -> dict[int, int]:
    """The newest counted message of each channel."""
    with closing(sqlite3.connect(folder / DATABASE)) as file:
        return dict(file.execute("SELECT channel_id, message_id FROM engagement_watermarks").fetchall())


def expected(village: Village, folder: Path) -> dict[str, Any]:
    """The truth about what stands below the marks. All of a guild is written in the order it was said."""
    marks = marks_in(folder)
    written = [one for one in village.said if one.id <= marks.get(one.channel.id, 0)]
    past = Village.__new__(Village)
    past.__dict__ = village.__dict__ | {"said": written}
    return past.truth()


async def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    village = Village(chance)
    began = datetime.now(UTC) - 12 * HOUR
    pace = Pace(began.timestamp(), time.time(), SPEED)
    await prepare(tmp_path, village, pace)
    async with LoopbackDiscord(village.world, point_discord=False) as discord_api:
        async with talking(village, discord_api, pace):
            for number in range(KILLS):
                written = marks_in(tmp_path)
                async with live(tmp_path, discord_api.http_url, **{PACE: str(pace)}) as bot:
                    if number % 3:  # else it is killed at its start, while it logs in or reads back
                        await until(lambda written=written: marks_in(tmp_path) != written)
                    await asyncio.sleep(chance.uniform(0, 2 if number % 3 else 4))
                    bot.process.send_signal(signal.SIGKILL)
                    await bot.process.wait()
                    assert "Traceback" not in bot.said
                assert on_disk(tmp_path) == expected(village, tmp_path)
            await until(lambda: len(village.counting()) > 300)  # Else not enough happened.
        async with live(tmp_path, discord_api.http_url, **{PACE: str(pace)}) as bot:
            ends = {one.channel.id: one.id for one in village.said if one.id not in village.deleted}
            await until(lambda: all(marks_in(tmp_path).get(where, 0) >= end for where, end in ends.items()))
            assert await bot.stop(signal.SIGTERM) == 0
    assert on_disk(tmp_path) == village.truth()
    assert snowflake_at(began) < min(one.id for one in village.said)
