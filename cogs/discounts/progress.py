"""How far something is that takes a while, shown in its message now and then."""

import time
from typing import Any

import aiohttp
import discord

Interaction = discord.Interaction[Any]

#: Seconds between two looks of the progress: Discord limits how often a message is edited.
BETWEEN_EDITS = 1.5


class Progress:
    """Shows `words` with how much is done, in the answer to an interaction."""

    def __init__(self, interaction: Interaction, words: str) -> None:
        self._interaction = interaction
        self._words = words
        self._shown_at = 0.0

    async def show(self, done: int, of: int) -> None:
        """Show it, unless it was shown just before. What Discord does not take now is left out."""
        now = time.monotonic()
        if now - self._shown_at < BETWEEN_EDITS:
            return
        self._shown_at = now
        try:
            await self._interaction.edit_original_response(content=f"{self._words}: {done:,} of {of:,} …")
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return
