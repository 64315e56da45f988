"""The database: its engine, its one way to a transaction, its upgrades and backups."""

from bot.db.base import Base, Snowflake, UTCDateTime
from bot.db.database import Database, DatabaseUnavailableError, Transaction

__all__ = ["Base", "Database", "DatabaseUnavailableError", "Snowflake", "Transaction", "UTCDateTime"]
