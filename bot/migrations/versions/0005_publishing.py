"""Publishing: messages in announcement channels go to the followers, too"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TO_PUBLISH = "publish_at IS NOT NULL"


def upgrade() -> None:
    """A post knows since when its message is to be published, when that is tried next, and how often it was."""
    with op.batch_alter_table("outbox_posts") as table:
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
