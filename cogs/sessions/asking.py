"""`/ask`, *Ask in the next Q&A*, and what of `/session` is about questions."""

from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.sessions.rules import LONGEST_QUESTION, Session
from bot.ui.text import shortened
from cogs.sessions.asking_steps import NO_SESSION, NO_TEXT, InviteButton, begin, invitation_embed
from cogs.sessions.choices import (
    check_gate,
    check_host,
    chosen_session,
    guild_of,
    may_host,
    services_of,
    session_choices,
)
from cogs.sessions.moderation_views import ReviewSelect, lists
from cogs.sessions.own_questions import show_all
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]

#: Nobody is asked about their messages more often than that, whoever wants to hear an answer.
BETWEEN_INVITATIONS = timedelta(minutes=10)


class Asking(commands.Cog):
    """The ways to ask that stand outside of a session's card."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        #: When members were last asked whether something they wrote may be asked, by guild and member.
        self._invited: dict[tuple[int, int], datetime] = {}
        self._menu = app_commands.ContextMenu(name="Ask in the next Q&A", callback=self.ask_message)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Offer the menu."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Offer it no longer."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(description="Ask a question for the next Q&A")
    @app_commands.describe(session="For which session; the next one unless you choose")
    @app_commands.guild_only()
    async def ask(self, interaction: Interaction, session: str | None = None) -> None:
        """`/ask`"""
        known = await _session_to_ask_in(interaction, session)
        await begin(interaction, known.id)

    @ask.autocomplete("session")
    async def choose_to_ask(self, interaction: Interaction, typed: str) -> Choices:
        """The sessions that are open or to come."""
        ahead = await self.bot.services.sessions.list_ahead(guild_of(interaction).id, interaction.created_at)
        return session_choices(ahead, typed)

    async def ask_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask what a message says; whoever wrote it is asked first, unless it is one's own."""
        known = await _session_to_ask_in(interaction, None)
        text = shortened(message.content.strip(), LONGEST_QUESTION)
        if not text:
            raise UserFacingError(NO_TEXT)
        if message.author.id == interaction.user.id:
            await begin(interaction, known.id, text)
            return
        if message.author.bot or message.webhook_id is not None:
            raise UserFacingError("A person did not write this. `/ask` lets you ask it in your own words.")
        check_gate(interaction, known)
        await self._invite(interaction, known, message, text)

    async def _invite(self, interaction: Interaction, session: Session, message: discord.Message, text: str) -> None:
        guild, author, now = guild_of(interaction), message.author, self.bot.services.clock.now()
        self._invited = {one: at for one, at in self._invited.items() if now - at < BETWEEN_INVITATIONS}
        if (guild.id, author.id) in self._invited:
            raise UserFacingError(
                f"{author.mention} was asked about a message just now. Give them a few minutes, or use `/ask` to ask "
                "it in your own words."
            )
        self._invited[guild.id, author.id] = now
        view = discord.ui.View(timeout=None)
        view.add_item(InviteButton("yes", session.id, author.id)).add_item(InviteButton("no", session.id, author.id))
        await interaction.response.send_message(
            f"{author.mention}, {interaction.user.mention} would like to hear an answer to what you wrote, at "
            f"{called(session)}, {discord.utils.format_dt(session.starts_at, 'f')}. Will you ask it?",
            embed=invitation_embed(text, message.jump_url),
            view=view,
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[author]),
        )


class Questioning(commands.Cog):
    """`/session questions` and `/session review`: a part of the `/session` group."""

    bot: Tribekeeper

    @app_commands.command(description="See what you asked for a session, change it or withdraw it")
    @app_commands.describe(session="Which session; the next one unless you choose")
    async def questions(self, interaction: Interaction, session: str | None = None) -> None:
        """`/session questions`"""
        await show_all(interaction, await self._any_session(interaction, session))

    @app_commands.command(description="Read a session’s questions as a host: approve, decline, edit, merge")
    @app_commands.describe(session="Which session; the next one unless you choose")
    async def review(self, interaction: Interaction, session: str | None = None) -> None:
        """`/session review`"""
        known = await self._any_session(interaction, session)
        check_host(interaction, known)
        asked = await self.bot.services.moderation.list_all(known.guild_id, known.id)
        if not asked:
            text = f"Nobody has asked anything for {called(known)} yet."
            await interaction.response.send_message(text, ephemeral=True)
            return
        count = "1 question" if len(asked) == 1 else f"{len(asked)} questions"
        await interaction.response.send_message(
            f"{count} for {called(known)}. Those that wait for approval come first.",
            view=lists(ReviewSelect, known.id, asked),
            ephemeral=True,
        )

    async def _any_session(self, interaction: Interaction, typed: str | None) -> Session:
        """A session that was named, also one that is over; else the next one, else the latest."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        ahead = await sessions.list_ahead(guild.id, interaction.created_at)
        every = [*ahead, *await sessions.list_over(guild.id)]
        if typed is not None:
            return await chosen_session(interaction, typed, every)
        known = await sessions.next_for_asking(guild.id, interaction.created_at) or next(iter(every), None)
        if known is None:
            raise UserFacingError(NO_SESSION)
        return known

    @questions.autocomplete("session")
    async def choose_asked_in(self, interaction: Interaction, typed: str) -> Choices:
        """Every session, those to come first."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        every = [*await sessions.list_ahead(guild.id, interaction.created_at), *await sessions.list_over(guild.id)]
        return session_choices(every, typed)

    @review.autocomplete("session")
    async def choose_to_review(self, interaction: Interaction, typed: str) -> Choices:
        """The sessions whoever asks may lead, those to come first."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        every = [*await sessions.list_ahead(guild.id, interaction.created_at), *await sessions.list_over(guild.id)]
        return session_choices((one for one in every if may_host(interaction, one)), typed)


async def _session_to_ask_in(interaction: Interaction, typed: str | None) -> Session:
    """The session that was named, or the next one. Raises NoSuchSessionError, UserFacingError."""
    if typed is not None:
        return await chosen_session(interaction, typed)
    guild = guild_of(interaction)
    known = await services_of(interaction).sessions.next_for_asking(guild.id, interaction.created_at)
    if known is None:
        raise UserFacingError(NO_SESSION)
    return known
