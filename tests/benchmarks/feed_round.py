"""What one round over many blogs takes: `python -m tests.benchmarks.feed_round`.

A thousand feeds on loopback, followed by a hundred guilds: five hundred repeat themselves, three hundred say that
nothing has changed, two hundred have one new post. Measured are the time until every post is in the outbox, the memory
of the bot and its workers, the time they had a processor, and how long the event loop was held up at most, which is how
late a heartbeat came. A busy machine makes hearts late that nothing holds up, so the same is measured while the bot has
nothing to do, and stands beside.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.app import run_loop, services_on
from bot.client import Services
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.feeds.post_service import POST
from tests.benchmarks.family import Family
from tests.benchmarks.feed_web import HOSTS

ROOT = Path(__file__).parents[2]
FEEDS, GUILDS = 1000, 100
#: How many blogs are followed side by side, before anything is measured.
SIDE_BY_SIDE = 8
#: How often the heart beats, in seconds.
BEAT = 0.005


@dataclass(frozen=True, slots=True)
class Measured:
    """One round. `seconds` by the clock on the wall, `processor` those of processors; blocks of the loop in seconds;
    `memory` in MiB, workers included; `requests` to all blogs, and to the one that was asked `most`."""

    polls: int
    posts: int
    requests: int
    most: int
    seconds: float
    processor: float
    longest_block: float
    idle_block: float
    memory: float


class Heart:
    """Beats in the event loop; `latest` is how late a beat came at most, in seconds."""

    def __init__(self) -> None:
        self.latest = 0.0

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat within the block."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            await asyncio.sleep(2 * BEAT)  # what held up the loop last is felt by one more beat
            task.cancel()

    async def _beat(self) -> None:
        while True:
            due = time.perf_counter() + BEAT
            await asyncio.sleep(BEAT)
            self.latest = max(self.latest, time.perf_counter() - due)


class Web:
    """The process that serves the blogs."""

    def __init__(self, count: int) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.feed_web", str(count)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.urls = list(iter(self._read, "ready"))

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def publish(self) -> None:
        """Let a fifth of the blogs have one new post."""
        self._tell("publish")

    def count(self) -> tuple[int, int]:
        """How often the blogs were asked since they published, and how often the one that was asked most."""
        asked, most = self._tell("count").split()
        return int(asked), int(most)

    def _tell(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


async def measure(feeds: int = FEEDS, guilds: int = GUILDS) -> Measured:
    """Follow everything, let one round pass, and look at the next."""
    web = Web(feeds)
    try:
        async with _rooms() as rooms:
            now = datetime(2026, 4, 1, 12, tzinfo=UTC)
            await _follow(rooms, web, guilds, now)
            web.publish()
            return await _round(rooms, web, now + timedelta(minutes=30))
    finally:
        web.close()


async def _round(rooms: Services, web: Web, now: datetime) -> Measured:
    heart, idle_heart, family, polls = Heart(), Heart(), Family(web.process.pid), 0
    async with idle_heart.beating():
        await asyncio.sleep(1)
    async with family.watched(), heart.beating():
        began_at = time.perf_counter()
        while count := await rooms.polls.poll_due(now):
            polls += count
        seconds = time.perf_counter() - began_at
    requests, most = web.count()
    return Measured(
        polls, await _waiting(rooms), requests, most, seconds, family.seconds, heart.latest, idle_heart.latest,
        family.memory,
    )  # fmt: skip


async def _follow(rooms: Services, web: Web, guilds: int, now: datetime) -> None:
    numbered = iter(enumerate(track(web.urls, "Following blogs", transient=True)))

    async def follow_some() -> None:
        for number, url in numbered:
            found = await rooms.feeds.read(url)
            await rooms.feeds.follow(1 + number % guilds, found, 1000 + number % guilds, now)

    await asyncio.gather(*(follow_some() for _ in range(SIDE_BY_SIDE)))


async def _waiting(rooms: Services) -> int:
    """How many posts are in the outbox."""
    async with rooms.database.transaction() as tx:
        kinds = await tx.scalars(text("SELECT kind FROM outbox_posts WHERE state = 'waiting'"))
        return list(kinds).count(POST)


@asynccontextmanager
async def _rooms() -> AsyncIterator[Services]:
    hosts = frozenset(f"127.0.0.{number + 1}" for number in range(HOSTS))
    with tempfile.TemporaryDirectory(prefix="feed-round-") as folder:
        database = Database(make_url(f"sqlite+aiosqlite:///{folder}/feeds.db"))
        now = datetime(2026, 4, 1, 12, tzinfo=UTC)
        await upgrade(database, backup_dir=Path(folder), backups_kept=1, now=now)
        rooms = services_on(database, Clock(), Settings(feed_allowed_hosts=hosts))
        try:
            yield rooms
        finally:
            await rooms.feeds.close()
            await database.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What one round over many blogs takes.")
    parser.add_argument("--feeds", type=int, default=FEEDS)
    feeds = parser.parse_args().feeds
    measured: list[Measured] = []

    async def run() -> int:
        measured.append(await measure(feeds))
        return 0

    run_loop(run())
    [one] = measured
    Console().print(_table(one))


def _table(one: Measured) -> Table:
    table = Table(title=f"One round over {one.polls} blogs", title_justify="left")
    table.add_column("What", style="bold")
    table.add_column("Measured", justify="right")
    table.add_column("Goal for 1,000", justify="right", style="dim")
    table.add_row("time", f"{one.seconds:.1f} s", "30 s")
    table.add_row("processor time, workers included", f"{one.processor:.1f} s")
    table.add_row("requests", str(one.requests), "1 per blog")
    table.add_row("new posts", str(one.posts), "1 for each entry")
    table.add_row("memory, workers included", f"{one.memory:.0f} MiB", "300 MB")
    table.add_row("the loop held up at most", f"{one.longest_block * 1000:.0f} ms", "100 ms")
    table.add_row("the same while nothing is done", f"{one.idle_block * 1000:.0f} ms", "noise of this machine")
    return table


if __name__ == "__main__":
    main()
