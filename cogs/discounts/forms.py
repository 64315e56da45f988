"""The forms of discounts. They only ask: what was typed goes to `submit`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.discounts.condition_rules import AMOUNTS
from bot.discounts.rules import (
    LARGEST_CAP,
    LONGEST_CODE,
    LONGEST_LINK,
    LONGEST_NAME,
    LONGEST_NOTE,
    CodeKind,
    Condition,
    ConditionKind,
)
from bot.engagement.rules import Level
from bot.errors import UserFacingError
from bot.ui.views import BaseModal
from cogs.discounts.drafting import Sketch, Typed
from cogs.discounts.words import TITLES, UNITS

Interaction = discord.Interaction[Any]
Submit = Callable[[Interaction, Sketch], Awaitable[None]]

_LIMIT = "How many members at most"
_CODE_LABELS = {
    CodeKind.SHARED: ("The code", "Only members who get it see it, each alone"),
    CodeKind.LINK: ("The link with the discount", "Only members who get it see it, each alone"),
}


class DiscountModal(BaseModal):
    """Name, how much is off, from when, until when, and the code where there is one for everybody."""

    def __init__(self, sketch: Sketch, submit: Submit) -> None:
        super().__init__(title="Change the discount" if sketch.discount_id else "A new discount", timeout=None)
        self._sketch = sketch
        self._submit = submit
        typed = sketch.typed
        self.name = _line(typed.name, "Spring offer", LONGEST_NAME)
        self.off = _line(typed.off, "$50 or 34%", 30)
        self.starts = _line(typed.starts, "May 1, or May 1 9am", 60, required=False)
        self.ends = _line(typed.ends, "April 30, or April 30 6pm", 60, required=False)
        self.code: ui.TextInput[DiscountModal] | None = None
        zone = sketch.zone.rsplit("/", 1)[-1].replace("_", " ")
        self._add("Its name, which everybody sees", "Not the code itself", self.name)
        self._add("How much is off", None, self.off)
        self._add("Starts", f"{zone} time. Empty: at once", self.starts)
        self._add("Ends", f"{zone} time; a date alone means the end of that day. Empty: never", self.ends)
        if sketch.kind in _CODE_LABELS:
            label, hint = _CODE_LABELS[sketch.kind]
            is_kept = sketch.discount_id is not None
            self.code = _line(
                typed.code, "", LONGEST_LINK if sketch.kind is CodeKind.LINK else LONGEST_CODE, required=not is_kept
            )
            self._add(label, "Empty: it stays as it is" if is_kept else hint, self.code)

    def _add(self, text: str, description: str | None, field: ui.TextInput["DiscountModal"]) -> None:
        self.add_item(ui.Label(text=text, description=description, component=field))

    @property
    def sketch(self) -> Sketch:
        """The sketch with what was typed."""
        code = self.code.value if self.code else ""
        typed = Typed(self.name.value, self.off.value, self.starts.value, self.ends.value, code)
        return self._sketch.typed_anew(typed)

    def again(self) -> "DiscountModal":
        """The form with what was typed."""
        return DiscountModal(self.sketch, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.sketch)


class DetailsModal(BaseModal, title="Note and limit"):
    """The note everybody reads, and how many members may have it."""

    def __init__(self, sketch: Sketch, submit: Submit, cap: str | None = None) -> None:
        super().__init__(timeout=None)
        self._sketch = sketch
        self._submit = submit
        known = cap if cap is not None else str(sketch.cap or "")
        self.cap: ui.TextInput[DetailsModal] = ui.TextInput(default=known or None, required=False, max_length=9)
        self.note: ui.TextInput[DetailsModal] = ui.TextInput(
            style=discord.TextStyle.paragraph, default=sketch.note or None, required=False, max_length=LONGEST_NOTE
        )
        self.add_item(ui.Label(text=_LIMIT, description="Empty: no limit", component=self.cap))
        self.add_item(ui.Label(text="Note", description="Everybody reads it on the card", component=self.note))

    def again(self) -> "DetailsModal":
        """The form with what was typed."""
        return DetailsModal(replace(self._sketch, note=self.note.value), self._submit, self.cap.value)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        cap = number_in(self.cap.value, LARGEST_CAP, _LIMIT) if self.cap.value.strip() else None
        await self._submit(interaction, replace(self._sketch, cap=cap, note=self.note.value))


class ConditionModal(BaseModal):
    """One condition: its number, level or role, and whether it is a must. `submit` gets it, or None to take it away."""

    def __init__(
        self,
        condition: Condition,
        group: str,
        submit: Callable[[Interaction, Condition | None, str], Awaitable[None]],
        *,
        is_known: bool,
        number: str | None = None,
    ) -> None:
        super().__init__(title=TITLES[condition.kind], timeout=None)
        self._condition = condition
        self._submit = submit
        self._is_known = is_known
        self.number: ui.TextInput[ConditionModal] | None = None
        self.level: ui.Select[ConditionModal] | None = None
        self.role: ui.RoleSelect[ConditionModal] | None = None
        if condition.kind in UNITS:
            known = number if number is not None else str(condition.amount or "")
            self.number = ui.TextInput(default=known or None, max_length=4)
            self.add_item(ui.Label(text=UNITS[condition.kind], component=self.number))
        elif condition.kind is ConditionKind.LEVEL:
            self.level = ui.Select(options=_levels(condition.amount))
            self.add_item(ui.Label(text="Which standing at least?", component=self.level))
        elif condition.kind is ConditionKind.ROLE:
            roles = [discord.Object(condition.role_id, type=discord.Role)] if condition.role_id else []
            # discord.py lets a form go without people and roles unless told otherwise, but not without lines of a menu.
            self.role = ui.RoleSelect(required=True, default_values=roles)
            self.add_item(ui.Label(text="Which role?", component=self.role))
        self.group = ui.Select["ConditionModal"](options=_groups(group, is_known=is_known))
        self.add_item(ui.Label(text="What it counts for", component=self.group))

    @property
    def _chosen_group(self) -> str:
        return self.group.values[0] if self.group.values else "all"

    def again(self) -> "ConditionModal":
        """The form with what was typed."""
        number = self.number.value if self.number else None
        return ConditionModal(
            self._condition, self._chosen_group, self._submit, is_known=self._is_known, number=number
        )  # fmt: skip

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was chosen."""
        group = self._chosen_group
        await self._submit(interaction, None if group == "gone" else self._typed(), group)

    def _typed(self) -> Condition:
        if self.number is not None:
            kind = self._condition.kind
            return replace(self._condition, amount=number_in(self.number.value, AMOUNTS[kind][1], UNITS[kind]))
        if self.level is not None:
            return replace(self._condition, amount=int(self.level.values[0]))
        if self.role is not None:
            role = self.role.values[0]
            if role.is_default():
                raise UserFacingError("Everybody has this role. Choose another one, or leave this condition out.")
            if role.is_bot_managed():
                raise UserFacingError(
                    f"{role.mention} is the role of a bot, so no member can have it. Choose another one."
                )
            return replace(self._condition, role_id=role.id)
        return self._condition


def number_in(text: str, most: int, asked: str) -> int:
    """A whole number from 1 to `most` in the field under `asked`. Raises UserFacingError."""
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= most):
        raise UserFacingError(f"Write under *{asked}* a whole number from 1 to {most:,}.")
    return int(digits)


def _levels(chosen: int) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=level.name.title(), value=str(int(level)), default=int(level) == chosen)
        for level in Level
        if level > 0
    ]


def _groups(chosen: str, *, is_known: bool) -> list[discord.SelectOption]:
    options = [
        discord.SelectOption(label="All of: every member needs it", value="all", default=chosen == "all"),
        discord.SelectOption(label="Any of: one of these is enough", value="any", default=chosen == "any"),
    ]
    if is_known:
        options.append(discord.SelectOption(label="Nothing: take this condition away", value="gone"))
    return options


def _line(known: str, example: str, longest: int, *, required: bool = True) -> ui.TextInput["DiscountModal"]:
    return ui.TextInput(default=known or None, placeholder=example or None, max_length=longest, required=required)
