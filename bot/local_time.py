"""Local times: what a person typed as a date or a time in a zone, and the instant it means.

A wall-clock time is kept as it was meant, with its zone, so that "the end of April 30 in New York" stays that
whatever becomes of the clocks.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from dateparser.date import DateDataParser

from bot.errors import UserFacingError

#: Nobody means a longer text, nor a year further away: "April 30 19h" is read as the year 2119.
_LONGEST, _YEARS_AWAY = 60, 10
_EXAMPLES = "Write it like `April 30`, `May 1 7pm` or `2026-04-30 23:59`."

_WEEKDAY = re.compile(r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b")
#: In 04/05 nobody knows which is the day; in 30.4. the day comes first everywhere.
_SLASHED = re.compile(r"(?<![\d/-])(\d{1,2})[/-](\d{1,2})(?:[/-](?:\d{4}|\d{2}))?(?![\d/-])")
_DOTTED = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}\.")
#: Which year it is was said, in figures or by how far away it is.
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|[/.-]\d{1,2}[/.-]\d{2}(?!\d)|\b(?:month|year)s?\b")
_MIDNIGHT = re.compile(r"\bmidnight\b|(?<![\d:])12(:00)? ?a\.?m\b")
_ZERO_HOURS = re.compile(r"(?<![\d:])00?:00(:00)?(?![\d:])")
_EDGE = re.compile(r"(?:the )?(start|beginning|end) of (?:the )?(?!day\b)(.+)")
_EDGE_AFTER = re.compile(r"(.+?),? (?:at )?(?:(?:the )?(start|beginning|end) of (?:the )?day|24:00)")
_HOUR_ALONE = re.compile(r"(\bat \d{1,2}|\b\d{1,2} ?(h|o['’]?clock))$")
_AMERICAN = {"E": "eastern", "C": "central", "M": "mountain", "P": "pacific"}
_OTHER_ZONE = re.compile(rf"\b({'|'.join(_AMERICAN.values())})\b|\b[ecmp]t$")


class UnreadableTimeError(UserFacingError):
    """What was typed is no date, or could be two."""

    def __init__(self, typed: str, hint: str = _EXAMPLES) -> None:
        shown = typed.replace("`", "'").replace("\n", " ")[:_LONGEST]
        super().__init__(f"I cannot read `{shown or ' '}` as a date. {hint}")


class NonexistentTimeError(UserFacingError):
    """A wall-clock time that is skipped because the clocks go forward."""

    def __init__(self, day: date, at: time, zone: ZoneInfo, next_one: "LocalTime") -> None:
        super().__init__(
            f"{at:%H:%M} does not exist on {long_date(day)} in {zone_name(zone.key)}: the clocks go forward then. "
            f"The first time after the gap is {next_one.at:%H:%M}; write that or another one."
        )


class AmbiguousTimeError(UserFacingError):
    """A wall-clock time that comes twice because the clocks go back: `first`, and `second` after it."""

    def __init__(self, first: "LocalTime", second: "LocalTime") -> None:
        super().__init__(
            f"{first.at:%H:%M} comes twice on {long_date(first.at.date())} in {zone_name(first.zone)}: the clocks go "
            "back then. Say which one, or write another time."
        )
        self.first, self.second = first, second


class MidnightError(UserFacingError):
    """ "April 30 midnight" may mean either end of that day: `start` or `end`."""

    def __init__(self, start: "LocalTime", end: "LocalTime", day: date) -> None:
        super().__init__(f"Midnight can be the start or the end of {long_date(day)}. Say which one.")
        self.start, self.end, self.day = start, end, day


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A wall-clock time in a zone, as it was meant.

    `at` is naive, `zone` an IANA name; `fold` is 1 for the second of two equal wall-clock times in autumn.
    """

    at: datetime
    zone: str
    fold: int = 0

    @property
    def instant(self) -> datetime:
        """The instant it means, aware, in UTC."""
        return self.at.replace(tzinfo=ZoneInfo(self.zone), fold=self.fold).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was typed. Without `time` it was only a date.

    `says_midnight`: which end of the day is meant must be asked; after `0:00`, which is a `time`, only of an end.
    """

    day: date
    time: time | None
    says_midnight: bool = False


def read(text: str, zone: ZoneInfo, now: datetime, *, is_past: bool = False) -> Reading:
    """What a person typed, such as `April 30`, `May 1 7pm`, `30.4.2026 23:59`, `tomorrow` or `end of April`.

    A date without a year is the next such day, or the last one where it `is_past`; today included in both.
    Raises UnreadableTimeError.
    """
    words = " ".join(text.casefold().split())
    if not words or len(words) > _LONGEST:
        raise UnreadableTimeError(text.strip())
    words = _without_own_zone(words, zone, now)
    before, after = _EDGE.fullmatch(words), _EDGE_AFTER.fullmatch(words)
    if before or after:
        edge, on = (before[1], before[2]) if before else (after[2] or "end", after[1]) if after else ("", "")
        on = f"this {on}" if on in ("month", "year") else on
        found = _read(on, text, zone, now, is_past, edge="last" if edge == "end" else "first")
        return Reading(found.day + timedelta(days=edge == "end"), time(0))
    return _read(words, text, zone, now, is_past)


def start_of(day: date, zone: ZoneInfo) -> LocalTime:
    """The first instant of a day; where the clocks skip midnight, the first time after the gap."""
    return _first_from(datetime.combine(day, time(0)), zone)


def end_of(day: date, zone: ZoneInfo) -> LocalTime:
    """The end of a day, exclusive: the start of the next one."""
    return start_of(day + timedelta(days=1), zone)


def local_time(day: date, at: time, zone: ZoneInfo, fold: int | None = None) -> LocalTime:
    """The wall-clock time on a day; `fold` says which one where it comes twice.

    Raises NonexistentTimeError, and without `fold` AmbiguousTimeError.
    """
    wall = datetime.combine(day, at)
    if not _exists(wall, zone):
        raise NonexistentTimeError(day, at, zone, _first_from(wall, zone))
    first, second = LocalTime(wall, zone.key), LocalTime(wall, zone.key, fold=1)
    if first.instant == second.instant:
        return first
    if fold is None:
        raise AmbiguousTimeError(first, second)
    return second if fold else first


def start_meant(reading: Reading, zone: ZoneInfo, fold: int | None = None) -> LocalTime:
    """When something starts that was typed like this: a date alone is the start of that day.

    Raises MidnightError, NonexistentTimeError, AmbiguousTimeError.
    """
    is_unclear = reading.says_midnight and reading.time is None
    return _meant(reading, start_of(reading.day, zone), zone, fold, is_unclear=is_unclear)


def end_meant(reading: Reading, zone: ZoneInfo, fold: int | None = None) -> LocalTime:
    """When something ends that was typed like this, exclusive: a date alone is the end of that day.

    Raises MidnightError, NonexistentTimeError, AmbiguousTimeError.
    """
    return _meant(reading, end_of(reading.day, zone), zone, fold, is_unclear=reading.says_midnight)


def long_date(day: date) -> str:
    """A day that cannot be misread, as in `Thursday, April 30, 2026`."""
    return f"{day:%A, %B} {day.day}, {day.year}"


def zone_name(zone: str) -> str:
    """A zone as people say it: `America/New_York` is `New York`."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def described(local: LocalTime, *, is_end: bool = False) -> str:
    """The wall clock in words; an end with a day is the end of that day.

    As in `the end of Thursday, April 30, 2026, New York time`.
    """
    place = f"{zone_name(local.zone)} time"
    if day := _whole_day(local, is_end=is_end):
        return f"the {'end' if is_end else 'start'} of {long_date(day)}, {place}"
    which = f" ({_abbreviation(local)})" if _comes_twice(local) else ""
    clock = f"{local.at:%H:%M:%S}" if local.at.second else f"{local.at:%H:%M}"
    return f"{long_date(local.at.date())}, {clock}{which}, {place}"


