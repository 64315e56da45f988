"""Instants on their way into the database and back."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from bot.communities.models import CommunityRow
from bot.db import Database

INSTANTS = [
    datetime(2026, 4, 1, 12, 0, tzinfo=UTC),
    datetime(2026, 4, 30, 23, 59, 59, 999999, tzinfo=ZoneInfo("America/New_York")),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 7, 1, 0, 0, tzinfo=timezone(-timedelta(hours=9, minutes=30))),
]
# An instant that a zone's clocks show twice equals no instant of another zone in Python, so UTC is compared.
IN_UTC = [instant.astimezone(UTC) for instant in INSTANTS]


async def test_instants_come_back_the_same_aware_and_in_utc(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add_all(CommunityRow(guild_id=number, arrived_at=instant) for number, instant in enumerate(INSTANTS))
    async with database.transaction() as tx:
        found = list(await tx.scalars(select(CommunityRow.arrived_at).order_by(CommunityRow.guild_id)))
    assert found == IN_UTC
    assert all(instant.tzinfo is UTC for instant in found)


async def test_instants_are_compared_and_sorted_as_instants(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add_all(CommunityRow(guild_id=number, arrived_at=instant) for number, instant in enumerate(INSTANTS))
    async with database.transaction() as tx:
        ordered = list(await tx.scalars(select(CommunityRow.arrived_at).order_by(CommunityRow.arrived_at)))
        later = list(await tx.scalars(select(CommunityRow.guild_id).where(CommunityRow.arrived_at > INSTANTS[0])))
    assert ordered == sorted(IN_UTC)
    assert sorted(later) == [number for number, instant in enumerate(IN_UTC) if instant > IN_UTC[0]]


async def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs a time zone"):
        async with database.transaction() as tx:
            tx.add(CommunityRow(guild_id=1, arrived_at=datetime(2026, 4, 1)))  # noqa: DTZ001 - that is the point
    async with database.transaction() as tx:
        assert await tx.get(CommunityRow, 1) is None


async def test_no_instant_stays_no_instant(database: Database) -> None:
    async with database.transaction() as tx:
        tx.add(CommunityRow(guild_id=1, arrived_at=INSTANTS[0], left_at=None))
    async with database.transaction() as tx:
        row = await tx.get(CommunityRow, 1)
        assert row is not None
        assert row.left_at is None
