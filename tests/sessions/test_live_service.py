"""Opening, showing, lengthening and closing sessions, on real databases."""

import asyncio
from datetime import datetime

import pytest

from bot.db import Database
from bot.outbox.rules import PostState
from bot.sessions.errors import NoSuchSessionError
from bot.sessions.live_errors import (
    AlreadyOpenError,
    LengthenedError,
    LongEnoughError,
    NotOpenError,
    TooEarlyError,
)
from bot.sessions.live_service import CLOSED, CLOSED_BY_ITSELF
from bot.sessions.redrawing import PANEL
from bot.sessions.rules import QuestionState, SessionState
from tests.sessions.live_room import CAROL, GUILD, HOSTS, HOUR, KOFI, MAYA, MINUTE, NOOR, OTHER, Room


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


async def test_a_session_opened_by_hand_gets_its_panel_in_the_hosts_channel(room: Room, now: datetime) -> None:
    session = await room.plan(now + 10 * MINUTE)
    opened = await room.live.open(GUILD, session.id, now)
    assert (opened.state, opened.opened_at) == (SessionState.OPEN, now)
    panel = await room.post(f"session:{session.id}:panel:1")
    assert panel is not None
    assert (panel.kind, panel.channel_id, panel.subject_id) == (PANEL, HOSTS, session.id)


async def test_a_session_opens_by_itself_at_its_start_and_only_once(room: Room, now: datetime) -> None:
    session = await room.plan(now + 10 * MINUTE)
    assert await room.live.open_due(now + 9 * MINUTE) == []
    assert await room.live.open_due(now + 10 * MINUTE) == [(GUILD, session.id)]
    assert await room.live.open_due(now + 11 * MINUTE) == []
    with pytest.raises(AlreadyOpenError):
        await room.live.open(GUILD, session.id, now + 12 * MINUTE)


async def test_a_session_cannot_be_opened_a_day_early_nor_from_another_guild(room: Room, now: datetime) -> None:
    session = await room.plan(now + 24 * HOUR)
    with pytest.raises(TooEarlyError, match="Break Out"):
        await room.live.open(GUILD, session.id, now)
    with pytest.raises(NoSuchSessionError):
        await room.live.open(OTHER, session.id, now + 24 * HOUR)


