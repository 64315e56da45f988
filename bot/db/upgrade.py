"""Bringing the database to the version this program needs, after a backup."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.backup import copy_sqlite
from bot.db.database import Database
from bot.errors import OperatorError

log = logging.getLogger(__name__)

#: PostgreSQL's lock for whoever migrates: any number that nothing else here locks.
_UPGRADING = 0x7472696265

FROM_NEWER_PROGRAM = (
    "The database is from a newer version of Tribekeeper. Update the program, or restore an older backup."
)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    return config


@cache
def newest_version() -> str:
    """The version of the database this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


async def current_version(database: Database) -> str | None:
    """The version the database has, or None where it is empty.

    Raises OperatorError where the database cannot be reached.
    """
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_version_of)
    except (DBAPIError, OSError) as error:
        raise OperatorError(unreachable(database, error)) from None


def _version_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(database: Database, *, backup_dir: Path, backups_kept: int, now: datetime) -> None:
    """Migrate to the newest version; an SQLite file with another version is copied to `backup_dir` first.

    Raises OperatorError where the database is from a newer program, locked, or not reachable.
    """
    if database.file is not None:
        try:
            database.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperatorError(unreachable(database, error)) from None
    version, newest = await current_version(database), newest_version()
    if version == newest:
        return
    if version is not None and not is_known(version):
        raise OperatorError(FROM_NEWER_PROGRAM)
    if version is not None and database.file is not None:
        backup = backup_dir / f"{database.file.stem}-{now:%Y%m%d-%H%M%S}-before-{newest}.db"
        await asyncio.to_thread(copy_sqlite, database.file, backup)
        _forget_old_backups(backup_dir, database.file.stem, backups_kept)
        log.info("database backed up file=%s", backup)
    try:
        async with database.engine.connect() as connection, _foreign_keys_at_rest(connection):
            await connection.run_sync(_upgrade_on)
            await connection.commit()
    except (DBAPIError, OSError) as error:
        raise OperatorError(unreachable(database, error)) from None
    log.info("database migrated version=%s", newest)


async def check_writable(database: Database) -> None:
    """Raise OperatorError where the database takes no writes. Nothing is changed."""
    try:
        async with database.engine.connect() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            await connection.rollback()
    except (DBAPIError, OSError) as error:
        raise OperatorError(unreachable(database, error)) from None


@asynccontextmanager
async def _foreign_keys_at_rest(connection: AsyncConnection) -> AsyncGenerator[None]:
    """On SQLite a column is changed by making the table anew, and dropping the old one would delete what refers to it.

    The switch works outside of transactions only (https://sqlite.org/lang_altertable.html#otheralter).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        await connection.rollback()
        await driver.execute("PRAGMA foreign_keys=ON")


def _upgrade_on(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Of several processes that start at once the first migrates, and the others find nothing left to do.
        connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_known(version: str) -> bool:
    """Whether this program knows that version of the database."""
    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _forget_old_backups(folder: Path, stem: str, kept: int) -> None:
    for old in sorted(folder.glob(f"{stem}-*-before-*.db"))[:-kept]:
        old.unlink(missing_ok=True)


def unreachable(database: Database, error: DBAPIError | OSError) -> str:
    """One sentence on why the database does not answer, without its password."""
    where = str(database.file) if database.is_sqlite else f"PostgreSQL at {database.url.host or 'localhost'}"
    words = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if "locked" in words:
        return f"The database {where} is locked by another program. Is the bot already running? Stop it and try again."
    if "not a database" in words or isinstance(getattr(error, "orig", None), sqlite3.NotSupportedError):
        return f"{where} is not a database of Tribekeeper. Move it away, or set DATABASE_URL to another file."
    if "full" in words or "no space" in words:
        return f"There is no room left for the database {where}. Make some room on its disk and start me again."
    if any(sign in words for sign in ("readonly", "unable to open", "permission", "not a directory", "file exists")):
        return f"I may not write to the database {where}. Check who owns its folder."
    if "password" in words or "role" in words:
        return f"{where} refused the user name or password in DATABASE_URL."
    return f"I cannot reach the database {where}. Check that it runs and that DATABASE_URL is right."
