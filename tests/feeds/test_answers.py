import ssl
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.answers import LONGEST_MAX_AGE, failure_from, max_age_in, retry_after_in, validators_in
from bot.feeds.documents import Trouble, Validators

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *[("max-age=300", 300), ("public, max-age=300, must-revalidate", 300), ("MAX-AGE=300", 300)],
        *[('max-age="300"', 300), ("max-age = 300", 300), ("s-maxage=9,max-age=0", 0), ("max-age=1, max-age=2", 1)],
        *[("max-age=31536001", 31536000), ("max-age=" + "9" * 5000, 31536000), ("max-age=000000000000005", 5)],
        *[("", None), ("public", None), ("no-cache, max-age=300", None), ("max-age=300, no-store", None)],
        *[("max-age=-5", None), ("max-age=soon", None), ("max-age=", None), ("max-age", None), ("max-age=5x", None)],
        *[("s-maxage=300", None), ("x-max-age=300", None), ("max-age=٣", None), ("max-age=1.5", None)],
    ],
)
def test_how_long_an_answer_stays_good(said: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert max_age_in({"Cache-Control": said} if said else {}) == expected


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        *[("120", timedelta(minutes=2)), ("0", timedelta()), ("86400", DAY), ("86401", DAY), ("9" * 5000, DAY)],
        ("Wed, 01 Apr 2026 12:02:00 GMT", timedelta(minutes=2)),
        ("Wednesday, 01-Apr-26 12:02:00 GMT", timedelta(minutes=2)),
        ("Wed Apr  1 12:02:00 2026", timedelta(minutes=2)),
        ("Wed, 01 Apr 2026 14:02:00 +0200", timedelta(minutes=2)),
        ("Wed, 01 Apr 2026 11:00:00 GMT", timedelta()),
        ("Fri, 01 Apr 2050 12:00:00 GMT", DAY),
        *[
            ("", None),
            ("-5", None),
            ("soon", None),
            ("1.5", None),
            ("٣", None),
            ("Wed, 99 Apr 2026 12:00:00 GMT", None),
        ],
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(said: str, wait: timedelta | None) -> None:
    assert retry_after_in({"Retry-After": said}, NOW) == wait


def test_a_date_is_read_by_the_clock_of_the_server() -> None:
    headers = {"Retry-After": "Wed, 01 Apr 2026 15:10:00 GMT", "Date": "Wed, 01 Apr 2026 15:00:00 GMT"}
    assert retry_after_in(headers, NOW) == timedelta(minutes=10)
    assert retry_after_in(headers | {"Date": "nonsense"}, NOW) == timedelta(hours=3, minutes=10)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,30} [A-Z][a-z]{2} \d{1,30} \d+:\d+:\d+ (GMT|[+-]\d+)"))
def test_no_header_is_an_accident(said: str) -> None:
    wait = retry_after_in({"Retry-After": said, "Date": said}, NOW)
    assert wait is None or timedelta() <= wait <= DAY
    age = max_age_in({"Cache-Control": said})
    assert age is None or timedelta() <= age <= LONGEST_MAX_AGE


def test_what_cannot_be_kept_or_sent_back_is_not_kept() -> None:
    headers = {"ETag": '"\udcff"', "Last-Modified": "a\0b"}
    assert validators_in(headers) == Validators()
    assert validators_in({"ETag": "a" * 1000}) == Validators("a" * 1000)
    assert validators_in({"ETag": "a" * 1001}) == Validators()


@pytest.mark.parametrize(
    "error", [OSError("secret"), ssl.SSLError("secret"), ValueError("secret"), TypeError("secret")]
)
def test_the_text_of_an_error_stays_inside(error: Exception) -> None:
    failure = failure_from(error)
    assert "secret" not in failure.reason
    assert failure.trouble in (Trouble.UNREACHABLE, Trouble.UNREADABLE)
