"""The buttons under an alert, and the question before a kick. All work after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.ui.views import BaseView, LastingItem
from cogs.impostors import actions
from cogs.impostors.cards import name_of

Interaction = discord.Interaction[Any]

FINE, ASK, KICK, LEAVE = "fine", "ask", "kick", "leave"
_LABELS = {FINE: "This is fine", ASK: "Kick", KICK: "Kick them", LEAVE: "Leave them"}
_DANGER = (ASK, KICK)


class AlertButton(LastingItem[ui.Button[Any]], template=r"impostors:(?P<action>fine|ask):(?P<lookalike>\d+)"):
    """A decision about a look-alike; a kick is asked about once more."""

    def __init__(self, action: str, lookalike_id: int) -> None:
        super().__init__(_button(action, f"impostors:{action}:{lookalike_id}"))
        self._action = action
        self._lookalike_id = lookalike_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "AlertButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["lookalike"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Remember that it is fine, or ask before kicking."""
        if self._action == FINE:
            await actions.call_fine(interaction, self._lookalike_id)
            return
        _, target = await actions.kickable(interaction, self._lookalike_id)
        assert interaction.message is not None, "the button stands under an alert"
        view = BaseView(timeout=None)
        for action in (KICK, LEAVE):
            view.add_item(ConfirmButton(action, self._lookalike_id, interaction.message.id))
        await interaction.response.send_message(
            f"Kick {name_of(target)} ({target.mention})? A new invite would let them back in.",
            view=view,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


class ConfirmButton(
    LastingItem[ui.Button[Any]],
    template=r"impostors:(?P<action>kick|leave):(?P<lookalike>\d+):(?P<alert>\d+)",
):
    """The answer to the question before a kick; `alert_id` is the message that will tell of it."""

    def __init__(self, action: str, lookalike_id: int, alert_id: int) -> None:
        super().__init__(_button(action, f"impostors:{action}:{lookalike_id}:{alert_id}"))
        self._action = action
        self._lookalike_id = lookalike_id
        self._alert_id = alert_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ConfirmButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["lookalike"]), int(match["alert"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Kick, or leave everything as it is."""
        if self._action == KICK:
            await actions.kick(interaction, self._lookalike_id, self._alert_id)
        else:
            await interaction.response.edit_message(content="I left everything as it is.", view=None)


def decision_buttons(lookalike_id: int) -> ui.ActionRow[Any]:
    """What can be decided about a look-alike."""
    row: ui.ActionRow[Any] = ui.ActionRow()
    return row.add_item(AlertButton(FINE, lookalike_id)).add_item(AlertButton(ASK, lookalike_id))


def _button(action: str, custom_id: str) -> ui.Button[Any]:
    style = discord.ButtonStyle.danger if action in _DANGER else discord.ButtonStyle.secondary
    return ui.Button(label=_LABELS[action], style=style, custom_id=custom_id)
