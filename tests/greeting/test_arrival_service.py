"""Arrivals on real databases: who is greeted, together with whom, and who is held."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database
from bot.engagement.count_service import CountService
from bot.greeting.answer_service import AnswerService
from bot.greeting.arrival_service import DIRECT_GREETING, GREETING, ArrivalService
from bot.greeting.rules import BACK_TEMPLATES, DEFAULT_TEMPLATES
from bot.greeting.service import GreetingService
from bot.members.service import MemberService
from bot.outbox.rules import DIRECT, Post, PostState, Sent, Unsure
from bot.outbox.service import OutboxService

GUILD, WELCOME, HOSTS, MAYA, KOFI = 10, 20, 22, 30, 31
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOON = timedelta(seconds=10)


class Door:
    """Everything an arrival passes through, on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.communities = CommunityService(database)
        self.members = MemberService(database)
        self.outbox = OutboxService(database, self.communities)
        self.arrivals = ArrivalService(database, self.communities, self.members, self.outbox)
        counts = CountService(database, self.communities, self.members)
        answers = AnswerService(database, self.communities, self.members, self.outbox, counts)
        self.greeting = GreetingService(database, self.communities, self.outbox, answers)

    async def join(self, now: datetime, *, pending: bool = False, member: int = MAYA, guild: int = GUILD) -> bool:
        return await self.arrivals.welcome(guild, member, joined_at=now, pending=pending, now=now)

    async def leave(self, now: datetime, member: int = MAYA) -> None:
        await self.arrivals.farewell(GUILD, member, now)

    async def due(self, now: datetime, kind: str = GREETING) -> list[Post]:
        return [post for post in await self.outbox.list_due(now) if post.kind == kind]

    async def names(self, post: Post) -> Sequence[int]:
        greeting = await self.arrivals.greeting(GUILD, post.subject_id)
        return greeting.members if greeting else ()

    async def greetings(self, now: datetime) -> list[list[int]]:
        """Let every greeting that is due go out; whom each names."""
        named: list[list[int]] = []
        while due := await self.due(now):
            for post in due:
                named.append(list(await self.names(post)))
                await self.send(post, now)
        return named

    async def send(self, post: Post, now: datetime) -> None:
        await self.outbox.begin_attempt(post, "looks", now)
        await self.outbox.finish_attempt(post, Sent(1000 + post.id), now)


@pytest.fixture
async def door(database: Database, now: datetime) -> Door:
    door = Door(database)
    await door.communities.arrive(GUILD, "Bubble", now)
    await door.communities.set_channel(GUILD, ChannelPurpose.GREETING, WELCOME)
    await door.communities.set_channel(GUILD, ChannelPurpose.HOSTS, HOSTS)
    return door


async def test_a_newcomer_is_greeted_once_however_often_the_join_is_told(door: Door, now: datetime) -> None:
    assert await door.join(now)
    assert not await door.join(now)
    assert await door.greetings(now + SOON) == [[MAYA]]
    assert not await door.join(now)
    assert await door.greetings(now + DAY) == []


async def test_simultaneous_events_greet_once(door: Door, now: datetime) -> None:
    await door.join(now, pending=True)
    decided = await asyncio.gather(*(door.arrivals.pass_screening(GUILD, MAYA, now) for _ in range(5)))
    assert sorted(decided) == [False, False, False, False, True]
    assert await door.greetings(now + SOON) == [[MAYA]]


async def test_a_pending_member_is_greeted_when_the_screening_ends(door: Door, now: datetime) -> None:
    assert not await door.join(now, pending=True)
    assert await door.greetings(now + HOUR) == []
    assert await door.arrivals.pass_screening(GUILD, MAYA, now + MINUTE)
    assert not await door.arrivals.pass_screening(GUILD, MAYA, now + MINUTE)


async def test_a_member_nobody_saw_joining_is_not_greeted_for_a_change_of_name(door: Door, now: datetime) -> None:
    assert not await door.arrivals.pass_screening(GUILD, MAYA, now)


async def test_guilds_do_not_mix(door: Door, now: datetime) -> None:
    await door.join(now)
    assert not await door.join(now, guild=GUILD + 1), "the other guild has no channel for greetings"
    assert await door.greetings(now + SOON) == [[MAYA]]


async def test_nobody_is_greeted_while_greetings_are_paused(door: Door, now: datetime) -> None:
    await door.greeting.set_paused(GUILD, True)
    assert not await door.join(now)
    assert await door.arrivals.resume(GUILD, now) == 0
    assert not await door.join(now), "the same arrival is not greeted later"
    assert await door.join(now, member=KOFI)


async def test_the_words_are_taken_in_turn(door: Door, now: datetime) -> None:
    chosen: list[str] = []
    for number in range(4):
        at = now + number * HOUR
        await door.join(at, member=number + 1)
        [post] = await door.due(at + SOON)
        greeting = await door.arrivals.greeting(GUILD, post.subject_id)
        assert greeting is not None
        chosen.append(greeting.template)
        await door.send(post, at + SOON)
    assert chosen == [*DEFAULT_TEMPLATES, DEFAULT_TEMPLATES[0]]


