"""Discounts: what they are, their codes, who has which, who may, what the shop says, and what was done"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Ten tables, in the order of who refers to whom."""
    _create_discounts()
    _create_codes()
    _create_claims()
    _create_people()
    _create_posts()
    _create_redemptions()
    _create_audit()
    _create_vault()


def _create_discounts() -> None:
    op.create_table(
        "discounts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("amount_off", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_local", sa.DateTime(), nullable=True),
        sa.Column("starts_zone", sa.String(length=64), nullable=True),
        sa.Column("starts_fold", sa.SmallInteger(), nullable=False),
        sa.Column("ends_local", sa.DateTime(), nullable=True),
        sa.Column("ends_zone", sa.String(length=64), nullable=True),
        sa.Column("ends_fold", sa.SmallInteger(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("owner_salt", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("in_pool", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("turns_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts")),
        sa.UniqueConstraint("guild_id", "name_key", name=op.f("uq_discounts_guild_id")),
    )
    op.create_index("ix_discounts_turns_at", "discounts", ["turns_at"])


def _create_codes() -> None:
    op.create_table(
        "discounts_codes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_id", _ID, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        _belongs_to("discounts_codes", "discount_id", "discounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_codes")),
        sa.UniqueConstraint("guild_id", "fingerprint", name=op.f("uq_discounts_codes_guild_id")),
    )
    op.create_index(
        "ix_discounts_codes_free", "discounts_codes", ["discount_id", "id"],
        sqlite_where=sa.text("is_taken = 0"), postgresql_where=sa.text("is_taken = false"),
    )  # fmt: skip


def _create_claims() -> None:
    op.create_table(
        "discounts_claims",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_id", _ID, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("code_id", _ID, nullable=True),
        sa.Column("claimed_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        _belongs_to("discounts_claims", "discount_id", "discounts"),
        _belongs_to("discounts_claims", "code_id", "discounts_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_claims")),
        sa.UniqueConstraint("discount_id", "owner", name=op.f("uq_discounts_claims_discount_id")),
        sa.UniqueConstraint("code_id", name=op.f("uq_discounts_claims_code_id")),
    )
    op.create_index("ix_discounts_claims_member", "discounts_claims", ["guild_id", "member_id"])


def _create_people() -> None:
    op.create_table(
        "discounts_grants",
        *_member_of_a_discount(),
        sa.Column("granted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", UTCDateTime(), nullable=False),
        _belongs_to("discounts_grants", "discount_id", "discounts"),
        sa.PrimaryKeyConstraint("guild_id", "discount_id", "member_id", name=op.f("pk_discounts_grants")),
    )
    op.create_table(
        "discounts_looks",
        *_member_of_a_discount(),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("blocking", sa.Text(), nullable=False),
        _belongs_to("discounts_looks", "discount_id", "discounts"),
        sa.PrimaryKeyConstraint("guild_id", "discount_id", "member_id", name=op.f("pk_discounts_looks")),
    )
    op.create_table(
        "discounts_opt_outs",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", name=op.f("pk_discounts_opt_outs")),
    )


def _create_posts() -> None:
    op.create_table(
        "discounts_posts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_id", _ID, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", UTCDateTime(), nullable=False),
        _belongs_to("discounts_posts", "discount_id", "discounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_posts")),
    )
    op.create_index("ix_discounts_posts_discount", "discounts_posts", ["guild_id", "discount_id"])


def _create_redemptions() -> None:
    op.create_table(
        "discounts_redemptions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_id", _ID, nullable=False),
        sa.Column("code_id", _ID, nullable=True),
        sa.Column("order_id", sa.String(length=100), nullable=True),
        sa.Column("redeemed_on", sa.Date(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        _belongs_to("discounts_redemptions", "discount_id", "discounts"),
        _belongs_to("discounts_redemptions", "code_id", "discounts_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_redemptions")),
        sa.UniqueConstraint("discount_id", "order_id", name=op.f("uq_discounts_redemptions_discount_id")),
        sa.UniqueConstraint("code_id", name=op.f("uq_discounts_redemptions_code_id")),
    )


def _create_audit() -> None:
    op.create_table(
        "discounts_audit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("discount_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_audit")),
    )
    op.create_index("ix_discounts_audit_discount", "discounts_audit", ["guild_id", "discount_id", "id"])


def _create_vault() -> None:
    op.create_table(
        "discounts_vault",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discounts_vault")),
    )


def _member_of_a_discount() -> list[sa.Column[int]]:
    return [
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("discount_id", _ID, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
    ]


def _belongs_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
