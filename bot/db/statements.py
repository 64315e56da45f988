"""Parts of statements: what both databases know under different names, and what every room asks alike."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    Integer,
    Select,
    Table,
    bindparam,
    event,
    func,
    literal,
    select,
    true,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.config import ShardRange
from bot.db.base import Base
from bot.db.database import Transaction


def insert(tx: Transaction, table: type[Base] | Table) -> Any:
    """An INSERT that can say what happens on a conflict (`on_conflict_do_nothing`, `on_conflict_do_update`)."""
    dialect = tx.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def each_of(tx: Transaction, numbers: Collection[int]) -> ColumnElement[int]:
    """A column with these numbers, one a row, to select from: one statement however many there are."""
    return rows_of(tx, list(numbers))[0]


def rows_of(tx: Transaction, *columns: Sequence[int]) -> Sequence[ColumnElement[int]]:
    """Columns with these numbers, the first of each in the first row, to select from.

    The database takes the rows apart, which is much less work than binding each number would be for Python.
    """
    if tx.get_bind().dialect.name == "sqlite":
        rows = func.json_each(json.dumps(list(zip(*columns, strict=True)))).table_valued("value")
        return [func.json_extract(rows.c.value, f"$[{place}]") for place in range(len(columns))]
    arrays = [bindparam(None, list(column), type_=postgresql.ARRAY(BigInteger)) for column in columns]
    names = [f"column_{place}" for place in range(len(columns))]
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    return [rows.c[name] for name in names]


async def list_ids(
    tx: Transaction, guild_id: int, columns: Iterable[InstrumentedAttribute[Any]], after: int, most: int | None
) -> set[int]:
    """The ids above `after` that stand in these columns in rows of a guild; of each column the lowest `most`."""

    def ids(column: InstrumentedAttribute[Any]) -> Select[Any]:
        in_guild: Any = column.class_.guild_id == guild_id
        lowest = select(column.label("id")).where(in_guild, column > after).distinct().order_by(column).limit(most)
        return select(lowest.subquery().c.id)

    return set(await tx.scalars(union(*map(ids, columns))))


async def hold(tx: Transaction, number: int) -> None:
    """Let nobody else hold this number until `tx` ends. So what has no row yet can be locked by an id it belongs to.

    SQLite has one writer at a time, who holds everything.
    """
    if tx.get_bind().dialect.name != "sqlite":
        await tx.execute(select(func.pg_advisory_xact_lock(number)))


def on_shards(guild_id: InstrumentedAttribute[int], shards: ShardRange | None) -> ColumnElement[bool]:
    """Whether a guild is on one of these shards; every one is where one process runs them all (None)."""
    if shards is None:
        return true()
    # https://discord.com/developers/docs/events/gateway#sharding-sharding-formula
    return (guild_id.bitwise_rshift(literal(22, Integer)) % shards.count).in_(shards.ids)


def changed_rows(result: Any) -> int:
    """How many rows an INSERT, UPDATE or DELETE met."""
    assert isinstance(result, CursorResult), "what was executed changes rows"
    return result.rowcount


def after_commit(tx: Transaction, action: Callable[[], None]) -> None:
    """Call `action` once `tx` has been committed, and not at all if it is undone."""

    def committed(session: Session) -> None:
        # SQLAlchemy tells of savepoints, too, and those can still be undone.
        if not session.in_nested_transaction():
            action()

    event.listen(tx.sync_session, "after_commit", committed)
