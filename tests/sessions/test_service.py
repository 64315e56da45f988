"""What happens to sessions, on both databases."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database
from bot.local_time import LocalTime
from bot.outbox.rules import Post, PostState
from bot.outbox.service import OutboxService
from bot.sessions.announcing import announcement_key, news_key
from bot.sessions.errors import (
    AlreadyRepeatsError,
    DoesNotRepeatError,
    NoHomeError,
    NoSuchSessionError,
    SessionOverError,
    UnusableSessionError,
)
from bot.sessions.event_service import EventService
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Coming, Place, PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import Pattern, look_of, reminder_key
from bot.sessions.series_service import SeriesService
from bot.sessions.service import SessionService

GUILD, QUESTIONS, NEWS, HOSTS, THREAD, EVENT = 1, 20, 21, 22, 300, 400
CAROL, WALTER, MAYA, KOFI, NOOR = 50, 51, 52, 53, 54
DEFAULTS = (1440, 60, 10)


class Room:
    """The services of sessions, and the outbox seen from outside."""

    def __init__(self, database: Database) -> None:
        self.database = database
        communities = CommunityService(database)
        self.communities = communities
        self.outbox = OutboxService(database, communities)
        self.sessions = SessionService(database, communities, self.outbox)
        self.events = EventService(database, communities, self.outbox, self.sessions)
        self.series = SeriesService(database, communities, self.outbox, self.sessions)

    async def post(self, key: str) -> Post | None:
        async with self.database.transaction() as tx:
            return await self.outbox.find_in(tx, GUILD, key)

    async def reminded_at(self, session: Session) -> list[datetime]:
        """When those who come are reminded of this start."""
        posts = [await self.post(reminder_key(session, minutes)) for minutes in DEFAULTS]
        return [post.due_at for post in posts if post is not None and post.state is PostState.WAITING]

    async def plan(self, now: datetime, **changes: object) -> Session:
        """A session that has its thread."""
        session = await self.sessions.create(draft(now, **changes), now)
        await self.events.thread_opened(GUILD, session.id, THREAD + session.id, now)
        return await self.sessions.get(GUILD, session.id)

    async def say(self, session: Session, member_id: int, answer: Coming | None, now: datetime) -> Coming | None:
        return await self.sessions.set_coming(GUILD, session.id, member_id, answer, now)


def draft(now: datetime, **changes: object) -> Session:
    starts = LocalTime((now + timedelta(days=7)).replace(tzinfo=None), "UTC")
    known = Session(
        id=0, guild_id=GUILD, title="Q&A", description="", starts=starts, length=timedelta(hours=1),
        place=Place(PlaceKind.LINK, None, "https://meet.example"), host_ids=(CAROL,), created_by_id=CAROL,
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.communities.arrive(GUILD, "Bubble", now)
    for purpose, channel in (
        (ChannelPurpose.QUESTIONS, QUESTIONS), (ChannelPurpose.ANNOUNCEMENTS, NEWS), (ChannelPurpose.HOSTS, HOSTS),
    ):  # fmt: skip
        await room.communities.set_channel(GUILD, purpose, channel)
    return room


async def test_a_session_is_announced_where_questions_are_asked_and_among_the_news(room: Room, now: datetime) -> None:
    session = await room.sessions.create(draft(now, host_ids=(WALTER, CAROL)), now)
    assert session.host_ids == (WALTER, CAROL)
    card, copy = await room.post(announcement_key(session)), await room.post(news_key(session))
    assert card is not None
    assert copy is not None
    assert (card.channel_id, copy.channel_id) == (QUESTIONS, NEWS)
    assert await room.sessions.list_ahead(GUILD) == [session]
    with pytest.raises(NoSuchSessionError):
        await room.sessions.get(GUILD + 1, session.id)


async def test_without_a_channel_nothing_is_kept(database: Database, now: datetime) -> None:
    room = Room(database)
    with pytest.raises(NoHomeError):
        await room.sessions.create(draft(now), now)
    assert await room.sessions.list_ahead(GUILD) == []


async def test_reminders_wait_for_the_thread_and_follow_the_start(room: Room, now: datetime) -> None:
    session = await room.sessions.create(draft(now), now)
    assert await room.reminded_at(session) == []
    await room.events.thread_opened(GUILD, session.id, THREAD, now)
    at = session.starts_at
    before = [timedelta(minutes=minutes) for minutes in DEFAULTS]
    assert await room.reminded_at(session) == [at - one for one in before]
    session = await room.sessions.get(GUILD, session.id)
    later = replace(session, starts=LocalTime(session.starts.at + timedelta(days=1), "UTC"))
    moved = await room.sessions.edit(later, now)
    assert await room.reminded_at(session) == []
    assert await room.reminded_at(moved) == [moved.starts_at - one for one in before]
    # Back again: what was withdrawn is planned once more.
    back = await room.sessions.edit(session, now)
    assert await room.reminded_at(back) == [at - one for one in before]
    await room.sessions.cancel(GUILD, session.id, now)
    assert await room.reminded_at(back) == []
    await room.sessions.restore(GUILD, session.id, now)
    assert len(await room.reminded_at(back)) == 3


async def test_other_times_of_reminders_count_for_what_is_planned_too(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.sessions.set_reminders(GUILD, [timedelta(hours=1)], now)
    assert await room.reminded_at(session) == [session.starts_at - timedelta(hours=1)]
    await room.sessions.set_reminders(GUILD, [], now)
    assert await room.reminded_at(session) == []


async def test_more_people_than_one_message_names_are_reminded_in_several(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    for member_id in range(1000, 1081):
        await room.say(session, member_id, Coming.YES, now)
    second = await room.post(reminder_key(session, 60, 2))
    assert second is not None
    assert second.channel_id == session.thread_id


async def test_who_is_late_waits_and_moves_up_in_order(room: Room, now: datetime) -> None:
    session = await room.plan(now, capacity=1)
    assert await room.say(session, MAYA, Coming.YES, now) is Coming.YES
    assert await room.say(session, KOFI, Coming.YES, now) is Coming.WAITING
    assert await room.say(session, NOOR, Coming.YES, now) is Coming.WAITING
    assert await room.sessions.coming_of(GUILD, session.id, NOOR) == (Coming.WAITING, 2)
    assert await room.say(session, KOFI, Coming.YES, now) is Coming.WAITING
    assert await room.sessions.list_coming(GUILD, session.id, Coming.WAITING) == [KOFI, NOOR]
    await room.say(session, MAYA, None, now)
    assert await room.sessions.list_coming(GUILD, session.id, Coming.YES) == [KOFI]
    key = f"session:{session.id}:seat:{KOFI}:{int(now.timestamp() * 1000)}"
    assert (await room.post(key)) is not None
    await room.sessions.edit(replace(session, capacity=None), now)
    assert await room.sessions.list_coming(GUILD, session.id, Coming.YES) == [KOFI, NOOR]


async def test_of_many_who_press_at_once_only_as_many_come_as_there_are_places(room: Room, now: datetime) -> None:
    session = await room.plan(now, capacity=3)
    said = await asyncio.gather(*(room.say(session, member_id, Coming.YES, now) for member_id in range(100, 112)))
    assert said.count(Coming.YES) == 3
    assert said.count(Coming.WAITING) == 9
    counts = await room.sessions.count_coming(GUILD, session.id)
    assert (counts[Coming.YES], counts[Coming.WAITING]) == (3, 9)


async def test_what_is_over_takes_nobody_and_is_not_changed(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.sessions.cancel(GUILD, session.id, now)
    for act in (room.say(session, MAYA, Coming.YES, now), room.sessions.edit(session, now)):
        with pytest.raises(SessionOverError):
            await act
    with pytest.raises(SessionOverError):
        await room.sessions.cancel(GUILD, session.id, now)


async def test_a_first_answer_is_told_to_who_counts_them(room: Room, now: datetime) -> None:
    heard: list[int] = []

    async def listen(_tx: object, _guild_id: int, member_id: int, _at: datetime) -> None:
        heard.append(member_id)

    room.sessions.coming_listeners.append(listen)
    session = await room.plan(now)
    for answer in (None, Coming.MAYBE, Coming.YES, Coming.YES):
        await room.say(session, MAYA, answer, now)
    assert heard == [MAYA]


async def test_who_changes_their_mind_back_and_forth_is_told_once(room: Room, now: datetime) -> None:
    heard: list[int] = []

    async def listen(_tx: object, _guild_id: int, member_id: int, _at: datetime) -> None:
        heard.append(member_id)

    room.sessions.coming_listeners.append(listen)
    session = await room.plan(now)
    await room.events.event_made(GUILD, session.id, EVENT, look_of(session), now)
    for answer in (Coming.YES, Coming.NO, Coming.YES, None, Coming.MAYBE, None):
        await room.say(session, MAYA, answer, now)
    for is_interested in (True, False, True):
        await room.events.interest(GUILD, EVENT, MAYA, now, is_interested=is_interested, may_come=True)
    assert heard == [MAYA]
    assert await room.sessions.list_coming(GUILD, session.id, Coming.YES) == [MAYA]


async def test_the_list_of_the_event_and_the_answers_follow_one_another(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.events.event_made(GUILD, session.id, EVENT, look_of(session), now)

    async def interest(member_id: int, *, is_interested: bool, may_come: bool = True) -> None:
        await room.events.interest(
            GUILD, EVENT, member_id, now, is_interested=is_interested, may_come=may_come
        )  # fmt: skip

    async def coming() -> list[int]:
        return await room.sessions.list_coming(GUILD, session.id, Coming.YES)

    await interest(MAYA, is_interested=True)
    await interest(KOFI, is_interested=True, may_come=False)
    assert await coming() == [MAYA]
    await interest(MAYA, is_interested=False)
    assert await coming() == []
    # Who says no here and stays in the list is not counted in again when the list is read.
    await interest(NOOR, is_interested=True)
    await room.say(session, NOOR, None, now)
    assert await coming() == []
    assert await room.events.unknown_interested(session, [NOOR, MAYA]) == ([MAYA], [])
    # "Maybe" is not taken back by leaving the list, which knows no such thing.
    await room.say(session, WALTER, Coming.MAYBE, now)
    await interest(WALTER, is_interested=False)
    assert await room.sessions.list_coming(GUILD, session.id, Coming.MAYBE) == [WALTER]


async def test_who_left_hosts_nothing_comes_to_nothing_and_their_place_is_taken(room: Room, now: datetime) -> None:
    session = await room.plan(now, host_ids=(CAROL, WALTER), capacity=1)
    await room.say(session, WALTER, Coming.YES, now)
    await room.say(session, MAYA, Coming.YES, now)
    await room.events.member_gone(GUILD, WALTER, now)
    assert (await room.sessions.get(GUILD, session.id)).host_ids == (CAROL,)
    assert await room.sessions.list_coming(GUILD, session.id, Coming.YES) == [MAYA]
    stamp = int(now.timestamp() * 1000)
    assert await room.post(f"session:{session.id}:notice:host-gone:{WALTER}:{stamp}")
    await room.events.member_gone(GUILD, CAROL, now)
    assert await room.post(f"session:{session.id}:notice:hostless:{CAROL}:{stamp}")


# ------------------------------------------------------------- repetitions


async def test_the_next_four_of_a_repetition_are_planned_each_by_itself(room: Room, now: datetime) -> None:
    session = await room.plan(now, capacity=9)
    planned = await room.series.repeat(GUILD, session.id, Pattern.WEEKLY, now)
    assert [one.starts.at for one in planned] == [session.starts.at + timedelta(weeks=n) for n in range(4)]
    assert {one.capacity for one in planned} == {9}
    assert len({one.id for one in planned}) == 4
    assert await room.series.fill_all(now) == []
    with pytest.raises(AlreadyRepeatsError):
        await room.series.repeat(GUILD, planned[2].id, Pattern.WEEKLY, now)
    announced = [await room.post(announcement_key(one)) for one in planned]
    assert all(post is not None and post.due_at <= max(now, post.due_at) for post in announced)
    last = announced[-1]
    assert last is not None
    assert last.due_at == planned[-1].starts_at - timedelta(days=7)


async def test_one_is_skipped_and_one_is_moved_and_four_are_ahead_all_the_same(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    planned = await room.series.repeat(GUILD, session.id, Pattern.WEEKLY, now)
    await room.sessions.cancel(GUILD, planned[1].id, now)
    moved = replace(planned[2], starts=LocalTime(planned[2].starts.at + timedelta(days=2), "UTC"))
    assert (await room.sessions.edit(moved, now)).is_moved
    [fifth] = await room.series.fill_all(now)
    assert fifth.starts.at == session.starts.at + timedelta(weeks=4)
    assert len(await room.sessions.list_ahead(GUILD)) == 4
    later = now + timedelta(weeks=1, days=1)
    async with room.database.transaction() as tx:
        await SessionRepository(tx).mark(GUILD, session.id, state=SessionState.CLOSED)
    [sixth] = await room.series.fill_all(later)
    assert sixth.starts.at == session.starts.at + timedelta(weeks=5)


async def test_one_that_is_moved_is_announced_a_week_before_it_is_held(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    last = (await room.series.repeat(GUILD, session.id, Pattern.WEEKLY, now))[-1]

    async def announced_at(days: int) -> list[datetime]:
        starts = LocalTime(last.starts.at - timedelta(days=days), "UTC")
        moved = await room.sessions.edit(replace(last, starts=starts), now)
        posts = [await room.post(key) for key in (announcement_key(moved), news_key(moved))]
        return [post.due_at for post in posts if post is not None]

    earlier = last.starts_at - timedelta(days=11 + 7)
    assert await announced_at(11) == [earlier, earlier]
    assert await announced_at(22) == [now, now]


async def test_a_change_for_all_leaves_each_its_start_and_counts_for_those_that_follow(
    room: Room, now: datetime
) -> None:
    session = await room.plan(now)
    planned = await room.series.repeat(GUILD, session.id, Pattern.WEEKLY, now)
    changed = await room.series.edit_all(replace(planned[1], title="Office hours"), now)
    assert {one.title for one in changed} == {"Office hours"}
    assert [one.starts for one in await room.sessions.list_ahead(GUILD)] == [one.starts for one in planned]
    await room.sessions.cancel(GUILD, planned[0].id, now)
    [another] = await room.series.fill_all(now)
    assert another.title == "Office hours"


async def test_a_repetition_that_is_stopped_keeps_what_is_planned_and_plans_no_more(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    with pytest.raises(DoesNotRepeatError):
        await room.series.stop(GUILD, session.id, now)
    planned = await room.series.repeat(GUILD, session.id, Pattern.MONTHLY, now)
    assert await room.series.stop(GUILD, planned[3].id, now) == planned
    await room.sessions.cancel(GUILD, planned[0].id, now)
    assert await room.series.fill_all(now) == []


async def test_an_open_session_keeps_its_start(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    async with room.database.transaction() as tx:
        await SessionRepository(tx).mark(GUILD, session.id, state=SessionState.OPEN)
    later = replace(session, starts=LocalTime(session.starts.at + timedelta(days=1), "UTC"))
    with pytest.raises(UnusableSessionError):
        await room.sessions.edit(later, now)
    assert (await room.sessions.next_for_asking(GUILD)) is not None
