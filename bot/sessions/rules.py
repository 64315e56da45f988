"""What a session and a question are, and where each stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.local_time import LocalTime
from bot.snowflakes import time_of

#: Discord's limits of a scheduled event, https://discord.com/developers/docs/resources/guild-scheduled-event
LONGEST_TITLE, LONGEST_DESCRIPTION = 100, 1000
SHORTEST_QUESTION, LONGEST_QUESTION, LONGEST_CONTEXT = 15, 1000, 1000
MOST_HOSTS = 5
#: A session that nobody closed is closed this long after its end.
CLOSED_AFTER = timedelta(minutes=30)

#: Changes by many people share one drawing of a message; Discord limits edits of messages older than an hour.
REDRAWN_WITHIN, OLD_REDRAWN_WITHIN = timedelta(seconds=3), timedelta(minutes=1)
_OLD = timedelta(minutes=50)


class PlaceKind(StrEnum):
    """Where a session is held: in a stage or voice channel of the guild, or behind a link."""

    STAGE = "stage"
    VOICE = "voice"
    LINK = "link"


class SessionState(StrEnum):
    """Where a session stands."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Coming(StrEnum):
    """What a member said about coming. `WAITING`: they would, but every place is taken. `NO` is kept only of somebody
    who said something else before, so that they are not counted again.
    """

    YES = "yes"
    MAYBE = "maybe"
    WAITING = "waiting"
    NO = "no"


class QuestionState(StrEnum):
    """Where a question stands. `PENDING` waits for a host's approval; `LATER` is answered in writing or next time."""

    PENDING = "pending"
    OPEN = "open"
    NOW = "now"
    ANSWERED = "answered"
    LATER = "later"
    SKIPPED = "skipped"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


#: May still be voted for, changed and taken.
WAITING_STATES = (QuestionState.OPEN, QuestionState.SKIPPED, QuestionState.LATER)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is held: `channel_id` of a stage or voice channel, or a `link`."""

    kind: PlaceKind
    channel_id: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """One Q&A.

    `starts` is the wall-clock time it was announced for. `thread_id` is its thread or forum post, `event_id` Discord's
    scheduled event; both are None until made. `series_id` names the repetition it belongs to, `is_moved` tells that it
    left its place in it. `event_told` is what Discord's event said when it was last seen. `recording_offset` is how
    far into the recording the session was opened. `revision` counts how often it was announced.
    """

    id: int
    guild_id: int
    title: str
    description: str
    starts: LocalTime
    length: timedelta
    place: Place
    host_ids: tuple[int, ...]
    created_by_id: int | None = None
    program_id: int | None = None
    role_id: int | None = None
    questions_each: int = 3
    is_moderated: bool = False
    allows_anonymous: bool = True
    capacity: int | None = None
    state: SessionState = SessionState.PLANNED
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    extended_by: timedelta = timedelta()
    event_id: int | None = None
    event_told: str = ""
    thread_id: int | None = None
    series_id: int | None = None
    is_moved: bool = False
    recording_url: str = ""
    recording_offset: timedelta = timedelta()
    revision: int = 1

    @property
    def starts_at(self) -> datetime:
        """The instant it begins."""
        return self.starts.instant

    @property
    def ends_at(self) -> datetime:
        """The instant it ends, with what was added while it was open."""
        return self.starts_at + self.length + self.extended_by

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked any more."""
        return self.state in (SessionState.CLOSED, SessionState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `votes` counts members who want to hear the answer besides the asker; `others` are the askers of
    questions merged into it. `original` is what it said before a host edited it. `answered_by_id` is the host who
    answers it, also while they do; `answer_message_id` the message of a written answer. `was_away`: the asker was not
    there for it."""

    id: int
    guild_id: int
    session_id: int
    asker_id: int | None
    text: str
    asked_at: datetime
    context: str = ""
    is_anonymous: bool = False
    state: QuestionState = QuestionState.OPEN
    votes: int = 0
    others: int = 0
    original: str | None = None
    reason: str = ""
    merged_into_id: int | None = None
    taken_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by_id: int | None = None
    is_written: bool = False
    answer_message_id: int | None = None
    was_away: bool = False
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Unmasking:
    """A host lifted the anonymity of a question for the hosts: who, why and when."""

    id: int
    question_id: int
    host_id: int | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """A repetition. `pattern` is "weekly", "fortnightly" or "monthly" (the same weekday of the month); `starts` is the
    wall-clock time of its first session. New ones are made like the session `model_id`."""

    id: int
    guild_id: int
    pattern: str
    starts: LocalTime
    is_ended: bool = False
    model_id: int | None = None


def in_order_of_votes(questions: list[Question]) -> list[Question]:
    """Those with the most votes first; of equals the oldest first."""
    return sorted(questions, key=lambda question: (-question.votes - question.others, question.asked_at, question.id))


def redrawn_within(message_id: int | None, now: datetime) -> timedelta:
    """How long changes are collected before a message is drawn anew; None where it was not sent yet."""
    if message_id is None:
        return REDRAWN_WITHIN
    return OLD_REDRAWN_WITHIN if now - time_of(message_id) > _OLD else REDRAWN_WITHIN
