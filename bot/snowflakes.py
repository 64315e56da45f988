"""Discord's ids tell when they were made: https://discord.com/developers/docs/reference#snowflakes."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: The lower bits count what was made in the same millisecond.
_TIME = 22


def time_of(snowflake: int) -> datetime:
    """The instant an id was made, in UTC and to the millisecond."""
    return _EPOCH + (snowflake >> _TIME) * _MILLISECOND


def snowflake_at(at: datetime) -> int:
    """The lowest id that can be made at an instant."""
    return (at - _EPOCH) // _MILLISECOND << _TIME
