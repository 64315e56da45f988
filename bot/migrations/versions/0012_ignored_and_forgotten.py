"""Since when and until when a channel is not counted in; until when somebody who was forgotten is not counted"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_FOREVER = str(2**63 - 1)


def upgrade() -> None:
    """What was ignored until now was so from the beginning, and is for ever."""
    with op.batch_alter_table("engagement_ignored") as table:
        table.add_column(sa.Column("since", sa.BigInteger(), server_default="0", nullable=False))
        table.add_column(sa.Column("until", sa.BigInteger(), server_default=_FOREVER, nullable=False))
        table.drop_constraint("pk_engagement_ignored", type_="primary")
        table.create_primary_key("pk_engagement_ignored", ["guild_id", "channel_id", "until"])
    op.create_table(
        "engagement_forgotten",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "until", "digest", name=op.f("pk_engagement_forgotten")),
    )
