"""Bots that take turns in one process, which measures the processor time a flood of messages takes each.

`python -m tests.benchmarks.contestant http://127.0.0.1:1234 stock ours+uvloop` prints one line of JSON per run. They
share the process so that a turn is short, and whatever else the machine does meets both alike; at any time only one
of them is there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import discord
from discord.ext import commands
from discord.http import Route
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from bot.app import build
from bot.clock import Clock
from bot.communities.service import CommunityService
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.engagement.count_service import CountService
from bot.members.service import MemberService
from tests.loopback.flood import BEGIN, BUSY_GUILD, END, MEASURED
from tests.loopback.server import discord_at
from tests.loopback.world import GOOD_TOKEN

DATABASE = "messages.db"
Builder = Callable[[], commands.Bot | commands.AutoShardedBot]


def stock(_folder: Path) -> commands.Bot:
    """The empty bot of every tutorial."""
    return commands.Bot(command_prefix="!", intents=wanted_intents())


def ours(folder: Path) -> commands.AutoShardedBot:
    """Tribekeeper as the application builds it, with an empty database in the folder."""
    database = folder / DATABASE
    settings = Settings(database_url=SecretStr(f"sqlite:///{database}"), backup_dir=folder)
    return build(settings, Clock())


def counting(folder: Path) -> commands.AutoShardedBot:
    """As `ours`, and it has been counting since long before the flood."""
    return ours(folder)


async def count_since_yesterday(folder: Path, *, days: float = 2) -> None:
    """An up-to-date database in the folder, in which counting in the flooded server began so many days ago."""
    database = Database(make_url(f"sqlite+aiosqlite:///{folder / DATABASE}"))
    now = datetime.now(UTC)
    await upgrade(database, backup_dir=folder, backups_kept=1, now=now)
    communities = CommunityService(database)
    counts = CountService(database, communities, MemberService(database))
    await counts.begin(counts.tally.of(BUSY_GUILD), now - timedelta(days=days))
    await database.close()


async def write_everything(bot: commands.Bot | commands.AutoShardedBot) -> None:
    """Wait until all that was counted is on disk; a bot that does not count has nothing to wait for."""
    cog: Any = bot.get_cog("Counting")
    if cog is not None:
        await cog.work()
        [held] = bot.services.counts.tally  # type: ignore[union-attr]
        assert not held.ripe(datetime.now(UTC)), "all of it is old enough to be written down"
        assert len(held) <= 1, "nothing but what the bot said just now"


def wanted_intents() -> discord.Intents:
    """Discord's defaults and the member list."""
    intents = discord.Intents.default()
    intents.members = True
    return intents


async def run(bot: commands.Bot | commands.AutoShardedBot, rounds: int, *, to_disk: bool = False) -> list[float]:
    """Seconds of processor time, all threads, between the two markers of each round.

    A busy machine lets a bot read markers and messages in one go, without a chance for tasks in between. So the clock
    starts as soon as the first marker is read, and stops after the tasks that were made before the second; with
    `to_disk`, after all that was counted until then is written down. Only then the next round may come.
    """
    loop = asyncio.get_running_loop()
    flooded: asyncio.Future[None] = loop.create_future()
    begun: list[float] = []
    spent: list[float] = []
    ending: list[asyncio.Task[None]] = []

    def read_marker(channel: dict[str, Any]) -> None:
        if channel["name"] == BEGIN:
            begun.append(time.process_time())
        elif channel["name"] == END:
            ending.append(loop.create_task(stop_clock(begun[-1])))

    async def stop_clock(begun_at: float) -> None:
        try:
            if to_disk:
                await write_everything(bot)
        except Exception as error:
            flooded.set_exception(error)
            return
        spent.append(time.process_time() - begun_at)
        # On a busy machine the next round would otherwise begin before this one is measured.
        await bot.http.request(Route(*MEASURED))
        if len(spent) == rounds:
            flooded.set_result(None)

    bot._connection.parsers["CHANNEL_CREATE"] = read_marker
    async with bot:
        life = asyncio.create_task(bot.start(GOOD_TOKEN))
        await asyncio.wait({life, flooded}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
            raise RuntimeError("the bot ended before the flood did")
        flooded.result()
    return spent


def compete(build: Builder, url: str, rounds: int, *, fast_loop: bool, to_disk: bool = False) -> list[float]:
    """Runs one bot on asyncio's own loop or on uvloop, if that is installed."""
    factory: Any = None
    if fast_loop:
        import uvloop

        factory = uvloop.new_event_loop

    async def main() -> list[float]:
        return await run(build(), rounds, to_disk=to_disk)

    with discord_at(url), asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


BUILDERS: dict[str, Callable[[Path], commands.Bot | commands.AutoShardedBot]] = {
    "stock": stock,
    "ours": ours,
    "counting": counting,
}


def main() -> None:
    """Reads the arguments and prints the seconds of each round as a JSON list, run by run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the flood is served")
    parser.add_argument("bots", nargs="+", choices=[bot + loop for bot in BUILDERS for loop in ("", "+uvloop")])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=1)
    chosen = parser.parse_args()
    for bot in chosen.bots * chosen.turns:
        name, _, loop = bot.partition("+")
        with TemporaryDirectory() as folder:
            builder = partial(BUILDERS[name], Path(folder))
            if name == "counting":
                asyncio.run(count_since_yesterday(Path(folder)))
            is_counting = name == "counting"
            spent = compete(builder, chosen.url, chosen.rounds, fast_loop=bool(loop), to_disk=is_counting)
        print(json.dumps(spent), flush=True)  # noqa: T201 - the other process reads it


if __name__ == "__main__":
    main()
