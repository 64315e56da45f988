"""`/session create`: a session is planned."""

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.local_time import LocalTime
from bot.sessions.rules import Place, PlaceKind, Session
from bot.sessions.schedule_rules import MOST_PLACES, MOST_QUESTIONS
from cogs.sessions import planning
from cogs.sessions.choices import guild_of, program_choices, services_of
from cogs.sessions.forms import Typed
from cogs.sessions.planning import Options, Plan, Venue
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]


class Creating(commands.Cog):
    """A part of the `/session` group."""

    bot: Tribekeeper

    @app_commands.command(description="Plan a Q&A: its event, its thread and its announcement are made for you")
    @app_commands.describe(
        place="The stage or voice channel it is held in",
        link="Or the link under which it is held, as for a video call",
        program="The program it belongs to; then it is for members with the program's role",
        role="Whom it is for; @everyone is for all",
        questions="How many questions each member may ask; 3 unless you choose otherwise",
        moderated="Whether you read each question before the others see it",
        anonymous="Whether questions may be asked without a name",
        places="How many may come; whoever is late waits for a free place",
    )
    async def create(
        self,
        interaction: Interaction,
        place: Venue | None = None,
        link: str | None = None,
        program: str | None = None,
        role: discord.Role | None = None,
        questions: app_commands.Range[int, 1, MOST_QUESTIONS] | None = None,
        moderated: bool | None = None,
        anonymous: bool | None = None,
        places: app_commands.Range[int, 1, MOST_PLACES] | None = None,
    ) -> None:
        """`/session create`"""
        guild = guild_of(interaction)
        if place is None and not (link or "").strip():
            raise UserFacingError(
                "Where is it held? Choose a stage or voice channel with `place:`, or write a `link:`."
            )
        community = await self.bot.services.communities.get(guild.id)
        planning.check_home(guild, community)
        options = Options(place, link, program, role, questions, moderated, anonymous, places)
        blank = Session(
            id=0, guild_id=guild.id, title="", description="",
            starts=LocalTime(datetime.now(UTC).replace(tzinfo=None), "UTC"), length=timedelta(hours=1),
            place=Place(PlaceKind.LINK), host_ids=(), created_by_id=interaction.user.id,
        )  # fmt: skip
        base = await planning.with_options(interaction, blank, options)
        plan = Plan("Plan a session", base, "", (("Plan it", keep),))
        await plan.open(interaction, Typed(host_ids=(interaction.user.id,)))

    @create.autocomplete("program")
    async def choose_program(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The programs of this community."""
        return await program_choices(interaction, typed)


async def keep(interaction: Interaction, draft: Session) -> None:
    """Plan it for good."""
    await interaction.response.defer()
    services = services_of(interaction)
    session = await services.sessions.create(draft, services.clock.now())
    starts = discord.utils.format_dt(session.starts_at, "F")
    await interaction.edit_original_response(
        content=f"{called(session)} is planned for {starts}. Its announcement, thread and event appear in a moment. "
        "`/session edit` changes it, `/session repeat` repeats it.",
        view=None,
    )
