"""All SQL of repetitions, and of when people are reminded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.local_time import LocalTime
from bot.sessions.models import SeriesRow, SessionRow, SessionSettingsRow
from bot.sessions.rules import Series


class SeriesRepository:
    """Repetitions and settings in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_series(self, guild_id: int, pattern: str, starts: LocalTime, model_id: int | None = None) -> int:
        """Keep a new repetition, whose sessions are made like that with the id `model_id`. Its id."""
        row = SeriesRow(
            guild_id=guild_id, pattern=pattern, local_start=starts.at, zone=starts.zone, model_id=model_id
        )  # fmt: skip
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def list_series(self, guild_id: int) -> list[Series]:
        """The guild's repetitions that go on."""
        rows = await self._tx.scalars(
            select(SeriesRow)
            .where(SeriesRow.guild_id == guild_id, SeriesRow.is_ended.is_(False))
            .order_by(SeriesRow.id)
            .execution_options(populate_existing=True)
        )
        return [_series(row) for row in rows]

    async def list_all_series(self) -> list[Series]:
        """The repetitions of all guilds that go on."""
        rows = await self._tx.scalars(select(SeriesRow).where(SeriesRow.is_ended.is_(False)).order_by(SeriesRow.id))
        return [_series(row) for row in rows]

    async def get_series(self, guild_id: int, series_id: int) -> Series | None:
        """The repetition with this id, whether it goes on or not."""
        row = await self._tx.scalar(
            select(SeriesRow)
            .where(SeriesRow.guild_id == guild_id, SeriesRow.id == series_id)
            .execution_options(populate_existing=True)
        )
        return _series(row) if row else None

    async def set_series_model(self, guild_id: int, series_id: int, model_id: int) -> None:
        """New sessions of a repetition are made like this one from now on."""
        await self._tx.execute(
            update(SeriesRow).where(SeriesRow.guild_id == guild_id, SeriesRow.id == series_id).values(model_id=model_id)
        )

    async def list_occurrences(self, series_id: int) -> dict[datetime, int]:
        """The places in a series that have a session, by local time, with the session's id; skipped ones among them."""
        found = await self._tx.execute(
            select(SessionRow.occurrence, SessionRow.id).where(
                SessionRow.series_id == series_id, SessionRow.occurrence.is_not(None)
            )
        )
        return {occurrence: session_id for occurrence, session_id in found if occurrence is not None}

    async def end_series(self, guild_id: int, series_id: int) -> None:
        """A repetition ends; sessions that exist stay."""
        await self._tx.execute(
            update(SeriesRow).where(SeriesRow.guild_id == guild_id, SeriesRow.id == series_id).values(is_ended=True)
        )

    async def get_reminders(self, guild_id: int) -> list[timedelta]:
        """How long before a session people are reminded, the earliest first."""
        kept = await self._tx.scalar(
            select(SessionSettingsRow.reminders).where(SessionSettingsRow.guild_id == guild_id)
        )
        minutes = (kept if kept is not None else "1440,60,10").split(",")
        return sorted((timedelta(minutes=int(one)) for one in minutes if one), reverse=True)

    async def set_reminders(self, guild_id: int, before: Sequence[timedelta]) -> None:
        """Choose how long before a session people are reminded, in whole minutes; nothing is never."""
        minutes = ",".join(str(one // timedelta(minutes=1)) for one in before)
        await self._tx.execute(
            insert(self._tx, SessionSettingsRow)
            .values(guild_id=guild_id, reminders=minutes)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"reminders": minutes})
        )


def _series(row: SeriesRow) -> Series:
    starts = LocalTime(row.local_start, row.zone)
    return Series(row.id, row.guild_id, row.pattern, starts, row.is_ended, row.model_id)
