"""`/greeting settings`: how arrivals are greeted, in words, and what changes it."""

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.greeting.errors import GreeterRoleOutOfReachError
from bot.ui.permissions import fault_of
from bot.ui.text import safe_name
from cogs.greeting.cards import settings_text

Interaction = discord.Interaction[Any]


class Settings(commands.Cog):
    """A part of the `/greeting` group."""

    bot: Tribekeeper

    @app_commands.command(description="See how newcomers are greeted, or change it")
    @app_commands.describe(
        together="Whoever joins within this many seconds shares one message; 0 greets everybody alone",
        most_joins="More joins than this within a minute hold all greetings until a host decides; 0 never does",
        welcome_back="Whether somebody who comes back within 30 days is welcomed back",
        direct_message="Whether newcomers also get one direct message from me",
        nudge_after="After how many hours without an answer I tell the hosts of an introduction; 0 never does",
        greeter_role="The role of members who volunteer to answer, with /greeting volunteer",
        forget_after="How many days after somebody leaves I forget what I know about them",
    )
    async def settings(
        self,
        interaction: Interaction,
        together: app_commands.Range[int, 0, 60] | None = None,
        most_joins: app_commands.Range[int, 0, 1000] | None = None,
        welcome_back: bool | None = None,
        direct_message: bool | None = None,
        nudge_after: app_commands.Range[float, 0, 168] | None = None,
        greeter_role: discord.Role | None = None,
        forget_after: app_commands.Range[int, 1, 3650] | None = None,
    ) -> None:
        """`/greeting settings`"""
        guild, services = interaction.guild, self.bot.services
        assert guild is not None, "this is offered in guilds only"
        if greeter_role is not None:
            if fault := fault_of(greeter_role, await services.communities.get(guild.id), "/greeting settings"):
                raise GreeterRoleOutOfReachError(fault)
            if program := await services.programs.with_role(guild.id, greeter_role.id):
                raise GreeterRoleOutOfReachError(
                    f"{greeter_role.mention} is the participant role of **{safe_name(program.name)}**, so whoever "
                    "volunteers would see its recordings. Choose another role."
                )
            await services.answers.set_greeter_role(guild.id, greeter_role.id)
        if nudge_after is not None:
            # Whole minutes are kept, and only 0 means never.
            least = timedelta(minutes=1 if nudge_after else 0)
            await services.answers.set_nudge(guild.id, max(timedelta(hours=nudge_after), least))
        if forget_after is not None:
            await services.communities.set_keep(guild.id, timedelta(days=forget_after))
        chosen = {
            "together": None if together is None else timedelta(seconds=together),
            "most_joins": most_joins, "welcome_back": welcome_back, "direct": direct_message,
        }  # fmt: skip
        changes = {name: value for name, value in chosen.items() if value is not None}
        settings = await services.greeting.change_arrivals(guild.id, **changes)
        community = await services.communities.get(guild.id)
        await interaction.response.send_message(settings_text(guild, settings, community), ephemeral=True)
