"""The tables of discounts and codes. What a member gets is kept encrypted; see `vault.py`."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime

_ID = BigInteger().with_variant(Integer, "sqlite")
_FREE = "is_taken = false"
#: SQLite gives the id of a deleted row to the next one, so an old card would lead to another discount.
_NEVER_AGAIN = {"sqlite_autoincrement": True}


class DiscountRow(Base):
    """A discount. Its times are wall-clock times with their zone; `turns_at` is when its card next looks otherwise.

    `claimed` and `in_pool` change in the transaction that gives a code out, so that one UPDATE decides about the last.
    """

    __tablename__ = "discounts"
    __table_args__ = (
        UniqueConstraint("guild_id", "name_key"),
        Index("ix_discounts_turns_at", "turns_at"),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    program_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(10))
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    amount_off: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    starts_local: Mapped[datetime | None] = mapped_column(DateTime)
    starts_zone: Mapped[str | None] = mapped_column(String(64))
    starts_fold: Mapped[int] = mapped_column(SmallInteger, default=0)
    ends_local: Mapped[datetime | None] = mapped_column(DateTime)
    ends_zone: Mapped[str | None] = mapped_column(String(64))
    ends_fold: Mapped[int] = mapped_column(SmallInteger, default=0)
    cap: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text)
    secret: Mapped[str | None] = mapped_column(Text)
    owner_salt: Mapped[str] = mapped_column(Text)
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    claimed: Mapped[int] = mapped_column(Integer, default=0)
    in_pool: Mapped[int] = mapped_column(Integer, default=0)
    created_by_id: Mapped[int | None] = mapped_column(Snowflake)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    turns_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CodeRow(Base):
    """A code of a pool. Its fingerprint is unique in the guild, so no two discounts give the same one out."""

    __tablename__ = "discounts_codes"
    __table_args__ = (
        UniqueConstraint("guild_id", "fingerprint"),
        Index(
            "ix_discounts_codes_free", "discount_id", "id",
            sqlite_where=text("is_taken = 0"), postgresql_where=text(_FREE),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"))
    secret: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    is_taken: Mapped[bool] = mapped_column(Boolean, default=False)


class ClaimRow(Base):
    """A member's claim, for ever: one for each member and discount, and one for each code.

    `owner` is a mark of the member made with the discount's own salt. It stays when the member is forgotten, so that
    nobody gets a second code that way; `member_id` goes.
    """

    __tablename__ = "discounts_claims"
    __table_args__ = (
        UniqueConstraint("discount_id", "owner"),
        UniqueConstraint("code_id"),
        Index("ix_discounts_claims_member", "guild_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(Snowflake)
    owner: Mapped[str] = mapped_column(String(64))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("discounts_codes.id", ondelete="CASCADE"))
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class GrantRow(Base):
    """A member whom a host named for a discount."""

    __tablename__ = "discounts_grants"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    granted_by_id: Mapped[int | None] = mapped_column(Snowflake)
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LookRow(Base):
    """A member who looked at a discount, first and last, and what stood in their way the last time."""

    __tablename__ = "discounts_looks"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    blocking: Mapped[str] = mapped_column(Text)


class OptOutRow(Base):
    """A member who wants no codes."""

    __tablename__ = "discounts_opt_outs"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)


class DiscountPostRow(Base):
    """A card of a discount in a channel; its key in the outbox is made from the id."""

    __tablename__ = "discounts_posts"
    __table_args__ = (Index("ix_discounts_posts_discount", "guild_id", "discount_id"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(Snowflake)
    posted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RedemptionRow(Base):
    """A sale the shop, or a host, told of: by a code or by the id of an order. Each counts once."""

    __tablename__ = "discounts_redemptions"
    __table_args__ = (
        UniqueConstraint("discount_id", "order_id"),
        UniqueConstraint("code_id"),
    )

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discounts.id", ondelete="CASCADE"))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("discounts_codes.id", ondelete="CASCADE"))
    order_id: Mapped[str | None] = mapped_column(String(100))
    redeemed_on: Mapped[date] = mapped_column(Date)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AuditRow(Base):
    """Who did what and when. It stays when a member is forgotten, but names them no longer. Never holds a code."""

    __tablename__ = "discounts_audit"
    __table_args__ = (Index("ix_discounts_audit_discount", "guild_id", "discount_id", "id"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    discount_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(Snowflake)
    member_id: Mapped[int | None] = mapped_column(Snowflake)
    details: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class VaultRow(Base):
    """By which key the codes are kept. One row, and none before the first code."""

    __tablename__ = "discounts_vault"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key_id: Mapped[str] = mapped_column(String(32))
