"""`/session repeat`, and the next sessions of each repetition being planned in time."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.rounds import Rounds
from bot.sessions.schedule_rules import ANNOUNCED_BEFORE, Pattern
from cogs.sessions.choices import check_host, chosen_session, guild_of, sessions_ahead
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

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
        self._rounds = Rounds(bot, self.fill)

    async def cog_load(self) -> None:
        """Start looking."""
        self.bot.services.sessions.change_listeners.append(self.wake)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Look no more."""
        self.bot.services.sessions.change_listeners.remove(self.wake)
        self._rounds.stop()

    def wake(self, _guild_id: int, _session_id: int) -> None:
        """A session was skipped or is over, perhaps one of a repetition."""
        self._rounds.wake()

    async def fill(self) -> None:
        """Plan what is missing."""
        await self.bot.services.series.fill_all(self.bot.services.clock.now())
