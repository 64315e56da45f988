"""Which price counts when, and what may be written about a program."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local_time import end_of, start_of
from bot.programs import rules
from bot.programs.rules import Draft, Price, Program

NEW_YORK = ZoneInfo("America/New_York")
EARLY = Price("early", 9700, "USD", until=end_of(date(2026, 4, 15), NEW_YORK))
LATE = Price("late", 14700, "USD", until=end_of(date(2026, 4, 30), NEW_YORK))
BUBBLE = Program(1, 10, "Break Out of Your Bubble", prices=(LATE, EARLY))
SECOND = timedelta(seconds=1)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
EARLY_ENDS, LATE_ENDS = datetime(2026, 4, 16, 4, tzinfo=UTC), datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_the_early_price_counts_until_its_end_and_then_the_late_one() -> None:
    assert rules.price_at(BUBBLE, NOW, "USD") is EARLY
    assert rules.price_at(BUBBLE, EARLY_ENDS - SECOND, "USD") is EARLY
    assert rules.price_at(BUBBLE, EARLY_ENDS, "USD") is LATE
    assert rules.price_at(BUBBLE, LATE_ENDS - SECOND, "USD") is LATE
    assert rules.price_at(BUBBLE, LATE_ENDS, "USD") is None


def test_the_next_change_is_told_until_there_is_none() -> None:
    assert rules.next_change(BUBBLE, NOW) == EARLY_ENDS
    assert rules.next_change(BUBBLE, EARLY_ENDS) == LATE_ENDS
    assert rules.next_change(BUBBLE, LATE_ENDS) is None
    assert rules.next_change(replace(BUBBLE, prices=()), NOW) is None


def test_a_price_that_always_counts_is_beaten_by_one_with_an_end() -> None:
    program = replace(BUBBLE, prices=(Price("usual", 20000, "USD"), EARLY))
    assert rules.price_at(program, NOW, "USD") is EARLY
    assert rules.next_change(program, NOW) == EARLY_ENDS
    assert rules.price_at(program, EARLY_ENDS, "USD") is program.prices[0]
    assert rules.next_change(program, EARLY_ENDS) is None


def test_before_the_first_start_nothing_is_for_sale_and_the_start_is_the_next_change() -> None:
    starts = start_of(date(2026, 4, 10), NEW_YORK)
    program = replace(BUBBLE, prices=(replace(LATE, starts=starts),))
    assert rules.price_at(program, NOW, "USD") is None
    assert rules.next_change(program, NOW) == starts.instant
    assert rules.price_at(program, starts.instant, "USD") is program.prices[0]


def test_of_two_that_end_together_the_one_that_started_later_counts() -> None:
    final = replace(LATE, label="final", starts=start_of(date(2026, 4, 28), NEW_YORK))
    program = replace(BUBBLE, prices=(LATE, final))
    assert rules.price_at(program, EARLY_ENDS, "USD") is LATE
    assert rules.next_change(program, EARLY_ENDS) == final.begins
    assert rules.price_at(program, final.begins, "USD") is final


def test_each_currency_has_a_price_of_its_own_that_counts_and_changes_on_its_own() -> None:
    euro = replace(EARLY, label="early EU", amount=8900, currency="EUR")
    dear = Price("late EU", 13900, "EUR")
    program = replace(BUBBLE, prices=(LATE, euro, EARLY, dear))
    assert rules.prices_at(program, NOW) == [EARLY, euro]
    assert rules.prices_at(program, EARLY_ENDS) == [LATE, dear]
    assert rules.prices_at(program, LATE_ENDS) == [dear]
    assert rules.next_change(program, EARLY_ENDS, "USD") == rules.next_change(program, EARLY_ENDS) == LATE_ENDS
    assert rules.next_change(program, EARLY_ENDS, "EUR") is None


def test_a_time_between_two_prices_at_which_none_counts_is_known_until_it_is_over() -> None:
    late = replace(LATE, starts=start_of(date(2026, 4, 18), NEW_YORK))
    euro = Price("EU", 8900, "EUR")
    program = replace(BUBBLE, prices=(late, euro, EARLY))
    assert rules.gaps(program, NOW) == [(EARLY, late)]
    assert rules.gaps(program, EARLY_ENDS) == [(EARLY, late)]
    assert rules.gaps(program, late.begins) == []
    bridged = rules.with_price(program, Price("usual", 20000, "USD"))
    assert rules.gaps(bridged, NOW) == []
    assert rules.gaps(rules.with_price(program, LATE, "LATE"), NOW) == []
    assert rules.gaps(replace(program, prices=()), NOW) == []


def test_a_program_is_over_once_its_last_price_is() -> None:
    assert not rules.is_over(BUBBLE, LATE_ENDS - SECOND)
    assert rules.is_over(BUBBLE, LATE_ENDS)
    assert not rules.is_over(replace(BUBBLE, prices=()), NOW)


days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(
    st.lists(st.tuples(days, days, st.sampled_from(["USD", "EUR"])), max_size=5),
    st.timedeltas(timedelta(-120), timedelta(300)),
)
def test_nothing_changes_before_the_next_change(
    periods: list[tuple[date | None, date | None, str]], since: timedelta
) -> None:
    now = NOW + since
    prices = tuple(
        Price(
            f"{number}", 100, currency, starts and start_of(starts, NEW_YORK), until and end_of(until, NEW_YORK)
        )
        for number, (starts, until, currency) in enumerate(periods)
    )  # fmt: skip
    program = replace(BUBBLE, prices=prices)
    current, change = rules.prices_at(program, now), rules.next_change(program, now)
    if change is None:
        assert rules.prices_at(program, now + timedelta(days=3650)) == current
    else:
        assert rules.prices_at(program, change) != current
        for part in (1, 2, 3):
            assert rules.prices_at(program, now + (change - now) * part / 4) == current


def test_only_whoever_has_the_role_takes_part() -> None:
    program = replace(BUBBLE, role_id=7)
    assert rules.takes_part(program, frozenset({6, 7}))
    assert not rules.takes_part(program, frozenset({6}))
    assert not rules.takes_part(BUBBLE, frozenset({6, 7}))


def test_a_draft_is_tidied() -> None:
    draft = Draft("  Break   Out\n", " **Six** weeks \n", "\n  Calls \n\n Notes\n- A book\n • **All** of it\n*Live*\n-")
    assert rules.tidied(draft) == Draft("Break Out", "**Six** weeks", "Calls\nNotes\nA book\n**All** of it\n*Live*")


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("https://example.com/register?x=1#y", "https://example.com/register?x=1#y"),
        (" example.com/register ", "https://example.com/register"),
        ("http://example.com:8080", "http://example.com:8080"),
    ],
)
def test_a_web_address_is_taken_as_it_is_typed(typed: str, link: str) -> None:
    assert rules.checked_link(typed, 500) == link


@pytest.mark.parametrize(
    "typed",
    [
        "", "soon", "ftp://example.com", "javascript:alert(1)", "javascript://example.com/%0aalert(1)",
        "mailto:carol@example.com", "https://user:word@example.com", "https://", "https://example.com/a b",
        "https://example.com/<b>", "https://example.com:0", "https://example.com:99999", "https://[::1", "data://a.b",
        "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(typed: str) -> None:
    assert rules.checked_link(typed, 500) is None


@given(st.text())
def test_whatever_is_typed_as_a_link_is_answered(typed: str) -> None:
    link = rules.checked_link(typed, 500)
    assert link is None or link.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("typed", "minutes", "text"),
    [
        ("62", 62, "1 h 2 min"),
        ("62 min", 62, "1 h 2 min"),
        ("45 minutes", 45, "45 min"),
        ("1 h 2 min", 62, "1 h 2 min"),
        ("2 hours", 120, "2 h"),
        ("1h30", 90, "1 h 30 min"),
        ("1:02:30", 62.5, "1 h 2 min"),
        ("62:30", 62.5, "1 h 2 min"),
        ("0:00:20", 1 / 3, "1 min"),
        ("1:30:00", 90, "1 h 30 min"),
        ("1.5 hours", 90, "1 h 30 min"),
        ("1,25 h", 75, "1 h 15 min"),
    ],
)
def test_a_length_is_read_as_people_write_it(typed: str, minutes: float, text: str) -> None:
    length = rules.read_length(typed)
    assert length == timedelta(minutes=minutes)
    assert rules.length_text(length) == text


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "long", "0", "-5", "25 h", "24.1 h", "1.5", "1:02:03:04", "9999", "1:2", "1:30", "0:20", "an hour",
        "h m",
    ],
)  # fmt: skip
def test_what_is_no_length_is_refused(typed: str) -> None:
    assert rules.read_length(typed) is None
