"""`/discount post`: a discount's card in a channel, for everybody. Where one was put before, a host is asked."""

import re
from typing import Any

import discord
from discord import app_commands, ui

from bot.discounts import rules
from bot.discounts.rules import Discount, DiscountState
from bot.errors import UserFacingError
from bot.outbox.rules import Post
from bot.ui.permissions import how_to_grant, is_forum, missing_in, needed_to_post_in
from bot.ui.views import BaseView, LastingItem
from cogs.discounts.actions import check_host, program_of, services_of
from cogs.discounts.cards import fault_lines
from cogs.discounts.choosing import Choices, guild_of
from cogs.discounts.part import Part, answer
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]
#: Why a card that is posted gives nobody a code yet, and what a host can do.
_NO_CODES = {
    DiscountState.EMPTY: "It has no codes yet: `/discount import` takes them from a file.",
    DiscountState.PAUSED: "It is paused, and its card says so until `/discount resume`.",
    DiscountState.SOLD_OUT: "All of it is taken, and its card says so.",
}
PostChannel = discord.TextChannel | discord.ForumChannel | discord.Thread


class Posting(Part):
    """Post."""

    @app_commands.command(description="Show a discount in a channel, with a button that gives members their codes")
    @app_commands.describe(discount="Which discount", channel="Where; leave it out for this channel")
    async def post(self, interaction: Interaction, discount: str, channel: PostChannel | None = None) -> None:
        """`/discount post`"""
        chosen = await self.begin(interaction, discount)
        target = channel or interaction.channel
        if not isinstance(target, PostChannel):
            raise UserFacingError("I cannot post a card in this channel. Choose a text channel with `channel:`.")
        known = await _post(interaction, chosen, target)
        if known is None:
            await answer(interaction, await _appears(interaction, chosen, target))
        else:
            view = BaseView(timeout=None).add_item(PostAgainButton(chosen.id, target.id))
            await answer(interaction, _before(chosen, target, known), view)

    @post.autocomplete("discount")
    async def choose_discount_to_post(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts there are."""
        return await self.matching(interaction, typed)


class PostAgainButton(LastingItem[ui.Button[Any]], template=r"discounts:post:(?P<discount>\d+):(?P<channel>\d+)"):
    """Puts one more card of a discount in a channel."""

    def __init__(self, discount_id: int, channel_id: int) -> None:
        super().__init__(ui.Button(label="Post one more", custom_id=f"discounts:post:{discount_id}:{channel_id}"))
        self._discount_id = discount_id
        self._channel_id = channel_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "PostAgainButton":
        """The button as it was pressed."""
        return cls(int(match["discount"]), int(match["channel"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Post it."""
        check_host(interaction)
        guild = guild_of(interaction)
        chosen = await services_of(interaction).discounts.get(guild.id, self._discount_id)
        target = guild.get_channel_or_thread(self._channel_id)
        if not isinstance(target, PostChannel):
            raise UserFacingError("That channel is gone, or I do not see it any more. Choose another one.")
        await _post(interaction, chosen, target, once_more=True)
        await interaction.response.edit_message(content=await _appears(interaction, chosen, target), view=None)


async def _post(
    interaction: Interaction, discount: Discount, target: PostChannel, *, once_more: bool = False
) -> Post | None:
    """As `CardService.post`; raises UserFacingError where the bot may not post there."""
    if missing := missing_in(target, needed_to_post_in(target)):
        raise UserFacingError(how_to_grant(target.mention, missing))
    services = services_of(interaction)
    return await services.discount_cards.post(
        discount.guild_id, discount.id, target.id, interaction.user.id, services.clock.now(), once_more=once_more
    )


async def _appears(interaction: Interaction, discount: Discount, target: PostChannel) -> str:
    """That the card is about to appear, and what keeps members from getting a code from it."""
    services = services_of(interaction)
    now, program = services.clock.now(), await program_of(services, discount.guild_id, discount.program_id)
    lines = [f"**{called(discount)}** appears in {target.mention} in a moment; its card stays up to date by itself."]
    if why := _NO_CODES.get(rules.state(discount, now)):
        lines.append(f"⚠️ {why}")
    lines += fault_lines(discount, program, now)
    if not _is_for_everybody(target):
        lines.append(f"⚠️ Not everybody can see {target.mention}.")
    return "\n".join(lines)


def _is_for_everybody(channel: PostChannel) -> bool:
    if isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None):
        return False
    return channel.permissions_for(channel.guild.default_role).view_channel


def _before(discount: Discount, target: PostChannel, known: Post) -> str:
    if known.message_id is None:
        return f"**{called(discount)}** is about to appear in {target.mention} already. Do you want one more card?"
    # The first message of a forum's post has the id of its thread.
    place = f"{known.message_id}" if is_forum(target) else f"{target.id}/{known.message_id}"
    return (
        f"**{called(discount)}** has a card in {target.mention} already: "
        f"https://discord.com/channels/{target.guild.id}/{place}. Unless somebody deleted it, it stays up to date by "
        "itself. Do you want one more?"
    )