async def test_whoever_joins_within_ten_seconds_shares_one_greeting(door: Door, now: datetime) -> None:
    for number in range(3):
        await door.join(now + number * 4 * SECOND, member=number + 1)
    await door.join(now + SOON, member=4)
    assert await door.greetings(now + SOON) == [[1, 2, 3]]
    assert await door.greetings(now + 2 * SOON) == [[4]]


async def test_a_greeting_names_no_more_than_fit(door: Door, now: datetime) -> None:
    await door.greeting.change_arrivals(GUILD, most_joins=0)
    await asyncio.gather(*(door.join(now, member=number) for number in range(1, 46)))
    named = await door.greetings(now + SOON)
    assert [len(names) for names in named] == [20, 20, 5]
    assert sorted(member for names in named for member in names) == list(range(1, 46))


async def test_alone_means_alone(door: Door, now: datetime) -> None:
    await door.greeting.change_arrivals(GUILD, together=timedelta(0))
    await door.join(now, member=1)
    await door.join(now, member=2)
    assert await door.greetings(now) == [[1], [2]]


async def test_a_greeting_under_way_takes_nobody_more(door: Door, now: datetime) -> None:
    await door.join(now)
    [post] = await door.due(now + SOON)
    await door.outbox.begin_attempt(post, "looks", now)
    await door.outbox.finish_attempt(post, Unsure(), now)
    await door.join(now + SECOND, member=KOFI)
    assert list(await door.names(post)) == [MAYA]


async def test_one_who_leaves_before_the_greeting_is_not_named(door: Door, now: datetime) -> None:
    await door.join(now)
    await door.join(now, member=KOFI)
    await door.leave(now + SECOND)
    assert await door.greetings(now + SOON) == [[KOFI]]
    assert await door.join(now + MINUTE), "whoever was not greeted may be, on return"


@pytest.mark.parametrize(("after", "taken_down"), [(9 * MINUTE, True), (11 * MINUTE, False)])
async def test_the_greeting_of_one_who_leaves_within_ten_minutes_is_drawn_anew_without_them(
    door: Door, now: datetime, after: timedelta, taken_down: bool
) -> None:
    await door.join(now)
    await door.join(now, member=KOFI)
    [post] = await door.due(now + SOON)
    await door.send(post, now + SOON)
    await door.leave(now + after)
    again = await door.due(now + after)
    assert [one.state for one in again] == [PostState.REVISING] * taken_down
    assert list(await door.names(post)) == ([KOFI] if taken_down else [MAYA, KOFI])


async def test_a_return_within_thirty_days_is_welcomed_back_with_other_words(door: Door, now: datetime) -> None:
    await door.join(now)
    await door.greetings(now + SOON)
    await door.leave(now + DAY)
    assert await door.join(now + 30 * DAY)
    [post] = await door.due(now + 31 * DAY)
    greeting = await door.arrivals.greeting(GUILD, post.subject_id)
    assert greeting is not None
    assert greeting.is_back
    assert greeting.template in BACK_TEMPLATES


async def test_a_return_may_be_left_alone(door: Door, now: datetime) -> None:
    await door.greeting.change_arrivals(GUILD, welcome_back=False)
    await door.join(now)
    await door.greetings(now + SOON)
    await door.leave(now + DAY)
    assert not await door.join(now + 2 * DAY)
    await door.leave(now + 3 * DAY)
    assert await door.join(now + 40 * DAY), "after thirty days they are new again"


async def test_newcomers_and_returns_do_not_share_words(door: Door, now: datetime) -> None:
    await door.join(now)
    await door.greetings(now + SOON)
    await door.leave(now + DAY)
    await door.join(now + 2 * DAY)
    await door.join(now + 2 * DAY, member=KOFI)
    assert await door.greetings(now + 2 * DAY + SOON) == [[MAYA], [KOFI]]


async def test_a_join_that_was_missed_for_a_day_is_only_recorded(door: Door, now: datetime) -> None:
    late = now + DAY + SECOND
    assert not await door.arrivals.welcome(GUILD, MAYA, joined_at=now, pending=False, now=late)
    assert await door.arrivals.welcome(GUILD, KOFI, joined_at=now + 2 * SECOND, pending=False, now=late)
    async with door.database.transaction() as tx:
        assert await door.members.named(tx, GUILD, after=0, most=None) == {MAYA, KOFI}


async def test_a_direct_message_is_off_until_a_host_turns_it_on(door: Door, now: datetime) -> None:
    await door.join(now)
    assert await door.due(now + HOUR, DIRECT_GREETING) == []
    await door.greeting.change_arrivals(GUILD, direct=True)
    await door.join(now + HOUR, member=KOFI)
    [direct] = await door.due(now + 2 * HOUR, DIRECT_GREETING)
    assert (direct.channel_id, direct.subject_id) == (DIRECT, KOFI)
    await door.leave(now + HOUR, member=KOFI)
    assert await door.due(now + 2 * HOUR, DIRECT_GREETING) == []
