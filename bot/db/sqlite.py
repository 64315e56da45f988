"""SQLite by aiosqlite, with one change of threads for a statement and its rows.

The way to SQLite's thread and back costs more than most statements. SQLAlchemy would go it four times for each: for a
cursor, the statement, its rows, and to close the cursor; and once for each BEGIN.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy.engine import AdaptedConnection


def connect(file: str, *, busy_timeout: float, **options: Any) -> aiosqlite.Connection:
    """A connection to be awaited, as SQLAlchemy wants it; `busy_timeout` in seconds says how long it waits for a lock.

    Further options are those of `sqlite3.connect`.
    """
    return _Connection(partial(_opened, file, timeout=busy_timeout, **options), iter_chunk_size=64)


def begin_immediate(connection: AdaptedConnection) -> None:
    """Begin a transaction, together with its first statement."""
    connection.driver_connection.begins = True


def _opened(file: str, **options: Any) -> sqlite3.Connection:
    # Python's own BEGIN is switched off, so that `begin_immediate` decides how a transaction starts.
    connection = sqlite3.connect(file, isolation_level=None, **options)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


class _Connection(aiosqlite.Connection):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._thread.daemon = True
        self.begins = False

    def cursor(self) -> Any:
        return _Cursor(self)

    async def ask(self, method: str, sql: str, parameters: Any) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        """The closed cursor of a statement, and all its rows."""
        untyped: Any = self
        return await untyped._execute(self._ask, method, sql, parameters)

    def _ask(self, method: str, sql: str, parameters: Any) -> tuple[sqlite3.Cursor, Sequence[Any]]:
        if self.begins:
            # A transaction that reads first and writes later can be refused in the middle; taking the write lock
            # at the start makes it wait at the start instead (https://sqlite.org/lang_transaction.html).
            self._conn.execute("BEGIN IMMEDIATE")
            self.begins = False
        with closing(self._conn.cursor()) as cursor:
            getattr(cursor, method)(sql, parameters)
            return cursor, cursor.fetchall() if cursor.description else ()


class _Cursor:
    """What SQLAlchemy uses of a cursor."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        await self._keep("execute", sql, parameters)

    async def executemany(self, sql: str, parameters: Any) -> None:
        await self._keep("executemany", sql, parameters)

    async def _keep(self, method: str, sql: str, parameters: Any) -> None:
        cursor, self._rows = await self._connection.ask(method, sql, parameters)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = ()
