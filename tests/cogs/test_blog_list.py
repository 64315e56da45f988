"""The blogs that are followed: listed, edited, paused, resumed, unfollowed, previewed, posted on purpose."""

from typing import Any

import pytest

from bot.feeds.documents import Document
from bot.feeds.finding import Found
from tests.cogs.blogging import ROUND, blog_channel, feeds, follow, posts, refused, run, shown, titles
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.simkit import Stage

NAME = "Out of the Bubble"
NASTY = "**@everyone** [win](https://evil.example) `code` <@1> > quote # Hi"


async def follow_many(stage: Stage, blog: Blog, count: int, title: str = "Blog") -> None:
    """Follow blogs that nobody can reach."""
    services = stage.bot.services.feeds
    page = (await services.read(blog.url)).page
    for number in range(count):
        found = Found(f"http://blog.example/{number}", Document(f"{title} {number}", "", ()), page)
        await services.follow(stage.guild.id, found, blog_channel(stage).id, stage.now())


# ------------------------------------------------------------- list


async def test_without_a_blog_the_list_says_how_to_begin(blog_stage: Stage) -> None:
    assert "`/blog follow` starts" in (await run(blog_stage, "list")).content


async def test_the_list_tells_how_each_blog_does(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    maya, role = await blog_stage.join("maya"), blog_stage.guild.create_role("Readers")
    await follow(blog_stage, blog, author=maya, role=role)
    words = (await run(blog_stage, "list")).content
    for part in (
        f"**{NAME}**",
        blog_channel(blog_stage).mention,
        maya.mention,
        role.mention,
        "✅ Fine",
        "Nothing posted",
    ):
        assert part in words
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    [post] = posts(blog_stage)
    assert post.jump_url in (words := (await run(blog_stage, "list")).content)
    assert "nobody has written yet" in words
    web.pages["/feed"] = Reply(status=500)
    await blog_stage.pass_time(ROUND)
    assert "⚠️ Cannot be read since" in (words := (await run(blog_stage, "list")).content)
    assert "has a problem of its own (it says 500)" in words
    await run(blog_stage, "pause", blog=NAME)
    assert "⏸️ Paused. `/blog resume` continues." in (await run(blog_stage, "list")).content


async def test_thirty_blogs_stand_on_pages_that_turn_also_after_a_restart(blog_stage: Stage, blog: Blog) -> None:
    await follow_many(blog_stage, blog, 30)
    answer, seen = await run(blog_stage, "list"), set[str]()
    assert "-# Page 1 of " in answer.content
    assert answer.components[0]["components"][0]["disabled"]
    await blog_stage.restart()
    while True:
        assert len(answer.content) <= 2000
        seen |= {number for number in map(str, range(30)) if f"**Blog {number}**" in answer.content}
        if answer.components[0]["components"][1]["disabled"]:
            break
        await blog_stage.carol.click(answer, label="Next")
    assert len(seen) == 30
    await blog_stage.carol.click(answer, label="Back")
    assert not answer.components[0]["components"][1]["disabled"]


async def test_a_page_that_is_gone_becomes_the_last_one_there_is(blog_stage: Stage, blog: Blog) -> None:
    await follow_many(blog_stage, blog, 30)
    answer = await run(blog_stage, "list")
    for feed in (await feeds(blog_stage))[1:]:
        await blog_stage.bot.services.feeds.unfollow(blog_stage.guild.id, feed.id, blog_stage.now())
    await blog_stage.carol.click(answer, label="Next")
    assert "**Blog 0**" in answer.content
    assert answer.components == []


async def test_words_of_a_blog_stay_plain_words_in_every_answer(blog_stage: Stage, blog: Blog) -> None:
    blog.title = NASTY
    blog.publish(NASTY)
    await follow(blog_stage, blog)
    number = str((await feeds(blog_stage))[0].id)
    commands: list[tuple[str, dict[str, Any]]] = [
        ("list", {}), ("edit", {"blog": number}), ("preview", {"blog": number}), ("latest", {"blog": number}),
        ("pause", {"blog": number}), ("resume", {"blog": number}), ("unfollow", {"blog": number}),
    ]  # fmt: skip
    for command, options in commands:
        words = (await run(blog_stage, command, **options)).content
        assert "\\*\\*@\u200beveryone" in words, command
        for whole in ("@everyone", "](https", "`code`", "<@1>"):
            assert whole not in words.replace("\\`", ""), command


async def test_very_long_names_and_addresses_fit_everywhere(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    blog.title, blog.path = "*" * 400, "/" + "x" * 1500
    blog.publish("T" * 400)
    await follow(blog_stage, blog)
    untitled = Blog(web, "/" + "_" * 1500, "")
    untitled.publish("*" * 400)
    await follow(blog_stage, untitled)
    for feed in await feeds(blog_stage):
        for command in ("edit", "preview", "latest", "pause", "resume", "unfollow"):
            await run(blog_stage, command, blog=str(feed.id))  # `run` sees to the limit of a message
    await run(blog_stage, "list")
    choices = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog pause", "blog", "")
    choices += await blog_stage.carol.autocomplete(
        blog_stage.hosts, "blog latest", "post", "", blog=choices[0]["value"]
    )
    assert len(choices) == 4
    assert all(1 <= len(choice["name"]) <= 100 for choice in choices)


# ------------------------------------------------------------- which blog is meant


async def test_a_blog_is_picked_from_a_list_that_follows_what_is_typed(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    await follow_many(blog_stage, blog, 30)
    choices = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog edit", "blog", "")
    assert len(choices) == 25
    [choice] = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog pause", "blog", "of the bub")
    assert choice["name"] == f"{NAME} · {blog.url}"
    assert "is paused" in (await run(blog_stage, "pause", blog=choice["value"])).content


@pytest.mark.parametrize("typed", [NAME, "  out of the BUBBLE ", "bubble"])
async def test_a_name_or_a_part_of_it_may_be_typed(blog_stage: Stage, blog: Blog, typed: str) -> None:
    await follow(blog_stage, blog)
    assert "is paused" in (await run(blog_stage, "pause", blog=typed)).content


@pytest.mark.parametrize("command", ["pause", "resume", "unfollow", "preview", "latest", "edit"])
@pytest.mark.parametrize("typed", ["Nobody's diary", "   ", "99999999999999999999999", "-1", "²"])
async def test_an_unknown_blog_is_answered_with_where_to_look(
    blog_stage: Stage, blog: Blog, command: str, typed: str
) -> None:
    await follow(blog_stage, blog)
    assert "I do not follow that blog here. `/blog list`" in await refused(blog_stage, command, blog=typed)


async def test_a_name_that_two_blogs_have_has_to_be_picked(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    other = Blog(web, "/other")
    other.publish("Elsewhere")
    await follow(blog_stage, blog)
    await follow(blog_stage, other)
    assert "Several blogs are called so. Pick one" in await refused(blog_stage, "pause", blog=NAME)
    choices = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog pause", "blog", NAME)
    assert len({choice["name"] for choice in choices}) == 2


async def test_a_blog_named_like_the_number_of_another_is_not_taken_for_it(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog
) -> None:
    imposter = Blog(web, "/imposter", "2")
    imposter.publish("Ha")
    await follow(blog_stage, imposter)
    await follow(blog_stage, blog)
    assert [feed.id for feed in await feeds(blog_stage)] == [1, 2]
    assert f"**{NAME}** is paused" in (await run(blog_stage, "pause", blog="2")).content


# ------------------------------------------------------------- pause, resume, unfollow


async def test_a_paused_blog_is_silent_and_loses_nothing(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    assert "`/blog resume` continues, and nothing is lost" in (await run(blog_stage, "pause", blog=NAME)).content
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage) == []
    await run(blog_stage, "pause", blog=NAME)  # once more changes nothing
    assert "is followed again" in (await run(blog_stage, "resume", blog=NAME)).content
    await blog_stage.pass_time(60)
    assert titles(blog_stage) == ["Second wind", "Third time"]
    assert f"**{NAME}** is not paused." in (await run(blog_stage, "resume", blog=NAME)).content


async def test_unfollowing_asks_first(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    question = await run(blog_stage, "unfollow", blog=NAME)
    assert f"Stop following **{NAME}**?" in question.content
    await blog_stage.carol.click(question, label="Keep it")
    assert question.content == "Nothing was changed."
    assert len(await feeds(blog_stage)) == 1
    question = await run(blog_stage, "unfollow", blog=NAME)
    await blog_stage.restart()
    await blog_stage.carol.click(question, label="Stop following")
    assert f"**{NAME}** is not followed any more" in question.content
    assert await feeds(blog_stage) == []
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    assert posts(blog_stage) == []


async def test_unfollowing_twice_is_told(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    first, second = await run(blog_stage, "unfollow", blog=NAME), await run(blog_stage, "unfollow", blog=NAME)
    await blog_stage.carol.click(first, label="Stop following")
    again = shown(await blog_stage.carol.click(second, label="Stop following"))
    assert "I do not follow that blog here" in again.content


async def test_what_was_posted_stays_after_unfollowing(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    question = await run(blog_stage, "unfollow", blog=NAME)
    await blog_stage.carol.click(question, label="Stop following")
    await blog_stage.pass_time(60)
    assert titles(blog_stage) == ["Second wind"]


# ------------------------------------------------------------- preview, latest


async def test_an_old_entry_is_picked_and_posted(blog_stage: Stage, blog: Blog) -> None:
    blog.publish("Second wind", "Third time")
    await follow(blog_stage, blog)
    [choice] = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog latest", "post", "first", blog="1")
    assert choice["name"] == "First light"
    answer = await run(blog_stage, "latest", blog=NAME, post=choice["value"])
    assert answer.content == f"“First light” appears in {blog_channel(blog_stage).mention} in a moment."
    await run(blog_stage, "latest", blog=NAME, post="second WIND")
    await run(blog_stage, "latest", blog=NAME)
    await blog_stage.moment(30)
    assert titles(blog_stage) == ["First light", "Second wind", "Third time"]


@pytest.mark.parametrize("typed", ["Nothing like it", "0", "99999999999999999999", "  "])
async def test_a_title_that_is_not_there_posts_nothing(blog_stage: Stage, blog: Blog, typed: str) -> None:
    await follow(blog_stage, blog)
    assert "Pick one from the list" in await refused(blog_stage, "latest", blog=NAME, post=typed)
    await blog_stage.moment(30)
    assert posts(blog_stage) == []


async def test_an_entry_without_title_can_be_picked(blog_stage: Stage, blog: Blog) -> None:
    body = b'<rss version="2.0"><channel><title>B</title><item><description>Words alone</description></item>'
    blog.web.pages["/feed"] = Reply(body + b"</channel></rss>", headers={"Content-Type": "application/rss+xml"})
    await follow(blog_stage, blog)
    [choice] = await blog_stage.carol.autocomplete(blog_stage.hosts, "blog latest", "post", "", blog="1")
    assert choice["name"]
    await run(blog_stage, "latest", blog="B", post=choice["value"])
    await blog_stage.moment(30)
    assert len(posts(blog_stage)) == 1


async def test_posting_on_purpose_where_the_bot_may_not_names_what_to_do(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    await blog_stage.deny(blog_channel(blog_stage), "send_messages")
    assert "I lack *Send Messages*" in await refused(blog_stage, "latest", blog=NAME)
    await blog_stage.delete_channel(blog_channel(blog_stage))
    assert "was deleted. Choose another one with `/blog edit`" in await refused(blog_stage, "latest", blog=NAME)


# ------------------------------------------------------------- who may


@pytest.mark.parametrize("command", ["list", "follow", "edit", "pause", "resume", "unfollow", "preview", "latest"])
async def test_members_are_told_that_this_is_for_hosts(blog_stage: Stage, blog: Blog, command: str) -> None:
    await follow(blog_stage, blog)
    options = {} if command == "list" else {"url": blog.url} if command == "follow" else {"blog": "1"}
    maya = await blog_stage.join("maya")
    answer = await run(blog_stage, command, by=maya, **options)
    assert answer.content == "This is for people with the permission *Manage Server* in this server."
    assert blog_stage.refusals()
    [feed] = await feeds(blog_stage)
    assert not feed.is_paused


async def test_members_are_offered_no_names_of_blogs(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    maya = await blog_stage.join("maya")
    assert await maya.autocomplete(blog_stage.hosts, "blog pause", "blog", "") == []
    assert await maya.autocomplete(blog_stage.hosts, "blog edit", "blog", "") == []
    assert await maya.autocomplete(blog_stage.hosts, "blog latest", "post", "", blog="1") == []


async def test_a_host_who_is_none_any_more_cannot_press_on(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    question = await run(blog_stage, "unfollow", blog=NAME)
    await blog_stage.take_role(blog_stage.carol, blog_stage.host_role)
    assert "*Manage Server*" in shown(await blog_stage.carol.click(question, label="Stop following")).content
    assert len(await feeds(blog_stage)) == 1
