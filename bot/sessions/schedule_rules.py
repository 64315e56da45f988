"""When sessions are: what is allowed, when people are reminded, how they repeat, and what an event says of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

from bot.local_time import LocalTime
from bot.sessions.rules import LONGEST_DESCRIPTION, LONGEST_TITLE, MOST_HOSTS, Place, PlaceKind, Session

#: How long a session may be, and how far ahead: Discord takes events of the next five years.
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)
FURTHEST = timedelta(days=5 * 365 - 1)
#: The most questions for each member, and the most places.
MOST_QUESTIONS, MOST_PLACES = 20, 100_000
LONGEST_LINK = 500
#: The location of an event that is held elsewhere, https://discord.com/developers/docs/resources/guild-scheduled-event
LONGEST_LOCATION = 100
#: So many people are mentioned in one reminder: 90 mentions of 23 characters fit in a message.
PINGED_AT_ONCE = 50
#: How many sessions of a repetition are planned ahead, and how long before its start one is announced.
AHEAD = 4
ANNOUNCED_BEFORE = timedelta(days=7)
#: A place nobody has told yet, where an event needs one.
UNKNOWN_PLACE = "To be announced"

_WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)


class Pattern(StrEnum):
    """How a session is repeated."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Reminder:
    """People are reminded at `due_at`, and not after `useful_until`."""

    before: timedelta
    due_at: datetime
    useful_until: datetime

    @property
    def minutes(self) -> int:
        """How many minutes before the start."""
        return self.before // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EventLook:
    """What Discord's scheduled event says. `channel_id` is that of a stage or voice channel, else there is a
    `location`.
    """

    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    channel_id: int | None
    location: str


def fault_of(session: Session, now: datetime) -> str | None:
    """What keeps a session from being planned like this, as a sentence for its host; None if nothing does."""
    if not session.title.strip() or len(session.title) > LONGEST_TITLE:
        return f"A session needs a title of at most {LONGEST_TITLE} characters."
    if len(session.description) > LONGEST_DESCRIPTION:
        return f"The description may have {LONGEST_DESCRIPTION:,} characters at most."
    if session.starts_at <= now:
        return "That time has passed. Choose a start that is still to come."
    if session.starts_at - now > FURTHEST:
        return "That is too far ahead: Discord takes events of the next five years."
    if not SHORTEST <= session.length <= LONGEST:
        return "A session takes 5 minutes to 12 hours. Write its length like `60`, `90 min` or `1 h 30 min`."
    return _fault_of_people(session) or _fault_of_place(session.place)


def _fault_of_people(session: Session) -> str | None:
    if not 1 <= len(set(session.host_ids)) <= MOST_HOSTS:
        return f"A session has 1 to {MOST_HOSTS} hosts."
    if not 1 <= session.questions_each <= MOST_QUESTIONS:
        return f"Each member may ask 1 to {MOST_QUESTIONS} questions."
    if session.capacity is not None and not 1 <= session.capacity <= MOST_PLACES:
        return "The number of places is at least 1. Leave it out where everybody fits."
    return None


def _fault_of_place(place: Place) -> str | None:
    if place.kind is PlaceKind.LINK and len(place.link) > LONGEST_LINK:
        return f"The link may have {LONGEST_LINK} characters at most."
    if place.kind is not PlaceKind.LINK and place.channel_id is None:
        return "Where is it held? Choose a stage or voice channel, or write a link."
    return None


def moment_of(instant: datetime, zone: ZoneInfo) -> LocalTime:
    """The wall clock of an instant in a zone."""
    local = instant.astimezone(zone)
    return LocalTime(local.replace(tzinfo=None, fold=0), zone.key, local.fold)


def reminders_of(starts_at: datetime, before: Iterable[timedelta], now: datetime) -> list[Reminder]:
    """The reminders that are still to come; one whose time has passed is not made up for.

    One that is late helps for a sixth of the time that was left, or five minutes.
    """
    due = [(one, starts_at - one) for one in before]
    return [
        Reminder(one, due_at, min(starts_at, due_at + max(timedelta(minutes=5), one / 6)))
        for one, due_at in due
        if due_at > now
    ]


def reminder_key(session: Session, minutes: int, part: int = 1) -> str:
    """The key of a reminder in the outbox. It names the start, so that a session that was moved reminds anew."""
    key = f"session:{session.id}:reminder:{minutes}:{int(session.starts_at.timestamp())}"
    return key if part == 1 else f"{key}:{part}"


