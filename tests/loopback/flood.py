"""Messages by the thousand for a bot in another process, framed so that it can measure itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.loopback.places import Channel, Guild, Payload
from tests.loopback.server import LoopbackDiscord
from tests.loopback.world import World

BEGIN, END = "flood-begins", "flood-ends"
"""Names of the channels created before and after each round: a bot learns of both through an event that
is not a message, so that listening for them costs nothing per message."""

AUTHORS = 50


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


def flooded_world() -> tuple[World, Guild, Channel]:
    """One server with a channel and some authors who will not stop talking."""
    world = World()
    guild = world.add_guild("Busy")
    channel = world.add_channel(guild, "general")
    for number in range(AUTHORS):
        world.add_member(guild, f"Author {number}")
    return world, guild, channel


async def serve(flood: Flood, *, port: int = 0) -> None:
    """Serves until cancelled, and floods every session that arrives. Prints the address first."""
    world, guild, channel = flooded_world()
    async with LoopbackDiscord(world, port=port, point_discord=False) as discord_api:
        print(discord_api.http_url, flush=True)  # noqa: T201 - the other process reads it
        flooded = 0
        while True:
            await asyncio.sleep(0.02)
            # One bot at a time: each new IDENTIFY replaces the session before it.
            if len(discord_api.gateway.identifies) > flooded and discord_api.gateway.sessions:
                flooded = len(discord_api.gateway.identifies)
                await asyncio.sleep(flood.settle)
                await pour(discord_api, guild, channel, flood)


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
        await _mark(discord_api, guild, BEGIN)
        await _send(discord_api, events[: flood.messages], flood)
        await _mark(discord_api, guild, END)


async def _mark(discord_api: LoopbackDiscord, guild: Guild, name: str) -> None:
    await asyncio.sleep(0.02)
    marker = Channel(discord_api.world.next_id(), name, guild.id)
    await discord_api.gateway.dispatch("CHANNEL_CREATE", marker.payload(), guild_id=guild.id)
    await asyncio.sleep(0.02)


async def _send(discord_api: LoopbackDiscord, events: list[Payload], flood: Flood) -> None:
    for number, event in enumerate(events):
        await discord_api.gateway.dispatch("MESSAGE_CREATE", event)
        if number % flood.burst == flood.burst - 1:
            await asyncio.sleep(flood.pause)
