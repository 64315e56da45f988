"""Who gets a discount, changed by a host: conditions come, change and go, *all of* them or *any of* them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.discounts.rules import DEFAULT_CONDITIONS, Condition, ConditionKind, Conditions
from bot.errors import UserFacingError
from bot.ui.text import shortened
from bot.ui.views import BaseView
from cogs.discounts.drafting import Sketch
from cogs.discounts.forms import ConditionModal
from cogs.discounts.pressing import DoButton, DoSelect
from cogs.discounts.words import TITLES, in_a_menu, who_gets_it

Interaction = discord.Interaction[Any]

#: A select holds 25 lines.
MOST_CONDITIONS = 12


class ConditionsView(BaseView):
    """The editor. `go_on` gets the sketch when the host is through."""

    def __init__(
        self,
        sketch: Sketch,
        guild: discord.Guild,
        go_on: Callable[[Interaction, Sketch], Awaitable[None]],
        patience: float,
    ) -> None:
        super().__init__(timeout=patience)
        self._sketch = sketch
        self._guild = guild
        self._go_on = go_on
        self._patience = patience
        self._entries = _entries(sketch.conditions)
        self._add_selects()
        self._add_buttons()

    @property
    def text(self) -> str:
        """What stands above the editor."""
        return (
            f"**Who gets it?**\n{who_gets_it(self._sketch.conditions)}\n-# *All of*: a member needs every one. "
            "*Any of*: one of them is enough, on top of those."
        )

    def _add_selects(self) -> None:
        if len(self._entries) < MOST_CONDITIONS:
            kinds = [discord.SelectOption(label=title, value=kind) for kind, title in TITLES.items()]
            self.add_item(DoSelect("Add a condition", kinds, self.add))
        if self._entries:
            known = [
                discord.SelectOption(
                    label=shortened(in_a_menu(condition, self._guild), 100), value=str(place),
                    description="All of" if group == "all" else "Any of",
                )
                for place, (group, condition) in enumerate(self._entries)
            ]  # fmt: skip
            self.add_item(DoSelect("Change a condition, or take it away", known, self.change))

    def _add_buttons(self) -> None:
        for label, conditions in (("The usual ones", DEFAULT_CONDITIONS), ("Everybody", Conditions())):
            if conditions != self._sketch.conditions:
                self.add_item(DoButton(label, self._choosing(conditions)))
        self.add_item(DoButton("Done", self.finish, discord.ButtonStyle.success))

    async def add(self, interaction: Interaction, kind: str) -> None:
        """Ask for what a new condition needs."""

        async def submit(interaction: Interaction, condition: Condition | None, group: str) -> None:
            assert condition is not None, "a new condition cannot be taken away"
            await self._show(interaction, _with(self._entries, group, condition))

        modal = ConditionModal(Condition(ConditionKind(kind)), "all", submit, is_known=False)
        await interaction.response.send_modal(modal)

    async def change(self, interaction: Interaction, chosen: str) -> None:
        """Ask how a condition shall be from now on."""
        place = int(chosen)
        group, condition = self._entries[place]

        async def submit(interaction: Interaction, changed: Condition | None, group: str) -> None:
            before, after = self._entries[:place], self._entries[place + 1 :]
            entries = [*before, *after] if changed is None else _with(before, group, changed, after)
            await self._show(interaction, entries)

        await interaction.response.send_modal(ConditionModal(condition, group, submit, is_known=True))

    def _choosing(self, conditions: Conditions) -> Callable[[Interaction], Awaitable[None]]:
        async def pressed(interaction: Interaction) -> None:
            await self._show(interaction, _entries(conditions))

        return pressed

    async def finish(self, interaction: Interaction) -> None:
        """Back to the card."""
        await self._go_on(interaction, self._sketch)

    async def _show(self, interaction: Interaction, entries: "list[tuple[str, Condition]]") -> None:
        changed = replace(self._sketch, conditions=_conditions(entries))
        view = ConditionsView(changed, self._guild, self._go_on, self._patience)
        await interaction.response.edit_message(
            content=view.text, embed=None, view=view, allowed_mentions=discord.AllowedMentions.none()
        )


def _entries(conditions: Conditions) -> list[tuple[str, Condition]]:
    return [("all", condition) for condition in conditions.all_of] + [("any", one) for one in conditions.any_of]


def _conditions(entries: list[tuple[str, Condition]]) -> Conditions:
    all_of = tuple(condition for group, condition in entries if group == "all")
    return Conditions(all_of, tuple(condition for group, condition in entries if group == "any"))


def _with(
    before: list[tuple[str, Condition]], group: str, added: Condition, after: Sequence[tuple[str, Condition]] = ()
) -> list[tuple[str, Condition]]:
    """The entries with one more in its place. Raises UserFacingError where the same is asked already."""
    if any((one.kind, one.role_id) == (added.kind, added.role_id) for _, one in (*before, *after)):
        raise UserFacingError("That is asked already. Choose it under *Change a condition* to make it another one.")
    return [*before, (group, added), *after]
