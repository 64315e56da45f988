"""`/session open|close|recap|recording|export`: hosts lead a session, and use what it leaves."""

import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import ChannelPurpose
from bot.sessions.live_errors import NotClosedError, NotOpenError, UnreadableOffsetError
from bot.sessions.recap_rules import offset_text, pages_of, read_offset
from bot.sessions.rules import Session, SessionState
from bot.ui.text import safe_name, safe_within
from cogs.sessions.choices import check_host, chosen_session, guild_of, may_host, session_choices, sessions_ahead
from cogs.sessions.exports import FORMATS, calendar, export_file
from cogs.sessions.panel_views import closing_question
from cogs.sessions.recap import recap_message

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


class Leading(commands.Cog):
    """The commands of an open session and of one that is over, for its hosts."""

    bot: Tribekeeper

    @app_commands.command(name="open", description="Open a session now, or bring its panel back")
    @app_commands.describe(session="Which session")
    async def open_(self, interaction: Interaction, session: str) -> None:
        """`/session open`"""
        known, now = await self._hosted(interaction, session), self.bot.services.clock.now()
        live = self.bot.services.live
        if known.state is SessionState.OPEN:
            await live.post_panel(known.guild_id, known.id, now)
            how = "is open already. I posted its panel anew"
        else:
            await live.open(known.guild_id, known.id, now)
            how = "is open"
        await self._answer(interaction, f"**{safe_name(known.title)}** {how}. {await self._panel_hint(known)}")

    async def _panel_hint(self, session: Session) -> str:
        channels = (await self.bot.services.communities.get(session.guild_id)).channels
        if (hosts := channels.get(ChannelPurpose.HOSTS)) is not None:
            return f"The panel is in <#{hosts}>."
        return (
            "There is no channel for hosts yet, so there is no panel: choose one with `/setup`, then use "
            "`/session open` once more."
        )

    @app_commands.command(description="Close a session: its recap goes out")
    @app_commands.describe(session="Which session")
    async def close(self, interaction: Interaction, session: str) -> None:
        """`/session close`"""
        known = await self._hosted(interaction, session)
        if known.state is not SessionState.OPEN:
            raise NotOpenError(known)
        text, view = await closing_question(interaction, known)
        await interaction.response.send_message(text, view=view, ephemeral=True)

    @app_commands.command(description="See the recap of a session that is over, and where it stands")
    @app_commands.describe(session="Which session")
    async def recap(self, interaction: Interaction, session: str) -> None:
        """`/session recap`"""
        known = await self._hosted(interaction, session, over=True)
        if known.state is not SessionState.CLOSED:
            raise NotClosedError(known)
        await interaction.response.defer(ephemeral=True)
        export = await self.bot.services.recaps.export(known.guild_id, known.id)
        for number, page in enumerate(pages_of(export.recap, safe_within)):
            message = recap_message(known, page, number)
            await interaction.followup.send(
                embeds=message.embeds, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
            )

    @app_commands.command(description="Add the recording of a session to its recap and its program")
    @app_commands.describe(
        session="Which session",
        url="The link to the recording",
        start="Where in the recording the session was opened, like 2:30; -2:30 if the recording began later",
    )
    async def recording(self, interaction: Interaction, session: str, url: str, start: str = "") -> None:
        """`/session recording`"""
        known = await self._hosted(interaction, session, over=True)
        offset = read_offset(start) if start.strip() else None
        if start.strip() and offset is None:
            raise UnreadableOffsetError
        changed = await self.bot.services.recaps.set_recording(
            known.guild_id, known.id, url, offset, self.bot.services.clock.now()
        )
        chosen = changed.recording_offset
        sign = "-" if chosen.total_seconds() < 0 else ""
        where = f" The session opens at {sign}{offset_text(abs(chosen))} in it." if chosen else ""
        program = " Its program has it, too." if changed.program_id else ""
        await self._answer(
            interaction,
            f"The recording of **{safe_name(known.title)}** is in the recap.{program}{where} Is an offset wrong? Use "
            "this command again with another `start`.",
        )

    @app_commands.command(description="Get a session as a file")
    @app_commands.describe(session="Which session", file="As what")
    @app_commands.choices(file=[app_commands.Choice(name=name, value=ending) for name, ending in FORMATS.items()])
    async def export(self, interaction: Interaction, session: str, file: app_commands.Choice[str]) -> None:
        """`/session export`"""
        known = await self._hosted(interaction, session, over=True)
        await interaction.response.defer(ephemeral=True)
        guild = guild_of(interaction)
        if file.value == "ics":
            name, content = calendar(guild, known, self.bot.services.clock.now(), for_everybody=False)
            made = discord.File(io.BytesIO(content), name)
        else:
            made = await export_file(guild, await self.bot.services.recaps.export(guild.id, known.id), file.value)
        await interaction.followup.send(f"**{safe_name(known.title)}** as a file:", file=made, ephemeral=True)

    async def _hosted(self, interaction: Interaction, typed: str, *, over: bool = False) -> Session:
        sessions = None
        if over:
            guild = guild_of(interaction)
            ahead = await self.bot.services.sessions.list_ahead(guild.id)
            sessions = [*await self.bot.services.sessions.list_over(guild.id), *ahead]
        known = await chosen_session(interaction, typed, sessions)
        check_host(interaction, known)
        return known

    async def _answer(self, interaction: Interaction, text: str) -> None:
        await interaction.response.send_message(
            text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True
        )

    @open_.autocomplete("session")
    async def choose_to_open(self, interaction: Interaction, typed: str) -> Choices:
        """The sessions to come."""
        return await sessions_ahead(interaction, typed)

    @close.autocomplete("session")
    async def choose_to_close(self, interaction: Interaction, typed: str) -> Choices:
        """The open sessions."""
        return await sessions_ahead(interaction, typed, SessionState.OPEN)

    @recap.autocomplete("session")
    @recording.autocomplete("session")
    async def choose_over(self, interaction: Interaction, typed: str) -> Choices:
        """The sessions that are over, the latest first."""
        over = await self.bot.services.sessions.list_over(guild_of(interaction).id)
        return session_choices((one for one in over if may_host(interaction, one)), typed)

    @export.autocomplete("session")
    async def choose_to_export(self, interaction: Interaction, typed: str) -> Choices:
        """Every session, those that are over first."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        every = [*await sessions.list_over(guild.id), *await sessions.list_ahead(guild.id)]
        return session_choices((one for one in every if may_host(interaction, one)), typed)
