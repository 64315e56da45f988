"""Transactions on real databases, also when those are locked, full or gone."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError

from bot.communities.models import CommunityChannelRow, CommunityRow
from bot.db import Database, DatabaseUnavailableError
from bot.db.statements import after_commit
from bot.db.upgrade import upgrade

#: How many moments of a transaction are tried.
TRIALS = 100


@pytest.fixture
async def file(tmp_path: Path, now: datetime) -> AsyncIterator[Database]:
    """A migrated SQLite file that waits for others only briefly."""
    database = Database(URL.create("sqlite+aiosqlite", database=str(tmp_path / "test.db")), busy_timeout=0.3)
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    yield database
    await database.close()


@pytest.fixture
async def server(postgres_url: str, tmp_path: Path, now: datetime) -> AsyncIterator[Database]:
    """A migrated PostgreSQL."""
    database = Database(make_url(postgres_url).set(drivername="postgresql+asyncpg"))
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    yield database
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE communities CASCADE"))
    await database.close()


def arrival(now: datetime, guild_id: int = 1) -> CommunityRow:
    return CommunityRow(guild_id=guild_id, arrived_at=now)


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(CommunityRow)) or 0


async def test_what_a_transaction_did_is_kept(database: Database, now: datetime) -> None:
    async with database.transaction() as tx:
        tx.add(arrival(now))
    assert await count(database) == 1


async def test_what_a_failed_transaction_did_is_undone(database: Database, now: datetime) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            tx.add(arrival(now))
            await tx.flush()
            raise RuntimeError
    assert await count(database) == 0


async def test_a_cancelled_transaction_is_undone_and_holds_up_nobody(database: Database, now: datetime) -> None:
    inside = asyncio.Event()

    async def linger() -> None:
        async with database.transaction() as tx:
            tx.add(arrival(now))
            await tx.flush()
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(linger())
    await inside.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await asyncio.wait_for(count(database), 5) == 0


async def test_a_cancellation_at_any_moment_keeps_all_or_nothing_and_leaves_no_traceback(
    database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[int] = []

    async def arrive(guild_id: int) -> None:
        async with database.transaction() as tx:
            after_commit(tx, lambda: kept.append(guild_id))
            tx.add(arrival(now, guild_id))
            await tx.flush()

    started = time.perf_counter()
    await arrive(TRIALS)
    whole = time.perf_counter() - started
    for trial in range(TRIALS):
        task = asyncio.create_task(arrive(trial))
        await asyncio.sleep(1.5 * whole * trial / TRIALS)
        task.cancel()
        await asyncio.wait({task})
    async with database.transaction() as tx:
        assert sorted(await tx.scalars(select(CommunityRow.guild_id))) == sorted(kept)
    assert 0 < len(kept) <= TRIALS
    assert not caplog.records


async def test_transactions_side_by_side_lose_nothing(database: Database, now: datetime) -> None:
    async def arrive(guild_id: int) -> None:
        async with database.transaction() as tx:
            number = await tx.scalar(select(func.count()).select_from(CommunityRow))
            tx.add(CommunityRow(guild_id=guild_id, name=str(number), arrived_at=now))

    await asyncio.gather(*(arrive(guild_id) for guild_id in range(20)))
    assert await count(database) == 20


async def test_a_broken_rule_of_the_tables_is_no_outage(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            tx.add(CommunityChannelRow(guild_id=404, purpose="blog", channel_id=1))


async def test_after_a_commit_its_action_is_called_once(database: Database, now: datetime) -> None:
    calls: list[str] = []
    async with database.transaction() as tx:
        tx.add(arrival(now))
        after_commit(tx, lambda: calls.append("done"))
        assert calls == []
    assert calls == ["done"]
    await database.ping()
    assert calls == ["done"]


async def test_without_a_commit_its_action_is_never_called(database: Database) -> None:
    calls: list[str] = []
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            after_commit(tx, lambda: calls.append("done"))
            async with tx.begin_nested():
                await tx.execute(text("SELECT 1"))
            raise RuntimeError
    await database.ping()
    assert calls == []


async def test_a_savepoint_is_no_commit(database: Database, now: datetime) -> None:
    calls: list[str] = []
    async with database.transaction() as tx:
        after_commit(tx, lambda: calls.append("done"))
        async with tx.begin_nested():
            tx.add(arrival(now))
        assert calls == []
    assert calls == ["done"]


async def test_sqlite_is_set_up_for_safety(file: Database) -> None:
    async with file.transaction() as tx:
        found = {
            name: await tx.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 300}


async def test_a_statement_changes_threads_once_with_all_its_rows(
    file: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, work: Callable[..., Any], *args: Any) -> Any:
        asked.append(work.__name__)
        return await execute(self, work, *args)

    async with file.transaction() as tx:
        tx.add_all([arrival(now, guild_id) for guild_id in range(100)])
    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    async with file.transaction() as tx:
        assert len((await tx.scalars(select(CommunityRow))).all()) == 100
        assert await tx.scalar(select(func.count()).select_from(CommunityRow)) == 100
    assert len(asked) == 3, "two statements and a commit; the transaction begins with the first"


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
async def test_a_locked_file_is_told_in_time_and_works_afterwards(file: Database, now: datetime, how: str) -> None:
    assert file.file is not None
    with closing(sqlite3.connect(file.file, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailableError, match="nothing was changed"):
            async with file.transaction() as tx:
                tx.add(arrival(now))
        assert time.monotonic() - began < 2
        other.execute("ROLLBACK")
    assert await count(file) == 0
    async with file.transaction() as tx:
        tx.add(arrival(now))
    assert await count(file) == 1


async def test_a_brief_lock_is_waited_for(file: Database, now: datetime) -> None:
    assert file.file is not None
    with closing(sqlite3.connect(file.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.1, other.execute, "ROLLBACK")
        async with file.transaction() as tx:
            tx.add(arrival(now))
    assert await count(file) == 1


async def test_closing_waits_for_the_write_under_way_and_begins_no_other(file: Database, now: datetime) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with file.transaction() as tx:
            begun.set()
            await asyncio.sleep(0.05)
            tx.add(arrival(now))

    writing = asyncio.create_task(write())
    await begun.wait()
    await file.close()
    assert writing.done()
    with pytest.raises(DatabaseUnavailableError):
        await count(file)
    assert await count(Database(file.url)) == 1


async def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, now: datetime) -> None:
    database = Database(URL.create("sqlite+aiosqlite", database=str(tmp_path / "small.db")))
    await upgrade(database, backup_dir=tmp_path, backups_kept=1, now=now)
    async with database.transaction() as tx:
        tx.add(arrival(now))
        pages = await tx.scalar(text("PRAGMA page_count"))
    await database.engine.dispose()
    # SQLite answers a file that may not grow exactly as it answers a disk without room.
    event.listen(database.engine.sync_engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(DatabaseUnavailableError):
        async with database.transaction() as tx:
            tx.add_all(CommunityRow(guild_id=2 + number, name="x" * 100, arrived_at=now) for number in range(500))
    assert await count(database) == 1
    await database.close()
    with closing(sqlite3.connect(tmp_path / "small.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_lost_connection_is_told_and_replaced(server: Database, now: datetime) -> None:
    other = Database(server.url)
    with pytest.raises(DatabaseUnavailableError):
        async with server.transaction() as tx:
            tx.add(arrival(now))
            await tx.flush()
            pid = await tx.scalar(text("SELECT pg_backend_pid()"))
            async with other.transaction() as killer:
                await killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            await tx.execute(text("SELECT 1"))
    assert await count(server) == 0
    async with server.transaction() as tx:
        tx.add(arrival(now))
    assert await count(server) == 1
    await other.close()


async def test_connections_lost_while_idle_go_unnoticed(server: Database) -> None:
    other = Database(server.url)
    async with server.transaction() as tx:
        pid = await tx.scalar(text("SELECT pg_backend_pid()"))
    async with other.transaction() as killer:
        await killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await other.close()
    assert await count(server) == 0


@pytest.mark.parametrize("change", [{"port": 1}, {"database": "nowhere"}, {"username": "nobody_here"}])
async def test_a_server_that_will_not_have_us_is_an_outage(postgres_url: str, change: dict[str, object]) -> None:
    url = make_url(postgres_url).set(drivername="postgresql+asyncpg", **change)  # type: ignore[arg-type]
    database = Database(url)
    with pytest.raises(DatabaseUnavailableError):
        await database.ping()
    await database.close()
