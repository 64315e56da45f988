"""`/code`: members get their codes, see them again, or want none."""

from datetime import datetime
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from cogs.discounts.actions import (
    MOST_SHOWN,
    NO_CODES,
    NO_OFFERS,
    NOT_NOW,
    claimant_in,
    claimant_of,
    closed_line,
    fitting,
    give_code,
    offer_line,
    others_text,
    pressed_at,
    show_codes,
)
from cogs.discounts.choosing import Choices, chosen_discount, discount_choices, guild_of
from cogs.discounts.views import choose_code

Interaction = discord.Interaction[Any]


class Codes(commands.GroupCog, group_name="code", group_description="Your discount codes"):
    """Claim, mine, optout."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._discounts = bot.services.discounts

    async def cog_load(self) -> None:
        """Tell `/me` which codes somebody can get."""
        self.bot.offer_tellers.append(self.tell_offers)

    async def cog_unload(self) -> None:
        """Tell no more."""
        self.bot.offer_tellers.remove(self.tell_offers)

    @app_commands.command(description="Get your code, or see what is still missing")
    @app_commands.describe(discount="Which discount; leave it out to see what there is")
    async def claim(self, interaction: Interaction, discount: str | None = None) -> None:
        """`/code claim`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild, now = guild_of(interaction), pressed_at(interaction)
        if discount is not None:
            chosen = await chosen_discount(self.bot.services, guild.id, discount)
            await give_code(interaction, chosen.id)
            return
        known = await self._discounts.list_open(guild.id, now)
        if len(known) == 1:
            await give_code(interaction, known[0].id)
            return
        if not known:
            await interaction.followup.send(NO_OFFERS, ephemeral=True)
            return
        claimant = await claimant_in(interaction, now)
        await self._discounts.check_claimant(guild.id, claimant)
        offers = await self._discounts.offers(guild.id, claimant, now)
        offered = [offer.discount for offer in offers]
        offered_ids = {discount.id for discount in offered}
        others = [closed_line(each, now) for each in known if each.id not in offered_ids]
        lines = [f"• {line}" for line in (*map(offer_line, offers), *others)]
        await interaction.followup.send(
            fitting(["Which one?" if offers else NOT_NOW, *lines]),
            view=choose_code(offered) if offers else discord.utils.MISSING, ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )  # fmt: skip

    @claim.autocomplete("discount")
    async def choose_discount(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts that run."""
        now = self.bot.services.clock.now()
        return discount_choices(await self._discounts.list_open(guild_of(interaction).id, now), typed, now)

    @app_commands.command(description="See your codes again; only you see them")
    async def mine(self, interaction: Interaction) -> None:
        """`/code mine`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild, now = guild_of(interaction), self.bot.services.clock.now()
        codes = await self._discounts.codes_of(guild.id, interaction.user.id, now, MOST_SHOWN)
        if not codes:
            await interaction.followup.send(NO_CODES, ephemeral=True)
            return
        await show_codes(interaction, codes, now)
        if others := (await self._discounts.discounts_of(guild.id, interaction.user.id))[len(codes) :]:
            await interaction.followup.send(others_text(others), ephemeral=True)

    @app_commands.command(description="Be offered no codes, or be offered them again")
    @app_commands.describe(choice="On: no codes for you. Off: codes again")
    async def optout(self, interaction: Interaction, choice: Literal["on", "off"]) -> None:
        """`/code optout`"""
        is_out = choice == "on"
        await interaction.response.defer(ephemeral=True, thinking=True)
        now = self.bot.services.clock.now()
        await self._discounts.set_opt_out(guild_of(interaction).id, interaction.user.id, is_out, now)
        answer = (
            "You are offered no codes any more. Those you have stay yours: `/code mine`. `/code optout off` changes it."
            if is_out
            else "You are offered codes again: `/code claim` shows what there is."
        )
        await interaction.followup.send(answer, ephemeral=True)

    async def tell_offers(self, guild: discord.Guild, member: discord.Member, now: datetime) -> list[str]:
        """A line for each discount that runs, for the member's own card."""
        community = await self.bot.services.communities.get(guild.id)
        offers = await self._discounts.offers(guild.id, claimant_of(member, community, now), now)
        return [offer_line(offer) for offer in offers]
