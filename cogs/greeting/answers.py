"""Notices the first answer a person gives to an introduction, and tells the hosts where none comes."""

import asyncio
import logging
from datetime import datetime

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.gateway import SeenMessage
from bot.greeting import answer_rules as rules
from bot.greeting.answer_rules import OpenCard
from bot.greeting.answer_service import INTRODUCTION, NUDGE
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from cogs.greeting.nudges import find_answer, nudge_message

log = logging.getLogger(__name__)

#: How long a stop waits for answers that are being written down, in seconds. Those it loses are found by the nudge.
FLUSH_WITHIN = 2.0


class OpenCards:
    """The cards that wait for a person, by the message's id: what an answer names, as its thread or its reference."""

    def __init__(self) -> None:
        self._by_message: dict[int, OpenCard] = {}
        self._message_of: dict[tuple[int, int], int] = {}

    def __bool__(self) -> bool:
        return bool(self._by_message)

    def __len__(self) -> int:
        return len(self._by_message)

    def get(self, message_id: int | None) -> OpenCard | None:
        """The card that is this message."""
        return None if message_id is None else self._by_message.get(message_id)

    def add(self, card: OpenCard) -> None:
        """Wait for an answer to this card, and no longer to an earlier one of the same member."""
        self.drop(card.guild_id, card.member_id)
        self._by_message[card.message_id] = card
        self._message_of[card.guild_id, card.member_id] = card.message_id

    def drop(self, guild_id: int, member_id: int) -> None:
        """Wait no longer for an answer to this member."""
        message_id = self._message_of.pop((guild_id, member_id), None)
        if message_id is not None:
            del self._by_message[message_id]

    def drop_guild(self, guild_id: int) -> None:
        """Wait for nobody in this guild any more."""
        for whose in [whose for whose in self._message_of if whose[0] == guild_id]:
            self.drop(*whose)


class FirstAnswers(commands.Cog):
    """Sees which message is the first answer to an introduction, without looking at any other for longer."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self.waiting = OpenCards()
        self._answers = bot.services.answers
        self._under_way: set[asyncio.Task[None]] = set()

    async def cog_load(self) -> None:
        """Register the nudge, and wait for answers to all cards that stand."""
        self.bot.renderers[NUDGE] = self.draw_nudge
        self.bot.sent_listeners[INTRODUCTION] = self.card_stands
        self._answers.on_closed = self.waiting.drop
        for card in await self._answers.open_cards(self.bot.services.clock.now()):
            self.waiting.add(card)
        self.bot.message_observers.append(self.observe)

    async def cog_unload(self) -> None:
        """Let the answers under way be written down."""
        self.bot.message_observers.remove(self.observe)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    def card_stands(self, post: Post, message_id: int) -> None:
        """A card was posted, perhaps anew. Where it has its answer already, the next one changes nothing."""
        self.waiting.add(OpenCard(post.guild_id, post.subject_id, post.channel_id, message_id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a guild."""
        self.waiting.drop_guild(guild.id)

    def observe(self, message: SeenMessage) -> None:
        """Two looks into a dict for every message; a task only for one that answers a card."""
        if not self.waiting:
            return
        # A thread on a message has the message's id.
        card = self.waiting.get(message.channel_id) or self.waiting.get(message.reply_to_id)
        if card is None or not rules.is_answer(card, message.author_id, by_person=message.is_by_person):
            return
        self.waiting.drop(card.guild_id, card.member_id)
        task = asyncio.create_task(self._write_down(card, message.author_id, discord.utils.snowflake_time(message.id)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _write_down(self, card: OpenCard, answerer_id: int, at: datetime) -> None:
        try:
            await self._answers.answer(card.guild_id, card.member_id, answerer_id, at)
        except Exception:
            # The next message may do; if none comes, the nudge looks for this one before it speaks.
            log.exception("answer not written down guild=%s card=%s", card.guild_id, card.message_id)
            self.waiting.add(card)

    async def draw_nudge(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tell the hosts of an unanswered introduction; None if it is answered, or the card or the member is gone."""
        nudge = await self._answers.nudge(guild.id, post.subject_id)
        if nudge is None:
            return None
        try:
            member = guild.get_member(post.subject_id) or await guild.fetch_member(post.subject_id)
            missed = await find_answer(self.bot, nudge.card)
        except discord.NotFound:
            return None
        if missed is not None:
            await self._answers.answer(guild.id, member.id, missed.author.id, missed.created_at)
            return None
        return nudge_message(guild, nudge, member, self.bot.services.clock.now())
