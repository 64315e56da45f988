"""A stage with a small web of blogs: one blog is followed, and what the bot makes of its posts can be read."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.feeds.post_rules import Feed
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.simkit import Stage, open_stage

#: The bot looks every 15 seconds whether a blog is due.
UNTIL_POLLED = 20.0
DAY = 86_400.0


class Blogs:
    """Carol follows blogs and reads what comes of them."""

    def __init__(self, stage: Stage, web: LoopbackWeb) -> None:
        self.stage = stage
        self.web = web
        self.blog = Blog(web)
        self.blog.publish("First light")

    @property
    def channel(self) -> simcord.ChannelHandle:
        """The channel of blog posts."""
        return self.stage.channels[ChannelPurpose.BLOG]

    async def follow(self, blog: Blog | None = None, **options: Any) -> Feed:
        """Carol follows a blog; `/blog edit` takes what `/blog follow` does not know."""
        at_once = {name: options.pop(name) for name in ("channel", "author", "role") if name in options}
        stage, url = self.stage, (blog or self.blog).url
        answer = await stage.carol.slash(stage.hosts, "blog follow", url=url, **at_once)
        assert answer.response is not None
        assert "I follow" in answer.response.content
        feed = (await stage.bot.services.feeds.list_feeds(stage.guild.id))[-1]
        if options:
            await self.edit(feed, **options)
        return feed

    async def edit(self, feed: Feed, **options: Any) -> str:
        """Carol changes how a blog is followed. What she reads."""
        answer = await self.stage.carol.slash(self.stage.hosts, "blog edit", blog=str(feed.id), **options)
        assert answer.response is not None
        return answer.response.content

    async def listed(self) -> str:
        """What `/blog list` says."""
        answer = await self.stage.carol.slash(self.stage.hosts, "blog list")
        assert answer.response is not None
        return answer.response.content

    async def poll(self, seconds: float = UNTIL_POLLED) -> None:
        """Every blog is looked at now."""
        await self.stage.bot.services.polls.hurry(self.stage.guild.id, self.stage.now())
        await self.stage.pass_time(seconds)

    async def skip(self, seconds: float) -> None:
        """Time passes while the bot is away, which is far quicker to simulate."""
        await self.stage.restart(while_away=lambda: self.stage.env.backend.advance_clock(seconds))

    async def skip_until(self, moment: datetime) -> None:
        """The bot is away until shortly before a moment, and there a little longer."""
        await self.skip((moment - self.stage.now()).total_seconds() - 120)
        await self.stage.pass_time(180)

    async def publish(self, *titles: str, **more: Any) -> None:
        """The blog publishes posts, and the bot finds them."""
        self.blog.publish(*titles, **more)
        await self.poll()

    def serve(self, *items: str, title: str = "Out of the Bubble") -> None:
        """The blog's feed has exactly these `<item>`s, the newest first."""
        channel = f"<title>{escape(title)}</title><link>http://blog.example/</link>{''.join(items)}"
        body = f'<rss version="2.0"><channel>{channel}</channel></rss>'
        self.web.pages[self.blog.path] = Reply(body.encode(), headers={"Content-Type": "application/rss+xml"})

    def posts(self, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
        """What the bot posted in a channel, the one of blogs unless told, the oldest first."""
        assert self.stage.bot.user is not None
        return [
            message
            for message in (channel or self.channel).history()
            if message.author.id == self.stage.bot.user.id and message.type is discord.MessageType.default
        ]

    def titles(self, channel: simcord.ChannelHandle | None = None) -> list[str | None]:
        """The titles of these."""
        return [message.embeds[0].title for message in self.posts(channel)]

    def thread(self, number: int = -1) -> simcord.ChannelHandle:
        """The conversation under a post, the last one unless told."""
        wanted = self.posts()[number].id
        return next(thread for thread in self.channel.threads if thread.id == wanted)

    def requests(self, method: str, path_end: str) -> list[Any]:
        """The bot's requests to Discord of this kind."""
        return [call for call in self.stage.env.http_requests if call.method == method and call.path.endswith(path_end)]


def item(title: str = "", *, link: str = "", guid: str = "", html: str = "", **more: str) -> str:
    """An `<item>` of a feed; `more` are elements with their text."""
    parts = {"title": title, "link": link, "guid": guid, "description": html} | more
    return "<item>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts.items() if text) + "</item>"


@pytest.fixture(name="web")
async def open_web() -> AsyncIterator[LoopbackWeb]:
    """The web."""
    async with LoopbackWeb() as web:
        yield web


@pytest.fixture(name="stage")
async def open_blog_stage(tmp_path: Path, web: LoopbackWeb) -> AsyncIterator[Stage]:
    """The real bot in a simulated guild; it may read what is on loopback."""
    async with open_stage(tmp_path, feed_allowed_hosts=f"127.0.0.1:{web.port}") as stage:
        await stage.set_up_channels()
        yield stage


@pytest.fixture(name="blogs")
def open_blogs(stage: Stage, web: LoopbackWeb) -> Blogs:
    """Carol and her blogs."""
    return Blogs(stage, web)
