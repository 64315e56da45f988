"""The live bot starting: what keeps it from it is one sentence, and Discord is told the commands once."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bot.app import invite_link
from bot.communities.service import CommunityService
from tests.live import DATABASE, ROOT, database_in, live, run, surroundings
from tests.loopback import BAD_TOKEN, GOOD_TOKEN, LoopbackDiscord, Refuse, World

NOWHERE = "http://127.0.0.1:9"
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ (DEBUG|INFO|WARNING|ERROR) ")


def sentence(errors: str) -> str:
    """The one line that is no log line."""
    assert "Traceback" not in errors
    [line] = [line for line in errors.splitlines() if not LOG_LINE.match(line)]
    return line


def test_without_a_token_every_step_to_one_is_told(tmp_path: Path) -> None:
    # The real command, from a copy: there may be a .env beside the program.
    for name in ("run.py", "requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    environment = surroundings(TRIBEKEEPER_IN_CONTAINER="1")
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    for part in (
        "https://discord.com/developers/applications", "Reset Token", "Server Members Intent", "DISCORD_TOKEN=",
        ".env.example", "https://discord.com/oauth2/authorize?client_id=", "scope=bot+applications.commands",
        "run.py rehearse",
    ):  # fmt: skip
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_invite_link_holds_the_id_in_the_token_and_the_permissions_needed() -> None:
    link = invite_link("MTIzNDU2Nzg5MDEyMzQ1Njc4.secret.part")
    assert "client_id=123456789012345678&" in link
    permissions = int(link.rpartition("=")[2])
    assert permissions & (1 << 11)  # Send Messages
    assert not permissions & (1 << 3)  # Administrator
    assert "secret" not in link
    for odd in ("", "ünï", "MTIz", "not base64!"):
        assert invite_link(odd).startswith("https://discord.com/oauth2/authorize?client_id=")


async def test_a_wrong_token_is_one_sentence_that_does_not_repeat_it(tmp_path: Path) -> None:
    async with LoopbackDiscord(World(), point_discord=False) as discord_api:
        status, _, errors = await run(tmp_path, discord_api.http_url, DISCORD_TOKEN=BAD_TOKEN)
    assert status == 1
    assert "does not know this token" in sentence(errors)
    assert "Reset Token" in sentence(errors)
    assert BAD_TOKEN not in errors


async def test_a_missing_intent_is_one_sentence_that_names_the_switch(tmp_path: Path) -> None:
    async with LoopbackDiscord(World(granted_intents=0), point_discord=False) as discord_api:
        status, _, errors = await run(tmp_path, discord_api.http_url, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "Switch it on" in sentence(errors)
    assert "Server Members Intent" in sentence(errors)


async def test_a_token_that_is_withdrawn_while_the_bot_runs_is_one_sentence(tmp_path: Path) -> None:
    async with (
        LoopbackDiscord(World(), point_discord=False) as discord_api,
        live(tmp_path, discord_api.http_url) as bot,
    ):
        await bot.hears("ready guilds=")
        await discord_api.gateway.sever(close_code=4004)
        assert await bot.end() == 1
    assert "does not know this token" in sentence(bot.said)


async def test_discord_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    status, _, errors = await run(tmp_path, NOWHERE, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "cannot reach Discord" in sentence(errors)


async def test_discord_unwell_is_one_sentence(tmp_path: Path) -> None:
    async with LoopbackDiscord(World(), point_discord=False) as discord_api:
        discord_api.faults.add("GET", "/users/@me", Refuse(503), times=9)
        status, _, errors = await run(tmp_path, discord_api.http_url, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "discordstatus.com" in sentence(errors)


async def test_an_event_that_discord_py_cannot_read_ends_in_a_sentence_and_stands_in_the_log(tmp_path: Path) -> None:
    world = World()
    async with LoopbackDiscord(world, point_discord=False) as discord_api, live(tmp_path, discord_api.http_url) as bot:
        await bot.hears("ready guilds=")
        await discord_api.gateway.dispatch("INTERACTION_CREATE", {"id": "1"})
        assert await bot.end() == 1
    assert bot.lines[-1].startswith("Something nobody foresaw ended the bot.")
    assert "CRITICAL bot.app: ended by an unforeseen error" in bot.said
    assert bot.said.count("Traceback") == 1


async def test_a_locked_database_is_one_sentence(tmp_path: Path) -> None:
    async with database_in(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with LoopbackDiscord(World(), point_discord=False) as discord_api:
            status, _, errors = await run(tmp_path, discord_api.http_url, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "is locked by another program" in sentence(errors)


async def test_a_database_from_a_newer_version_is_one_sentence(tmp_path: Path) -> None:
    async with database_in(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / DATABASE)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    async with LoopbackDiscord(World(), point_discord=False) as discord_api:
        status, _, errors = await run(tmp_path, discord_api.http_url, DISCORD_TOKEN=GOOD_TOKEN)
    assert status == 1
    assert "from a newer version of Tribekeeper" in sentence(errors)


async def test_an_unreadable_env_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    status, _, errors = await run(tmp_path, NOWHERE)
    assert status == 1
    assert "I cannot read .env" in sentence(errors)


async def test_commands_are_told_once_and_again_only_when_they_changed(tmp_path: Path) -> None:
    world = World()

    async def start() -> list[int]:
        discord_api.requests.clear()
        async with live(tmp_path, discord_api.http_url) as bot:
            await bot.hears("ready guilds=")
        return [one.status for one in discord_api.asked("PUT", "/applications/*/commands")]

    async with LoopbackDiscord(world, point_discord=False) as discord_api:
        assert await start() == [200]
        assert {"intro", "setup"} <= {told["name"] for told in world.commands[None]}
        assert all(told["contexts"] == [0] for told in world.commands[None])
        assert await start() == []
        async with database_in(tmp_path) as database:
            await CommunityService(database).commands_synced(world.bot.id, "of other commands")
        assert await start() == [200]


async def test_a_backup_of_a_running_bot_is_a_database_with_everything_in_it(tmp_path: Path) -> None:
    world = World()
    guild = world.add_guild("Writers")
    async with LoopbackDiscord(world, point_discord=False) as discord_api, live(tmp_path, discord_api.http_url) as bot:
        await bot.hears("ready guilds=")
        status, named, errors = await run(tmp_path, NOWHERE, "backup", "copy.db")
        assert (status, errors) == (0, "")
        assert named.startswith("The backup is in copy.db.\nIt leaves out the key to the discount codes: keep ")
        assert str(DATABASE.with_suffix(".key")) in named
        status, output, errors = await run(tmp_path, NOWHERE, "backup")
        assert (status, errors) == (0, "")
        assert (await run(tmp_path, NOWHERE, "backup", "copy.db"))[0] == 1
    found = re.match(r"The backup is in (.+)\.\n", output)
    assert found is not None
    assert Path(found[1]).parent == Path("data", "backups")
    for copy in ("copy.db", found[1]):
        with closing(sqlite3.connect(tmp_path / copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT guild_id FROM communities").fetchall() == [(guild.id,)]
