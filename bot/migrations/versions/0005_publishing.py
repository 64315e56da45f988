"""Publishing: messages in announcement channels go to the followers, too; changes while a message is under way"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TO_PUBLISH = "publish_at IS NOT NULL"


def upgrade() -> None:
    """A post knows how often it changed, and since when, when next and how often its message is to be published."""
    with op.batch_alter_table("outbox_posts") as table:
        table.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("publish_since", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("publish_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("publish_tries", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_outbox_posts_publish",
        "outbox_posts",
        ["channel_id", "publish_at"],
        sqlite_where=sa.text(_TO_PUBLISH),
        postgresql_where=sa.text(_TO_PUBLISH),
    )
