"""The first answer to an introduction"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who answered when, and when to nudge whom. Hellos from before are the first answers of their introductions."""
    op.add_column("introductions", sa.Column("answered_at", UTCDateTime(), nullable=True))
    op.add_column("introductions", sa.Column("answered_by", sa.BigInteger(), nullable=True))
    op.add_column(
        "greeting_settings", sa.Column("nudge_minutes", sa.Integer(), nullable=False, server_default=sa.text("180"))
    )
    op.add_column("greeting_settings", sa.Column("greeter_role_id", sa.BigInteger(), nullable=True))
    op.execute("""
        UPDATE introductions SET
            answered_at = (
                SELECT said_at FROM hellos
                WHERE hellos.guild_id = introductions.guild_id AND hellos.member_id = introductions.member_id
                ORDER BY id LIMIT 1
            ),
            answered_by = (
                SELECT greeter_id FROM hellos
                WHERE hellos.guild_id = introductions.guild_id AND hellos.member_id = introductions.member_id
                ORDER BY id LIMIT 1
            )
    """)
