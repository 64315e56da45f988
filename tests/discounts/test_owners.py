"""Whatever is claimed, revoked, granted, imported, sold and forgotten: a code has one owner, a member one code."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.db import Database
from bot.db.upgrade import upgrade
from bot.errors import UserFacingError
from tests.conftest import NOW
from tests.discounts.shop import GUILD, HOST, Shop, open_shop

MEMBERS, CODES, DISCOUNTS = st.integers(1, 4), st.lists(st.integers(0, 7), min_size=1, max_size=4), st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("claim"), DISCOUNTS, MEMBERS),
    st.tuples(st.just("claim"), DISCOUNTS, MEMBERS),
    st.tuples(st.just("revoke"), DISCOUNTS, MEMBERS),
    st.tuples(st.just("grant"), DISCOUNTS, MEMBERS),
    st.tuples(st.just("forget"), DISCOUNTS, MEMBERS),
    st.tuples(st.just("import"), DISCOUNTS, CODES),
    st.tuples(st.just("sale"), DISCOUNTS, st.integers(0, 7)),
    st.tuples(st.just("cap"), DISCOUNTS, st.integers(1, 6)),
)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """An SQLite file with tables and nothing in them."""
    folder = Path(tempfile.mkdtemp(prefix="tribekeeper-owners-"))

    async def make() -> None:
        database = Database(make_url(f"sqlite+aiosqlite:///{folder / 'empty.db'}"))
        await upgrade(database, backup_dir=folder, backups_kept=1, now=NOW)
        await database.close()

    asyncio.run(make())
    yield folder / "empty.db"
    shutil.rmtree(folder)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
def test_a_code_has_one_owner_and_a_member_one_code_whatever_happens(
    empty: Path, steps: list[tuple[str, int, Any]]
) -> None:
    asyncio.run(go_through(empty, steps))


async def go_through(empty: Path, steps: list[tuple[str, int, Any]]) -> None:
    with tempfile.TemporaryDirectory(prefix="tribekeeper-owners-") as folder:
        file = Path(folder, "shop.db")
        shutil.copy(empty, file)
        database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
        try:
            shop = await open_shop(database, NOW)
            pools = [await shop.pool(name=f"Pool {number}") for number in range(2)]
            told: dict[tuple[int, int], str] = {}
            for number, (what, which, with_what) in enumerate(steps):
                shop.now = NOW + number * timedelta(minutes=2)
                await step(shop, what, pools[which], with_what, told)
            owners = Counter(told.values())
            assert set(owners.values()) <= {1}, owners
            await counts_agree(database)
        finally:
            await database.close()


async def step(shop: Shop, what: str, pool: Any, with_what: Any, told: dict[tuple[int, int], str]) -> None:
    """Do one thing. Whoever is told a code is told the same one for ever."""
    try:
        if what == "claim":
            claimed = await shop.claim(pool, with_what)
            assert told.setdefault((pool.id, with_what), claimed.code) == claimed.code
        elif what == "import":
            await shop.fill(pool, *(f"{'c' if each % 2 else 'C'}ODE-{each}" for each in with_what))
        elif what == "sale":
            reports = shop.services.discount_reports
            await reports.redeem_one(GUILD, pool.id, f"CODE-{with_what}", "", HOST, shop.now, by_code=True)
        elif what == "cap":
            draft = shop.draft(name=pool.name, kind=pool.kind, secret="", cap=with_what)
            await shop.discounts.edit(GUILD, pool.id, draft, HOST, shop.now)
        elif what == "forget":
            await shop.services.privacy.forget(GUILD, with_what, shop.now)
        elif what in ("grant", "revoke"):
            await getattr(shop.discounts, what)(GUILD, pool.id, with_what, HOST, shop.now)
    except UserFacingError:
        return


async def counts_agree(database: Database) -> None:
    """What is counted in the discount's row is what there is."""
    claims = "SELECT count(*) FROM discounts_claims WHERE discount_id = discounts.id"
    free = "SELECT count(*) FROM discounts_codes WHERE discount_id = discounts.id AND NOT is_taken"
    async with database.transaction() as tx:
        for row in await tx.execute(text(f"SELECT claimed, in_pool, cap, ({claims}), ({free}) FROM discounts")):
            claimed, in_pool, cap, has_claims, has_free = row
            assert (claimed, in_pool) == (has_claims, has_free)
            assert cap is None or claimed <= cap
