"""Posted cards: drawn by the outbox, and drawn anew when time changes what they say."""

import logging

import discord
from bot.discounts.service import POST
from discord.ext import commands

from bot.client import Tribekeeper
from bot.discounts import rules
from bot.discounts.errors import NoSuchDiscountError
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from cogs.discounts.actions import program_of
from cogs.discounts.cards import post_embed
from cogs.discounts.views import post_view

log = logging.getLogger(__name__)


class Keeping(commands.Cog):
    """What is drawn of a discount for everybody, and the loop that notices a start, an end or another price."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Register the card, and begin to look."""
        self.bot.renderers[POST] = self.draw_post

    async def draw_post(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The card as it should look now; None where the discount is gone."""
        services = self.bot.services
        now = services.clock.now()
        try:
            discount = await services.discounts.get(guild.id, post.subject_id)
        except NoSuchDiscountError:
            return None
        program = await program_of(services, guild.id, discount.program_id)
        view = post_view(discount, program, rules.state(discount, now))
        return OutgoingMessage(
            embeds=[post_embed(discount, program, now)], view=view, title=discount.name, publish=True
        )  # fmt: skip
