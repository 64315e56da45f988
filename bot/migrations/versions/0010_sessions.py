"""Sessions: when they are, who comes, what is asked, and how they went"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Eleven tables, in the order of who refers to whom."""
    _create_series()
    _create_sessions()
    _create_people()
    _create_questions()
    _create_what_belongs_to_questions()
    _create_panels()
    op.create_table(
        "session_settings",
        _member("guild_id"),
        sa.Column("reminders", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_session_settings")),
    )


def _number() -> sa.Column[int]:
    return sa.Column("id", _ID, nullable=False)


def _guild() -> sa.Column[int]:
    return sa.Column("guild_id", sa.BigInteger(), nullable=False)


def _member(name: str = "member_id") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _of_session(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_session_id")
    return (
        sa.Column("session_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=name, ondelete="CASCADE"),
    )


def _of_question(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_question_id")
    return (
        sa.Column("question_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["session_questions.id"], name=name, ondelete="CASCADE"),
    )


def _create_series() -> None:
    op.create_table(
        "session_series",
        _number(),
        _guild(),
        sa.Column("pattern", sa.String(length=12), nullable=False),
        sa.Column("local_start", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_series")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_session_series_guild_id"), "session_series", ["guild_id"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _number(),
        _guild(),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("local_start", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("length_minutes", sa.Integer(), nullable=False),
        sa.Column("extended_minutes", sa.Integer(), nullable=False),
        sa.Column("place_kind", sa.String(length=10), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("program_id", _ID, nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("questions_each", sa.Integer(), nullable=False),
        sa.Column("is_moderated", sa.Boolean(), nullable=False),
        sa.Column("allows_anonymous", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("event_told", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("series_id", _ID, nullable=True),
        sa.Column("occurrence", sa.DateTime(), nullable=True),
        sa.Column("is_moved", sa.Boolean(), nullable=False),
        sa.Column("recording_url", sa.String(length=500), nullable=False),
        sa.Column("recording_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"], ["programs.id"], name=op.f("fk_sessions_program_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["session_series.id"], name=op.f("fk_sessions_series_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_guild", "sessions", ["guild_id", "starts_at"])
    op.create_index("ix_sessions_state", "sessions", ["state", "starts_at"])
    op.create_index(op.f("ix_sessions_event_id"), "sessions", ["event_id"])
    op.create_index(op.f("ix_sessions_thread_id"), "sessions", ["thread_id"])
    op.create_index("uq_sessions_occurrence", "sessions", ["series_id", "occurrence"], unique=True)


def _create_people() -> None:
    op.create_table(
        "session_hosts",
        *_of_session("session_hosts"),
        _guild(),
        _member(),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_session_hosts")),
    )
    op.create_table(
        "session_coming",
        _number(),
        _guild(),
        *_of_session("session_coming"),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("is_interested", sa.Boolean(), nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_coming")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_session_coming_member", "session_coming", ["session_id", "member_id"], unique=True)
    op.create_table(
        "session_presence",
        *_of_session("session_presence"),
        _guild(),
        _member(),
        sa.Column("entered_at", UTCDateTime(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("attended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_session_presence")),
    )


def _create_questions() -> None:
    op.create_table(
        "session_questions",
        _number(),
        _guild(),
        *_of_session("session_questions"),
        sa.Column("asker_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("merged_into_id", _ID, nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("is_written", sa.Boolean(), nullable=False),
        sa.Column("answer_message_id", sa.BigInteger(), nullable=True),
        sa.Column("was_away", sa.Boolean(), nullable=False),
        sa.Column("topic", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["session_questions.id"],
            name=op.f("fk_session_questions_merged_into_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_questions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_questions_session", "session_questions", ["session_id", "state"])


def _create_what_belongs_to_questions() -> None:
    op.create_table(
        "session_votes",
        *_of_question("session_votes"),
        _guild(),
        _member(),
        sa.PrimaryKeyConstraint("question_id", "member_id", name=op.f("pk_session_votes")),
    )
    op.create_table(
        "session_notes",
        _number(),
        _guild(),
        *_of_question("session_notes"),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_session_notes_question_id"), "session_notes", ["question_id"])
    op.create_table(
        "session_unmaskings",
        _number(),
        _guild(),
        *_of_question("session_unmaskings"),
        sa.Column("unmasked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("unmasked_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_unmaskings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_session_unmaskings_question_id"), "session_unmaskings", ["question_id"])


def _create_panels() -> None:
    op.create_table(
        "session_panels",
        *_of_session("session_panels"),
        _guild(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("posted_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_panels")),
    )
