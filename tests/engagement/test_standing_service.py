"""Standing as it is kept: over days, with marks, and through rises and falls."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.app import services_on
from bot.client import Services
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.config import Settings
from bot.db import Base, Database
from bot.engagement.errors import CannotMarkError, MarkedTodayError, NotCountedHereError, UnsoundThresholdsError
from bot.engagement.models import (
    AnsweredNewcomerRow,
    HelpfulMarkRow,
    IgnoredChannelRow,
    MemberDayRow,
    PartnersRow,
    StandingRow,
)
from bot.engagement.rules import Level, LevelSettings, Standing, Stored, TakingPart, Thresholds
from bot.engagement.standing_service import AT_ONCE, ROLE_FAULT

GUILD, OTHER_GUILD, HOSTS = 10, 11, 22
MAYA, KOFI, INES, TOM = 31, 32, 33, 34
DAY = timedelta(days=1)


@pytest.fixture
async def rooms(database: Database, now: datetime) -> Services:
    rooms = services_on(database, Clock(lambda: now), Settings())
    for guild_id in (GUILD, OTHER_GUILD):
        await rooms.communities.arrive(guild_id, "Bubble", now)
    return rooms


async def write(database: Database, *rows: tuple[type[Base], dict[str, Any]]) -> None:
    """Rows as counting writes them."""
    async with database.transaction() as tx:
        for table, values in rows:
            await tx.execute(insert(table).values(**({"guild_id": GUILD} | values)))


async def be_active(database: Database, member_id: int, until: date, days: int, guild_id: int = GUILD) -> None:
    """A member takes part on so many days, the last of which is `until`."""
    values = {"guild_id": guild_id, "member_id": member_id, "active": True}
    await write(database, *((MemberDayRow, values | {"day": until - day * DAY}) for day in range(days)))


async def taking_part(rooms: Services, member_id: int, now: datetime) -> TakingPart:
    async with rooms.database.transaction() as tx:
        return await rooms.standing.taking_part_in(tx, GUILD, member_id, now)


async def level(rooms: Services, member_id: int, now: datetime) -> Level:
    async with rooms.database.transaction() as tx:
        return await rooms.standing.level_in(tx, GUILD, member_id, now)


async def kept(database: Database) -> dict[int, Level]:
    """The levels that are written down."""
    async with database.transaction() as tx:
        rows = await tx.execute(select(StandingRow.member_id, StandingRow.level).where(StandingRow.guild_id == GUILD))
        return {member_id: Level(value) for member_id, value in rows}


async def test_standing_is_made_of_days_people_and_sessions_and_not_of_messages(
    rooms: Services, database: Database, now: datetime
) -> None:
    today = now.date()
    await be_active(database, MAYA, today, 3)
    quiet = {"member_id": MAYA, "day": today - 5 * DAY, "active": False, "sessions": 2, "replies_received": 50}
    await write(
        database,
        (MemberDayRow, quiet),
        (AnsweredNewcomerRow, {"newcomer_member_id": 50, "answerer_id": MAYA, "day": today, "at": now}),
        (AnsweredNewcomerRow, {"newcomer_member_id": 51, "answerer_id": MAYA, "day": today, "at": now}),
        (AnsweredNewcomerRow, {"newcomer_member_id": MAYA, "answerer_id": KOFI, "day": today, "at": now}),
        (PartnersRow, {"low_id": MAYA, "high_id": KOFI, "day": today}),
        (PartnersRow, {"low_id": MAYA, "high_id": KOFI, "day": today - DAY}),
        (PartnersRow, {"low_id": 5, "high_id": MAYA, "day": today}),
        (PartnersRow, {"low_id": KOFI, "high_id": INES, "day": today}),
        (HelpfulMarkRow, {"giver_id": KOFI, "receiver_id": MAYA, "day": today}),
        (HelpfulMarkRow, {"giver_id": KOFI, "receiver_id": MAYA, "day": today - DAY}),
        (HelpfulMarkRow, {"giver_id": INES, "receiver_id": MAYA, "day": today}),
        (HelpfulMarkRow, {"giver_id": MAYA, "receiver_id": INES, "day": today}),
    )
    assert await taking_part(rooms, MAYA, now) == TakingPart(
        active_days=3, partners=2, newcomers_answered=2, helpful_marks=2, sessions=2
    )
    assert await taking_part(rooms, TOM, now) == TakingPart()


async def test_another_guild_is_another_matter(rooms: Services, database: Database, now: datetime) -> None:
    await be_active(database, MAYA, now.date(), 9, OTHER_GUILD)
    assert await taking_part(rooms, MAYA, now) == TakingPart()
    assert await level(rooms, MAYA, now) is Level.NEW


async def test_what_is_older_than_the_window_counts_no_more(rooms: Services, database: Database, now: datetime) -> None:
    old = now.date() - 28 * DAY
    for day, whom in ((old, 50), (old + DAY, 51)):
        await write(
            database,
            (MemberDayRow, {"member_id": MAYA, "day": day, "active": True, "sessions": 1}),
            (AnsweredNewcomerRow, {"newcomer_member_id": whom, "answerer_id": MAYA, "day": day, "at": now}),
            (PartnersRow, {"low_id": MAYA, "high_id": whom, "day": day}),
            (HelpfulMarkRow, {"giver_id": whom, "receiver_id": MAYA, "day": day}),
        )
    assert await taking_part(rooms, MAYA, now) == TakingPart(1, 1, 1, 1, 1)


async def test_days_are_those_of_the_guilds_own_clock(rooms: Services, database: Database) -> None:
    await rooms.communities.set_time_zone(GUILD, "Pacific/Auckland")
    evening = datetime(2026, 4, 1, 20, 0, tzinfo=UTC)  # where it is the morning of the second
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, evening)
    async with database.transaction() as tx:
        assert await tx.scalar(select(HelpfulMarkRow.day)) == date(2026, 4, 2)
    with pytest.raises(MarkedTodayError):
        await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, evening + timedelta(hours=14, minutes=59))
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, evening + timedelta(hours=15))


async def test_one_mark_per_giver_receiver_and_day(rooms: Services, now: datetime) -> None:
    touched: list[tuple[int, list[int]]] = []
    rooms.standing.on_touched = lambda guild_id, members: touched.append((guild_id, list(members)))
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, now)
    with pytest.raises(MarkedTodayError) as refused:
        await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, now + timedelta(hours=1))
    assert f"<@{MAYA}>" in refused.value.message
    assert "Tomorrow" in refused.value.message
    await rooms.standing.mark_helpful(GUILD, INES, MAYA, now)
    await rooms.standing.mark_helpful(GUILD, KOFI, INES, now)
    await rooms.standing.mark_helpful(OTHER_GUILD, KOFI, MAYA, now)
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, now + DAY)
    assert (await taking_part(rooms, MAYA, now + DAY)).helpful_marks == 2, "different givers count"
    assert touched == [(GUILD, [MAYA]), (GUILD, [MAYA]), (GUILD, [INES]), (OTHER_GUILD, [MAYA]), (GUILD, [MAYA])]


async def test_nobody_marks_themselves_or_where_nothing_is_counted(
    rooms: Services, database: Database, now: datetime
) -> None:
    with pytest.raises(CannotMarkError):
        await rooms.standing.mark_helpful(GUILD, MAYA, MAYA, now)
    await write(database, (IgnoredChannelRow, {"channel_id": 77}))
    with pytest.raises(NotCountedHereError):
        await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, now, channel_ids=[78, 77])
    assert await taking_part(rooms, MAYA, now) == TakingPart()
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, now, channel_ids=[78])
    assert (await taking_part(rooms, MAYA, now)).helpful_marks == 1


async def test_a_rise_shows_at_once_wherever_it_is_asked_for(
    rooms: Services, database: Database, now: datetime
) -> None:
    touched: list[int] = []
    rooms.standing.on_touched = lambda _guild_id, members: touched.extend(members)
    await be_active(database, MAYA, now.date(), 8)
    assert await level(rooms, MAYA, now) is Level.PRESENT
    assert (await rooms.standing.card(GUILD, MAYA, now)).standing.level is Level.PRESENT
    assert touched == [MAYA], "what shows the role hears of it"
    assert await rooms.standing.reconsider(GUILD, [MAYA, KOFI], now) == [MAYA]
    assert await rooms.standing.reconsider(GUILD, [MAYA, KOFI], now) == []
    assert await kept(database) == {MAYA: Level.PRESENT}
    await rooms.standing.card(GUILD, MAYA, now)
    assert touched == [MAYA]


async def test_a_fall_takes_fourteen_days_and_is_found_when_it_is_due(
    rooms: Services, database: Database, now: datetime
) -> None:
    await be_active(database, MAYA, now.date(), 8)
    await rooms.standing.reconsider(GUILD, [MAYA], now)
    still = now + 21 * DAY  # seven of the eight days are left
    assert (await taking_part(rooms, MAYA, still)).active_days == 7
    await rooms.standing.reconsider_next(GUILD, 0, still)
    assert await level(rooms, MAYA, still + 13 * DAY) is Level.PRESENT
    assert await rooms.standing.reconsider_falling(GUILD, still + 13 * DAY) == []
    assert await level(rooms, MAYA, still + 14 * DAY) is Level.NEW
    assert await rooms.standing.reconsider_falling(GUILD, still + 14 * DAY) == [MAYA]
    assert await rooms.standing.reconsider_falling(GUILD, still + 14 * DAY) == []
    assert await rooms.standing.levels(GUILD, [MAYA, KOFI]) == {MAYA: Level.NEW, KOFI: Level.NEW}


async def test_who_comes_back_in_time_keeps_the_level(rooms: Services, database: Database, now: datetime) -> None:
    await be_active(database, MAYA, now.date(), 8)
    await rooms.standing.reconsider(GUILD, [MAYA], now)
    low = now + 24 * DAY
    await rooms.standing.reconsider(GUILD, [MAYA], low)
    await rooms.standing.mark_helpful(GUILD, KOFI, MAYA, low + DAY)
    await rooms.standing.mark_helpful(GUILD, INES, MAYA, low + DAY)
    await rooms.standing.reconsider(GUILD, [MAYA], low + DAY)
    assert await rooms.standing.reconsider_falling(GUILD, low + 20 * DAY) == []
    assert await level(rooms, MAYA, low + 20 * DAY) is Level.PRESENT


async def test_who_is_new_again_is_remembered_until_that_is_shown(
    rooms: Services, database: Database, now: datetime
) -> None:
    await write(
        database,
        (StandingRow, {"member_id": MAYA, "level": 1, "below_since": now - 14 * DAY}),
        (StandingRow, {"member_id": KOFI, "level": 2, "below_since": now - 14 * DAY}),
    )
    assert sorted(await rooms.standing.reconsider_falling(GUILD, now)) == [MAYA, KOFI]
    assert await kept(database) == {MAYA: Level.NEW, KOFI: Level.PRESENT}
    await rooms.standing.shown(GUILD, [MAYA, KOFI])
    assert await kept(database) == {KOFI: Level.PRESENT}


async def test_a_new_day_looks_at_everybody_page_by_page(rooms: Services, database: Database, now: datetime) -> None:
    today = now.date()
    people = range(1000, 1000 + AT_ONCE + 20)
    async with database.transaction() as tx:
        for member_id in people:
            answered = {"guild_id": GUILD, "newcomer_member_id": member_id + 5000, "answerer_id": member_id}
            await tx.execute(insert(AnsweredNewcomerRow).values(**answered, day=today, at=now))
            answered["newcomer_member_id"] += 5000
            await tx.execute(insert(AnsweredNewcomerRow).values(**answered, day=today, at=now))
    await write(
        database,
        (StandingRow, {"member_id": 7, "level": 3, "below_since": None}),
        (MemberDayRow, {"member_id": 8, "day": today, "active": True}),
    )
    first = await rooms.standing.reconsider_next(GUILD, 0, now)
    assert first.after_id is not None
    second = await rooms.standing.reconsider_next(GUILD, first.after_id, now)
    assert second.after_id is None
    assert [*first.member_ids, *second.member_ids] == [7, *people], "member 8 is new, and nothing is to be shown of it"
    assert (await rooms.standing.levels(GUILD, people)) == dict.fromkeys(people, Level.PRESENT)


async def test_the_card_tells_everything_there_is(rooms: Services, database: Database, now: datetime) -> None:
    assert (await rooms.standing.card(GUILD, MAYA, now)).is_blank
    today = now.date()
    counts = {"replies_given": 4, "replies_received": 3, "threads_joined": 2, "questions": 1, "rsvps": 5}
    await write(
        database,
        (MemberDayRow, {"member_id": MAYA, "day": today, "active": True} | counts),
        (MemberDayRow, {"member_id": MAYA, "day": today - DAY, "active": True} | counts),
        (PartnersRow, {"low_id": MAYA, "high_id": KOFI, "day": today}),
        (HelpfulMarkRow, {"giver_id": KOFI, "receiver_id": MAYA, "day": today}),
        (HelpfulMarkRow, {"giver_id": MAYA, "receiver_id": KOFI, "day": today}),
    )
    await rooms.members.set_consent(GUILD, MAYA, agrees=True, joined_at=now, now=now)
    card = await rooms.standing.card(GUILD, MAYA, now)
    assert not card.is_blank
    assert (card.score, card.standing, card.next_level) == (8, Standing(Level.PRESENT), Level.CONTRIBUTING)
    assert card.agrees
    assert card.stored == Stored(
        days=2, replies_given=8, replies_received=6, threads_joined=4, questions=2, rsvps=10, newcomers_answered=0,
        marks_given=1, marks_received=1, conversations=1,
    )  # fmt: skip


async def test_levels_begin_where_the_hosts_choose(rooms: Services, database: Database, now: datetime) -> None:
    assert await rooms.standing.settings(GUILD) == LevelSettings()
    await be_active(database, MAYA, now.date(), 3)
    await rooms.standing.set_thresholds(GUILD, Thresholds(1, 2, 3))
    assert await level(rooms, MAYA, now) is Level.CONNECTING
    with pytest.raises(UnsoundThresholdsError):
        await rooms.standing.set_thresholds(GUILD, Thresholds(5, 5, 6))
    assert (await rooms.standing.settings(GUILD)).thresholds == Thresholds(1, 2, 3)
    assert (await rooms.standing.settings(OTHER_GUILD)).thresholds == Thresholds()


async def test_each_level_may_have_a_role(rooms: Services, now: datetime) -> None:
    await rooms.standing.set_role(GUILD, Level.PRESENT, 71, now)
    await rooms.standing.set_role(GUILD, Level.CONNECTING, 72, now)
    await rooms.standing.set_role(GUILD, Level.CONNECTING, 73, now)
    await rooms.standing.set_stacks(GUILD, True)
    await rooms.standing.set_thresholds(GUILD, Thresholds(2, 4, 6))
    settings = await rooms.standing.settings(GUILD)
    assert settings == LevelSettings(Thresholds(2, 4, 6), True, {Level.PRESENT: 71, Level.CONNECTING: 73})
    await rooms.standing.set_role(GUILD, Level.PRESENT, None, now)
    assert (await rooms.standing.settings(GUILD)).roles == {Level.CONNECTING: 73}
    assert (await rooms.standing.settings(OTHER_GUILD)).roles == {}


async def test_hosts_hear_once_of_a_role_that_cannot_be_given_and_again_after_it_could(
    rooms: Services, now: datetime
) -> None:
    await rooms.standing.tell_role_fault(GUILD, Level.PRESENT, now)
    assert await rooms.outbox.list_due(now) == [], "there is no channel for hosts"
    await rooms.communities.set_channel(GUILD, ChannelPurpose.HOSTS, HOSTS)
    for _ in range(2):
        await rooms.standing.tell_role_fault(GUILD, Level.PRESENT, now)
    [post] = await rooms.outbox.list_due(now)
    assert (post.kind, post.subject_id, post.channel_id) == (ROLE_FAULT, Level.PRESENT, HOSTS)
    await rooms.standing.role_works(GUILD, Level.PRESENT, now)
    assert await rooms.outbox.list_due(now) == []
    await rooms.standing.tell_role_fault(GUILD, Level.PRESENT, now)
    assert len(await rooms.outbox.list_due(now)) == 1
