"""What counts as an answer, and how newcomers are counted, from plain values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.greeting import answer_rules as rules
from bot.greeting.answer_rules import Funnel, Introduced, OpenCard

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAYA, KOFI = 30, 31
CARD = OpenCard(10, MAYA, 20, 99)


def came(days_ago: float, wait: timedelta | None = None) -> Introduced:
    """Somebody who joined so many days ago, introduced themselves an hour later, and waited so long."""
    joined_at = NOW - days_ago * DAY
    introduced_at = joined_at + HOUR
    return Introduced(joined_at, introduced_at, None if wait is None else introduced_at + wait)


@pytest.mark.parametrize(
    ("author", "by_person", "counts"), [(KOFI, True, True), (MAYA, True, False), (KOFI, False, False)]
)
def test_an_answer_is_what_another_person_writes(author: int, by_person: bool, counts: bool) -> None:
    assert rules.is_answer(CARD, author, by_person=by_person) is counts


def test_only_those_who_joined_in_the_period_are_counted() -> None:
    introduced = [came(1, HOUR), came(6), came(8, HOUR)]
    assert rules.funnel_of(7, 5, 4, introduced, NOW) == Funnel(7, 5, 4, 2, 1, HOUR)
    assert rules.funnel_of(30, 9, 8, introduced, NOW) == Funnel(30, 9, 8, 3, 2, HOUR)


def test_one_who_was_here_before_the_bot_is_not_counted_as_having_joined() -> None:
    assert rules.funnel_of(7, 0, 0, [Introduced(None, NOW - DAY, NOW)], NOW) == Funnel(7, 0, 0, 0, 0)


def test_the_median_is_the_middle_wait_and_not_the_mean() -> None:
    waits = [came(2, timedelta(minutes=minutes)) for minutes in (1, 10, 600)]
    assert rules.funnel_of(7, 3, 3, waits, NOW).median_wait == timedelta(minutes=10)
    assert rules.funnel_of(7, 3, 3, waits[:2], NOW).median_wait == timedelta(minutes=5, seconds=30)


def test_a_clock_that_is_behind_makes_no_negative_wait() -> None:
    assert rules.funnel_of(7, 1, 1, [came(1, -HOUR)], NOW).median_wait == timedelta(0)


@given(st.lists(st.tuples(st.floats(0, 120), st.none() | st.timedeltas(timedelta(0), 90 * DAY))))
def test_the_answered_are_never_more_than_the_introduced_and_a_longer_period_never_has_fewer(
    people: list[tuple[float, timedelta | None]],
) -> None:
    introduced = [came(days_ago, wait) for days_ago, wait in people]
    funnels = [rules.funnel_of(days, len(people), len(people), introduced, NOW) for days in rules.PERIODS]
    assert all(funnel.answered <= funnel.introduced for funnel in funnels)
    assert all((funnel.median_wait is None) == (funnel.answered == 0) for funnel in funnels)
    assert [funnel.introduced for funnel in funnels] == sorted(funnel.introduced for funnel in funnels)


def test_a_chart_is_for_ten_members_and_at_least_one_newcomer() -> None:
    empty, full = Funnel(7, 0, 0, 0, 0), Funnel(90, 1, 1, 0, 0)
    assert rules.is_worth_a_chart([empty, full], 10)
    assert not rules.is_worth_a_chart([empty, full], 9)
    assert not rules.is_worth_a_chart([empty, empty], 10)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=3, seconds=20), "3 hours"),
        (timedelta(hours=1, minutes=30), "1 hour 30 minutes"),
        (timedelta(days=1, hours=4, minutes=9), "1 day 4 hours"),
        (timedelta(days=2, minutes=9), "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert rules.in_words(span) == words
