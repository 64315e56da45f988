"""Tables of the feeds: what is fetched, who follows it, what it said, and what was made of that."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime
from bot.feeds.post_rules import DEFAULT_QUESTION

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")
# Keys in the outbox and buttons in channels outlive the row, so its number must not be given to another one.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class SourceRow(Base):
    """An address that is fetched, once for all guilds that follow it."""

    __tablename__ = "feed_sources"

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    url: Mapped[str] = mapped_column(String(2000), unique=True)
    title: Mapped[str] = mapped_column(String(250), default="")
    site: Mapped[str] = mapped_column(String(2000), default="")
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(Text, default="")
    body_digest: Mapped[str] = mapped_column(String(64), default="")
    next_poll_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    looked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(String(30), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moving_to: Mapped[str] = mapped_column(String(2000), default="")
    moved_polls: Mapped[int] = mapped_column(Integer, default=0)
    ttl_seconds: Mapped[int | None] = mapped_column(Integer)


class FeedRow(Base):
    """One guild's following of a source. `owner_id` is the member whose own blog it is, and who shared it."""

    __tablename__ = "feeds"
    __table_args__ = (UniqueConstraint("guild_id", "source_id"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    source_id: Mapped[int] = mapped_column(ForeignKey("feed_sources.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    author_id: Mapped[int | None] = mapped_column(Snowflake)
    owner_id: Mapped[int | None] = mapped_column(Snowflake)
    role_id: Mapped[int | None] = mapped_column(Snowflake)
    has_follow_button: Mapped[bool] = mapped_column(Boolean, default=True)
    question: Mapped[str] = mapped_column(String(300), default=DEFAULT_QUESTION)
    state: Mapped[str] = mapped_column(String(10))
    interval_minutes: Mapped[int] = mapped_column(Integer, default=10)
    flood_limit: Mapped[int] = mapped_column(Integer, default=5)
    digest: Mapped[str] = mapped_column(String(10), default="off")
    digest_hour: Mapped[int] = mapped_column(Integer, default=9)
    digest_weekday: Mapped[int] = mapped_column(Integer, default=0)
    followed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class EntryRow(Base):
    """One post of a blog."""

    __tablename__ = "feed_entries"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("feed_sources.id", ondelete="CASCADE"), index=True)
    guid_key: Mapped[str] = mapped_column(Text)
    link_key: Mapped[str] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(Text)
    content_digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(250))
    link: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    summary: Mapped[str] = mapped_column(String(300))
    image: Mapped[str] = mapped_column(String(2000))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


_WANTED = "thread_state = 'wanted'"


class FeedPostRow(Base):
    """A message about one entry, or several as a digest. Its place in the outbox has the key `feed-post:<id>`."""

    __tablename__ = "feed_posts"
    __table_args__ = (
        Index("ix_feed_posts_feed", "feed_id", "due_at"),
        Index("ix_feed_posts_wanted", "id", sqlite_where=text(_WANTED), postgresql_where=text(_WANTED)),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"))
    is_digest: Mapped[bool] = mapped_column(Boolean, default=False)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    thread_state: Mapped[str] = mapped_column(String(10), default="wanted")
    thread_id: Mapped[int | None] = mapped_column(Snowflake)
    author_called_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    author_answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DeliveryRow(Base):
    """What became of an entry in one guild: taken into a post, held for the host to decide, or marked as read."""

    __tablename__ = "feed_deliveries"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("feed_entries.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    state: Mapped[str] = mapped_column(String(10))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("feed_posts.id", ondelete="SET NULL"), index=True)


class FeedVoiceRow(Base):
    """A member who wrote under a post."""

    __tablename__ = "feed_voices"

    post_id: Mapped[int] = mapped_column(ForeignKey("feed_posts.id", ondelete="CASCADE"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
