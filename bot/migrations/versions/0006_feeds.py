"""Feeds: what is fetched, who follows it, what it said, and what was made of that"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WANTED = sa.text("thread_state = 'wanted'")


def upgrade() -> None:
    """Six tables, in the order of who refers to whom."""
    _create_sources()
    _create_entries()
    _create_feeds()
    _create_posts()
    _create_deliveries()
    _create_voices()


def _create_sources() -> None:
    op.create_table(
        "feed_sources",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("site", sa.String(length=2000), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("next_poll_at", UTCDateTime(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", UTCDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("moving_to", sa.String(length=2000), nullable=False),
        sa.Column("moved_polls", sa.Integer(), nullable=False),
        sa.Column("ttl_seconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_sources")),
        sa.UniqueConstraint("url", name=op.f("uq_feed_sources_url")),
    )
    op.create_index(op.f("ix_feed_sources_next_poll_at"), "feed_sources", ["next_poll_at"])


def _create_entries() -> None:
    op.create_table(
        "feed_entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("guid_key", sa.Text(), nullable=False),
        sa.Column("link_key", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("image", sa.String(length=2000), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["feed_sources.id"], name=op.f("fk_feed_entries_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feed_entries_source_id"), "feed_entries", ["source_id"])


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("has_follow_button", sa.Boolean(), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=False),
        sa.Column("flood_limit", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=10), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("followed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["feed_sources.id"], name=op.f("fk_feeds_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("guild_id", "source_id", name=op.f("uq_feeds_guild_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feeds_source_id"), "feeds", ["source_id"])


def _create_posts() -> None:
    op.create_table(
        "feed_posts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("is_digest", sa.Boolean(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("thread_state", sa.String(length=10), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("author_called_at", UTCDateTime(), nullable=True),
        sa.Column("author_answered_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_posts_feed_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_posts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_posts_feed", "feed_posts", ["feed_id", "due_at"])
    op.create_index("ix_feed_posts_wanted", "feed_posts", ["id"], sqlite_where=_WANTED, postgresql_where=_WANTED)


def _create_deliveries() -> None:
    op.create_table(
        "feed_deliveries",
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("post_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["feed_entries.id"], name=op.f("fk_feed_deliveries_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_deliveries_feed_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["feed_posts.id"], name=op.f("fk_feed_deliveries_post_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("feed_id", "entry_id", name=op.f("pk_feed_deliveries")),
    )
    op.create_index(op.f("ix_feed_deliveries_post_id"), "feed_deliveries", ["post_id"])


def _create_voices() -> None:
    op.create_table(
        "feed_voices",
        sa.Column("post_id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["feed_posts.id"], name=op.f("fk_feed_voices_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_feed_voices")),
    )
