"""The live bot ending: asked to, with everything flushed and in time; or killed, and going on where it was."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.interactions import slash
from tests.live import DATABASE, database_in, is_asked, live, owe_greeting, posts_in, settle, until
from tests.loopback import Channel, Delay, Guild, LoopbackDiscord, Member, World
from tests.loopback.gateway import Wire

MESSAGES = "/channels/*/messages"
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)


class Mute(LoopbackDiscord):
    """Does what it is asked, but while `is_mute` it answers nothing, not even a goodbye."""

    def __init__(self, world: World) -> None:
        super().__init__(world, point_discord=False)
        self.is_mute = False
        self.gateway_is_stuck = False
        self.gateway.heartbeat_interval = 0.3
        self._receive, self.gateway._receive = self.gateway._receive, self._receive_or_not

    async def _receive_or_not(self, wire: Wire, frame: dict[str, Any]) -> None:
        if self.is_mute:
            self.gateway_is_stuck = True
            await asyncio.sleep(3600)
        await self._receive(wire, frame)

    async def _answer(self, request: web.Request, path: str, handler: Any) -> web.StreamResponse:
        response = await super()._answer(request, path, handler)
        if self.is_mute:
            await asyncio.sleep(3600)
        return response


@asynccontextmanager
async def owing(folder: Path) -> AsyncIterator[tuple[Mute, Guild, Channel, Member]]:
    """A Discord with a member who is to be greeted as soon as the bot starts."""
    world = World()
    guild = world.add_guild()
    channel, member = world.add_channel(guild, "welcome"), world.add_member(guild, "Ada")
    async with database_in(folder) as database:
        await settle(database, guild, greeting=channel)
        await owe_greeting(database, channel, member)
    async with Mute(world) as discord_api:
        yield discord_api, guild, channel, member


@SIGNALS
async def test_a_stop_waits_for_the_message_under_way_and_notes_that_it_was_sent(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with owing(tmp_path) as (discord_api, _, channel, _), live(tmp_path, discord_api.http_url) as bot:
        discord_api.faults.add("POST", MESSAGES, Delay(1.5))
        await is_asked(discord_api, "POST", MESSAGES)
        assert await bot.stop(number) == 0
        assert posts_in(tmp_path) == [("sent", *channel.messages, 1)]
        assert len(discord_api.asked("POST", MESSAGES)) == 1
    assert "Traceback" not in bot.said


async def test_a_second_signal_does_not_cut_the_flushing_short(tmp_path: Path) -> None:
    async with owing(tmp_path) as (discord_api, _, channel, _), live(tmp_path, discord_api.http_url) as bot:
        discord_api.faults.add("POST", MESSAGES, Delay(1.5))
        await is_asked(discord_api, "POST", MESSAGES)
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            bot.process.send_signal(number)
            await asyncio.sleep(0.2)
        assert await bot.stop(signal.SIGINT) == 0
        assert posts_in(tmp_path) == [("sent", *channel.messages, 1)]
    assert "Traceback" not in bot.said


async def test_a_stop_during_the_start_is_calm(tmp_path: Path) -> None:
    async with owing(tmp_path) as (discord_api, *_), live(tmp_path, discord_api.http_url) as bot:
        discord_api.is_mute = True
        await is_asked(discord_api, "GET", "/users/@me")
        assert await bot.stop(signal.SIGTERM) == 0
    assert "Traceback" not in bot.said


async def test_a_stop_waits_for_the_transaction_under_way(tmp_path: Path) -> None:
    async with owing(tmp_path) as (discord_api, guild, _, member), live(tmp_path, discord_api.http_url) as bot:
        await until(lambda: "sent" in str(posts_in(tmp_path)))
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            joined = member.payload() | {"guild_id": str(guild.id)}
            await discord_api.gateway.dispatch("GUILD_MEMBER_ADD", joined)
            # Events are taken in order, and this one is answered without the database.
            await discord_api.gateway.dispatch("INTERACTION_CREATE", slash(discord_api.world, guild, member, "setup"))
            await is_asked(discord_api, "POST", "/interactions/*")
            bot.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(1)
            assert bot.process.returncode is None
            other.execute("ROLLBACK")
        assert await bot.stop(signal.SIGTERM) == 0
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
            assert connection.execute("SELECT member_id FROM members").fetchall() == [(member.user.id,)]
    assert "Traceback" not in bot.said


async def test_a_database_that_stays_locked_does_not_keep_the_process(tmp_path: Path) -> None:
    async with owing(tmp_path) as (discord_api, guild, _, member), live(tmp_path, discord_api.http_url) as bot:
        await until(lambda: "sent" in str(posts_in(tmp_path)))
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for number in range(4):
                joined = discord_api.world.add_member(guild, f"Member {number}").payload()
                await discord_api.gateway.dispatch("GUILD_MEMBER_ADD", joined | {"guild_id": str(guild.id)})
            await discord_api.gateway.dispatch("INTERACTION_CREATE", slash(discord_api.world, guild, member, "setup"))
            await is_asked(discord_api, "POST", "/interactions/*")
            assert await bot.stop(signal.SIGTERM) == 0


async def test_a_discord_that_fell_silent_does_not_keep_the_process_and_the_message_is_not_doubled(
    tmp_path: Path,
) -> None:
    async with owing(tmp_path) as (discord_api, _, channel, _):
        async with live(tmp_path, discord_api.http_url) as bot:
            await silent_at_first_message(discord_api)
            await until(lambda: channel.messages and discord_api.gateway_is_stuck)
            assert await bot.stop(signal.SIGTERM) == 0
        assert posts_in(tmp_path) == [("waiting", None, 1)]
        await goes_on(tmp_path, discord_api, channel)


async def test_after_a_kill_between_sending_and_noting_the_message_is_not_doubled(tmp_path: Path) -> None:
    async with owing(tmp_path) as (discord_api, _, channel, _):
        async with live(tmp_path, discord_api.http_url) as bot:
            await silent_at_first_message(discord_api)
            await until(lambda: channel.messages)
            bot.process.kill()
            await bot.process.wait()
        assert posts_in(tmp_path) == [("waiting", None, 1)]
        await goes_on(tmp_path, discord_api, channel)


async def silent_at_first_message(discord_api: Mute) -> None:
    """Wait for the first message, which is taken; from then on Discord is silent."""
    discord_api.faults.add("POST", MESSAGES, Delay(0.2))
    await is_asked(discord_api, "POST", MESSAGES)
    discord_api.is_mute = True


async def goes_on(folder: Path, discord_api: Mute, channel: Channel) -> None:
    """Start the bot again, on a Discord that answers: what was doubtful is settled, and said once."""
    discord_api.is_mute = False
    async with live(folder, discord_api.http_url) as bot:
        await until(lambda: posts_in(folder) == [("sent", *channel.messages, 2)], lambda: bot.said)
        assert len(discord_api.asked("POST", MESSAGES)) == 2
        assert await bot.stop(signal.SIGTERM) == 0
    assert len(channel.messages) == 1
    assert "Traceback" not in bot.said
