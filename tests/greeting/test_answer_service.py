"""Introductions waiting for a person, on real databases."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.engagement.count_service import CountService
from bot.greeting.answer_rules import Funnel, OpenCard
from bot.greeting.answer_service import NUDGE, AnswerService
from bot.greeting.arrival_service import ArrivalService
from bot.greeting.rules import Answers
from bot.greeting.service import INTRODUCTION, GreetingService
from bot.members.service import MemberService
from bot.outbox.rules import Post, PostState, Refused, Sent
from bot.outbox.service import OutboxService

GUILD, OTHER, WELCOME, INTRODUCTIONS, HOSTS = 10, 11, 20, 21, 22
MAYA, KOFI, NOOR, CAROL, HOST_ROLE, GREETERS = 30, 31, 32, 33, 40, 41
TOLD = Answers("A book", "Editing", "Titles")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Room:
    """Answers with everything around them, on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.communities = CommunityService(database)
        self.outbox = OutboxService(database, self.communities)
        members = MemberService(database)
        self.counts = CountService(database, self.communities, members)
        self.answers = AnswerService(database, self.communities, members, self.outbox, self.counts)
        self.greeting = GreetingService(database, self.communities, self.outbox, self.answers)
        self.arrivals = ArrivalService(database, self.communities, members, self.outbox)

    async def open(self, guild: int, now: datetime) -> None:
        await self.communities.arrive(guild, "Bubble", now)
        for purpose, channel in (
            (ChannelPurpose.GREETING, WELCOME),
            (ChannelPurpose.INTRODUCTIONS, INTRODUCTIONS),
            (ChannelPurpose.HOSTS, HOSTS),
        ):
            await self.communities.set_channel(guild, purpose, channel)
        await self.communities.set_host_role(guild, HOST_ROLE)

    async def join(self, member: int, now: datetime, guild: int = GUILD) -> None:
        await self.arrivals.welcome(guild, member, joined_at=now, pending=False, now=now)

    async def introduce(self, member: int, now: datetime, guild: int = GUILD, message: int | None = None) -> None:
        """The member introduces themselves, and their card stands as that message (100 + the member's id)."""
        await self.greeting.introduce(guild, member, TOLD, now)
        for post in await self.outbox.list_due(now):
            if (post.guild_id, post.kind, post.subject_id) == (guild, INTRODUCTION, member):
                await self.outbox.finish_attempt(post, Sent(message or 100 + member), now)

    async def nudge_post(self, member: int = MAYA, guild: int = GUILD) -> Post | None:
        async with self.database.transaction() as tx:
            return await self.outbox.find_in(tx, guild, f"nudge:{member}")

    async def state_of_nudge(self) -> PostState:
        post = await self.nudge_post()
        assert post is not None
        return post.state


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.open(GUILD, now)
    return room


