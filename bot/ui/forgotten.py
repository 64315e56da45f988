"""A press that nothing waits for any more, as after a restart, is answered with a sentence instead of with silence."""

import asyncio
from typing import Any

import discord
from discord.ext import commands
from discord.ui.view import ViewStore

from bot.errors import UserFacingError
from bot.ui.errors import reply_error

FORGOTTEN = (
    "I no longer know what this was about: it is done, it waited too long, or I was started anew since. Your press "
    "changed nothing. To go on, please give the command again, or press the button it began with."
)


def answer_forgotten(bot: commands.AutoShardedBot) -> None:
    """Let `bot` answer presses of its buttons and menus that discord.py would drop without a word."""
    state = bot._connection  # pyright: ignore[reportPrivateUsage]
    assert isinstance(state._view_store, ViewStore), "discord.py keeps its views elsewhere now"  # pyright: ignore[reportPrivateUsage]
    state._view_store = _AnsweringStore(state)  # pyright: ignore[reportPrivateUsage]


class _AnsweringStore(ViewStore):
    # Forms stay as they are: one that gets no answer is kept open by Discord, with all that was typed.

    def dispatch_view(self, component_type: int, custom_id: str, interaction: discord.Interaction[Any]) -> None:
        if self._waits_for(component_type, custom_id, interaction.message):
            super().dispatch_view(component_type, custom_id, interaction)
        elif interaction.application_id == interaction.client.application_id:
            self.add_task(asyncio.create_task(reply_error(interaction, UserFacingError(FORGOTTEN))))

    def _waits_for(self, component_type: int, custom_id: str, message: discord.Message | None) -> bool:
        # Before anything runs: what is pressed may well be forgotten by the time it has answered.
        places = [None] if message is None else [message.id, None]
        return any((component_type, custom_id) in self._views.get(place, {}) for place in places) or any(
            template.fullmatch(custom_id) for template in self._dynamic_items
        )
