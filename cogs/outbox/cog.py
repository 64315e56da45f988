"""The loop that takes due posts: one channel in order, channels side by side."""

import asyncio
import logging
from datetime import timedelta

import discord
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.outbox.rules import NOTICE, Post
from bot.ui.messages import OutgoingMessage
from cogs.outbox.cards import notice_message
from cogs.outbox.delivery import Delivery

log = logging.getLogger(__name__)

#: How long the loop sleeps at most, in seconds, should the clock jump or another process add a post.
LONGEST_SLEEP = 300.0
#: How long to wait before trying again what failed on our side, in seconds.
PAUSE_AFTER_FAILURE = 5.0
#: How long a stop waits for messages under way, in seconds.
FLUSH_WITHIN = 5.0


class Outbox(commands.Cog):
    """Sends what is due."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._outbox = bot.services.outbox
        self._delivery = Delivery(bot)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._woken = False

    async def cog_load(self) -> None:
        """Register the notice and start the loop."""
        self.bot.renderers[NOTICE] = self.draw_notice
        self._outbox.on_change = self.wake
        self.work.start()

    async def cog_unload(self) -> None:
        """Take nothing new, and wait for what is under way; what does not end in time is checked at the next start."""
        self._outbox.on_change = lambda: None
        self.work.cancel()
        if self._under_way:
            _, unfinished = await asyncio.wait(self._under_way.values(), timeout=FLUSH_WITHIN)
            for task in unfinished:
                task.cancel()

    def wake(self) -> None:
        """Look for due posts now rather than at the end of the sleep."""
        self._woken = True
        if self.work.is_running():
            self.work.change_interval(seconds=0)

    @tasks.loop(seconds=LONGEST_SLEEP)
    async def work(self) -> None:
        """Start sending the next due post of each channel, then sleep until the next one is due."""
        self._woken = False
        try:
            sleep = await self._start_due()
        except DatabaseUnavailableError:
            sleep = PAUSE_AFTER_FAILURE
        except Exception:
            log.exception("outbox round failed")
            sleep = PAUSE_AFTER_FAILURE
        self.work.change_interval(seconds=0 if self._woken else sleep)

    @work.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()

    async def _start_due(self) -> float:
        now = self.bot.services.clock.now()
        for post in await self._outbox.list_due(now):
            if post.channel_id not in self._under_way:
                task = asyncio.create_task(self._deliver(post))
                self._under_way[post.channel_id] = task
        if self._under_way:
            # The end of each of them wakes the loop.
            return LONGEST_SLEEP
        next_due = await self._outbox.next_due_at()
        wait = (next_due - now) if next_due else timedelta(seconds=LONGEST_SLEEP)
        return min(max(wait.total_seconds(), 0.05), LONGEST_SLEEP)

    async def _deliver(self, post: Post) -> None:
        try:
            await self._delivery.deliver(post)
        except Exception:
            # The post stays as it was and is tried again; other channels are not held up.
            log.exception("delivery failed post=%s", post.id)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        finally:
            self._under_way.pop(post.channel_id, None)
            self.wake()

    async def draw_notice(self, guild: discord.Guild, notice: Post) -> OutgoingMessage | None:
        """Tell the hosts which post did not go out, and why."""
        post = await self._outbox.find(guild.id, notice.subject_id)
        return None if post is None else notice_message(guild, post)
