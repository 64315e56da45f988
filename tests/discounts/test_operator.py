"""The key to the codes as the operator meets it: at the start, in `check`, in a backup, and when it is changed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from tests.discounts.shop import GUILD, HOST, Shop, nobody, open_shop
from tests.live import DATABASE, database_in, run
from tests.loopback import GOOD_TOKEN, LoopbackDiscord, World

NOWHERE = "http://127.0.0.1:9"
KEY_FILE = DATABASE.with_suffix(".key")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with a database that has codes, and their key beside it."""
    async with database_in(tmp_path) as database:
        shop = await open_shop(database, datetime.now(UTC))
        shop = Shop(services_on(database, Clock(), Settings()), shop.program, shop.now)
        await shop.pool("UNIQUE-1", "UNIQUE-2")
    assert (tmp_path / KEY_FILE).exists()
    return tmp_path


async def test_a_start_without_the_key_is_one_sentence(folder: Path) -> None:
    (folder / KEY_FILE).unlink()
    async with LoopbackDiscord(World(), point_discord=False) as discord_api:
        status, _, errors = await run(folder, discord_api.http_url, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "Traceback" not in errors
    assert f"The key to the discount codes is missing: {KEY_FILE} is not there" in errors.splitlines()[-1]
    assert not (folder / KEY_FILE).exists()


async def test_check_says_where_the_key_is_or_what_to_do(folder: Path) -> None:
    _, fine, _ = await run(folder, NOWHERE, "check", COLUMNS="200", PYTHONIOENCODING="utf-8")
    assert f"It is in {KEY_FILE}, and opens the codes." in fine
    (folder / KEY_FILE).rename(folder / "away")
    status, missing, errors = await run(folder, NOWHERE, "check", COLUMNS="200", PYTHONIOENCODING="utf-8")
    assert (status, errors) == (1, "")
    assert f"{KEY_FILE} is not there" in missing


async def test_a_backup_leaves_the_key_out_and_says_so(folder: Path) -> None:
    status, said, _ = await run(folder, NOWHERE, "backup", "copy.db")
    assert status == 0
    assert f"It leaves out the key to the discount codes: keep {KEY_FILE} apart from it, you need both." in said
    key = (folder / KEY_FILE).read_text().splitlines()[-1].encode()
    content = (folder / "copy.db").read_bytes()
    assert key not in content
    assert b"UNIQUE-1" not in content


async def test_the_key_is_changed_by_a_command(folder: Path) -> None:
    before = (folder / KEY_FILE).read_text()
    status, said, errors = await run(folder, NOWHERE, "rotate-key")
    assert (status, errors) == (0, "")
    assert "2 codes and links are kept by a new key now" in said
    assert (folder / KEY_FILE).read_text() != before
    async with database_in(folder) as database:
        services = services_on(database, Clock(), Settings())
        assert await services.discount_keys.verify()
        discount = (await services.discounts.list_all(GUILD))[0]
        now = datetime.now(UTC)
        assert (await services.code_imports.plan(GUILD, discount.id, b"UNIQUE-1")).already_known == 1
        assert await services.discount_reports.export(GUILD, discount.id, HOST, now, nobody)


async def test_what_keeps_the_key_from_being_changed_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (folder / KEY_FILE).write_text("spoiled\n")
    status, said, errors = await run(folder, NOWHERE, "rotate-key")
    assert (status, said) == (1, "")
    assert len(errors.splitlines()) == 1
    with closing(sqlite3.connect(folder / DATABASE)) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '0001'")
    status, _, errors = await run(folder, NOWHERE, "rotate-key")
    assert (status, len(errors.splitlines())) == (1, 1)
    (tmp_path / "empty").mkdir()
    status, _, errors = await run(tmp_path / "empty", NOWHERE, "rotate-key")
    assert (status, "no database" in errors) == (1, True)