def part_of_reminder(key: str) -> tuple[int, int]:
    """How many minutes before the start a reminder of this key goes out, and which part of those coming it names."""
    parts = key.split(":")
    return int(parts[3]), int(parts[5]) if len(parts) > 5 else 1


def parts_for(coming: int) -> int:
    """How many messages it takes to name so many people; at least one."""
    return max(1, -(-coming // PINGED_AT_ONCE))


def may_take_part(session: Session, role_ids: Iterable[int]) -> bool:
    """Whether somebody with these roles may come and ask."""
    return session.role_id is None or session.role_id in role_ids


def occurrences(pattern: str, starts: LocalTime, since: datetime) -> Iterator[datetime]:
    """The wall-clock times of a repetition from `starts` on, those from the instant `since` on, the earliest first.

    A month without a fifth such weekday has the last one instead, so that no month is left out.
    """
    rule: rrule
    if pattern == Pattern.MONTHLY:
        number = (starts.at.day - 1) // 7 + 1
        rule = rrule(MONTHLY, dtstart=starts.at, byweekday=_WEEKDAYS[starts.at.weekday()](number if number < 5 else -1))
    else:
        rule = rrule(WEEKLY, dtstart=starts.at, interval=2 if pattern == Pattern.FORTNIGHTLY else 1)
    for at in rule:
        if occurrence_at(at, starts.zone).instant >= since:
            yield at


def occurrence_at(at: datetime, zone: str) -> LocalTime:
    """The moment of an occurrence: the first of two equal times in autumn, and after the gap in spring."""
    instant = LocalTime(at, zone).instant
    back = moment_of(instant, ZoneInfo(zone))
    if back.at == at:
        return LocalTime(at, zone)
    # In the gap Python counts on with the offset of before, which leads behind it by as much as was skipped.
    edge = at.replace(minute=0, second=0)
    while moment_of(LocalTime(edge, zone).instant, ZoneInfo(zone)).at != edge:
        edge += timedelta(minutes=15)
    return LocalTime(edge, zone)


def is_secret(session: Session) -> bool:
    """Whether only those who come may see the link: it leads into something that is for members with a role."""
    return session.role_id is not None and session.place.kind is PlaceKind.LINK and bool(session.place.link)


def look_of(session: Session) -> EventLook:
    """What the scheduled event of a session has to say."""
    place = session.place
    is_here = place.kind is not PlaceKind.LINK
    location = "" if is_here else (place.link.strip() or UNKNOWN_PLACE)
    if location and is_secret(session):
        location = "The link is shown to those who come"
    if len(location) > LONGEST_LOCATION:
        location = "The link stands in the session’s thread"
    return EventLook(
        session.title, session.description, session.starts_at, session.ends_at,
        place.channel_id if is_here else None, location,
    )  # fmt: skip


def written(look: EventLook) -> str:
    """A look as it is kept."""
    instants = [look.starts_at.astimezone(UTC).isoformat(), look.ends_at.astimezone(UTC).isoformat()]
    return json.dumps([look.title, look.description, *instants, look.channel_id, look.location])


def read_look(kept: str) -> EventLook | None:
    """The look that was kept; None where none was."""
    if not kept:
        return None
    title, description, starts, ends, channel_id, location = json.loads(kept)
    return EventLook(
        title, description, datetime.fromisoformat(starts), datetime.fromisoformat(ends), channel_id, location
    )


def changed_by_hand(session: Session, told: EventLook | None, seen: EventLook, kind: PlaceKind) -> Session:
    """The session with what somebody changed about its event in Discord since `told`; `kind` is that of its place now.

    What was changed here and not there is left as it is here.
    """
    if told is None:
        return session
    changes: dict[str, object] = {}
    if seen.title != told.title:
        changes["title"] = seen.title
    if seen.description != told.description:
        changes["description"] = seen.description
    if seen.starts_at != told.starts_at:
        changes["starts"] = moment_of(seen.starts_at, ZoneInfo(session.starts.zone))
    has_length = seen.ends_at > seen.starts_at
    if has_length and seen.ends_at - seen.starts_at != told.ends_at - told.starts_at:
        changes["length"] = seen.ends_at - seen.starts_at - session.extended_by
    if (seen.channel_id, seen.location) != (told.channel_id, told.location):
        is_here = seen.channel_id is not None
        changes["place"] = Place(kind, seen.channel_id) if is_here else Place(PlaceKind.LINK, None, seen.location)
    return replace(session, **changes)  # type: ignore[arg-type]
