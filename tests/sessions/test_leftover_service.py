"""What becomes of unanswered questions, and of answers in writing, on real databases."""

import asyncio
from datetime import datetime

import pytest

from bot.db import Database
from bot.local_time import LocalTime
from bot.outbox.rules import PostState
from bot.sessions.live_errors import MeanwhileError, NoNextSessionError, NotClosedError
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.redrawing import NOW, now_key
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import QuestionState, Session
from tests.sessions.live_room import CAROL, GUILD, HOUR, KOFI, MAYA, MINUTE, NOOR, THREAD, WALTER, Room

NEXT_THREAD = 77


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    """An open session."""
    return await room.live.open(GUILD, (await room.plan(now)).id, now)


async def test_what_is_left_is_carried_over_with_its_votes_and_its_card(
    room: Room, session: Session, now: datetime
) -> None:
    left = await room.ask(session, MAYA, "How do I find my first readers?", now, votes=3)
    same = await room.ask(session, KOFI, "Where do I find my first readers?", now)
    await room.merge(same, left)
    answered = await room.ask(session, NOOR, "What comes after the workshop?", now)
    await room.answering.take(GUILD, session.id, answered.id, CAROL, now)
    await room.send_all(now)
    old_card = await room.post(f"question:{left.id}")
    following = await room.plan(now + 24 * HOUR, thread_id=NEXT_THREAD)
    with pytest.raises(NotClosedError):
        await room.leftovers.carry_over(GUILD, session.id, now)
    await room.live.close(GUILD, session.id, now + HOUR)
    assert await room.leftovers.carry_over(GUILD, session.id, now + HOUR) == (1, following)
    carried = await room.question(left.id)
    assert (carried.session_id, carried.state, carried.votes, carried.others) == (
        following.id,
        QuestionState.OPEN,
        3,
        1,
    )
    assert (await room.question(same.id)).session_id == following.id
    assert (await room.question(answered.id)).session_id == session.id
    card = await room.post(f"question:{left.id}")
    assert card is not None
    assert (card.channel_id, card.message_id) == (NEXT_THREAD, None)
    assert old_card is not None
    gone = await room.outbox.find(GUILD, old_card.id)
    assert gone is not None
    assert (gone.channel_id, gone.state) == (THREAD, PostState.REMOVING)


async def test_what_was_taken_before_it_was_carried_over_is_told_to_its_asker_again(
    room: Room, session: Session, now: datetime
) -> None:
    left = await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.answering.take(GUILD, session.id, left.id, CAROL, now)
    await room.send_all(now)
    await room.answering.follow_up_later(GUILD, session.id, left.id, now)
    await room.live.close(GUILD, session.id, now + HOUR)
    following = await room.plan(now + 24 * HOUR, thread_id=NEXT_THREAD)
    await room.leftovers.carry_over(GUILD, session.id, now + HOUR)
    carried = await room.question(left.id)
    assert (carried.taken_at, carried.answered_at, carried.answered_by_id) == (None, None, None)
    later = now + 2 * HOUR
    await room.leftovers.answer_in_writing(GUILD, following.id, left.id, WALTER, 900, later)
    told = await room.post(now_key(await room.question(left.id)))
    assert told is not None
    assert told.channel_id == NEXT_THREAD
    said = await room.answering.said(told)
    assert said is not None
    assert said.asker_ids == (MAYA,)


async def test_two_hosts_who_carry_over_at_once_carry_each_question_once(
    room: Room, session: Session, now: datetime
) -> None:
    await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.plan(now + 24 * HOUR)
    await room.live.close(GUILD, session.id, now + HOUR)
    results = await asyncio.gather(*(room.leftovers.carry_over(GUILD, session.id, now + HOUR) for _ in range(2)))
    assert sorted(count for count, _ in results) == [0, 1]


async def test_an_unapproved_question_stays_unapproved_where_it_is_carried_to(
    room: Room, session: Session, now: datetime
) -> None:
    pending = await room.ask(session, MAYA, "How do I find my first readers?", now)
    async with room.database.transaction() as tx:
        await QuestionRepository(tx).mark(GUILD, pending.id, state=QuestionState.PENDING)
    following = await room.plan(now + 24 * HOUR)
    await room.live.close(GUILD, session.id, now + HOUR)
    await room.leftovers.carry_over(GUILD, session.id, now + HOUR)
    carried = await room.question(pending.id)
    assert (carried.session_id, carried.state) == (following.id, QuestionState.PENDING)


