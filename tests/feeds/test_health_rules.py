"""When a blog is asked again, and what its hosts hear of its trouble."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.documents import Failure, Page, Trouble, Unchanged
from bot.feeds.health_rules import (
    INTERVAL,
    LONGEST_PAUSE,
    PAUSED_AFTER,
    TOLD_AFTER,
    Health,
    address_to_move_to,
    after_poll,
    next_poll_at,
    resumed,
    should_pause,
    should_tell,
)
from tests.feeds.diary import DAY, HOUR, MINUTE, START

FINE = Unchanged()
DOWN = Failure(Trouble.SERVER_ERROR, "The server answered with an error (500).")
GONE = Failure(Trouble.GONE, "The blog says it is gone for good.")


def wait(
    interval: timedelta = INTERVAL,
    failures: int = 0,
    retry_after: timedelta | None = None,
    max_age: timedelta | None = None,
    ttl: timedelta | None = None,
    jitter: float = 0.0,
) -> timedelta:
    return next_poll_at(START, interval, failures, retry_after, max_age, ttl, jitter) - START


def after(*outcomes: Page | Unchanged | Failure, every: timedelta = 10 * MINUTE) -> tuple[Health, datetime]:
    """The health after these polls, the first of which is at START, and when the last was."""
    health, now = Health(), START - every
    for outcome in outcomes:
        now += every
        health = after_poll(health, outcome, now)
    return health, now


def moved(target: str | None) -> Page:
    return Page("https://new.example/feed", b"", moved_to=target)


# When.


def test_a_blog_is_asked_every_ten_minutes() -> None:
    assert wait() == 10 * MINUTE


def test_chance_adds_a_tenth_at_most() -> None:
    assert 10 * MINUTE < wait(jitter=0.5) < wait(jitter=0.999) <= 11 * MINUTE


@pytest.mark.parametrize(
    ("chosen", "kept"), [(MINUTE, 5 * MINUTE), (5 * MINUTE, 5 * MINUTE), (HOUR, HOUR), (9 * DAY, DAY)]
)
def test_a_host_chooses_between_five_minutes_and_a_day(chosen: timedelta, kept: timedelta) -> None:
    assert wait(interval=chosen) == kept


@pytest.mark.parametrize(("failures", "minutes"), [(1, 20), (2, 40), (3, 80), (7, 1280), (8, 1440), (10**6, 1440)])
def test_failures_double_the_pause_up_to_a_day(failures: int, minutes: int) -> None:
    assert wait(failures=failures) == minutes * MINUTE


def test_failures_never_make_it_sooner_than_the_interval() -> None:
    assert wait(interval=6 * HOUR, failures=1) == 6 * HOUR


@pytest.mark.parametrize(
    ("asked", "kept"),
    [(MINUTE, 20 * MINUTE), (2 * HOUR, 2 * HOUR), (9 * DAY, DAY), (timedelta.max, DAY), (-HOUR, 20 * MINUTE)],
)
def test_a_server_that_asks_for_patience_gets_it_for_a_day_at_most(asked: timedelta, kept: timedelta) -> None:
    assert wait(failures=1, retry_after=asked) == kept
    assert kept <= wait(failures=1, retry_after=asked, jitter=0.999) <= min(kept * 1.1, DAY)


@pytest.mark.parametrize(
    ("max_age", "ttl", "kept"),
    [
        (30 * MINUTE, None, 30 * MINUTE),
        (None, 45 * MINUTE, 45 * MINUTE),
        (30 * MINUTE, 45 * MINUTE, 45 * MINUTE),
        (MINUTE, MINUTE, 10 * MINUTE),
        (DAY, None, HOUR),
        (None, timedelta.max, HOUR),
        (-MINUTE, timedelta(0), 10 * MINUTE),
    ],
)
def test_what_a_feed_says_about_its_age_is_heeded_for_an_hour(
    max_age: timedelta | None, ttl: timedelta | None, kept: timedelta
) -> None:
    assert wait(max_age=max_age, ttl=ttl) == kept


SPANS = st.none() | st.timedeltas()


@given(st.timedeltas(5 * MINUTE, DAY), st.integers(0, 50), SPANS, SPANS, SPANS, st.floats(0, 1, exclude_max=True))
def test_it_is_never_sooner_than_the_interval_and_never_later_than_a_day(
    interval: timedelta,
    failures: int,
    retry_after: timedelta | None,
    max_age: timedelta | None,
    ttl: timedelta | None,
    jitter: float,
) -> None:
    assert interval <= wait(interval, failures, retry_after, max_age, ttl, jitter) <= LONGEST_PAUSE


# Trouble.


def test_a_blog_that_answers_is_fine() -> None:
    assert after(FINE)[0] == after(Page("https://x/feed", b""))[0] == Health(looked_at=START)


def test_hosts_hear_after_three_failures_in_a_row() -> None:
    assert not should_tell(*after(DOWN, DOWN))
    assert should_tell(*after(DOWN, DOWN, DOWN))
    assert not should_tell(*after(DOWN, DOWN, FINE, DOWN, DOWN))


def test_hosts_hear_after_six_hours_even_of_fewer_failures() -> None:
    assert not should_tell(*after(DOWN, DOWN, every=TOLD_AFTER - MINUTE))
    assert should_tell(*after(DOWN, DOWN, every=TOLD_AFTER))


def test_hosts_hear_once_in_each_time_of_trouble() -> None:
    health, now = after(DOWN, DOWN, DOWN)
    health = after_poll(replace(health, told_at=now), DOWN, now + HOUR)
    assert not should_tell(health, now + HOUR)
    for outcome in (FINE, DOWN, DOWN, DOWN):
        health = after_poll(health, outcome, now + DAY)
    assert should_tell(health, now + DAY)


def test_the_reason_is_the_last_one_and_the_time_the_first() -> None:
    health, _ = after(DOWN, Failure(Trouble.TOO_SLOW, "It took too long."))
    assert (health.failing_since, health.trouble, health.reason) == (START, Trouble.TOO_SLOW, "It took too long.")


def test_a_blog_is_paused_after_a_week_of_failures() -> None:
    assert not should_pause(*after(*[DOWN] * 7, every=DAY))
    health, now = after(*[DOWN] * 8, every=DAY)
    assert should_pause(health, now)
    assert not should_tell(health, now), "the pause tells of itself"


def test_a_week_without_the_bot_pauses_no_blog() -> None:
    assert not should_pause(*after(DOWN, DOWN, every=PAUSED_AFTER))
    assert should_pause(*after(DOWN, DOWN, DOWN, every=PAUSED_AFTER))


def test_a_blog_that_is_gone_for_good_is_paused_at_once() -> None:
    assert should_pause(*after(FINE, GONE))


def test_a_paused_blog_is_not_told_of_again() -> None:
    health, now = after(GONE, GONE, GONE)
    paused = replace(health, stopped_at=now)
    assert not should_pause(paused, now + DAY)
    assert not should_tell(paused, now + DAY)


def test_a_blog_that_is_resumed_starts_anew() -> None:
    health, now = after(*[DOWN] * 8, every=DAY)
    health = after_poll(resumed(replace(health, stopped_at=now)), DOWN, now + DAY)
    assert (health.failures, health.failing_since) == (1, now + DAY)
    assert not should_pause(health, now + DAY)


# Moving.

NEW, OTHER = "https://new.example/feed", "https://other.example/feed"


@pytest.mark.parametrize(
    ("polls", "target"),
    [
        ([moved(NEW)] * 2, None),
        ([moved(NEW)] * 3, NEW),
        ([moved(NEW), Unchanged(moved_to=NEW), moved(NEW)], NEW),
        ([moved(NEW), moved(NEW), moved(OTHER)], None),
        ([moved(NEW), moved(OTHER), moved(OTHER), moved(OTHER)], OTHER),
        ([moved(NEW), moved(NEW), moved(None), moved(NEW)], None),
        ([moved(NEW), moved(NEW), FINE, moved(NEW)], None),
        ([moved(NEW), moved(NEW), DOWN, moved(NEW)], None),
        ([moved(NEW), moved(NEW), DOWN, moved(NEW), moved(NEW), moved(NEW)], NEW),
        ([moved(None)] * 5, None),
    ],
)
def test_a_blog_moves_when_three_polls_in_a_row_were_sent_to_one_address(
    polls: list[Page | Unchanged | Failure], target: str | None
) -> None:
    assert address_to_move_to(after(*polls)[0]) == target
