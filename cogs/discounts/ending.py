"""`/discount end` asks once more: what is over stays over. The answers work at any time, also after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.discounts.rules import Discount
from bot.ui.views import BaseView, LastingItem
from cogs.discounts.actions import check_host, services_of
from cogs.discounts.choosing import guild_of
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]

_ANSWERS = {
    "yes": ("End it for good", discord.ButtonStyle.danger),
    "no": ("Keep it", discord.ButtonStyle.secondary),
}


class EndButton(LastingItem[ui.Button[Any]], template=r"discounts:end:(?P<discount>\d+):(?P<answer>yes|no)"):
    """Answers the question whether to end a discount."""

    def __init__(self, discount_id: int, answer: str) -> None:
        label, style = _ANSWERS[answer]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"discounts:end:{discount_id}:{answer}"))
        self._discount_id = discount_id
        self._answer = answer

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "EndButton":
        """The button as it was pressed."""
        return cls(int(match["discount"]), match["answer"])

    async def pressed(self, interaction: Interaction) -> None:
        """End it, or change nothing."""
        check_host(interaction)
        said = "Nothing was changed."
        if self._answer == "yes":
            services, guild = services_of(interaction), guild_of(interaction)
            now = services.clock.now()
            ended = await services.discounts.end(guild.id, self._discount_id, interaction.user.id, now)
            said = f"**{called(ended)}** is over. Who has a code keeps it; your shop decides about those."
        await interaction.response.edit_message(content=said, view=None)


def ask_end(discount: Discount) -> tuple[str, BaseView]:
    """The question, and its two answers."""
    text = (
        f"End **{called(discount)}** for good? Nobody gets a code of it any more, and this cannot be undone. "
        "`/discount pause` stops it for now."
    )
    answers = [EndButton(discount.id, answer) for answer in _ANSWERS]
    return text, BaseView(timeout=None).add_item(answers[0]).add_item(answers[1])
