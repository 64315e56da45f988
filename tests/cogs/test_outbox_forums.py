"""Automatic messages in forums and threads, under every fault: one post each, in its place, with its tag."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import discord
import pytest
import simcord

from bot.client import Tribekeeper
from bot.outbox.rules import Post, PostState
from bot.ui.messages import OutgoingMessage
from tests.cogs.test_outbox import KIND, state_of, with_status
from tests.simkit import Stage, open_stage
from tests.simthreads import archive, set_tags

drawn = {"content": "post {}", "title": "On rivers", "tag": "Ada's blog"}


async def draw(_guild: discord.Guild, post: Post) -> OutgoingMessage:
    message = OutgoingMessage(**drawn)  # type: ignore[arg-type]
    return replace(message, content=f"post {post.subject_id}")


def teach(bot: Tribekeeper) -> None:
    bot.renderers[KIND] = draw


class Forum:
    """A forum on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.channel = stage.guild.create_forum_channel("blog")

    async def say(self, subject: int, *, channel: simcord.ChannelHandle | None = None) -> None:
        """A post is due here."""
        await self.stage.say(KIND, subject, channel_id=(channel or self.channel).id)

    async def revise(self, subject: int) -> None:
        """What a post says has changed."""
        services = self.stage.bot.services
        async with services.database.transaction() as tx:
            await services.outbox.revise(tx, self.stage.guild.id, f"{KIND}:{subject}", self.stage.now())
        await self.stage.moment()

    async def remove(self, subject: int) -> None:
        """A post is to go."""
        services = self.stage.bot.services
        async with services.database.transaction() as tx:
            await services.outbox.remove(tx, self.stage.guild.id, f"{KIND}:{subject}", self.stage.now())
        await self.stage.moment()

    @property
    def posts(self) -> list[tuple[str | None, list[str]]]:
        """Each post that stands here: its title, and what the bot wrote in it."""
        return [(thread.name, self.stage.said(thread)) for thread in self.channel.threads]

    @property
    def tags(self) -> list[str]:
        """The tags there are."""
        return [tag["name"] for tag in self._stored.available_tags]

    @property
    def tags_of_posts(self) -> list[list[str]]:
        """The tags of each post."""
        names = {int(tag["id"]): tag["name"] for tag in self._stored.available_tags}
        return [[names[tag] for tag in thread._channel.applied_tags] for thread in self.channel.threads]

    @property
    def _stored(self) -> simcord.backend.models.Channel:
        return self.stage.env.backend.get_channel(self.channel.id)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


@pytest.fixture
async def forum(stage: Stage) -> Forum:
    forum = Forum(stage)
    await stage.env.settle()
    return forum


async def test_a_post_in_a_forum_is_a_forum_post_with_a_title_and_a_tag(stage: Stage, forum: Forum) -> None:
    await forum.say(1)
    await stage.moment()
    assert forum.posts == [("On rivers", ["post 1"])]
    assert forum.tags_of_posts == [["Ada's blog"]]
    post = await state_of(stage, 1)
    assert (post.state, post.message_id) == (PostState.SENT, forum.channel.threads[0].id)


async def test_a_tag_is_made_once_and_found_whatever_its_case(stage: Stage, forum: Forum) -> None:
    await set_tags(stage.env, forum.channel, "Other", "ADA'S BLOG")
    await forum.say(1)
    await forum.say(2)
    await stage.moment(5)
    assert forum.tags == ["Other", "ADA'S BLOG"]
    assert forum.tags_of_posts == [["ADA'S BLOG"], ["ADA'S BLOG"]]


async def test_a_new_tag_leaves_those_made_meanwhile_alone(stage: Stage, forum: Forum) -> None:
    with stage.gateway_down():
        await set_tags(stage.env, forum.channel, "Made meanwhile")
    await forum.say(1)
    await stage.moment()
    assert forum.tags == ["Made meanwhile", "Ada's blog"]


async def test_a_forum_full_of_tags_takes_the_post_without_one(stage: Stage, forum: Forum) -> None:
    names = [f"tag {number}" for number in range(20)]
    await set_tags(stage.env, forum.channel, *names)
    await forum.say(1)
    await stage.moment()
    assert forum.tags == names
    assert forum.tags_of_posts == [[]]


async def test_where_the_bot_may_make_no_tags_the_post_goes_without(stage: Stage, forum: Forum) -> None:
    await stage.deny(forum.channel, "manage_channels")
    await forum.say(1)
    await stage.moment()
    assert forum.posts == [("On rivers", ["post 1"])]
    assert forum.tags_of_posts == [[]]
    assert not [call for call in stage.env.http_requests if call.method == "PATCH"]


async def test_a_tag_discord_will_not_have_keeps_no_post_back(stage: Stage, forum: Forum) -> None:
    stage.env.inject_error("PATCH", f"/channels/{forum.channel.id}", status=400, code=50035, message="no", times=1)
    await forum.say(1)
    await stage.moment()
    assert forum.tags_of_posts == [[]]


