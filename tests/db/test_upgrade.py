"""Bringing databases up to date, and refusing those that cannot be."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Base, Database
from bot.db.upgrade import check_writable, current_version, newest_version, upgrade
from bot.errors import OperatorError
from tests.db.next_program import CHANGE_A_COLUMN, NextProgram

MAKE_A_TABLE = '    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))'
FAIL_HALFWAY = MAKE_A_TABLE + '\n    op.execute("INSERT INTO nowhere VALUES (1)")'


def database_at(file: Path) -> Database:
    return Database(URL.create("sqlite+aiosqlite", database=str(file)), busy_timeout=0.2)


async def start(file: Path, now: datetime) -> None:
    """What a start does: bring the file up to date."""
    database = database_at(file)
    try:
        await upgrade(database, backup_dir=file.parent / "backups", backups_kept=2, now=now)
    finally:
        await database.close()


async def refusal_of(file: Path, now: datetime) -> str:
    with pytest.raises(OperatorError) as refused:
        await start(file, now)
    message = refused.value.message
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.fixture
async def file(tmp_path: Path, now: datetime) -> Path:
    """A file of this version with a guild's settings in it."""
    file = tmp_path / "tribe.db"
    await start(file, now)
    database = database_at(file)
    communities = CommunityService(database)
    await communities.arrive(1, "Bubble", now)
    await communities.set_channel(1, ChannelPurpose.BLOG, 77)
    await database.close()
    return file


def rows(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute(statement).fetchall()


async def test_a_fresh_database_gets_exactly_the_tables_of_the_models(database: Database) -> None:
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), Base.metadata)
        )
    assert differences == []
    assert await current_version(database) == newest_version()


async def test_a_fresh_file_is_made_with_its_folder_and_without_a_backup(tmp_path: Path, now: datetime) -> None:
    await start(tmp_path / "new" / "folder" / "tribe.db", now)
    assert not (tmp_path / "new" / "folder" / "backups").exists()


async def test_a_second_start_changes_nothing(file: Path, now: datetime) -> None:
    before = file.read_bytes()
    await start(file, now)
    assert file.read_bytes() == before
    assert not (file.parent / "backups").exists()


async def test_an_upgrade_makes_a_backup_and_keeps_the_data(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(tmp_path / "later", newest_version(), MAKE_A_TABLE)
    assert later.upgrade(f"sqlite+aiosqlite:///{file}", tmp_path / "copies", 2, now.isoformat()) == ""
    (copy,) = (tmp_path / "copies").iterdir()
    assert copy.name == "tribe-20260401-120000-before-later1.db"
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(newest_version(),)]
    assert rows(copy, "SELECT name FROM communities") == [("Bubble",)]
    assert rows(file, "SELECT name FROM communities") == [("Bubble",)]
    assert rows(file, "SELECT * FROM later") == []


