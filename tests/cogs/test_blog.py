"""Following a blog, as a host without a technical background meets it."""

from datetime import timedelta

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from tests.cogs.blogging import (
    ROUND,
    blog_channel,
    feeds,
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
from tests.feeds.web import LoopbackWeb
from tests.simkit import Stage

NASTY = "**@everyone** [win](https://evil.example) `code` <@1> # Hi"


async def test_the_front_page_is_enough(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    answer = await run(blog_stage, "follow", url=front_page(web, "/feed"))
    assert "I follow **Out of the Bubble** from now on" in answer.content
    assert blog_channel(blog_stage).mention in answer.content
    [feed] = await feeds(blog_stage)
    assert feed.source.url == blog.url


async def test_a_front_page_that_names_no_feed_has_one_at_a_common_path(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    assert "**Out of the Bubble**" in (await run(blog_stage, "follow", url=front_page(web))).content


async def test_the_answer_shows_the_newest_entry_exactly_as_it_is_posted_later(blog_stage: Stage, blog: Blog) -> None:
    answer = await follow(blog_stage, blog)
    [preview] = answer.embeds
    assert preview.title == "First light"
    again = await run(blog_stage, "preview", blog="Out of the Bubble")
    await run(blog_stage, "latest", blog="Out of the Bubble")
    await blog_stage.moment(30)
    [post] = posts(blog_stage)
    assert [embed.to_dict() for embed in post.embeds] == [preview.to_dict()] == [again.embeds[0].to_dict()]


async def test_what_a_blog_says_already_is_not_posted_and_what_comes_is(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage) == []
    blog.publish("Second wind", "Third time")
    await blog_stage.pass_time(ROUND)
    assert titles(blog_stage) == ["Second wind", "Third time"]


async def test_the_host_chooses_channel_author_and_role(blog_stage: Stage, blog: Blog) -> None:
    channel, role = blog_stage.guild.create_text_channel("reading"), blog_stage.guild.create_role("Readers")
    maya = await blog_stage.join("maya")
    answer = await follow(blog_stage, blog, channel=channel, author=maya, role=role)
    for part in (channel, maya, role):
        assert part.mention in answer.content
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    [post] = posts(blog_stage, channel)
    assert maya.mention in (post.embeds[0].description or "")
    assert post.content == role.mention
    assert [mentioned.id for mentioned in post.role_mentions] == [role.id]
    assert post.mentions == []
    assert posts(blog_stage) == []


async def test_nobody_is_mentioned_unless_a_role_was_chosen(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    blog.publish("@everyone look")
    await blog_stage.pass_time(ROUND)
    [post] = posts(blog_stage)
    assert (post.content, post.role_mentions, post.mention_everyone) == ("", [], False)


async def test_several_feeds_are_asked_about_and_the_chosen_one_is_followed(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    Blog(web, "/notes", "Notes").publish("A note")
    role, maya = blog_stage.guild.create_role("Readers"), await blog_stage.join("maya")
    address = front_page(web, "/feed", "/notes", titles=("Essays", "Short notes"))
    question = await run(blog_stage, "follow", url=address, role=role, author=maya)
    assert question.content == "I found several feeds there. Which one shall I follow?"
    assert [option["label"] for option in options_of(question)] == ["Essays", "Short notes"]
    await blog_stage.carol.select(question, [web.url("/notes")])
    answer = blog_stage.hosts.history()  # the question itself becomes the answer, which only the host sees
    assert answer == [] or all("Notes" not in message.content for message in answer)
    assert question.content.startswith("I follow **Notes**")
    assert question.embeds[0].title == "A note"
    assert question.components == []
    [feed] = await feeds(blog_stage)
    assert (feed.role_id, feed.author_id, feed.channel_id) == (role.id, maya.id, blog_channel(blog_stage).id)


@pytest.mark.parametrize("between", ["restart", "an hour"])
async def test_the_question_is_answered_late_or_after_a_restart(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog, between: str
) -> None:
    Blog(web, "/notes", "Notes").publish("A note")
    question = await run(blog_stage, "follow", url=front_page(web, "/feed", "/notes"))
    await (blog_stage.restart() if between == "restart" else blog_stage.pass_time(3600))
    await blog_stage.carol.select(question, [blog.url])
    assert question.content.startswith("I follow **Out of the Bubble**")


async def test_a_channel_deleted_before_the_question_is_answered_is_told(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    Blog(web, "/notes", "Notes").publish("A note")
    channel = blog_stage.guild.create_text_channel("reading")
    question = await run(blog_stage, "follow", url=front_page(web, "/feed", "/notes"), channel=channel)
    await blog_stage.delete_channel(channel)
    answer = shown(await blog_stage.carol.select(question, [blog.url]))
    assert "deleted meanwhile. Please type `/blog follow` again" in answer.content
    assert await feeds(blog_stage) == []


async def test_a_feed_whose_address_is_too_long_for_the_question_is_named_beside_it(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    long = "/" + "a" * 120
    question = await run(blog_stage, "follow", url=front_page(web, "/feed", long, titles=("N" * 400, NASTY)))
    [option] = options_of(question)
    assert len(option["label"]) <= 100
    assert f"give me its address by itself: <{web.url(long)}>" in question.content


async def test_words_of_others_in_the_question_are_shown_as_they_are(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    question = await run(blog_stage, "follow", url=front_page(web, "/feed", "/b", titles=("@everyone\n*x*", "b" * 99)))
    assert options_of(question)[0]["label"] == "@everyone *x*"  # Discord shows options as plain text


async def test_a_feed_that_is_followed_already_is_told_with_its_place(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    answer = await refused(blog_stage, "follow", url=blog.url)
    assert f"followed already: its posts appear in {blog_channel(blog_stage).mention}" in answer
    assert "`/blog edit`" in answer


async def test_the_hundred_and_first_feed_is_refused(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    services = blog_stage.bot.services.feeds
    found = await services.read(blog.url)
    for number in range(100):
        one = type(found)(f"http://blog.example/{number}", found.document, found.page)
        await services.follow(blog_stage.guild.id, one, blog_channel(blog_stage).id, blog_stage.now())
    assert "follows 100 blogs" in (answer := await refused(blog_stage, "follow", url=blog.url))
    assert "`/blog unfollow`" in answer


async def test_missing_permissions_are_named_with_the_place_to_grant_them(blog_stage: Stage, blog: Blog) -> None:
    await blog_stage.deny(blog_channel(blog_stage), "embed_links", "create_public_threads")
    answer = await refused(blog_stage, "follow", url=blog.url)
    assert f"I lack *Embed Links*, *Create Public Threads* in {blog_channel(blog_stage).mention}" in answer
    assert "*Edit Channel → Permissions*" in answer
    assert await feeds(blog_stage) == []


async def test_without_a_channel_for_blogs_the_host_is_asked_for_one(blog_stage: Stage, blog: Blog) -> None:
    await blog_stage.bot.services.communities.set_channel(blog_stage.guild.id, ChannelPurpose.BLOG, None)
    answer = await refused(blog_stage, "follow", url=blog.url)
    assert "Choose a `channel:` here, or one for blog posts with `/setup`" in answer


async def test_a_bot_and_everyone_are_refused(blog_stage: Stage, blog: Blog) -> None:
    robot = await blog_stage.join("**robot**", bot=True)
    answer = await refused(blog_stage, "follow", url=blog.url, author=robot)
    assert answer == "\\*\\*robot\\*\\* is a bot. Choose the person who writes the blog."
    answer = await refused(blog_stage, "follow", url=blog.url, role=blog_stage.guild.default_role)
    assert "I never mention *@everyone*" in answer
    await follow(blog_stage, blog)
    for wrong in ({"author": robot}, {"role": blog_stage.guild.default_role}):
        await refused(blog_stage, "edit", blog="Out of the Bubble", **wrong)
    [feed] = await feeds(blog_stage)
    assert (feed.author_id, feed.role_id) == (None, None)


async def test_a_role_that_cannot_be_given_or_pinged_is_followed_with_a_warning(blog_stage: Stage, blog: Blog) -> None:
    await blog_stage.take_from_bot("administrator", "mention_everyone")
    role = blog_stage.guild.create_role("Readers")
    await blog_stage.put_bot_below(role)
    answer = await follow(blog_stage, blog, role=role)
    assert f"I can name {role.mention} but not ping it. Allow anyone to mention the role" in answer.content
    assert f"The *Follow* button cannot give {role.mention}: my role has to stand above" in answer.content
    edited = await run(blog_stage, "edit", blog="Out of the Bubble")
    assert "but not ping it" in edited.content
    assert "my role has to stand above" in edited.content


async def test_a_blog_without_a_post_is_followed_and_its_first_one_appears(blog_stage: Stage, blog: Blog) -> None:
    blog.show([])
    answer = await follow(blog_stage, blog)
    assert answer.content.endswith("It has no posts yet; the first one will appear by itself.")
    assert "`/blog latest`" not in answer.content
    for command in ("preview", "latest"):
        assert "This blog has no posts yet" in await refused(blog_stage, command, blog="Out of the Bubble")
    assert "Nothing posted yet" in (await run(blog_stage, "list")).content
    blog.show()
    await blog_stage.pass_time(ROUND)
    assert titles(blog_stage) == ["First light"]


async def test_a_blog_known_from_another_guild_starts_here_with_what_comes_next(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    await run(blog_stage, "pause", blog="Out of the Bubble")  # nobody looks at it meanwhile
    await blog_stage.pass_time(ROUND)
    blog.publish("Second wind", at=blog_stage.now() - timedelta(minutes=1))
    guild, channel, _ = blog_stage.another_guild("Elsewhere")
    await blog_stage.moment()
    services = blog_stage.bot.services.feeds
    feed = await services.follow(guild.id, await services.read(blog.url), channel.id, blog_stage.now())
    [(_, newest)] = await services.newest(feed)
    assert newest.title == "Second wind"
    blog.publish("Third time", at=blog_stage.now())
    await blog_stage.pass_time(ROUND)
    assert titles(blog_stage, channel) == ["Third time"]
    await run(blog_stage, "resume", blog="Out of the Bubble")
    await blog_stage.pass_time(60)
    assert titles(blog_stage) == ["Second wind", "Third time"]
    assert discord.utils.utcnow() == blog_stage.now()
