"""A session as a calendar file, as https://datatracker.ietf.org/doc/html/rfc5545 has it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from bot.sessions.rules import Session, SessionState

#: What Discord offers for opening in a calendar.
FILE_NAME = "session.ics"
#: Numbers of files count the seconds from here.
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def calendar_file(session: Session, link: str, stamp: datetime, place: str = "") -> bytes:
    """The `.ics` file of a session: one event that calendars recognise when the session is moved or cancelled.

    `link` leads to its thread, `place` names the channel; a session behind a link needs none. `stamp` is now.
    """
    event: Any = Event()
    event.add("uid", f"session-{session.guild_id}-{session.id}@tribekeeper")
    # A calendar takes the file with the highest number.
    event.add("sequence", max(0, int((stamp - _FIRST).total_seconds())))
    event.add("dtstamp", stamp)
    event.add("summary", session.title)
    zone = ZoneInfo(session.starts.zone)
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    if session.description:
        event.add("description", session.description)
    if where := session.place.link or place:
        event.add("location", where)
    if link:
        event.add("url", link)
    event.add("status", "CANCELLED" if session.state is SessionState.CANCELLED else "CONFIRMED")
    calendar: Any = Calendar()
    calendar.add("prodid", "-//Tribekeeper//Sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    # A calendar need not know a zone by its name, so the zone comes with its rules.
    year = timedelta(days=366)
    calendar.add_missing_timezones(
        first_date=(session.starts_at - year).date(), last_date=(session.ends_at + year).date()
    )
    return calendar.to_ical()
