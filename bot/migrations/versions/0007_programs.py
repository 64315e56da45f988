"""Programs: what is taught, its prices and its recordings"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _program(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id"], ["programs.id"], name=op.f(f"fk_{table}_program_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    """Three tables; none holds anything about members."""
    op.create_table(
        "programs",
        _number(),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("included", sa.Text(), nullable=False),
        sa.Column("register_url", sa.String(length=500), nullable=True),
        sa.Column("role_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("archived_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
        sa.UniqueConstraint("guild_id", "name_key", name=op.f("uq_programs_guild_id")),
        sqlite_autoincrement=True,
    )
    _create_prices()
    op.create_table(
        "program_recordings",
        _number(),
        *_program("program_recordings"),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("passcode", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_recordings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_program_recordings_program_id"), "program_recordings", ["program_id"])


def _create_prices() -> None:
    op.create_table(
        "program_prices",
        _number(),
        *_program("program_prices"),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("label_key", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("starts_zone", sa.String(length=64), nullable=True),
        sa.Column("starts_fold", sa.SmallInteger(), nullable=False),
        sa.Column("until_at", sa.DateTime(), nullable=True),
        sa.Column("until_zone", sa.String(length=64), nullable=True),
        sa.Column("until_fold", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_prices")),
        sa.UniqueConstraint("program_id", "label_key", name=op.f("uq_program_prices_program_id")),
        sqlite_autoincrement=True,
    )
