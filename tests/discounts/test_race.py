"""Many members press at the same time, over several connections: each code has one owner, each member one code."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from bot.db import Database
from bot.discounts.errors import SoldOutError
from bot.discounts.rules import Claimed
from tests.discounts.shop import GUILD, HOST, SECRET, Shop, open_shop

MEMBERS, PRESSES, CODES, PROCESSES = 200, 5, 50, 4


@pytest.fixture
async def shops(database: Database, now: datetime) -> AsyncIterator[list[Shop]]:
    """What several processes have: each its own connections to the same database."""
    databases = [database, *(Database(database.url) for _ in range(PROCESSES - 1))]
    yield [await open_shop(each, now) for each in databases]
    for each in databases[1:]:
        await each.close()


async def test_two_hundred_members_press_five_times_each_for_fifty_codes(shops: list[Shop]) -> None:
    codes = [f"UNIQUE-{number:04}" for number in range(CODES)]
    discount = await shops[0].pool(*codes)
    presses = [member for member in range(1, MEMBERS + 1) for _ in range(PRESSES)]
    random.Random(5).shuffle(presses)
    # Two sold-out refusals and then a code would be no error, but no justice, either: so outcomes are kept in order.
    outcomes: dict[int, set[str]] = {member: set() for member in range(1, MEMBERS + 1)}

    async def press(number: int, member: int) -> None:
        try:
            claimed: Claimed = await shops[number % PROCESSES].claim(discount, member)
        except SoldOutError:
            outcomes[member].add("")
        else:
            outcomes[member].add(claimed.code)

    await asyncio.gather(*(press(number, member) for number, member in enumerate(presses)))
    owners = {member: got for member, got in outcomes.items() if got != {""}}
    assert all(len(got) == 1 for got in owners.values()), "who got a code got it with every press"
    assert len(owners) == CODES
    assert sorted(code for got in owners.values() for code in got) == codes
    kept = await shops[1].discounts.get(GUILD, discount.id)
    assert (kept.claimed, kept.in_pool) == (CODES, 0)
    log = await shops[2].services.discount_reports.audit(GUILD, discount.id, 2000)
    assert sum(entry.action == "claimed" for entry in log) == CODES
    assert sum(entry.action == "revealed" for entry in log) == CODES * (PRESSES - 1)


async def test_a_cap_holds_however_many_press_at_once(shops: list[Shop]) -> None:
    discount = await shops[0].create(cap=7)
    done = await asyncio.gather(
        *(shops[member % PROCESSES].claim(discount, member) for member in range(1, 41)), return_exceptions=True
    )
    assert [one.code for one in done if isinstance(one, Claimed)] == [SECRET] * 7
    assert sum(isinstance(one, SoldOutError) for one in done) == 33


async def test_members_press_while_hosts_import_pause_and_edit(shops: list[Shop]) -> None:
    discount = await shops[0].pool("FIRST-1")

    async def hosts() -> None:
        for number in range(8):
            await shops[1].fill(discount, *(f"MORE-{number}-{each}" for each in range(5)))
            draft = shops[2].draft(name="Pool", kind=discount.kind, secret="", note=f"{number}")
            await shops[2].discounts.edit(GUILD, discount.id, draft, HOST, shops[2].now)

    async def press(member: int) -> str | None:
        for _ in range(5):
            try:
                return (await shops[member % PROCESSES].claim(discount, member)).code
            except SoldOutError:
                await asyncio.sleep(0.01)
        return None

    _, *codes = await asyncio.gather(hosts(), *(press(member) for member in range(1, 61)))
    got = [code for code in codes if code is not None]
    assert len(got) == len(set(got))
    kept = await shops[0].discounts.get(GUILD, discount.id)
    assert (kept.claimed, kept.claimed + kept.in_pool) == (len(got), 41)
