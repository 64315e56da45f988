"""Tables of the community's settings."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime


class CommunityRow(Base):
    """A guild the bot is, or was, in."""

    __tablename__ = "communities"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100), default="")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    host_role_id: Mapped[int | None] = mapped_column(Snowflake)
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    keep_days: Mapped[int] = mapped_column(Integer, default=90)


class CommunityChannelRow(Base):
    """The channel a guild chose for a purpose."""

    __tablename__ = "community_channels"

    guild_id: Mapped[int] = mapped_column(
        Snowflake, ForeignKey("communities.guild_id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel_id: Mapped[int] = mapped_column(Snowflake)


class CommandSyncRow(Base):
    """The slash commands Discord was last told, as a digest."""

    __tablename__ = "command_syncs"

    application_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