async def test_a_forum_that_requires_a_tag_gets_one_or_tells_the_host_what_to_do(stage: Stage, forum: Forum) -> None:
    await set_tags(stage.env, forum.channel, required=True)
    await stage.deny(forum.channel, "manage_channels")
    await set_tags(stage.env, forum.channel, required=True)
    await forum.say(1)
    await stage.moment(5)
    [notice] = stage.said(stage.hosts)
    assert forum.posts == []
    assert "*Manage Channels*" in notice
    assert forum.channel.mention in notice
    await stage.allow(forum.channel)
    await set_tags(stage.env, forum.channel, required=True)
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert forum.tags_of_posts == [["Ada's blog"]]


@pytest.mark.parametrize(("title", "shown"), [("x" * 101, "x" * 99 + "…"), (None, "post 1"), ("  ", "post 1")])
async def test_every_post_has_a_title_that_discord_takes(
    stage: Stage, forum: Forum, title: str | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(drawn, "title", title)
    monkeypatch.setitem(drawn, "tag", "x" * 21)
    await forum.say(1)
    await stage.moment()
    assert forum.posts == [(shown, ["post 1"])]
    assert forum.tags == ["x" * 20]


async def test_a_cut_after_discord_accepted_does_not_double_the_forum_post(stage: Stage, forum: Forum) -> None:
    stage.api.cut_after_accepting()
    await forum.say(1)
    await stage.pass_time(600)
    assert forum.posts == [("On rivers", ["post 1"])]
    assert (await state_of(stage, 1)).message_id == forum.channel.threads[0].id


@pytest.mark.parametrize("away", [timedelta(0), timedelta(hours=3)])
async def test_after_a_crash_the_forum_post_is_found_even_if_it_was_archived(
    stage: Stage, forum: Forum, away: timedelta
) -> None:
    stage.api.cut_after_accepting()
    await forum.say(1)
    await stage.env.settle()
    if away:
        await archive(stage.env, forum.channel.threads[0])
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(away.total_seconds()))
    await stage.pass_time(60)
    assert forum.posts == [("On rivers", ["post 1"])]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_a_cut_before_discord_accepted_does_not_lose_the_forum_post(stage: Stage, forum: Forum) -> None:
    stage.api.cut_before_accepting(times=3)
    await forum.say(1)
    await stage.pass_time(600)
    assert forum.posts == [("On rivers", ["post 1"])]


async def test_what_was_cut_off_gets_time_to_arrive_before_it_is_sent_again(stage: Stage, forum: Forum) -> None:
    stage.api.cut_before_accepting()
    await forum.say(1)
    await stage.moment(10)
    assert forum.posts == []
    await stage.moment(10)
    assert forum.posts == [("On rivers", ["post 1"])]


async def test_the_same_words_of_another_post_are_not_taken_for_the_own_one(stage: Stage, forum: Forum) -> None:
    await stage.say(KIND, 1, key="the first", channel_id=forum.channel.id)
    await stage.moment()
    stage.api.cut_before_accepting()
    await stage.say(KIND, 1, key="the second", channel_id=forum.channel.id)
    await stage.pass_time(60)
    assert forum.posts == [("On rivers", ["post 1"])] * 2


async def test_a_server_error_or_too_many_requests_delay_a_forum_post(stage: Stage, forum: Forum) -> None:
    for status in (500, 429):
        stage.api.on_next_send(with_status(status))
    await forum.say(1)
    await stage.pass_time(60)
    assert forum.posts == [("On rivers", ["post 1"])]
    assert (await state_of(stage, 1)).attempts == 3


async def test_the_host_reads_what_to_grant_in_a_forum_in_its_own_words(stage: Stage, forum: Forum) -> None:
    await stage.deny(forum.channel, "send_messages", "send_messages_in_threads", "create_public_threads")
    await forum.say(1)
    await stage.moment(5)
    [notice] = stage.said(stage.hosts)
    assert "*Create Posts*" in notice
    assert f"*Send Messages in Posts* in {forum.channel.mention}" in notice
    assert "Create Public Threads" not in notice
    await stage.allow(forum.channel)
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert forum.posts == [("On rivers", ["post 1"])]


async def test_a_deleted_forum_is_told_to_the_host(stage: Stage, forum: Forum) -> None:
    await stage.delete_channel(forum.channel)
    await stage.moment()
    told = len(stage.said(stage.hosts))
    await forum.say(1)
    await stage.moment(5)
    assert "deleted" in stage.said(stage.hosts)[told]
    assert (await state_of(stage, 1)).state is PostState.FAILED


