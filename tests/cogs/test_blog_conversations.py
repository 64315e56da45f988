"""The conversation under a blog's post: opened with a question, and the author called in once, as members meet it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import simcord
from simcord.backend.errors import BackendError

from bot.feeds.post_rules import Feed
from bot.gateway import SeenMessage
from cogs.feeds.conversations import Conversations
from tests.cogs.blog_stage import DAY, Blogs, item, open_blog_stage, open_blogs, open_web  # noqa: F401
from tests.simkit import Stage
from tests.simthreads import begin_session

QUESTION = "What does this bring up for you?"


@pytest.fixture
async def ada(stage: Stage) -> simcord.MemberActor:
    """Ada writes a blog."""
    return await stage.join("ada")


@pytest.fixture
async def feed(blogs: Blogs, ada: simcord.MemberActor) -> Feed:
    """Ada's blog is followed, and a post of hers stands."""
    feed = await blogs.follow(author=ada)
    await blogs.publish("On rivers")
    return feed


def calls(stage: Stage, blogs: Blogs, ada: simcord.MemberActor) -> list[str]:
    """What the bot said in the conversation beyond the question."""
    return [text for text in stage.said(blogs.thread()) if ada.mention in text]


def conversations(stage: Stage) -> Conversations:
    return stage.bot.get_cog("Conversations")  # type: ignore[return-value]


class Refusal:
    """Discord refuses such requests; `count` is how many."""

    def __init__(self, stage: Stage, method: str, path_end: str, status: int, code: int) -> None:
        self._refused, self._error = (method, path_end), (status, code)
        self._faults = stage.api._faults
        self._faults.append(self.fault)
        self.count = 0

    def fault(self, method: str, path: str, _apply: Callable[[], object]) -> object:
        """Refuse it, or have nothing to say."""
        if method == self._refused[0] and path.endswith(self._refused[1]):
            self.count += 1
            raise BackendError(*self._error, "Refused")
        return NotImplemented

    def end(self) -> None:
        """Discord takes them again."""
        self._faults.remove(self.fault)


# ------------------------------------------------------------- opening


