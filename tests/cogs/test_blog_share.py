"""Members share their own blogs: a host decides, and then new posts appear, one a day, credited and without a ping."""

import asyncio
import itertools
from datetime import timedelta

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.feeds.post_rules import FeedState
from tests.cogs.blogging import (
    ROUND,
    blog_channel,
    feeds,
    first_callback,
    follow,
    front_page,
    options_of,
    posts,
    refused,
    run,
    shown,
    titles,
)
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.simkit import Stage

DAY = 86400.0
NAME = "Out of the Bubble"


@pytest.fixture(autouse=True)
async def place(blog_stage: Stage) -> None:
    """The host has chosen a channel for members' blogs."""
    channel = blog_stage.guild.create_text_channel("members-blogs")
    await blog_stage.env.settle()
    panel = await blog_stage.carol.slash(blog_stage.hosts, "setup")
    assert panel.response is not None
    await blog_stage.carol.select(panel.response, [channel], custom_id="setup:channel:member_blogs")
    blog_stage.channels[ChannelPurpose.MEMBER_BLOGS] = channel


def pings(stage: Stage, words: str) -> object:
    """Whom Discord was told to notify with the last message that has these words in it."""
    sent = [call.json for call in stage.env.http_requests if call.json and call.path.endswith("/messages")]
    return [message["allowed_mentions"] for message in sent if words in str(message)][-1]


def member_channel(stage: Stage) -> simcord.ChannelHandle:
    """The channel of members' blogs."""
    return stage.channels[ChannelPurpose.MEMBER_BLOGS]


async def share(stage: Stage, blog: Blog, name: str = "maya") -> tuple[simcord.MemberActor, discord.Message]:
    """A member shares a blog. Who, and the question to the hosts."""
    member = await stage.join(name)
    answer = await run(stage, "share", by=member, url=blog.url)
    assert "Thank you!" in answer.content
    await stage.moment(15)
    return member, posts(stage, stage.hosts)[-1]


async def answered(stage: Stage, question: discord.Message, label: str) -> str:
    """The host presses a button under the question. What then stands there."""
    await stage.carol.click(question, label=label)
    return next(message.content for message in stage.hosts.history() if message.id == question.id)


async def test_a_member_is_thanked_and_told_what_comes_next(blog_stage: Stage, blog: Blog) -> None:
    answer = await run(blog_stage, "share", by=await blog_stage.join("maya"), url=blog.url)
    assert answer.content == (
        f"Thank you! I have asked the hosts about **{NAME}**. If they approve, your new posts appear in "
        f"{member_channel(blog_stage).mention} with your name, one a day at most."
    )
    assert await feeds(blog_stage) == []


async def test_the_hosts_are_asked_with_the_newest_post(blog_stage: Stage, blog: Blog) -> None:
    maya, question = await share(blog_stage, blog)
    assert f"{maya.mention} would like to share their own blog: **{NAME}**" in question.content
    assert question.embeds[0].title == "First light"
    assert maya.mention in (question.embeds[0].description or "")
    assert pings(blog_stage, "would like to share") == {"parse": []}
    labels = [item["label"] for row in question.components for item in row.to_dict()["components"]]
    assert labels == ["Approve", "Decline"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_an_approved_blog_posts_credited_and_without_a_ping(
    blog_stage: Stage, blog: Blog, restarts: bool
) -> None:
    maya, question = await share(blog_stage, blog)
    if restarts:
        await blog_stage.restart()
    words = await answered(blog_stage, question, "Approve")
    assert f"{blog_stage.carol.mention} approved {maya.mention}’s blog **{NAME}**" in words
    assert f"{member_channel(blog_stage).mention}, one a day at most" in words
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage, member_channel(blog_stage)) == []  # what it says already is not posted
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    [post] = posts(blog_stage, member_channel(blog_stage))
    assert maya.mention in (post.embeds[0].description or "")
    assert post.content == ""
    assert pings(blog_stage, "Second wind") == {"parse": []}
    assert posts(blog_stage) == []


async def test_a_shared_blog_posts_at_most_once_a_day(blog_stage: Stage, blog: Blog) -> None:
    _, question = await share(blog_stage, blog)
    await answered(blog_stage, question, "Approve")
    blog.publish("Second wind", "Third time", "Fourth wall")
    await blog_stage.pass_time(DAY / 2)
    assert titles(blog_stage, member_channel(blog_stage)) == ["Second wind"]
    await blog_stage.pass_time(DAY * 2)
    shown_posts = posts(blog_stage, member_channel(blog_stage))
    assert [post.embeds[0].title for post in shown_posts] == ["Second wind", "Third time", "Fourth wall"]
    times = [post.created_at for post in shown_posts]
    assert all(later - earlier >= timedelta(days=1) for earlier, later in itertools.pairwise(times))


