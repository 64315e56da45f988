"""The key to the codes: made, missed, mistaken and changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.discounts import errors
from bot.discounts.vault import KeyRing, new_key
from bot.errors import OperatorError
from bot.programs.rules import Price
from tests.discounts.shop import GUILD, HOST, KOFI, MAYA, SECRET, Shop, open_shop

CODES = tuple(f"UNIQUE-{number:03}" for number in range(30))


@pytest.fixture
async def keyed(database: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose key is in a file: beside SQLite's, or in the default folder of data."""
    monkeypatch.chdir(tmp_path)
    shop = await open_shop(database, now)
    return await again(shop)


async def again(shop: Shop, *keys: str) -> Shop:
    """The shop as another process opens it, with these keys in its settings."""
    settings = Settings(discount_key=",".join(keys))
    services = services_on(shop.services.database, Clock(lambda: shop.now), settings)
    return Shop(services, shop.program, shop.now)


def file_of(shop: Shop) -> Path:
    file = shop.services.discount_keys.file
    assert file is not None
    return file


async def test_the_key_is_made_with_the_first_code_beside_the_database(keyed: Shop) -> None:
    file = file_of(keyed)
    assert not file.exists()
    assert "will be made" in await keyed.services.discount_keys.verify()
    await keyed.create()
    database = keyed.services.database.file
    assert file == (database.with_suffix(".key") if database else Path("data", "tribekeeper.key"))
    assert file.exists()
    assert str(file) in await keyed.services.discount_keys.verify()


async def test_no_code_and_no_link_stands_in_the_database_as_it_is(keyed: Shop) -> None:
    discount = await keyed.pool(*CODES)
    await keyed.create(name="Shared")
    await keyed.claim(discount)
    async with keyed.services.database.transaction() as tx:
        for table in ("discounts", "discounts_codes", "discounts_claims", "discounts_audit", "discounts_looks"):
            told = str((await tx.execute(text(f"SELECT * FROM {table}"))).all())
            assert not [code for code in (*CODES, SECRET) if code in told], table
    if database := keyed.services.database.file:
        for file in (database, database.with_name(f"{database.name}-wal")):
            content = file.read_bytes() if file.exists() else b""
            assert not [code for code in (*CODES, SECRET) if code.encode() in content], file


async def test_without_the_key_the_operator_reads_a_sentence_and_so_do_members(keyed: Shop) -> None:
    discount = await keyed.pool(*CODES)
    aside = file_of(keyed).rename(file_of(keyed).with_suffix(".away"))
    without = await again(keyed)
    with pytest.raises(OperatorError, match=r"is missing: .+tribekeeper|is missing: .+\.key"):
        await without.services.discount_keys.verify()
    with pytest.raises(errors.KeyUnavailableError, match="Nothing is lost"):
        await without.claim(discount)
    with pytest.raises(errors.KeyUnavailableError):
        await without.create(name="Another")
    assert not file_of(keyed).exists(), "a new key would be the wrong one"
    KeyRing([], file_of(keyed)).write([new_key()])
    wrong = await again(keyed)
    with pytest.raises(OperatorError, match="is not the one"):
        await wrong.services.discount_keys.verify()
    with pytest.raises(errors.KeyUnavailableError):
        await wrong.claim(discount)
    with pytest.raises(OperatorError, match="is not the one"):
        await wrong.services.discount_keys.rotate()
    in_settings = await again(keyed, new_key())
    with pytest.raises(OperatorError, match="DISCOUNT_KEY"):
        await in_settings.services.discount_keys.verify()
    aside.rename(file_of(keyed))
    assert (await wrong.claim(discount)).code == CODES[0]


async def test_a_new_key_keeps_every_code_and_who_has_which(keyed: Shop) -> None:
    discount, shared = await keyed.pool(*CODES), await keyed.create(name="Shared")
    before = [(await keyed.claim(discount, member)).code for member in (MAYA, KOFI)]
    await keyed.claim(shared)
    old = file_of(keyed).read_text()
    said = await keyed.services.discount_keys.rotate()
    assert "31 codes and links" in said
    assert file_of(keyed).read_text() != old
    [aside] = file_of(keyed).parent.glob(f"{file_of(keyed).name}.old-*")
    assert aside.read_text() == old
    assert str(aside) in said
    for shop in (keyed, await again(keyed)):  # the bot that ran meanwhile, and one that starts now
        assert [(await shop.claim(discount, member)).code for member in (MAYA, KOFI)] == before
        assert (await shop.claim(shared)).code == SECRET
    fresh = await again(keyed)
    plan = await fresh.services.code_imports.plan(GUILD, discount.id, "\n".join(CODES).encode())
    assert (plan.new, plan.already_known) == (0, len(CODES))
    assert "opens the codes" in await fresh.services.discount_keys.verify()


