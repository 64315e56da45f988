"""`run.py check` over real sockets: a table that says what works and what to mend."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.app import services_on
from bot.clock import Clock
from bot.config import Settings
from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb, Reply
from tests.live import DATABASE, database_in, run, settle
from tests.loopback import BAD_TOKEN, GOOD_TOKEN, Channel, Guild, LoopbackDiscord, Refuse, World
from tests.loopback.answers import answer
from tests.loopback.places import EVERYTHING, READ_MESSAGE_HISTORY, SEND_MESSAGES, VIEW_CHANNEL

ADMINISTRATOR = 1 << 3
EMBED_LINKS = 1 << 14
NOWHERE = "http://127.0.0.1:9"


class Table:
    """What was printed: for each subject its mark and its sentence."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        assert errors == ""
        assert "Traceback" not in output
        assert max(map(len, output.splitlines())) <= 80
        self.status, self.output = status, output
        self.rows: dict[str, tuple[str, str]] = {}
        subject = ""
        for line in output.splitlines():
            cells = [cell.strip() for cell in re.split("[│┃|]", line)[1:-1]]
            if len(cells) != 3 or cells[1:] == ["What", "State"]:
                continue
            subject = cells[1] if cells[0] else subject
            mark, words = self.rows.get(subject, (cells[0], ""))
            self.rows[subject] = mark, f"{words} {cells[2]}".strip()

    def says(self, subject: str, mark: str, words: str) -> None:
        """Fail unless the table says that."""
        assert self.rows[subject][0] == mark, self.output
        assert words in self.rows[subject][1], self.output


async def check(folder: Path, discord_api: LoopbackDiscord | None = None, token: str = GOOD_TOKEN) -> Table:
    """Run the check in `folder`."""
    address = discord_api.http_url if discord_api else NOWHERE
    return Table(*await run(folder, address, "check", DISCORD_TOKEN=token, COLUMNS="80", PYTHONIOENCODING="utf-8"))


class Listing(LoopbackDiscord):
    """Discord for another process, with the one route that only the check asks for."""

    async def _answer(self, request: web.Request, path: str, handler: Handler) -> web.StreamResponse:
        async def listed(_request: web.Request) -> web.StreamResponse:
            return answer([{"id": str(guild.id), "name": guild.name} for guild in self.world.guilds.values()])

        return await super()._answer(request, path, listed if path == "/users/@me/guilds" else handler)


def served(world: World) -> Listing:
    """Discord for another process."""
    return Listing(world, point_discord=False)


def small_world(permissions: int = EVERYTHING & ~ADMINISTRATOR) -> tuple[World, Guild, Channel]:
    """A server with one channel."""
    world = World()
    guild = world.add_guild("Writers", bot_permissions=permissions)
    return world, guild, world.add_channel(guild, "welcome")


async def test_where_all_is_well_every_line_says_so(tmp_path: Path) -> None:
    world, guild, channel = small_world()
    async with database_in(tmp_path) as database:
        await settle(database, guild, greeting=channel)
    async with served(world) as discord_api:
        table = await check(tmp_path, discord_api)
    assert table.status == 0
    table.says("Settings", "ok", "can be read")
    table.says("Database", "ok", "is up to date, and takes writes")
    table.says("Token", "ok", "It belongs to tribekeeper")
    table.says("Intents", "ok", "Server Members Intent is on")
    table.says("Writers", "ok", "Every configured channel can be used")
    table.says("Blogs", "ok", "None is followed yet")
    table.says("Codes", "ok", "will be made when the first code is kept")
    assert len(table.rows) == 7
    assert GOOD_TOKEN not in table.output


async def test_before_the_first_start_the_check_says_what_will_happen_and_makes_nothing(tmp_path: Path) -> None:
    async with served(World()) as discord_api:
        table = await check(tmp_path, discord_api)
    assert table.status == 0
    table.says("Database", "ok", "will be created at the first start")
    table.says("Servers", "ok", "Invite it:")
    assert list(tmp_path.iterdir()) == []


async def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BACKUPS_KEPT=0\n", encoding="utf-8")
    table = await check(tmp_path)
    assert table.status == 1
    table.says("Settings", "no", "BACKUPS_KEPT")
    assert len(table.rows) == 1


async def test_without_a_token_the_way_to_one_is_told(tmp_path: Path) -> None:
    table = await check(tmp_path, token="")
    assert table.status == 1
    table.says("Token", "no", "needs a bot token")


