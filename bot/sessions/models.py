"""Tables of the sessions."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")
# Keys in the outbox and buttons in channels outlive the row, so its number must not be given to another one.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class SeriesRow(Base):
    """A repetition of sessions. The local time is kept as it was meant, so that it survives a change of the clocks.

    New sessions of it are made like the session `model_id`.
    """

    __tablename__ = "session_series"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake, index=True)
    pattern: Mapped[str] = mapped_column(String(12))
    local_start: Mapped[datetime] = mapped_column(DateTime)
    zone: Mapped[str] = mapped_column(String(64))
    is_ended: Mapped[bool] = mapped_column(Boolean, default=False)
    model_id: Mapped[int | None] = mapped_column(Snowflake)


class SessionRow(Base):
    """One session. `starts_at` is `local_start` in `zone` as an instant, kept so that it can be looked for.

    `occurrence` is the place in a series it was made for, wherever it was moved to: one session stands for each.
    `seen_at` is until when it is known who was in its channel while it was open.
    `event_told` is what Discord was last told about the event, or told us: JSON, empty before that.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_guild", "guild_id", "starts_at"),
        Index("ix_sessions_state", "state", "starts_at"),
        Index("uq_sessions_occurrence", "series_id", "occurrence", unique=True),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    title: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    local_start: Mapped[datetime] = mapped_column(DateTime)
    zone: Mapped[str] = mapped_column(String(64))
    fold: Mapped[int] = mapped_column(Integer, default=0)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    length_minutes: Mapped[int] = mapped_column(Integer)
    extended_minutes: Mapped[int] = mapped_column(Integer, default=0)
    place_kind: Mapped[str] = mapped_column(String(10))
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    link: Mapped[str] = mapped_column(String(500), default="")
    created_by_id: Mapped[int | None] = mapped_column(Snowflake)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("programs.id", ondelete="SET NULL"))
    role_id: Mapped[int | None] = mapped_column(Snowflake)
    questions_each: Mapped[int] = mapped_column(Integer, default=3)
    is_moderated: Mapped[bool] = mapped_column(Boolean, default=False)
    allows_anonymous: Mapped[bool] = mapped_column(Boolean, default=True)
    capacity: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    event_id: Mapped[int | None] = mapped_column(Snowflake, index=True)
    event_told: Mapped[str] = mapped_column(Text, default="")
    thread_id: Mapped[int | None] = mapped_column(Snowflake, index=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("session_series.id", ondelete="SET NULL"))
    occurrence: Mapped[datetime | None] = mapped_column(DateTime)
    is_moved: Mapped[bool] = mapped_column(Boolean, default=False)
    recording_url: Mapped[str] = mapped_column(String(500), default="")
    recording_offset_seconds: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=1)


class SessionHostRow(Base):
    """A host of a session, in the order they were named."""

    __tablename__ = "session_hosts"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer)


class ComingRow(Base):
    """What a member said about coming; `id` orders the waiting list.

    `is_interested`: they stood in the list of the scheduled event when Discord last told.
    """

    __tablename__ = "session_coming"
    __table_args__ = (Index("uq_session_coming_member", "session_id", "member_id", unique=True), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(Snowflake)
    answer: Mapped[str] = mapped_column(String(10))
    is_interested: Mapped[bool] = mapped_column(Boolean, default=False)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)


class QuestionRow(Base):
    """One question. Its card in the outbox has the key `question:<id>`.

    `answer_message_id` is the message that answers it in writing; `was_away`: the asker was not there for the answer.
    """

    __tablename__ = "session_questions"
    __table_args__ = (Index("ix_session_questions_session", "session_id", "state"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    asker_id: Mapped[int | None] = mapped_column(Snowflake)
    text: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text, default="")
    is_anonymous: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(10))
    original: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(300), default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("session_questions.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(Snowflake)
    is_written: Mapped[bool] = mapped_column(Boolean, default=False)
    answer_message_id: Mapped[int | None] = mapped_column(Snowflake)
    was_away: Mapped[bool] = mapped_column(Boolean, default=False)
    topic: Mapped[str] = mapped_column(String(50), default="")


class VoteRow(Base):
    """A member wants to hear the answer to a question."""

    __tablename__ = "session_votes"

    question_id: Mapped[int] = mapped_column(ForeignKey("session_questions.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)


class NoteRow(Base):
    """A host's private note about a question."""

    __tablename__ = "session_notes"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    question_id: Mapped[int] = mapped_column(ForeignKey("session_questions.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(Snowflake)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PresenceRow(Base):
    """How long a member was in a session's channel, or that they took part otherwise; `attended_at` once it counts."""

    __tablename__ = "session_presence"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    entered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seconds: Mapped[int] = mapped_column(Integer, default=0)
    attended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PanelRow(Base):
    """The hosts' panel of an open session: which post of the outbox it is now."""

    __tablename__ = "session_panels"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    number: Mapped[int] = mapped_column(Integer, default=1)
    posted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class UnmaskingRow(Base):
    """A host lifted a question's anonymity: who, when and why."""

    __tablename__ = "session_unmaskings"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    question_id: Mapped[int] = mapped_column(ForeignKey("session_questions.id", ondelete="CASCADE"), index=True)
    unmasked_by_id: Mapped[int | None] = mapped_column(Snowflake)
    reason: Mapped[str] = mapped_column(String(300))
    unmasked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SessionSettingsRow(Base):
    """How long before a session people are reminded, in minutes, separated by commas."""

    __tablename__ = "session_settings"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    reminders: Mapped[str] = mapped_column(String(60), default="1440,60,10")
