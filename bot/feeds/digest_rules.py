"""When the next digest is due: at a local hour that stays the same when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


class DigestMode(StrEnum):
    """Whether entries go out one by one, or together."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


def next_digest_at(mode: DigestMode, hour: int, weekday: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The first time later than `after` at which a digest is due, in UTC.

    `hour` is 0 to 23 by the clocks of `zone`, `weekday` 0 for Monday to 6, and only heeded in a weekly digest. An hour
    that the clocks jump over falls on the instant of the jump; one that comes twice is meant the first time.

    Raises ValueError for a digest that is off.
    """
    if mode is DigestMode.OFF:
        raise ValueError("A digest that is off is never due.")
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(9))
    instants = (instant_of(day, hour, zone) for day in days if mode is DigestMode.DAILY or day.weekday() == weekday)
    return next(instant for instant in instants if instant > after)


def instant_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """When it is `hour` o'clock on a day in a zone, in UTC: the first time, or the end of the gap it falls in."""
    wanted = datetime.combine(day, time(hour), tzinfo=zone)
    instant = wanted.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return instant
    # In a gap, fold=0 counts with the clocks of before and fold=1 with those of after: the jump lies between (PEP 495).
    return _jump_between(wanted.replace(fold=1).astimezone(UTC), instant, zone)


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which a zone's clocks jump, to the second."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
