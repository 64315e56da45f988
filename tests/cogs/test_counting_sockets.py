"""Gaps over real sockets: what Discord did not tell is read back, and where it cannot be, counting goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import services_on
from bot.client import Tribekeeper
from bot.clock import Clock
from bot.config import Settings
from bot.db import DatabaseUnavailableError
from bot.engagement import count_rules, tally
from bot.snowflakes import snowflake_at
from cogs.engagement import counting, history
from tests.engagement.messages import days_of
from tests.live import PATIENCE, awake, database_in, is_asked
from tests.loopback import Channel, Cut, LoopbackDiscord, Member, Refuse, World
from tests.loopback.faults import Fault
from tests.loopback.places import ADMINISTRATOR, EVERYTHING, READ_MESSAGE_HISTORY

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class Scene:
    """A guild of writers in which the bot counts since three days ago. Whatever is written was written yesterday."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World()
        self.guild = self.world.add_guild()
        self.channels = [self.world.add_channel(self.guild, name) for name in ("one", "two")]
        self.people = [self.world.add_member(self.guild, name) for name in ("Ada", "Ben", "Cleo")]
        self.discord_api = LoopbackDiscord(self.world)
        self.gateway = self.discord_api.gateway
        self.at = datetime.now(UTC) - DAY

    @asynccontextmanager
    async def played(self) -> AsyncIterator[Tribekeeper]:
        """The bot is ready."""
        async with database_in(self.folder) as database:
            rooms = services_on(database, Clock(), Settings())
            await rooms.communities.arrive(self.guild.id, "Writers", self.at)
            await rooms.counts.begin(rooms.counts.tally.of(self.guild.id), self.at - 2 * DAY)
        with pytest.MonkeyPatch.context() as hasty:
            hasty.setattr(counting, "EVERY", timedelta(seconds=0.05))
            async with awake(self.folder, self.discord_api) as bot:
                bot.before_identify_hook = _at_once  # type: ignore[method-assign] - it would wait five seconds
                yield bot

    async def say(self, author: Member, channel: Channel, *, times: int = 1) -> None:
        """Somebody writes, a minute later each time; the bot hears of it if it listens."""
        for _ in range(times):
            self.at += MINUTE
            await self.discord_api.say(channel, author, id=str(snowflake_at(self.at)))

    async def counted(self, bot: Tribekeeper) -> set[int]:
        return {member_id for member_id, _ in await days_of(bot.services.database, self.guild.id)}

    async def counts(self, bot: Tribekeeper, *people: Member) -> None:
        """Wait until exactly these are counted."""
        wanted = {person.user.id for person in people}
        async with asyncio.timeout(PATIENCE):
            while await self.counted(bot) != wanted:
                await asyncio.sleep(0.05)

    async def lose_the_session(self) -> None:
        """The connection breaks, and Discord will not resume it."""
        self.gateway.refuse_resumes = True
        self.gateway.is_away = True
        await self.gateway.sever(guild_id=self.guild.id)

    def come_back(self) -> None:
        self.gateway.is_away = False


async def _at_once(_shard_id: int, *, initial: bool = False) -> None:
    del initial


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_what_was_written_after_a_session_was_lost_is_read_back(scene: Scene) -> None:
    ada, ben, cleo = scene.people
    one, two = scene.channels
    async with scene.played() as bot:
        await scene.say(ada, one)
        await scene.counts(bot, ada)
        await scene.lose_the_session()
        await scene.say(ben, one, times=250)
        await scene.say(cleo, two)
        scene.come_back()
        await scene.counts(bot, ada, ben, cleo)
        assert len(scene.discord_api.asked("GET", f"/channels/{one.id}/messages")) == 3, "a hundred at a time"


async def test_after_a_resume_discord_tells_and_nothing_is_read_back(scene: Scene) -> None:
    ada, ben, _ = scene.people
    async with scene.played() as bot:
        await scene.say(ada, scene.channels[0])
        await scene.counts(bot, ada)
        await scene.gateway.sever(guild_id=scene.guild.id)
        await scene.say(ben, scene.channels[0])
        await scene.counts(bot, ada, ben)
        assert scene.gateway.resumes
        assert not scene.discord_api.asked("GET", "/channels/*/messages")


async def test_a_channel_nothing_was_written_in_is_not_asked_for(scene: Scene) -> None:
    ada, _, _ = scene.people
    await scene.say(ada, scene.channels[0])
    async with scene.played() as bot:
        await scene.counts(bot, ada)
        assert not scene.discord_api.asked("GET", f"/channels/{scene.channels[1].id}/messages")


async def test_where_history_may_not_be_read_the_gap_stays_uncounted_and_counting_goes_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ben, cleo = scene.people
    one, two = scene.channels
    one.overwrites[scene.world.bot.id] = (0, READ_MESSAGE_HISTORY)
    own_role = next(role for role in scene.guild.roles.values() if role.name == scene.world.bot_name)
    own_role.permissions = EVERYTHING & ~ADMINISTRATOR
    await scene.say(ada, one)
    await scene.say(cleo, two)
    async with scene.played() as bot:
        await scene.counts(bot, cleo)
        await scene.say(ben, one)
        await scene.counts(bot, ben, cleo)
    assert f"channel={one.id}" in caplog.text
    assert "a gap stays uncounted" in caplog.text