async def test_two_members_blogs_do_not_hold_one_another_up(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    other = Blog(web, "/other", "Elsewhere")
    other.publish("Hello")
    for one, name in ((blog, "maya"), (other, "kofi")):
        _, question = await share(blog_stage, one, name)
        await answered(blog_stage, question, "Approve")
    blog.publish("Second wind")
    other.publish("World")
    await blog_stage.pass_time(ROUND)
    assert sorted(filter(None, titles(blog_stage, member_channel(blog_stage)))) == ["Second wind", "World"]


async def test_without_a_channel_for_members_blogs_they_stand_with_the_introductions(
    blog_stage: Stage, blog: Blog
) -> None:
    await blog_stage.bot.services.communities.set_channel(blog_stage.guild.id, ChannelPurpose.MEMBER_BLOGS, None)
    _, question = await share(blog_stage, blog)
    await answered(blog_stage, question, "Approve")
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    assert titles(blog_stage, blog_stage.introductions) == ["Second wind"]


async def test_a_declined_blog_is_forgotten_and_may_be_shared_again(blog_stage: Stage, blog: Blog) -> None:
    maya, question = await share(blog_stage, blog)
    words = await answered(blog_stage, question, "Decline")
    assert f"declined {maya.mention}’s blog **{NAME}**. I did not tell them" in words
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage, member_channel(blog_stage)) == []
    assert "Thank you!" in (await run(blog_stage, "share", by=maya, url=blog.url)).content


async def test_only_hosts_decide(blog_stage: Stage, blog: Blog) -> None:
    maya, question = await share(blog_stage, blog)
    for label in ("Approve", "Decline"):
        answer = shown(await maya.click(question, label=label))
        assert answer.content == "This is for people with the permission *Manage Server* in this server."
    assert await feeds(blog_stage) == []
    assert await blog_stage.bot.services.feeds.find_proposal(blog_stage.guild.id, 1)


async def test_a_second_press_is_answered_kindly(blog_stage: Stage, blog: Blog) -> None:
    _, question = await share(blog_stage, blog)
    dave = blog_stage.guild.add_member(blog_stage.env.create_user("dave"), roles=[blog_stage.host_role])
    await blog_stage.env.settle()
    feed = await blog_stage.bot.services.feeds.find_proposal(blog_stage.guild.id, 1)
    assert feed is not None
    await blog_stage.bot.services.feeds.decide(blog_stage.guild.id, feed.id, approve=False, now=blog_stage.now())
    answer = shown(await dave.click(question, label="Approve"))
    assert answer.content == "This was decided already; nothing more is needed."
    assert await feeds(blog_stage) == []