async def test_an_introduction_is_brought_to_the_hosts_after_three_hours(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    post = await room.nudge_post()
    assert post is not None
    assert (post.kind, post.channel_id, post.subject_id) == (NUDGE, HOSTS, MAYA)
    assert (post.due_at, post.useful_until) == (now + 3 * HOUR, now + 27 * HOUR)


async def test_the_host_chooses_how_long_an_introduction_waits(room: Room, now: datetime) -> None:
    await room.answers.set_nudge(GUILD, 45 * MINUTE)
    await room.introduce(MAYA, now)
    post = await room.nudge_post()
    assert post is not None
    assert post.due_at == now + 45 * MINUTE
    settings = await room.greeting.settings(GUILD)
    assert (settings.nudge_after, settings.paused, settings.greeter_role_id) == (45 * MINUTE, False, None)
    assert (await room.greeting.settings(OTHER)).nudge_after == 3 * HOUR


async def test_nobody_is_nudged_where_the_host_does_not_want_it(room: Room, now: datetime) -> None:
    await room.answers.set_nudge(GUILD, timedelta(0))
    await room.introduce(MAYA, now)
    assert await room.nudge_post() is None


async def test_a_nudge_that_waits_is_withdrawn_when_nudges_are_switched_off(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    assert await room.answers.nudge(GUILD, MAYA) is not None
    await room.answers.set_nudge(GUILD, timedelta(0))
    assert await room.answers.nudge(GUILD, MAYA) is None


async def test_without_a_channel_for_hosts_there_is_no_nudge(room: Room, now: datetime) -> None:
    await room.communities.set_channel(GUILD, ChannelPurpose.HOSTS, None)
    await room.introduce(MAYA, now)
    assert await room.nudge_post() is None


async def test_an_edit_neither_moves_the_nudge_nor_makes_another(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    await room.introduce(MAYA, now + HOUR)
    post = await room.nudge_post()
    assert post is not None
    assert post.due_at == now + 3 * HOUR
    await room.outbox.finish_attempt(post, Sent(7), now + 3 * HOUR)
    await room.introduce(MAYA, now + 4 * HOUR)
    assert [post.kind for post in await room.outbox.list_due(now + 9 * HOUR)] == []


async def test_what_is_refused_leaves_no_nudge_behind(room: Room, now: datetime) -> None:
    await room.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, None)
    with pytest.raises(Exception, match="no channel"):
        await room.greeting.introduce(GUILD, MAYA, TOLD, now)
    assert await room.nudge_post() is None


async def test_the_first_answer_is_kept_with_its_time_and_takes_the_nudge_back(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    assert await room.answers.answer(GUILD, MAYA, KOFI, now + 10 * MINUTE)
    assert not await room.answers.answer(GUILD, MAYA, CAROL, now + 20 * MINUTE)
    assert await room.state_of_nudge() is PostState.CANCELLED
    assert await room.answers.nudge(GUILD, MAYA) is None
    [week, *_] = (await room.answers.statistics(GUILD, 7, now + HOUR)).funnels
    assert week.answered == 0, "Maya was here before the bot"
    async with room.database.transaction() as tx:
        told = await room.answers.tell(tx, GUILD, MAYA)
    assert told["first answered"] == (now + 10 * MINUTE).isoformat()


async def test_of_simultaneous_answers_one_is_the_first(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    answers = (room.answers.answer(GUILD, MAYA, answerer, now) for answerer in range(50, 55))
    assert sorted(await asyncio.gather(*answers)) == [False] * 4 + [True]


async def test_saying_hi_is_an_answer(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    await room.greeting.say_hello(GUILD, MAYA, KOFI, thread_id=99, now=now + MINUTE)
    assert await room.state_of_nudge() is PostState.CANCELLED
    assert (await room.answers.statistics(GUILD, 7, now + HOUR)).answerers == [KOFI]


async def test_the_nudge_knows_the_card_and_whom_to_call_each_once(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    nudge = await room.answers.nudge(GUILD, MAYA)
    assert nudge is not None
    assert nudge.card == OpenCard(GUILD, MAYA, INTRODUCTIONS, 100 + MAYA)
    assert (nudge.introduced_at, nudge.role_ids) == (now, (HOST_ROLE,))
    await room.answers.set_greeter_role(GUILD, GREETERS)
    nudge = await room.answers.nudge(GUILD, MAYA)
    assert nudge is not None
    assert nudge.role_ids == (HOST_ROLE, GREETERS)
    await room.answers.set_greeter_role(GUILD, HOST_ROLE)
    nudge = await room.answers.nudge(GUILD, MAYA)
    assert nudge is not None
    assert nudge.role_ids == (HOST_ROLE,)


async def test_where_no_card_stands_there_is_nothing_to_lead_to(room: Room, now: datetime) -> None:
    await room.greeting.introduce(GUILD, MAYA, TOLD, now)
    [post] = await room.outbox.list_due(now)
    await room.outbox.finish_attempt(post, Refused("no"), now)
    assert await room.answers.nudge(GUILD, MAYA) is None
    assert await room.answers.nudge(GUILD, NOOR) is None


async def test_the_cards_that_wait_are_found_again_the_newest_of_each(room: Room, now: datetime) -> None:
    await room.open(OTHER, now)
    await room.introduce(MAYA, now)
    await room.introduce(MAYA, now, guild=OTHER, message=500)
    await room.introduce(KOFI, now)
    await room.answers.answer(GUILD, KOFI, CAROL, now)
    await room.greeting.repost_card(GUILD, MAYA, now)
    [repost] = [post for post in await room.outbox.list_due(now) if post.kind == INTRODUCTION]
    await room.outbox.finish_attempt(repost, Sent(600), now)
    await room.greeting.introduce(GUILD, NOOR, TOLD, now)
    cards = {(card.guild_id, card.member_id, card.message_id) for card in await room.answers.open_cards(now)}
    assert cards == {(GUILD, MAYA, 600), (OTHER, MAYA, 500)}
    assert await room.answers.open_cards(now + 91 * DAY) == []


async def test_what_waits_no_longer_is_told_after_the_commit(room: Room, now: datetime) -> None:
    closed: list[tuple[int, int]] = []
    room.answers.on_closed = lambda guild_id, member_id: closed.append((guild_id, member_id))
    await room.introduce(MAYA, now)
    with pytest.raises(RuntimeError):
        async with room.database.transaction() as tx:
            await room.answers.answer_in(tx, GUILD, MAYA, KOFI, now)
            raise RuntimeError
    assert closed == []
    await room.answers.answer(GUILD, MAYA, KOFI, now)
    assert closed == [(GUILD, MAYA)]


async def test_newcomers_are_counted_from_joining_to_being_answered(room: Room, now: datetime) -> None:
    for member, days_ago in ((MAYA, 60), (KOFI, 20), (NOOR, 3), (CAROL, 2)):
        await room.join(member, now - days_ago * DAY)
    await room.greeting.set_paused(GUILD, True)
    await room.join(99, now - DAY)
    await room.introduce(MAYA, now - 59 * DAY)
    await room.introduce(KOFI, now - 19 * DAY)
    await room.introduce(NOOR, now - 2 * DAY)
    await room.answers.answer(GUILD, MAYA, CAROL, now - 59 * DAY + HOUR)
    await room.answers.answer(GUILD, KOFI, CAROL, now - 19 * DAY + 5 * HOUR)
    await room.join(MAYA, now - DAY, guild=OTHER)
    funnels = (await room.answers.statistics(GUILD, 30, now)).funnels
    assert funnels == [
        Funnel(7, 3, 2, 1, 0), Funnel(30, 4, 3, 2, 1, 5 * HOUR), Funnel(90, 5, 4, 3, 2, 3 * HOUR),
    ]  # fmt: skip


async def test_those_who_answered_most_in_the_period_come_first(room: Room, now: datetime) -> None:
    for member in range(50, 54):
        await room.introduce(member, now - DAY)
        await room.answers.answer(GUILD, member, CAROL if member < 52 else KOFI, now - DAY)
        await room.greeting.say_hello(GUILD, member, KOFI, thread_id=1, now=now - DAY)
    await room.introduce(NOOR, now - 40 * DAY)
    await room.answers.answer(GUILD, NOOR, MAYA, now - 40 * DAY)
    assert (await room.answers.statistics(GUILD, 30, now)).answerers == [KOFI, CAROL]
    assert (await room.answers.statistics(GUILD, 90, now)).answerers == [KOFI, CAROL, MAYA]
    assert (await room.answers.statistics(OTHER, 90, now)).answerers == []


async def test_more_members_than_one_statement_takes_are_counted(room: Room, now: datetime) -> None:
    known = await _joined(room, [*range(1000, 1600), MAYA], now)
    assert known == {MAYA: now}


async def _joined(room: Room, members: list[int], now: datetime) -> dict[int, datetime]:
    await room.join(MAYA, now)
    async with room.database.transaction() as tx:
        return await MemberService(room.database).joined_at(tx, GUILD, members)


async def test_a_member_is_told_when_they_answered_and_were_answered_and_no_name_but_theirs(
    room: Room, now: datetime
) -> None:
    await room.introduce(MAYA, now)
    await room.answers.answer(GUILD, MAYA, KOFI, now + HOUR)
    at = (now + HOUR).isoformat()

    async def told(tx: Transaction, member: int) -> dict[str, object]:
        return await room.answers.tell(tx, GUILD, member)

    async with room.database.transaction() as tx:
        assert await told(tx, MAYA) == {"first answered": at}
        assert await told(tx, KOFI) == {"first to answer others": [at]}
        assert await told(tx, NOOR) == {}


async def test_who_asks_to_be_forgotten_is_no_longer_named_and_the_answer_stays(room: Room, now: datetime) -> None:
    await room.introduce(MAYA, now)
    await room.answers.answer(GUILD, MAYA, KOFI, now + HOUR)
    async with room.database.transaction() as tx:
        await room.answers.forget(tx, GUILD, KOFI, now)
    assert (await room.answers.statistics(GUILD, 7, now + DAY)).answerers == []
    assert await room.answers.open_cards(now) == []
    async with room.database.transaction() as tx:
        assert "first answered" in await room.answers.tell(tx, GUILD, MAYA)


async def test_a_guild_is_forgotten_and_another_one_is_not(room: Room, now: datetime) -> None:
    await room.open(OTHER, now)
    for guild in (GUILD, OTHER):
        await room.introduce(MAYA, now, guild=guild)
        await room.answers.answer(guild, MAYA, KOFI, now)
    async with room.database.transaction() as tx:
        await room.answers.forget_guild(tx, GUILD)
        assert "first answered" not in await room.answers.tell(tx, GUILD, MAYA)
        assert "first answered" in await room.answers.tell(tx, OTHER, MAYA)
