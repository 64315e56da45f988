"""Hosts decide about questions, on real databases."""

import asyncio
from datetime import datetime

import pytest

from bot.db import Database
from bot.outbox.rules import DIRECT, PostState
from bot.sessions.carding import DECLINED, PENDING, UNMASKED
from bot.sessions.question_errors import (
    DecidedError,
    GoneQuestionError,
    NoReasonError,
    NotAnonymousError,
    NothingToMergeError,
    UnusableQuestionError,
)
from bot.sessions.question_rules import Asker
from bot.sessions.redrawing import CARD
from bot.sessions.rules import Question, QuestionState, Session
from tests.sessions.live_room import CAROL, GUILD, HOSTS, HOUR, KOFI, MAYA, MINUTE, NOOR, OTHER, WALTER, Room

TEXT = "How do I find time to write?"


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    return await room.plan(now + 24 * HOUR, is_moderated=True)


async def ask(
    room: Room, session: Session, now: datetime, text: str = TEXT, by: int = MAYA, *, anonymous: bool = False
) -> Question:
    return (await room.questions.ask(GUILD, session.id, Asker(by), text, "", anonymous, now))[0]


async def test_an_approved_question_stands_in_the_thread_and_the_hosts_see_that(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now)
    await room.send_all(now)
    assert (await room.moderation.approve(GUILD, question.id, now)).state is QuestionState.OPEN
    sent = {(post.state, post.kind) for post in await room.send_all(now + MINUTE)}
    assert sent == {(PostState.WAITING, CARD), (PostState.REVISING, PENDING)}
    with pytest.raises(DecidedError, match="waits in the list"):
        await room.moderation.approve(GUILD, question.id, now)
    with pytest.raises(GoneQuestionError):
        await room.moderation.approve(OTHER, question.id, now)


