"""Arrivals: shared greetings, held ones, returns, and messages that are drawn anew or taken down"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = "state IN ('waiting', 'revising', 'removing')"


def upgrade() -> None:
    """What a greeting says moves from the member to the message; settings, stays and the outbox grow."""
    _grow_settings()
    _grow_members()
    _grow_outbox()
    _share_greetings()


def _grow_settings() -> None:
    with op.batch_alter_table("communities") as table:
        table.add_column(sa.Column("seen_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("keep_days", sa.Integer(), nullable=False, server_default="90"))
    with op.batch_alter_table("greeting_settings") as table:
        table.add_column(sa.Column("welcome_back", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("together_seconds", sa.Integer(), nullable=False, server_default="10"))
        table.add_column(sa.Column("most_joins", sa.Integer(), nullable=False, server_default="15"))
        table.add_column(sa.Column("direct", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("held_since", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("hold_ended_at", UTCDateTime(), nullable=True))


def _grow_members() -> None:
    with op.batch_alter_table("members") as table:
        for name in ("held_at", "away_since", "greeted_before_at", "consented_at"):
            table.add_column(sa.Column(name, UTCDateTime(), nullable=True))
    op.create_index("ix_members_joined", "members", ["guild_id", "joined_at"])
    op.create_index("ix_members_left", "members", ["left_at"])


def _grow_outbox() -> None:
    op.drop_index("ix_outbox_posts_waiting", "outbox_posts")
    op.create_index(
        "ix_outbox_posts_open",
        "outbox_posts",
        ["due_at", "id"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_table(
        "outbox_closed_direct",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", name=op.f("pk_outbox_closed_direct")),
    )


def _share_greetings() -> None:
    greetings = op.create_table(
        "shared_greetings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.String(length=4000), nullable=False),
        sa.Column("is_back", sa.Boolean(), nullable=False),
        sa.Column("closes_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_greetings")),
    )
    op.create_index("ix_shared_greetings_open", "shared_greetings", ["guild_id", "closes_at"])
    greeted = op.create_table(
        "greeted_members",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("greeting_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", "greeting_id", name=op.f("pk_greeted_members")),
        sa.ForeignKeyConstraint(
            ["greeting_id"],
            ["shared_greetings.id"],
            name=op.f("fk_greeted_members_greeting_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_greeted_members_greeting_id", "greeted_members", ["greeting_id"])
    _keep_earlier_greetings(greetings, greeted)
    op.drop_table("greetings")


def _keep_earlier_greetings(greetings: sa.Table, greeted: sa.Table) -> None:
    """Each greeting so far was one member's own; its post may still wait, and then has to find it."""
    posts = sa.table(
        "outbox_posts", sa.column("id"), sa.column("guild_id"), sa.column("kind"), sa.column("subject_id"),
        sa.column("key"), sa.column("due_at", UTCDateTime()),
    )  # fmt: skip
    earlier = sa.table("greetings", sa.column("guild_id"), sa.column("member_id"), sa.column("template"))
    connection = op.get_bind()
    is_theirs = sa.and_(
        posts.c.guild_id == earlier.c.guild_id,
        posts.c.subject_id == earlier.c.member_id,
        posts.c.kind == "greeting:welcome",
    )
    found = connection.execute(
        sa.select(earlier, sa.func.max(posts.c.id), sa.func.max(posts.c.due_at, type_=UTCDateTime()))
        .join(posts, is_theirs)
        .group_by(earlier.c.guild_id, earlier.c.member_id, earlier.c.template)
    ).all()
    for guild_id, member_id, template, post_id, due_at in found:
        values = {"guild_id": guild_id, "template": template, "is_back": False, "closes_at": due_at}
        greeting_id = connection.scalar(sa.insert(greetings).values(values).returning(greetings.c.id))
        connection.execute(sa.insert(greeted).values(guild_id=guild_id, member_id=member_id, greeting_id=greeting_id))
        connection.execute(
            sa.update(posts).where(posts.c.id == post_id).values(subject_id=greeting_id, key=f"greeting:{greeting_id}")
        )
