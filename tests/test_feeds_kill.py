"""The live bot killed at each step between a blog's server and a conversation: everything is said once, in order.

Each test is one blog with two new posts and a bot that is killed again and again, always on the same database. Time is
the real one: what would be due in minutes is made due in the database while no bot runs.
"""

import asyncio
import os
import signal
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from bot.feeds.documents import Document, Page
from bot.feeds.parsing import parsed
from bot.feeds.service import Found
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.live import DATABASE, PATIENCE, STOP_WITHIN, Live, database_in, live, settle, until
from tests.loopback import Channel, LoopbackDiscord, World

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks after processes in /proc")

QUESTION = "What does this bring up for you?"
#: What is to stand in the channel in the end: each post, and what stands in the thread below it.
EVERYTHING = [("Second", [QUESTION]), ("Third", [QUESTION])]
_FOREVER = 3600


class Stalling(LoopbackDiscord):
    """Leaves one kind of request without an answer, having done what it asks for or not."""

    def __init__(self, world: World) -> None:
        super().__init__(world, point_discord=False)
        self._is_meant: Callable[[str, str], bool] | None = None
        self._does_it = False
        self.is_stalled = asyncio.Event()

    def stall(self, is_meant: Callable[[str, str], bool], *, done: bool) -> None:
        """From now on such requests (method and path) get no answer; with `done`, what they ask for is done."""
        self._is_meant, self._does_it = is_meant, done
        self.is_stalled.clear()

    def answer_again(self) -> None:
        """Answer every request from now on."""
        self._is_meant = None

    async def _answer(self, request: web.Request, path: str, handler: Handler) -> web.StreamResponse:
        if self._is_meant is None or not self._is_meant(request.method, path):
            return await super()._answer(request, path, handler)
        if self._does_it:
            await super()._answer(request, path, handler)
        self.is_stalled.set()
        await asyncio.sleep(_FOREVER)
        raise AssertionError("the one who asked is gone")


