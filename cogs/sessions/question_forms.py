"""The forms of questions. What was typed is never lost."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.sessions.question_rules import LONGEST_REASON
from bot.sessions.rules import LONGEST_CONTEXT, LONGEST_QUESTION, SHORTEST_QUESTION
from bot.ui.views import BaseModal

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it was typed."""

    text: str = ""
    context: str = ""
    anonymous: bool = False


class QuestionModal(BaseModal):
    """The words of a question. `hint` says how many are left; `anonymous` offers to hide one's name."""

    def __init__(
        self,
        heading: str,
        draft: Draft,
        submit: Callable[[Interaction, Draft], Awaitable[None]],
        *,
        hint: str = "",
        anonymous: bool = False,
    ) -> None:
        super().__init__(title=heading, timeout=None)
        self._heading, self._submit, self._hint, self._anonymous = heading, submit, hint, anonymous
        text = ui.TextInput["QuestionModal"]
        self.question = text(
            custom_id="question", style=discord.TextStyle.paragraph, min_length=SHORTEST_QUESTION,
            max_length=LONGEST_QUESTION, default=draft.text[:LONGEST_QUESTION] or None,
            placeholder="One question, as clear as you can",
        )  # fmt: skip
        self.context = text(
            custom_id="context", style=discord.TextStyle.paragraph, required=False, max_length=LONGEST_CONTEXT,
            default=draft.context or None, placeholder="What should the hosts know to answer it well?",
        )  # fmt: skip
        self.hidden = ui.Checkbox["QuestionModal"](custom_id="anonymous", default=draft.anonymous)
        limits = f"{SHORTEST_QUESTION} to {LONGEST_QUESTION} characters"
        about = f"{limits}. {hint}".strip()[:100]
        self.add_item(ui.Label(text="Your question", description=about, component=self.question))
        self.add_item(ui.Label(text="Context", description="Optional", component=self.context))
        if anonymous:
            how = "Nobody sees your name. A host can look it up only for a reason they must give."
            self.add_item(ui.Label(text="Ask anonymously", description=how, component=self.hidden))

    @property
    def draft(self) -> Draft:
        """What was typed."""
        return Draft(self.question.value, self.context.value, self._anonymous and self.hidden.value)

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.draft)

    def again(self) -> "QuestionModal":
        """The form with what was typed."""
        return QuestionModal(self._heading, self.draft, self._submit, hint=self._hint, anonymous=self._anonymous)


class ReasonModal(BaseModal):
    """Why a host decides so; `about` says who will read it."""

    def __init__(
        self, heading: str, about: str, submit: Callable[[Interaction, str], Awaitable[None]], typed: str = ""
    ) -> None:
        super().__init__(title=heading, timeout=None)
        self._heading, self._about, self._submit = heading, about, submit
        self.reason = ui.TextInput["ReasonModal"](
            custom_id="reason", style=discord.TextStyle.paragraph, max_length=LONGEST_REASON, default=typed or None
        )
        self.add_item(ui.Label(text="Reason", description=about[:100], component=self.reason))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.reason.value)

    def again(self) -> "ReasonModal":
        """The form with what was typed."""
        return ReasonModal(self._heading, self._about, self._submit, self.reason.value)
