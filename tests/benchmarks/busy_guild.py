"""A slash command in the middle of 4,000 messages a second, all of which are counted and written down.

`python -m tests.benchmarks.busy_guild` floods the bot over loopback sockets from another process, which also gives the
command again and again and looks at its watch until the answer is in. Time in the flood runs fast, so that minutes are
written down all the while. Each process keeps to a processor of its own where there are two: otherwise what is measured
is how long one waits until the other is moved away. A bare bot, which counts nothing and answers the command at once,
goes through the same flood before.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import time_snowflake
from rich.console import Console

from bot.app import calm_collector
from tests.benchmarks.contestant import count_since_yesterday, counting, wanted_intents
from tests.loopback.flood import BUSY_GUILD, LIVELY_SINCE, flooded_world
from tests.loopback.places import Channel, Payload
from tests.loopback.server import LoopbackDiscord, discord_at
from tests.loopback.world import GOOD_TOKEN, World

Result = TypeVar("Result")

ROOT = Path(__file__).parents[2]
#: Seconds between bursts of messages, and the most that are sent to make up for a late one. While it sends it sees no
#: answer, and would take its own time for the bot's.
PAUSE, MOST_AT_ONCE = 0.001, 12
#: How many members write, and how much faster than ours their time runs.
AUTHORS, SPEED = 5000, 6.0
#: So often is the command given, in seconds.
COMMAND_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Busyness:
    """What came of it. Seconds."""

    sent: int
    per_second: float
    waits: list[float]
    idle_waits: list[float]
    counted: int

    @property
    def percentile(self) -> float:
        """The wait that 99 of 100 commands stay below."""
        return quantiles(self.waits, n=100)[98]


async def measure(per_second: int, seconds: float, *, bare: bool = False) -> Busyness:
    """Let the bot, or a bare one, live in another process through so many seconds of flood."""
    world, _, channel = flooded_world(lively=True)
    async with LoopbackDiscord(world, point_discord=False) as discord_api:
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.benchmarks.busy_guild", "--live", discord_api.http_url, folder]
            command += ["--bare"] if bare else []
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            with kept_to(-1):
                bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT, **pipes)
            try:
                assert bot.stdout is not None
                await bot.stdout.readline()
                flood = Messages(world, channel, discord_api)
                gc.freeze()
                with kept_to(0):
                    idle = await commanding(discord_api, channel, flood.pour(0, min(seconds, 3)))
                    begun = time.perf_counter()
                    waits = await commanding(discord_api, channel, flood.pour(per_second, seconds))
                    took = time.perf_counter() - begun
                left, _ = await bot.communicate(b"enough\n")
            finally:
                if bot.returncode is None:
                    bot.kill()
            return Busyness(flood.sent, flood.sent / took, waits, idle, json.loads(left))


@contextmanager
def kept_to(place: int) -> Iterator[None]:
    """Keep to this one of the processors, counted from the first or the last, as do processes started meanwhile.

    Where the system knows no such thing (it is Linux that does), nothing happens.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Messages:
    """Messages as fast as they are wanted, framed beforehand so that this process keeps up."""

    def __init__(self, world: World, channel: Channel, discord_api: LoopbackDiscord) -> None:
        self.sent = 0
        author = next(iter(world.guilds[BUSY_GUILD].members.values())).user
        message, _ = world.say(channel, author)
        self._like = world.as_event(channel, message, 0) | {"member": {"roles": [], "joined_at": message["timestamp"]}}
        channel.messages.clear()
        self._session = discord_api.gateway.sessions[-1]
        self._at = datetime.now(UTC) - LIVELY_SINCE

    def _event(self, ahead: float) -> Payload:
        self.sent += 1
        at = self._at + timedelta(seconds=ahead * SPEED)
        author = self._like["author"] | {"id": str(10_000_000_000 + self.sent * 7919 % AUTHORS)}
        return self._like | {"id": str(time_snowflake(at) + self.sent % 4096), "author": author}

    async def pour(self, per_second: int, seconds: float) -> None:
        """Send them, no faster than that."""
        begun, before = time.perf_counter(), self.sent
        while (passed := time.perf_counter() - begun) < seconds:
            for _ in range(min(MOST_AT_ONCE, round(per_second * passed) - self.sent + before)):
                await self._session.tell("MESSAGE_CREATE", self._event(passed))
            self._session.events.clear()
            await asyncio.sleep(PAUSE)


