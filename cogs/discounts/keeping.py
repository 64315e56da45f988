"""Posted cards: drawn by the outbox, and drawn anew when time changes what they say."""

import logging

import discord
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.discounts import rules
from bot.discounts.errors import NoSuchDiscountError
from bot.discounts.service import POST
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from cogs.discounts.actions import program_of
from cogs.discounts.cards import post_embed
from cogs.discounts.views import post_view

log = logging.getLogger(__name__)

#: How long the bot sleeps at most while no card is about to change, in seconds: a host may set a nearer end meanwhile.
LONGEST_SLEEP = 300.0


class Keeping(commands.Cog):
    """What is drawn of a discount for everybody, and the loop that notices a start, an end or another price."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._discounts = bot.services.discounts

    async def cog_load(self) -> None:
        """Register the card, and begin to look."""
        self.bot.renderers[POST] = self.draw_post
        self.look.start()

    async def cog_unload(self) -> None:
        """Look no more. What changes meanwhile is made up for at the next start."""
        self.look.cancel()

    @tasks.loop(seconds=LONGEST_SLEEP)
    async def look(self) -> None:
        """Draw the cards anew whose time has come, and sleep until the next one's."""
        sleep = LONGEST_SLEEP
        try:
            await self._discounts.turn(self.bot.services.clock.now())
            next_at = await self._discounts.next_turn_at()
            if next_at is not None:
                sleep = (next_at - self.bot.services.clock.now()).total_seconds()
        except DatabaseUnavailableError:
            pass  # The database said so in the log; the cards are still due.
        except Exception:
            log.exception("cards of discounts not looked at")
        self.look.change_interval(seconds=max(1.0, min(sleep, LONGEST_SLEEP)))

    @look.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()

    async def draw_post(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The card as it should look now; None where the discount is gone."""
        services = self.bot.services
        now = services.clock.now()
        try:
            discount = await self._discounts.get(guild.id, post.subject_id)
        except NoSuchDiscountError:
            return None
        program = await program_of(services, guild.id, discount.program_id)
        view = post_view(discount, program, rules.state(discount, now))
        # Not published: in the servers that follow a channel its button could find no discount.
        return OutgoingMessage(embeds=[post_embed(discount, program, now)], view=view, title=discount.name)
