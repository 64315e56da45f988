"""All SQL of the programs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.db import Transaction
from bot.local_time import LocalTime
from bot.programs.errors import LabelTakenError, NameTakenError
from bot.programs.models import PriceRow, ProgramRow, RecordingRow
from bot.programs.rules import Draft, Price, Program, Recording, key


class ProgramRepository:
    """Programs in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_program(self, guild_id: int, program_id: int) -> Program | None:
        """The guild's program with its prices."""
        found = await self._list(ProgramRow.guild_id == guild_id, ProgramRow.id == program_id)
        return found[0] if found else None

    async def lock(self, guild_id: int, program_id: int, *, to_read: bool = False) -> None:
        """Nobody else changes the program, or a price of it, until the transaction ends.

        With `to_read` others may hold it as well, but nobody changes it.
        """
        await self._tx.execute(
            select(ProgramRow.id)
            .where(ProgramRow.guild_id == guild_id, ProgramRow.id == program_id)
            .with_for_update(read=to_read, key_share=not to_read)
        )

    async def list_programs(self, guild_id: int, *, archived: bool = False) -> list[Program]:
        """The guild's programs by name; with `archived`, also those put away, after the others."""
        wanted = [ProgramRow.guild_id == guild_id]
        return await self._list(*wanted) if archived else await self._list(*wanted, ProgramRow.archived_at.is_(None))

    async def _list(self, *wanted: Any) -> list[Program]:
        rows = (await self._tx.execute(select(ProgramRow.__table__).where(*wanted))).mappings().all()
        prices: dict[int, list[Price]] = {row["id"]: [] for row in rows}
        found = await self._tx.execute(
            select(PriceRow.__table__).where(PriceRow.program_id.in_(prices)).order_by(PriceRow.id)
        )
        for price in found.mappings():
            prices[price["program_id"]].append(_price(price))
        programs = [_program(row, tuple(prices[row["id"]])) for row in rows]
        return sorted(programs, key=lambda program: (program.archived_at is not None, key(program.name)))

    async def count_programs(self, guild_id: int) -> int:
        """How many programs a guild has, archived ones too."""
        return await self._tx.scalar(select(func.count()).where(ProgramRow.guild_id == guild_id)) or 0

    async def add_program(self, guild_id: int, draft: Draft, now: datetime) -> int:
        """Keep a program. Its id. Raises NameTakenError."""
        row = ProgramRow(guild_id=guild_id, created_at=now, **_columns(draft))
        async with self._unique_name(guild_id, draft.name):
            self._tx.add(row)
            await self._tx.flush()
        return row.id

    async def change_program(self, guild_id: int, program_id: int, draft: Draft) -> None:
        """Keep what a program is from now on. Raises NameTakenError."""
        async with self._unique_name(guild_id, draft.name):
            await self._tx.execute(
                update(ProgramRow)
                .where(ProgramRow.guild_id == guild_id, ProgramRow.id == program_id)
                .values(**_columns(draft))
            )

    async def mark_archived(self, guild_id: int, program_id: int, at: datetime | None) -> None:
        """Keep since when a program is archived; None brings it back."""
        await self._tx.execute(
            update(ProgramRow)
            .where(ProgramRow.guild_id == guild_id, ProgramRow.id == program_id)
            .values(archived_at=at)
        )

    async def add_price(self, guild_id: int, program_id: int, price: Price) -> None:
        """Keep a price. Raises LabelTakenError."""
        async with self._unique(LabelTakenError(price.label)):
            self._tx.add(PriceRow(guild_id=guild_id, program_id=program_id, **_price_columns(price)))
            await self._tx.flush()

    async def change_price(self, guild_id: int, program_id: int, label: str, price: Price) -> None:
        """Put a price in the place of the one with the label. Raises LabelTakenError."""
        async with self._unique(LabelTakenError(price.label)):
            await self._tx.execute(
                update(PriceRow).where(*_labelled(guild_id, program_id, label)).values(**_price_columns(price))
            )

    async def delete_price(self, guild_id: int, program_id: int, label: str) -> None:
        """Delete the price with the label."""
        await self._tx.execute(delete(PriceRow).where(*_labelled(guild_id, program_id, label)))

    async def list_recordings(self, guild_id: int, program_id: int) -> list[Recording]:
        """A program's recordings in the order they were added."""
        found = await self._tx.execute(
            select(RecordingRow.__table__)
            .where(RecordingRow.guild_id == guild_id, RecordingRow.program_id == program_id)
            .order_by(RecordingRow.id)
        )
        return [_recording(row) for row in found.mappings()]

    async def add_recording(self, guild_id: int, program_id: int, recording: Recording) -> int:
        """Keep a recording. Its id."""
        row = RecordingRow(
            guild_id=guild_id, program_id=program_id, title=recording.title, link=recording.link,
            length_seconds=int(recording.length.total_seconds()), passcode=recording.passcode,
        )  # fmt: skip
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def delete_recording(self, guild_id: int, program_id: int, recording_id: int) -> None:
        """Delete a recording."""
        await self._tx.execute(
            delete(RecordingRow).where(
                RecordingRow.guild_id == guild_id,
                RecordingRow.program_id == program_id,
                RecordingRow.id == recording_id,
            )
        )

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        for table in (RecordingRow, PriceRow, ProgramRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id))

    @asynccontextmanager
    async def _unique_name(self, guild_id: int, name: str) -> AsyncGenerator[None]:
        try:
            async with self._tx.begin_nested():
                yield
        except IntegrityError:
            archived_at = await self._tx.scalar(
                select(ProgramRow.archived_at).where(ProgramRow.guild_id == guild_id, ProgramRow.name_key == key(name))
            )
            raise NameTakenError(name, is_archived=archived_at is not None) from None

    @asynccontextmanager
    async def _unique(self, error: Exception) -> AsyncGenerator[None]:
        try:
            async with self._tx.begin_nested():
                yield
        except IntegrityError:
            raise error from None


def _labelled(guild_id: int, program_id: int, label: str) -> tuple[Any, ...]:
    return PriceRow.guild_id == guild_id, PriceRow.program_id == program_id, PriceRow.label_key == key(label)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name, "name_key": key(draft.name), "summary": draft.summary, "included": draft.included,
        "register_url": draft.register_url or None, "role_id": draft.role_id,
    }  # fmt: skip


def _price_columns(price: Price) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "label": price.label, "label_key": key(price.label), "amount": price.amount, "currency": price.currency,
    }  # fmt: skip
    for name, local in (("starts", price.starts), ("until", price.until)):
        columns |= {
            f"{name}_at": local and local.at, f"{name}_zone": local and local.zone,
            f"{name}_fold": local.fold if local else 0,
        }  # fmt: skip
    return columns


def _program(row: RowMapping, prices: tuple[Price, ...]) -> Program:
    return Program(
        row["id"], row["guild_id"], row["name"], row["summary"], row["included"], row["register_url"], row["role_id"],
        prices, row["archived_at"],
    )  # fmt: skip


def _price(row: RowMapping) -> Price:
    starts, until = (
        LocalTime(row[f"{name}_at"], row[f"{name}_zone"], row[f"{name}_fold"]) if row[f"{name}_at"] else None
        for name in ("starts", "until")
    )
    return Price(row["label"], row["amount"], row["currency"], starts, until)


def _recording(row: RowMapping) -> Recording:
    length = timedelta(seconds=row["length_seconds"])
    return Recording(row["id"], row["title"], row["link"], length, row["passcode"])
