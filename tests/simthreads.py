"""What befalls forums and threads on the simulated Discord, and the simulator leaves out."""

from typing import Any

import discord
import simcord
from simcord.backend import serializers


async def archive(env: simcord.Env, thread: simcord.ChannelHandle, *, locked: bool = False) -> None:
    """A thread falls asleep, or somebody locks it."""
    stored = env.backend.get_channel(thread.id)
    stored.thread_metadata.archived, stored.thread_metadata.locked = True, locked
    await _announce(env, "THREAD_UPDATE", stored)


async def set_tags(env: simcord.Env, forum: simcord.ChannelHandle, *names: str, required: bool = False) -> None:
    """A forum has these tags, and perhaps takes no post without one."""
    stored = env.backend.get_channel(forum.id)
    plain = {"moderated": False, "emoji_id": None, "emoji_name": None}
    stored.available_tags = [{"id": str(env.backend.snowflake()), "name": name} | plain for name in names]
    await _announce(env, "CHANNEL_UPDATE", stored, flags=discord.ChannelFlags(require_tag=required).value)


async def begin_session(env: simcord.Env, guild: simcord.GuildHandle) -> None:
    """After an outage too long to resume, Discord tells anew how a guild is, its threads among it."""
    payload = dict(serializers.guild_create_payload(env.backend, env.backend.get_guild(guild.id)))
    env.backend.emit("GUILD_CREATE", payload | {"unavailable": False})
    await env.settle()


async def _announce(env: simcord.Env, event: str, channel: Any, **more: Any) -> None:
    env.backend.emit(event, dict(serializers.channel_payload(env.backend, channel)) | more)
    await env.settle()
