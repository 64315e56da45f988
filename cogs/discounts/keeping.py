"""Posted cards: drawn by the outbox, and drawn anew when time changes what they say."""

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.discounts.card_service import POST
from bot.discounts.errors import NoSuchDiscountError
from bot.outbox.rules import Post
from bot.rounds import Rounds
from bot.ui.messages import OutgoingMessage
from cogs.discounts.actions import program_of
from cogs.discounts.cards import post_embed
from cogs.discounts.views import post_view

#: How long to wait before a card that could not be drawn anew is tried again, in seconds.
AGAIN_AFTER_FAILURE = 60.0


class Keeping(commands.Cog):
    """What is drawn of a discount for everybody, and the loop that notices a start, an end or another price."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._cards = bot.services.discount_cards
        self._rounds = Rounds(bot, self.look)

    async def cog_load(self) -> None:
        """Register the card, and begin to look."""
        self.bot.renderers[POST] = self.draw_post
        self._cards.on_turn = self._rounds.wake
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Look no more. What changes meanwhile is made up for at the next start."""
        self._cards.on_turn = lambda: None
        self._rounds.stop()

    async def look(self) -> float | None:
        """Draw the cards anew whose time has come. In how many seconds the next one's comes."""
        now = self.bot.services.clock.now()
        await self._cards.turn(now)
        next_at = await self._cards.next_turn_at()
        if next_at is None or next_at <= now:  # what is due still has failed just now
            return None if next_at is None else AGAIN_AFTER_FAILURE
        return (next_at - self.bot.services.clock.now()).total_seconds()

    async def draw_post(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The card as it should look now; None where the discount is gone."""
        services = self.bot.services
        now = services.clock.now()
        try:
            discount = await services.discounts.get(guild.id, post.subject_id)
        except NoSuchDiscountError:
            return None
        program = await program_of(services, guild.id, discount.program_id)
        view = post_view(discount, program, now)
        # Not published: in the servers that follow a channel its button could find no discount.
        return OutgoingMessage(embeds=[post_embed(discount, program, now)], view=view, title=discount.name)
