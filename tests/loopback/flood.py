"""Messages by the thousand for a bot in another process, framed so that it can measure itself."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from discord.utils import time_snowflake

from tests.loopback.places import Channel, Guild, Payload
from tests.loopback.server import LoopbackDiscord
from tests.loopback.world import World

BEGIN, END = "flood-begins", "flood-ends"
"""Names of the channels created before and after each round: a bot learns of both through an event that
is not a message, so that listening for them costs nothing per message."""

#: What a bot asks for when it has measured a round; until then it gets no other one.
MEASURED = ("GET", "/users/@me")

#: The flooded server's id, for bots that are prepared for it.
BUSY_GUILD = 1_000_000_000_000_000_000
AUTHORS = 50
#: How long before now a lively flood begins.
LIVELY_SINCE = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Flood:
    """How many messages to send, and how fast."""

    messages: int
    """Per round."""
    rounds: int = 5
    warm_up: int = 500
    burst: int = 1
    """Messages written at once. 1 is everyday traffic; with many, the reader shares its wake-ups."""
    pause: float = 0.0003
    """Seconds between bursts."""
    settle: float = 0.3
    """Seconds between a bot's arrival and the first message."""
    lively: bool = False
    """Whether each message counts as taking part: no two of a member in one minute, every fourth a reply, and all of
    them some hours old, so that none is held any more. Otherwise the same few messages come again and again."""
    rest: float = 0.02
    """Seconds before and after each marker."""


def flooded_world(*, lively: bool = False) -> tuple[World, Guild, Channel]:
    """One server with a channel and some authors who will not stop talking."""
    world = World()
    guild = world.add_guild("Busy", guild_id=BUSY_GUILD)
    channel = world.add_channel(guild, "general")
    for number in range(LIVELY_AUTHORS if lively else AUTHORS):
        world.add_member(guild, f"Author {number}")
    return world, guild, channel


async def serve(flood: Flood, *, port: int = 0) -> None:
    """Serves until cancelled, and floods every session that arrives. Prints the address first."""
    world, guild, channel = flooded_world(lively=flood.lively)
    async with LoopbackDiscord(world, port=port, point_discord=False) as discord_api:
        print(discord_api.http_url, flush=True)  # noqa: T201 - the other process reads it
        flooded = 0
        while True:
            await asyncio.sleep(0.02)
            # One bot at a time: each new IDENTIFY replaces the session before it.
            if len(discord_api.gateway.identifies) > flooded and discord_api.gateway.sessions:
                flooded = len(discord_api.gateway.identifies)
                await asyncio.sleep(flood.settle)
                await (pour_lively if flood.lively else pour)(discord_api, guild, channel, flood)


#: How many write in a lively flood, and how far apart in time their messages are: none writes twice in a minute.
LIVELY_AUTHORS = 500
APART = timedelta(seconds=61) / LIVELY_AUTHORS


def lively_events(world: World, guild: Guild, channel: Channel, count: int, intents: int, begin: int) -> list[Payload]:
    """Messages of many members, each of which counts, numbered from `begin`."""
    authors = [member.user for member in guild.members.values() if not member.user.bot]
    events: list[Payload] = []
    for number in range(begin, begin + count):
        at = datetime.now(UTC) - LIVELY_SINCE + APART * number
        said = {"id": str(time_snowflake(at) + number % 4096)}
        answered = events[-1] if number % 4 == 3 and events else None
        if answered is not None:
            original = {name: value for name, value in answered.items() if name not in ("guild_id", "member")}
            reference = {"message_id": answered["id"], "channel_id": str(channel.id)}
            said |= {"type": 19, "message_reference": reference, "referenced_message": original}
        message, _ = world.say(channel, authors[number % len(authors)], "Good morning, all. " * 4, **said)
        events.append(world.as_event(channel, message, intents))
    channel.messages.clear()
    return events


async def pour_lively(discord_api: LoopbackDiscord, guild: Guild, channel: Channel, flood: Flood) -> None:
    """As `pour`, with messages that are new in each round and count."""
    intents, begin = discord_api.gateway.sessions[-1].intents, 0
    for length in (flood.warm_up, *[flood.messages] * flood.rounds):
        events = lively_events(discord_api.world, guild, channel, length, intents, begin)
        if begin:
            await _mark(discord_api, guild, BEGIN, flood.rest)
        await _send(discord_api, events, flood)
        if begin:
            await _end(discord_api, guild, flood)
        begin += length


async def pour(discord_api: LoopbackDiscord, guild: Guild, channel: Channel, flood: Flood) -> None:
    """Sends the warm-up, then every round between its two markers."""
    authors = [member.user for member in guild.members.values() if not member.user.bot]
    events: list[Payload] = []
    session = discord_api.gateway.sessions[-1]
    for number in range(max(flood.warm_up, flood.messages)):
        message, _ = discord_api.world.say(channel, authors[number % len(authors)], "Good morning, all. " * 4)
        events.append(discord_api.world.as_event(channel, message, session.intents))
    channel.messages.clear()
    await _send(discord_api, events[: flood.warm_up], flood)
    for _ in range(flood.rounds):
        await _mark(discord_api, guild, BEGIN, flood.rest)
        await _send(discord_api, events[: flood.messages], flood)
        await _end(discord_api, guild, flood)


async def _end(discord_api: LoopbackDiscord, guild: Guild, flood: Flood) -> None:
    measured = len(discord_api.asked(*MEASURED))
    await _mark(discord_api, guild, END, flood.rest)
    while len(discord_api.asked(*MEASURED)) == measured:
        await asyncio.sleep(0.01)


async def _mark(discord_api: LoopbackDiscord, guild: Guild, name: str, rest: float) -> None:
    await asyncio.sleep(rest)
    marker = Channel(discord_api.world.next_id(), name, guild.id)
    await discord_api.gateway.dispatch("CHANNEL_CREATE", marker.payload(), guild_id=guild.id)
    await asyncio.sleep(rest)


async def _send(discord_api: LoopbackDiscord, events: list[Payload], flood: Flood) -> None:
    """A burst leaves as one. Otherwise the faster a bot is, the more of it would meet every message by itself."""
    wire = discord_api.gateway.sessions[-1].wire
    for start in range(0, len(events), flood.burst):
        with wire.corked() if wire else nullcontext():
            for event in events[start : start + flood.burst]:
                await discord_api.gateway.dispatch("MESSAGE_CREATE", event)
        await asyncio.sleep(flood.pause)
