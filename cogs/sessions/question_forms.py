"""The forms of questions: asking and changing one, and a host's reason."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.sessions.question_rules import LONGEST_REASON
from bot.sessions.rules import LONGEST_CONTEXT, LONGEST_QUESTION, SHORTEST_QUESTION
from bot.ui.text import shortened
from bot.ui.views import BaseModal

Interaction = discord.Interaction[Any]

_LONGEST_HEADING, _LONGEST_HINT = 45, 100


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form of a question."""

    text: str = ""
    context: str = ""
    anonymous: bool = False


Submit = Callable[[Interaction, Typed], Awaitable[None]]
GiveReason = Callable[[Interaction, str], Awaitable[None]]


class QuestionModal(BaseModal):
    """A question, its context, and where `offers_anonymous` whether the name is shown."""

    def __init__(self, heading: str, hint: str, typed: Typed, submit: Submit, *, offers_anonymous: bool) -> None:
        super().__init__(title=shortened(heading, _LONGEST_HEADING), timeout=None)
        self._heading, self._hint, self._submit = heading, hint, submit
        text = ui.TextInput["QuestionModal"]
        # Discord refuses a form whose text is shorter than what it asks for.
        known = typed.text[:LONGEST_QUESTION] if len(typed.text) >= SHORTEST_QUESTION else None
        self.question = text(
            custom_id="question", style=discord.TextStyle.paragraph, default=known,
            min_length=SHORTEST_QUESTION, max_length=LONGEST_QUESTION,
        )  # fmt: skip
        self.context = text(
            custom_id="context", style=discord.TextStyle.paragraph, default=typed.context or None, required=False,
            max_length=LONGEST_CONTEXT,
        )  # fmt: skip
        self.anonymous = ui.Checkbox["QuestionModal"](custom_id="anonymous", default=typed.anonymous)
        self._offers_anonymous = offers_anonymous
        hint = shortened(hint, _LONGEST_HINT)
        self.add_item(ui.Label(text="Your question", description=hint, component=self.question))
        about = "What the hosts should know to answer well. Everybody can read it."
        self.add_item(ui.Label(text="Context", description=about, component=self.context))
        if offers_anonymous:
            hidden = "Your name is shown to nobody. A host who must know leaves a record that you can read."
            self.add_item(ui.Label(text="Ask anonymously", description=hidden, component=self.anonymous))

    @property
    def typed(self) -> Typed:
        """What was typed."""
        return Typed(self.question.value, self.context.value, self._offers_anonymous and bool(self.anonymous.value))

    def again(self) -> "QuestionModal":
        """The form with what was typed."""
        return QuestionModal(
            self._heading, self._hint, self.typed, self._submit, offers_anonymous=self._offers_anonymous
        )

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.typed)


class ReasonModal(BaseModal):
    """A host's reason."""

    def __init__(self, heading: str, hint: str, give: GiveReason, reason: str = "") -> None:
        super().__init__(title=shortened(heading, _LONGEST_HEADING), timeout=None)
        self._heading, self._hint, self._give = heading, hint, give
        self.reason = ui.TextInput["ReasonModal"](
            custom_id="reason", style=discord.TextStyle.paragraph, max_length=LONGEST_REASON, default=reason or None
        )
        self.add_item(ui.Label(text="Reason", description=hint, component=self.reason))

    def again(self) -> "ReasonModal":
        """The form with what was typed."""
        return ReasonModal(self._heading, self._hint, self._give, self.reason.value)

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Hand on the reason."""
        await self._give(interaction, self.reason.value)
