"""What people type as a date, and the instant it means."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserFacingError
from bot.local_time import (
    AmbiguousTimeError,
    LocalTime,
    MidnightError,
    NonexistentTimeError,
    Reading,
    UnreadableTimeError,
    described,
    end_meant,
    end_of,
    local_time,
    read,
    start_meant,
    start_of,
    typed_again,
)

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 4, 10, 15, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "day", "at"),
    [
        ("April 30", date(2026, 4, 30), None),
        ("the 30th of April", date(2026, 4, 30), None),
        ("2026-04-30", date(2026, 4, 30), None),
        ("2026-04-05", date(2026, 4, 5), None),
        ("5.4.2026", date(2026, 4, 5), None),
        ("30.4.2026 23:59", date(2026, 4, 30), time(23, 59)),
        ("4/30/2026", date(2026, 4, 30), None),
        ("30/4/2026", date(2026, 4, 30), None),
        ("05/05/2026", date(2026, 5, 5), None),
        ("  MAY 1   7pm ", date(2026, 5, 1), time(19)),
        ("noon May 3", date(2026, 5, 3), time(12)),
        ("tomorrow", date(2026, 4, 11), None),
        ("today", date(2026, 4, 10), None),
        ("now", date(2026, 4, 10), time(11, 30)),
        ("in 2 hours", date(2026, 4, 10), time(13, 30)),
        ("Saturday 7pm", date(2026, 4, 11), time(19)),
        ("April 3", date(2027, 4, 3), None),
        ("April 10 9am", date(2026, 4, 10), time(9)),
        ("Feb 29", date(2028, 2, 29), None),
        ("April 30 11:59pm EDT", date(2026, 4, 30), time(23, 59)),
        ("April 30, 11:59pm Eastern time", date(2026, 4, 30), time(23, 59)),
        ("end of April 30", date(2026, 5, 1), time(0)),
        ("the start of April 30", date(2026, 4, 30), time(0)),
        ("2026-04-30 end of day", date(2026, 5, 1), time(0)),
        ("April 30, at the start of the day", date(2026, 4, 30), time(0)),
        ("30.4. 24:00", date(2026, 5, 1), time(0)),
        ("end of tomorrow", date(2026, 4, 12), time(0)),
        ("end of April", date(2026, 5, 1), time(0)),
        ("the end of March", date(2027, 4, 1), time(0)),
        ("end of Feb 2028", date(2028, 3, 1), time(0)),
        ("start of April", date(2027, 4, 1), time(0)),
        ("beginning of May", date(2026, 5, 1), time(0)),
        ("end of the month", date(2026, 5, 1), time(0)),
        ("end of next month", date(2026, 6, 1), time(0)),
        ("end of the year", date(2027, 1, 1), time(0)),
        ("end of 2027", date(2028, 1, 1), time(0)),
        ("Thursday April 30", date(2026, 4, 30), None),
        ("in 1 year", date(2027, 4, 10), None),
    ],
)
def test_dates_are_read_as_people_write_them(typed: str, day: date, at: time | None) -> None:
    assert read(typed, NEW_YORK, NOW) == Reading(day, at)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("April 3", date(2026, 4, 3)),
        ("April 11", date(2025, 4, 11)),
        ("April 10 11pm", date(2026, 4, 10)),
        ("31.12.", date(2025, 12, 31)),
        ("Feb 29", date(2024, 2, 29)),
        ("Monday", date(2026, 4, 6)),
        ("today", date(2026, 4, 10)),
        ("April 11, 2026", date(2026, 4, 11)),
        ("beginning of April 3", date(2026, 4, 3)),
        ("start of April", date(2026, 4, 1)),
    ],
)
def test_of_what_has_happened_a_date_without_a_year_is_the_last_such_day(typed: str, day: date) -> None:
    assert read(typed, NEW_YORK, NOW, is_past=True).day == day


@pytest.mark.parametrize("typed", ["April 30 midnight", "midnight April 30", "April 30 at midnight Eastern"])
def test_midnight_is_known_to_be_asked(typed: str) -> None:
    reading = read(typed, NEW_YORK, NOW)
    assert reading == Reading(date(2026, 4, 30), None, says_midnight=True)
    for meant in (start_meant, end_meant):
        with pytest.raises(MidnightError, match="start or the end of Thursday, April 30, 2026") as asked:
            meant(reading, NEW_YORK)
        assert asked.value.start.instant == datetime(2026, 4, 30, 4, tzinfo=UTC)
        assert asked.value.end.instant == datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "Write it like"),
        ("soon", "Write it like"),
        ("end of day", "Write it like"),
        ("end of the world", "Write it like"),
        ("end of this week", "Write it like"),
        ("end of 30", "Write it like"),
        ("end of 4", "Write it like"),
        ("end of 7pm", "Write it like"),
        ("7pm", "Write it like"),
        ("April", "Write it like"),
        ("2026", "Write it like"),
        ("April 31", "Write it like"),
        ("x" * 4000, "Write it like"),
        ("April 30 9999", "too far away"),
        ("April 30 19h", "Write the hour"),
        ("today at 9", "Write the hour"),
        ("04/05/2026", "two days"),
        ("4-5", "two days"),
        ("April 30 11pm PST", "read as New York time"),
        ("April 30 11pm Pacific", "read as New York time"),
        ("2026-04-30 +02:00", "read as New York time"),
    ],
)
def test_what_is_no_date_or_could_be_two_is_refused_with_a_way_on(typed: str, hint: str) -> None:
    with pytest.raises(UnreadableTimeError, match=hint):
        read(typed, NEW_YORK, NOW)


@pytest.mark.parametrize("typed", ["Thursday April 30", "end of Thu, April 30", "Wed April 30, 2027 7pm"])
def test_a_date_on_another_day_of_the_week_than_was_typed_is_refused(typed: str) -> None:
    # It was a Thursday in the year before, so this may be an old text.
    with pytest.raises(UnreadableTimeError, match="April 30, 2027 is a Friday"):
        read(typed, NEW_YORK, datetime(2026, 11, 30, tzinfo=UTC))


@pytest.mark.parametrize("typed", ["April 30 0:00", "2026-04-30 00:00"])
def test_zero_hours_is_the_start_of_a_day_but_as_an_end_it_is_asked_which_end_is_meant(typed: str) -> None:
    reading = read(typed, NEW_YORK, NOW)
    assert start_meant(reading, NEW_YORK) == start_of(date(2026, 4, 30), NEW_YORK)
    with pytest.raises(MidnightError, match="start or the end of Thursday, April 30, 2026"):
        end_meant(reading, NEW_YORK)
    assert end_meant(read("April 30 10:00", NEW_YORK, NOW), NEW_YORK).at.time() == time(10)


@given(st.text(max_size=70))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        said = f"{read(typed, NEW_YORK, NOW)}"
    except UserFacingError as refused:
        said = refused.message
    assert 0 < len(said) < 300


def test_a_day_as_an_end_is_its_end_and_as_a_start_its_start() -> None:
    april_30 = read("April 30", NEW_YORK, NOW)
    assert end_meant(april_30, NEW_YORK).instant == datetime(2026, 5, 1, 4, tzinfo=UTC)
    assert start_meant(april_30, NEW_YORK).instant == datetime(2026, 4, 30, 4, tzinfo=UTC)
    assert end_meant(read("end of April 30", NEW_YORK, NOW), NEW_YORK) == end_of(date(2026, 4, 30), NEW_YORK)
    assert end_meant(read("start of April 30", NEW_YORK, NOW), NEW_YORK) == start_of(date(2026, 4, 30), NEW_YORK)


def test_the_end_of_april_30_in_new_york_is_four_in_the_morning_utc() -> None:
    assert end_of(date(2026, 4, 30), NEW_YORK).instant == datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_in_spring_is_refused() -> None:
    with pytest.raises(NonexistentTimeError, match=r"02:30 does not exist on Sunday, March 8, 2026 .* 03:00; write"):
        local_time(date(2026, 3, 8), time(2, 30), NEW_YORK)
    assert local_time(date(2026, 3, 8), time(1, 59), NEW_YORK).instant == datetime(2026, 3, 8, 6, 59, tzinfo=UTC)
    assert local_time(date(2026, 3, 8), time(3), NEW_YORK).instant == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert end_of(date(2026, 3, 8), NEW_YORK).instant == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_a_time_that_comes_twice_in_autumn_is_asked() -> None:
    day, at = date(2026, 11, 1), time(1, 30)
    with pytest.raises(AmbiguousTimeError, match="01:30 comes twice on Sunday, November 1, 2026") as asked:
        local_time(day, at, NEW_YORK)
    assert asked.value.first.instant == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert asked.value.second.instant == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert local_time(day, at, NEW_YORK, 0) == asked.value.first
    assert local_time(day, at, NEW_YORK, 1) == asked.value.second
    assert described(asked.value.first).endswith("01:30 (EDT), New York time")
    assert described(asked.value.second).endswith("01:30 (EST), New York time")
    assert end_of(day, NEW_YORK).instant == datetime(2026, 11, 2, 5, tzinfo=UTC)


def test_saying_which_of_two_changes_nothing_where_there_is_one() -> None:
    assert local_time(date(2026, 5, 1), time(1, 30), NEW_YORK, 1) == LocalTime(
        datetime.combine(date(2026, 5, 1), time(1, 30)), "America/New_York"
    )


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Santiago", date(2026, 9, 6)), ("Africa/Cairo", date(2026, 4, 24))],
)
def test_a_day_without_a_midnight_starts_when_its_clocks_do(zone: str, day: date) -> None:
    place = ZoneInfo(zone)
    start = start_of(day, place)
    assert start.at.time() == time(1)
    assert end_of(day - timedelta(days=1), place) == start
    assert end_of(day, place).instant - start.instant == timedelta(hours=23)
    assert start.instant - start_of(day - timedelta(days=1), place).instant == timedelta(hours=24)
    assert start_meant(Reading(day, time(0)), place) == start
    assert typed_again(start) == f"{day}"
    assert typed_again(start, is_end=True) == f"{day - timedelta(days=1)}"
    assert described(start).startswith("the start of ")
    assert described(start, is_end=True).startswith("the end of ")


def test_a_midnight_that_comes_twice_starts_the_day_once() -> None:
    havana, day = ZoneInfo("America/Havana"), date(2026, 11, 1)
    assert end_of(day, havana).instant - start_of(day, havana).instant == timedelta(hours=25)
    assert start_meant(Reading(day, time(0)), havana) == start_of(day, havana)


@given(
    st.sampled_from(["America/New_York", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
)
def test_days_follow_one_another_without_gap_or_overlap(zone: str, day: date) -> None:
    place = ZoneInfo(zone)
    start, end = start_of(day, place).instant, end_of(day, place).instant
    assert timedelta(hours=22) < end - start < timedelta(hours=26)
    assert start.astimezone(place).date() == day
    assert (start - timedelta(seconds=1)).astimezone(place).date() == day - timedelta(days=1)


def test_an_end_is_told_as_the_day_it_ends() -> None:
    end = end_of(date(2026, 4, 30), NEW_YORK)
    assert described(end, is_end=True) == "the end of Thursday, April 30, 2026, New York time"
    assert described(end) == "the start of Friday, May 1, 2026, New York time"
    seven = local_time(date(2026, 5, 1), time(19), NEW_YORK)
    assert described(seven, is_end=True) == "Friday, May 1, 2026, 19:00, New York time"


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.times(), st.booleans())
def test_what_a_form_shows_again_is_read_as_the_same(day: date, at: time, is_end: bool) -> None:
    try:
        local = local_time(day, at.replace(microsecond=0), NEW_YORK, 0)
    except NonexistentTimeError:
        return
    meant = end_meant if is_end else start_meant
    assert meant(read(typed_again(local, is_end=is_end), NEW_YORK, NOW), NEW_YORK, 0) == local
