"""The buttons with which members say whether they come. They work after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.ui.views import BaseView, LastingItem
from cogs.sessions import actions

Interaction = discord.Interaction[Any]

_LOOKS = {
    "coming": ("I’m coming", "👍", discord.ButtonStyle.success),
    "maybe": ("Maybe", "🤔", discord.ButtonStyle.secondary),
    "not": ("I can’t come", None, discord.ButtonStyle.secondary),
}


class ComingButton(LastingItem[ui.Button[Any]], template=r"sessions:(?P<answer>coming|maybe|not):(?P<session>\d+)"):
    """Says that somebody comes, perhaps, or not."""

    def __init__(self, session_id: int, answer: str) -> None:
        label, emoji, style = _LOOKS[answer]
        super().__init__(ui.Button(label=label, emoji=emoji, style=style, custom_id=f"sessions:{answer}:{session_id}"))
        self._session_id = session_id
        self._answer = answer

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ComingButton":
        """The button as it was pressed."""
        return cls(int(match["session"]), match["answer"])

    async def pressed(self, interaction: Interaction) -> None:
        """Keep the answer."""
        taking_back = BaseView(timeout=None)
        if self._answer != "not":
            taking_back.add_item(ComingButton(self._session_id, "not"))
        await actions.say(interaction, self._session_id, self._answer, taking_back)
