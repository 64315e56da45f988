"""A bot that follows one blog in the plainest way, to see the rehearsal's side of it."""

import asyncio
from typing import Any, cast

import aiohttp
import discord
import feedparser
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.gateway import SeenMessage
from bot.rehearsal.player import TribekeeperPlayer
from bot.rehearsal.world import World


class Reader(commands.Cog):
    """Looks every five minutes, announces what is new, opens a thread, and calls the author into it."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self.address, self.channel_id, self.author_id = "", 0, 0
        self.known: set[str] = set()
        self.calls: list[asyncio.Task[discord.Message]] = []
        bot.message_observers.append(self.observe)

    async def read(self) -> list[Any]:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
            session.get(self.address) as answer,
        ):
            return feedparser.parse(await answer.read()).entries

    @tasks.loop(minutes=5)
    async def look(self) -> None:
        for entry in reversed(await self.read()):
            if entry.id not in self.known:
                self.known.add(entry.id)
                channel = self.bot.get_channel(self.channel_id)
                assert isinstance(channel, discord.TextChannel)
                sent = await channel.send(embed=discord.Embed(title=entry.title, url=entry.link))
                thread = await sent.create_thread(name=entry.title)
                await thread.send("What does this bring up for you?")

    def observe(self, message: SeenMessage) -> None:
        thread = self.bot.get_channel(message.channel_id)
        if isinstance(thread, discord.Thread) and message.is_by_person and message.author_id != self.author_id:
            self.calls.append(asyncio.create_task(thread.send(f"<@{self.author_id}>, you have an answer.")))


class ReadingPlayer(TribekeeperPlayer):
    """The bot as it is, and a `Reader` in it."""

    def build(self) -> commands.AutoShardedBot:
        bot = super().build()
        plain_setup = bot.setup_hook

        async def setup() -> None:
            await plain_setup()
            await bot.add_cog(Reader(cast(Tribekeeper, bot)))

        bot.setup_hook = setup
        return bot

    async def prepare(self, bot: commands.AutoShardedBot, world: World, blog_address: str) -> None:
        await super().prepare(bot, world, blog_address)
        reader = self._reader(bot)
        reader.address, reader.channel_id = blog_address + "feed.xml", world.purposes["blog"]
        reader.author_id = world.host.id
        reader.known = {entry.id for entry in await reader.read()}
        reader.look.start()

    async def look_at_blog(self, bot: commands.AutoShardedBot) -> None:
        self._reader(bot).look.restart()

    @staticmethod
    def _reader(bot: commands.AutoShardedBot) -> Reader:
        reader = bot.get_cog("Reader")
        assert isinstance(reader, Reader)
        return reader
