"""A process killed again and again while it gives codes out, or changes their key: nothing is lost, nothing doubled."""

import random
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.discounts.report_rules import AuditAction
from tests.discounts.shop import GUILD, KEY, MAYA, Shop, open_shop
from tests.killing import killed

VICTIM, KILLS = "tests.discounts.victim", 8
CODES = tuple(f"UNIQUE-{number:04}" for number in range(100))


@pytest.fixture
async def kept(tmp_path: Path, now: datetime) -> AsyncIterator[Shop]:
    """A shop whose key is in a file beside the database."""
    database = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'kill.db'}"))
    await upgrade(database, backup_dir=tmp_path / "backups", backups_kept=1, now=now)
    shop = await open_shop(database, now)
    services = services_on(database, Clock(lambda: shop.now), Settings())
    yield Shop(services, shop.program, shop.now)
    await database.close()


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


async def test_a_process_killed_while_it_gives_codes_out_loses_none_and_gives_none_twice(
    database: Database, shop: Shop
) -> None:
    discount = await shop.pool(*CODES)
    told: dict[int, str] = {}
    chance = random.Random(9)
    for kill in range(KILLS + 1):
        lines = await killed(
            VICTIM, url_of(database), "claim", str(discount.id), KEY,
            after=chance.uniform(0, 0.4) if kill < KILLS else None,
        )  # fmt: skip
        for member, code in (line.split() for line in lines if len(line.split()) == 2):
            assert told.setdefault(int(member), code) == code, "who was told a code has that code"
        now = await shop.discounts.get(GUILD, discount.id)
        assert now.claimed + now.in_pool == len(CODES)
    assert len(told) == len(CODES)
    assert set(told.values()) == set(CODES)
    async with database.transaction() as tx:
        counts = "SELECT count(*), count(DISTINCT code_id), count(DISTINCT owner) FROM discounts_claims"
        assert tuple((await tx.execute(text(counts))).one()) == (100, 100, 100)
    log = await shop.services.discount_reports.audit(GUILD, discount.id, 5000)
    assert sum(entry.action is AuditAction.CLAIM for entry in log) == len(CODES)


async def test_a_process_killed_while_it_changes_the_key_leaves_a_key_that_opens_everything(kept: Shop) -> None:
    discount = await kept.pool(*(f"UNIQUE-{number:04}" for number in range(600)))
    code = (await kept.claim(discount)).code
    file = kept.services.discount_keys.file
    assert file is not None
    chance, seen = random.Random(4), set[str]()
    for says in (b"ready\n", b"rotated\n") * 3:
        await killed(VICTIM, url_of(kept.services.database), "rotate", after=chance.uniform(0, 0.3), says=says)
        services = services_on(kept.services.database, Clock(lambda: kept.now), Settings())
        await services.discount_keys.verify()
        assert [each.code for each in await services.discounts.codes_of(GUILD, MAYA, kept.now)] == [code]
        plan = await services.code_imports.plan(GUILD, discount.id, b"UNIQUE-0000\nUNIQUE-0599")
        assert plan.already_known == 2
        seen.add(file.read_text())
        assert not [part for part in Path(file.parent).glob("*.part") if part.stat().st_mode & 0o077]
    assert len(seen) > 1
    await kept.services.discount_keys.rotate()
    assert len(file.read_text().splitlines()) == 2, "a title and one key"
    assert not list(file.parent.glob("*.part"))
