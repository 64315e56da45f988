"""Blogs over time: dates that lie ahead or move, and posts that are written anew."""

from datetime import UTC, datetime

import pytest

from bot.feeds.rules import FUTURE_HORIZON
from tests.feeds.diary import DAY, HOUR, MINUTE, START, following, post, posts

# Dates ahead.


def test_a_post_dated_ahead_waits_for_its_date() -> None:
    diary = following(*posts(1))
    tomorrow = post(2, published_at=START + DAY)
    assert diary.poll([tomorrow, post(3), post(1)]) == ["Post 3", "Post 2"]
    assert diary.announced() == ["Post 3"]
    diary.poll([tomorrow, post(3), post(1)], later=23 * HOUR)
    assert diary.announced() == ["Post 3"]
    assert diary.poll([tomorrow, post(3), post(1)], later=HOUR) == []
    assert diary.announced() == ["Post 3", "Post 2"]


def test_a_post_dated_ahead_waits_even_if_the_feed_drops_it() -> None:
    diary = following(*posts(1))
    diary.poll([post(2, published_at=START + DAY), post(1)])
    diary.poll(posts(1))
    diary.poll(posts(1), later=DAY)
    assert diary.announced() == ["Post 2"]


def test_a_post_dated_more_than_a_week_ahead_comes_at_once() -> None:
    diary = following(*posts(1))
    arrival = START + 20 * MINUTE
    diary.poll(
        [
            post(2, published_at=arrival + FUTURE_HORIZON),
            post(3, published_at=arrival + FUTURE_HORIZON + MINUTE),
            post(4, published_at=datetime(2099, 1, 1, tzinfo=UTC)),
            post(1),
        ]
    )
    assert diary.announced() == ["Post 4", "Post 3"]


def test_a_date_that_is_put_forward_or_off_moves_the_announcement() -> None:
    diary = following(*posts(1))
    diary.poll([post(3, published_at=START + 3 * DAY), post(2, published_at=START + DAY), post(1)])
    changed = [post(3, published_at=START + HOUR), post(2, published_at=START + 2 * DAY), post(1)]
    assert diary.poll(changed) == []
    diary.poll(changed, later=DAY)
    assert diary.announced() == ["Post 3"]
    diary.poll(changed, later=DAY)
    assert diary.announced() == ["Post 3", "Post 2"]


def test_a_date_that_is_taken_back_announces_at_once() -> None:
    diary = following(*posts(1))
    diary.poll([post(2, published_at=START + DAY), post(1)])
    diary.poll([post(2, published_at=None), post(1)])
    assert diary.announced() == ["Post 2"]


def test_a_date_that_is_always_tomorrow_delays_by_a_week_at_most() -> None:
    diary = following(*posts(1))
    for _ in range(9):
        diary.poll([post(2, published_at=diary.now + DAY), post(1)], later=DAY)
    assert diary.announced() == ["Post 2"]


def test_an_announced_post_that_is_dated_ahead_later_is_not_announced_again() -> None:
    diary = following(*posts(1))
    diary.poll(posts(2, 1))
    assert diary.poll([post(2, published_at=START + DAY), post(1)]) == []
    assert [change.due_at for change in diary.findings.changed] == [None]


# Changes.


def test_a_post_that_is_published_again_under_a_new_date_is_changed_not_new() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll([post(1, published_at=START - DAY), post(2)]) == []
    assert [(change.id, change.is_shown) for change in diary.findings.changed] == [(1, True)]
    diary.poll([post(1, published_at=START - DAY), post(2)])
    assert diary.findings.changed == ()


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({"title": "Another title"}, True),
        ({"summary": "Another summary."}, True),
        ({"link": "https://blog.example/posts/better-name"}, True),
        ({"guid": "another"}, False),
        ({"published_at": START - 100 * DAY + 2 * HOUR + MINUTE}, False),
    ],
)
def test_what_a_reader_sees_of_a_change_is_told(changes: dict[str, object], is_shown: bool) -> None:
    diary = following(*posts(2, 1))
    changed = post(2, **changes)
    assert diary.poll([changed, post(1)]) == []
    assert [(change.entry, change.is_shown) for change in diary.findings.changed] == [(changed, is_shown)]
    diary.poll([changed, post(1)])
    assert diary.findings.changed == ()


@pytest.mark.parametrize("changes", [{"link": "https://blog.example/posts/2?utm_campaign=x"}, {"image": "https://x/y"}])
def test_what_changes_with_every_poll_is_no_change(changes: dict[str, object]) -> None:
    diary = following(*posts(2, 1))
    diary.poll([post(2, **changes), post(1)])
    assert diary.findings.changed == ()
