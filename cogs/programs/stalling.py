"""What a change of a program means for its discounts, and the button that lets them go on."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.client import Services
from bot.discounts import drafts
from bot.discounts.drafts import Stalled
from bot.discounts.errors import DiscountTooLargeError
from bot.discounts.rules import Discount
from bot.programs import rules
from bot.programs.rules import Price, Program
from bot.ui.text import safe_within
from bot.ui.times import show
from bot.ui.views import BaseView, LastingItem
from cogs.programs.actions import host_guild, services_of

Interaction = discord.Interaction[Any]

#: So many discounts an answer names; `/discount list` has them all.
_NAMED = 5


class ResumeButton(LastingItem[ui.Button[Any]], template=r"programs:resume:(?P<program>\d+)"):
    """Lets the discounts go on that paused because of their program and fit it again."""

    def __init__(self, program_id: int) -> None:
        super().__init__(
            ui.Button(
                label="Give out codes again", style=discord.ButtonStyle.success,
                custom_id=f"programs:resume:{program_id}",
            )
        )  # fmt: skip
        self._program_id = program_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ResumeButton":
        """The button as it was pressed."""
        return cls(int(match["program"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Resume them."""
        guild, services = host_guild(interaction), services_of(interaction)
        now = services.clock.now()
        waiting = _waiting(await _stalled(services, guild.id, self._program_id, now))
        for discount in waiting:
            await services.discounts.resume(guild.id, discount.id, interaction.user.id, now)
        said = "None of them waits any more."
        if waiting:
            go_on = "goes on" if len(waiting) == 1 else "go on"
            said = f"{_names(waiting)} {go_on}: members get their codes again."
        await show(interaction, said)


async def show_with_discounts(
    interaction: Interaction, text: str, program: Program, view: BaseView | None = None
) -> None:
    """Tell what became of a program, and what that means for its discounts; `view` has what else can be done."""
    services = services_of(interaction)
    stalled = await _stalled(services, program.guild_id, program.id, services.clock.now())
    lines = [text, *(_held_up(program, stalled))]
    if waiting := _waiting(stalled):
        are, fit = ("is", "fits") if len(waiting) == 1 else ("are", "fit")
        lines.append(f"{_names(waiting)} {are} still paused, and {fit} again.")
        view = (view or BaseView(timeout=None)).add_item(ResumeButton(program.id))
    await show(interaction, "\n".join(lines), view)


async def would_pause(services: Services, program: Program, price: Price, replacing: str | None) -> list[str]:
    """A line for hosts where a price, or another one in the place of that called `replacing`, pauses discounts."""
    now = services.clock.now()
    kept = (known for known in program.prices if replacing is None or rules.key(known.label) != rules.key(replacing))
    changed = replace(program, prices=(*kept, price))
    found = [
        discount
        for discount in await services.discounts.list_open(program.guild_id, now)
        if discount.program_id == program.id and not discount.paused
        and isinstance(drafts.fault(changed, discount, now), DiscountTooLargeError)
    ]  # fmt: skip
    if not found:
        return []
    return [f"⚠️ This pauses {_names(found)}: a discount has to stay below every price that is valid while it runs."]


async def _stalled(services: Services, guild_id: int, program_id: int, now: datetime) -> list[Stalled]:
    every = await services.discounts.list_stalled(guild_id, now)
    return [each for each in every if each.discount.program_id == program_id]


def _waiting(stalled: Sequence[Stalled]) -> list[Discount]:
    return [each.discount for each in stalled if each.fault is None]


def _held_up(program: Program, stalled: Sequence[Stalled]) -> list[str]:
    """Which discounts do not fit the program any more, and why; an archived one holds up all alike."""
    held_up = [(each.discount, each.fault) for each in stalled if each.fault is not None]
    if held_up and program.archived_at is not None:
        return [f"⚠️ While it is archived, members get no codes of {_names([discount for discount, _ in held_up])}."]
    lines = [
        f"⚠️ {_names([discount])}{' is paused' if discount.paused else ''}: {fault.message}"
        for discount, fault in held_up[:_NAMED]
    ]
    return [*lines, "…and others: `/discount list`."] if len(held_up) > _NAMED else lines


def _names(discounts: Sequence[Discount]) -> str:
    """Names as people say them: **A**, **B** and **C**."""
    names = [f"**{safe_within(discount.name, 100)}**" for discount in discounts[:_NAMED]]
    if (more := len(discounts) - _NAMED) > 0:
        names.append(f"{more} more")
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
