"""When an id was made."""

from datetime import UTC, datetime, timedelta

from bot.snowflakes import snowflake_at, time_of

#: The example of https://discord.com/developers/docs/reference#snowflakes
EXAMPLE, MADE_AT = 175928847299117063, datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


def test_an_id_tells_when_it_was_made() -> None:
    assert time_of(EXAMPLE) == MADE_AT


def test_the_lowest_id_of_an_instant_is_no_later_than_any_made_then() -> None:
    lowest = snowflake_at(MADE_AT)
    assert lowest <= EXAMPLE
    assert time_of(lowest) == MADE_AT
    assert time_of(lowest - 1) == MADE_AT - timedelta(milliseconds=1)