async def commanding(discord_api: LoopbackDiscord, channel: Channel, meanwhile: Any) -> list[float]:
    """How long each answer to a command took while something else went on."""
    waits: list[float] = []
    other = asyncio.create_task(meanwhile)
    while not other.done():
        begun, answered = time.perf_counter(), len(discord_api.world.answers)
        await give_command(discord_api, channel)
        while len(discord_api.world.answers) == answered:
            await asyncio.sleep(0.0003)
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(COMMAND_EVERY)
    await other
    return waits


async def give_command(discord_api: LoopbackDiscord, channel: Channel) -> None:
    """A host types `/engagement ignore`, which looks into the database."""
    world = discord_api.world
    host = next(iter(world.guilds[BUSY_GUILD].members.values()))
    group = next(one for one in world.commands[None] if one["name"] == "engagement")
    data = {
        "id": group["id"],
        "name": "engagement",
        "type": 1,
        "options": [{"name": "ignore", "type": 1, "options": []}],
    }
    interaction = {
        "id": str(world.next_id()), "application_id": str(world.bot.id), "type": 2, "token": "token", "version": 1,
        "guild_id": str(BUSY_GUILD), "channel_id": str(channel.id), "channel": channel.payload(), "data": data,
        "member": host.payload() | {"permissions": str(1 << 5)}, "locale": "en-US", "guild_locale": "en-US",
        "entitlements": [], "authorizing_integration_owners": {}, "context": 0, "app_permissions": str(1 << 5),
        "attachment_size_limit": 10_000_000,
    }  # fmt: skip
    await discord_api.gateway.sessions[-1].tell("INTERACTION_CREATE", interaction)


async def live(url: str, folder: Path) -> None:
    """The bot, until a line comes in. Prints one when it is ready, and at the end how many members were counted."""
    await count_since_yesterday(folder)
    bot: Any = counting(folder)
    bot.add_listener(calm_collector, "on_ready")
    with discord_at(url):
        life = asyncio.create_task(bot.start(GOOD_TOKEN))
        await bot.wait_until_ready() if bot.is_ready() else await asyncio.sleep(3)
        print("ready", flush=True)  # noqa: T201 - the other process reads it
        await asyncio.to_thread(sys.stdin.readline)
        cog = bot.get_cog("Counting")
        await cog.work()
        counted = len(next(iter(bot.services.counts.tally)).active.popitem()[1])
        await bot.close()
        await life
    print(counted)  # noqa: T201


class Bare(commands.Bot):
    """The bot of every tutorial, with a command of the same name that looks nothing up."""

    def __init__(self) -> None:
        super().__init__(command_prefix="!", intents=wanted_intents())

    async def setup_hook(self) -> None:
        """Register the command."""
        group = app_commands.Group(name="engagement", description="As in ours")

        @group.command(description="As in ours")
        async def ignore(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("Every channel is counted.", ephemeral=True)

        self.tree.add_command(group)
        await self.tree.sync()


async def live_bare(url: str) -> None:
    """As `live`, and counts nobody."""
    bot = Bare()
    bot.add_listener(calm_collector, "on_ready")
    with discord_at(url):
        life = asyncio.create_task(bot.start(GOOD_TOKEN))
        await asyncio.sleep(3)
        print("ready", flush=True)  # noqa: T201 - the other process reads it
        await asyncio.to_thread(sys.stdin.readline)
        await bot.close()
        await life
    print(0)  # noqa: T201


def in_fast_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it on uvloop, as the application does."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def main() -> None:
    """Runs the benchmark and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=int, default=4000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--live", nargs=2, help="used by itself")
    parser.add_argument("--bare", action="store_true", help="used by itself")
    chosen = parser.parse_args()
    if chosen.live:
        in_fast_loop(live_bare(chosen.live[0]) if chosen.bare else live(chosen.live[0], Path(chosen.live[1])))
        return
    bare = in_fast_loop(measure(chosen.per_second, chosen.seconds, bare=True))
    ours = in_fast_loop(measure(chosen.per_second, chosen.seconds))
    for name, one in (("a bare bot", bare), ("ours", ours)):
        _tell(name, one)
    Console().print(f"99th percentile: {ours.percentile / bare.percentile:.2f} of that of a bare bot")


def _tell(name: str, one: Busyness) -> None:
    waits, idle = quantiles(one.waits, n=100), quantiles(one.idle_waits, n=100)
    Console().print(
        f"{name}: {one.sent} messages, {one.per_second:.0f} a second, {one.counted} members counted; "
        f"{len(one.waits)} commands: "
        f"median {waits[49] * 1000:.1f} ms, 99th percentile {waits[98] * 1000:.1f} ms, longest "
        f"{max(one.waits) * 1000:.1f} ms (with nothing else to do: {idle[49] * 1000:.1f} and {idle[98] * 1000:.1f} ms)"
    )


if __name__ == "__main__":
    main()
