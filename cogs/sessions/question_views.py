"""What stands under the card of a question, and *Ask a question*. All of it works after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.sessions.question_errors import NotYourQuestionError
from bot.sessions.rules import WAITING_STATES, Question
from bot.ui.views import BaseView, LastingItem
from cogs.sessions.asking_steps import begin
from cogs.sessions.choices import guild_of, may_host, services_of
from cogs.sessions.moderation_views import show_dossier
from cogs.sessions.own_questions import asker_of, show_one
from cogs.sessions.question_words import vote_text

Interaction = discord.Interaction[Any]


class AskButton(LastingItem[ui.Button[Any]], template=r"sessions:ask:(?P<session>\d+)"):
    """Opens the form for a question."""

    def __init__(self, session_id: int) -> None:
        super().__init__(ui.Button(label="Ask a question", emoji="❓", custom_id=f"sessions:ask:{session_id}"))
        self._session_id = session_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "AskButton":
        """The button as it was pressed."""
        return cls(int(match["session"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        await begin(interaction, self._session_id)


class VoteButton(LastingItem[ui.Button[Any]], template=r"sessions:vote:(?P<question>\d+)"):
    """Says that one wants to hear the answer, or takes that back."""

    def __init__(self, question_id: int, votes: int = 0, *, disabled: bool = False) -> None:
        label = f"Upvote · {votes}" if votes else "Upvote"
        custom_id = f"sessions:vote:{question_id}"
        super().__init__(
            ui.Button(
                label=label, emoji="👍", style=discord.ButtonStyle.primary, custom_id=custom_id, disabled=disabled
            )
        )
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "VoteButton":
        """The button as it was pressed."""
        return cls(int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Count the vote. The card shows it a moment later, together with those of others."""
        services = services_of(interaction)
        votes, question = await services.questions.vote(
            guild_of(interaction).id, self._question_id, asker_of(interaction), services.clock.now()
        )
        await interaction.response.send_message(vote_text(question, votes=votes), ephemeral=True)


class MoreButton(LastingItem[ui.Button[Any]], template=r"sessions:more:(?P<question>\d+)"):
    """What its asker, or a host, can do about a question."""

    def __init__(self, question_id: int) -> None:
        super().__init__(ui.Button(label="Manage", custom_id=f"sessions:more:{question_id}"))
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "MoreButton":
        """The button as it was pressed."""
        return cls(int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show an asker their question, and a host what they may decide."""
        services, guild = services_of(interaction), guild_of(interaction)
        dossier = await services.moderation.look(guild.id, self._question_id)
        if dossier.question.asker_id == interaction.user.id:
            await show_one(interaction, self._question_id)
        elif may_host(interaction, dossier.session):
            await show_dossier(interaction, dossier)
        else:
            raise NotYourQuestionError


def card_buttons(question: Question) -> BaseView:
    """*Upvote* with the count, as long as it takes votes, and *Manage*."""
    view = BaseView(timeout=None)
    view.add_item(VoteButton(question.id, question.votes, disabled=question.state not in WAITING_STATES))
    return view.add_item(MoreButton(question.id))
