"""What commands and buttons of programs do alike: who may, which program is meant, and what is shown."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.errors import UserFacingError
from bot.programs import rules
from bot.programs.errors import (
    ArchivedError,
    ForParticipantsError,
    NoSuchPriceError,
    NoSuchProgramError,
    NoSuchRecordingError,
)
from bot.programs.rules import Price, Program, Recording
from bot.ui.text import safe_name, shortened
from bot.ui.views import BaseLayout
from cogs.programs.cards import called, program_card, role_fault

Interaction = discord.Interaction[Any]


def guild_of(interaction: Interaction) -> discord.Guild:
    """The guild, for anybody."""
    assert interaction.guild is not None, "programs are shown in guilds only"
    return interaction.guild


def host_guild(interaction: Interaction) -> discord.Guild:
    """The guild, for a host. Raises MissingPermissions: they may have lost the permission since the form was opened."""
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return guild_of(interaction)


def services_of(interaction: Interaction) -> Services:
    """What the bot knows."""
    return interaction.client.services


async def known(interaction: Interaction) -> list[Program]:
    """The programs this person may know of: archived ones are for hosts."""
    programs, guild = services_of(interaction).programs, guild_of(interaction)
    is_host = interaction.permissions.manage_guild
    return await (programs.list_all if is_host else programs.list_active)(guild.id)


def matching(programs: Sequence[Program], typed: str) -> list[Program]:
    """The programs that what was typed may mean."""
    return [program for program in programs if rules.key(typed) in rules.key(program.name)]


def choices(programs: Sequence[Program], typed: str) -> list[app_commands.Choice[str]]:
    """The programs to pick from."""
    return [
        app_commands.Choice(
            name=shortened(f"{program.name}{' (archived)' if program.archived_at else ''}", 100), value=program.name
        )
        for program in matching(programs, typed)
    ][:25]


async def chosen(interaction: Interaction, typed: str | None) -> Program:
    """The program that was named, or a part of whose name no other has; without a name, the only one there is.

    Raises NoSuchProgramError, or UserFacingError where it could be several.
    """
    programs = await known(interaction)
    if typed is None:
        programs = [program for program in programs if program.archived_at is None]
        if not programs:
            hint = " `/program create` starts one." if interaction.permissions.manage_guild else ""
            raise UserFacingError(f"There is no program here yet.{hint}")
    named = [program for program in programs if rules.key(program.name) == rules.key(typed or "")]
    found = named or matching(programs, typed or "")
    if not found:
        raise NoSuchProgramError
    if len(found) > 1:
        names = ", ".join(f"**{called(program)}**" for program in found[:8])
        raise UserFacingError(f"Which one do you mean? {names}{', …' if len(found) > 8 else ''}")
    return found[0]


def still_open(program: Program) -> Program:
    """The program, if it can be changed. Raises ArchivedError."""
    if program.archived_at is not None:
        raise ArchivedError(program.name)
    return program


def chosen_price(program: Program, typed: str) -> Price:
    """The price that was picked or named. Raises NoSuchPriceError."""
    price = program.price(typed)
    if price is None:
        raise NoSuchPriceError
    return price


def chosen_recording(recordings: Sequence[Recording], typed: str) -> Recording:
    """The recording that was picked, or whose title was typed and no other's is. Raises NoSuchRecordingError."""
    wanted = typed.strip()
    picked = [recording for recording in recordings if str(recording.id) == wanted]
    named = [recording for recording in recordings if rules.key(recording.title) == rules.key(wanted)]
    if not picked and len(named) != 1:
        raise NoSuchRecordingError
    return (picked or named)[0]


async def visible(interaction: Interaction, program_id: int) -> Program:
    """The program, if this person may see it. Raises NoSuchProgramError: archived ones are for hosts."""
    program = await services_of(interaction).programs.get(guild_of(interaction).id, program_id)
    if program.archived_at is not None and not interaction.permissions.manage_guild:
        raise NoSuchProgramError
    return program


def takes_part(interaction: Interaction, program: Program) -> bool:
    """Whether whoever acts has the participant role now. A role that was deleted is nobody's."""
    member = interaction.user
    assert isinstance(member, discord.Member), "programs are shown in guilds only"
    return rules.takes_part(program, frozenset(role.id for role in member.roles))


async def recordings_for(interaction: Interaction, program_id: int) -> tuple[Program, list[Recording]]:
    """The recordings, for participants and for the hosts who look after them.

    Raises ForParticipantsError, NoSuchProgramError.
    """
    program = await visible(interaction, program_id)
    if not takes_part(interaction, program) and not interaction.permissions.manage_guild:
        raise ForParticipantsError
    return program, await services_of(interaction).programs.list_recordings(program.guild_id, program.id)


async def card_for(interaction: Interaction, program: Program, more: discord.ui.Item[Any]) -> BaseLayout:
    """The program's card for whoever acts: with recordings only if they take part."""
    guild, services = guild_of(interaction), services_of(interaction)
    ahead = await services.sessions.list_ahead(guild.id)
    sessions = [session for session in ahead if session.program_id == program.id]
    recordings = None
    if takes_part(interaction, program):
        recordings = await services.programs.list_recordings(guild.id, program.id)
    note = _note(interaction, program) if interaction.permissions.manage_guild else ""
    return program_card(program, interaction.created_at, sessions, recordings, more, note)


def _note(interaction: Interaction, program: Program) -> str:
    """What hosts should know of a program, under its card."""
    if program.archived_at is not None:
        return "-# Only hosts see this: it is archived."
    faults: list[str] = []
    if rules.is_over(program, interaction.created_at):
        faults.append("its last price is over, so the link to register is hidden. `/program price add` opens it again.")
    if guild_of(interaction).get_role(program.role_id or 0) is None:
        faults.append(role_fault(program))
    return "\n".join(f"-# For hosts: {fault}" for fault in faults)


async def check_role(interaction: Interaction, role_id: int | None) -> None:
    """Raises UserFacingError where the participant role would be everybody's who takes part, or can be nobody's."""
    guild = guild_of(interaction)
    role = guild.get_role(role_id or 0)
    if role is None:
        return
    if role.is_default():
        raise UserFacingError(
            "*@everyone* cannot be the participant role, because then every member would see the recordings."
        )
    if role.is_bot_managed():
        raise UserFacingError(f"{role.mention} is the role of a bot, so no member can have it. Choose another one.")
    if who := (await _given_to(services_of(interaction), guild.id)).get(role.id):
        raise UserFacingError(f"I give {role.mention} to {who}, so they would see the recordings. Choose another one.")


async def _given_to(services: Services, guild_id: int) -> dict[int | None, str]:
    """The roles that members get from the bot, without a host, and who gets them."""
    greeters = (await services.greeting.settings(guild_id)).greeter_role_id
    levels = (await services.standing.settings(guild_id)).roles
    return {
        **{
            feed.role_id: f"whoever follows the blog **{safe_name(feed.name)}**"
            for feed in await services.feeds.list_feeds(guild_id)
            if feed.has_follow_button
        },
        greeters: "whoever volunteers as a greeter",
        **{role_id: f"whoever reaches the level *{level.title}*" for level, role_id in levels.items()},
    }
