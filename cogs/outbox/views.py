"""The button under a notice."""

import re
from typing import Any

import discord
from discord import ui

from bot.ui.views import LastingItem


class RetryButton(LastingItem[ui.Button[Any]], template=r"outbox:retry:(?P<post>\d+)"):
    """Gives a failed post another chance, once the host mended what was wrong."""

    def __init__(self, post_id: int) -> None:
        super().__init__(ui.Button(label="Try again", custom_id=f"outbox:retry:{post_id}"))
        self._post_id = post_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "RetryButton":
        """The button as it was pressed."""
        return cls(int(match["post"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Try again what failed."""
        services = interaction.client.services
        post = await services.outbox.retry(interaction.guild_id, self._post_id, services.clock.now())
        failing = "Discord refuses for another week" if post.is_outdated else "it fails"
        await interaction.response.edit_message(content=f"Trying again. If {failing}, I say so here.", view=None)
