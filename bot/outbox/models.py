"""The table of posts."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime

_OPEN = "state IN ('waiting', 'revising', 'removing')"
_TO_PUBLISH = "publish_at IS NOT NULL"


class PostRow(Base):
    """A message the bot sends, or sent, on its own."""

    __tablename__ = "outbox_posts"
    __table_args__ = (
        UniqueConstraint("guild_id", "key"),
        Index(
            "ix_outbox_posts_open", "due_at", "id",
            sqlite_where=text(_OPEN), postgresql_where=text(_OPEN),
        ),
        Index("ix_outbox_posts_message", "channel_id", "message_id"),
        Index(
            "ix_outbox_posts_publish", "channel_id", "publish_at",
            sqlite_where=text(_TO_PUBLISH), postgresql_where=text(_TO_PUBLISH),
        ),
    )  # fmt: skip

    # SQLite numbers rows by itself only where the type is exactly INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    kind: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[int] = mapped_column(Snowflake)
    key: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    useful_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unsure_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fingerprints: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    reason: Mapped[str | None] = mapped_column(String(1000))
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # To be published to followers since then, next tried at `publish_at`, which is empty when that is over.
    publish_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    publish_tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class ClosedDirectRow(Base):
    """A member who takes no direct messages."""

    __tablename__ = "outbox_closed_direct"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