async def test_two_hosts_who_decide_at_once_decide_once(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    results = await asyncio.gather(
        room.moderation.approve(GUILD, question.id, now),
        room.moderation.decline(GUILD, question.id, "Asked before.", now),
        room.moderation.approve(GUILD, question.id, now),
        return_exceptions=True,
    )
    approved = sum(isinstance(one, Question) and one.state is QuestionState.OPEN for one in results)
    state = (await room.question(question.id)).state
    assert (approved, state) in ((1, QuestionState.DECLINED), (0, QuestionState.DECLINED))
    assert all(isinstance(one, Question | DecidedError) for one in results)


async def test_who_is_declined_is_told_why_directly_and_nobody_else_is(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now, anonymous=True)
    with pytest.raises(NoReasonError):
        await room.moderation.decline(GUILD, question.id, "  ", now)
    declined = await room.moderation.decline(GUILD, question.id, " That is  for the workshop. ", now)
    assert (declined.state, declined.reason) == (QuestionState.DECLINED, "That is for the workshop.")
    told = await room.post(f"question:{question.id}:declined")
    assert told is not None
    assert (told.kind, told.channel_id, told.subject_id) == (DECLINED, DIRECT, MAYA)
    assert await room.post(f"question:{question.id}") is None
    assert (await room.questions.allowance(GUILD, session.id, Asker(MAYA))).left == 3
    with pytest.raises(DecidedError, match="declined"):
        await room.moderation.decline(GUILD, question.id, "Once more.", now)


async def test_a_question_in_the_thread_can_be_declined_too_with_those_merged_into_it(
    room: Room, now: datetime
) -> None:
    session = await room.plan(now + HOUR)
    first = await ask(room, session, now)
    second = await ask(room, session, now + MINUTE, by=KOFI)
    await room.moderation.merge(GUILD, first.id, second.id, now)
    await room.send_all(now + MINUTE)
    await room.moderation.decline(GUILD, first.id, "Too private.", now)
    for one in (first, second):
        assert (await room.question(one.id)).state is QuestionState.DECLINED
        assert await room.post(f"question:{one.id}:declined") is not None
    states = [post.state for post in await room.send_all(now + MINUTE) if post.kind == CARD]
    assert states == [PostState.REMOVING]


async def test_merging_names_who_asked_first_counts_the_others_and_adds_up_the_votes(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR)
    first, *others = [
        await ask(room, session, now + number * MINUTE, f"{TEXT} {number}", by)
        for number, by in enumerate((MAYA, KOFI, NOOR, 200))
    ]
    for voter, question in ((KOFI, first), (100, first), (100, others[0]), (101, others[0]), (102, others[1])):
        await room.questions.vote(GUILD, question.id, Asker(voter), now)
    await room.moderation.merge(GUILD, others[1].id, others[0].id, now)
    assert (await room.question(others[0].id)).others == 1
    stays = await room.moderation.merge(GUILD, others[0].id, first.id, now)
    stays = await room.moderation.merge(GUILD, first.id, others[2].id, now)
    assert (stays.id, stays.asker_id, stays.others, stays.votes) == (first.id, MAYA, 3, 3)
    assert {one.state for one in [await room.question(one.id) for one in others]} == {QuestionState.MERGED}
    assert (await room.moderation.look(GUILD, others[1].id)).into == stays
    assert [one.id for one in (await room.moderation.look(GUILD, first.id)).merged] == [one.id for one in others]


async def test_one_that_waits_for_approval_is_shown_when_it_is_merged_with_one_that_is_shown(
    room: Room, session: Session, now: datetime
) -> None:
    first = await ask(room, session, now)
    second = await ask(room, session, now + MINUTE, by=KOFI)
    await room.moderation.approve(GUILD, second.id, now)
    await room.send_all(now + MINUTE)
    stays = await room.moderation.merge(GUILD, second.id, first.id, now)
    assert (stays.id, stays.state) == (first.id, QuestionState.OPEN)
    sent = [(post.state, post.subject_id) for post in await room.send_all(now + 2 * MINUTE) if post.kind == CARD]
    assert sorted(sent) == [(PostState.REMOVING, 0), (PostState.WAITING, first.id)]


async def test_what_cannot_be_merged_is_refused(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    other_session = await room.plan(now + HOUR)
    elsewhere = await ask(room, other_session, now, by=KOFI)
    for other in (question, elsewhere):
        with pytest.raises(NothingToMergeError):
            await room.moderation.merge(GUILD, question.id, other.id, now)
    with pytest.raises(NothingToMergeError):
        await room.moderation.list_to_merge(GUILD, question.id)
    second = await ask(room, session, now, by=KOFI)
    far = await ask(room, session, now, "Which book changed your life?", by=NOOR)
    _, offered = await room.moderation.list_to_merge(GUILD, question.id)
    assert [one.id for one in offered] == [second.id, far.id]
    await room.questions.withdraw(GUILD, second.id, KOFI, now)
    with pytest.raises(DecidedError, match="withdrew"):
        await room.moderation.merge(GUILD, question.id, second.id, now)


async def test_a_host_edits_before_the_approval_and_the_original_is_kept(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now)
    for text in ("How does one find time for writing?", "How do people find time to write?"):
        edited = await room.moderation.edit(GUILD, question.id, text, "Cut by a host.", now)
        assert (edited.text, edited.context, edited.original) == (text, "Cut by a host.", TEXT)
    assert (await room.moderation.edit(GUILD, question.id, TEXT, "", now)).original is None
    with pytest.raises(UnusableQuestionError):
        await room.moderation.edit(GUILD, question.id, "How?", "", now)
    await room.moderation.approve(GUILD, question.id, now)
    with pytest.raises(DecidedError):
        await room.moderation.edit(GUILD, question.id, "Too late to change it now.", "", now)


async def test_lifting_anonymity_is_kept_and_told_to_the_hosts_and_changes_nothing_for_members(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now, anonymous=True)
    with pytest.raises(NoReasonError):
        await room.moderation.unmask(GUILD, question.id, CAROL, "", now)
    assert await room.moderation.unmask(GUILD, question.id, CAROL, "A threat.", now) == MAYA
    seen = await room.moderation.look(GUILD, question.id)
    assert seen.question.is_anonymous
    [kept] = seen.unmaskings
    assert (kept.host_id, kept.reason, kept.at) == (CAROL, "A threat.", now)
    notice = await room.post(f"question:{question.id}:unmasked:{kept.id}")
    assert notice is not None
    assert (notice.kind, notice.channel_id) == (UNMASKED, HOSTS)
    assert await room.moderation.unmasked(notice) == (kept, seen.question)
    named = await ask(room, session, now, by=KOFI)
    with pytest.raises(NotAnonymousError):
        await room.moderation.unmask(GUILD, named.id, WALTER, "Curious.", now)


async def test_hosts_see_those_that_wait_for_approval_first(room: Room, session: Session, now: datetime) -> None:
    first, second, third = [
        await ask(room, session, now + number * MINUTE, by=by) for number, by in enumerate((MAYA, KOFI, NOOR))
    ]
    await room.moderation.approve(GUILD, first.id, now)
    await room.questions.withdraw(GUILD, second.id, KOFI, now)
    assert [one.id for one in await room.moderation.list_all(GUILD, session.id)] == [third.id, first.id]
