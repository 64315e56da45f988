"""One bot in a process of its own, measuring the processor time a flood of messages takes it.

`python -m tests.benchmarks.contestant stock http://127.0.0.1:1234` prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import discord
from discord.ext import commands
from pydantic import SecretStr

from bot.app import build
from bot.clock import Clock
from bot.config import Settings
from tests.loopback.flood import BEGIN, END
from tests.loopback.server import discord_at
from tests.loopback.world import GOOD_TOKEN

Builder = Callable[[], commands.Bot | commands.AutoShardedBot]


def stock() -> commands.Bot:
    """The empty bot of every tutorial."""
    return commands.Bot(command_prefix="!", intents=wanted_intents())


def ours(folder: Path) -> commands.AutoShardedBot:
    """Tribekeeper as the application builds it, with an empty database in the folder."""
    database = folder / "messages.db"
    settings = Settings(database_url=SecretStr(f"sqlite:///{database}"), backup_dir=folder)
    return build(settings, Clock())


def wanted_intents() -> discord.Intents:
    """Discord's defaults and the member list."""
    intents = discord.Intents.default()
    intents.members = True
    return intents


async def run(bot: commands.Bot | commands.AutoShardedBot, rounds: int) -> list[float]:
    """Seconds of processor time, all threads, between the two markers of each round."""
    started_at = 0.0
    spent: list[float] = []
    flooded = asyncio.Event()

    async def on_guild_channel_create(channel: discord.abc.GuildChannel) -> None:
        nonlocal started_at
        if channel.name == BEGIN:
            started_at = time.process_time()
        elif channel.name == END:
            spent.append(time.process_time() - started_at)
            if len(spent) == rounds:
                flooded.set()

    bot.add_listener(on_guild_channel_create)
    async with bot:
        life = asyncio.create_task(bot.start(GOOD_TOKEN))
        end = asyncio.create_task(flooded.wait())
        await asyncio.wait({life, end}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
            raise RuntimeError("the bot ended before the flood did")
    return spent


def compete(build: Builder, url: str, rounds: int, *, fast_loop: bool) -> list[float]:
    """Runs one bot on asyncio's own loop or on uvloop, if that is installed."""
    factory: Any = None
    if fast_loop:
        import uvloop

        factory = uvloop.new_event_loop

    async def main() -> list[float]:
        return await run(build(), rounds)

    with discord_at(url), asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


def main() -> None:
    """Reads the arguments and prints the seconds of each round as a JSON list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bot", choices=("stock", "ours"))
    parser.add_argument("url", help="where the flood is served")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--uvloop", action="store_true")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        builder = stock if chosen.bot == "stock" else lambda: ours(Path(folder))
        spent = compete(builder, chosen.url, chosen.rounds, fast_loop=chosen.uvloop)
    print(json.dumps(spent))  # noqa: T201 - the other process reads it


if __name__ == "__main__":
    main()
