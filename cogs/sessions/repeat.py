"""`/session repeat`, and the next sessions of each repetition being planned in time."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.sessions.schedule_rules import ANNOUNCED_BEFORE, Pattern
from cogs.sessions.choices import check_host, chosen_session, guild_of, sessions_ahead
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

#: How often the bot looks whether the next sessions are planned, in minutes.
LOOK_EVERY = 10
_WORDS = {
    Pattern.WEEKLY: "every week",
    Pattern.FORTNIGHTLY: "every second week",
    Pattern.MONTHLY: "every month, on the same weekday",
}


class Repeating(commands.Cog):
    """A part of the `/session` group."""

    bot: Tribekeeper

    @app_commands.command(description="Repeat a session, as for office hours: the next four are always planned")
    @app_commands.describe(session="Which session", how="How often; stop plans no more of them")
    async def repeat(
        self,
        interaction: Interaction,
        session: str,
        how: Literal["every week", "every second week", "every month by weekday", "stop"],
    ) -> None:
        """`/session repeat`"""
        guild, services = guild_of(interaction), self.bot.services
        known = await chosen_session(interaction, session)
        check_host(interaction, known)
        await interaction.response.defer(ephemeral=True, thinking=True)
        now = services.clock.now()
        if how == "stop":
            planned = await services.series.stop(guild.id, known.id, now)
            told = f"{called(known)} is repeated no more. What is planned stays:"
        else:
            pattern = {
                "every week": Pattern.WEEKLY, "every second week": Pattern.FORTNIGHTLY,
            }.get(how, Pattern.MONTHLY)  # fmt: skip
            planned = await services.series.repeat(guild.id, known.id, pattern, now)
            told = (
                f"{called(known)} is repeated {_WORDS[pattern]}, at the same time by the clock. Each is announced "
                f"{ANNOUNCED_BEFORE.days} days before; `/session edit` moves one, `/session cancel` skips one. "
                "The next:"
            )
        lines = [f"- {discord.utils.format_dt(one.starts_at, 'F')}" for one in planned]
        await interaction.followup.send("\n".join([told, *lines]), ephemeral=True)

    @repeat.autocomplete("session")
    async def choose_repeated(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sessions whoever asks may change."""
        return await sessions_ahead(interaction, typed)


class Repetitions(commands.Cog):
    """Plans the next sessions of each repetition."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Start looking."""
        self.fill.start()

    async def cog_unload(self) -> None:
        """Look no more."""
        self.fill.cancel()

    @tasks.loop(minutes=LOOK_EVERY)
    async def fill(self) -> None:
        """Plan what is missing."""
        try:
            await self.bot.services.series.fill_all(self.bot.services.clock.now())
        except DatabaseUnavailableError:
            return  # It is still missing at the next look.

    @fill.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()
