"""What the live bot writes to its log, with everything going wrong: facts, but nobody's words and no secret."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.interactions import TOKEN, slash, submitted
from tests.live import DATABASE, database_in, is_asked, live, settle, until
from tests.loopback import GOOD_TOKEN, Guild, LoopbackDiscord, Member, Refuse, World

ANSWERS = "/interactions/*/callback"
WORDS = ("Rivers of Prague", "Ending a chapter", "Proofreading", "https://example.com/my-diary")
ARGUMENT = "Atlantis/Sunken"
MANAGE_GUILD = 1 << 5


class Conversation:
    """A member who uses the bot, one step after the other."""

    def __init__(self, discord_api: LoopbackDiscord, guild: Guild, member: Member) -> None:
        self.discord_api = discord_api
        self.guild = guild
        self.member = member

    async def does(self, interaction: dict[str, Any]) -> Any:
        """Something the bot answers; the data of its answer."""
        before = len(self.discord_api.asked("POST", ANSWERS))
        await self.discord_api.gateway.dispatch("INTERACTION_CREATE", interaction)
        await is_asked(self.discord_api, "POST", ANSWERS, times=before + 1)
        return self.discord_api.world.answers[-1].get("data") if self.discord_api.world.answers else None

    async def introduces(self) -> None:
        """Opens the form and fills it in."""
        world = self.discord_api.world
        modal = await self.does(slash(world, self.guild, self.member, "intro"))
        await self.does(submitted(world, self.guild, self.member, modal, *WORDS))

    async def sets_up(self) -> None:
        """Types a time zone there is not."""
        world = self.discord_api.world
        zone = slash(world, self.guild, self.member, "setup", permissions=MANAGE_GUILD, time_zone=ARGUMENT)
        answer = await self.does(zone)
        assert ARGUMENT in answer["content"]


@pytest.mark.parametrize("style", ["text", "json"])
async def test_the_log_holds_facts_and_neither_words_nor_secrets(tmp_path: Path, style: str) -> None:
    world = World()
    guild = world.add_guild()
    channel, member = world.add_channel(guild, "introductions"), world.add_member(guild, "Ada")
    async with database_in(tmp_path) as database:
        await settle(database, guild, introductions=channel)
    async with (
        LoopbackDiscord(world, point_discord=False) as discord_api,
        live(tmp_path, discord_api.http_url, LOG_LEVEL="DEBUG", LOG_FORMAT=style) as bot,
    ):
        await bot.hears("ready guilds=")
        ada = Conversation(discord_api, guild, member)
        await discord_api.say(channel, member, WORDS[0])
        await ada.sets_up()
        await ada.introduces()
        await until(lambda: channel.messages and WORDS[1] in str(channel.messages), lambda: bot.said)
        modal = await ada.does(slash(world, guild, member, "intro"))
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
            for change in ("INSERT", "UPDATE"):
                refusal = "BEGIN SELECT RAISE(ABORT, 'no more'); END"
                connection.execute(f"CREATE TRIGGER no_{change} BEFORE {change} ON introductions {refusal}")
        # The database refuses a statement that holds all the words.
        await ada.does(submitted(world, guild, member, modal, *WORDS))
        await bot.hears("no more")
        discord_api.faults.add("POST", ANSWERS, Refuse(400, 50035, "Invalid Form Body"))
        await ada.does(slash(world, guild, member, "setup", permissions=MANAGE_GUILD))
        # The third is the answer to the first form: the stub knows no follow-up messages.
        await until(lambda: bot.said.count("interaction failed ref=") == 3, lambda: bot.said)
    for secret in (*WORDS, ARGUMENT, GOOD_TOKEN, TOKEN):
        assert secret not in bot.said
    if style == "json":
        assert all("event" in json.loads(line) for line in bot.lines)
