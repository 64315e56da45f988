"""Which sales are new, and which were known before, by their code or their order."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.discounts.sale_rules import Redemption, matched

MONDAY, TUESDAY = date(2026, 4, 27), date(2026, 4, 28)


def test_a_sale_becomes_known_whole_from_both_sides() -> None:
    by_code, by_order = Redemption(MONDAY, code_id=1, id=8), Redemption(MONDAY, order="#2", id=9)
    found = matched([by_code, by_order], [Redemption(TUESDAY, 1, "#1"), Redemption(TUESDAY, 2, "#2")])
    assert found.completed == [Redemption(MONDAY, 1, "#1", 8), Redemption(MONDAY, 2, "#2", 9)]
    assert (found.new, found.already_known, found.codes) == ([], 2, [1, 2])


def test_of_an_order_with_two_codes_the_first_sale_has_its_id() -> None:
    found = matched([], [Redemption(MONDAY, 1, "#1"), Redemption(MONDAY, 2, "#1"), Redemption(MONDAY, order="#1")])
    assert found.new == [Redemption(MONDAY, 1, "#1"), Redemption(MONDAY, 2)]
    assert (found.completed, found.already_known, found.repeated) == ([], 0, 1)


def test_what_is_told_again_is_neither_new_nor_known_before() -> None:
    found = matched([], [Redemption(MONDAY, 1), Redemption(TUESDAY, 1), Redemption(TUESDAY, 1, "#1")])
    assert found.new == [Redemption(MONDAY, 1, "#1")]
    assert (found.already_known, found.repeated) == (0, 2)


def test_a_sale_that_came_to_nothing_is_found_by_its_order_or_by_its_code() -> None:
    whole, by_code = Redemption(MONDAY, 1, "#1", 7), Redemption(MONDAY, 2, None, 8)
    by_order, other = Redemption(MONDAY, None, "#3", 9), Redemption(MONDAY, 4, "#4", 10)
    void = [(1, "#1"), (2, "#2"), (None, "#3"), (4, "#5")]
    found = matched(
        [whole, by_code, by_order, other], [Redemption(TUESDAY, 4, "#5"), Redemption(TUESDAY, 5, "#6")], void
    )
    assert found.gone == [whole, by_code, by_order]
    assert found.new == [Redemption(TUESDAY, 5, "#6")]
    assert matched([whole], [], [(1, None)]).gone == [whole]
    assert matched([by_order], [Redemption(TUESDAY, 6)], [(None, "#9")]).new == [Redemption(TUESDAY, 6)]


SALES = st.builds(
    Redemption, st.sampled_from([MONDAY, TUESDAY]), st.none() | st.integers(1, 4), st.none() | st.sampled_from("#+-")
).filter(lambda sale: sale.code_id is not None or sale.order is not None)


@given(st.lists(SALES, max_size=8), st.lists(SALES, max_size=8))
def test_no_code_and_no_order_is_noted_twice_however_sales_become_known(
    first: list[Redemption], second: list[Redemption]
) -> None:
    known = [replace(one, id=number) for number, one in enumerate(matched([], first).new, 1)]
    found = matched(known, second)
    notes = [*({one.id: one for one in (*known, *found.completed)}.values()), *found.new]
    codes = [one.code_id for one in notes if one.code_id is not None]
    orders = [one.order for one in notes if one.order is not None]
    assert sorted(codes) == sorted({one.code_id for one in (*first, *second) if one.code_id is not None})
    assert len(orders) == len(set(orders))
    assert len(second) == len(found.new) + found.already_known + found.repeated
    again = matched(notes, second)
    assert (again.new, again.completed) == ([], [])
