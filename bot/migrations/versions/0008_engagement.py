"""Taking part: what members did day by day, with whom, and what was counted already"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Settings, what was counted, days, and who was there for whom."""
    _create_settings()
    _create_days()
    _create_answers()
    _create_conversations()


def _create_settings() -> None:
    op.create_table(
        "engagement_settings",
        _id("guild_id"),
        sa.Column("present", sa.Integer(), server_default="8", nullable=False),
        sa.Column("contributing", sa.Integer(), server_default="20", nullable=False),
        sa.Column("connecting", sa.Integer(), server_default="40", nullable=False),
        sa.Column("stack_roles", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_engagement_settings")),
    )
    op.create_table(
        "engagement_level_roles",
        _id("guild_id"),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "level", name=op.f("pk_engagement_level_roles")),
    )
    op.create_table(
        "engagement_ignored",
        _id("guild_id"),
        _id("channel_id"),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", name=op.f("pk_engagement_ignored")),
    )
    op.create_table(
        "engagement_watermarks",
        _id("guild_id"),
        _id("channel_id"),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", name=op.f("pk_engagement_watermarks")),
    )


def _create_days() -> None:
    counts = ("replies_given", "replies_received", "threads_joined", "questions", "rsvps", "sessions")
    op.create_table(
        "engagement_days",
        _id("guild_id"),
        _id("member_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        *[sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in counts],
        sa.PrimaryKeyConstraint("guild_id", "member_id", "day", name=op.f("pk_engagement_days")),
    )
    op.create_table(
        "engagement_threads",
        _id("guild_id"),
        _id("member_id"),
        _id("thread_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", "thread_id", name=op.f("pk_engagement_threads")),
    )
    op.create_table(
        "engagement_standings",
        _id("guild_id"),
        _id("member_id"),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("below_since", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "member_id", name=op.f("pk_engagement_standings")),
    )


def _create_answers() -> None:
    op.create_table(
        "engagement_newcomers",
        _id("guild_id"),
        _id("newcomer_member_id"),
        sa.Column("answerer_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "newcomer_member_id", name=op.f("pk_engagement_newcomers")),
    )
    op.create_index("ix_engagement_newcomers_answerer", "engagement_newcomers", ["guild_id", "answerer_id"])
    op.create_table(
        "engagement_helpful",
        _id("guild_id"),
        _id("giver_id"),
        _id("receiver_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "giver_id", "receiver_id", "day", name=op.f("pk_engagement_helpful")),
    )
    op.create_index("ix_engagement_helpful_receiver", "engagement_helpful", ["guild_id", "receiver_id"])


def _create_conversations() -> None:
    op.create_table(
        "engagement_replies",
        _id("guild_id"),
        _id("from_id"),
        _id("to_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "from_id", "to_id", "day", name=op.f("pk_engagement_replies")),
    )
    op.create_index("ix_engagement_replies_to", "engagement_replies", ["guild_id", "to_id"])
    op.create_table(
        "engagement_partners",
        _id("guild_id"),
        _id("low_id"),
        _id("high_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "low_id", "high_id", "day", name=op.f("pk_engagement_partners")),
    )
    op.create_index("ix_engagement_partners_high", "engagement_partners", ["guild_id", "high_id"])


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
