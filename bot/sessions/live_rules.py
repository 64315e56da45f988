"""What an open session shows its hosts, when it ends by itself, and who counts as having been there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sessions.rules import (
    CLOSED_AFTER,
    PlaceKind,
    Question,
    QuestionState,
    Session,
    SessionState,
    in_order_of_votes,
)

#: Hosts may open a session this long before its start.
OPENED_BEFORE = timedelta(hours=1)
#: What *+10 min* adds, and how much may be added in all: a press too many must not keep a session open for a day.
EXTENSION, LONGEST_EXTENSION = timedelta(minutes=10), timedelta(hours=4)
#: Discord limits edits of messages older than an hour, so the hosts' panel is posted anew before that.
PANEL_LASTS = timedelta(minutes=50)
#: Who was in the session's channel for so long attended it.
ATTENDED_AFTER = timedelta(minutes=10)
#: Who is there before and after a silence of the bot that was no longer than this is taken to have stayed.
SILENCE = timedelta(minutes=5)
LONGEST_NOTE, LONGEST_TOPIC = 1000, 50

#: Left unanswered when a session closes; a host may carry these over, or leave them for written answers.
UNANSWERED = (QuestionState.OPEN, QuestionState.SKIPPED, QuestionState.LATER, QuestionState.PENDING)


@dataclass(frozen=True, slots=True)
class Board:
    """What the hosts' panel shows. `waiting` are all questions that may be taken, those nobody put off first.

    `notes` belong to the question that is answered now, or else to the next one: who wrote what, the oldest first.
    """

    session: Session
    current: Question | None
    waiting: Sequence[Question]
    notes: Sequence[tuple[int | None, str]] = ()
    pending: int = 0
    answered: int = 0
    attended: int = 0

    @property
    def next(self) -> Question | None:
        """The question to take next, if one waits that nobody put off."""
        first = self.waiting[0] if self.waiting else None
        return first if first is not None and first.state is QuestionState.OPEN else None

    def count(self, state: QuestionState) -> int:
        """How many of the questions that wait are in this state."""
        return sum(question.state is state for question in self.waiting)


@dataclass(frozen=True, slots=True)
class Stay:
    """A member's time in a session's channel: since when they are in it, and how long they were before that."""

    member_id: int
    entered_at: datetime | None
    before: timedelta = timedelta()


def board_of(session: Session, questions: Sequence[Question], attended: int) -> Board:
    """The board of a session that has these questions."""
    counted = [question.state for question in questions]
    current = next((question for question in questions if question.state is QuestionState.NOW), None)
    return Board(
        session, current, in_order_to_take(questions), pending=counted.count(QuestionState.PENDING),
        answered=counted.count(QuestionState.ANSWERED), attended=attended,
    )  # fmt: skip


def in_order_to_take(questions: Sequence[Question]) -> list[Question]:
    """Those that may be taken: by votes, of equals the oldest first; skipped ones and those for later at the end."""
    put_off = (QuestionState.OPEN, QuestionState.SKIPPED, QuestionState.LATER)
    return [
        question
        for state in put_off
        for question in in_order_of_votes([question for question in questions if question.state is state])
    ]


def may_host(session: Session, member_id: int, *, manages: bool) -> bool:
    """Whether somebody may lead a session: one of its hosts, or who manages the server."""
    return manages or member_id in session.host_ids


def opens_at(session: Session) -> datetime:
    """The instant from which a host may open a session by hand."""
    return session.starts_at - OPENED_BEFORE


def closes_at(session: Session) -> datetime:
    """The instant at which a session closes by itself."""
    return session.ends_at + CLOSED_AFTER


def is_due_to_open(session: Session, now: datetime) -> bool:
    """Whether a session opens by itself now."""
    return session.state is SessionState.PLANNED and session.starts_at <= now < closes_at(session)


def is_due_to_close(session: Session, now: datetime) -> bool:
    """Whether a session closes by itself now; also one that never opened because the bot was away."""
    return session.state in (SessionState.PLANNED, SessionState.OPEN) and closes_at(session) <= now


def is_panel_due(posted_at: datetime, now: datetime) -> bool:
    """Whether the panel must be posted anew while it can still be edited freely."""
    return now - posted_at >= PANEL_LASTS


def time_spent(stay: Stay, until: datetime) -> timedelta:
    """How long a member was in the channel until then, in all."""
    if stay.entered_at is None:
        return stay.before
    return stay.before + max(until - stay.entered_at, timedelta())


def has_attended(stay: Stay, until: datetime) -> bool:
    """Whether a member was there long enough."""
    return time_spent(stay, until) >= ATTENDED_AFTER


def after_silence(stay: Stay, seen_at: datetime | None, now: datetime, *, is_there: bool) -> Stay:
    """What is known of a stay after the bot saw nothing from `seen_at` until now.

    Who is still there after a short silence stayed; after a long one only what was seen counts, for nobody knows.
    """
    if is_there and stay.entered_at is None:
        return Stay(stay.member_id, now, stay.before)
    if is_there and seen_at is not None and now - seen_at <= SILENCE:
        return stay
    spent = time_spent(stay, seen_at) if seen_at is not None else stay.before
    return Stay(stay.member_id, now if is_there else None, spent)


def was_away(session: Session, stay: Stay | None, *, took_part: bool) -> bool:
    """Whether an asker is told in the recap that they were answered: they were not in the session's channel.

    Where the session is held behind a link, nobody sees who is there; who took part in the thread counts as there.
    """
    if session.place.kind is PlaceKind.LINK:
        return not took_part
    return stay is None or stay.entered_at is None