def typed_again(local: LocalTime, *, is_end: bool = False) -> str:
    """What a person could type for it, as a form is opened again: `2026-04-30` or `2026-05-01 19:00`."""
    if day := _whole_day(local, is_end=is_end):
        return f"{day}"
    return f"{local.at:%Y-%m-%d %H:%M:%S}" if local.at.second else f"{local.at:%Y-%m-%d %H:%M}"


def _whole_day(local: LocalTime, *, is_end: bool) -> date | None:
    """The day that it ends with, or starts with; None where it is within one."""
    day = local.at.date()
    return day - timedelta(days=is_end) if local == start_of(day, ZoneInfo(local.zone)) else None


def _meant(reading: Reading, whole_day: LocalTime, zone: ZoneInfo, fold: int | None, *, is_unclear: bool) -> LocalTime:
    if is_unclear:
        raise MidnightError(start_of(reading.day, zone), end_of(reading.day, zone), reading.day)
    if reading.time is None:
        return whole_day
    if reading.time == time(0) and fold is None:
        return start_of(reading.day, zone)
    return local_time(reading.day, reading.time, zone, fold)


def _read(words: str, typed: str, zone: ZoneInfo, now: datetime, is_past: bool, edge: str = "") -> Reading:
    """With an `edge`, a month or a year is read as well: as its "first" or its "last" day."""
    _refuse_what_is_unclear(words, typed, zone)
    base = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    found, unit = _parsed(words, base, is_past, edge)
    if found is None or (edge and unit == "week"):  # nobody knows which day ends a week
        raise UnreadableTimeError(typed.strip())
    if found.tzinfo is not None:
        raise UnreadableTimeError(typed.strip(), _foreign(zone))
    today = now.astimezone(zone).date()
    day = found.date()
    if not _YEAR.search(words) and (day.month, day.day) == (today.month, today.day):
        day = today  # dateparser takes a time that has passed today to be next year's, a later one to be last year's
    if abs(day.year - today.year) > _YEARS_AWAY:
        raise UnreadableTimeError(typed.strip(), f"{day.year} is too far away. {_EXAMPLES}")
    if any(f"{day:%a}".casefold() != weekday[1][:3] for weekday in _WEEKDAY.finditer(words)):
        hint = f"{day:%B} {day.day}, {day.year} is a {day:%A}. Correct the date, or leave the weekday out."
        raise UnreadableTimeError(typed.strip(), hint)
    says_midnight = bool(_MIDNIGHT.search(words))
    at = found.time() if unit == "time" and not says_midnight else None
    return Reading(day, at, says_midnight or bool(_ZERO_HOURS.search(words)))


