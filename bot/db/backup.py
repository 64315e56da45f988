"""A consistent copy of the database while the bot runs."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from bot.db.database import Database
from bot.errors import OperatorError


async def backup(database: Database, target: Path) -> None:
    """Copy the whole database to `target`, which must not exist yet.

    SQLite is copied page by page inside one read transaction; PostgreSQL by its own `pg_dump` (custom format, for
    `pg_restore`). Raises OperatorError with a sentence for the operator.
    """
    if await asyncio.to_thread(target.exists):
        raise OperatorError(f"{target} exists already. Name another file, so that nothing is overwritten.")
    if database.file is None:
        await _dump_postgresql(database, target)
    elif not await asyncio.to_thread(database.file.exists):
        raise OperatorError(f"There is no database at {database.file} yet, so there is nothing to back up.")
    else:
        await asyncio.to_thread(copy_sqlite, database.file, target)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite file in use with SQLite's own backup; the copy appears whole or not at all.

    Raises OperatorError where the copy cannot be written.
    """
    try:
        with (
            _whole_or_not_at_all(target) as unfinished,
            closing(sqlite3.connect(source)) as from_file,
            closing(sqlite3.connect(unfinished)) as to_file,
        ):
            from_file.backup(to_file)
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(f"The backup {target} could not be written: {error}.") from None


@contextmanager
def _whole_or_not_at_all(target: Path) -> Generator[Path]:
    """The name to write under; when the block ends the file gets its real one, or none if it raises."""
    unfinished = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


async def _dump_postgresql(database: Database, target: Path) -> None:
    tool = shutil.which("pg_dump")
    if tool is None:
        raise OperatorError("To back up PostgreSQL I need its pg_dump; install the PostgreSQL client tools.")
    try:
        with _whole_or_not_at_all(target) as unfinished:
            await _run(tool, database.url, unfinished)
    except OSError as error:
        raise OperatorError(f"The backup {target} could not be written: {error}.") from None


async def _run(pg_dump: str, url: URL, target: Path) -> None:
    # The password travels in the environment, where other users of the machine cannot list it.
    surroundings = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    # What asyncpg calls ssl, PostgreSQL's own tools call sslmode; they refuse options they do not know.
    known = {"host": "host", "port": "port", "ssl": "sslmode"}
    query = {name: url.query[given] for given, name in known.items() if given in url.query}
    plain = url.set(drivername="postgresql", password=None, query=query).render_as_string()
    process = await asyncio.create_subprocess_exec(
        pg_dump, "--no-password", "--format=custom", f"--file={target}", plain,
        env=surroundings, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaint = await process.communicate()
    if process.returncode != 0:
        last_line = complaint.decode(errors="replace").strip().splitlines()[-1:]
        reason = " ".join(last_line).rstrip(".") or "it gave no reason"
        raise OperatorError(f"pg_dump could not copy the database: {reason}.")
