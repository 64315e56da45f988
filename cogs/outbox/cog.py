"""What the outbox does all the time: it sends what is due, and publishes to followers what stands."""

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.outbox.rules import NOTICE, UNPUBLISHED, Post, Publication
from bot.ui.messages import OutgoingMessage
from cogs.outbox.cards import notice_message, unpublished_message
from cogs.outbox.delivery import Delivery
from cogs.outbox.lanes import Lanes
from cogs.outbox.publishing import Publisher

#: How long a stop waits for messages under way, in seconds.
FLUSH_WITHIN = 5.0


class Outbox(commands.Cog):
    """Sends what is due, and publishes it. Publishing may wait an hour, so it has a queue of its own."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._outbox = outbox = bot.services.outbox
        self._posts = Lanes[Post](bot, outbox.list_due, outbox.next_due_at, Delivery(bot).deliver)
        self._publications = Lanes[Publication](
            bot, outbox.list_to_publish, outbox.next_publish_at, Publisher(bot).publish
        )

    async def cog_load(self) -> None:
        """Register the notices and start both queues."""
        self.bot.renderers[NOTICE] = self.draw_notice
        self.bot.renderers[UNPUBLISHED] = self.draw_unpublished
        self._outbox.on_change = self._posts.wake
        self._outbox.on_publish = self._publications.wake
        self._posts.start()
        self._publications.start()

    async def cog_unload(self) -> None:
        """Take nothing new, and wait for messages under way; what does not end in time is checked at the next start.

        A publication is not waited for: done twice, it is done once.
        """
        self._outbox.on_change = self._outbox.on_publish = lambda: None
        await self._publications.stop()
        await self._posts.stop(FLUSH_WITHIN)

    async def draw_notice(self, guild: discord.Guild, notice: Post) -> OutgoingMessage | None:
        """Tell the hosts which post did not end as it should, and why."""
        post = await self._outbox.find(guild.id, notice.subject_id)
        return None if post is None else notice_message(guild, post)

    async def draw_unpublished(self, guild: discord.Guild, notice: Post) -> OutgoingMessage | None:
        """Tell the hosts which message did not go to the followers, and why."""
        post = await self._outbox.find(guild.id, notice.subject_id)
        return None if post is None else unpublished_message(guild, post)
