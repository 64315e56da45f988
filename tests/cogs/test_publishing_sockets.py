"""Publishing over real sockets, where discord.py waits for as long as Discord asks: up to an hour."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.client import Tribekeeper
from bot.outbox import rules
from bot.outbox.rules import NewPost
from cogs.outbox.cog import FLUSH_WITHIN
from tests.cogs.test_outbox import KIND
from tests.cogs.test_publishing import draw_news
from tests.live import DATABASE, awake, is_asked, until
from tests.loopback import Channel, Cut, LoopbackDiscord, RateLimit, World
from tests.loopback.places import NEWS
from tests.loopback.rest import CROSSPOSTED

HOUR = 3600.0


class Scene:
    """Two announcement channels, and a bot that comes and goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        world = World()
        self.guild = world.add_guild()
        self.here, self.there = (world.add_channel(self.guild, name, kind=NEWS) for name in ("here", "there"))
        self.discord_api = LoopbackDiscord(world)

    @asynccontextmanager
    async def played(self) -> AsyncIterator[Tribekeeper]:
        """The bot is at work."""
        async with awake(self.folder, self.discord_api) as bot:
            bot.renderers[KIND] = draw_news
            yield bot

    async def say(self, bot: Tribekeeper, channel: Channel, subject: int) -> None:
        """News are due."""
        key, now = f"{KIND}:{subject}", datetime.now(UTC)
        await bot.services.outbox.post_alone(NewPost(self.guild.id, channel.id, KIND, subject, key, due_at=now))

    def path(self, channel: Channel) -> str:
        """What the bot asks to publish something in a channel."""
        return f"/channels/{channel.id}/messages/*/crosspost"

    def said(self, channel: Channel) -> list[str]:
        """What stands in a channel."""
        return [message["content"] for message in channel.messages.values()]

    def published(self, channel: Channel) -> list[str]:
        """What the followers of a channel got."""
        return [message["content"] for message in channel.messages.values() if message["flags"] & CROSSPOSTED]

    def is_over(self) -> bool:
        """Whether nothing is left to publish."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            return not connection.execute("SELECT id FROM outbox_posts WHERE publish_at IS NOT NULL").fetchall()


async def test_an_hour_of_waiting_holds_up_no_message_no_other_channel_and_no_stop(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", scene.path(scene.here), RateLimit(HOUR))
    async with scene.played() as bot:
        await scene.say(bot, scene.here, 1)
        await is_asked(scene.discord_api, "POST", scene.path(scene.here))
        await scene.say(bot, scene.here, 2)
        await scene.say(bot, scene.there, 3)
        await until(lambda: "post 2" in scene.said(scene.here) and scene.published(scene.there) == ["post 3"])
        assert scene.published(scene.here) == []
        started = time.monotonic()
    assert time.monotonic() - started < FLUSH_WITHIN
    async with scene.played():
        await until(scene.is_over)
    assert scene.published(scene.here) == ["post 1", "post 2"]
    assert len(scene.discord_api.asked("POST", scene.path(scene.here))) == 3


@pytest.mark.parametrize("fault", [Cut(applied=True), Cut(applied=False)], ids=str)
async def test_a_cut_connection_leaves_no_news_unpublished(
    tmp_path: Path, fault: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LONGEST_PAUSE", timedelta(0))
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", scene.path(scene.here), fault)
    async with scene.played() as bot:
        await scene.say(bot, scene.here, 1)
        await is_asked(scene.discord_api, "POST", scene.path(scene.here), times=2)
        await until(scene.is_over)
    assert scene.published(scene.here) == ["post 1"]
    answers = [one.status for one in scene.discord_api.asked("POST", scene.path(scene.here))]
    assert answers == [0, 400 if fault.applied else 200]
