"""What the parts of the `/discount` group share."""

from typing import Any

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.discounts.rules import Discount
from cogs.discounts.choosing import Choices, chosen_discount, discount_choices, guild_of

Interaction = discord.Interaction[Any]


class Part(commands.Cog):
    """A part of the `/discount` group."""

    bot: Tribekeeper

    async def begin(self, interaction: Interaction, typed: str) -> Discount:
        """Say that the answer takes a moment, and find the discount that was meant. Raises NoSuchDiscountError."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        return await chosen_discount(self.bot.services, guild_of(interaction).id, typed)

    async def matching(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts of the guild to pick from; a host's affair."""
        if not interaction.permissions.manage_guild:
            return []
        known = await self.bot.services.discounts.list_all(guild_of(interaction).id)
        return discount_choices(known, typed, self.bot.services.clock.now())


async def answer(interaction: Interaction, text: str, view: discord.ui.View | None = None) -> None:
    """Answer whoever asked, for them alone, after the answer was deferred."""
    await interaction.followup.send(
        text, view=view or discord.utils.MISSING, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )
