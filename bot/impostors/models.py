"""Tables of hosts and of those who look like them."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime


class KnownHostRow(Base):
    """Somebody who was seen as a host."""

    __tablename__ = "known_hosts"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    witnessed: Mapped[bool]
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LookalikeRow(Base):
    """A member who looked like a host by some name."""

    __tablename__ = "lookalikes"
    __table_args__ = (
        UniqueConstraint("guild_id", "member_id", "host_id", "skeleton"),
        # An id stands on buttons, so it never comes to mean somebody else.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake)
    host_id: Mapped[int] = mapped_column(Snowflake)
    skeleton: Mapped[str] = mapped_column(String(100))
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decision: Mapped[str | None] = mapped_column(String(10))
    decided_by: Mapped[int | None] = mapped_column(Snowflake)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