def _refuse_what_is_unclear(words: str, typed: str, zone: ZoneInfo) -> None:
    if _OTHER_ZONE.search(words):
        raise UnreadableTimeError(typed.strip(), _foreign(zone))
    if _HOUR_ALONE.search(words):
        raise UnreadableTimeError(typed.strip(), "Write the hour like `7pm` or `19:00`.")
    slashed = _SLASHED.search(words)
    if slashed and slashed[1] != slashed[2] and max(int(slashed[1]), int(slashed[2])) <= 12:
        raise UnreadableTimeError(typed.strip(), "It can be two days. Write the month as a word, like `April 30`.")


def _foreign(zone: ZoneInfo) -> str:
    return f"Leave the time zone out: it is read as {zone_name(zone.key)} time."


def _parsed(words: str, base: datetime, is_past: bool, edge: str) -> tuple[datetime | None, str]:
    """What is meant, and its smallest unit that was named: a `time`, `day`, `week`, `month` or `year`."""
    settings: dict[str, Any] = {
        "PREFER_DATES_FROM": "past" if is_past else "future",
        "RELATIVE_BASE": base,
        "RETURN_TIME_AS_PERIOD": True,
        "PARSERS": ["relative-time", "absolute-time"],
        "REQUIRE_PARTS": [] if _WEEKDAY.search(words) else ["day", "month"],
    }
    if _DOTTED.search(words):
        settings["DATE_ORDER"] = "DMY"
    if not edge:
        return _asked(words, settings)
    settings |= {"PREFER_DAY_OF_MONTH": edge, "PREFER_MONTH_OF_YEAR": edge}
    found, unit = _asked(words, settings)
    if found is None and len(words) > 2:  # not `4`, which the library takes for a month
        found, unit = _asked(words, settings | {"REQUIRE_PARTS": []})
        found = found if unit in ("month", "year") else None
    return found, unit


def _asked(words: str, settings: dict[str, Any]) -> tuple[datetime | None, str]:
    try:
        found = cast(Any, DateDataParser(languages=["en"], settings=settings)).get_date_data(words)
    except (ValueError, OverflowError):  # "in 99999999 years"
        return None, ""
    return cast(datetime | None, found.date_obj), found.period


def _without_own_zone(words: str, zone: ZoneInfo, now: datetime) -> str:
    """Without "EDT" or "Eastern time" at its end where that is what the text is read in anyway."""
    own = "|".join(re.escape(name) for name in _names_of(zone, now.year))
    return re.sub(rf"(?<=.)[ ,]+(?:{own})(?: time)?$", "", words) if own else words


@cache
def _names_of(zone: ZoneInfo, year: int) -> tuple[str, ...]:
    short = {datetime(year, month, 1, tzinfo=zone).tzname() or "" for month in (1, 7)}
    names = {name for name in short if name.isalpha()}
    for name in tuple(names):
        if len(name) == 3 and name[1:] in ("ST", "DT") and name[0] in _AMERICAN and zone.key.startswith("America/"):
            names |= {f"{name[0]}T", _AMERICAN[name[0]]}
    return tuple(sorted((name.casefold() for name in names), key=len, reverse=True))


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall


def _first_from(wall: datetime, zone: ZoneInfo) -> LocalTime:
    # Gaps begin and end at whole minutes; the longest, a skipped day at the date line, has 24 hours of them.
    wall = wall if _exists(wall, zone) else wall.replace(second=0, microsecond=0)
    while not _exists(wall, zone):
        wall += timedelta(minutes=1)
    return LocalTime(wall, zone.key)


def _comes_twice(local: LocalTime) -> bool:
    return _exists(local.at, ZoneInfo(local.zone)) and (
        LocalTime(local.at, local.zone).instant != LocalTime(local.at, local.zone, fold=1).instant
    )


def _abbreviation(local: LocalTime) -> str:
    return local.at.replace(tzinfo=ZoneInfo(local.zone), fold=local.fold).tzname() or ""
