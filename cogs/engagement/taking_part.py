"""`/me` and *Mark as helpful*: what members see of their own taking part, and how they thank each other."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.engagement.errors import CannotMarkError
from bot.engagement.rules import MarkFacts, mark_obstacle
from bot.ui.people import find_member, is_staff
from cogs.engagement.cards import staff_layout, standing_layout, thanks_text

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

MARK = "Mark as helpful"
_TYPED = (discord.MessageType.default, discord.MessageType.reply)


class TakingPart(commands.Cog):
    """One's own card, and marks for others."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._standing = bot.services.standing
        self._menu = app_commands.ContextMenu(name=MARK, callback=self.mark)

    async def cog_load(self) -> None:
        """Offer the command in the menu of a message; those in a cog are not offered by themselves."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Offer it no longer."""
        self.bot.tree.remove_command(MARK, type=self._menu.type)

    @app_commands.command(description="See your own card: your level, what it is made of, and what is kept about it")
    async def me(self, interaction: Interaction) -> None:
        """`/me`"""
        guild, member = _who(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        community = await self.bot.services.communities.get(guild.id)
        if is_staff(member, community.host_role_id):
            await interaction.followup.send(view=staff_layout(), ephemeral=True)
            return
        card = await self._standing.card(guild.id, member.id, self.bot.services.clock.now())
        layout = standing_layout(member, card, community, await self._offers(guild, member))
        await interaction.followup.send(
            view=layout, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )  # fmt: skip

    async def _offers(self, guild: discord.Guild, member: discord.Member) -> list[str] | None:
        if not self.bot.offer_tellers:
            return None
        offers: list[str] = []
        for teller in self.bot.offer_tellers:
            try:
                offers += await teller(guild, member, self.bot.services.clock.now())
            except Exception:
                # The card is worth reading without them.
                log.exception("offers not told guild=%s", guild.id)
        return offers

    async def mark(self, interaction: Interaction, message: discord.Message) -> None:
        """*Mark as helpful*"""
        guild, giver = _who(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        author = None if message.webhook_id else await find_member(guild, message.author.id)
        community = await self.bot.services.communities.get(guild.id)
        obstacle = mark_obstacle(
            MarkFacts(
                is_own=message.author.id == giver.id,
                is_by_bot=message.author.bot or message.webhook_id is not None,
                is_typed=message.type in _TYPED,
                is_author_here=author is not None,
                is_author_host=author is not None and is_staff(author, community.host_role_id),
            )
        )
        if obstacle is not None:
            raise CannotMarkError(obstacle)
        assert author is not None, "who is not here cannot be marked"
        await self._standing.mark_helpful(
            guild.id, giver.id, author.id, self.bot.services.clock.now(), channel_ids=_places(interaction)
        )
        await interaction.followup.send(thanks_text(author), ephemeral=True)


def _places(interaction: Interaction) -> list[int]:
    """The channel a message stands in, and the one its thread belongs to."""
    channel = interaction.channel
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    return [place for place in (interaction.channel_id, parent_id) if place is not None]


def _who(interaction: Interaction) -> tuple[discord.Guild, discord.Member]:
    assert interaction.guild is not None, "this is offered in guilds only"
    assert isinstance(interaction.user, discord.Member), "this is offered in guilds only"
    return interaction.guild, interaction.user
