"""People who come and go while the gateway is away, over real sockets: Discord tells nothing of it afterwards."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.client import Tribekeeper
from bot.clock import Clock
from tests.live import awake, database_in, is_asked, settle, until
from tests.loopback import Asked, LoopbackDiscord, Member, Refuse, World


class Scene:
    """A guild that greets, each newcomer alone and at once, and the gateway between it and the bot."""

    def __init__(self, folder: Path, *, shards: int = 1) -> None:
        self.folder = folder
        self.world = World(shard_count=shards)
        self.guild = self.world.add_guild()
        self.welcome, self.hosts = (self.world.add_channel(self.guild, name) for name in ("welcome", "hosts"))
        self.discord_api = LoopbackDiscord(self.world)
        self.gateway = self.discord_api.gateway
        self.late = timedelta()

    @asynccontextmanager
    async def played(self) -> AsyncIterator[Tribekeeper]:
        """The bot is ready."""
        async with database_in(self.folder) as database:
            await settle(database, self.guild, greeting=self.welcome, hosts=self.hosts)
        async with awake(self.folder, self.discord_api, Clock(lambda: datetime.now(UTC) + self.late)) as bot:
            bot.before_identify_hook = _at_once  # type: ignore[method-assign] - it would wait five seconds
            await bot.services.greeting.change_arrivals(self.guild.id, together=timedelta())
            while await self.seen_at(bot) is None:
                await asyncio.sleep(0.02)
            yield bot

    async def seen_at(self, bot: Tribekeeper) -> datetime | None:
        """Until when the bot noted that it missed nothing."""
        return (await bot.services.communities.get(self.guild.id)).seen_at

    async def tell_of(self, member: Member) -> None:
        """Discord tells that somebody joined."""
        payload = member.payload() | {"guild_id": str(self.guild.id)}
        await self.gateway.dispatch("GUILD_MEMBER_ADD", payload, guild_id=self.guild.id)

    async def lose_the_session(self) -> None:
        """The connection breaks, and Discord will not resume it."""
        self.gateway.refuse_resumes = True
        await self.gateway.sever(guild_id=self.guild.id)

    def refused(self) -> list[Asked]:
        """The requests for the guild's members that Discord refused."""
        return [one for one in self.discord_api.asked("GET", "/guilds/*/members") if one.status == 403]

    def greeted(self) -> Counter[int]:
        """How often each person is named in the greetings that stand."""
        said = " ".join(message["content"] for message in self.welcome.messages.values())
        return Counter({user_id: said.count(f"<@{user_id}>") for user_id in self.guild.members if f"{user_id}" in said})

    async def ends(self, *members: Member) -> None:
        """Wait until exactly these are greeted, each once, and nothing more is said."""
        wanted = Counter(member.user.id for member in members)
        await until(lambda: self.greeted() == wanted, lambda: f"{self.greeted()} instead of {wanted}")


async def note_presence(bot: Tribekeeper) -> None:
    """What the bot does every five minutes."""
    await bot.get_cog("Arrivals").keep_seen()  # type: ignore[union-attr]


async def _at_once(_shard_id: int, *, initial: bool = False) -> None:
    del initial


@pytest.mark.parametrize("shards", [1, 2])
async def test_joins_of_an_outage_that_is_not_resumed_are_greeted_once(tmp_path: Path, shards: int) -> None:
    """With several shards discord.py tells of no new `ready` then, only of each guild."""
    scene = Scene(tmp_path, shards=shards)
    async with scene.played() as bot:
        ada, grace = (scene.world.add_member(scene.guild, name) for name in ("Ada", "Grace"))
        for member in (ada, grace):
            await scene.tell_of(member)
        await scene.ends(ada, grace)
        await scene.lose_the_session()
        joan = scene.world.add_member(scene.guild, "Joan")
        del scene.guild.members[grace.user.id]
        await scene.ends(ada, joan)
        assert len(scene.gateway.resumes) == 1
        assert len(scene.gateway.identifies) == shards + 1
        hedy = scene.world.add_member(scene.guild, "Hedy")
        for member in (joan, hedy):
            await scene.tell_of(member)
        await scene.ends(ada, joan, hedy)
        present, _ = await bot.services.privacy.present(scene.guild.id, datetime.now(UTC))
        assert {ada.user.id, joan.user.id, hedy.user.id} <= {*present}
        assert grace.user.id not in present


async def test_a_long_outage_is_not_taken_for_presence(tmp_path: Path) -> None:
    """The bot goes on noting when it was there, but not where it saw nothing: what it notes is where it looks from."""
    scene = Scene(tmp_path)
    async with scene.played() as bot:
        scene.gateway.is_away = True
        await scene.lose_the_session()
        await until(lambda: scene.gateway.turned_away)
        joan = scene.world.add_member(scene.guild, "Joan")
        scene.late = timedelta(minutes=20)
        await note_presence(bot)
        scene.gateway.is_away = False
        await scene.ends(joan)


async def test_after_a_resume_the_bot_is_present_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    async with scene.played() as bot:
        await scene.gateway.sever()
        grace = scene.world.add_member(scene.guild, "Grace")
        await scene.tell_of(grace)
        await scene.ends(grace)
        scene.late = timedelta(minutes=20)
        await note_presence(bot)
        seen_at = await scene.seen_at(bot)
        assert seen_at is not None
        assert seen_at > datetime.now(UTC) + timedelta(minutes=19)
        assert len(scene.gateway.identifies) == 1


async def test_a_resume_does_not_make_up_for_a_catching_up_that_failed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    async with scene.played() as bot:
        await is_asked(scene.discord_api, "GET", "/guilds/*/members", times=2)  # for joins, and for hosts
        scene.discord_api.faults.add("GET", "/guilds/*/members", Refuse(403, 50001, "Missing Access"), times=3)
        await scene.lose_the_session()
        joan = scene.world.add_member(scene.guild, "Joan")
        await until(lambda: len(scene.refused()) == 2)  # told of the guild, and that all is ready
        scene.gateway.refuse_resumes = False
        resumed = asyncio.create_task(bot.wait_for("shard_resumed"))
        await scene.gateway.sever()
        await resumed
        scene.late = timedelta(minutes=20)
        await note_presence(bot)
        assert len(scene.refused()) == 3
        assert scene.greeted() == Counter()
        await note_presence(bot)
        await scene.ends(joan)
