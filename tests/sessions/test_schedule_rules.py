"""When sessions are: local times over changes of the clocks, reminders, repetitions, events changed by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.local_time import LocalTime
from bot.sessions import schedule_rules as rules
from bot.sessions.rules import Place, PlaceKind, Session
from bot.sessions.schedule_rules import Pattern

NEW_YORK = "America/New_York"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(text: str, zone: str = NEW_YORK, fold: int = 0) -> LocalTime:
    return LocalTime(datetime.fromisoformat(text), zone, fold)


def session(**changes: object) -> Session:
    """A session on May 1, 2027 at 7 pm in New York."""
    known = Session(
        id=7, guild_id=1, title="Q&A", description="Ask us", starts=local("2027-05-01 19:00"),
        length=timedelta(minutes=90), place=Place(PlaceKind.LINK, None, "https://meet.example"), host_ids=(5,),
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


NOW = datetime(2027, 4, 1, 12, tzinfo=UTC)


def first(pattern: Pattern, starts: LocalTime, count: int, since: datetime = NOW - 400 * DAY) -> list[datetime]:
    return list(islice(rules.occurrences(pattern, starts, since), count))


@pytest.mark.parametrize(
    ("starts", "hours"),
    [("2027-03-06 19:00", {0, 23}), ("2027-10-30 19:00", {0, 23})],
)
def test_every_week_at_seven_stays_at_seven_over_both_changes_of_the_clocks(starts: str, hours: set[int]) -> None:
    moments = [rules.occurrence_at(at, NEW_YORK) for at in first(Pattern.WEEKLY, local(starts), 4)]
    assert {moment.at.hour for moment in moments} == {19}
    assert {moment.instant.hour for moment in moments} == hours
    assert [(b.at - a.at).days for a, b in pairwise(moments)] == [7, 7, 7]


def test_a_repeated_time_that_is_skipped_comes_after_the_gap_and_is_right_the_week_after() -> None:
    times = [rules.occurrence_at(at, NEW_YORK) for at in first(Pattern.WEEKLY, local("2027-03-07 02:30"), 3)]
    assert [f"{one.at:%d %H:%M}" for one in times] == ["07 02:30", "14 03:00", "21 02:30"]


def test_of_a_repeated_time_that_comes_twice_the_first_counts() -> None:
    times = [rules.occurrence_at(at, NEW_YORK) for at in first(Pattern.WEEKLY, local("2027-10-31 01:30"), 2)]
    assert times[1].instant == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_every_second_week_leaves_one_out() -> None:
    days = first(Pattern.FORTNIGHTLY, local("2027-05-01 19:00"), 3)
    assert [(one.month, one.day) for one in days] == [(5, 1), (5, 15), (5, 29)]


def test_every_month_keeps_to_the_weekday_and_its_number() -> None:
    third_thursday = first(Pattern.MONTHLY, local("2027-05-20 19:00"), 4)
    assert [(one.month, one.day) for one in third_thursday] == [(5, 20), (6, 17), (7, 15), (8, 19)]
    assert {one.weekday() for one in third_thursday} == {3}


def test_a_fifth_weekday_is_the_last_one_in_months_that_have_only_four() -> None:
    days = first(Pattern.MONTHLY, local("2027-05-29 19:00"), 4)
    assert [(one.month, one.day) for one in days] == [(5, 29), (6, 26), (7, 31), (8, 28)]


def test_occurrences_of_the_past_are_left_out() -> None:
    assert first(Pattern.WEEKLY, local("2027-03-06 19:00"), 1, since=NOW)[0] == datetime.fromisoformat(
        "2027-04-03 19:00"
    )


def test_reminders_are_a_day_an_hour_and_ten_minutes_before() -> None:
    before = [DAY, HOUR, timedelta(minutes=10)]
    at = session().starts_at
    assert [one.due_at for one in rules.reminders_of(at, before, NOW)] == [at - DAY, at - HOUR, at - before[2]]


def test_a_reminder_whose_time_has_passed_is_not_made_up_for_and_a_late_one_soon_helps_nobody() -> None:
    at = session().starts_at
    [hour, ten] = rules.reminders_of(at, [DAY, HOUR, timedelta(minutes=10)], at - 2 * HOUR)
    assert hour.useful_until == at - timedelta(minutes=50)
    assert ten.useful_until == at - timedelta(minutes=5)
    assert all(one.useful_until <= at for one in (hour, ten))


def test_a_moved_session_reminds_under_another_key() -> None:
    moved = session(starts=local("2027-05-02 19:00"))
    assert rules.reminder_key(session(), 60) != rules.reminder_key(moved, 60)
    assert rules.part_of_reminder(rules.reminder_key(session(), 60)) == (60, 1)
    assert rules.part_of_reminder(rules.reminder_key(session(), 1440, 3)) == (1440, 3)


@pytest.mark.parametrize(("coming", "parts"), [(0, 1), (1, 1), (50, 1), (51, 2), (101, 3)])
def test_one_message_names_fifty_people_at_most(coming: int, parts: int) -> None:
    assert rules.parts_for(coming) == parts


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"starts": local("2027-03-01 19:00")}, "passed"),
        ({"starts": local("2033-03-01 19:00")}, "five years"),
        ({"length": timedelta(minutes=4)}, "5 minutes"),
        ({"length": timedelta(hours=12, minutes=1)}, "12 hours"),
        ({"title": " "}, "title"),
        ({"title": "x" * 101}, "100"),
        ({"description": "x" * 1001}, "1,000"),
        ({"host_ids": ()}, "hosts"),
        ({"host_ids": (1, 2, 3, 4, 5, 6)}, "hosts"),
        ({"questions_each": 0}, "questions"),
        ({"capacity": 0}, "places"),
        ({"place": Place(PlaceKind.VOICE)}, "Where"),
        ({"place": Place(PlaceKind.LINK, None, "x" * 501)}, "link"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_sentence(changes: dict[str, object], told: str) -> None:
    fault = rules.fault_of(session(**changes), NOW)
    assert fault is not None
    assert told in fault
    assert rules.fault_of(session(), NOW) is None


def test_an_event_says_what_its_session_does_and_nothing_of_a_link_for_some_only() -> None:
    look = rules.look_of(session())
    assert (look.title, look.starts_at, look.ends_at) == ("Q&A", session().starts_at, session().ends_at)
    assert (look.channel_id, look.location) == (None, "https://meet.example")
    assert "meet.example" not in rules.look_of(session(role_id=9)).location
    assert rules.look_of(session(place=Place(PlaceKind.LINK))).location == rules.UNKNOWN_PLACE
    long = session(place=Place(PlaceKind.LINK, None, "https://x.example/" + "y" * 200))
    assert len(rules.look_of(long).location) <= rules.LONGEST_LOCATION
    assert rules.look_of(session(place=Place(PlaceKind.VOICE, 8))).channel_id == 8


def test_a_look_survives_being_written_down() -> None:
    look = rules.look_of(session())
    assert rules.read_look(rules.written(look)) == look
    assert rules.read_look("") is None


def test_what_was_changed_by_hand_is_taken_over_and_the_rest_is_left_as_it_is_here() -> None:
    told = rules.look_of(session())
    mine = session(title="Another title")
    seen = replace(told, starts_at=told.starts_at + DAY, ends_at=told.ends_at + DAY)
    changed = rules.changed_by_hand(mine, told, seen, PlaceKind.LINK)
    assert (changed.title, changed.starts) == ("Another title", local("2027-05-02 19:00"))
    assert changed.length == mine.length
    longer = rules.changed_by_hand(mine, told, replace(told, ends_at=told.ends_at + HOUR), PlaceKind.LINK)
    assert longer.length == mine.length + HOUR
    there = replace(told, channel_id=8, location="")
    assert rules.changed_by_hand(mine, told, there, PlaceKind.STAGE).place == Place(PlaceKind.STAGE, 8)
    assert rules.changed_by_hand(mine, told, told, PlaceKind.LINK) == mine


def test_moved_by_hand_into_the_hour_that_comes_twice_keeps_the_instant() -> None:
    instant = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    assert rules.moment_of(instant, ZoneInfo(NEW_YORK)) == local("2027-11-07 01:30", fold=1)
    assert rules.moment_of(instant, ZoneInfo(NEW_YORK)).instant == instant
