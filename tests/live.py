"""The live bot as a process of its own, with the loopback Discord in the place of the real one.

`python -m tests.live ADDRESS [check | backup [FILE] | rotate-key]` does what `run.py` does once the packages are there.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import make_url

from bot.app import build
from bot.client import Tribekeeper
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.greeting.arrival_service import PREVIEW
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService
from tests.loopback import GOOD_TOKEN, Channel, Guild, LoopbackDiscord, Member, discord_at

ROOT = Path(__file__).resolve().parents[1]
#: A start or a step of the bot is over well within this, even on a machine with other work.
PATIENCE = 60.0
#: A stop takes at most this long, in seconds.
STOP_WITHIN = 10.0
DATABASE = Path("data", "tribekeeper.db")


#: The environment's name for the time in which the bot is to live.
PACE = "TRIBEKEEPER_TEST_PACE"


@dataclass(frozen=True)
class Pace:
    """A time that runs faster than ours, alike in every process. In Unix seconds: `at` is when it was `began`."""

    began: float
    at: float
    speed: float

    @classmethod
    def read(cls, text: str) -> "Pace":
        """From what `str` made."""
        return cls(*map(float, text.split()))

    def __str__(self) -> str:
        return f"{self.began} {self.at} {self.speed}"

    def now(self) -> datetime:
        """The present instant in that time."""
        return datetime.fromtimestamp(self.began + (time.time() - self.at) * self.speed, UTC)

    @property
    def clock(self) -> Clock:
        """A clock that shows it."""
        return Clock(self.now)


class Live:
    """A bot that was started, and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode())

    @property
    def said(self) -> str:
        """Everything on standard error so far."""
        return "".join(self.lines)

    async def hears(self, words: str) -> None:
        """Wait until the bot said something."""
        await until(lambda: words in self.said, lambda: f"{words!r} not in:\n{self.said}")

    async def stop(self, signal_number: int) -> int:
        """Ask the bot to end; the exit status. Fails where it takes longer than a stop may."""
        self.process.send_signal(signal_number)
        status = await asyncio.wait_for(self.process.wait(), STOP_WITHIN)
        await self._listening
        return status

    async def end(self) -> int:
        """The exit status of a bot that ends by itself."""
        status = await asyncio.wait_for(self.process.wait(), PATIENCE)  # also for whoever else holds its standard error
        await self._listening
        return status


async def until(happened: Callable[[], object], otherwise: Callable[[], str] = lambda: "it never happened") -> None:
    """Wait until `happened()` is true."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not happened():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(otherwise()) from None


async def is_asked(discord_api: LoopbackDiscord, method: str, path: str, *, times: int = 1) -> None:
    """Wait until the bot asked that of Discord."""
    await until(lambda: len(discord_api.asked(method, path)) >= times, lambda: str(discord_api.requests))


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of a process in which only these settings are made."""
    names = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in names}
    return kept | {"PYTHONPATH": str(ROOT)} | settings


def command(address: str, *words: str) -> list[str]:
    """The words that start the process."""
    return [sys.executable, "-m", "tests.live", address, *words]


@asynccontextmanager
async def live(folder: Path, address: str, **settings: str) -> AsyncIterator[Live]:
    """Start the live bot in `folder`; whatever a test does, it is gone afterwards."""
    environment = surroundings(**({"DISCORD_TOKEN": GOOD_TOKEN} | settings))
    process = await asyncio.create_subprocess_exec(
        *command(address), cwd=folder, env=environment, stderr=subprocess.PIPE
    )
    bot = Live(process)
    try:
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await bot.end()


async def run(folder: Path, address: str, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run a command of the bot to its end: exit status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        *command(address, *words), cwd=folder, env=surroundings(**settings), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


@asynccontextmanager
async def awake(folder: Path, discord_api: LoopbackDiscord, clock: Clock | None = None) -> AsyncIterator[Tribekeeper]:
    """The bot in this process, ready, on a Discord that is served only as long as the bot lives."""
    address = SecretStr(f"sqlite:///{folder / DATABASE}")
    bot = build(Settings(database_url=address, backup_dir=folder / "backups"), clock or Clock())
    bot._connection.guild_ready_timeout = 0.1
    async with discord_api:
        life = asyncio.create_task(bot.start(discord_api.world.token))
        try:
            await until(lambda: life.done() or (bot.user and bot.is_ready()))
            yield bot
        finally:
            await bot.close()
            await life


@asynccontextmanager
async def database_in(folder: Path) -> AsyncIterator[Database]:
    """The bot's database in `folder`, brought up to date."""
    database = Database(make_url(f"sqlite+aiosqlite:///{folder / DATABASE}"))
    await upgrade(database, backup_dir=folder / "backups", backups_kept=1, now=datetime.now(UTC))
    try:
        yield database
    finally:
        await database.close()


async def settle(database: Database, guild: Guild, **channels: Channel) -> None:
    """The bot knows the guild, and what each of these channels is for."""
    communities = CommunityService(database)
    await communities.arrive(guild.id, guild.name, datetime.now(UTC))
    for purpose, channel in channels.items():
        await communities.set_channel(guild.id, ChannelPurpose(purpose), channel.id)


async def owe_greeting(database: Database, channel: Channel, member: Member) -> None:
    """A greeting waits in the outbox."""
    assert channel.guild_id is not None
    subject = member.user.id
    post = NewPost(channel.guild_id, channel.id, PREVIEW, subject, f"test:{subject}", due_at=datetime.now(UTC))
    await OutboxService(database, CommunityService(database)).post_alone(post)


def posts_in(folder: Path) -> list[tuple[str, int | None, int]]:
    """State, message and number of attempts of each post, in the order they were decided."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return connection.execute("SELECT state, message_id, attempts FROM outbox_posts ORDER BY id").fetchall()


def main(address: str, *words: str) -> int:
    """Do a command of the bot. The exit status."""
    from bot import app, check, rounds
    from cogs.engagement import counting

    build, counting.EVERY = app.build, timedelta(seconds=0.05)

    def build_hasty(settings: Settings, clock: Clock) -> Any:
        if pace := os.environ.get(PACE):
            rounds.LONGEST_SLEEP = 0.05  # Its seconds are not ours.
        bot = build(settings, Pace.read(pace).clock if pace else clock)
        bot._connection.guild_ready_timeout = 0.1  # else it waits two seconds for guilds it has not heard of
        return bot

    app.build = build_hasty
    with discord_at(address):
        match words:
            case ["check"]:
                return check.main()
            case ["backup", *target]:
                return app.backup(Path(*target) if target else None)
            case ["rotate-key"]:
                return app.rotate_key()
            case _:
                return app.main()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
