"""The forms of introductions and greetings."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.greeting.rules import DEFAULT_TEMPLATES, MOST_TEMPLATES, PLACEHOLDERS, Answers
from bot.ui.views import BaseModal
from cogs.greeting.cards import QUESTIONS

Interaction = discord.Interaction[Any]

#: Fields of an embed hold 1024 characters; a card should stay readable.
LONGEST_ANSWER = 600
LONGEST_TEMPLATE = 1900


class IntroductionModal(BaseModal, title="Introduce yourself"):
    """What a member tells about themselves; filled in with `known`. `submit` gets what was typed."""

    def __init__(self, known: Answers | None, submit: Callable[[Interaction, Answers], Awaitable[None]]) -> None:
        super().__init__(timeout=None)
        self._submit = submit
        told = known or Answers("", "", "")
        self.working_on = _long_text(told.working_on, "A book, a course, a change of job…")
        self.learning = _long_text(told.learning, "Anything the others might know")
        self.helping_with = _long_text(told.helping_with, "Anything others may ask you about")
        self.blog = ui.TextInput["IntroductionModal"](
            required=False, max_length=300, default=told.blog or None, placeholder="https://…"
        )
        who = [discord.Object(told.invited_by, type=discord.User)] if told.invited_by else []
        self.invited_by = ui.UserSelect["IntroductionModal"](required=False, min_values=0, default_values=who)
        self.add_item(ui.Label(text=QUESTIONS["working_on"], component=self.working_on))
        self.add_item(ui.Label(text=QUESTIONS["learning"], component=self.learning))
        self.add_item(ui.Label(text=QUESTIONS["helping_with"], component=self.helping_with))
        self.add_item(ui.Label(text="Your blog", description="If you have one", component=self.blog))
        self.add_item(
            ui.Label(text="Who told you about us?", description="If somebody here did", component=self.invited_by)
        )

    @property
    def answers(self) -> Answers:
        """What was typed."""
        people = [person for person in self.invited_by.values if not getattr(person, "bot", False)]
        return Answers(
            self.working_on.value, self.learning.value, self.helping_with.value, self.blog.value,
            people[0].id if people else None,
        )  # fmt: skip

    def again(self) -> "IntroductionModal":
        """The form with what was typed."""
        return IntroductionModal(self.answers, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.answers)


class TemplateModal(BaseModal):
    """One greeting's words. `submit` gets its number and the words."""

    def __init__(self, number: int, text: str, submit: Callable[[Interaction, int, str], Awaitable[None]]) -> None:
        super().__init__(title=f"Greeting {number} of at most {MOST_TEMPLATES}", timeout=None)
        self._number = number
        self._submit = submit
        self.words = ui.TextInput["TemplateModal"](
            style=discord.TextStyle.paragraph, required=False, max_length=LONGEST_TEMPLATE, default=text or None,
            placeholder=DEFAULT_TEMPLATES[2][:100],
        )  # fmt: skip
        placeholders = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        hint = f"I fill in {placeholders}. Empty removes this greeting."
        self.add_item(ui.Label(text="What newcomers read", description=hint, component=self.words))

    def again(self) -> "TemplateModal":
        """The form with what was typed."""
        return TemplateModal(self._number, self.words.value, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on the words."""
        await self._submit(interaction, self._number, self.words.value)


def _long_text(known: str, placeholder: str) -> ui.TextInput["IntroductionModal"]:
    return ui.TextInput(
        style=discord.TextStyle.paragraph,
        max_length=LONGEST_ANSWER,
        default=known or None,
        placeholder=placeholder,
    )
