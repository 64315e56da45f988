"""What the panel's controls do; each is for people who may manage the server."""

import asyncio
from collections import defaultdict
from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.communities.rules import ChannelPurpose, Community
from bot.errors import UserFacingError
from cogs.setup.places import create_missing

Interaction = discord.Interaction[Any]

#: Two quick presses must not create every channel twice.
_creating: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)


async def choose_channel(interaction: Interaction, purpose: ChannelPurpose, channel_id: int | None) -> Community:
    """Keep the channel for a purpose, or that there is none."""
    guild = manager_guild(interaction)
    return await _services(interaction).communities.set_channel(guild.id, purpose, channel_id)


async def choose_host_role(interaction: Interaction, role_id: int | None) -> Community:
    """Keep the role of the hosts, or that there is none."""
    guild = manager_guild(interaction)
    if role_id == guild.default_role.id:
        raise UserFacingError("*@everyone* cannot be the host role, because then every member would be a host.")
    community = await _services(interaction).communities.set_host_role(guild.id, role_id)
    interaction.client.dispatch("host_role_chosen", guild)
    return community


async def create_channels(interaction: Interaction) -> Community:
    """Create the channels that are missing, and use them."""
    guild = manager_guild(interaction)
    communities = _services(interaction).communities
    async with _creating[guild.id]:
        async for purpose, channel in create_missing(guild, await communities.get(guild.id)):
            await communities.set_channel(guild.id, purpose, channel.id)
    return await communities.get(guild.id)


async def current_settings(interaction: Interaction) -> Community:
    """The guild's settings."""
    return await _services(interaction).communities.get(manager_guild(interaction).id)


def manager_guild(interaction: Interaction) -> discord.Guild:
    """The guild, for somebody who may set the bot up; the first hello can be seen by others too."""
    assert interaction.guild is not None, "the panel is shown in guilds only"
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild


def _services(interaction: Interaction) -> Services:
    return interaction.client.services