@dataclass
class Scene:
    """A blog with two new posts, the channel they belong to, and the hosts' channel, where nothing is to appear."""

    folder: Path
    discord_api: Stalling
    channel: Channel
    hosts: Channel
    web: LoopbackWeb
    blog: Blog

    def said(self) -> list[tuple[str, list[str]]]:
        """What stands in the channel: the title of each post, and the messages in the thread below it."""
        world, found = self.discord_api.world, list[tuple[str, list[str]]]()
        for message_id, message in self.channel.messages.items():
            thread = world.channel(message_id)
            said = [str(one["content"]) for one in thread.messages.values()] if thread else []
            found.append((message["embeds"][0]["title"], said))
        return found

    def is_done(self) -> bool:
        """Whether the blog was looked at and nothing is left to be said or opened."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as file:
            soon = _text(datetime.now(UTC) + timedelta(minutes=5))
            [(polls_due,)] = file.execute("SELECT count(*) FROM feed_sources WHERE next_poll_at < ?", [soon])
            [(unsent,)] = file.execute("SELECT count(*) FROM outbox_posts WHERE state <> 'sent'")
            [(unopened,)] = file.execute("SELECT count(*) FROM feed_posts WHERE thread_state <> 'open'")
        return not (polls_due or unsent or unopened)

    def is_written(self) -> bool:
        """Whether the database knows of any post."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as file:
            return bool(file.execute("SELECT 1 FROM feed_posts UNION ALL SELECT 1 FROM outbox_posts").fetchall())

    def make_due(self) -> None:
        """Half an hour passes for the blog: it is to be looked at, also where a look was claimed and cut short."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as file, file:
            file.execute("UPDATE feed_sources SET next_poll_at = ?", [_text(datetime.now(UTC) - timedelta(minutes=1))])

    async def kill_at(self, step: Callable[[Live], Awaitable[None]], number: int = signal.SIGKILL) -> None:
        """Start the bot and end it as soon as `step` returns. No worker outlives it, and nothing was said twice."""
        self.make_due()
        async with self._alive() as bot:
            await step(bot)
            family = _descendants(bot.process.pid)
            bot.process.send_signal(number)
            _send(signal.SIGCONT, family)
            try:
                await asyncio.wait_for(bot.process.wait(), STOP_WITHIN)
                await until(lambda: not family & _parents().keys(), lambda: "a process outlived the bot")
            finally:
                _send(signal.SIGKILL, family)
        self.discord_api.answer_again()
        self.blog.show()
        said = self.said()
        assert [title for title, _ in said] == [title for title, _ in EVERYTHING[: len(said)]]
        assert all(conversation in ([], [QUESTION]) for _, conversation in said)

    async def go_on(self) -> None:
        """Start the bot and let it do what is left; then everything was said once."""
        self.make_due()
        async with self._alive() as bot:
            await until(self.is_done, lambda: f"{self.said()} after\n{bot.said}")
            assert await bot.stop(signal.SIGTERM) == 0
        assert self.said() == EVERYTHING
        assert not self.hosts.messages
        assert "Traceback" not in bot.said

    def _alive(self) -> AbstractAsyncContextManager[Live]:
        return live(self.folder, self.discord_api.http_url, FEED_ALLOWED_HOSTS="127.0.0.1")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A guild that follows a blog since its first post; two more were published while the bot was away."""
    world = World()
    guild = world.add_guild()
    channel, hosts = world.add_channel(guild, "blogs"), world.add_channel(guild, "hosts")
    async with LoopbackWeb() as internet, Stalling(world) as discord_api:
        blog = Blog(internet)
        blog.publish("First")
        reply = internet.pages[blog.path]
        assert isinstance(reply, Reply)
        assert isinstance(reply.body, bytes)
        page = Page(blog.url, reply.body, "application/rss+xml")
        document = parsed(page)
        assert isinstance(document, Document)
        async with database_in(tmp_path) as database:
            await settle(database, guild, hosts=hosts)
            feeds = services_on(database, Clock(), Settings()).feeds
            await feeds.follow(guild.id, Found(blog.url, document, page), channel.id, datetime.now(UTC))
        blog.publish("Second", "Third")
        yield Scene(tmp_path, discord_api, channel, hosts, internet, blog)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_bot_ended_while_it_reads_a_blog_posts_everything_once(scene: Scene, number: signal.Signals) -> None:
    reply = scene.web.pages[scene.blog.path]
    assert isinstance(reply, Reply)
    assert isinstance(reply.body, bytes)
    body = reply.body

    async def the_blog_was_asked_and_has_not_answered(_: Live) -> None:
        scene.web.pages[scene.blog.path] = Reply(gate=asyncio.Event())
        await until(lambda: scene.web.asked)

    async def half_of_the_answer_has_come(_: Live) -> None:
        half = reply.head() + body[: len(body) // 2]
        scene.web.pages[scene.blog.path] = Reply(raw=half, hang_up=False)
        await until(lambda: len(scene.web.asked) == 2)
        await asyncio.sleep(0.3)

    async def the_worker_parses_it(bot: Live) -> None:
        long_winded = b"<description>" + b"&lt;b&gt;x" * 50_000 + b"</description></channel>"
        scene.web.pages[scene.blog.path] = Reply(body.replace(b"</channel>", long_winded))
        # The first worker starts with the first page. Held there, it surely is not done when the bot dies.
        await until(lambda: _workers(bot.process.pid))
        _send(signal.SIGSTOP, _workers(bot.process.pid))

    for step in (the_blog_was_asked_and_has_not_answered, half_of_the_answer_has_come, the_worker_parses_it):
        await scene.kill_at(step, number)
        assert not scene.is_written(), step
    await scene.go_on()


async def test_a_bot_killed_while_it_writes_down_what_it_read_posts_everything_once(scene: Scene) -> None:
    async def the_first_of_two_posts_is_written(_: Live) -> None:
        await until(lambda: scene.web.asked)
        # No other transaction stays open for so long.
        looks = deque([False], maxlen=25)
        await until(lambda: looks.append(_is_locked(scene.folder / DATABASE)) or looks.count(True) == looks.maxlen)

    async def the_transaction_has_not_begun(_: Live) -> None:
        gate = asyncio.Event()
        reply = scene.web.pages[scene.blog.path]
        assert isinstance(reply, Reply)
        scene.web.pages[scene.blog.path] = Reply(reply.body, headers=reply.headers, gate=gate)
        await until(lambda: len(scene.web.asked) == 2)
        with closing(sqlite3.connect(scene.folder / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.set()
            await asyncio.sleep(1.5)

    with _slowness(scene.folder / DATABASE):
        await scene.kill_at(the_first_of_two_posts_is_written)
    assert not scene.is_written()
    await scene.kill_at(the_transaction_has_not_begun)
    assert not scene.is_written()
    await scene.go_on()


async def test_a_bot_killed_while_it_speaks_says_everything_once(scene: Scene) -> None:
    messages = f"/channels/{scene.channel.id}/messages"

    def is_post(method: str, path: str) -> bool:
        return method == "POST" and path == messages

    def is_thread(method: str, path: str) -> bool:
        return method == "POST" and path.startswith(messages) and path.endswith("/threads")

    def is_question(method: str, path: str) -> bool:
        return method == "POST" and path.endswith("/messages") and path != messages

    for is_meant in (is_post, is_thread, is_question):
        for is_done in (False, True):
            scene.discord_api.stall(is_meant, done=is_done)
            await scene.kill_at(lambda _: _is_stalled(scene))
    await scene.go_on()


async def _is_stalled(scene: Scene) -> None:
    await asyncio.wait_for(scene.discord_api.is_stalled.wait(), PATIENCE)


def _text(instant: datetime) -> str:
    """As SQLite keeps it."""
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def _is_locked(file: Path) -> bool:
    """Whether somebody is writing."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


@contextmanager
def _slowness(file: Path) -> Iterator[None]:
    """Within the block, whoever puts something into the outbox is kept in the middle of their transaction."""
    count = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT n FROM numbers"
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(f"CREATE VIEW endless AS {count}")
        other.execute("CREATE TRIGGER slow AFTER INSERT ON outbox_posts BEGIN SELECT count(*) FROM endless; END")
    yield
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DROP TRIGGER slow")
        other.execute("DROP VIEW endless")


def _parents() -> dict[int, int]:
    """The parent of every process that is more than a zombie."""
    found: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def _descendants(pid: int) -> set[int]:
    """The processes that come from this one."""
    parents, found = _parents(), set[int]()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def _workers(bot: int) -> set[int]:
    """The processes that read feeds: children of the server that forks them, a child of the bot."""
    parents = _parents()
    return {pid for pid, parent in parents.items() if parents.get(parent) == bot}


def _send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
