"""`/session questions`: members see theirs, hosts decide about all."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.sessions.question_rules import CHANGEABLE
from bot.sessions.rules import QuestionState
from bot.ui.views import BaseView
from cogs.sessions.choices import chosen_session, guild_of, may_host, session_choices
from cogs.sessions.moderation import QuestionPicker
from cogs.sessions.question_actions import session_to_ask
from cogs.sessions.question_cards import own_line
from cogs.sessions.question_views import OwnSelect
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

_LONGEST = 1700


class Questioning(commands.Cog):
    """The command."""

    bot: Tribekeeper

    @app_commands.command(description="See your questions, change or withdraw them; as a host, decide about all")
    @app_commands.describe(session="Which session; the next one unless you choose")
    async def questions(self, interaction: Interaction, session: str = "") -> None:
        """`/session questions`"""
        services, guild = self.bot.services, guild_of(interaction)
        if session.strip():
            ahead = await services.sessions.list_ahead(guild.id)
            known = await chosen_session(interaction, session, [*ahead, *await services.sessions.list_over(guild.id)])
        else:
            known = await session_to_ask(interaction)
        view = BaseView(timeout=None)
        asked = await services.questions.asked_by(guild.id, known.id, interaction.user.id)
        lines = [f"Your questions for {called(known)}:", *(own_line(*one) for one in reversed(asked))]
        if not asked:
            lines = [f"You have not asked anything for {called(known)} yet. `/ask` is where you do."]
        changeable = [one for one, _ in asked if one.state in (*CHANGEABLE, QuestionState.MERGED)]
        if changeable:
            view.add_item(OwnSelect(known.id, changeable))
        if may_host(interaction, known):
            every = await services.moderation.list_all(guild.id, known.id)
            pending = sum(question.state is QuestionState.PENDING for question in every)
            lines.append(f"As a host: {len(every)} in all, {pending} to approve.")
            if every:
                view.add_item(QuestionPicker("look", known.id, every))
        while sum(map(len, lines)) > _LONGEST and len(lines) > 2:
            lines.pop(-2)
        await interaction.response.send_message(
            "\n".join(lines),
            view=view if view.children else discord.utils.MISSING,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @questions.autocomplete("session")
    async def choose_with_questions(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sessions to come, and the latest ones."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        ahead = await sessions.list_ahead(guild.id)
        return session_choices([*ahead, *await sessions.list_over(guild.id)], typed)
