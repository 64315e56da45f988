"""Lists that are longer than a message: cut into pages, and turned with two buttons."""

from collections.abc import Sequence
from typing import Any, Protocol

from discord import ui

from bot.ui.views import BaseView

#: Discord takes 2000 characters in a message of text; some are left for what is around.
PAGE = 1800


class TurningButton(Protocol):
    """Makes the button that leads "back" or on to the "next" page, the first of which is 0."""

    def __call__(self, way: str, page: int, *, disabled: bool) -> ui.Item[Any]:
        """The button."""
        ...


def paged(entries: Sequence[str], between: str = "\n") -> list[str]:
    """Entries in as few pages as hold them. One is torn apart, between two lines, only where no page holds it."""
    pages: list[str] = []
    for entry in entries:
        gap = between
        for part in [entry] if len(entry) <= PAGE else entry.splitlines():
            if pages and len(pages[-1]) + len(gap) + len(part) <= PAGE:
                pages[-1] += gap + part
            else:
                pages.append(part)
            gap = "\n"
    return pages


def turned_to(pages: Sequence[str], number: int, button: TurningButton) -> tuple[str, BaseView | None]:
    """The page with that number, or the last one there is, and what turns it, if there are several."""
    if len(pages) == 1:
        return pages[0], None
    last = len(pages) - 1
    number = min(number, last)
    view = BaseView(timeout=None).add_item(button("back", max(0, number - 1), disabled=number == 0))
    view.add_item(button("next", number + 1, disabled=number == last))
    return f"{pages[number]}\n\n-# Page {number + 1} of {len(pages)}", view
