"""Looks at blogs when they are due, and tells hosts what needs them."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.feeds.delivery_rules import Choice, next_slot
from bot.feeds.poll_service import STOPPED, TROUBLE
from bot.feeds.post_rules import FeedPost
from bot.feeds.post_service import HELD, POST
from bot.feeds.service import PROPOSAL
from bot.outbox.rules import Post, PostState
from bot.rounds import Rounds
from bot.ui.messages import OutgoingMessage
from bot.ui.views import BaseView
from cogs.feeds import notices
from cogs.feeds.cards import entry_card, post_message
from cogs.feeds.views import HeldButton, ProposalButton

log = logging.getLogger(__name__)

#: How often the bot looks whether another blog is due while it reads some, in seconds.
LOOK_EVERY = 15.0


class Polling(commands.Cog):
    """The loop, and what is drawn of its outcome."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._feeds = bot.services.feeds
        self._polls = bot.services.polls
        self._posts = bot.services.feed_posts
        self._under_way: set[asyncio.Task[None]] = set()
        self._rounds = Rounds(bot, self.poll)

    async def cog_load(self) -> None:
        """Register what this cog draws, and start looking."""
        self.bot.renderers[POST] = self.draw_post
        self.bot.renderers[HELD] = self.draw_held
        self.bot.renderers[PROPOSAL] = self.draw_proposal
        self.bot.renderers[TROUBLE] = self.draw_trouble
        self.bot.renderers[STOPPED] = self.draw_stopped
        self._polls.on_hurry = self._feeds.on_hurry = self._rounds.wake
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Stop looking. What was being read is read again at the next start."""
        self._rounds.stop()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._feeds.close()

    async def poll(self) -> float | None:
        """Read every blog that is due. The next look does not wait until the slowest of them has answered."""
        sleep = 0.0 if self._under_way else await self._until_due()
        if sleep is None or sleep > 0:
            return sleep
        task = asyncio.create_task(self._poll_due())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return LOOK_EVERY

    async def _until_due(self) -> float | None:
        now = self.bot.services.clock.now()
        due_at = await self._polls.next_due_at(now)
        return None if due_at is None else (due_at - now).total_seconds()

    async def _poll_due(self) -> None:
        try:
            await self._polls.poll_due(self.bot.services.clock.now())
        except DatabaseUnavailableError:
            pass  # The database said so in the log; the blogs are still due.
        except Exception:
            log.exception("blogs not polled")

    async def draw_post(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A blog post; None where nothing is left of it."""
        found = await self._posts.get(guild.id, post.subject_id)
        if found is None or not found.entries:
            return None
        if post.state is PostState.WAITING and found.feed.owner_id is not None and await self._is_put_off(found):
            return None
        return post_message(guild, found)

    async def _is_put_off(self, post: FeedPost) -> bool:
        """Whether a member's post comes less than a day after their last one, as it may after an outage."""
        last, now = await self._feeds.last_post(post.feed), self.bot.services.clock.now()
        slot = next_slot(discord.utils.snowflake_time(last.message_id) if last else None, now)
        if slot > now:
            await self._posts.defer(post, slot, now)
        return slot > now

    async def draw_held(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Asks the host about entries that came all at once; None if nothing waits any more."""
        feed = await self._feeds.find(guild.id, post.subject_id)
        held = await self._posts.held(guild.id, post.subject_id)
        if feed is None or not held:
            return None
        view = BaseView(timeout=None)
        for choice in Choice:
            view.add_item(HeldButton(feed.id, choice))
        return OutgoingMessage(notices.held_text(feed, held), view=view)

    async def draw_proposal(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Asks the host about a member's own blog; None if that is decided."""
        feed = await self._feeds.find_proposal(guild.id, post.subject_id)
        if feed is None:
            return None
        newest = await self._feeds.newest_or_none(feed)
        view = BaseView(timeout=None).add_item(ProposalButton(feed.id, "approve"))
        view.add_item(ProposalButton(feed.id, "decline"))
        return OutgoingMessage(
            notices.proposal_text(feed, is_empty=not newest), [entry_card(feed, entry) for _, entry in newest], view
        )

    async def draw_trouble(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tells the host that a blog cannot be read, and why."""
        feed = await self._feeds.find(guild.id, post.subject_id)
        return None if feed is None else OutgoingMessage(notices.trouble_text(feed))

    async def draw_stopped(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tells the host that a blog is not looked at any more, why, and how to resume."""
        feed = await self._feeds.find(guild.id, post.subject_id)
        return None if feed is None or not feed.is_paused else OutgoingMessage(notices.stopped_text(feed))
