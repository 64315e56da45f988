"""Rounds over many blogs: none holds up another, and what fails on the bot's own side is nobody else's fault."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.app import services_on
from bot.client import Services
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.feeds.post_rules import Feed
from bot.feeds.service import Found
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply

GUILD, CHANNEL = 10, 20
#: Longer than the pause between two polls with its jitter.
ROUND = timedelta(minutes=12)
#: After this a poll that came to nothing is made up for.
CLAIM = timedelta(minutes=3)


class Village:
    """A guild that follows some blogs, each with one new post."""

    def __init__(self, database: Database, web: LoopbackWeb, now: datetime) -> None:
        self.now, self.database, self.web = now, database, web
        self.rooms = self.start()
        self.blogs = [Blog(web, path=f"/{number}") for number in range(4)]
        self.feeds: list[Feed] = []

    def start(self) -> Services:
        """The bot's rooms on the database as it is."""
        return services_on(self.database, Clock(lambda: self.now), Settings(feed_allowed_hosts=HOSTS))

    async def settle(self) -> None:
        """Follow every blog; then each publishes a post, and its time to be looked at comes."""
        await self.rooms.communities.arrive(GUILD, "Bubble", self.now)
        for blog in self.blogs:
            blog.publish("First")
            found = await self.rooms.feeds.look(blog.url)
            assert isinstance(found, Found)
            self.feeds.append(await self.rooms.feeds.follow(GUILD, found, CHANNEL, self.now))
            blog.publish(f"New {blog.path}")
        self.now += ROUND
        self.web.asked.clear()

    async def poll(self, after: timedelta = timedelta()) -> int:
        """Look at what is due after a while."""
        self.now += after
        return await self.rooms.polls.poll_due(self.now)

    async def new_posts(self) -> list[str]:
        """The posts that wait to be sent, by title."""
        async with self.database.transaction() as tx:
            ids = await tx.scalars(text("SELECT id FROM feed_posts"))
        posts = [await self.rooms.feed_posts.get(GUILD, post_id) for post_id in ids]
        return sorted(entry.title for post in posts if post for entry in post.entries)

    async def failures(self) -> list[int]:
        """How often each blog is said to have failed in a row."""
        return [(await self.rooms.feeds.get(GUILD, feed.id)).source.health.failures for feed in self.feeds]


HOSTS = frozenset({"127.0.0.1"})
ALL_NEW = ["New /0", "New /1", "New /2", "New /3"]


@pytest.fixture
async def village(database: Database, now: datetime) -> AsyncIterator[Village]:
    """Blogs that are due."""
    async with LoopbackWeb() as web:
        village = Village(database, web, now)
        await village.settle()
        yield village
        await village.rooms.feeds.close()


async def test_a_slow_server_holds_up_no_other_blog_and_no_later_round(village: Village) -> None:
    gate = asyncio.Event()
    answer = village.web.pages["/0"]
    assert isinstance(answer, Reply)
    village.web.pages["/0"] = Reply(answer.body, headers=answer.headers, gate=gate)
    first = asyncio.create_task(village.poll())
    async with asyncio.timeout(15):
        while await village.new_posts() != ALL_NEW[1:]:
            await asyncio.sleep(0.02)
        village.blogs[1].publish("Newer")
        assert await village.poll(ROUND) == 3  # the slow one is left to the round that waits for it
        assert "Newer" in await village.new_posts()
        assert not first.done()
        gate.set()
        assert await first == 4
    assert await village.new_posts() == [*ALL_NEW, "Newer"]
    assert [one.path for one in village.web.asked].count("/0") == 1


async def test_a_reader_that_broke_is_not_held_against_the_blogs(village: Village) -> None:
    await village.rooms.feeds.close()
    await village.poll()
    assert len(village.web.asked) == 4
    assert await village.failures() == [0, 0, 0, 0]
    village.rooms = village.start()
    await village.poll(CLAIM)
    assert await village.new_posts() == ALL_NEW


async def test_a_poll_that_cannot_be_written_down_harms_no_other_and_is_made_up_for(village: Village) -> None:
    # Of one blog the database takes nothing, and says so only in the middle.
    broken = village.feeds[2].source.id
    async with village.database.transaction() as tx:
        if village.database.is_sqlite:
            await tx.execute(
                text(
                    f"CREATE TRIGGER refuse BEFORE INSERT ON feed_entries WHEN NEW.source_id = {broken}"
                    " BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
            )
        else:
            await tx.execute(
                text(f"ALTER TABLE feed_entries ADD CONSTRAINT refuse CHECK (source_id <> {broken}) NOT VALID")
            )
    await village.poll()
    assert await village.new_posts() == ["New /0", "New /1", "New /3"]
    async with village.database.transaction() as tx:
        undo = (
            "DROP TRIGGER refuse" if village.database.is_sqlite else "ALTER TABLE feed_entries DROP CONSTRAINT refuse"
        )
        await tx.execute(text(undo))
    assert await village.poll(CLAIM) == 1
    assert await village.new_posts() == ALL_NEW
    assert await village.failures() == [0, 0, 0, 0]


async def test_a_database_that_is_locked_during_a_round_loses_nothing(tmp_path: Path, now: datetime) -> None:
    file = tmp_path / "test.db"
    database = Database(make_url(f"sqlite+aiosqlite:///{file}"), busy_timeout=0.2)
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    async with LoopbackWeb() as web:
        village, gate = Village(database, web, now), asyncio.Event()
        await village.settle()
        for blog in village.blogs:
            answer = web.pages[blog.path]
            assert isinstance(answer, Reply)
            web.pages[blog.path] = Reply(answer.body, headers=answer.headers, gate=gate)
        round_ = asyncio.create_task(village.poll())
        while len(web.asked) < len(ALL_NEW):
            await asyncio.sleep(0.02)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            gate.set()
            assert await round_ == 4
            other.execute("ROLLBACK")
        assert await village.new_posts() == []
        assert await village.poll(CLAIM) == 4
        assert await village.new_posts() == ALL_NEW
        assert await village.failures() == [0, 0, 0, 0]
        await village.rooms.feeds.close()
    await database.close()


async def test_a_clock_that_jumped_back_keeps_no_blog_from_being_looked_at(village: Village) -> None:
    present, village.now = village.now, village.now + timedelta(days=400)
    assert await village.poll() == 4
    village.blogs[0].publish("Newer")
    village.now = present
    assert await village.poll() == 4
    assert await village.new_posts() == [*ALL_NEW, "Newer"]
    assert await village.poll(timedelta(minutes=1)) == 0
