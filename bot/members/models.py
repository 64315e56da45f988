"""The table of members."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime


class MemberRow(Base):
    """A person in a guild; one row however often they come and go.

    `away_since` and `greeted_before_at` are what is left of the stay before this one.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index("ix_members_awaiting", "guild_id", "screened_at", "left_at"),
        Index("ix_members_joined", "guild_id", "joined_at"),
        Index("ix_members_left", "left_at"),
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    screened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    greeted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    away_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    greeted_before_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    consented_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
