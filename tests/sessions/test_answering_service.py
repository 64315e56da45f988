"""What hosts do with questions, on real databases: above all, two of them at once."""

import asyncio
from datetime import datetime

import pytest

from bot.db import Database
from bot.outbox.rules import PostState
from bot.sessions.live_errors import BusyError, MeanwhileError, NoSuchQuestionError, NothingToHandError, NotOpenError
from bot.sessions.redrawing import NOW
from bot.sessions.rules import Question, QuestionState, Session
from tests.sessions.live_room import CAROL, GUILD, KOFI, MAYA, MINUTE, THREAD, WALTER, Room


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    """An open session."""
    return await room.live.open(GUILD, (await room.plan(now)).id, now)


@pytest.fixture
async def first(room: Room, session: Session, now: datetime) -> Question:
    return await room.ask(session, MAYA, "How do I find my first readers?", now, votes=2)


@pytest.fixture
async def second(room: Room, session: Session, now: datetime) -> Question:
    return await room.ask(session, KOFI, "What comes after the workshop?", now, votes=1)


async def test_the_moment_a_question_is_taken_and_who_took_it_are_kept(
    room: Room, session: Session, first: Question, now: datetime
) -> None:
    at = now + 7 * MINUTE
    taken = await room.answering.take(GUILD, session.id, first.id, WALTER, at)
    assert (taken.state, taken.taken_at, taken.answered_by_id) == (QuestionState.NOW, at, WALTER)
    said = await room.post(f"question:{first.id}:now:{int(at.timestamp() * 1000)}")
    assert said is not None
    assert (said.kind, said.channel_id, said.subject_id) == (NOW, THREAD, first.id)


async def test_of_two_hosts_who_take_the_same_question_one_has_it_and_the_other_hears_who(
    room: Room, session: Session, first: Question, now: datetime
) -> None:
    results = await asyncio.gather(
        *(room.answering.take(GUILD, session.id, first.id, host, now) for host in (CAROL, WALTER)),
        return_exceptions=True,
    )
    [refused] = [result for result in results if isinstance(result, MeanwhileError)]
    taken = await room.question(first.id)
    assert f"<@{taken.answered_by_id}> is answering “How do I find my first readers?”" in str(refused)


async def test_of_two_hosts_who_take_different_questions_one_is_answered_and_the_other_hears_which(
    room: Room, session: Session, first: Question, second: Question, now: datetime
) -> None:
    results = await asyncio.gather(
        room.answering.take(GUILD, session.id, first.id, CAROL, now),
        room.answering.take(GUILD, session.id, second.id, WALTER, now),
        return_exceptions=True,
    )
    assert sum(isinstance(result, BusyError) for result in results) == 1
    states = [(await room.question(one.id)).state for one in (first, second)]
    assert sorted(states) == [QuestionState.NOW, QuestionState.OPEN]


async def test_of_two_hosts_who_press_next_one_goes_on_and_the_other_does_not_pass_over_a_question(
    room: Room, session: Session, first: Question, second: Question, now: datetime
) -> None:
    third = await room.ask(session, MAYA, "May I show you my draft?", now)
    await room.answering.take(GUILD, session.id, first.id, CAROL, now)
    results = await asyncio.gather(
        *(room.answering.go_on(GUILD, session.id, first.id, second.id, host, now) for host in (CAROL, WALTER)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, MeanwhileError) for result in results) == 1
    states = [(await room.question(one.id)).state for one in (first, second, third)]
    assert states == [QuestionState.ANSWERED, QuestionState.NOW, QuestionState.OPEN]


async def test_answered_pressed_late_does_not_end_the_question_that_came_after(
    room: Room, session: Session, first: Question, second: Question, now: datetime
) -> None:
    await room.answering.take(GUILD, session.id, first.id, CAROL, now)
    await room.answering.go_on(GUILD, session.id, first.id, second.id, CAROL, now + MINUTE)
    with pytest.raises(MeanwhileError, match="was answered by <@30>"):
        await room.answering.finish(GUILD, session.id, first.id, now + MINUTE)
    assert (await room.question(second.id)).state is QuestionState.NOW


