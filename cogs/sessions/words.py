"""What is said about sessions."""

from collections.abc import Mapping

import discord

from bot.local_time import described
from bot.outbox.rules import Post
from bot.programs.rules import length_text
from bot.sessions.rules import Coming, PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import UNKNOWN_PLACE, is_secret
from bot.ui.text import safe_name, safe_within, shortened

_FIELD = 1024


def when_text(session: Session) -> str:
    """When it is, in the reader's zone and in its own; or that it will not be."""
    starts = discord.utils.format_dt(session.starts_at, "F")
    match session.state:
        case SessionState.CANCELLED:
            return f"**Cancelled.** It would have started {starts}."
        case SessionState.CLOSED:
            return f"It is over. It started {starts}."
        case SessionState.OPEN:
            return f"**Open now**, until {discord.utils.format_dt(session.ends_at, 't')}"
        case _:
            relative = discord.utils.format_dt(session.starts_at, "R")
            return f"{starts} ({relative}), for {length_text(session.length)}\n{described(session.starts)}"


def where_text(session: Session, *, is_coming: bool = False) -> str:
    """Where it is held; the link only to who comes where it leads into something for members with a role."""
    if session.place.kind is not PlaceKind.LINK:
        return f"<#{session.place.channel_id}>"
    if is_secret(session) and not is_coming:
        return "Press *I’m coming* to see the link"
    return shortened(session.place.link.strip() or UNKNOWN_PLACE, _FIELD)


def questions_text(session: Session) -> str:
    """What is asked how."""
    each = "One question each" if session.questions_each == 1 else f"Up to {session.questions_each} questions each"
    checked = ", shown once a host has read them" if session.is_moderated else ""
    anonymous = "; anonymous ones are welcome" if session.allows_anonymous else "; with your name"
    return f"{each}{checked}{anonymous}. Ask from now on."


def coming_text(session: Session, counts: Mapping[Coming, int]) -> str:
    """How many come."""
    coming = counts.get(Coming.YES, 0)
    said = [f"{coming} of {session.capacity} places" if session.capacity is not None else f"{coming}"]
    if maybe := counts.get(Coming.MAYBE, 0):
        said.append(f"{maybe} maybe")
    if waiting := counts.get(Coming.WAITING, 0):
        said.append(f"{waiting} on the waiting list")
    return " · ".join(said)


def called(session: Session) -> str:
    """A session's title, safe to show."""
    return f"**{safe_name(session.title)}**"


def reminder_text(session: Session) -> str:
    """It starts soon."""
    starts, at = (discord.utils.format_dt(session.starts_at, style) for style in ("R", "t"))
    where = f" {where_text(session)}." if session.place.kind is not PlaceKind.LINK else f" {_way_in(session)}"
    return f"⏰ {called(session)} starts {starts}, at {at}.{where}"


def _way_in(session: Session) -> str:
    return "*I’m coming* on the card shows the link." if is_secret(session) else f"{where_text(session)}"


def changed_text(session: Session, what: str) -> str | None:
    """What was changed; None where it is otherwise by now."""
    starts, relative = (discord.utils.format_dt(session.starts_at, style) for style in ("F", "R"))
    is_cancelled = session.state is SessionState.CANCELLED
    if is_cancelled != (what == "cancelled"):
        return None
    match what:
        case "cancelled":
            return f"{called(session)} is cancelled. It would have started {starts}."
        case "moved":
            return f"{called(session)} was changed: it starts {starts} ({relative}). Where: {where_text(session)}"
        case _:
            return f"{called(session)} takes place after all: {starts} ({relative})."


def seat_text(session: Session, said: Coming | None, turn: int) -> str | None:
    """Where a member stands; None where they do not come any more."""
    if said is Coming.YES:
        starts = discord.utils.format_dt(session.starts_at, "F")
        return f"A place is free, and it is yours: you are coming to {called(session)}, {starts}."
    if said is Coming.WAITING:
        return (
            f"Every place at {called(session)} is taken. You are number {turn} on the waiting list; I tell you here "
            "when a place is free."
        )
    return None


def line_of(session: Session, counts: Mapping[Coming, int]) -> str:
    """A session in `/session list`."""
    thread = f" · <#{session.thread_id}>" if session.thread_id else ""
    when = "**open now**" if session.state is SessionState.OPEN else discord.utils.format_dt(session.starts_at, "F")
    return f"- **{safe_within(session.title, 120)}** · {when} · {coming_text(session, counts)} coming{thread}"


def part_of(post: Post) -> tuple[str, int]:
    """What a message in the thread says, and which part of those coming it names."""
    parts = post.key.split(":")
    return parts[2], int(parts[4])
