"""Who counts as having attended, on real databases."""

from datetime import datetime

import pytest

from bot.db import Database
from bot.sessions.rules import Place, PlaceKind, Session
from tests.sessions.live_room import CAROL, GUILD, HOUR, KOFI, MAYA, MINUTE, NOOR, Room


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    """An open session."""
    return await room.live.open(GUILD, (await room.plan(now)).id, now)


async def test_ten_minutes_in_the_channel_count_also_in_two_parts(room: Room, session: Session, now: datetime) -> None:
    await room.attendance.enter(GUILD, session.id, MAYA, now)
    await room.attendance.leave(GUILD, session.id, MAYA, now + 6 * MINUTE)
    await room.attendance.enter(GUILD, session.id, MAYA, now + 20 * MINUTE)
    await room.attendance.leave(GUILD, session.id, MAYA, now + 23 * MINUTE)
    assert room.attended == []
    await room.attendance.enter(GUILD, session.id, MAYA, now + 30 * MINUTE)
    await room.attendance.leave(GUILD, session.id, MAYA, now + 31 * MINUTE)
    assert room.attended == [MAYA]


async def test_who_stays_counts_while_still_there_and_only_once(room: Room, session: Session, now: datetime) -> None:
    await room.attendance.enter(GUILD, session.id, MAYA, now)
    for minute in (5, 9, 10, 11, 12):
        await room.attendance.pass_time(GUILD, session.id, now + minute * MINUTE)
        assert room.attended == ([MAYA] if minute >= 10 else [])
    await room.attendance.leave(GUILD, session.id, MAYA, now + 40 * MINUTE)
    assert room.attended == [MAYA]


async def test_who_was_there_before_the_opening_counts_from_the_opening(
    room: Room, session: Session, now: datetime
) -> None:
    await room.attendance.look(GUILD, session.id, [MAYA, KOFI], now)
    await room.attendance.leave(GUILD, session.id, KOFI, now + 9 * MINUTE)
    await room.attendance.pass_time(GUILD, session.id, now + 10 * MINUTE)
    assert room.attended == [MAYA]


async def test_the_end_of_the_session_counts_those_who_are_still_there(
    room: Room, session: Session, now: datetime
) -> None:
    await room.attendance.enter(GUILD, session.id, MAYA, now + 45 * MINUTE)
    await room.attendance.enter(GUILD, session.id, KOFI, now + 55 * MINUTE)
    await room.live.close(GUILD, session.id, now + HOUR)
    assert room.attended == [MAYA]
    await room.attendance.leave(GUILD, session.id, KOFI, now + 2 * HOUR)
    assert room.attended == [MAYA]


async def test_a_short_restart_costs_nobody_a_minute(room: Room, session: Session, now: datetime) -> None:
    await room.attendance.look(GUILD, session.id, [MAYA], now)
    await room.attendance.pass_time(GUILD, session.id, now + 4 * MINUTE)
    await room.attendance.look(GUILD, session.id, [MAYA], now + 6 * MINUTE)
    await room.attendance.pass_time(GUILD, session.id, now + 10 * MINUTE)
    assert room.attended == [MAYA]


async def test_after_a_long_silence_only_what_was_seen_counts(room: Room, session: Session, now: datetime) -> None:
    await room.attendance.look(GUILD, session.id, [MAYA, KOFI], now)
    await room.attendance.pass_time(GUILD, session.id, now + 6 * MINUTE)
    await room.attendance.look(GUILD, session.id, [MAYA, NOOR], now + 30 * MINUTE)
    assert room.attended == []
    await room.attendance.pass_time(GUILD, session.id, now + 34 * MINUTE)
    assert room.attended == [MAYA]
    await room.attendance.enter(GUILD, session.id, KOFI, now + 34 * MINUTE)
    await room.attendance.leave(GUILD, session.id, KOFI, now + 38 * MINUTE)
    assert room.attended == [MAYA, KOFI]
    await room.attendance.pass_time(GUILD, session.id, now + 40 * MINUTE)
    assert room.attended == [MAYA, KOFI, NOOR]


async def test_a_message_in_the_thread_counts_while_the_session_is_open(
    room: Room, session: Session, now: datetime
) -> None:
    planned = await room.plan(now + HOUR)
    await room.attendance.take_part(GUILD, planned.id, MAYA, now)
    assert room.attended == []
    await room.attendance.take_part(GUILD, session.id, MAYA, now)
    await room.attendance.take_part(GUILD, session.id, MAYA, now + MINUTE)
    assert room.attended == [MAYA]
    assert (await room.live.board(GUILD, session.id)).attended == 1
    await room.live.close(GUILD, session.id, now + HOUR)
    await room.attendance.take_part(GUILD, session.id, KOFI, now + HOUR)
    assert room.attended == [MAYA]


async def test_a_host_does_not_count(room: Room, session: Session, now: datetime) -> None:
    await room.attendance.enter(GUILD, session.id, CAROL, now)
    await room.attendance.pass_time(GUILD, session.id, now + 30 * MINUTE)
    await room.attendance.take_part(GUILD, session.id, CAROL, now)
    assert room.attended == []


async def test_an_asker_who_is_not_in_the_channel_was_away(room: Room, session: Session, now: datetime) -> None:
    there = await room.ask(session, MAYA, "How do I find my first readers?", now)
    gone = await room.ask(session, KOFI, "What comes after the workshop?", now)
    same = await room.ask(session, NOOR, "And what comes after that workshop?", now)
    await room.merge(same, gone)
    await room.attendance.look(GUILD, session.id, [MAYA, KOFI], now)
    await room.attendance.leave(GUILD, session.id, KOFI, now + 20 * MINUTE)
    for question in (there, gone):
        await room.answering.take(GUILD, session.id, question.id, CAROL, now + 21 * MINUTE)
        await room.answering.finish(GUILD, session.id, question.id, now + 22 * MINUTE)
    assert [(await room.question(one.id)).was_away for one in (there, gone, same)] == [False, True, True]


async def test_behind_a_link_whoever_took_part_in_the_thread_was_there(room: Room, now: datetime) -> None:
    session = await room.plan(now, place=Place(PlaceKind.LINK, link="https://example.com/call"))
    await room.live.open(GUILD, session.id, now)
    there = await room.ask(session, MAYA, "How do I find my first readers?", now)
    gone = await room.ask(session, KOFI, "What comes after the workshop?", now)
    await room.attendance.take_part(GUILD, session.id, MAYA, now)
    for question in (there, gone):
        await room.answering.take(GUILD, session.id, question.id, CAROL, now)
        await room.answering.finish(GUILD, session.id, question.id, now + MINUTE)
    assert [(await room.question(one.id)).was_away for one in (there, gone)] == [False, True]