@pytest.mark.parametrize("archived", [False, True])
async def test_a_forum_post_is_drawn_anew_with_its_title(
    stage: Stage, forum: Forum, archived: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await forum.say(1)
    await stage.moment()
    if archived:
        await archive(stage.env, forum.channel.threads[0])
    monkeypatch.setitem(drawn, "title", "On lakes")
    stage.bot.renderers[KIND] = lambda guild, post: draw(guild, replace(post, subject_id=2))
    await forum.revise(1)
    assert forum.posts == [("On lakes", ["post 2"])]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_a_forum_post_somebody_deleted_is_left_alone(stage: Stage, forum: Forum) -> None:
    await forum.say(1)
    await stage.moment()
    await stage.delete_channel(forum.channel.threads[0])
    await forum.revise(1)
    assert forum.posts == []
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_taking_a_forum_post_down_takes_its_conversation_with_it(stage: Stage, forum: Forum) -> None:
    await forum.say(1)
    await stage.moment()
    await stage.carol.send(forum.channel.threads[0], "Rivers!")
    await forum.remove(1)
    assert forum.posts == []


async def test_where_the_bot_may_not_take_the_conversation_down_its_own_words_go_and_the_host_is_told(
    stage: Stage, forum: Forum
) -> None:
    await forum.say(1)
    await stage.moment()
    await stage.deny(forum.channel, "manage_threads", "manage_channels")
    await forum.remove(1)
    await stage.moment(5)
    assert forum.posts == [("On rivers", [])]
    [notice] = stage.said(stage.hosts)
    assert "take down" in notice
    assert "*Manage Posts*" in notice
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert stage.said(stage.hosts)[1:] == [notice], "what fails again is told again"
    await stage.allow(forum.channel)
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert forum.posts == []


@pytest.fixture
async def asleep(stage: Stage, forum: Forum) -> simcord.ChannelHandle:
    """A thread with a post in it, number 2, that was archived since."""
    await forum.say(1)
    await stage.moment()
    [thread] = forum.channel.threads
    await forum.say(2, channel=thread)
    await stage.moment()
    await archive(stage.env, thread)
    return thread


async def test_a_post_goes_into_a_thread_and_opens_it_if_it_was_archived(
    stage: Stage, forum: Forum, asleep: simcord.ChannelHandle
) -> None:
    await forum.say(3, channel=asleep)
    await stage.moment()
    assert stage.said(asleep) == ["post 1", "post 2", "post 3"]


async def test_what_stands_in_an_archived_thread_is_drawn_anew(
    stage: Stage, forum: Forum, asleep: simcord.ChannelHandle
) -> None:
    stage.bot.renderers[KIND] = lambda guild, post: draw(guild, replace(post, subject_id=3))
    await forum.revise(2)
    assert stage.said(asleep) == ["post 1", "post 3"]
    assert (await state_of(stage, 2)).state is PostState.SENT


async def test_what_stands_in_an_archived_thread_is_taken_down(
    stage: Stage, forum: Forum, asleep: simcord.ChannelHandle
) -> None:
    await forum.remove(2)
    assert stage.said(asleep) == ["post 1"]


async def test_where_a_locked_thread_may_not_be_opened_what_stands_in_it_stays_and_the_host_hears_of_a_removal(
    stage: Stage, forum: Forum, asleep: simcord.ChannelHandle
) -> None:
    await archive(stage.env, asleep, locked=True)
    await stage.deny(forum.channel, "manage_threads", "manage_channels")
    await forum.revise(2)
    assert (await state_of(stage, 2)).state is PostState.REVISING, "the thread may be opened later"
    await forum.remove(2)
    await stage.moment(5)
    assert stage.said(asleep) == ["post 1", "post 2"]
    [notice] = stage.said(stage.hosts)
    assert notice.startswith(f"I could not take down a message in {asleep.mention}, as I should. ")
    assert f"{asleep.mention} is closed" in notice


async def test_a_cut_does_not_double_a_post_in_a_thread(stage: Stage, forum: Forum) -> None:
    await forum.say(1)
    await stage.moment()
    [thread] = forum.channel.threads
    stage.api.cut_after_accepting()
    await forum.say(2, channel=thread)
    await stage.pass_time(60)
    assert stage.said(thread) == ["post 1", "post 2"]


async def test_a_locked_thread_and_a_missing_permission_in_a_thread_are_told(stage: Stage, forum: Forum) -> None:
    await forum.say(1)
    await stage.moment()
    [thread] = forum.channel.threads
    await stage.deny(forum.channel, "send_messages_in_threads")
    await forum.say(2, channel=thread)
    await stage.moment(5)
    await archive(stage.env, thread, locked=True)
    await stage.allow(forum.channel)
    await forum.say(3, channel=thread)
    await stage.moment(5)
    assert stage.said(thread) == ["post 1"]
    lacking, locked = stage.said(stage.hosts)
    assert "I lack *Send Messages in Posts*" in lacking
    assert f"{thread.mention} is locked" in locked
