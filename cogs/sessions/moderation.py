"""Draws the cards of questions, and what hosts and askers read about decisions."""

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.outbox.rules import Post
from bot.sessions.carding import DECLINED, PENDING, UNMASKED
from bot.sessions.question_errors import GoneQuestionError
from bot.sessions.redrawing import CARD
from bot.ui.messages import OutgoingMessage
from cogs.sessions.question_cards import declined_message, pending_message, question_card, unmasked_message
from cogs.sessions.question_words import question_of


class Moderation(commands.Cog):
    """Everything about questions that the outbox posts."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._questions = bot.services.questions
        self._moderation = bot.services.moderation

    async def cog_load(self) -> None:
        """Register what this cog draws."""
        renderers = self.bot.renderers
        renderers[CARD] = self.draw_card
        renderers[PENDING] = self.draw_pending
        renderers[DECLINED] = self.draw_declined
        renderers[UNMASKED] = self.draw_unmasked

    async def draw_card(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A question's card as it is now; None where it does not stand in the thread any more."""
        found = await self._questions.find(guild.id, post.subject_id)
        return question_card(guild, *found) if found else None

    async def draw_pending(self, _guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Whether a question is shown, asked of the hosts."""
        try:
            return pending_message(await self._moderation.look(post.guild_id, post.subject_id))
        except GoneQuestionError:
            return None

    async def draw_declined(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Why a host declined, to its asker."""
        found = await self._questions.find(guild.id, question_of(post))
        return declined_message(guild, *found) if found else None

    async def draw_unmasked(self, _guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Who looked up who asked, and why."""
        unmasked = await self._moderation.unmasked(post)
        if unmasked is None:
            return None
        found = await self._questions.find(post.guild_id, unmasked[1].id)
        return unmasked_message(found[0], *unmasked) if found else None