async def test_a_skipped_question_can_be_taken_again_and_is_told_anew(
    room: Room, session: Session, first: Question, now: datetime
) -> None:
    await room.answering.take(GUILD, session.id, first.id, CAROL, now)
    await room.send_all(now)
    skipped = await room.answering.skip(GUILD, session.id, first.id, now + MINUTE)
    assert (skipped.state, skipped.answered_by_id) == (QuestionState.SKIPPED, None)
    told = await room.post(f"question:{first.id}:now:{int(now.timestamp() * 1000)}")
    assert told is not None
    assert told.state is PostState.REVISING
    again = now + 5 * MINUTE
    await room.answering.take(GUILD, session.id, first.id, WALTER, again)
    assert (await room.question(first.id)).taken_at == again
    assert await room.post(f"question:{first.id}:now:{int(again.timestamp() * 1000)}") is not None


async def test_a_co_host_goes_on_answering_and_the_answer_is_theirs(
    room: Room, session: Session, first: Question, now: datetime
) -> None:
    await room.answering.take(GUILD, session.id, first.id, CAROL, now)
    await room.answering.hand_over(GUILD, session.id, first.id, WALTER, now)
    with pytest.raises(MeanwhileError, match="<@31> is answering"):
        await room.answering.hand_over(GUILD, session.id, first.id, WALTER, now)
    with pytest.raises(NothingToHandError):
        await room.answering.hand_over(GUILD, session.id, first.id, MAYA, now)
    answered = await room.answering.finish(GUILD, session.id, first.id, now + MINUTE)
    assert (answered.answered_by_id, answered.taken_at, answered.answered_at) == (WALTER, now, now + MINUTE)


async def test_a_question_put_aside_for_later_is_told_of_to_the_second_host(
    room: Room, session: Session, first: Question, now: datetime
) -> None:
    await room.answering.follow_up_later(GUILD, session.id, first.id, now)
    with pytest.raises(MeanwhileError, match="put aside for a later answer"):
        await room.answering.follow_up_later(GUILD, session.id, first.id, now)


async def test_notes_are_kept_with_their_question_and_shown_while_it_is_next(
    room: Room, session: Session, first: Question, second: Question, now: datetime
) -> None:
    await room.answering.note(
        GUILD, session.id, first.id, CAROL, "Mention the list of forums", " Finding  readers", now
    )
    await room.answering.note(GUILD, session.id, first.id, WALTER, "And my blog", "Readers", now)
    board = await room.live.board(GUILD, session.id)
    assert list(board.notes) == [(CAROL, "Mention the list of forums"), (WALTER, "And my blog")]
    sheet = await room.answering.sheet(GUILD, session.id, first.id)
    assert (sheet.question.topic, len(sheet.notes)) == ("Readers", 2)
    await room.answering.skip(GUILD, session.id, first.id, now)
    assert list((await room.live.board(GUILD, session.id)).notes) == []


async def test_nothing_is_taken_before_the_session_is_open_nor_from_another_one(
    room: Room, session: Session, now: datetime
) -> None:
    planned = await room.plan(now + 30 * MINUTE)
    question = await room.ask(planned, MAYA, "How do I find my first readers?", now)
    with pytest.raises(NotOpenError, match="/session open"):
        await room.answering.take(GUILD, planned.id, question.id, CAROL, now)
    with pytest.raises(NoSuchQuestionError):
        await room.answering.take(GUILD, session.id, question.id, CAROL, now)


async def test_everything_a_host_did_is_there_after_a_crash(
    room: Room, session: Session, first: Question, second: Question, now: datetime
) -> None:
    await room.answering.take(GUILD, session.id, first.id, CAROL, now + MINUTE)
    await room.answering.note(GUILD, session.id, first.id, CAROL, "Mention the list of forums", "Readers", now)
    after = Room(room.database)
    board = await after.live.board(GUILD, session.id)
    assert board.current is not None
    assert (board.current.id, board.current.taken_at, board.current.topic) == (first.id, now + MINUTE, "Readers")
    assert board.next == second
    assert list(board.notes) == [(CAROL, "Mention the list of forums")]
    await after.answering.go_on(GUILD, session.id, first.id, second.id, WALTER, now + 2 * MINUTE)
