"""What hosts and members do with blogs, in few words."""

from typing import Any

import discord
import simcord

from bot.communities.rules import ChannelPurpose
from bot.feeds.post_rules import Feed
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.simkit import Stage

#: Longer than the pause between two looks at a blog, with its jitter.
ROUND = 720.0


def shown(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """What a person reads in answer, which nobody else sees."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None, "there was no answer"
    assert message.ephemeral
    assert len(message.content) <= 2000
    return message


async def run(
    stage: Stage, command: str, *, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.ResponseMessage:
    """The answer to a command of `/blog`, which the host gives unless somebody else does."""
    return shown(await (by or stage.carol).slash(stage.hosts, f"blog {command}", **options))


async def follow(stage: Stage, blog: Blog, **options: Any) -> simcord.ResponseMessage:
    """The host follows a blog."""
    answer = await run(stage, "follow", url=blog.url, **options)
    assert "I follow" in answer.content, answer.content
    return answer


async def feeds(stage: Stage) -> list[Feed]:
    """The blogs followed here."""
    return await stage.bot.services.feeds.list_feeds(stage.guild.id)


def blog_channel(stage: Stage) -> simcord.ChannelHandle:
    """The channel of blog posts."""
    return stage.channels[ChannelPurpose.BLOG]


def posts(stage: Stage, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
    """The posts in a channel, the one of blog posts unless another is named."""
    assert stage.bot.user is not None
    history = (channel or blog_channel(stage)).history()
    return [message for message in history if message.author.id == stage.bot.user.id and message.embeds]


def titles(stage: Stage, channel: simcord.ChannelHandle | None = None) -> list[str | None]:
    """The titles of the posts in a channel."""
    return [message.embeds[0].title for message in posts(stage, channel)]


async def refused(stage: Stage, command: str, **options: Any) -> str:
    """The answer to a command that does not do what was wanted, which is a refusal in plain words."""
    before = len(stage.refusals())
    answer = await run(stage, command, **options)
    [refusal] = stage.refusals()[before:]
    assert answer.content in refusal
    assert "reference" not in answer.content
    return answer.content


def options_of(message: simcord.ResponseMessage) -> list[dict[str, Any]]:
    """What a select lets one choose."""
    return message.components[0]["components"][0]["options"]


def first_callback(stage: Stage) -> int:
    """The kind of the bot's first answer to an interaction; Discord waits three seconds for it."""
    return next(call.json["type"] for call in stage.env.http_requests if call.json and call.path.endswith("/callback"))


def front_page(web: LoopbackWeb, *paths: str, titles: tuple[str, ...] = (), at: str = "/") -> str:
    """A blog's front page that names its feeds. Its address."""
    names = [*titles, *paths[len(titles) :]]
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}" title="{title}">'
        for path, title in zip(paths, names, strict=True)
    )
    page = f"<!doctype html><html><head><title>A blog</title>{links}</head><body>Hello</body></html>"
    web.pages[at] = Reply(page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    return web.url(at)
