"""The buttons under posts and notices of blogs. All work after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.feeds.delivery_rules import Choice
from bot.ui.views import LastingItem
from cogs.feeds import actions

Interaction = discord.Interaction[Any]

_HELD = {
    Choice.POST_ALL: ("Post all", discord.ButtonStyle.primary),
    Choice.NEWEST_ONLY: ("Newest only", discord.ButtonStyle.secondary),
    Choice.MARK_READ: ("Mark as read", discord.ButtonStyle.secondary),
}
_PROPOSAL = {
    "approve": ("Approve", discord.ButtonStyle.success),
    "decline": ("Decline", discord.ButtonStyle.secondary),
}


class FollowButton(LastingItem[ui.Button[Any]], template=r"feeds:follow:(?P<feed>\d+)"):
    """Gives the feed's role, or takes it back."""

    def __init__(self, feed_id: int) -> None:
        super().__init__(ui.Button(label="Follow", emoji="🔔", custom_id=f"feeds:follow:{feed_id}"))
        self._feed_id = feed_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "FollowButton":
        """The button as it was pressed."""
        return cls(int(match["feed"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Follow, or follow no longer."""
        await actions.toggle_role(interaction, self._feed_id)


class HeldButton(
    LastingItem[ui.Button[Any]], template=r"feeds:held:(?P<feed>\d+):(?P<choice>post all|newest only|mark as read)"
):
    """Decides about entries that came all at once."""

    def __init__(self, feed_id: int, choice: Choice) -> None:
        label, style = _HELD[choice]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"feeds:held:{feed_id}:{choice}"))
        self._feed_id = feed_id
        self._choice = choice

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "HeldButton":
        """The button as it was pressed."""
        return cls(int(match["feed"]), Choice(match["choice"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Do what was chosen."""
        await actions.decide_held(interaction, self._feed_id, self._choice)


class ProposalButton(LastingItem[ui.Button[Any]], template=r"feeds:proposal:(?P<feed>\d+):(?P<answer>approve|decline)"):
    """Answers a member who shared their blog."""

    def __init__(self, feed_id: int, answer: str) -> None:
        label, style = _PROPOSAL[answer]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"feeds:proposal:{feed_id}:{answer}"))
        self._feed_id = feed_id
        self._answer = answer

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ProposalButton":
        """The button as it was pressed."""
        return cls(int(match["feed"]), match["answer"])

    async def pressed(self, interaction: Interaction) -> None:
        """Follow the blog, or forget that it was shared."""
        await actions.answer_proposal(interaction, self._feed_id, approve=self._answer == "approve")
