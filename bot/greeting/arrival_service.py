"""What happens when people arrive and leave: who is greeted, together with whom, and who is held for a host."""

from dataclasses import replace
from datetime import datetime

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.greeting import rules
from bot.greeting.errors import NothingHeldError
from bot.greeting.repository import GreetingRepository
from bot.greeting.rules import Greeting, GreetingSettings
from bot.members.rules import Member, is_back
from bot.members.service import MemberService
from bot.outbox.rules import DIRECT, NewPost, Post, PostState
from bot.outbox.service import OutboxService

GREETING = "greeting:welcome"
#: Draws the next greeting for a member, without one being given.
PREVIEW = "greeting:preview"
DIRECT_GREETING = "greeting:direct"
HELD = "greeting:held"


class ArrivalService:
    """Greets each newcomer once, or says why not."""

    def __init__(
        self, database: Database, communities: CommunityService, members: MemberService, outbox: OutboxService
    ) -> None:
        self._database = database
        self._communities = communities
        self._members = members
        self._outbox = outbox

    async def welcome(
        self, guild_id: int, member_id: int, *, joined_at: datetime, pending: bool, now: datetime
    ) -> bool:
        """A member joined; greet them unless they have rules to accept first. True if a greeting was decided.

        Who joined more than a day ago, while nobody looked, is only recorded.
        """
        async with self._database.transaction() as tx:
            await GreetingRepository(tx).lock_settings(guild_id)
            arrived = await self._members.join(tx, guild_id, member_id, joined_at=joined_at, pending=pending, now=now)
            is_fresh = now - joined_at <= rules.GREETED_WITHIN
            return arrived and is_fresh and await self._greet_or_hold(tx, guild_id, member_id, now)

    async def pass_screening(self, guild_id: int, member_id: int, now: datetime, *, greet: bool = True) -> bool:
        """A member accepted the rules; greet them if they were awaited. True if a greeting was decided.

        With `greet` off it is only recorded: they accepted too long ago.
        """
        async with self._database.transaction() as tx:
            await GreetingRepository(tx).lock_settings(guild_id)
            passed = await self._members.pass_screening(tx, guild_id, member_id, now)
            return passed and greet and await self._greet_or_hold(tx, guild_id, member_id, now)

    async def farewell(self, guild_id: int, member_id: int, now: datetime) -> None:
        """A member left. A greeting that has not gone out stays unsent; a fresh one is taken down."""
        async with self._database.transaction() as tx:
            await GreetingRepository(tx).lock_settings(guild_id)
            member = await self._members.get_in(tx, guild_id, member_id)
            is_news = await self._members.leave(tx, guild_id, member_id, now)
            if member is None or not is_news:
                return
            if member.greeted_at is not None:
                await self._take_back(tx, member, now)
            if member.held_at is not None:
                await self._tell_held(tx, guild_id, now)

    async def greeting(self, guild_id: int, greeting_id: int) -> Greeting | None:
        """A greeting and whom it names."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_greeting(guild_id, greeting_id)

    async def count_held(self, guild_id: int) -> int:
        """How many newcomers wait for a host to decide."""
        async with self._database.transaction() as tx:
            return len(await self._members.held(tx, guild_id))

    async def resume(self, guild_id: int, now: datetime) -> int:
        """Greet those who were held, if any, and whoever joins from now on. How many are greeted."""
        async with self._database.transaction() as tx:
            if held_since := await self._end_hold(tx, guild_id, now):
                await self._outbox.revise(tx, guild_id, _held_key(held_since), now)
            return await self._greet_held(tx, guild_id, now)

    async def resume_held(self, guild_id: int, now: datetime) -> int:
        """As `resume`, where the notice becomes the answer. Raises NothingHeldError."""
        async with self._database.transaction() as tx:
            await self._answer_notice(tx, guild_id, now)
            return await self._greet_held(tx, guild_id, now)

    async def skip_held(self, guild_id: int, now: datetime) -> int:
        """Greet none of those who were held, but whoever joins from now on; the notice becomes the answer.

        How many are skipped. Raises NothingHeldError.
        """
        async with self._database.transaction() as tx:
            await self._answer_notice(tx, guild_id, now)
            held = await self._members.held(tx, guild_id)
            await self._members.release_all(tx, guild_id)
            return len(held)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is kept about a member here: the words that greeted them."""
        greetings = GreetingRepository(tx)
        ids = await greetings.list_greetings_of(guild_id, member_id)
        found = [await greetings.get_greeting(guild_id, greeting_id) for greeting_id in ids]
        return {"greeted with": [greeting.template for greeting in found if greeting is not None]} if ids else {}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom greetings name."""
        return await GreetingRepository(tx).list_greeted(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """No greeting names the member any more; one that named nobody else is taken down."""
        greetings = GreetingRepository(tx)
        for greeting_id in await greetings.list_greetings_of(guild_id, member_id):
            await greetings.remove_greeted(guild_id, member_id, greeting_id)
            await self._outbox.revise(tx, guild_id, _key(greeting_id), now)
        await self._outbox.remove(tx, guild_id, _direct_key(member_id), now)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await GreetingRepository(tx).delete_greetings(guild_id)

    async def _end_hold(self, tx: Transaction, guild_id: int, now: datetime) -> datetime | None:
        """Hold and pause greetings no longer. Since when they were held, if they were."""
        greetings = GreetingRepository(tx)
        await greetings.lock_settings(guild_id)
        held_since = (await greetings.get_settings(guild_id)).held_since
        await greetings.end_hold(guild_id, now)
        await greetings.set_paused(guild_id, False)
        return held_since

    async def _answer_notice(self, tx: Transaction, guild_id: int, now: datetime) -> None:
        held_since = await self._end_hold(tx, guild_id, now)
        if held_since is None:
            raise NothingHeldError
        await self._outbox.stop_revising(tx, guild_id, _held_key(held_since))

    async def _greet_held(self, tx: Transaction, guild_id: int, now: datetime) -> int:
        settings = await GreetingRepository(tx).get_settings(guild_id)
        settings = replace(settings, together=max(settings.together, rules.LEAST_TOGETHER))
        held = await self._members.held(tx, guild_id)
        await self._members.release_all(tx, guild_id)
        greeted = [
            await self._greet(tx, settings, member_id, now)
            for member_id, held_at in held
            if now - held_at <= rules.GREETED_WITHIN
        ]
        return sum(greeted)

    async def _greet_or_hold(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> bool:
        settings = await GreetingRepository(tx).get_settings(guild_id)
        if settings.paused:
            return False
        if settings.held_since is None:
            joined = await self._members.count_joined(tx, guild_id, rules.counted_since(settings, now))
            if not rules.is_raid(settings, joined):
                return await self._greet(tx, settings, member_id, now)
            await self._begin_hold(tx, settings, now)
        await self._members.hold(tx, guild_id, member_id, now)
        await self._tell_held(tx, guild_id, now)
        return False

    async def _tell_held(self, tx: Transaction, guild_id: int, now: datetime) -> None:
        """Let the notice say how many wait now, if greetings are held."""
        if held_since := (await GreetingRepository(tx).get_settings(guild_id)).held_since:
            await self._outbox.revise(tx, guild_id, _held_key(held_since), now, rules.HELD_TOLD_EVERY)

    async def _begin_hold(self, tx: Transaction, settings: GreetingSettings, now: datetime) -> None:
        """Hold greetings, those that have not gone out too, and tell the hosts."""
        greetings, guild_id = GreetingRepository(tx), settings.guild_id
        await greetings.begin_hold(guild_id, now)
        for greeting_id in await greetings.list_open_greetings(guild_id, now - rules.RAID_WINDOW):
            greeting = await greetings.get_greeting(guild_id, greeting_id)
            if greeting is not None and await self._outbox.cancel(tx, guild_id, _key(greeting_id), now):
                for member_id in greeting.members:
                    await greetings.remove_greeted(guild_id, member_id, greeting_id)
                    await self._outbox.remove(tx, guild_id, _direct_key(member_id), now)
                    await self._members.hold(tx, guild_id, member_id, now)
        community = await self._communities.get_in(tx, guild_id)
        if hosts := community.channels.get(ChannelPurpose.HOSTS):
            await self._outbox.post(tx, NewPost(guild_id, hosts, HELD, guild_id, _held_key(now), due_at=now))

    async def _greet(self, tx: Transaction, settings: GreetingSettings, member_id: int, now: datetime) -> bool:
        guild_id = settings.guild_id
        member = await self._members.get_in(tx, guild_id, member_id)
        community = await self._communities.get_in(tx, guild_id)
        channel_id = community.channels.get(ChannelPurpose.GREETING)
        returned = member is not None and is_back(member)
        if channel_id is None or (returned and not settings.welcome_back):
            return False
        if not await self._members.greet(tx, guild_id, member_id, now):
            return False
        greetings = GreetingRepository(tx)
        greeting_id = await self._shared(tx, settings, now, is_back=returned)
        if greeting_id is None:
            turn = (await greetings.get_settings(guild_id)).turn
            template = rules.choose_template(replace(settings, turn=turn), is_back=returned)
            closes_at = now + settings.together
            greeting_id = await greetings.add_greeting(guild_id, template, is_back=returned, closes_at=closes_at)
            await self._outbox.post(
                tx, NewPost(guild_id, channel_id, GREETING, greeting_id, _key(greeting_id), due_at=closes_at)
            )
        await greetings.add_greeted(guild_id, member_id, greeting_id)
        if settings.direct and not returned and await self._outbox.takes_direct(tx, guild_id, member_id):
            key, due_at = _direct_key(member_id), now + settings.together
            await self._outbox.post(tx, NewPost(guild_id, DIRECT, DIRECT_GREETING, member_id, key, due_at))
        return True

    async def _shared(self, tx: Transaction, settings: GreetingSettings, now: datetime, *, is_back: bool) -> int | None:
        """The greeting on its way that has room for one more, if there is one."""
        greetings = GreetingRepository(tx)
        for greeting_id in (await greetings.list_open_greetings(settings.guild_id, now, is_back=is_back))[:1]:
            greeting = await greetings.get_greeting(settings.guild_id, greeting_id)
            post = await self._outbox.find_in(tx, settings.guild_id, _key(greeting_id))
            has_room = greeting is not None and len(greeting.members) < rules.most_names(greeting.template)
            if has_room and post is not None and _is_untried(post):
                return greeting_id
        return None

    async def _take_back(self, tx: Transaction, member: Member, now: datetime) -> None:
        greetings, guild_id = GreetingRepository(tx), member.guild_id
        assert member.greeted_at is not None, "there is a greeting to take back"
        await self._outbox.remove(tx, guild_id, _direct_key(member.member_id), now)
        latest = (await greetings.list_greetings_of(guild_id, member.member_id))[:1]
        for greeting_id in latest:
            post = await self._outbox.find_in(tx, guild_id, _key(greeting_id))
            is_fresh = now - member.greeted_at <= rules.TAKEN_DOWN_WITHIN
            if is_fresh or (post is not None and post.state is PostState.WAITING):
                await greetings.remove_greeted(guild_id, member.member_id, greeting_id)
                await self._members.take_greeting_back(tx, guild_id, member.member_id)
                await self._outbox.revise(tx, guild_id, _key(greeting_id), now)


def _is_untried(post: Post) -> bool:
    return post.state is PostState.WAITING and post.unsure_since is None


def _key(greeting_id: int) -> str:
    return f"greeting:{greeting_id}"


def _held_key(held_since: datetime) -> str:
    return f"held:{held_since:%Y%m%d%H%M%S%f}"


def _direct_key(member_id: int) -> str:
    return f"direct:{member_id}"
