"""`/engagement levels` and `role`: where levels begin, and which role shows each."""

import re
from typing import Any, Literal

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client import Services, Tribekeeper
from bot.engagement.errors import LevelRoleOutOfReachError, UnsoundThresholdsError
from bot.engagement.rules import ABOVE_NEW, Level, LevelSettings, Thresholds
from bot.ui.text import safe_name
from bot.ui.views import BaseView, LastingItem
from cogs.engagement.cards import counted
from cogs.engagement.forms import LevelsModal
from cogs.engagement.roles import fault_in

Interaction = discord.Interaction[Any]
Roles = Literal["stack", "replace"]

_CHOICES = [app_commands.Choice(name=level.title, value=int(level)) for level in ABOVE_NEW]
_KEEP = {
    True: "Roles **stack**: who rises keeps the roles of the levels below.",
    False: "Roles **replace** one another: who rises wears the role of their own level only.",
}
_NOBODY = discord.AllowedMentions.none()


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
        roles: Roles | None = None,
    ) -> None:
        """`/engagement role [level] [role] [roles]`"""
        guild, services = _guild(interaction), self.bot.services
        await interaction.response.defer(ephemeral=True, thinking=True)
        chosen, view = Level(level.value) if level else None, BaseView(timeout=None)
        if role is not None:
            if chosen is None:
                raise LevelRoleOutOfReachError("say for which level it is, too. `level:` offers the three there are.")
            await _check(guild, services, role, chosen)
            if worn := await _worn_without_level(guild, services, role):
                view.add_item(UseAnywayButton(chosen, role.id, roles))
                await interaction.followup.send(
                    _question(role, chosen, worn), view=view, ephemeral=True, allowed_mentions=_NOBODY
                )
                return
        shown = await _choose(self.bot, guild, chosen, role, roles)
        await interaction.followup.send(shown, ephemeral=True, allowed_mentions=_NOBODY)


class UseAnywayButton(
    LastingItem[ui.Button[Any]],
    template=r"engagement:role:(?P<level>[1-3]):(?P<role>\d+):(?P<roles>stack|replace|unchanged)",
):
    """Makes a role that members wear already the role of a level."""

    def __init__(self, level: Level, role_id: int, roles: Roles | None) -> None:
        custom_id = f"engagement:role:{int(level)}:{role_id}:{roles or 'unchanged'}"
        super().__init__(ui.Button(label="Use it anyway", custom_id=custom_id, style=discord.ButtonStyle.danger))
        self._level, self._role_id = level, role_id
        self._roles: Roles | None = roles

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "UseAnywayButton":
        """The button as it was pressed."""
        chosen: dict[str, Roles] = {"stack": "stack", "replace": "replace"}
        return cls(Level(int(match["level"])), int(match["role"]), chosen.get(match["roles"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Choose it. Raises MissingPermissions: they may have lost the permission since they were asked."""
        if not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        guild, bot = _guild(interaction), interaction.client
        role = guild.get_role(self._role_id)
        await _check(guild, bot.services, role, self._level)
        shown = await _choose(bot, guild, self._level, role, self._roles)
        await interaction.response.edit_message(content=shown, view=None, allowed_mentions=_NOBODY)


async def _check(guild: discord.Guild, services: Services, role: discord.Role | None, level: Level) -> None:
    """Raises LevelRoleOutOfReachError where members of the level cannot, or should not, wear the role."""
    if fault := fault_in(role, level, await services.communities.get(guild.id)):
        raise LevelRoleOutOfReachError(fault)
    if role is not None and (program := await services.programs.with_role(guild.id, role.id)):
        raise LevelRoleOutOfReachError(
            f"{role.mention} is the participant role of **{safe_name(program.name)}**, so whoever reaches "
            f"*{level.title}* would see its recordings. Choose another role."
        )


async def _worn_without_level(guild: discord.Guild, services: Services, role: discord.Role) -> int:
    """How many members wear a role that is no level's yet."""
    if role.id in (await services.standing.settings(guild.id)).roles.values():
        return 0
    return (await guild.role_member_counts()).get(role, 0)


def _question(role: discord.Role, level: Level, worn: int) -> str:
    return (
        f"{counted(worn, 'member wears', 'members wear')} {role.mention} already. It would go by level alone then, so "
        f"who of them is not *{level.title}* can lose it. A role that nobody wears yet is safer. "
        "Nothing is changed so far."
    )


async def _choose(
    bot: Tribekeeper, guild: discord.Guild, level: Level | None, role: discord.Role | None, roles: Roles | None
) -> str:
    """Keep what was chosen, and tell how it is now."""
    standing = bot.services.standing
    before = await standing.settings(guild.id)
    if roles is not None:
        await standing.set_stacks(guild.id, roles == "stack")
    if level is not None:
        await standing.set_role(guild.id, level, role.id if role else None, bot.services.clock.now())
    after = await standing.settings(guild.id)
    if after != before:
        bot.dispatch("level_roles_chosen", guild)
    community = await bot.services.communities.get(guild.id)
    faults = [
        f"⚠️ {fault}"
        for known, role_id in after.roles.items()
        if (fault := fault_in(guild.get_role(role_id), known, community))
    ]
    lines = [_role_line(guild, known, after) for known in ABOVE_NEW]
    return "\n".join([*lines, _KEEP[after.stacks], *faults, *_left_behind(guild, before, after)])


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
