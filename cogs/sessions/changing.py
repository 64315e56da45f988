"""`/session edit`, `/session cancel`, `/session reminders`: what becomes of a session that is planned."""

import re
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.local_time import typed_again
from bot.programs.rules import length_text
from bot.sessions.errors import AlreadyStartedError
from bot.sessions.rules import Session, SessionState
from bot.sessions.schedule_rules import MOST_PLACES, MOST_QUESTIONS
from cogs.sessions import planning
from cogs.sessions.choices import check_host, chosen_session, guild_of, program_choices, services_of, sessions_ahead
from cogs.sessions.forms import Choice, Typed
from cogs.sessions.planning import Options, Plan, Venue
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

#: So many reminders, and none earlier than four weeks before.
_MOST_REMINDERS, _EARLIEST = 5, timedelta(weeks=4)
_BEFORE = re.compile(r"(\d{1,4}) ?(d|days?|h|hours?|m|min|minutes?)", re.ASCII)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class Changing(commands.Cog):
    """A part of the `/session` group."""

    bot: Tribekeeper

    @app_commands.command(description="Change a session; whoever comes is told if its time or place changes")
    @app_commands.describe(
        session="Which session",
        place="The stage or voice channel it is held in",
        link="Or the link under which it is held",
        program="The program it belongs to; then it is for members with the program's role",
        role="Whom it is for; @everyone is for all",
        questions="How many questions each member may ask",
        moderated="Whether you read each question before the others see it",
        anonymous="Whether questions may be asked without a name",
        places="How many may come; 0 is everybody",
    )
    async def edit(
        self,
        interaction: Interaction,
        session: str,
        place: Venue | None = None,
        link: str | None = None,
        program: str | None = None,
        role: discord.Role | None = None,
        questions: app_commands.Range[int, 1, MOST_QUESTIONS] | None = None,
        moderated: bool | None = None,
        anonymous: bool | None = None,
        places: app_commands.Range[int, 0, MOST_PLACES] | None = None,
    ) -> None:
        """`/session edit`"""
        known = await chosen_session(interaction, session)
        check_host(interaction, known)
        options = Options(place, link, program, role, questions, moderated, anonymous, places)
        base = await planning.with_options(interaction, known, options)
        start = typed_again(known.starts)
        typed = Typed(known.title, known.description, start, length_text(known.length), known.host_ids)
        repeats = await self.bot.services.series.find(known) is not None
        keep = (("Save", save), ("Save for all to come", save_all)) if repeats else (("Save", save),)
        await Plan("Change a session", base, start, keep).open(interaction, typed)

    @edit.autocomplete("program")
    async def choose_program(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The programs of this community."""
        return await program_choices(interaction, typed)

    @app_commands.command(description="Cancel a session, or skip one that is repeated; whoever comes is told")
    @app_commands.describe(session="Which session")
    async def cancel(self, interaction: Interaction, session: str) -> None:
        """`/session cancel`"""
        known = await chosen_session(interaction, session)
        check_host(interaction, known)
        if known.state is SessionState.OPEN:
            raise AlreadyStartedError(known.title)
        repeats = await self.bot.services.series.find(known) is not None
        starts = discord.utils.format_dt(known.starts_at, "F")
        question = (
            f"{'Skip' if repeats else 'Cancel'} {called(known)} on {starts}? Those who come read it in its thread."
        )
        if repeats:
            question += " The others stay; `/session repeat` with *stop* ends the repetition."

        async def act(pressed: Interaction) -> None:
            services = services_of(pressed)
            await services.sessions.cancel(known.guild_id, known.id, services.clock.now())
            await services.series.fill_all(services.clock.now())
            await pressed.response.edit_message(
                content=f"{called(known)} on {starts} {'is skipped' if repeats else 'is cancelled'}.", view=None
            )

        async def leave(pressed: Interaction) -> None:
            await pressed.response.edit_message(content="Nothing was changed.", view=None)

        yes = "Skip it" if repeats else "Cancel it"
        view = Choice([
            (yes, discord.ButtonStyle.danger, act), ("Keep it", discord.ButtonStyle.secondary, leave)
        ])  # fmt: skip
        await interaction.response.send_message(question, view=view, ephemeral=True)

    @edit.autocomplete("session")
    @cancel.autocomplete("session")
    async def choose_own(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sessions whoever asks may change."""
        return await sessions_ahead(interaction, typed)

    @app_commands.command(description="See or choose when those who come are reminded")
    @app_commands.describe(before="Such as 24h, 1h, 10min; none never reminds")
    async def reminders(self, interaction: Interaction, before: str | None = None) -> None:
        """`/session reminders`"""
        guild, services = guild_of(interaction), self.bot.services
        if before is not None:
            await services.sessions.set_reminders(guild.id, read_reminders(before), services.clock.now())
        known = await services.sessions.reminders(guild.id)
        told = "Nobody is reminded of sessions here. `before:` changes that."
        if known:
            told = f"Those who come are reminded {_all_of(known)} before a session, in its thread."
        await interaction.response.send_message(told, ephemeral=True)


def read_reminders(typed: str) -> list[timedelta]:
    """How long before a session people are reminded, as it was typed. Raises UserFacingError."""
    if typed.strip().casefold() in ("none", "never", "off", "0"):
        return []
    parts = [part.strip() for part in typed.casefold().replace(" and ", ",").split(",") if part.strip()]
    found = [_BEFORE.fullmatch(part) for part in parts]
    before = {int(one[1]) * _UNITS[one[2][0]] for one in found if one is not None}
    is_good = None not in found and 0 < len(before) <= _MOST_REMINDERS
    if not is_good or not all(timedelta(minutes=1) <= one <= _EARLIEST for one in before):
        raise UserFacingError(
            f"Write up to {_MOST_REMINDERS} times like `24h, 1h, 10min`, none of them more than four weeks before; "
            "`none` never reminds."
        )
    return sorted(before, reverse=True)


def _all_of(before: list[timedelta]) -> str:
    times = [length_text(one) for one in before]
    return times[0] if len(times) == 1 else f"{', '.join(times[:-1])} and {times[-1]}"


async def save(interaction: Interaction, draft: Session) -> None:
    """Keep what was changed about one session."""
    await interaction.response.defer()
    services = services_of(interaction)
    session = await services.sessions.edit(draft, services.clock.now())
    starts = discord.utils.format_dt(session.starts_at, "F")
    await interaction.edit_original_response(content=f"Saved: {called(session)}, {starts}.", view=None)


async def save_all(interaction: Interaction, draft: Session) -> None:
    """Keep what was changed about all sessions of a repetition."""
    await interaction.response.defer()
    services = services_of(interaction)
    changed = await services.series.edit_all(draft, services.clock.now())
    await interaction.edit_original_response(
        content=f"Saved for {len(changed)} sessions, and for those that follow. Each keeps its own start.", view=None
    )
