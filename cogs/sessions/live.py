"""Opens and closes sessions on time, and draws what hosts and members see meanwhile."""

import logging

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.outbox.rules import Post
from bot.rounds import Rounds
from bot.sessions.errors import NoSuchSessionError
from bot.sessions.live_errors import AlreadyOpenError, NotOpenError, TooEarlyError
from bot.sessions.live_service import CLOSED, CLOSED_BY_ITSELF
from bot.sessions.recap_service import RECAP
from bot.sessions.redrawing import NOW, PANEL
from bot.sessions.rules import SessionState
from bot.ui.messages import OutgoingMessage
from cogs.sessions.left import closed_message
from cogs.sessions.panel import panel_message, said_message
from cogs.sessions.recap import recap_message

log = logging.getLogger(__name__)

#: When to try again what is overdue because it failed just now, in seconds.
AGAIN_AFTER = 5.0


class Live(commands.Cog):
    """The clock of sessions, and the renderers of what is posted about an open one."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._live = bot.services.live
        self._rounds = Rounds(bot, self.look)
        self._are_panels_old = True

    async def cog_load(self) -> None:
        """Register what this cog draws, and start looking."""
        renderers = self.bot.renderers
        renderers[PANEL] = self.draw_panel
        renderers[NOW] = self.draw_said
        renderers[CLOSED] = renderers[CLOSED_BY_ITSELF] = self.draw_closed
        renderers[RECAP] = self.draw_recap
        self.bot.services.sessions.change_listeners.append(self.wake)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Stop looking. Everything is kept, so nothing is lost."""
        self.bot.services.sessions.change_listeners.remove(self.wake)
        self._rounds.stop()

    def wake(self, _guild_id: int, _session_id: int) -> None:
        """A session was planned, moved, opened, lengthened or closed."""
        self._rounds.wake()

    async def look(self) -> float | None:
        """Open what starts, close what nobody closed, keep panels young. In how many seconds something is due."""
        now = self.bot.services.clock.now()
        # After a start the panels may stand far up by now.
        await self._live.open_due(now)
        await self._live.close_due(now)
        await self._live.post_panels(now, all_of_them=self._are_panels_old)
        self._are_panels_old = False
        due_at = await self._live.next_due_at()
        if due_at is None:
            return None
        until = (due_at - now).total_seconds()
        return until if until > 0 else AGAIN_AFTER

    @commands.Cog.listener()
    async def on_scheduled_event_update(self, _before: discord.ScheduledEvent, after: discord.ScheduledEvent) -> None:
        """Who starts a session's event in Discord opens the session."""
        if after.status is not discord.EventStatus.active:
            return
        session = await self.bot.services.session_events.find_by_event(after.guild_id, after.id)
        if session is None or session.state is not SessionState.PLANNED:
            return
        try:
            await self._live.open(session.guild_id, session.id, self.bot.services.clock.now())
        except (AlreadyOpenError, NotOpenError, TooEarlyError, NoSuchSessionError):
            log.info("event started, session not opened guild=%s session=%s", session.guild_id, session.id)

    async def draw_panel(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The hosts' panel as it is now."""
        try:
            board = await self._live.board(guild.id, post.subject_id)
        except NoSuchSessionError:
            return None
        return panel_message(board)

    async def draw_said(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """What stands in the thread about a question; None where it is gone."""
        said = await self.bot.services.answering.said(post)
        return None if said is None else said_message(guild, said)

    async def draw_closed(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """What the hosts are told once a session is over."""
        try:
            left_over = await self.bot.services.leftovers.left_over(
                guild.id, post.subject_id, self.bot.services.clock.now()
            )
        except NoSuchSessionError:
            return None
        return closed_message(*left_over, by_itself=post.kind == CLOSED_BY_ITSELF)

    async def draw_recap(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A message of the recap; None where there is no such one any more."""
        page = await self.bot.services.recaps.page(guild.id, post.key, post.subject_id)
        return None if page is None else recap_message(*page)
