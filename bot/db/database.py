"""The engine and the one way to a transaction."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bot.db import sqlite
from bot.errors import UserFacingError

log = logging.getLogger(__name__)

#: One open transaction. Repositories work in it and never commit; the service that opened it does.
Transaction = AsyncSession

#: How long SQLite waits for another process's write to end, in seconds.
BUSY_TIMEOUT = 5.0


class DatabaseUnavailableError(UserFacingError):
    """The database is locked, full, or gone. Nothing of the transaction was kept."""

    def __init__(self) -> None:
        super().__init__("I could not reach my notes just now, so nothing was changed. Please try again in a minute.")


class Database:
    """A pool of connections to SQLite or PostgreSQL, and `transaction()`.

    `busy_timeout` in seconds says how long SQLite waits for another writer.
    """

    def __init__(self, url: URL, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.url = url
        self.busy_timeout = busy_timeout
        # `transaction` ends what it began; a ROLLBACK more would cost SQLite a change of threads each time.
        options: dict[str, Any] = (
            {"pool_reset_on_return": None, "connect_args": {"async_creator_fn": self._connect}}
            if self.is_sqlite
            else {"pool_size": 10, "pool_pre_ping": True}
        )
        # Parameters are hidden from errors because they hold members' words.
        self.engine = create_async_engine(url, hide_parameters=True, **options)
        # One writer at a time is SQLite's rule; queueing here is fairer and faster than its busy handler.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self._closed = False
        if self.is_sqlite:
            setattr(self.engine.dialect, "do_begin", sqlite.begin_immediate)  # noqa: B010 - a method

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file on disk rather than a server."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL and for a database in memory."""
        if not self.is_sqlite or not self.url.database or self.url.database == ":memory:":
            return None
        return Path(self.url.database)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Open a transaction: committed when the block ends, undone when it raises or is cancelled.

        A cancellation during the commit comes after it.

        Raises DatabaseUnavailableError where the database is locked, full, gone or closed.
        """
        try:
            async with _held(self._writer):
                if self._closed:
                    raise DatabaseUnavailableError
                session = AsyncSession(self.engine, expire_on_commit=False)
                try:
                    yield session
                except BaseException:
                    await _to_its_end(session.close())
                    raise
                await _to_its_end(_commit(session))
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            if isinstance(error, OSError) or _is_unavailable(error):
                log.warning("database unavailable reason=%s", type(getattr(error, "orig", error)).__name__)
                raise DatabaseUnavailableError from error
            raise

    async def ping(self) -> None:
        """Raise DatabaseUnavailableError where the database does not answer."""
        async with self.transaction() as tx:
            await tx.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Let the write under way end, begin no other, and close every connection.

        On SQLite the write-ahead log is folded into the file. A connection closed under a running transaction would
        leave its task waiting for ever, and with it the end of the process.
        """
        async with _held(self._writer):
            self._closed = True
            await self.engine.dispose()

    def _connect(self, file: str, **options: Any) -> Any:
        return sqlite.connect(file, busy_timeout=self.busy_timeout, **options)


@asynccontextmanager
async def _held(lock: asyncio.Lock | None) -> AsyncGenerator[None]:
    if lock is None:
        yield
        return
    async with lock:
        yield


async def _commit(session: AsyncSession) -> None:
    async with session:
        await session.commit()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` whole, also where the task is cancelled meanwhile.

    Cut short, it would leave a connection in the middle of an answer, and a traceback in the log.
    """
    task, cancelled = asyncio.create_task(work), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and task.exception() is None:
        raise cancelled
    task.result()


def _is_unavailable(error: SQLAlchemyError) -> bool:
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.statement is None and not isinstance(error, IntegrityError):
        return True  # It happened while connecting.
    words = str(error.orig).lower()
    return error.connection_invalidated or any(
        sign in words
        for sign in (
            "database is locked", "disk is full", "disk i/o error", "readonly database", "unable to open",
            "read-only transaction", "no space left",
            "connection was closed", "connection is closed", "terminating connection",
        )
    )  # fmt: skip