async def test_changing_a_table_keeps_what_refers_to_it(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(tmp_path / "later", newest_version(), CHANGE_A_COLUMN)
    assert later.upgrade(f"sqlite+aiosqlite:///{file}", tmp_path / "copies", 2, now.isoformat()) == ""
    assert rows(file, "SELECT guild_id, channel_id FROM community_channels") == [(1, 77)]
    assert rows(file, "PRAGMA foreign_key_check") == []


async def test_only_the_newest_backups_are_kept(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(tmp_path / "later", newest_version(), MAKE_A_TABLE)
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "tribe-by-hand.db").write_text("made by a person")
    original = file.read_bytes()
    for day in range(3):
        file.write_bytes(original)
        assert later.upgrade(f"sqlite+aiosqlite:///{file}", copies, 2, (now + timedelta(days=day)).isoformat()) == ""
    assert sorted(copy.name[:14] for copy in copies.iterdir()) == ["tribe-20260402", "tribe-20260403", "tribe-by-hand."]


async def test_a_failed_upgrade_leaves_the_file_as_it_was(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(tmp_path / "later", newest_version(), FAIL_HALFWAY)
    assert later.upgrade(f"sqlite+aiosqlite:///{file}", tmp_path / "copies", 2, now.isoformat()) != ""
    assert rows(file, "SELECT version_num FROM alembic_version") == [(newest_version(),)]
    assert rows(file, "SELECT name FROM sqlite_master WHERE name = 'later'") == []
    await start(file, now)


async def test_a_file_from_a_newer_program_is_refused_and_left_alone(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(tmp_path / "later", newest_version(), MAKE_A_TABLE)
    assert later.upgrade(f"sqlite+aiosqlite:///{file}", tmp_path / "copies", 2, now.isoformat()) == ""
    before = file.read_bytes()
    message = await refusal_of(file, now)
    assert "from a newer version of Tribekeeper" in message
    assert file.read_bytes() == before
    assert not (file.parent / "backups").exists()


@pytest.fixture
async def empty_server(postgres_url: str) -> AsyncIterator[URL]:
    """The address of a PostgreSQL database without a table."""
    url = make_url(postgres_url).set(drivername="postgresql+asyncpg")
    server = Database(url)
    async with server.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("CREATE DATABASE fresh"))
        yield url.set(database="fresh")
        await connection.execute(text("DROP DATABASE fresh WITH (FORCE)"))
    await server.close()


async def test_processes_that_start_at_once_migrate_a_server_one_after_the_other(
    empty_server: URL, tmp_path: Path, now: datetime
) -> None:
    program, address = (
        NextProgram(tmp_path / "program", newest_version()),
        empty_server.render_as_string(hide_password=False),
    )
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(lambda _: program.upgrade(address, tmp_path, 1, now.isoformat()), range(4)))
    assert said == [""] * 4
    database = Database(empty_server)
    assert await current_version(database) == newest_version()
    await database.close()


async def test_a_server_from_a_newer_program_is_refused(postgres_url: str, tmp_path: Path, now: datetime) -> None:
    database = Database(make_url(postgres_url).set(drivername="postgresql+asyncpg"))
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = 'later1'"))
    try:
        with pytest.raises(OperatorError, match="from a newer version"):
            await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    finally:
        async with database.transaction() as tx:
            await tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": newest_version()})
        await database.close()


@pytest.mark.parametrize("content", [b"Dear diary, " * 100, b"\x89PNG\r\n" + bytes(5000)])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, now: datetime, content: bytes
) -> None:
    file = tmp_path / "diary.db"
    file.write_bytes(content)
    assert "is not a database" in await refusal_of(file, now)
    assert file.read_bytes() == content


async def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "tribe.db").mkdir()
    assert "may not write" in await refusal_of(tmp_path / "tribe.db", now)


async def test_a_place_below_a_file_is_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "a file").write_text("not a folder")
    assert "may not write" in await refusal_of(tmp_path / "a file" / "deep" / "tribe.db", now)


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
async def test_a_locked_file_is_refused_with_a_hint(file: Path, now: datetime, how: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        assert "locked by another program" in await refusal_of(file, now)
        other.execute("ROLLBACK")
    await start(file, now)


@contextmanager
def a_person_without_rights() -> Iterator[Path]:
    """A folder that whoever acts within the block can read but not write."""
    folder = Path(tempfile.mkdtemp(prefix="tribekeeper-"))
    is_root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize("has_file", [True, False])
async def test_a_place_that_takes_no_writes_is_refused(file: Path, now: datetime, has_file: bool) -> None:
    with a_person_without_rights() as folder:
        if has_file:
            shutil.copy(file, folder / "tribe.db").chmod(0o444)
        folder.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(65534)
        message = await refusal_of(folder / "tribe.db", now)
        if has_file:
            database = database_at(folder / "tribe.db")
            with pytest.raises(OperatorError):
                await check_writable(database)
            await database.close()
    assert "may not write" in message


async def test_a_full_disk_is_told_and_an_existing_file_survives(file: Path, tmp_path: Path, now: datetime) -> None:
    later = NextProgram(
        tmp_path / "later", newest_version(),
        '    op.execute("PRAGMA max_page_count=1")\n'
        '    op.execute("CREATE TABLE later (x)")\n'
        '    op.execute("INSERT INTO later VALUES (zeroblob(100000))")',
    )  # fmt: skip
    told = later.upgrade(f"sqlite+aiosqlite:///{file}", tmp_path / "copies", 2, now.isoformat())
    assert "no room left" in told
    assert "\n" not in told
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]
    assert rows(file, "SELECT name FROM communities") == [("Bubble",)]
