"""The hour of a digest, by clocks that change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.feeds.digest_rules import DigestMode, instant_of, next_digest_at

NEW_YORK, LORD_HOWE, APIA = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
SINCE = datetime(2010, 1, 1, tzinfo=UTC)
HAVANA = ZoneInfo("America/Havana")
ZONES = (NEW_YORK, LORD_HOWE, HAVANA, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC"), APIA)


def daily(hour: int, zone: ZoneInfo, after: datetime, count: int = 1) -> list[str]:
    """The next digests as the clocks of the zone show them."""
    shown: list[str] = []
    for _ in range(count):
        after = next_digest_at(DigestMode.DAILY, hour, 0, zone, after)
        shown.append(f"{after.astimezone(zone):%m-%d %H:%M %z}")
    return shown


def test_a_daily_digest_comes_today_if_its_hour_is_ahead_else_tomorrow() -> None:
    nine = datetime(2026, 7, 1, 13, tzinfo=UTC)
    assert daily(9, NEW_YORK, nine - timedelta(microseconds=1)) == ["07-01 09:00 -0400"]
    assert daily(9, NEW_YORK, nine) == ["07-02 09:00 -0400"]


def test_a_weekly_digest_comes_on_its_day() -> None:
    wednesday = datetime(2026, 7, 1, 20, tzinfo=UTC)
    due = next_digest_at(DigestMode.WEEKLY, 9, 2, NEW_YORK, wednesday)
    assert f"{due.astimezone(NEW_YORK):%a %m-%d %H:%M}" == "Wed 07-08 09:00"
    assert next_digest_at(DigestMode.WEEKLY, 17, 2, NEW_YORK, wednesday) == wednesday + timedelta(hours=1)


def test_a_digest_that_is_off_is_never_due() -> None:
    with pytest.raises(ValueError, match="off"):
        next_digest_at(DigestMode.OFF, 9, 0, NEW_YORK, datetime(2026, 7, 1, tzinfo=UTC))


def test_the_hour_stays_when_the_clocks_of_new_york_change() -> None:
    spring, autumn = datetime(2026, 3, 7, 0, tzinfo=NEW_YORK), datetime(2026, 10, 31, 0, tzinfo=NEW_YORK)
    assert daily(9, NEW_YORK, spring, 2) == ["03-07 09:00 -0500", "03-08 09:00 -0400"]
    assert daily(9, NEW_YORK, autumn, 2) == ["10-31 09:00 -0400", "11-01 09:00 -0500"]


def test_an_hour_that_new_york_jumps_over_falls_on_the_jump() -> None:
    assert daily(2, NEW_YORK, datetime(2026, 3, 7, 0, tzinfo=NEW_YORK), 3) == [
        "03-07 02:00 -0500",
        "03-08 03:00 -0400",
        "03-09 02:00 -0400",
    ]


def test_an_hour_that_comes_twice_in_new_york_is_meant_the_first_time() -> None:
    assert daily(1, NEW_YORK, datetime(2026, 10, 31, 12, tzinfo=NEW_YORK), 2) == [
        "11-01 01:00 -0400",
        "11-02 01:00 -0500",
    ]


def test_lord_howe_changes_its_clocks_by_half_an_hour() -> None:
    spring, autumn = datetime(2026, 10, 3, 12, tzinfo=LORD_HOWE), datetime(2026, 4, 4, 12, tzinfo=LORD_HOWE)
    assert daily(2, LORD_HOWE, spring, 2) == ["10-04 02:30 +1100", "10-05 02:00 +1100"]
    assert daily(9, LORD_HOWE, spring, 1) == ["10-04 09:00 +1100"]
    # From 02:00 back to 01:30: two o'clock comes once, half an hour after one might think.
    assert daily(2, LORD_HOWE, autumn, 2) == ["04-05 02:00 +1030", "04-06 02:00 +1030"]
    assert daily(1, LORD_HOWE, autumn, 1) == ["04-05 01:00 +1100"]


def test_where_midnight_is_jumped_over_or_comes_twice() -> None:
    assert daily(0, HAVANA, datetime(2026, 3, 7, 12, tzinfo=HAVANA), 2) == ["03-08 01:00 -0400", "03-09 00:00 -0400"]
    assert daily(0, HAVANA, datetime(2026, 10, 31, 12, tzinfo=HAVANA), 2) == ["11-01 00:00 -0400", "11-02 00:00 -0500"]


def test_a_day_that_samoa_left_out_brings_its_digest_at_the_next_midnight() -> None:
    assert daily(9, APIA, datetime(2011, 12, 29, 8, tzinfo=APIA), 3) == [
        "12-29 09:00 -1000",
        "12-31 00:00 +1400",
        "12-31 09:00 +1400",
    ]


@given(
    st.sampled_from([DigestMode.DAILY, DigestMode.WEEKLY]),
    st.integers(0, 23),
    st.integers(0, 6),
    st.sampled_from(ZONES),
    st.integers(0, 26 * 365 * 24 * 60),
)
@example(DigestMode.DAILY, 2, 0, NEW_YORK, (datetime(2026, 3, 8, 6, 59, tzinfo=UTC) - SINCE) // timedelta(minutes=1))
def test_a_digest_is_always_ahead_at_its_hour_and_none_is_left_out(
    mode: DigestMode, hour: int, weekday: int, zone: ZoneInfo, minutes: int
) -> None:
    after = SINCE + timedelta(minutes=minutes)
    due = next_digest_at(mode, hour, weekday, zone, after)
    assert after < due <= after + timedelta(days=8 if mode is DigestMode.WEEKLY else 2)
    local = due.astimezone(zone)
    assert local.hour == hour or is_after_a_jump(due, zone)
    assert mode is DigestMode.DAILY or local.weekday() == weekday or is_after_a_jump(due, zone)
    assert next_digest_at(mode, hour, weekday, zone, due - timedelta(microseconds=1)) == due


def is_after_a_jump(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone were put forward at this very instant."""
    before = (instant - timedelta(seconds=1)).astimezone(zone).utcoffset()
    return before is not None and before < (instant.astimezone(zone).utcoffset() or timedelta())


@given(st.dates(date(2010, 1, 1), date(2036, 1, 1)), st.integers(0, 23), st.sampled_from(ZONES))
def test_no_earlier_instant_shows_the_same_hour_of_that_day(day: date, hour: int, zone: ZoneInfo) -> None:
    instant = instant_of(day, hour, zone)
    for minutes in range(30, 181, 30):
        local = (instant - timedelta(minutes=minutes)).astimezone(zone)
        assert (local.date(), local.hour) < (day, hour)
