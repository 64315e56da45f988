"""Before a price or a recording is removed it is asked once more: neither can be brought back."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.ui.times import show
from bot.ui.views import BaseView
from cogs.programs.actions import host_guild

Interaction = discord.Interaction[Any]
Remove = Callable[[Interaction], Awaitable[None]]


async def ask_removal(
    interaction: Interaction, question: str, remove: Callable[[Interaction], Awaitable[None]]
) -> None:
    """Ask a host; on a yes `remove`, which also answers."""
    await show(interaction, question, _Removal(remove))


class _Removal(BaseView):
    def __init__(self, remove: Remove) -> None:
        super().__init__(timeout=900)
        self._remove = remove

    @ui.button(label="Remove it", style=discord.ButtonStyle.danger)
    async def remove(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Remove it. They may have lost the permission since they were asked."""
        host_guild(interaction)
        await self._remove(interaction)

    @ui.button(label="Keep it", style=discord.ButtonStyle.secondary)
    async def keep(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Change nothing."""
        await show(interaction, "Nothing was changed.")
