"""Blogs are looked at when they are due, and what they say becomes posts, on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.app import services_on
from bot.client import Services
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.config import Settings, ShardRange
from bot.db import Database
from bot.feeds.delivery_rules import Choice
from bot.feeds.finding import Found
from bot.feeds.post_rules import Feed, FeedState
from bot.outbox.rules import Post, Sent
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply

GUILD, OTHER_GUILD, CHANNEL, HOSTS = 10, 11, 20, 22
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Longer than the pause between two polls with its jitter.
ROUND = timedelta(minutes=12)


class Town:
    """Guilds that follow blogs, and a clock that is moved by hand."""

    def __init__(self, database: Database, now: datetime, settings: Settings) -> None:
        self.now = now
        self.rooms: Services = services_on(database, Clock(lambda: self.now), settings)

    async def settle(self, *guild_ids: int) -> None:
        """The bot comes to guilds, and their channels are chosen."""
        for guild_id in guild_ids:
            await self.rooms.communities.arrive(guild_id, "Bubble", self.now)
            await self.rooms.communities.set_channel(guild_id, ChannelPurpose.HOSTS, HOSTS)

    async def follow(self, blog: Blog, guild_id: int = GUILD, **chosen: object) -> Feed:
        """Follow a blog as it is now."""
        found = await self.rooms.feeds.look(blog.url)
        assert isinstance(found, Found)
        return await self.rooms.feeds.follow(guild_id, found, CHANNEL, self.now, **chosen)

    async def later(self, passed: timedelta = ROUND) -> None:
        """Time passes, and what is due then is looked at."""
        self.now += passed
        await self.rooms.polls.poll_due(self.now)

    async def sent(self) -> list[Post]:
        """Everything that is due by now goes out, in order."""
        done: list[Post] = []
        while due := await self.rooms.outbox.list_due(self.now):
            for post in due:
                await self.rooms.outbox.begin_attempt(post, "looks", self.now)
                await self.rooms.outbox.finish_attempt(post, Sent(post.message_id or 7000 + post.id), self.now)
                done.append(post)
        return done

    async def titles(self, guild_id: int = GUILD) -> list[str]:
        """The titles of the posts that go out by now, in order."""
        found: list[str] = []
        for sent in await self.sent():
            if sent.kind == "feeds:post" and sent.guild_id == guild_id:
                post = await self.rooms.feed_posts.get(guild_id, sent.subject_id)
                assert post is not None
                found += [entry.title for entry in post.entries]
        return found


@pytest.fixture
async def town(database: Database, now: datetime) -> AsyncIterator[Town]:
    """A guild with a host channel."""
    town = Town(database, now, Settings(feed_allowed_hosts=frozenset({"127.0.0.1"})))
    await town.settle(GUILD, OTHER_GUILD)
    yield town
    await town.rooms.feeds.close()


@pytest.fixture
def blog(web: LoopbackWeb) -> Blog:
    """A blog with two posts from before."""
    blog = Blog(web)
    blog.publish("First", "Second")
    return blog


async def test_what_a_blog_said_before_it_was_followed_is_not_posted(town: Town, blog: Blog) -> None:
    await town.follow(blog)
    await town.later()
    assert await town.titles() == []


async def test_everything_that_appeared_since_the_last_look_goes_out_oldest_first(town: Town, blog: Blog) -> None:
    await town.follow(blog)
    blog.publish("Third", "Fourth", "Fifth")
    await town.later(3 * DAY)
    assert await town.titles() == ["Third", "Fourth", "Fifth"]
    await town.later()
    assert await town.titles() == []


async def test_a_blog_is_fetched_once_for_all_guilds(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    await town.follow(blog)
    await town.follow(blog, OTHER_GUILD)
    web.asked.clear()
    blog.publish("Third")
    await town.later()
    assert len(web.asked) == 1
    posts = [post for post in await town.sent() if post.kind == "feeds:post"]
    assert {post.guild_id for post in posts} == {GUILD, OTHER_GUILD}


async def test_a_source_that_two_processes_find_due_is_taken_by_one(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    await town.follow(blog)
    web.asked.clear()
    blog.publish("Third")
    town.now += ROUND
    assert await town.rooms.polls.poll_due(town.now) == 1
    assert await town.rooms.polls.poll_due(town.now) == 0
    assert await town.titles() == ["Third"]


async def test_only_blogs_that_guilds_on_the_own_shards_follow_are_looked_at(
    database: Database, town: Town, blog: Blog
) -> None:
    await town.follow(blog)
    settings = Settings(feed_allowed_hosts=frozenset({"127.0.0.1"}), shard_count=2, shard_ids=(1,))
    elsewhere = Town(database, town.now + ROUND, settings)
    assert settings.shards == ShardRange(count=2, ids=(1,))
    assert await elsewhere.rooms.polls.poll_due(elsewhere.now) == 0


async def test_a_poll_that_was_cut_short_is_made_up_for(town: Town, blog: Blog) -> None:
    await town.follow(blog)
    blog.publish("Third")
    town.now += ROUND
    async with town.rooms.database.transaction() as tx:
        from bot.feeds.repository import FeedRepository

        await FeedRepository(tx).claim_due(town.now, town.now + 2 * MINUTE, None, 10)
    assert await town.rooms.polls.poll_due(town.now + MINUTE) == 0
    assert await town.rooms.polls.poll_due(town.now + 3 * MINUTE) == 1
    assert await town.titles() == []
    town.now += 3 * MINUTE
    assert await town.titles() == ["Third"]


async def test_too_many_at_once_are_held_until_the_host_decides(town: Town, blog: Blog) -> None:
    feed = await town.follow(blog)
    many = [f"Number {number}" for number in range(6)]
    blog.publish(*many)
    await town.later()
    assert [post.kind for post in await town.sent()] == ["feeds:held"]
    assert [entry.title for entry in await town.rooms.feed_posts.held(GUILD, feed.id)] == many
    await town.rooms.feed_posts.decide_held(feed, Choice.POST_ALL, town.now)
    assert await town.titles() == many


async def test_of_those_held_only_the_newest_goes_out_if_the_host_wants_that(town: Town, blog: Blog) -> None:
    feed = await town.follow(blog)
    blog.publish(*(f"Number {number}" for number in range(6)))
    await town.later()
    await town.rooms.feed_posts.decide_held(feed, Choice.NEWEST_ONLY, town.now)
    assert await town.titles() == ["Number 5"]


async def test_what_comes_behind_those_held_waits_with_them(town: Town, blog: Blog) -> None:
    feed = await town.follow(blog)
    blog.publish(*(f"Number {number}" for number in range(6)))
    await town.later()
    blog.publish("One more")
    await town.later()
    assert await town.titles() == []
    await town.rooms.feed_posts.decide_held(feed, Choice.MARK_READ, town.now)
    blog.publish("And after")
    await town.later()
    assert await town.titles() == ["And after"]


async def test_a_post_dated_ahead_goes_out_on_its_date(town: Town, blog: Blog) -> None:
    await town.follow(blog)
    blog.publish("Tomorrow", at=town.now + DAY)
    await town.later()
    assert await town.titles() == []
    await town.later(DAY)
    assert await town.titles() == ["Tomorrow"]


async def test_what_appears_while_a_blog_is_paused_goes_out_when_it_is_resumed(town: Town, blog: Blog) -> None:
    feed = await town.follow(blog)
    await town.follow(blog, OTHER_GUILD)
    await town.rooms.feeds.pause(GUILD, feed.id, town.now)
    blog.publish("Third")
    await town.later()
    assert await town.titles() == []
    await town.rooms.feeds.resume(GUILD, feed.id, town.now)
    assert await town.titles() == ["Third"]
    await town.later()
    assert await town.titles() == []


async def test_a_blog_nobody_but_a_paused_guild_follows_is_not_fetched(
    town: Town, blog: Blog, web: LoopbackWeb
) -> None:
    feed = await town.follow(blog)
    await town.rooms.feeds.pause(GUILD, feed.id, town.now)
    web.asked.clear()
    blog.publish("Third")
    await town.later(DAY)
    assert web.asked == []
    await town.rooms.feeds.resume(GUILD, feed.id, town.now)
    await town.later(timedelta())
    assert await town.titles() == ["Third"]


async def test_a_daily_digest_collects_entries_for_its_hour(town: Town, blog: Blog) -> None:
    await town.rooms.communities.set_time_zone(GUILD, "America/New_York")
    feed = await town.follow(blog)
    await town.rooms.feeds.edit(GUILD, feed.id, town.now, digest="daily", digest_hour=9)
    blog.publish("Third")
    await town.later()
    blog.publish("Fourth")
    await town.later()
    assert await town.titles() == []
    town.now = town.now.replace(hour=13, minute=0, second=0)  # nine o'clock in New York
    [digest] = await town.sent()
    post = await town.rooms.feed_posts.get(GUILD, digest.subject_id)
    assert post is not None
    assert post.is_digest
    assert [entry.title for entry in post.entries] == ["Third", "Fourth"]


async def test_what_a_digest_has_collected_goes_out_at_once_when_it_is_switched_off(town: Town, blog: Blog) -> None:
    feed = await town.follow(blog)
    await town.rooms.feeds.edit(GUILD, feed.id, town.now, digest="weekly")
    blog.publish("Third", "Fourth")
    await town.later()
    await town.rooms.feeds.edit(GUILD, feed.id, town.now, digest="off")
    assert await town.titles() == ["Third", "Fourth"]


async def test_a_members_blog_is_shown_once_a_day_at_most(town: Town, blog: Blog) -> None:
    await town.rooms.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, CHANNEL)
    found = await town.rooms.feeds.look(blog.url)
    assert isinstance(found, Found)
    feed = await town.rooms.feeds.propose(GUILD, found, 31, town.now)
    blog.publish("Third")
    await town.later()
    assert await town.titles() == []
    await town.rooms.feeds.decide(GUILD, feed.id, approve=True, now=town.now)
    await town.later()
    assert await town.titles() == ["Third"]
    blog.publish("Fourth", "Fifth")
    await town.later()
    assert await town.titles() == []
    await town.later(DAY)
    assert await town.titles() == ["Fourth"]
    await town.later(DAY)
    assert await town.titles() == ["Fifth"]


async def test_a_changed_title_is_drawn_anew_within_a_day_and_once_an_hour(town: Town, blog: Blog) -> None:
    await town.follow(blog)
    blog.publish("Third", at=town.now)
    await town.later()
    await town.sent()
    link = "http://blog.example/feed/third"

    async def rename(title: str) -> None:
        blog.show([*blog.posts[:2], ("Third", blog.posts[2][1])])
        page = blog.web.pages["/feed"]
        assert isinstance(page, Reply)
        assert isinstance(page.body, bytes)
        page.body = page.body.replace(b"<title>Third</title>", f"<title>{title}</title>".encode())
        assert link.encode() in page.body

    await rename("Third, corrected")
    await town.later()
    assert await town.titles() == ["Third, corrected"]
    await rename("Third, once more")
    await town.later()
    assert await town.titles() == []
    town.now += HOUR
    assert await town.titles() == ["Third, once more"]
    await rename("Much later")
    await town.later(2 * DAY)
    assert await town.titles() == []


async def test_trouble_is_told_once_in_plain_words_and_taken_back(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    feed = await town.follow(blog)
    web.pages["/feed"] = Reply(status=500)
    for _ in range(5):
        await town.later(2 * HOUR)
    [told] = await town.sent()
    assert told.kind == "feeds:trouble"
    health = (await town.rooms.feeds.get(GUILD, feed.id)).source.health
    assert health.failures > 3
    assert health.reason.endswith(".")
    blog.publish("Third")
    await town.later(DAY)
    assert sorted(post.kind for post in await town.sent()) == ["feeds:post", "feeds:trouble"]
    assert (await town.rooms.feeds.get(GUILD, feed.id)).source.health.failures == 0


async def test_a_week_of_trouble_pauses_the_blog_and_resume_loses_nothing(
    town: Town, blog: Blog, web: LoopbackWeb
) -> None:
    feed = await town.follow(blog)
    web.pages["/feed"] = Reply(status=500)
    for _ in range(9):
        await town.later(DAY + HOUR)
    assert [post.kind for post in await town.sent()] == ["feeds:trouble", "feeds:stopped"]
    assert (await town.rooms.feeds.get(GUILD, feed.id)).state is FeedState.FAILED
    web.asked.clear()
    blog.publish("Third")
    await town.later(DAY)
    assert web.asked == []
    await town.rooms.feeds.resume(GUILD, feed.id, town.now)
    await town.later(timedelta())
    assert await town.titles() == ["Third"]


async def test_a_blog_that_is_gone_for_good_is_stopped_at_once(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    feed = await town.follow(blog)
    web.pages["/feed"] = Reply(status=410)
    await town.later()
    assert [post.kind for post in await town.sent()] == ["feeds:stopped"]
    assert (await town.rooms.feeds.get(GUILD, feed.id)).state is FeedState.GONE


async def test_a_feed_moves_when_three_polls_in_a_row_were_sent_on_for_good(
    town: Town, blog: Blog, web: LoopbackWeb
) -> None:
    feed = await town.follow(blog)
    web.pages["/new"] = web.pages["/feed"]
    web.pages["/feed"] = Reply(status=301, headers={"Location": "/new"})
    for expected in ("/feed", "/feed", "/new"):
        await town.later(HOUR + ROUND)
        assert (await town.rooms.feeds.get(GUILD, feed.id)).source.url == web.url(expected)
    web.pages["/feed"] = Reply(status=404)
    await town.later(HOUR + ROUND)
    assert (await town.rooms.feeds.get(GUILD, feed.id)).source.health.failures == 0


async def test_a_detour_for_today_is_taken_anew_each_time(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    web.pages["/today"] = web.pages["/feed"]
    web.pages["/feed"] = Reply(status=302, headers={"Location": "/today"})
    feed = await town.follow(blog)
    assert feed.source.url == web.url("/feed")
    for _ in range(4):
        await town.later(HOUR + ROUND)
    assert (await town.rooms.feeds.get(GUILD, feed.id)).source.url == web.url("/feed")


async def test_a_server_that_knows_etags_is_asked_with_them(town: Town, web: LoopbackWeb) -> None:
    blog = Blog(web, etag=True)
    blog.publish("First")
    await town.follow(blog)
    await town.later()
    await town.later()
    assert web.asked[-1].headers["if-none-match"] == '"1"'


async def test_one_that_asks_for_patience_is_left_alone(town: Town, blog: Blog, web: LoopbackWeb) -> None:
    await town.follow(blog)
    web.pages["/feed"] = Reply(status=503, headers={"Retry-After": "7200"})
    await town.later()
    web.asked.clear()
    await town.later(HOUR)
    assert web.asked == []
    await town.later(2 * HOUR)
    assert len(web.asked) == 1


async def test_nothing_of_a_blog_nobody_follows_is_kept(database: Database, town: Town, blog: Blog) -> None:
    from sqlalchemy import func, select

    from bot.db import Base

    feed = await town.follow(blog)
    blog.publish("Third")
    await town.later()
    await town.rooms.feeds.unfollow(GUILD, feed.id, town.now)
    async with database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("feed"):
                assert await tx.scalar(select(func.count()).select_from(table)) == 0, table.name
    assert await town.titles() == []
