"""Buttons and selects of discounts that work at any time, also after a restart."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.discounts import rules
from bot.discounts.rules import CodeKind, Discount, DiscountState
from bot.programs.rules import Program
from bot.ui.text import shortened
from bot.ui.views import BaseView, LastingItem
from cogs.discounts import lists
from cogs.discounts.actions import check_host, give_code
from cogs.discounts.cards import register_url
from cogs.discounts.words import off, what_members_get

Interaction = discord.Interaction[Any]

_WAITING = (DiscountState.PAUSED, DiscountState.EMPTY)


class GetCodeButton(LastingItem[ui.Button[Any]], template=r"discounts:claim:(?P<discount>\d+)"):
    """Gives whoever presses it their code, or tells them what is missing."""

    def __init__(self, discount_id: int, *, label: str = "Get my code", disabled: bool = False) -> None:
        super().__init__(
            ui.Button(
                label=label, emoji="🎟️", style=discord.ButtonStyle.primary, disabled=disabled,
                custom_id=f"discounts:claim:{discount_id}",
            )
        )  # fmt: skip
        self._discount_id = discount_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "GetCodeButton":
        """The button as it was pressed."""
        return cls(int(match["discount"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Give the code."""
        await give_code(interaction, self._discount_id)


class ChooseCode(LastingItem[ui.Select[Any]], template=r"discounts:choose"):
    """Chooses one of several discounts."""

    def __init__(self, discounts: Sequence[Discount] = ()) -> None:
        options = [
            discord.SelectOption(
                label=shortened(discount.name, 100), value=str(discount.id),
                description=off(discount.percent, discount.amount_off, discount.currency),
            )
            for discount in discounts[:25]
        ]  # fmt: skip
        super().__init__(ui.Select(placeholder="Choose a discount", custom_id="discounts:choose", options=options))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ChooseCode":
        """The select as it was used."""
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        """Give the code that was chosen."""
        values: list[str] = (interaction.data or {}).get("values", [])  # pyright: ignore[reportAssignmentType]
        await give_code(interaction, int(values[0]))


class ListButton(LastingItem[ui.Button[Any]], template=r"discounts:list:(?P<way>back|next):(?P<page>\d{1,4})"):
    """Turns a page of `/discount list`, which is read anew."""

    def __init__(self, way: str, page: int, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=way.title(), custom_id=f"discounts:list:{way}:{page}", disabled=disabled))
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ListButton":
        """The button as it was pressed."""
        return cls(match["way"], int(match["page"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page."""
        check_host(interaction)
        text, view = await list_page(interaction, self._page)
        await interaction.response.edit_message(content=text, view=view)


class AuditButton(
    LastingItem[ui.Button[Any]], template=r"discounts:audit:(?P<discount>\d+):(?P<before>\d+)(?P<first>:first)?"
):
    """Turns to older entries of `/discount audit`, or back to the newest. 0 stands for every discount."""

    def __init__(self, discount_id: int, before: int, *, first: bool = False, disabled: bool = False) -> None:
        where = f"discounts:audit:{discount_id}:{before}{':first' if first else ''}"
        super().__init__(ui.Button(label="Newest" if first else "Older", custom_id=where, disabled=disabled))
        self._discount_id = discount_id
        self._before = None if first else before

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "AuditButton":
        """The button as it was pressed."""
        return cls(int(match["discount"]), int(match["before"]), first=match["first"] is not None)

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page."""
        check_host(interaction)
        text, view = await audit_page(interaction, self._discount_id or None, self._before)
        await interaction.response.edit_message(
            content=text, view=view, allowed_mentions=discord.AllowedMentions.none()
        )  # fmt: skip


async def list_page(interaction: Interaction, number: int = 0) -> tuple[str, BaseView | None]:
    """A page of `/discount list`, or the last one there is, and what turns it."""
    pages = await lists.list_pages(interaction)
    number = min(number, len(pages) - 1)
    if len(pages) == 1:
        return pages[0], None
    view = BaseView(timeout=None).add_item(ListButton("back", max(0, number - 1), disabled=number == 0))
    view.add_item(ListButton("next", number + 1, disabled=number == len(pages) - 1))
    return f"{pages[number]}\n\n-# Page {number + 1} of {len(pages)}", view


async def audit_page(
    interaction: Interaction, discount_id: int | None, before: int | None
) -> tuple[str, BaseView | None]:
    """A page of `/discount audit`, and what turns it; None where everything is on it."""
    page = await lists.audit_page(interaction, discount_id, before)
    if page.older_than is None and before is None:
        return page.text, None
    view = BaseView(timeout=None).add_item(AuditButton(discount_id or 0, 0, first=True, disabled=before is None))
    view.add_item(AuditButton(discount_id or 0, page.older_than or 0, disabled=page.older_than is None))
    return page.text, view


def choose_code(discounts: Sequence[Discount]) -> BaseView:
    """The question which discount is meant."""
    return BaseView(timeout=None).add_item(ChooseCode(discounts))


def post_view(discount: Discount, program: Program | None, now: datetime) -> BaseView | None:
    """The buttons of a posted card; none where it is over."""
    view, state = BaseView(timeout=None), rules.state(discount, now)
    match state:
        case DiscountState.ENDED:
            return None
        case DiscountState.SOLD_OUT:
            view.add_item(GetCodeButton(discount.id, label="All taken", disabled=True))
        case _:
            label, is_waiting = f"Get my {what_members_get(discount)}", state in _WAITING
            view.add_item(GetCodeButton(discount.id, label=label, disabled=is_waiting))
    # Where the discount is in a link, this one would lead past it to the full price.
    if discount.kind is not CodeKind.LINK and (url := register_url(program, now)):
        view.add_item(ui.Button(label="Register", url=url))
    return view
