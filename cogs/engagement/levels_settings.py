"""`/engagement levels` and `role`: where levels begin, and which role shows each."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.engagement.errors import LevelRoleOutOfReachError, UnsoundThresholdsError
from bot.engagement.rules import ABOVE_NEW, Level, LevelSettings, Thresholds
from cogs.engagement.forms import LevelsModal
from cogs.engagement.roles import fault_in

Interaction = discord.Interaction[Any]

_CHOICES = [app_commands.Choice(name=level.title, value=int(level)) for level in ABOVE_NEW]
_KEEP = {
    True: "Roles **stack**: who rises keeps the roles of the levels below.",
    False: "Roles **replace** one another: who rises wears the role of their own level only.",
}


class LevelsSettings(commands.Cog):
    """A part of the `/engagement` group."""

    bot: Tribekeeper

    @app_commands.command(description="Choose how many points each level takes")
    async def levels(self, interaction: Interaction) -> None:
        """`/engagement levels`"""
        settings = await self.bot.services.standing.settings(_guild(interaction).id)
        typed = [str(settings.thresholds.of(level)) for level in ABOVE_NEW]
        await interaction.response.send_modal(LevelsModal(typed, self.save_levels))

    async def save_levels(self, interaction: Interaction, typed: list[str]) -> None:
        """Keep where levels begin. Raises UnsoundThresholdsError."""
        guild = _guild(interaction)
        numbers = [text.strip() for text in typed]
        if not all(number.isascii() and number.isdigit() and len(number) < 6 for number in numbers):
            raise UnsoundThresholdsError
        thresholds = Thresholds(*map(int, numbers))
        await self.bot.services.standing.set_thresholds(guild.id, thresholds)
        self.bot.dispatch("level_roles_chosen", guild)
        await interaction.response.send_message(
            f"Saved. {_levels_line(thresholds)} Who has enough rises at once; who has too little now falls after 14 "
            "days below nine tenths of what their level takes.",
            ephemeral=True,
        )

    @app_commands.command(description="See which role shows each level, or choose one")
    @app_commands.describe(
        level="Which level to choose a role for; leave it out to see what is chosen",
        role="The role; leave it out and this level has none",
        roles="stack: who rises keeps the roles of lower levels; replace: they wear one at a time",
    )
    @app_commands.choices(level=_CHOICES)
    async def role(
        self,
        interaction: Interaction,
        level: app_commands.Choice[int] | None = None,
        role: discord.Role | None = None,
        roles: Literal["stack", "replace"] | None = None,
    ) -> None:
        """`/engagement role [level] [role] [roles]`"""
        guild, standing = _guild(interaction), self.bot.services.standing
        community = await self.bot.services.communities.get(guild.id)
        if role is not None:
            if level is None:
                raise LevelRoleOutOfReachError("say for which level it is, too. `level:` offers the three there are.")
            if fault := fault_in(role, Level(level.value), community):
                raise LevelRoleOutOfReachError(fault)
        before = await standing.settings(guild.id)
        if roles is not None:
            await standing.set_stacks(guild.id, roles == "stack")
        if level is not None:
            now = self.bot.services.clock.now()
            await standing.set_role(guild.id, Level(level.value), role.id if role else None, now)
        after = await standing.settings(guild.id)
        if after != before:
            self.bot.dispatch("level_roles_chosen", guild)
        lines = [_role_line(guild, known, after) for known in ABOVE_NEW]
        faults = [
            f"⚠️ {fault}"
            for known, role_id in after.roles.items()
            if (fault := fault_in(guild.get_role(role_id), known, community))
        ]
        left = _left_behind(guild, before, after)
        await interaction.response.send_message(
            "\n".join([*lines, _KEEP[after.stacks], *faults, *left]),
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


def _levels_line(thresholds: Thresholds) -> str:
    told = [f"*{level.title}* takes {thresholds.of(level)}" for level in ABOVE_NEW]
    return f"{', '.join(told)} points."


def _role_line(guild: discord.Guild, level: Level, settings: LevelSettings) -> str:
    role_id = settings.roles.get(level)
    role = guild.get_role(role_id) if role_id else None
    shown = role.mention if role else "no role" if role_id is None else "a role that was deleted"
    return f"**{level.title}** ({settings.thresholds.of(level)} points): {shown}"


def _left_behind(guild: discord.Guild, before: LevelSettings, after: LevelSettings) -> list[str]:
    """What becomes of roles that belong to no level any more, honestly."""
    gone = set(before.roles.values()) - set(after.roles.values())
    roles = [role for role in map(guild.get_role, gone) if role is not None]
    return [
        f"Members who wear {role.mention} keep it; it is yours to take off or delete under *Server Settings → Roles*."
        for role in roles
    ]


def _guild(interaction: Interaction) -> discord.Guild:
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild
