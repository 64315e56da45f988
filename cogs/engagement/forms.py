"""The form of the levels."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.engagement.rules import ABOVE_NEW, HIGHEST
from bot.ui.views import BaseModal

Interaction = discord.Interaction[Any]


class LevelsModal(BaseModal, title="What each level takes"):
    """How many points each level takes, filled in with `known`. `submit` gets what was typed, in that order."""

    def __init__(
        self, known: Sequence[str], submit: Callable[[Interaction, list[str]], Awaitable[None]]
    ) -> None:  # fmt: skip
        super().__init__(timeout=None)
        self._submit = submit
        self._inputs = [ui.TextInput["LevelsModal"](default=points or None, max_length=10) for points in known]
        hint = f"Points, of {HIGHEST} that there are"
        for level, points in zip(ABOVE_NEW, self._inputs, strict=True):
            self.add_item(ui.Label(text=level.title, description=hint, component=points))

    def again(self) -> "LevelsModal":
        """The form with what was typed."""
        return LevelsModal([points.value for points in self._inputs], self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, [points.value for points in self._inputs])
