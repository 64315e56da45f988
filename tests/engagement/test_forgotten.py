"""Who is forgotten stays so, whatever is being written down, and whatever history brings."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from bot.db import Database
from bot.engagement import count_service
from bot.engagement.count_rules import KEPT
from bot.snowflakes import snowflake_at
from tests.engagement.messages import (
    DAY,
    GUILD,
    HOUR,
    KOFI,
    MAYA,
    MINUTE,
    NOON,
    NOOR,
    Room,
    Writers,
    days_of,
    rows_of,
    while_counts_are_written,
)

LATER = NOON + HOUR


async def test_what_somebody_wrote_before_they_were_forgotten_comes_back_from_no_history(
    database: Database, room: Room, writers: Writers
) -> None:
    for member in (MAYA, NOOR):
        await forget(database, room, member, NOON)
    writers = await room.restart()
    await forget(database, room, MAYA, NOON + 10 * MINUTE)
    for minute, author, answered in ((-1, MAYA, KOFI), (0, KOFI, MAYA), (1, NOOR, KOFI), (5, MAYA, NOOR)):
        writers.say(author, NOON + minute * MINUTE, to=answered)
    await writers.write(LATER)
    assert await days_of(database) == {
        (KOFI, "2026-04-01"): {"active": True, "replies_received": 1},
        (NOOR, "2026-04-01"): {"active": True, "replies_given": 1},
    }
    writers.say(MAYA, NOON + 10 * MINUTE)
    await writers.write(LATER)
    assert (MAYA, "2026-04-01") in await days_of(database)


async def test_who_was_forgotten_is_known_by_nothing_but_a_hash_and_after_28_days_not_at_all(
    database: Database, room: Room
) -> None:
    await forget(database, room, NOOR, NOON)
    [row] = await rows_of(database, "engagement_forgotten")
    assert row["until"] == snowflake_at(NOON)
    assert len(row["digest"]) == len(row["salt"]) == 16
    await room.counts.clean(GUILD, NOON + KEPT)
    assert await rows_of(database, "engagement_forgotten") == [row]
    await room.counts.clean(GUILD, NOON + KEPT + 2 * DAY)
    assert await rows_of(database, "engagement_forgotten") == []


async def test_who_is_forgotten_when_a_batch_is_reckoned_but_not_written_is_not_counted(
    database: Database, room: Room, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in (MAYA, KOFI):
        writers.say(member, NOON)
    reckon = count_service._reckon  # pyright: ignore[reportPrivateUsage]

    async def reckon_and_forget(*given: Any) -> None:
        monkeypatch.undo()
        await reckon(*given)
        await forget(database, room, MAYA, NOON + MINUTE)

    monkeypatch.setattr(count_service, "_reckon", reckon_and_forget)
    assert await writers.write(LATER) == 2
    assert set(await days_of(database)) == {(KOFI, "2026-04-01")}


async def test_who_is_forgotten_while_counts_are_written_stays_forgotten(
    database: Database, room: Room, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers.say(MAYA, NOON)
    written, forgotten = asyncio.Event(), asyncio.Event()

    async def forget_slowly() -> None:
        async with database.transaction() as tx:
            await room.counts.forget(tx, GUILD, MAYA, NOON)
            await written.wait()  # The other rooms forget, too.
        forgotten.set()

    while_counts_are_written(monkeypatch, forget_slowly)
    await writers.write(LATER)
    written.set()
    await forgotten.wait()
    assert await days_of(database) == {}


async def forget(database: Database, room: Room, member: int, now: datetime) -> None:
    async with database.transaction() as tx:
        await room.counts.forget(tx, GUILD, member, now)