async def test_without_a_session_to_come_nothing_is_carried_over(room: Room, session: Session, now: datetime) -> None:
    left = await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.live.close(GUILD, session.id, now + HOUR)
    with pytest.raises(NoNextSessionError, match="/session create"):
        await room.leftovers.carry_over(GUILD, session.id, now + HOUR)
    assert (await room.question(left.id)).session_id == session.id


async def test_the_next_one_of_the_same_repetition_comes_first(room: Room, now: datetime) -> None:
    async with room.database.transaction() as tx:
        starts = LocalTime(now.replace(tzinfo=None), "UTC")
        series = await SessionRepository(tx).add_series(GUILD, "weekly", starts)
    session = await room.plan(now, series_id=series)
    await room.live.open(GUILD, session.id, now)
    await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.plan(now + 24 * HOUR)
    same = await room.plan(now + 7 * 24 * HOUR, series_id=series)
    await room.live.close(GUILD, session.id, now + HOUR)
    assert (await room.leftovers.carry_over(GUILD, session.id, now + HOUR))[1].id == same.id


async def test_what_is_left_may_stay_for_answers_in_writing(room: Room, session: Session, now: datetime) -> None:
    left = await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.live.close(GUILD, session.id, now + HOUR)
    assert await room.leftovers.keep_open(GUILD, session.id, now + HOUR) == 1
    assert (await room.question(left.id)).state is QuestionState.LATER


async def test_an_answer_in_writing_counts_once_and_changes_the_recap(
    room: Room, session: Session, now: datetime
) -> None:
    spoken = await room.ask(session, MAYA, "How do I find my first readers?", now)
    written = await room.ask(session, KOFI, "What comes after the workshop?", now)
    await room.answering.take(GUILD, session.id, spoken.id, CAROL, now)
    await room.live.close(GUILD, session.id, now + HOUR)
    await room.send_all(now + HOUR)
    late = now + 20 * HOUR
    answer = (GUILD, session.id, written.id, WALTER, 9001, late)
    results = await asyncio.gather(
        *(room.leftovers.answer_in_writing(*answer) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(result, MeanwhileError) for result in results) == 1
    kept = await room.question(written.id)
    assert (kept.state, kept.answered_by_id, kept.answer_message_id) == (QuestionState.ANSWERED, WALTER, 9001)
    assert kept.is_written
    recap = await room.post(f"session:{session.id}:recap")
    assert recap is not None
    assert recap.state is PostState.REVISING
    said = await room.post(f"question:{written.id}:now:{int(late.timestamp() * 1000)}")
    assert said is not None
    assert said.kind == NOW


async def test_an_answer_in_writing_to_a_question_that_was_taken_pings_nobody_again(
    room: Room, session: Session, now: datetime
) -> None:
    question = await room.ask(session, MAYA, "How do I find my first readers?", now)
    await room.answering.take(GUILD, session.id, question.id, CAROL, now)
    await room.answering.follow_up_later(GUILD, session.id, question.id, now + MINUTE)
    late = now + 20 * MINUTE
    await room.leftovers.answer_in_writing(GUILD, session.id, question.id, CAROL, 9001, late)
    assert await room.post(f"question:{question.id}:now:{int(late.timestamp() * 1000)}") is None


async def test_a_reply_to_a_card_answers_its_question(room: Room, session: Session, now: datetime) -> None:
    first = await room.ask(session, MAYA, "How do I find my first readers?", now)
    second = await room.ask(session, KOFI, "What comes after the workshop?", now, votes=1)
    await room.send_all(now)
    card = await room.post(f"question:{first.id}")
    assert card is not None
    found = await room.leftovers.find_by_card(GUILD, session.id, card.message_id)
    assert [question.id for question in found] == [first.id]
    found = await room.leftovers.find_by_card(GUILD, session.id, None)
    assert [question.id for question in found] == [second.id, first.id]