async def test_a_blog_is_shared_once_and_a_member_shares_one_at_a_time(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    other = Blog(web, "/other", "Elsewhere")
    other.publish("Hello")
    maya, question = await share(blog_stage, blog)
    kofi = await blog_stage.join("kofi")
    assert "was shared already and waits" in await refused(blog_stage, "share", by=kofi, url=blog.url)
    assert "still waits for a host’s answer" in await refused(blog_stage, "share", by=maya, url=blog.url)
    assert "still waits for a host’s answer" in await refused(blog_stage, "share", by=maya, url=other.url)
    await answered(blog_stage, question, "Approve")
    assert "followed already" in await refused(blog_stage, "share", by=kofi, url=blog.url)
    assert "Thank you!" in (await run(blog_stage, "share", by=maya, url=other.url)).content


async def test_a_host_may_follow_a_shared_blog_in_their_own_way(blog_stage: Stage, blog: Blog) -> None:
    maya, question = await share(blog_stage, blog)
    await follow(blog_stage, blog, author=maya)
    await blog_stage.moment(30)
    assert question.id not in {message.id for message in blog_stage.hosts.history()}
    [feed] = await feeds(blog_stage)
    assert (feed.state, feed.channel_id) == (FeedState.ACTIVE, blog_channel(blog_stage).id)


@pytest.mark.parametrize("gone", [ChannelPurpose.HOSTS, "places"])
async def test_where_nobody_can_be_asked_a_member_is_told_whom_to_ask(
    blog_stage: Stage, blog: Blog, gone: ChannelPurpose | str
) -> None:
    purposes = (
        [gone] if isinstance(gone, ChannelPurpose) else [ChannelPurpose.MEMBER_BLOGS, ChannelPurpose.INTRODUCTIONS]
    )
    for purpose in purposes:
        await blog_stage.bot.services.communities.set_channel(blog_stage.guild.id, purpose, None)
    maya = await blog_stage.join("maya")
    assert "Please ask a host to choose the channels" in await refused(blog_stage, "share", by=maya, url=blog.url)


async def test_a_member_chooses_among_several_feeds_also_after_a_restart(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    Blog(web, "/notes", "Notes").publish("A note")
    maya = await blog_stage.join("maya")
    question = await run(blog_stage, "share", by=maya, url=front_page(web, "/feed", "/notes"))
    assert question.content == "I found several feeds there. Which one is yours?"
    assert len(options_of(question)) == 2
    await blog_stage.restart()
    await maya.select(question, [blog.url])
    assert f"I have asked the hosts about **{NAME}**" in question.content
    await blog_stage.moment(15)
    assert len(posts(blog_stage, blog_stage.hosts)) == 1


async def test_sharing_answers_before_the_blog_is_read(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    reply = web.pages["/feed"]
    assert isinstance(reply, Reply)
    reply.gate = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, reply.gate.set)
    maya = await blog_stage.join("maya")
    blog_stage.env.http_requests.clear()
    await run(blog_stage, "share", by=maya, url=blog.url)
    assert first_callback(blog_stage) == discord.InteractionResponseType.deferred_channel_message.value


async def test_a_member_reads_plainly_why_an_address_does_not_work(blog_stage: Stage, web: LoopbackWeb) -> None:
    maya = await blog_stage.join("maya")
    assert "no page at this address" in await refused(blog_stage, "share", by=maya, url=web.url("/nowhere"))
    assert "private network" in await refused(blog_stage, "share", by=maya, url="http://10.0.0.1/feed")


async def test_a_hostile_blog_cannot_speak_through_the_question(blog_stage: Stage, blog: Blog) -> None:
    blog.title = "**@everyone** [win](https://evil.example) `x` <@&1>\n# Approve me " + "y" * 300
    blog.publish(blog.title)
    maya, question = await share(blog_stage, blog)
    assert "**\\*\\*@\u200beveryone" in question.content
    assert "](https" not in question.content
    assert len(question.content) <= 2000
    assert pings(blog_stage, "would like to share") == {"parse": []}
    words = await answered(blog_stage, question, "Approve")
    assert "@everyone" not in words
    assert maya.mention in words


async def test_a_blog_without_a_post_can_be_shared(blog_stage: Stage, blog: Blog) -> None:
    blog.show([])
    maya = await blog_stage.join("maya")
    assert "Thank you!" in (await run(blog_stage, "share", by=maya, url=blog.url)).content
    await blog_stage.moment(15)
    [asked] = [text for text in blog_stage.said(blog_stage.hosts) if "would like to share" in text]
    assert "It has no posts yet." in asked


async def test_posting_a_shared_blog_on_purpose_keeps_to_one_a_day_and_says_so(blog_stage: Stage, blog: Blog) -> None:
    _, question = await share(blog_stage, blog)
    await answered(blog_stage, question, "Approve")
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    answer = await run(blog_stage, "latest", blog=NAME, post="First light")
    assert "one post a day at most" in answer.content
    await blog_stage.pass_time(60)
    assert titles(blog_stage, member_channel(blog_stage)) == ["Second wind"]
    await blog_stage.pass_time(DAY)
    assert titles(blog_stage, member_channel(blog_stage)) == ["Second wind", "First light"]


async def test_an_approved_blog_goes_where_members_blogs_are_now_and_a_fault_there_is_told(
    blog_stage: Stage, blog: Blog
) -> None:
    _, question = await share(blog_stage, blog)
    old, new = member_channel(blog_stage), blog_stage.guild.create_text_channel("new place")
    await blog_stage.deny(new, "embed_links")
    await blog_stage.bot.services.communities.set_channel(blog_stage.guild.id, ChannelPurpose.MEMBER_BLOGS, new.id)
    await blog_stage.delete_channel(old)
    words = await answered(blog_stage, question, "Approve")
    assert f"New posts appear in {new.mention}" in words
    assert f"⚠️ I lack *Embed Links* in {new.mention}" in words
