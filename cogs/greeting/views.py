"""The buttons under greetings and cards."""

import re
from typing import Any

import discord
from discord import ui

from bot.ui.views import LastingItem
from cogs.greeting import actions

Interaction = discord.Interaction[Any]

_DECISIONS = {
    "resume": ("Resume", discord.ButtonStyle.primary),
    "skip": ("Skip these", discord.ButtonStyle.secondary),
}


class IntroduceButton(LastingItem[ui.Button[Any]], template=r"greeting:introduce"):
    """Opens the introduction's form."""

    def __init__(self) -> None:
        super().__init__(
            ui.Button(label="Introduce yourself", style=discord.ButtonStyle.primary, custom_id="greeting:introduce")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "IntroduceButton":
        """The button as it was pressed."""
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        await actions.open_introduction(interaction)


class HelloButton(LastingItem[ui.Button[Any]], template=r"greeting:hi:(?P<member>\d+)"):
    """Says hi to the member whose card it stands under."""

    def __init__(self, member_id: int) -> None:
        super().__init__(ui.Button(label="Say hi", emoji="👋", custom_id=f"greeting:hi:{member_id}"))
        self._member_id = member_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "HelloButton":
        """The button as it was pressed."""
        return cls(int(match["member"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the card's thread at the first hello, and lead there."""
        await actions.say_hello(interaction, self._member_id)


class HeldButton(LastingItem[ui.Button[Any]], template=r"greeting:held:(?P<decision>resume|skip)"):
    """Decides about the newcomers whose greetings are held."""

    def __init__(self, decision: str) -> None:
        label, style = _DECISIONS[decision]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"greeting:held:{decision}"))
        self._decision = decision

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "HeldButton":
        """The button as it was pressed."""
        return cls(match["decision"])

    async def pressed(self, interaction: Interaction) -> None:
        """Greet those who waited, or not."""
        await actions.decide_held(interaction, greet=self._decision == "resume")