async def test_a_wrong_token_is_told_and_not_shown(tmp_path: Path) -> None:
    async with served(World()) as discord_api:
        table = await check(tmp_path, discord_api, BAD_TOKEN)
    assert table.status == 1
    table.says("Token", "no", "Discord does not know it")
    assert BAD_TOKEN not in table.output


async def test_discord_out_of_reach_is_told(tmp_path: Path) -> None:
    table = await check(tmp_path)
    assert table.status == 1
    table.says("Token", "no", "Discord cannot be reached")


async def test_an_intent_that_is_off_is_told(tmp_path: Path) -> None:
    async with served(World(granted_intents=0)) as discord_api:
        table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Intents", "no", "Server Members Intent is off")


async def test_each_channel_that_cannot_be_used_is_named_with_what_is_missing(tmp_path: Path) -> None:
    world, guild, welcome = small_world(VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY | EMBED_LINKS)
    shut = world.add_channel(guild, "news", overwrites={guild.id: (0, SEND_MESSAGES | EMBED_LINKS)})
    gone = Channel(1, "gone", guild.id)
    async with database_in(tmp_path) as database:
        await settle(database, guild, greeting=welcome, announcements=shut, hosts=gone)
        other = world.add_guild("Readers")
        await settle(database, other, greeting=world.add_channel(other, "hello"))
    async with served(world) as discord_api:
        table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Writers", "no", "Announcements: I lack Send Messages, Embed Links in #news")
    table.says("Writers", "no", "Notices for hosts: the channel was deleted")
    assert "#welcome" not in table.output
    table.says("Readers", "ok", "Every configured channel can be used")


async def test_a_server_that_does_not_answer_holds_up_no_other(tmp_path: Path) -> None:
    world, guild, channel = small_world()
    other = world.add_guild("Readers")
    async with database_in(tmp_path) as database:
        await settle(database, guild, greeting=channel)
        await settle(database, other, greeting=world.add_channel(other, "hello"))
    async with served(world) as discord_api:
        discord_api.faults.add("GET", f"/guilds/{guild.id}/channels", Refuse(403, 50001))
        table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Writers", "no", "could not be looked at just now")
    table.says("Readers", "ok", "Every configured channel can be used")


async def test_servers_that_cannot_be_listed_are_told(tmp_path: Path) -> None:
    async with served(World()) as discord_api:
        discord_api.faults.add("GET", "/users/@me/guilds", Refuse(403))
        table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Servers", "no", "does not list them just now")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "from a newer version of Tribekeeper"),
        ("DROP TABLE alembic_version", "will be set up at the first start"),
    ],
)
async def test_the_version_of_the_database_is_looked_at(tmp_path: Path, statement: str, words: str) -> None:
    async with database_in(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute(statement)
    world, *_ = small_world()
    async with served(world) as discord_api:
        table = await check(tmp_path, discord_api)
    table.says("Writers", "ok", "once the database is set up and up to date")
    assert words in table.rows["Database"][1]
    assert table.status == int("newer" in words)


async def test_blogs_that_cannot_be_read_are_named_with_the_reason(tmp_path: Path) -> None:
    world, guild, channel = small_world()
    now = datetime.now(UTC)
    async with database_in(tmp_path) as database, LoopbackWeb() as web:
        await settle(database, guild, greeting=channel)
        rooms = services_on(database, Clock(), Settings(feed_allowed_hosts=frozenset({"127.0.0.1"})))
        blogs = [Blog(web, path=f"/{name}", title=f"Blog {name}") for name in ("one", "two", "three")]
        for blog in blogs:
            blog.publish("Hello")
            found = await rooms.feeds.read(blog.url)
            await rooms.feeds.follow(guild.id, found, channel.id, now)
        web.pages["/two"] = Reply(status=500)
        web.pages["/three"] = Reply(status=410)
        await rooms.polls.poll_due(now + timedelta(hours=1))
        await rooms.feeds.close()
    async with served(world) as discord_api:
        table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Blogs", "ok", "1 of 2 that are followed can be read")
    table.says("Blog two", "no", "It cannot be read since")
    table.says("Blog three", "no", "I have stopped looking")
    table.says("Blog three", "no", "/blog resume in its server tries again")


async def test_a_locked_database_is_told_and_discord_is_looked_at_all_the_same(tmp_path: Path) -> None:
    async with database_in(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with served(World()) as discord_api:
            table = await check(tmp_path, discord_api)
    assert table.status == 1
    table.says("Database", "no", "is locked by another program")
    table.says("Token", "ok", "It belongs to")
