"""What one round over many blogs takes: `python -m tests.benchmarks.feed_round`.

A thousand feeds on loopback, followed by a hundred guilds: five hundred repeat themselves, three hundred say that
nothing has changed, two hundred have one new post. Measured are the time until every post is in the outbox, the memory
of the bot and its workers, and how long the event loop was held up at most, which is how late a heartbeat came.
"""

from __future__ import annotations

import argparse
import asyncio
import os
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
from tests.benchmarks.feed_web import HOSTS

ROOT = Path(__file__).parents[2]
FEEDS, GUILDS = 1000, 100
#: How often the heart beats, in seconds.
BEAT = 0.005


@dataclass(frozen=True, slots=True)
class Measured:
    """One round. `seconds` by the clock on the wall, `longest_block` in seconds, `memory` in MiB, workers included."""

    polls: int
    posts: int
    seconds: float
    longest_block: float
    memory: float


class Heart:
    """Beats in the event loop; `latest` is how late a beat came at most, in seconds."""

    def __init__(self) -> None:
        self.latest = 0.0

    async def beat(self) -> None:
        """Beat until cancelled."""
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
        assert self.process.stdin is not None
        self.process.stdin.write("publish\n")
        self.process.stdin.flush()
        assert self._read() == "done"

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
            heart = Heart()
            beating = asyncio.create_task(heart.beat())
            began_at, polls = time.perf_counter(), 0
            now += timedelta(minutes=30)
            while count := await rooms.polls.poll_due(now):
                polls += count
            seconds = time.perf_counter() - began_at
            beating.cancel()
            return Measured(polls, await _waiting(rooms), seconds, heart.latest, _memory(web.process.pid))
    finally:
        web.close()


async def _follow(rooms: Services, web: Web, guilds: int, now: datetime) -> None:
    for number, url in enumerate(track(web.urls, "Following blogs", transient=True)):
        found = await rooms.feeds.read(url)
        await rooms.feeds.follow(1 + number % guilds, found, 1000 + number % guilds, now)


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


def _memory(without: int) -> float:
    """MiB that this process and its descendants had at most, but for the one that serves the blogs."""
    parents: dict[int, int] = {}
    peaks: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue  # It has just ended.
        pid = int(fields["Pid"])
        parents[pid] = int(fields["PPid"])
        peaks[pid] = int(fields.get("VmHWM", "0 kB").split()[0])
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family - {without}:
        family |= more
    return sum(peaks[pid] for pid in family) / 1024


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
    table = Table(title=f"One round over {one.polls} blogs", title_justify="left")
    table.add_column("What", style="bold")
    table.add_column("Measured", justify="right")
    table.add_row("time", f"{one.seconds:.1f} s")
    table.add_row("new posts", str(one.posts))
    table.add_row("memory, workers included", f"{one.memory:.0f} MiB")
    table.add_row("the loop held up at most", f"{one.longest_block * 1000:.0f} ms")
    Console().print(table)


if __name__ == "__main__":
    main()
