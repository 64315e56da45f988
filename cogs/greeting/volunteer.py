"""`/greeting volunteer`: members offer to answer introductions that nobody answered."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import ChannelPurpose, Community
from bot.greeting.errors import GreeterRoleOutOfReachError, NoGreeterRoleError
from bot.ui.permissions import fault_of

Interaction = discord.Interaction[Any]


class Volunteer(commands.Cog):
    """A part of the `/greeting` group."""

    bot: Tribekeeper

    @app_commands.command(description="Offer to say hello where an introduction got no answer, or stop doing so")
    async def volunteer(self, interaction: Interaction) -> None:
        """`/greeting volunteer`"""
        guild, member = interaction.guild, interaction.user
        assert guild is not None, "this is offered in guilds only"
        assert isinstance(member, discord.Member), "this is offered in guilds only"
        await interaction.response.defer(ephemeral=True, thinking=True)
        settings = await self.bot.services.greeting.settings(guild.id)
        community = await self.bot.services.communities.get(guild.id)
        role = guild.get_role(settings.greeter_role_id) if settings.greeter_role_id else None
        if role is None:
            raise NoGreeterRoleError
        if fault := fault_of(role, community, "/greeting settings"):
            raise GreeterRoleOutOfReachError(fault)
        if role in member.roles:
            await member.remove_roles(role, reason="/greeting volunteer")
            answer = "You are not a greeter any more. Thank you for every hello."
        else:
            await member.add_roles(role, reason="/greeting volunteer")
            answer = _thanks(guild, community, role, member, nudges=bool(settings.nudge_after))
        await interaction.followup.send(answer, ephemeral=True)


def _thanks(
    guild: discord.Guild, community: Community, role: discord.Role, member: discord.Member, *, nudges: bool
) -> str:
    """What a new greeter can expect, honestly: whether my calls reach them."""
    thanks, leave = "You are a greeter now. Thank you!", "`/greeting volunteer` once more ends it."
    hosts = guild.get_channel(community.channels.get(ChannelPurpose.HOSTS, 0))
    if hosts is None:
        return f"{thanks} I have no channel to call you in yet; a host can choose one with `/setup`. {leave}"
    if not (hosts.permissions_for(role).view_channel or hosts.permissions_for(member).view_channel):
        return (
            f"{thanks} I call the greeters in {hosts.mention}, which you cannot see yet. Please ask a host to let "
            f"{role.mention} see it under *Edit Channel → Permissions*. {leave}"
        )
    if not nudges:
        return f"{thanks} A host has switched my calls off for now, so look in on introductions when you like. {leave}"
    return f"{thanks} When an introduction gets no answer, I call the greeters in {hosts.mention}. {leave}"