async def test_two_hosts_who_open_at_once_open_it_once(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    results = await asyncio.gather(
        room.live.open(GUILD, session.id, now), room.live.open(GUILD, session.id, now), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["AlreadyOpenError", "Session"]
    assert await room.post(f"session:{session.id}:panel:2") is None


async def test_the_board_shows_the_most_wanted_first_and_of_equals_the_oldest(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    young = await room.ask(session, MAYA, "What comes after the workshop?", now + MINUTE, votes=2)
    old = await room.ask(session, KOFI, "How do I find my first readers?", now, votes=2)
    few = await room.ask(session, NOOR, "May I show my draft to you?", now, votes=1)
    await room.live.open(GUILD, session.id, now)
    board = await room.live.board(GUILD, session.id)
    assert [question.id for question in board.waiting] == [old.id, young.id, few.id]
    assert board.next == old
    await room.answering.skip(GUILD, session.id, old.id, now)
    board = await room.live.board(GUILD, session.id)
    assert [question.id for question in board.waiting] == [young.id, few.id, old.id]
    assert (board.count(QuestionState.OPEN), board.count(QuestionState.SKIPPED)) == (2, 1)


async def test_ten_minutes_are_added_once_where_two_hosts_press_at_once(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.live.open(GUILD, session.id, now)
    results = await asyncio.gather(
        *(room.live.lengthen(GUILD, session.id, 0, now) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["LengthenedError", "Session"]
    assert (await room.session(session.id)).ends_at == now + 70 * MINUTE
    told = next(str(result) for result in results if isinstance(result, LengthenedError))
    assert f"<t:{int((now + 70 * MINUTE).timestamp())}:t>" in told


async def test_a_session_is_not_made_longer_without_end(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.live.open(GUILD, session.id, now)
    for pressed in range(24):
        await room.live.lengthen(GUILD, session.id, pressed * 10, now)
    with pytest.raises(LongEnoughError):
        await room.live.lengthen(GUILD, session.id, 240, now)


async def test_the_panel_moves_before_it_is_an_hour_old_and_the_old_one_goes(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.live.open(GUILD, session.id, now)
    await room.send_all(now)
    first = await room.post(f"session:{session.id}:panel:1")
    assert first is not None
    await room.live.post_panels(now + 49 * MINUTE)
    assert await room.post(f"session:{session.id}:panel:2") is None
    await room.live.post_panels(now + 50 * MINUTE)
    assert await room.post(f"session:{session.id}:panel:2") is not None
    old = await room.outbox.find(GUILD, first.id)
    assert old is not None
    assert (old.state, old.message_id) == (PostState.REMOVING, first.message_id)


async def test_after_a_restart_every_panel_is_posted_anew(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.live.open(GUILD, session.id, now)
    await Room(room.database).live.post_panels(now + MINUTE, all_of_them=True)
    assert await room.post(f"session:{session.id}:panel:1") is None
    assert await room.post(f"session:{session.id}:panel:2") is not None


async def test_closing_ends_what_is_being_answered_and_asks_the_hosts_about_the_rest(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    taken = await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.ask(session, KOFI, "What comes after the workshop?", now)
    await room.live.open(GUILD, session.id, now)
    await room.answering.take(GUILD, session.id, taken.id, CAROL, now + MINUTE)
    closed = await room.live.close(GUILD, session.id, now + HOUR)
    assert (closed.state, closed.closed_at) == (SessionState.CLOSED, now + HOUR)
    ended = await room.question(taken.id)
    assert (ended.state, ended.answered_at, ended.answered_by_id) == (QuestionState.ANSWERED, now + HOUR, CAROL)
    notice = await room.post(f"session:{session.id}:closed")
    assert notice is not None
    assert (notice.kind, notice.channel_id) == (CLOSED, HOSTS)
    assert await room.live.left(GUILD, session.id) == 1
    with pytest.raises(NotOpenError, match="was closed"):
        await room.live.close(GUILD, session.id, now + HOUR)


async def test_a_session_closes_by_itself_half_an_hour_after_its_end_with_a_notice(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    await room.live.open(GUILD, session.id, now)
    await room.live.lengthen(GUILD, session.id, 0, now)
    assert await room.live.close_due(now + 99 * MINUTE) == []
    assert await room.live.close_due(now + 100 * MINUTE) == [(GUILD, session.id)]
    notice = await room.post(f"session:{session.id}:closed")
    assert notice is not None
    assert notice.kind == CLOSED_BY_ITSELF


async def test_a_session_the_bot_slept_through_is_closed_and_never_opened(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    late = now + 5 * HOUR
    assert await room.live.open_due(late) == []
    assert await room.live.close_due(late) == [(GUILD, session.id)]
    slept = await room.session(session.id)
    assert (slept.state, slept.opened_at) == (SessionState.CLOSED, None)
    assert await room.post(f"session:{session.id}:panel:1") is None


async def test_one_session_that_cannot_be_opened_keeps_no_other_one_closed(
    room: Room, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await room.plan(now), await room.plan(now)
    post = room.outbox.post

    async def fail_for_first(tx: object, new: object) -> bool:
        if getattr(new, "subject_id", None) == first.id:
            raise RuntimeError("not now")
        return await post(tx, new)  # type: ignore[arg-type]

    monkeypatch.setattr(room.outbox, "post", fail_for_first)
    assert await room.live.open_due(now) == [(GUILD, second.id)]
    assert (await room.session(first.id)).state is SessionState.PLANNED


async def test_without_a_channel_for_hosts_a_session_opens_all_the_same(database: Database, now: datetime) -> None:
    room = Room(database)
    await room.communities.arrive(GUILD, "Bubble", now)
    session = await room.plan(now)
    assert (await room.live.open(GUILD, session.id, now)).state is SessionState.OPEN
    assert (await room.live.close(GUILD, session.id, now)).state is SessionState.CLOSED
