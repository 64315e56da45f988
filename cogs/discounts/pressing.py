"""Buttons and selects made on the spot: what they do is given to them."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

Interaction = discord.Interaction[Any]


class DoButton(ui.Button[Any]):
    """A button that does `pressed`."""

    def __init__(
        self,
        label: str,
        pressed: Callable[[Interaction], Awaitable[None]],
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(label=label, style=style)
        self._pressed = pressed

    async def callback(self, interaction: Interaction) -> None:
        """Do it."""
        await self._pressed(interaction)


class DoSelect(ui.Select[Any]):
    """A select that hands what was chosen to `chosen`."""

    def __init__(
        self,
        hint: str,
        options: list[discord.SelectOption],
        chosen: Callable[[Interaction, str], Awaitable[None]],
    ) -> None:
        super().__init__(placeholder=hint, options=options)
        self._chosen = chosen

    async def callback(self, interaction: Interaction) -> None:
        """Hand it on."""
        await self._chosen(interaction, self.values[0])
