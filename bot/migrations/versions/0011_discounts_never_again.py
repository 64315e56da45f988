"""The id of a discount is never used again, so an old card leads to no other one"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """SQLite counts on from the highest id there ever was; PostgreSQL always did."""
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table("discounts", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
