"""Which session was meant, and who may do what with it."""

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.errors import UserFacingError
from bot.local_time import described
from bot.programs.rules import Program
from bot.sessions.errors import NoSuchSessionError, NotAHostError, NotForYouError
from bot.sessions.rules import Session, SessionState
from bot.sessions.schedule_rules import may_take_part
from bot.ui.text import shortened

Interaction = discord.Interaction[Any]


def services_of(interaction: Interaction) -> Services:
    """The services of the bot that was asked."""
    return interaction.client.services


def guild_of(interaction: Interaction) -> discord.Guild:
    """The guild in which something is asked."""
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild


def may_host(interaction: Interaction, session: Session) -> bool:
    """Whether whoever asks hosts the session or manages the guild."""
    return interaction.permissions.manage_guild or interaction.user.id in session.host_ids


def check_host(interaction: Interaction, session: Session) -> None:
    """Raise NotAHostError for whoever neither hosts the session nor manages the guild."""
    if not may_host(interaction, session):
        raise NotAHostError


def check_gate(interaction: Interaction, session: Session) -> None:
    """Raise NotForYouError for whoever lacks the role the session is for; its hosts need none."""
    member = interaction.user
    assert isinstance(member, discord.Member), "sessions are held in guilds"
    may_come = may_take_part(session, (role.id for role in member.roles))
    if not may_come and member.id not in session.host_ids:
        role = guild_of(interaction).get_role(session.role_id or 0)
        raise NotForYouError(role.mention if role else "a role that was deleted")


async def chosen_session(interaction: Interaction, typed: str, sessions: Sequence[Session] | None = None) -> Session:
    """The session that was picked from the list, or whose title or a part of it was typed; of several the next one.

    Raises NoSuchSessionError.
    """
    services, guild = services_of(interaction), guild_of(interaction)
    wanted = typed.strip().casefold()
    if wanted.isdecimal():
        return await services.sessions.get(guild.id, int(wanted))
    known = sessions if sessions is not None else await services.sessions.list_ahead(guild.id)
    named = [session for session in known if session.title.casefold() == wanted]
    alike = [session for session in known if wanted and wanted in session.title.casefold()]
    if not named + alike:
        raise NoSuchSessionError
    return (named + alike)[0]


async def sessions_ahead(interaction: Interaction, typed: str, *states: SessionState) -> list[app_commands.Choice[str]]:
    """The sessions to come to pick from, in these states or all; only those whoever asks may change."""
    services, guild = services_of(interaction), guild_of(interaction)
    ahead = await services.sessions.list_ahead(guild.id)
    theirs = [session for session in ahead if may_host(interaction, session)]
    return session_choices((one for one in theirs if not states or one.state in states), typed)


def session_choices(sessions: Iterable[Session], typed: str) -> list[app_commands.Choice[str]]:
    """Sessions to pick from, each with its time."""
    choices = [(f"{shortened(session.title, 45)} · {described(session.starts)}", session.id) for session in sessions]
    return [
        app_commands.Choice(name=shortened(name, 100), value=str(session_id))
        for name, session_id in choices
        if typed.strip().casefold() in name.casefold()
    ][:25]


async def chosen_program(interaction: Interaction, typed: str) -> Program:
    """The program that was picked from the list or named. Raises UserFacingError."""
    programs = await services_of(interaction).programs.list_active(guild_of(interaction).id)
    wanted = typed.strip().casefold()
    for program in programs:
        if wanted in (str(program.id), program.name.casefold()):
            return program
    raise UserFacingError("There is no such program here. Pick one from the list that appears while you type.")


async def program_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The programs to pick from."""
    programs = await services_of(interaction).programs.list_active(guild_of(interaction).id)
    return [
        app_commands.Choice(name=shortened(program.name, 100), value=str(program.id))
        for program in programs
        if typed.strip().casefold() in program.name.casefold()
    ][:25]
