"""Statements both databases know, but under different names."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.db.base import Base
from bot.db.database import Transaction


def insert(tx: Transaction, table: type[Base]) -> Any:
    """An INSERT that can say what happens on a conflict (`on_conflict_do_nothing`, `on_conflict_do_update`)."""
    dialect = tx.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def after_commit(tx: Transaction, action: Callable[[], None]) -> None:
    """Call `action` once `tx` has been committed, and not at all if it is undone."""

    def committed(session: Session) -> None:
        # SQLAlchemy tells of savepoints, too, and those can still be undone.
        if not session.in_nested_transaction():
            action()

    event.listen(tx.sync_session, "after_commit", committed)
