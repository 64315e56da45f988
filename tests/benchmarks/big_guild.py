"""What a guild of 100,000 members costs in memory, 20,000 of whom were active in 28 days.

`python -m tests.benchmarks.big_guild` lets one bot live in an empty server and one in the big one, each in a process of
its own and with Discord in another; each of the active members writes on several days, on the last of them all do. The
difference is what the guild takes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from discord.utils import time_snowflake
from rich.console import Console

from bot.gateway import SeenMessage
from tests.benchmarks.contestant import count_since_yesterday, counting
from tests.benchmarks.family import memory_of
from tests.loopback.flood import BUSY_GUILD, flooded_world
from tests.loopback.places import Member, User
from tests.loopback.server import LoopbackDiscord, discord_at
from tests.loopback.world import GOOD_TOKEN

ROOT = Path(__file__).parents[2]
MEMBERS, ACTIVE, DAYS = 100_000, 20_000, 28
#: On so many days each of the active members writes.
DAYS_EACH = 4


@dataclass(frozen=True, slots=True)
class Weight:
    """Memory in MiB: of a bot in a server with nobody in it, and of one in the big guild."""

    empty: float
    full: float

    @property
    def guild(self) -> float:
        """What the guild takes."""
        return self.full - self.empty


async def measure(members: int = MEMBERS, active: int = ACTIVE) -> Weight:
    """Weigh the bot without and with so many members."""
    return Weight(await weigh(0, 0), await weigh(members, active))


async def weigh(members: int, active: int) -> float:
    """The memory of a bot, in MiB, after the active ones wrote and all of that is on disk."""
    world, _, _ = flooded_world()
    guild = world.guilds[BUSY_GUILD]
    for number in range(members):
        user = User(20_000_000_000 + number, f"Member {number}")
        guild.members[user.id] = Member(user)
    async with LoopbackDiscord(world, point_discord=False) as discord_api:
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.benchmarks.big_guild", "--live", discord_api.http_url, folder]
            bot = await asyncio.create_subprocess_exec(*command, str(active), cwd=ROOT, stdout=subprocess.PIPE)
            try:
                told, _ = await bot.communicate()
            finally:
                if bot.returncode is None:
                    bot.kill()
    return float(told)


async def live(url: str, folder: Path, active: int) -> None:
    """The bot hears all that, writes it down, and prints what it weighs."""
    await count_since_yesterday(folder, days=DAYS + 1)
    bot: Any = counting(folder)
    with discord_at(url):
        life = asyncio.create_task(bot.start(GOOD_TOKEN))
        while not bot.is_ready():
            await asyncio.sleep(0.1)
        await _hear(bot, active)
        gc.collect()
        print(memory_of(os.getpid()))  # noqa: T201 - the other process reads it
        await bot.close()
        await life


async def _hear(bot: Any, active: int) -> None:
    # In the morning, so that whoever writes on a day does so on the same date.
    today = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
    cog, begin = bot.get_cog("Counting"), today - timedelta(days=DAYS)
    for day in range(DAYS):
        at = begin + timedelta(days=day)
        for number in range(active):
            if day == DAYS - 1 or (number + day) % (DAYS // DAYS_EACH) == 0:
                moment = time_snowflake(at + timedelta(seconds=number)) + number % 4096
                cog.observe(SeenMessage(_payload(moment, 20_000_000_000 + number)))
        await cog.work()
    [held] = bot.services.counts.tally
    assert len(held) <= 1, "it is on disk, all but the bot's own hello"
    assert not active or max(map(len, held.active.values())) == active


def _payload(message_id: int, author_id: int) -> Any:
    return {
        "id": str(message_id), "guild_id": str(BUSY_GUILD), "channel_id": "30", "type": 0,
        "author": {"id": str(author_id)}, "member": {"roles": []}, "mentions": [],
    }  # fmt: skip


def main() -> None:
    """Runs the benchmark and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", nargs=3, help="used by itself")
    chosen = parser.parse_args()
    if chosen.live:
        asyncio.run(live(chosen.live[0], Path(chosen.live[1]), int(chosen.live[2])))
        return
    one = asyncio.run(measure())
    Console().print(
        f"{MEMBERS} members, {ACTIVE} of them active in {DAYS} days: {one.guild:.0f} MiB on top of the "
        f"{one.empty:.0f} MiB of a bot in an empty server"
    )


if __name__ == "__main__":
    main()
