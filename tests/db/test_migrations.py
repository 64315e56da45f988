"""What a migration makes of the rows that were there before it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

MAYA, KOFI, NOOR, CAROL = 30, 31, 32, 33


def test_hellos_from_before_become_first_answers(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'old.db'}").begin() as old:
        _migrate(old, "0001")
        insert = "INSERT INTO introductions VALUES (10, :member, 'a', 'b', 'c', NULL, NULL, 1, :at, :at)"
        for member in (MAYA, NOOR):
            old.execute(text(insert), {"member": member, "at": "2026-04-01 12:00:00.000000"})
        hello = "INSERT INTO hellos (guild_id, member_id, greeter_id, said_at) VALUES (10, 30, :who, :at)"
        old.execute(text(hello), {"who": KOFI, "at": "2026-04-01 13:00:00.000000"})
        old.execute(text(hello), {"who": CAROL, "at": "2026-04-01 14:00:00.000000"})
        _migrate(old, "head")
        found = old.execute(text("SELECT member_id, answered_by, answered_at FROM introductions ORDER BY member_id"))
        assert [tuple(row) for row in found] == [(MAYA, KOFI, "2026-04-01 13:00:00.000000"), (NOOR, None, None)]


def _migrate(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def test_looking_for_what_is_to_be_published_reads_nothing_else(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'new.db'}").begin() as new:
        _migrate(new, "head")
        oldest = "SELECT min(id) FROM outbox_posts WHERE publish_at <= '2026' GROUP BY channel_id"
        plan = str(new.execute(text(f"EXPLAIN QUERY PLAN {oldest}")).all())
        assert "ix_outbox_posts_publish" in plan
