"""What a migration makes of the rows that were there before it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import IntegrityError

from bot.db import Database
from bot.db.upgrade import upgrade

MAYA, KOFI, NOOR, CAROL = 30, 31, 32, 33
_DISCOUNT = (
    "INSERT INTO discounts (guild_id, program_id, name, name_key, kind, currency, starts_fold, ends_fold, note, "
    "conditions, owner_salt, paused, claimed, in_pool, created_at, revision) VALUES (10, 1, :name, :name, 'pool', '', "
    "0, 0, '', '{}', '', false, 0, 0, :at, 0)"
)


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


def test_channels_ignored_before_are_ignored_from_the_beginning_and_can_be_again(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'old.db'}").begin() as old:
        _migrate(old, "0011")
        old.execute(text("INSERT INTO engagement_ignored (guild_id, channel_id) VALUES (10, 20)"))
        _migrate(old, "head")
        forever = 2**63 - 1
        assert old.execute(text("SELECT * FROM engagement_ignored")).all() == [(10, 20, 0, forever)]
        old.execute(text("INSERT INTO engagement_ignored VALUES (10, 20, 5, 6)"))
        with pytest.raises(IntegrityError):
            old.execute(text("INSERT INTO engagement_ignored VALUES (10, 20, 5, 6)"))


def test_greetings_from_before_are_kept_and_their_messages_found(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'old.db'}").begin() as old:
        _migrate(old, "0003")
        for member in (MAYA, NOOR):
            old.execute(
                text("INSERT INTO greetings VALUES (10, :who, :words)"), {"who": member, "words": f"Hi {member}"}
            )
        for member, stay, state, message in (
            (MAYA, 1, "sent", 600),
            (MAYA, 2, "waiting", None),
            (NOOR, 1, "sent", 700),
        ):
            post = (
                "INSERT INTO outbox_posts (guild_id, channel_id, kind, subject_id, key, due_at, state, attempts, "
                "fingerprints, message_id) VALUES (10, 20, :kind, :who, :key, :at, :state, 0, '', :message)"
            )
            values = {"who": member, "at": "2026-04-01 12:00:00.000000", "state": state, "message": message}
            old.execute(text(post), values | {"kind": "greeting:welcome", "key": f"greeting:{member}:{stay}"})
            old.execute(text(post), values | {"kind": "greeting:introduction", "key": f"introduction:{member}:{stay}"})
        _migrate(old, "head")
        found = old.execute(text(
            "SELECT member_id, template, closes_at, state, message_id, kind FROM greeted_members "
            "JOIN shared_greetings ON shared_greetings.id = greeting_id "
            "JOIN outbox_posts ON subject_id = greeting_id AND key = 'greeting:' || greeting_id ORDER BY member_id"
        ))  # fmt: skip
        at = "2026-04-01 12:00:00.000000"
        assert [tuple(row) for row in found] == [  # the latest of each member is theirs
            (MAYA, "Hi 30", at, "waiting", None, "greeting:welcome"),
            (NOOR, "Hi 32", at, "sent", 700, "greeting:welcome"),
        ]
        others = old.scalars(text("SELECT subject_id FROM outbox_posts WHERE kind = 'greeting:introduction'"))
        assert sorted(others) == [MAYA, MAYA, NOOR], "only greetings change"


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


async def test_discounts_from_before_are_kept_with_their_claims_and_no_id_comes_again(tmp_path: Path) -> None:
    file, at = tmp_path / "old.db", "2026-04-01 12:00:00.000000"
    with create_engine(f"sqlite:///{file}").begin() as old:
        _migrate(old, "0010")
        for number in (1, 2, 3):
            old.execute(text(_DISCOUNT), {"name": f"Number {number}", "at": at})
        claim = "INSERT INTO discounts_claims (guild_id, discount_id, owner, claimed_at) VALUES (10, 2, 'maya', :at)"
        old.execute(text(claim), {"at": at})
        before = old.execute(text("SELECT * FROM discounts")).all()
    database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
    await upgrade(database, backup_dir=tmp_path / "backups", backups_kept=1, now=datetime.now(UTC))
    await database.close()
    with create_engine(f"sqlite:///{file}").begin() as new:
        new.execute(text("PRAGMA foreign_keys=ON"))
        assert new.execute(text("SELECT * FROM discounts")).all() == before
        assert new.scalars(text("SELECT discount_id FROM discounts_claims")).all() == [2]
        assert new.execute(text("PRAGMA foreign_key_check")).all() == []
        indexes = new.scalars(text("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'discounts'"))
        assert "ix_discounts_turns_at" in indexes.all()
        new.execute(text("DELETE FROM discounts"))
        new.execute(text(_DISCOUNT), {"name": "Another", "at": at})
        assert new.scalars(text("SELECT id FROM discounts")).all() == [4]
        with pytest.raises(IntegrityError):  # what made a name a guild's only once is there still
            new.execute(text(_DISCOUNT), {"name": "Another", "at": at})
