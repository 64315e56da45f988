"""`/blog edit`: every way in which a blog is followed, seen and changed."""

from typing import Any

import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.feeds.digest_rules import DigestMode
from bot.feeds.post_rules import DEFAULT_QUESTION
from tests.cogs.blogging import ROUND, blog_channel, feeds, follow, posts, refused, run, titles
from tests.feeds.blogs import Blog
from tests.simkit import Stage

NAME = "Out of the Bubble"


async def edit(stage: Stage, **options: Any) -> str:
    """The host edits the blog, and reads how it is followed now."""
    return (await run(stage, "edit", blog=NAME, **options)).content


async def test_without_an_option_it_shows_how_a_blog_is_followed(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    before = await feeds(blog_stage)
    words = await edit(blog_stage)
    for part in (
        f"**{NAME}** (<{blog.url}>) appears in {blog_channel(blog_stage).mention}, looked at every 10 minutes.",
        "Nobody here is named as its author; `author:` names one.",
        "No role is mentioned.",
        f"Under each post I ask: {DEFAULT_QUESTION}",
        "More than 5 new posts at once are held until you decide.",
    ):
        assert part in words
    assert await feeds(blog_stage) == before


@pytest.mark.parametrize(
    ("options", "told", "kept"),
    [
        (
            {"question": "Does {title} ring true?"},
            "I ask: Does {title} ring true?",
            {"question": "Does {title} ring true?"},
        ),
        ({"question": "   "}, f"I ask: {DEFAULT_QUESTION}", {"question": DEFAULT_QUESTION}),
        ({"digest": "daily", "hour": 7}, "together every day at 07:00, by the clock of UTC", {"digest_hour": 7}),
        (
            {"digest": "weekly", "hour": 0, "weekday": 6},
            "together every Sunday at 00:00",
            {"digest": DigestMode.WEEKLY, "digest_hour": 0, "digest_weekday": 6},
        ),
        ({"every": 5}, "looked at every 5 minutes", {"interval_minutes": 5}),
        ({"every": 1440}, "looked at every 24 hours", {"interval_minutes": 1440}),
        ({"at_most": 0}, "However many posts come at once, all go out.", {"flood_limit": 0}),
        ({"at_most": 100}, "More than 100 new posts", {"flood_limit": 100}),
    ],
)
async def test_an_option_is_kept_and_told(
    blog_stage: Stage, blog: Blog, options: dict[str, Any], told: str, kept: dict[str, Any]
) -> None:
    await follow(blog_stage, blog)
    assert told in await edit(blog_stage, **options)
    [feed] = await feeds(blog_stage)
    assert {name: getattr(feed, name) for name in kept} == kept


async def test_channel_author_and_role_are_changed_and_taken_back(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    maya, role = await blog_stage.join("maya"), blog_stage.guild.create_role("Readers")
    channel = blog_stage.guild.create_text_channel("reading")
    words = await edit(blog_stage, channel=channel, author=maya, role=role, question="Well?")
    assert f"appears in {channel.mention}" in words
    assert f"Written by {maya.mention}" in words
    assert f"Each post mentions {role.mention}, and members can give it to themselves." in words
    assert "and only hosts give it" in await edit(blog_stage, follow_button=False)
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    [post] = posts(blog_stage, channel)
    assert post.content == role.mention
    assert post.components == []
    assert "Nobody here is named" in await edit(blog_stage, remove="author")
    assert "No role is mentioned" in await edit(blog_stage, remove="role")
    assert f"I ask: {DEFAULT_QUESTION}" in await edit(blog_stage, remove="question")
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage, channel)[-1].content == ""


async def test_the_same_thing_cannot_be_chosen_and_removed_at_once(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    role = blog_stage.guild.create_role("Readers")
    assert "Choose one of them" in await refused(blog_stage, "edit", blog=NAME, role=role, remove="role")
    assert (await feeds(blog_stage))[0].role_id is None


async def test_an_hour_without_a_digest_is_explained(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    assert "once you choose `digest:`" in await edit(blog_stage, hour=7)
    assert "once you choose `digest:`" not in await edit(blog_stage, digest="daily")
    assert (await feeds(blog_stage))[0].digest_hour == 7


@pytest.mark.parametrize(
    "options",
    [{"every": 4}, {"every": 1441}, {"hour": 24}, {"hour": -1}, {"at_most": 101}, {"weekday": 7}, {"digest": "hourly"}],
)
async def test_nonsense_in_numbers_is_stopped_before_it_is_sent(
    blog_stage: Stage, blog: Blog, options: dict[str, Any]
) -> None:
    await follow(blog_stage, blog)
    with pytest.raises(simcord.OptionError):
        await edit(blog_stage, **options)


async def test_a_channel_without_permissions_is_refused_and_nothing_changes(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    channel = blog_stage.guild.create_text_channel("reading")
    await blog_stage.deny(channel, "send_messages_in_threads")
    answer = await refused(blog_stage, "edit", blog=NAME, channel=channel, every=60)
    assert f"I lack *Send Messages In Threads* in {channel.mention}" in answer
    [feed] = await feeds(blog_stage)
    assert (feed.channel_id, feed.interval_minutes) == (blog_channel(blog_stage).id, 10)


async def test_a_digest_collects_what_comes(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    await edit(blog_stage, digest="daily", hour=(blog_stage.now().hour + 2) % 24)
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage) == []
    await blog_stage.pass_time(7200)
    assert titles(blog_stage) == ["2 new posts"]


async def test_a_deleted_channel_and_role_are_told(blog_stage: Stage, blog: Blog) -> None:
    role = blog_stage.guild.create_role("Readers")
    await follow(blog_stage, blog, role=role)
    blog_stage.env.backend.delete_role(blog_stage.guild.id, role.id)
    await blog_stage.delete_channel(blog_stage.channels[ChannelPurpose.BLOG])
    words = await edit(blog_stage)
    assert "The channel was deleted. Choose another one with `channel:`." in words
    assert "The role was deleted. Choose another one with `role:`." in words
