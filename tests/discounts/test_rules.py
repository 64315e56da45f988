"""What a discount is now, what it makes of a price, and who may have it: plain values."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discounts import rules
from bot.discounts.attempts import Attempts
from bot.discounts.condition_rules import (
    AMOUNTS,
    DEFAULT_CONDITIONS,
    Checked,
    Claimant,
    Condition,
    ConditionKind,
    Conditions,
    Facts,
    checklist,
    distance,
    fault_in,
    from_plain,
    to_plain,
    wish,
)
from bot.discounts.report_rules import Day, as_csv, days_of, guarded, most_first
from bot.discounts.rules import CodeKind, Discount, DiscountState, spells_out
from bot.engagement.rules import Level
from bot.local_time import LocalTime, end_of, local_time
from bot.programs.rules import Price

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
PLAIN = Discount(1, 10, 1, "Fifty off", CodeKind.SHARED, None, 5000, "USD", None, None, None, "", Conditions())
LATE = Price("late", 14700, "USD")

conditions = st.one_of(
    st.builds(Condition, st.just(ConditionKind.ROLE), role_id=st.integers(1, 4)),
    *(st.builds(Condition, st.just(kind)) for kind in (ConditionKind.INTRODUCED, ConditionKind.NAMED)),
    *(st.builds(Condition, st.just(kind), st.integers(*bounds)) for kind, bounds in AMOUNTS.items()),
)
sets = st.builds(Conditions, *(st.lists(conditions, max_size=5).map(tuple) for _ in range(2)))
people = st.builds(
    Claimant, st.just(31), st.integers(0, 4000).map(lambda days: NOW - days * DAY),
    st.integers(0, 400).map(lambda hours: NOW - timedelta(hours=hours)), st.frozensets(st.integers(1, 4)),
)  # fmt: skip
facts = st.builds(Facts, st.booleans(), st.integers(0, 28), st.sampled_from(Level), st.integers(0, 28), st.booleans())


def meets(condition: Condition, person: Claimant, known: Facts) -> bool:
    """The condition as the words of the form say it, apart from the code under test."""
    return {
        ConditionKind.ACCOUNT_AGE: NOW - person.account_created_at >= timedelta(days=condition.amount),
        ConditionKind.MEMBERSHIP: NOW - person.joined_at >= timedelta(days=condition.amount),
        ConditionKind.INTRODUCED: known.introduced,
        ConditionKind.ACTIVE_DAYS: known.active_days >= condition.amount,
        ConditionKind.LEVEL: known.level >= condition.amount,
        ConditionKind.SESSIONS: known.sessions >= condition.amount,
        ConditionKind.ROLE: condition.role_id in person.role_ids,
        ConditionKind.NAMED: known.named,
    }[condition.kind]


@given(sets, people, facts)
def test_no_set_of_conditions_lets_somebody_through_who_does_not_meet_it(
    wanted: Conditions, person: Claimant, known: Facts
) -> None:
    checked = checklist(wanted, person, known, NOW)
    all_met = all(meets(condition, person, known) for condition in wanted.all_of)
    one_met = not wanted.any_of or any(meets(condition, person, known) for condition in wanted.any_of)
    assert checked.is_met == (all_met and one_met)
    assert bool(checked.blocking) == (not checked.is_met)
    assert len(checked.all_of) + len(checked.any_of) == len(wanted.all_of) + len(wanted.any_of)


@given(sets, people, facts)
def test_what_is_missing_is_what_is_not_met_and_every_line_has_words(
    wanted: Conditions, person: Claimant, known: Facts
) -> None:
    checked = checklist(wanted, person, known, NOW)
    for each in (*checked.all_of, *checked.any_of):
        assert each.is_met == (each.missing == 0)
        assert bool(distance(each)) == (not each.is_met)
        assert wish(each.condition)


@given(sets)
def test_conditions_are_kept_and_read_back_as_they_were(wanted: Conditions) -> None:
    assert from_plain(to_plain(wanted)) == wanted
    assert fault_in(wanted) is None


@pytest.mark.parametrize(
    "condition",
    [
        Condition(ConditionKind.ACCOUNT_AGE, 0),
        Condition(ConditionKind.ACTIVE_DAYS, 29),
        Condition(ConditionKind.LEVEL, 4),
        Condition(ConditionKind.ROLE),
        Condition(ConditionKind.NAMED, 1),
        Condition(ConditionKind.INTRODUCED, role_id=5),
    ],
)
def test_a_condition_nobody_can_meet_or_without_its_part_is_a_fault(condition: Condition) -> None:
    assert fault_in(Conditions(any_of=(condition,))) == condition


def test_the_default_asks_for_time_and_one_of_three() -> None:
    regular = Claimant(31, NOW - 30 * DAY, NOW - 7 * DAY)
    assert not checklist(DEFAULT_CONDITIONS, regular, Facts(active_days=2), NOW).is_met
    for known in (Facts(active_days=3), Facts(introduced=True), Facts(sessions=1)):
        assert checklist(DEFAULT_CONDITIONS, regular, known, NOW).is_met
        assert not checklist(DEFAULT_CONDITIONS, regular, known, NOW - SECOND).is_met


def test_the_distance_is_in_words() -> None:
    assert distance(Checked(Condition(ConditionKind.ACTIVE_DAYS, 3), False, 1)) == "1 more active day"
    assert distance(Checked(Condition(ConditionKind.MEMBERSHIP, 7), False, 2)) == "2 more days to go"


def test_the_end_of_april_30_in_new_york_is_an_instant_and_exclusive() -> None:
    ends = end_of(date(2026, 4, 30), NEW_YORK)
    assert ends.instant == datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
    discount = replace(PLAIN, ends=ends)
    assert rules.state(discount, ends.instant - SECOND) is DiscountState.RUNNING
    assert rules.state(discount, ends.instant) is DiscountState.ENDED


@pytest.mark.parametrize(
    ("day", "at", "fold", "instant"),
    [
        (date(2026, 3, 8), "01:59", None, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        (date(2026, 3, 8), "03:00", None, datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (date(2026, 11, 1), "01:30", 0, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 11, 1), "01:30", 1, datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_an_end_at_a_change_of_the_clocks_is_one_instant(
    day: date, at: str, fold: int | None, instant: datetime
) -> None:
    ends = local_time(day, datetime.strptime(at, "%H:%M").time(), NEW_YORK, fold)  # noqa: DTZ007 - a wall clock
    discount = replace(PLAIN, ends=ends)
    assert ends.instant == instant
    assert rules.state(discount, instant - SECOND) is DiscountState.RUNNING
    assert rules.state(discount, instant) is DiscountState.ENDED


def test_the_start_is_included() -> None:
    starts = LocalTime(datetime.fromisoformat("2026-10-25 02:30"), "Europe/Berlin", 1)
    discount = replace(PLAIN, starts=starts)
    assert rules.state(discount, starts.instant - SECOND) is DiscountState.SCHEDULED
    assert rules.state(discount, starts.instant) is DiscountState.RUNNING


def test_what_is_left_is_the_smaller_of_cap_and_pool() -> None:
    pool = replace(PLAIN, kind=CodeKind.POOL, claimed=3, in_pool=4)
    assert [rules.left(replace(pool, cap=cap)) for cap in (None, 5, 3, 100)] == [4, 2, 0, 4]
    assert rules.left(PLAIN) is None
    assert rules.state(replace(pool, in_pool=0), NOW) is DiscountState.SOLD_OUT
    assert rules.state(replace(pool, claimed=0, in_pool=0, is_filled=False), NOW) is DiscountState.EMPTY
    assert rules.state(replace(pool, paused=True), NOW) is DiscountState.PAUSED
    assert rules.state(replace(pool, paused=True, ended_at=NOW), NOW) is DiscountState.ENDED


def test_when_no_price_counts_that_a_discount_lowers_is_known_to_the_instant() -> None:
    def at(day: int) -> LocalTime:
        return LocalTime(datetime(2026, 4, day), "UTC")  # noqa: DTZ001 - a wall clock

    def gaps(discount: Discount, *prices: Price) -> list[tuple[int, int | None]]:
        found = rules.unpriced(prices, discount, NOW)
        return [(begin.day, end.day if end else None) for begin, end in found]

    early, late = Price("early", 9700, "USD", until=at(10)), Price("late", 14700, "USD", at(12), at(20))
    assert gaps(PLAIN, LATE) == gaps(replace(PLAIN, ends=at(25)), LATE) == []
    assert gaps(PLAIN, early, late) == [(10, 12), (20, None)]
    assert gaps(replace(PLAIN, ends=at(15)), early, late) == [(10, 12)]
    assert gaps(replace(PLAIN, starts=at(11), ends=at(25)), early, late) == [(11, 12), (20, 25)]
    assert gaps(replace(PLAIN, starts=at(12), ends=at(20)), early, late) == []
    euro = replace(LATE, currency="EUR")
    assert gaps(PLAIN, early, late, euro) == [(10, 12), (20, None)]
    assert gaps(replace(PLAIN, amount_off=None, percent=10), early, late, euro) == []
    assert gaps(PLAIN) == [(NOW.day, None)]


def test_a_price_after_the_discount() -> None:
    assert rules.price_after(LATE, PLAIN) == 9700
    assert rules.lowers(LATE, PLAIN)
    assert [rules.lowers(replace(LATE, amount=amount), PLAIN) for amount in (4999, 5000, 5001)] == [False, False, True]
    assert not rules.lowers(replace(LATE, currency="EUR"), PLAIN)
    assert rules.price_after(replace(LATE, currency="EUR"), PLAIN) == 14700
    third = replace(PLAIN, amount_off=None, percent=33)
    assert rules.price_after(Price("odd", 150, "USD"), third) == 101  # 100.5, rounded half up


@given(st.integers(1, 10**9), st.integers(1, 99))
def test_a_percentage_never_costs_more_and_is_right_to_half_a_cent(amount: int, percent: int) -> None:
    after = rules.price_after(Price("any", amount, "USD"), replace(PLAIN, amount_off=None, percent=percent))
    assert 0 <= after <= amount
    assert abs(after * 100 - amount * (100 - percent)) <= 50


def test_a_discount_has_to_fit_the_prices_of_its_time_only() -> None:
    until = end_of(date(2026, 4, 15), NEW_YORK)
    early, late = Price("early", 5000, "USD", until=until), Price("late", 14700, "USD", until)
    assert rules.too_small([early, late], PLAIN, NOW) == early
    assert rules.too_small([early, late], replace(PLAIN, starts=until), NOW) is None
    assert rules.too_small([early, late], PLAIN, until.instant) is None
    assert rules.too_small([replace(early, amount=5001), late], PLAIN, NOW) is None


def test_attempts_count_within_a_minute_and_refused_ones_do_not() -> None:
    attempts = Attempts()
    assert [attempts.try_again_at(1, 2, NOW + number * SECOND) for number in range(5)] == [None] * 5
    for later in (5, 30, 59):
        assert attempts.try_again_at(1, 2, NOW + later * SECOND) == NOW + 60 * SECOND
    assert attempts.try_again_at(1, 2, NOW + 60 * SECOND) is None
    assert attempts.try_again_at(1, 2, NOW + 60 * SECOND) == NOW + 61 * SECOND
    assert attempts.try_again_at(2, 2, NOW) is None
    attempts.forget(1, 2)
    assert attempts.try_again_at(1, 2, NOW) is None


def test_attempts_of_long_ago_take_no_room() -> None:
    attempts = Attempts()
    for member in range(3000):
        attempts.try_again_at(1, member, NOW + member * SECOND)
    assert len(attempts._last) < 1100


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\u00a0@x"])
def test_no_cell_that_leaves_is_a_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert b"'" in as_csv([[cell]])


@given(st.text(max_size=20))
def test_a_guarded_cell_never_begins_as_a_formula(cell: str) -> None:
    assert not guarded(cell).lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("cell", ["A;=1+1", ";@x", "A; -1", 'A;"=1', "A\t=1", "A;B;=1"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_no_cell_is_a_formula_where_a_spreadsheet_splits_at_another_sign(cell: str, delimiter: str) -> None:
    content = as_csv([["1", cell, "x"]]).decode("utf-8-sig")
    [row] = csv.reader(StringIO(content, newline=""), delimiter=delimiter)
    assert not [one for one in row if one.lstrip('"\t ').startswith(("=", "+", "-", "@"))]


def test_a_code_of_several_parts_leaves_as_it_is() -> None:
    assert [guarded(cell) for cell in ("A-1;B=2", "SUN+MOON", "a;b")] == ["A-1;B=2", "SUN+MOON", "a;b"]


def test_a_file_opens_in_every_spreadsheet() -> None:
    assert as_csv([["a", "b,c"], ["ä", "=x"]]) == '\ufeffa,"b,c"\r\nä,\'=x\r\n'.encode()


def test_days_are_the_guild_s() -> None:
    late = datetime(2026, 4, 30, 2, 0, tzinfo=UTC)
    days = days_of([late, late + DAY], [late], [date(2026, 4, 30)], NEW_YORK)
    assert days == (Day(date(2026, 4, 29), 1, 1, 0), Day(date(2026, 4, 30), 1, 0, 1))


def test_what_blocks_most_comes_first() -> None:
    named, introduced = Condition(ConditionKind.NAMED), Condition(ConditionKind.INTRODUCED)
    looks = [(introduced,), (named, introduced), ()]
    assert most_first(looks) == (((introduced,), 2), ((named,), 1))
    young = Condition(ConditionKind.ACCOUNT_AGE, 30)
    any_of = (introduced, named)
    assert most_first([*looks, (young,)], any_of) == ((any_of, 2), ((young,), 1))


@pytest.mark.parametrize(
    ("text", "code", "is_told"),
    [
        ("Use SOCIAL now.", "SOCIAL", True),
        ("https://example.com/?code=SOCIAL", "SOCIAL", True),
        ("Social skills and antisocial habits", "SOCIAL", False),
        ("ANTISOCIAL", "SOCIAL", False),
        ("use social-50, today", "SOCIAL-50", True),
        ("social-500", "SOCIAL-50", False),
        ("https://shop.example.com/x?c=a+b&d", "https://shop.example.com/x?c=a+b", True),
        ("Anything", "", False),
    ],
)
def test_a_code_is_told_where_it_stands_as_a_word(text: str, code: str, is_told: bool) -> None:
    assert spells_out(text, code) is is_told
