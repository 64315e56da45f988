"""The outbox over real sockets, where discord.py's own retries and waits take part."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.outbox import rules
from tests.live import awake, database_in, owe_greeting, posts_in, settle, until
from tests.loopback import Channel, Cut, LoopbackDiscord, RateLimit, Refuse, World
from tests.loopback.faults import Fault
from tests.loopback.places import FORUM, TEXT

MESSAGES = "/channels/*/messages"
FORUM_POSTS = "/channels/*/threads"


class Scene:
    """A channel where somebody is to be greeted, and one for hosts."""

    def __init__(self, folder: Path, kind: int = TEXT) -> None:
        self.folder = folder
        self.world = World()
        self.guild = self.world.add_guild()
        self.welcome = self.world.add_channel(self.guild, "welcome", kind=kind)
        self.hosts = self.world.add_channel(self.guild, "hosts")
        self.discord_api = LoopbackDiscord(self.world)

    @asynccontextmanager
    async def played(self) -> AsyncIterator[None]:
        """The bot is at work, and a greeting is due."""
        ada = self.world.add_member(self.guild, "Ada")  # before the bot, which would greet her otherwise
        async with database_in(self.folder) as database:
            await settle(database, self.guild, greeting=self.welcome, hosts=self.hosts)
            await owe_greeting(database, self.welcome, ada)
        async with awake(self.folder, self.discord_api):
            yield

    async def ends(self, *states: tuple[str, int]) -> None:
        """Wait until the posts have these states after so many attempts."""
        await until(lambda: [(state, attempts) for state, _, attempts in posts_in(self.folder)] == list(states))

    @property
    def forum_posts(self) -> list[Channel]:
        """The posts in the forum."""
        return [room for room in self.guild.channels.values() if room.parent_id == self.welcome.id]

    def statuses(self, channel: Channel) -> list[int]:
        """How the requests to post in a channel ended."""
        return [one.status for one in self.discord_api.asked("POST", f"/channels/{channel.id}/messages")]


async def test_a_cut_after_discord_accepted_does_not_double_the_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", MESSAGES, Cut(applied=True))
    async with scene.played():
        await scene.ends(("sent", 2))
    assert scene.statuses(scene.welcome) == [0, 200]
    assert [message for _, message, _ in posts_in(tmp_path)] == list(scene.welcome.messages)


async def test_a_cut_before_discord_accepted_does_not_lose_the_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", MESSAGES, Cut(applied=False))
    async with scene.played():
        await scene.ends(("sent", 2))
    assert len(scene.welcome.messages) == 1


async def test_a_server_error_does_not_double_the_message_even_if_it_was_taken(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", MESSAGES, Refuse(500, applied=True))
    async with scene.played():
        await scene.ends(("sent", 1))
    assert scene.statuses(scene.welcome) == [500, 200]
    assert len(scene.welcome.messages) == 1


async def test_too_many_requests_are_waited_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", MESSAGES, RateLimit(1.0))
    async with scene.played():
        await until(lambda: scene.statuses(scene.welcome))
        started = time.monotonic()
        await scene.ends(("sent", 1))
        assert time.monotonic() - started > 0.9
    assert scene.statuses(scene.welcome) == [429, 200]
    assert len(scene.welcome.messages) == 1


async def test_a_refusal_is_not_repeated_and_the_host_is_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.discord_api.faults.add("POST", MESSAGES, Refuse(403, 50013, "Missing Permissions"))
    async with scene.played():
        await scene.ends(("failed", 1), ("sent", 1))
    assert scene.statuses(scene.welcome) == [403]
    [notice] = scene.hosts.messages.values()
    assert f"<#{scene.welcome.id}>" in notice["content"]


async def test_a_connection_to_the_gateway_that_breaks_holds_up_no_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    async with scene.played():
        await scene.ends(("sent", 1))
        await scene.discord_api.gateway.sever()
        member = scene.world.add_member(scene.guild, "Grace")
        await scene.discord_api.gateway.dispatch(
            "GUILD_MEMBER_ADD", member.payload() | {"guild_id": str(scene.guild.id)}
        )
        await scene.ends(("sent", 1), ("sent", 1))
    assert len(scene.discord_api.gateway.resumes) == 1
    assert len(scene.welcome.messages) == 2


@pytest.mark.parametrize(
    "fault",
    [Cut(applied=True), Cut(applied=False), *(Refuse(status, applied=True) for status in (500, 502, 503, 504, 524))],
    ids=str,
)
async def test_a_forum_post_of_unknown_outcome_is_looked_for_and_stands_once(
    tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ARRIVES_WITHIN", timedelta(0))
    scene = Scene(tmp_path, FORUM)
    scene.discord_api.faults.add("POST", FORUM_POSTS, fault)
    async with scene.played():
        await until(lambda: "sent" in str(posts_in(tmp_path)))
    [thread] = scene.forum_posts
    assert [message for _, message, _ in posts_in(tmp_path)] == [thread.id] == list(thread.messages)


async def test_a_refused_forum_post_is_not_repeated(tmp_path: Path) -> None:
    scene = Scene(tmp_path, FORUM)
    scene.discord_api.faults.add("POST", FORUM_POSTS, Refuse(403, 50013, "Missing Permissions"))
    async with scene.played():
        await scene.ends(("failed", 1), ("sent", 1))
    assert len(scene.discord_api.asked("POST", FORUM_POSTS)) == 1
    assert scene.forum_posts == []
