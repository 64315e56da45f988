"""The forms of programs, prices and recordings, with examples in their fields."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.local_time import zone_name
from bot.programs import rules
from bot.programs.rules import Draft
from bot.ui.views import BaseModal

Interaction = discord.Interaction[Any]
_PARAGRAPH = discord.TextStyle.paragraph


@dataclass(frozen=True, slots=True)
class TypedPrice:
    """What was typed into the form of a price."""

    label: str = ""
    amount: str = ""
    currency: str = ""
    starts: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class TypedRecording:
    """What was typed into the form of a recording."""

    title: str = ""
    link: str = ""
    length: str = ""
    passcode: str = ""


class ProgramModal(BaseModal):
    """What a program is. `submit` gets what was typed; a role that was deleted is chosen anew."""

    def __init__(self, title: str, draft: Draft, submit: Callable[[Interaction, Draft], Awaitable[None]]) -> None:
        super().__init__(title=title, timeout=None)
        self._submit = submit
        self.name = _field(draft.name, rules.LONGEST_NAME, "Break Out of Your Bubble")
        self.summary = _field(
            draft.summary, rules.LONGEST_SUMMARY, "Six weeks of meeting people who think differently.",
            style=_PARAGRAPH, required=False,
        )  # fmt: skip
        self.included = _field(
            draft.included, rules.LONGEST_INCLUDED, "Six live calls\nA workbook\nAll recordings",
            style=_PARAGRAPH, required=False,
        )  # fmt: skip
        self.link = _field(draft.register_url, rules.LONGEST_URL, "https://example.com/register", required=False)
        chosen = [discord.Object(draft.role_id, type=discord.Role)] if draft.role_id else []
        self.role = ui.RoleSelect["ProgramModal"](required=False, min_values=0, default_values=chosen)
        self.add_item(ui.Label(text="Name", component=self.name))
        self.add_item(ui.Label(text="What is it about?", description="Markdown works", component=self.summary))
        self.add_item(ui.Label(text="What is included?", description="One thing a line", component=self.included))
        self.add_item(ui.Label(text="Where do people register?", component=self.link))
        self.add_item(
            ui.Label(
                text="Participant role", description="Whoever has it sees the recordings", component=self.role
            )
        )  # fmt: skip

    @property
    def draft(self) -> Draft:
        """What was typed."""
        role_id = self.role.values[0].id if self.role.values else None
        return Draft(self.name.value, self.summary.value, self.included.value, self.link.value, role_id)

    def again(self) -> "ProgramModal":
        """The form with what was typed."""
        return ProgramModal(self.title, self.draft, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.draft)


class PriceModal(BaseModal):
    """One price, with dates by the clock of `zone`. `submit` gets what was typed."""

    def __init__(
        self, title: str, zone: str, typed: TypedPrice, submit: Callable[[Interaction, TypedPrice], Awaitable[None]]
    ) -> None:
        super().__init__(title=title, timeout=None)
        self._zone, self._submit = zone, submit
        self.label = _field(typed.label, rules.LONGEST_LABEL, "early")
        self.amount = _field(typed.amount, 20, "147")
        self.currency = _field(typed.currency, 30, "USD")
        self.starts = _field(typed.starts, 60, "April 1, or April 1 7pm; empty: right away", required=False)
        self.until = _field(typed.until, 60, "April 30, or May 1 7pm; empty: it has no end", required=False)
        place = f"{zone_name(zone)} time"
        self.add_item(ui.Label(text="Name of the price", component=self.label))
        self.add_item(ui.Label(text="Amount", component=self.amount))
        self.add_item(ui.Label(text="Currency", description="Such as USD, EUR or GBP", component=self.currency))
        self.add_item(ui.Label(text="From", description=f"A day alone is its start, in {place}", component=self.starts))
        self.add_item(ui.Label(text="Until", description=f"A day alone is its end, in {place}", component=self.until))

    @property
    def typed(self) -> TypedPrice:
        """What was typed."""
        return TypedPrice(
            self.label.value, self.amount.value, self.currency.value, self.starts.value, self.until.value
        )  # fmt: skip

    def again(self) -> "PriceModal":
        """The form with what was typed."""
        return PriceModal(self.title, self._zone, self.typed, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.typed)


class RecordingModal(BaseModal, title="Add a recording"):
    """One recording. `submit` gets what was typed."""

    def __init__(self, typed: TypedRecording, submit: Callable[[Interaction, TypedRecording], Awaitable[None]]) -> None:
        super().__init__(timeout=None)
        self._submit = submit
        self.recorded = _field(typed.title, rules.LONGEST_TITLE, "Week 1: The first call")
        self.link = _field(typed.link, rules.LONGEST_LINK, "https://example.com/recordings/1")
        self.length = _field(typed.length, 30, "62 min")
        self.passcode = _field(typed.passcode, rules.LONGEST_PASSCODE, "empty: none is needed", required=False)
        self.add_item(ui.Label(text="Title", component=self.recorded))
        self.add_item(ui.Label(text="Link", component=self.link))
        self.add_item(ui.Label(text="How long is it?", description="62 min, or 1:02:30", component=self.length))
        self.add_item(ui.Label(text="Passcode", description="If one is needed", component=self.passcode))

    @property
    def typed(self) -> TypedRecording:
        """What was typed."""
        return TypedRecording(self.recorded.value, self.link.value, self.length.value, self.passcode.value)

    def again(self) -> "RecordingModal":
        """The form with what was typed."""
        return RecordingModal(self.typed, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.typed)


def _field(
    known: str, longest: int, example: str, *, style: discord.TextStyle = discord.TextStyle.short, required: bool = True
) -> ui.TextInput[Any]:
    return ui.TextInput(
        style=style, required=required, max_length=longest, default=known or None, placeholder=example
    )  # fmt: skip
