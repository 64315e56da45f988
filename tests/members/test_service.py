"""Members coming, passing the screening, and going, on real databases."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.db import Database
from bot.members.rules import Member
from bot.members.service import MemberService
from bot.snowflakes import time_of

GUILD, ADA = 10, 1
HOUR = timedelta(hours=1)


class Door:
    """The service with each of its calls in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.members = MemberService(database)

    async def join(
        self, now: datetime, *, pending: bool = False, joined_at: datetime | None = None, guild: int = GUILD
    ) -> bool:
        async with self._database.transaction() as tx:
            return await self.members.join(tx, guild, ADA, joined_at=joined_at or now, pending=pending, now=now)

    async def pass_screening(self, now: datetime, guild: int = GUILD) -> bool:
        async with self._database.transaction() as tx:
            return await self.members.pass_screening(tx, guild, ADA, now)

    async def greet(self, now: datetime) -> bool:
        async with self._database.transaction() as tx:
            return await self.members.greet(tx, GUILD, ADA, now)

    async def take_back(self) -> None:
        async with self._database.transaction() as tx:
            await self.members.take_greeting_back(tx, GUILD, ADA)

    async def leave(self, now: datetime) -> bool:
        async with self._database.transaction() as tx:
            return await self.members.leave(tx, GUILD, ADA, now)

    async def present(self) -> set[int]:
        async with self._database.transaction() as tx:
            return await self.members.named(tx, GUILD, after=0, most=None)

    async def known(self, guild: int = GUILD) -> Member | None:
        async with self._database.transaction() as tx:
            return await self.members.get_in(tx, guild, ADA)


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


async def test_a_member_without_rules_to_accept_can_take_part_at_once(door: Door, now: datetime) -> None:
    assert await door.join(now)
    assert await door.known() == Member(GUILD, ADA, joined_at=now, screened_at=now)


async def test_the_same_join_told_twice_is_news_once(door: Door, now: datetime) -> None:
    assert await door.join(now)
    assert not await door.join(now + HOUR, joined_at=now)
    assert await door.known() == Member(GUILD, ADA, joined_at=now, screened_at=now)


async def test_the_same_join_told_twice_at_once_is_news_once(door: Door, now: datetime) -> None:
    await door.join(now - HOUR)
    await door.leave(now - HOUR)
    assert sorted(await asyncio.gather(*(door.greet(now) for _ in range(5)))) == [False] * 4 + [True]


async def test_a_second_telling_of_a_join_keeps_the_screening_open(door: Door, now: datetime) -> None:
    assert not await door.join(now, pending=True)
    assert not await door.join(now, pending=False)
    assert await door.members.awaiting_screening(GUILD) == [ADA]


async def test_the_screening_ends_exactly_once(door: Door, now: datetime) -> None:
    assert not await door.join(now, pending=True)
    assert await door.members.awaiting_screening(GUILD) == [ADA]
    ended = await asyncio.gather(*(door.pass_screening(now + HOUR) for _ in range(5)))
    assert sorted(ended) == [False] * 4 + [True]
    assert not await door.pass_screening(now + 2 * HOUR)
    assert await door.known() == Member(GUILD, ADA, joined_at=now, screened_at=now + HOUR)
    assert await door.members.awaiting_screening(GUILD) == []


async def test_the_screening_of_a_stranger_is_no_news(door: Door, now: datetime) -> None:
    assert not await door.pass_screening(now)
    assert await door.known() is None


async def test_each_guild_has_its_own_members(door: Door, now: datetime) -> None:
    await door.join(now, pending=True)
    await door.join(now, pending=True, guild=GUILD + 1)
    assert await door.pass_screening(now)
    assert await door.members.awaiting_screening(GUILD) == []
    assert await door.members.awaiting_screening(GUILD + 1) == [ADA]


async def test_leaving_is_news_once(door: Door, now: datetime) -> None:
    await door.join(now, pending=True)
    assert await door.leave(now + HOUR)
    assert not await door.leave(now + 2 * HOUR)
    known = await door.known()
    assert known is not None
    assert known.left_at == now + HOUR
    assert await door.members.awaiting_screening(GUILD) == []


async def test_a_return_is_a_new_stay_that_remembers_the_greeting(door: Door, now: datetime) -> None:
    await door.join(now)
    assert await door.greet(now)
    await door.leave(now + HOUR)
    assert await door.join(now + 2 * HOUR)
    back_at = now + 2 * HOUR
    assert await door.known() == Member(GUILD, ADA, back_at, back_at, away_since=now + HOUR, greeted_before_at=now)
    assert await door.greet(back_at)
    assert not await door.greet(back_at)


async def test_a_return_must_accept_the_rules_again(door: Door, now: datetime) -> None:
    await door.join(now)
    await door.leave(now + HOUR)
    assert not await door.join(now + 2 * HOUR, pending=True)
    assert await door.members.awaiting_screening(GUILD) == [ADA]
    assert await door.pass_screening(now + 3 * HOUR)


async def test_a_return_that_was_missed_is_seen_by_its_date(door: Door, now: datetime) -> None:
    await door.join(now)
    assert await door.join(now + HOUR)


async def test_a_greeting_taken_back_may_be_given_again(door: Door, now: datetime) -> None:
    await door.join(now)
    assert await door.greet(now)
    assert not await door.greet(now)
    await door.take_back()
    assert await door.greet(now + HOUR)


async def test_one_nobody_knew_who_leaves_is_known_to_have_left_once(door: Door, now: datetime) -> None:
    assert await door.leave(now)
    assert not await door.leave(now + HOUR)
    assert await door.known() == Member(GUILD, ADA, joined_at=time_of(ADA), left_at=now)
    assert await door.present() == set()
    assert await door.members.awaiting_screening(GUILD) == []
    await door.join(now + 2 * HOUR)
    known = await door.known()
    assert known is not None
    assert (known.away_since, known.left_at) == (now, None)