@pytest.mark.parametrize("refusal", [Refuse(403, 50001), Refuse(404, 10003)])
async def test_a_channel_that_is_gone_or_closed_holds_nothing_else_up(scene: Scene, refusal: Refuse) -> None:
    ada, ben, cleo = scene.people
    one, two = scene.channels
    await scene.say(ada, one)
    await scene.say(cleo, two)
    scene.discord_api.faults.add("GET", f"/channels/{one.id}/messages", refusal, times=99)
    async with scene.played() as bot:
        await scene.counts(bot, cleo)
        await scene.say(ben, two)
        await scene.counts(bot, ben, cleo)


async def test_a_page_that_fails_is_asked_for_again(scene: Scene) -> None:
    ada, _, cleo = scene.people
    await scene.say(ada, scene.channels[0])
    await scene.say(cleo, scene.channels[1])
    scene.discord_api.faults.add("GET", "/channels/*/messages", Cut(applied=False), times=2)
    async with scene.played() as bot:
        await scene.counts(bot, ada, cleo)


@pytest.mark.parametrize("fault", [Refuse(503), Cut(applied=False)])
async def test_what_many_failures_kept_from_being_read_is_read_in_the_end_and_others_are_read_meanwhile(
    scene: Scene, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(count_rules, "FIRST_PAUSE", timedelta(seconds=0.2))
    monkeypatch.setattr(count_rules, "LONGEST_PAUSE", timedelta(seconds=0.2))
    ada, _, cleo = scene.people
    one, two = scene.channels
    await scene.say(ada, one)
    await scene.say(cleo, two)
    scene.discord_api.faults.add("GET", f"/channels/{one.id}/messages", fault, times=12)
    async with scene.played() as bot:
        await scene.counts(bot, ada, cleo)
    asked = [asked.path for asked in scene.discord_api.asked("GET", "/channels/*/messages")]
    assert asked.count(f"/channels/{one.id}/messages") == 13
    # After a cut the request is made once more at once.
    assert asked.index(f"/channels/{two.id}/messages") <= 2


async def test_threads_that_were_archived_while_the_bot_was_away_are_read_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, cleo = scene.people
    one, two = scene.channels
    async with scene.played() as bot:
        monkeypatch.setattr(history, "PAGE", 2)
        monkeypatch.setattr(count_rules, "FIRST_PAUSE", timedelta(seconds=0.1))
        threads = [scene.world.open_thread(one, f"Thread {n}", scene.world.next_id()) for n in range(3)]
        await scene.say(ada, threads[0])
        await scene.say(ada, one)
        await scene.counts(bot, ada)
        await scene.lose_the_session()
        for thread in threads:
            await scene.say(ben, thread)
            thread.archived_at = scene.at
        # Its messages were counted before; that many have to be listed to get past it.
        long_ago = [scene.world.open_thread(two, "Long ago", scene.world.next_id()) for _ in range(5)]
        for thread in long_ago:
            thread.archived_at = scene.at - DAY
        scene.at += MINUTE
        scene.discord_api.requests.clear()
        scene.discord_api.faults.add("GET", "/channels/*/threads/archived/public", Refuse(503), times=2)
        scene.come_back()
        await scene.counts(bot, ada, ben)
        read = {asked.path for asked in scene.discord_api.asked("GET", "/channels/*/messages")}
        assert read == {f"/channels/{thread.id}/messages" for thread in threads}
        listed = [asked.path for asked in scene.discord_api.asked("GET", "/channels/*/threads/archived/public")]
        assert listed.count(f"/channels/{two.id}/threads/archived/public") <= 2, "no further back than the gap"
        await scene.say(cleo, one)
        await scene.counts(bot, ada, ben, cleo)


async def test_where_archived_threads_may_not_be_listed_counting_goes_on(scene: Scene) -> None:
    ada, _, _ = scene.people
    await scene.say(ada, scene.channels[0])
    scene.discord_api.faults.add("GET", "/channels/*/threads/archived/*", Refuse(403, 50001), times=99)
    async with scene.played() as bot:
        await scene.counts(bot, ada)


async def test_what_does_not_fit_in_memory_is_read_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_HELD", 20)
    ada, ben, cleo = scene.people
    one, two = scene.channels
    async with scene.played() as bot:
        await scene.counts(bot)
        with monkeypatch.context() as away:
            away.setattr(bot.services.counts, "write", _fail)
            await scene.say(ada, one, times=15)
            await scene.say(ben, two, times=15)
            await is_asked(scene.discord_api, "GET", "/channels/*/messages")
        await scene.say(cleo, one)
        await scene.counts(bot, ada, ben, cleo)


async def _fail(*_: object) -> int:
    raise DatabaseUnavailableError
