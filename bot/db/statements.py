"""Statements both databases know, but under different names."""

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, bindparam, event, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.db.base import Base
from bot.db.database import Transaction


def insert(tx: Transaction, table: type[Base] | Table) -> Any:
    """An INSERT that can say what happens on a conflict (`on_conflict_do_nothing`, `on_conflict_do_update`)."""
    dialect = tx.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def each_of(tx: Transaction, numbers: Collection[int]) -> ColumnElement[int]:
    """A column with these numbers, one a row, to select from: one statement however many there are."""
    if tx.get_bind().dialect.name == "sqlite":
        return func.json_each(json.dumps(list(numbers))).table_valued("value").c.value
    array = bindparam(None, list(numbers), type_=postgresql.ARRAY(BigInteger))
    return func.unnest(array).column_valued("value")


def after_commit(tx: Transaction, action: Callable[[], None]) -> None:
    """Call `action` once `tx` has been committed, and not at all if it is undone."""

    def committed(session: Session) -> None:
        # SQLAlchemy tells of savepoints, too, and those can still be undone.
        if not session.in_nested_transaction():
            action()

    event.listen(tx.sync_session, "after_commit", committed)