async def test_the_old_key_opens_nothing_any_more(keyed: Shop) -> None:
    discount = await keyed.pool(*CODES)
    old = KeyRing([], file_of(keyed)).first()
    await keyed.services.discount_keys.rotate()
    with pytest.raises(errors.KeyUnavailableError):
        await (await again(keyed, old)).claim(discount)


async def test_a_change_that_was_cut_short_is_finished_by_the_next(keyed: Shop) -> None:
    discount = await keyed.pool(*CODES)
    ring = KeyRing([], file_of(keyed))
    old, new = ring.first(), new_key()
    ring.write([new, old])  # as it is while the codes are kept anew
    halfway = await again(keyed)
    assert (await halfway.claim(discount)).code == CODES[0]
    await halfway.fill(discount, "MORE-1")
    await halfway.services.discount_keys.rotate()
    assert ring.keys() == (new,)
    assert (await (await again(keyed)).claim(discount)).code == CODES[0]


async def test_a_key_in_the_settings_is_changed_by_putting_another_in_front(keyed: Shop) -> None:
    old, new = new_key(), new_key()
    shop = await again(keyed, old)
    discount = await shop.pool(*CODES)
    with pytest.raises(OperatorError, match="in front of it"):
        await shop.services.discount_keys.rotate()
    both = await again(keyed, new, old)
    assert (await both.claim(discount)).code == CODES[0]
    assert "Take the others out" in await both.services.discount_keys.rotate()
    assert (await (await again(keyed, new)).claim(discount)).code == CODES[0]
    assert not file_of(await again(keyed)).exists()


async def test_without_codes_there_is_nothing_to_change(keyed: Shop) -> None:
    assert "no codes yet" in await keyed.services.discount_keys.rotate()


async def test_an_import_under_way_while_the_key_changes_keeps_its_codes_by_the_new_one(keyed: Shop) -> None:
    discount = await keyed.pool()
    other, done = await again(keyed), list[str]()

    async def change(_ready: int, _of: int) -> None:
        if not done:
            done.append(await other.services.discount_keys.rotate())

    content = "\n".join(CODES).encode()
    plan = await keyed.services.code_imports.apply(GUILD, discount.id, content, HOST, keyed.now, change)
    assert (plan.new, len(done)) == (len(CODES), 1)
    assert (await (await again(keyed)).claim(discount)).code == CODES[0]


async def test_what_hosts_do_while_the_key_is_changed_waits_and_is_done(keyed: Shop) -> None:
    discounts, reports = keyed.discounts, keyed.services.discount_reports
    pool, shared = await keyed.pool(*CODES), await keyed.create(name="Shared")
    await keyed.claim(pool, KOFI)
    done: list[str] = []

    async def change_the_key() -> None:
        for _ in range(6):
            fills = done.count("fill")
            await keyed.services.discount_keys.rotate()
            # An import begins anew where the key was changed meanwhile, and gives up after the third time.
            while done.count("fill") < min(fills + 2, 12):
                await asyncio.sleep(0)

    async def edit(number: int) -> None:
        draft = keyed.draft(name="Shared", secret=f"OTHER-{number}")
        await discounts.edit(GUILD, shared.id, draft, HOST, keyed.now)

    async def take_back_and_give(_number: int) -> None:
        await discounts.revoke(GUILD, pool.id, KOFI, HOST, keyed.now)
        await discounts.grant(GUILD, pool.id, KOFI, HOST, keyed.now)

    async def redeem(number: int) -> None:
        await reports.redeem_one(GUILD, pool.id, CODES[number], "", HOST, keyed.now, by_code=True)

    async def fill(number: int) -> None:
        await keyed.fill(pool, f"MORE-{number}")

    async def reprice(number: int) -> None:
        price = Price("late", 15000 + number, "USD")
        await keyed.services.programs.put_price(GUILD, keyed.program.id, price, "late")

    async def forget(number: int) -> None:
        await keyed.services.privacy.forget(GUILD, HOST if number % 2 else MAYA, keyed.now)

    async def again_and_again(do: Callable[[int], Awaitable[None]]) -> None:
        for number in range(12):
            await do(number)
            done.append(do.__name__)

    doing = (edit, take_back_and_give, redeem, fill, reprice, forget)
    await asyncio.gather(change_the_key(), *map(again_and_again, doing))
    assert sorted(done) == sorted(do.__name__ for do in doing for _ in range(12))
    assert (await keyed.claim(shared)).code == "OTHER-11"
