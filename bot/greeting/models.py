"""Tables of greetings and introductions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime


class GreetingSettingsRow(Base):
    """Whether a guild greets, and whose words' turn it is."""

    __tablename__ = "greeting_settings"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    paused: Mapped[bool] = mapped_column(default=False)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    welcome_back: Mapped[bool] = mapped_column(default=True, server_default=true())
    together_seconds: Mapped[int] = mapped_column(Integer, default=10, server_default="10")
    most_joins: Mapped[int] = mapped_column(Integer, default=15, server_default="15")
    direct: Mapped[bool] = mapped_column(default=False, server_default=false())
    held_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hold_ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    nudge_minutes: Mapped[int] = mapped_column(Integer, default=180)
    greeter_role_id: Mapped[int | None] = mapped_column(Snowflake)


class GreetingTemplateRow(Base):
    """One of a guild's greetings."""

    __tablename__ = "greeting_templates"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(String(4000))


class GreetingRow(Base):
    """The words of one greeting, which whoever joins before `closes_at` shares."""

    __tablename__ = "shared_greetings"
    __table_args__ = (Index("ix_shared_greetings_open", "guild_id", "closes_at"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    template: Mapped[str] = mapped_column(String(4000))
    is_back: Mapped[bool]
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)


class GreetedRow(Base):
    """A greeting that names a member."""

    __tablename__ = "greeted_members"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    greeting_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("shared_greetings.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class IntroductionRow(Base):
    """What a member told about themselves, and the first answer a person gave to it."""

    __tablename__ = "introductions"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    working_on: Mapped[str] = mapped_column(String(1000))
    learning: Mapped[str] = mapped_column(String(1000))
    helping_with: Mapped[str] = mapped_column(String(1000))
    blog_url: Mapped[str | None] = mapped_column(String(300))
    invited_by: Mapped[int | None] = mapped_column(Snowflake)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[int | None] = mapped_column(Snowflake)


class HelloRow(Base):
    """That one member said hi to another one's introduction."""

    __tablename__ = "hellos"
    __table_args__ = (UniqueConstraint("guild_id", "member_id", "greeter_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake)
    greeter_id: Mapped[int] = mapped_column(Snowflake)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
