"""What a person may give as the address of a blog, and what they read where it leads nowhere."""

import asyncio

import discord
import pytest

from tests.cogs.blogging import feeds, first_callback, refused, run, shown
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.simkit import Stage


@pytest.mark.parametrize("typed", ["127.0.0.1:{}/feed", "  <http://127.0.0.1:{}/feed> ", "feed://127.0.0.1:{}/feed"])
async def test_an_address_may_be_written_as_people_write_it(
    blog_stage: Stage, web: LoopbackWeb, blog: Blog, typed: str
) -> None:
    await run(blog_stage, "follow", url=typed.format(web.port))
    assert [feed.source.url for feed in await feeds(blog_stage)] == [blog.url]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("my blog", "please check it for typing errors"),
        ("   ", "A blog's address begins with"),
        ("ftp://blog.example", "begins with http:// or https://"),
        ("http://me:secret@blog.example", "please give one without"),
        ("http://192.168.1.1/feed", "leads into a private network"),
        ("http://localhost/feed", "leads into a private network"),
        ("http://169.254.169.254/latest", "leads into a private network"),
        ("@everyone", "open it in your browser"),
        ("https://" + "a" * 3000, "too long"),
    ],
)
async def test_an_address_that_cannot_be_right_is_refused_with_the_reason(
    blog_stage: Stage, typed: str, reason: str
) -> None:
    assert reason in await refused(blog_stage, "follow", url=typed)
    assert await feeds(blog_stage) == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            Reply(b"<html><body>Hello</body></html>", headers={"Content-Type": "text/html"}),
            "I found no feed there. Look",
        ),
        (Reply(status=404), "no page at this address (any more). Please check the address"),
        (Reply(status=500), "(it says 500). Please try again in some minutes."),
        (Reply(status=403), "please show them this"),
        (Reply(b""), "empty page"),
        (Reply(raw=b""), "hung up"),
    ],
)
async def test_a_page_that_cannot_be_followed_is_refused_with_the_reason(
    blog_stage: Stage, web: LoopbackWeb, reply: Reply, reason: str
) -> None:
    web.pages["/"] = reply
    assert reason in await refused(blog_stage, "follow", url=web.url("/"))


async def test_a_dead_server_is_told(blog_stage: Stage) -> None:
    assert "does not take connections" in await refused(blog_stage, "follow", url="http://127.0.0.1:1/feed")


async def test_a_slow_site_is_waited_for(blog_stage: Stage, web: LoopbackWeb, blog: Blog) -> None:
    reply = web.pages["/feed"]
    assert isinstance(reply, Reply)
    reply.gate = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, reply.gate.set)
    blog_stage.env.http_requests.clear()
    result = await blog_stage.carol.slash(blog_stage.hosts, "blog follow", url=blog.url)
    assert "I follow" in shown(result).content
    assert first_callback(blog_stage) == discord.InteractionResponseType.deferred_channel_message.value
