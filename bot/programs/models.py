"""Tables of the programs. They hold nothing about members."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")
# Buttons in messages outlive the row, so its number must not be given to another one.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class ProgramRow(Base):
    """A program. `name_key` is what no two names of a guild may have in common."""

    __tablename__ = "programs"
    __table_args__ = (UniqueConstraint("guild_id", "name_key"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(240))  # folding a letter's case gives up to three
    summary: Mapped[str] = mapped_column(Text, default="")
    included: Mapped[str] = mapped_column(Text, default="")
    register_url: Mapped[str | None] = mapped_column(String(500))
    role_id: Mapped[int | None] = mapped_column(Snowflake)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PriceRow(Base):
    """A price of a program, with wall-clock times as they were meant: naive, with a zone and a fold."""

    __tablename__ = "program_prices"
    __table_args__ = (UniqueConstraint("program_id", "label_key"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(40))
    label_key: Mapped[str] = mapped_column(String(120))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    starts_at: Mapped[datetime | None] = mapped_column(DateTime)
    starts_zone: Mapped[str | None] = mapped_column(String(64))
    starts_fold: Mapped[int] = mapped_column(SmallInteger, default=0)
    until_at: Mapped[datetime | None] = mapped_column(DateTime)
    until_zone: Mapped[str | None] = mapped_column(String(64))
    until_fold: Mapped[int] = mapped_column(SmallInteger, default=0)


class RecordingRow(Base):
    """A recording of a program."""

    __tablename__ = "program_recordings"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(_Number, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(100))
    link: Mapped[str] = mapped_column(String(300))
    length_seconds: Mapped[int] = mapped_column(Integer)
    passcode: Mapped[str] = mapped_column(String(50), default="")
