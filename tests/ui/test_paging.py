"""Long lists as pages."""

from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.paging import PAGE, paged, turned_to

LINES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=700)


@given(st.lists(st.lists(LINES, min_size=1, max_size=6).map("\n".join), min_size=1, max_size=12))
def test_pages_hold_every_line_in_order_and_none_is_too_long(entries: list[str]) -> None:
    pages = paged(entries, "\n\n")
    assert all(len(page) <= PAGE for page in pages)
    assert "\n".join(pages).split() == "\n".join(entries).split()
    for entry in entries:
        assert len(entry) > PAGE or any(entry in page for page in pages)


def button(way: str, page: int, *, disabled: bool) -> ui.Button[Any]:
    return ui.Button(label=f"{way} {page}", disabled=disabled)


@pytest.mark.parametrize(
    ("number", "told", "buttons"),
    [
        (0, "a\n\n-# Page 1 of 3", [("back 0", True), ("next 1", False)]),
        (1, "b\n\n-# Page 2 of 3", [("back 0", False), ("next 2", False)]),
        (9, "c\n\n-# Page 3 of 3", [("back 1", False), ("next 3", True)]),
    ],
)
async def test_a_page_tells_where_it_is_and_turns_as_far_as_there_are_others(
    number: int, told: str, buttons: list[tuple[str, bool]]
) -> None:
    text, view = turned_to(["a", "b", "c"], number, button)
    assert text == told
    assert view is not None
    assert [(item.label, item.disabled) for item in view.children if isinstance(item, ui.Button)] == buttons


def test_a_single_page_needs_no_buttons() -> None:
    assert turned_to(["a"], 3, button) == ("a", None)