async def test_each_post_opens_a_thread_of_its_title_with_the_default_question(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish("One", "Two")
    assert [blogs.thread(0).name, blogs.thread(1).name] == ["One", "Two"]
    assert stage.said(blogs.thread(0)) == stage.said(blogs.thread(1)) == [QUESTION]


async def test_the_question_of_a_feed_may_name_the_title(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(question="What of “{title}” will you try?")
    blogs.serve(item("On *rivers* & @everyone", guid="1"))
    await blogs.poll()
    assert stage.said(blogs.thread()) == ["What of “On \\*rivers\\* & @\u200beveryone” will you try?"]
    assert blogs.thread().name == "On *rivers* & @everyone", "a thread's name is plain text"


async def test_a_long_title_is_cut_in_the_name_and_in_the_question(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(question="{title}" * 40)
    blogs.serve(item("*~" * 100, guid="1"))
    await blogs.poll()
    name, [question] = blogs.thread().name, stage.said(blogs.thread())
    assert name is not None
    assert (len(name), name[-1]) == (100, "…")
    assert len(question) == 2000


async def test_without_the_permission_the_post_stands_and_the_hosts_are_told_once_a_day(
    stage: Stage, blogs: Blogs
) -> None:
    await blogs.follow()
    await stage.deny(blogs.channel, "create_public_threads")
    await blogs.publish("One", "Two")
    assert blogs.titles() == ["One", "Two"]
    [notice] = stage.said(stage.hosts)
    assert notice.startswith("I could not open a conversation under a post of **Out of the Bubble**.")
    assert f"I lack *Create Public Threads* in {blogs.channel.mention}." in notice
    asked = len(blogs.requests("POST", "/threads"))
    await stage.pass_time(3600)
    assert len(blogs.requests("POST", "/threads")) == asked, "a refusal is not asked for again"
    await blogs.skip(DAY)
    await blogs.publish("Three")
    assert len(stage.said(stage.hosts)) == 2
    await stage.allow(blogs.channel)
    await blogs.publish("Four")
    assert stage.said(blogs.thread()) == [QUESTION]


async def test_a_post_that_somebody_deleted_at_once_is_no_trouble(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    refusal = Refusal(stage, "POST", "/threads", 404, 10008)
    await blogs.publish("One")
    await stage.pass_time(600)
    assert refusal.count == 1
    assert stage.said(stage.hosts) == []


async def test_a_thread_that_somebody_opened_first_gets_the_question(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    refusal = Refusal(stage, "POST", "/threads", 500, 0)
    await blogs.publish("One")
    await stage.open_thread(blogs.channel, blogs.posts()[0], stage.carol)
    refusal.end()
    Refusal(stage, "POST", "/threads", 400, 160004)
    await stage.pass_time(120)
    assert blogs.thread().name == "A thread"
    assert stage.said(blogs.thread()) == [QUESTION]
    await stage.pass_time(600)
    assert stage.said(blogs.thread()) == [QUESTION]


async def test_a_thread_that_could_not_be_opened_is_opened_after_a_restart(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    refusal = Refusal(stage, "POST", "/threads", 500, 0)
    await blogs.publish("One")
    assert len(blogs.posts()) == 1
    assert blogs.channel.threads == []
    refusal.end()
    await stage.restart()
    await stage.pass_time(70)
    assert stage.said(blogs.thread()) == [QUESTION]


async def test_an_entry_posted_once_more_is_talked_about_there(
    stage: Stage, blogs: Blogs, caplog: pytest.LogCaptureFixture
) -> None:
    await blogs.follow()
    refusal = Refusal(stage, "POST", "/threads", 500, 0)
    await blogs.publish("One")
    await stage.carol.slash(stage.hosts, "blog latest", blog="1")
    await stage.moment(5)
    refusal.end()
    await stage.pass_time(120)
    assert blogs.titles() == ["One", "One"]
    assert [thread.id for thread in blogs.channel.threads] == [blogs.posts()[-1].id]
    assert stage.said(blogs.thread()) == [QUESTION]
    assert "conversation not opened guild" not in caplog.text


# ------------------------------------------------------------- calling the author


async def test_the_first_member_who_writes_brings_the_author_in_once(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    kofi, maya = await stage.join("kofi"), await stage.join("maya")
    await kofi.send(blogs.thread(), "They bend!")
    await stage.moment()
    [call] = calls(stage, blogs, ada)
    assert call == f"{ada.mention}, somebody has written under your post."
    sent = blogs.requests("POST", f"/channels/{blogs.thread().id}/messages")[-1]
    assert sent.json["allowed_mentions"] == {"parse": [], "users": [ada.id]}
    await maya.send(blogs.thread(), "And flood.")
    await kofi.send(blogs.thread(), "Do they?")
    await stage.restart()
    await kofi.send(blogs.thread(), "I think so.")
    await maya.send(blogs.thread(), "So do I.")
    await stage.moment()
    assert len(calls(stage, blogs, ada)) == 1


async def test_the_author_bots_and_webhooks_do_not_call_the_author(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    other_bot = await stage.join("another bot", bot=True)
    await ada.send(blogs.thread(), "I wrote this by the Elbe.")
    await other_bot.send(blogs.thread(), "Beep.")
    stage.env.backend.create_message(blogs.thread().id, ada.id, "Boop.", webhook_id=1)
    await stage.moment()
    assert calls(stage, blogs, ada) == []
    await (await stage.join("kofi")).send(blogs.thread(), "They bend!")
    await stage.moment()
    assert len(calls(stage, blogs, ada)) == 1


async def test_where_no_author_is_named_nobody_is_called(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish("On rivers")
    await (await stage.join("kofi")).send(blogs.thread(), "They bend!")
    await stage.moment()
    assert stage.said(blogs.thread()) == [QUESTION]


async def test_who_wrote_while_the_bot_was_away_is_heard(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    kofi = await stage.join("kofi")
    thread = blogs.thread()
    with stage.gateway_down():
        await kofi.send(thread, "They bend!")
        await ada.send(thread, "They do.")
    await stage.moment()
    assert calls(stage, blogs, ada) == []
    await stage.restart()
    assert len(calls(stage, blogs, ada)) == 1
    assert "one person wrote under it, and the author answered" in await blogs.listed()


async def outage(stage: Stage, happen: Callable[[], Awaitable[object]]) -> None:
    """The gateway's connection breaks, something happens, and Discord begins a new session."""
    stage.bot.dispatch("shard_disconnect", 0)
    with stage.gateway_down():
        await happen()
    await begin_session(stage.env, stage.guild)
    stage.bot.dispatch("ready")
    await stage.moment(30)


async def test_who_wrote_during_an_outage_of_the_gateway_is_heard(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    kofi, thread = await stage.join("kofi"), blogs.thread()
    await stage.pass_time(3600)
    await ada.send(thread, "Anybody here?")
    await outage(stage, lambda: kofi.send(thread, "They bend!"))
    assert len(calls(stage, blogs, ada)) == 1
    asked = len(blogs.requests("GET", f"/channels/{thread.id}/messages"))
    await stage.pass_time(3600)
    await outage(stage, stage.moment)
    assert len(blogs.requests("GET", f"/channels/{thread.id}/messages")) == asked, "nobody wrote: nothing is read"


async def test_what_discord_did_not_tell_at_once_is_asked_for_again(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    kofi, thread = await stage.join("kofi"), blogs.thread()
    await ada.send(thread, "Anybody here?")
    refusal = Refusal(stage, "GET", f"/channels/{thread.id}/messages", 500, 0)
    await outage(stage, lambda: kofi.send(thread, "They bend!"))
    assert calls(stage, blogs, ada) == []
    assert refusal.count
    refusal.end()
    await stage.pass_time(70)
    assert len(calls(stage, blogs, ada)) == 1


# ------------------------------------------------------------- the list


async def test_the_list_tells_who_wrote_under_the_last_post_and_whether_the_author_answered(
    stage: Stage, blogs: Blogs, ada: simcord.MemberActor, feed: Feed
) -> None:
    kofi, maya = await stage.join("kofi"), await stage.join("maya")
    assert f"{blogs.posts()[0].jump_url} · nobody has written yet" in await blogs.listed()
    await kofi.send(blogs.thread(), "They bend!")
    await kofi.send(blogs.thread(), "And flood!")
    assert "one person wrote under it, and the author has not answered yet" in await blogs.listed()
    await maya.send(blogs.thread(), "They do?")
    await ada.send(blogs.thread(), "They do.")
    await stage.moment()
    assert "2 people wrote under it, and the author answered" in await blogs.listed()
    await blogs.publish("On lakes")
    assert "nobody has written yet" in await blogs.listed()


# ------------------------------------------------------------- what is kept in memory


class Glanced(SeenMessage):
    """A message elsewhere, of which nothing but the channel may be asked."""

    def __init__(self, channel_id: int) -> None:
        super().__init__({"channel_id": channel_id})  # type: ignore[arg-type]


async def test_a_message_elsewhere_costs_one_look_into_a_dict(stage: Stage, blogs: Blogs, feed: Feed) -> None:
    before = asyncio.all_tasks()
    conversations(stage).observe(Glanced(blogs.channel.id))
    assert asyncio.all_tasks() == before


async def test_conversations_are_listened_to_for_a_while(
    stage: Stage, blogs: Blogs, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["cogs.feeds.conversations"], "WATCHED_FOR", timedelta(hours=1))
    cog, kofi = conversations(stage), await stage.join("kofi")
    await kofi.send(blogs.thread(), "They bend!")
    await stage.pass_time(600)
    assert set(cog._threads) == set(cog._heard) == {blogs.thread().id}
    await stage.pass_time(2 * 3600)  # In simulated time it looks once an hour.
    assert (cog._threads, cog._heard) == ({}, {})


async def test_a_thread_that_is_deleted_is_listened_to_no_longer(stage: Stage, blogs: Blogs, feed: Feed) -> None:
    await stage.delete_channel(blogs.thread())
    await stage.moment()
    assert conversations(stage)._threads == {}


async def test_where_the_bot_was_removed_it_listens_only_once_it_is_back(
    stage: Stage, blogs: Blogs, feed: Feed
) -> None:
    cog, kept = conversations(stage), dict(conversations(stage)._threads)
    stage.remove_bot_from(stage.guild)
    await stage.moment()
    assert cog._threads == {}
    stage.invite_bot_to(stage.guild)
    await stage.moment()
    assert cog._threads == kept
