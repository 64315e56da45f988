"""Members ask, vote, change and withdraw, on real databases."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bot.db import Database
from bot.errors import UserFacingError
from bot.outbox.rules import PostState
from bot.sessions.carding import PENDING
from bot.sessions.errors import NoSuchSessionError, NotForYouError, SessionOverError
from bot.sessions.question_errors import (
    AskedAlreadyError,
    GoneQuestionError,
    NoQuestionsLeftError,
    NotChangeableError,
    NotWelcomeAnonymouslyError,
    NotYourQuestionError,
    NoVotesError,
    OwnQuestionError,
    UnusableQuestionError,
)
from bot.sessions.question_rules import Asker
from bot.sessions.redrawing import CARD
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Question, QuestionState, Session, SessionState
from tests.sessions.live_room import CAROL, GUILD, HOSTS, HOUR, KOFI, MAYA, MINUTE, NOOR, OTHER, THREAD, Room

TEXT = "How do I find time to write?"
TEXTS = (TEXT, "Who reads your drafts before anybody else?", "Which book changed your life the most?")


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    return await room.plan(now + 24 * HOUR)


async def ask(
    room: Room, session: Session, now: datetime, text: str = TEXT, by: int = MAYA, *, anonymous: bool = False
) -> Question:
    return (await room.questions.ask(GUILD, session.id, Asker(by), text, "", anonymous, now))[0]


async def test_a_question_gets_its_card_in_the_thread_at_once(room: Room, session: Session, now: datetime) -> None:
    told: list[tuple[int, int]] = []

    async def hear(_tx: object, guild_id: int, member_id: int, _at: datetime) -> None:
        told.append((guild_id, member_id))

    room.questions.asked_listeners.append(hear)
    question, left = await room.questions.ask(GUILD, session.id, Asker(MAYA), f"  {TEXT} ", " At work. ", False, now)
    assert (question.text, question.context, question.state, left) == (TEXT, "At work.", QuestionState.OPEN, 2)
    card = await room.post(f"question:{question.id}")
    assert card is not None
    assert (card.kind, card.channel_id, card.subject_id) == (CARD, THREAD, question.id)
    assert told == [(GUILD, MAYA)]


async def test_where_hosts_approve_they_are_asked_and_nothing_is_in_the_thread(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR, is_moderated=True)
    question = await ask(room, session, now)
    assert question.state is QuestionState.PENDING
    assert await room.post(f"question:{question.id}") is None
    pending = await room.post(f"question:{question.id}:pending")
    assert pending is not None
    assert (pending.kind, pending.channel_id) == (PENDING, HOSTS)


async def test_each_member_asks_as_much_as_the_session_allows(room: Room, session: Session, now: datetime) -> None:
    lefts = [
        (await room.questions.ask(GUILD, session.id, Asker(MAYA), text, "", False, now))[1] for text in TEXTS
    ]  # fmt: skip
    assert lefts == [2, 1, 0]
    fourth = "What will you write next year?"
    with pytest.raises(NoQuestionsLeftError):
        await ask(room, session, now, fourth)
    with pytest.raises(NoQuestionsLeftError):
        await room.questions.allowance(GUILD, session.id, Asker(MAYA))
    [first, *_] = await room.questions.asked_by(GUILD, session.id, MAYA)
    await room.questions.withdraw(GUILD, first[0].id, MAYA, now)
    assert (await room.questions.allowance(GUILD, session.id, Asker(MAYA))).left == 1
    await ask(room, session, now, fourth)
    assert (await room.questions.allowance(GUILD, session.id, Asker(KOFI))).left == 3


async def test_who_presses_twice_at_once_asks_no_more_than_they_may(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR, questions_each=1)
    results = await asyncio.gather(*(ask(room, session, now, text) for text in TEXTS), return_exceptions=True)
    assert sum(isinstance(result, Question) for result in results) == 1
    assert sum(isinstance(result, NoQuestionsLeftError) for result in results) == 2


async def test_the_same_words_twice_are_one_question(room: Room, session: Session, now: datetime) -> None:
    first = await ask(room, session, now)
    with pytest.raises(AskedAlreadyError):
        await ask(room, session, now, "how do I find TIME to write")
    await room.questions.withdraw(GUILD, first.id, MAYA, now)
    await ask(room, session, now)


async def test_what_cannot_be_asked_is_refused_with_the_reason(room: Room, session: Session, now: datetime) -> None:
    with pytest.raises(UnusableQuestionError, match="at least 15"):
        await ask(room, session, now, "Why?")
    by_name = await room.plan(now + HOUR, allows_anonymous=False)
    with pytest.raises(NotWelcomeAnonymouslyError):
        await ask(room, by_name, now, anonymous=True)
    with pytest.raises(NoSuchSessionError):
        await room.questions.ask(OTHER, session.id, Asker(MAYA), TEXT, "", False, now)
    await room.live.open_due(now + 24 * HOUR)
    await room.live.close(GUILD, session.id, now + 25 * HOUR)
    with pytest.raises(SessionOverError):
        await ask(room, session, now)


async def test_the_role_is_needed_at_every_step(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR, role_id=7)
    registrant, lapsed = Asker(MAYA, frozenset({7})), Asker(MAYA)
    question, _ = await room.questions.ask(GUILD, session.id, registrant, TEXT, "", False, now)
    await room.questions.vote(GUILD, question.id, Asker(KOFI, frozenset({7})), now)
    refused = (
        room.questions.allowance(GUILD, session.id, lapsed),
        room.questions.check(GUILD, session.id, lapsed, TEXTS[1], ""),
        room.questions.ask(GUILD, session.id, lapsed, TEXTS[1], "", False, now),
        room.questions.edit(GUILD, question.id, lapsed, TEXTS[1], "", now),
        room.questions.vote(GUILD, question.id, Asker(KOFI), now),
    )
    for attempt in refused:
        with pytest.raises(NotForYouError, match="<@&7>"):
            await attempt
    host, _ = await room.questions.ask(GUILD, session.id, Asker(CAROL), TEXTS[2], "", False, now)
    assert host.asker_id == CAROL
    assert (await room.questions.withdraw(GUILD, question.id, MAYA, now)).state is QuestionState.WITHDRAWN


async def test_similar_questions_of_others_that_wait_are_offered(room: Room, session: Session, now: datetime) -> None:
    theirs = await ask(room, session, now, by=KOFI)
    await ask(room, session, now, TEXTS[1], by=KOFI)
    mine = await ask(room, session, now, "How do I find the time to write at all?")
    again = "Where do I find time to write?"
    offered = await room.questions.check(GUILD, session.id, Asker(MAYA), again, "")
    assert [one.id for one in offered] == [theirs.id]
    assert {one.id for one in await room.questions.similar(GUILD, session.id, again)} == {theirs.id, mine.id}
    await room.questions.withdraw(GUILD, theirs.id, KOFI, now)
    assert await room.questions.check(GUILD, session.id, Asker(MAYA), again, "") == []


async def test_what_waits_for_approval_is_never_offered_to_others(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR, is_moderated=True)
    await ask(room, session, now, by=KOFI)
    assert await room.questions.check(GUILD, session.id, Asker(MAYA), TEXT, "") == []


async def test_a_vote_counts_once_and_is_taken_back_by_the_second_press(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now)
    is_on, voted = await room.questions.vote(GUILD, question.id, Asker(KOFI), now)
    assert (is_on, voted.votes) == (True, 1)
    assert (await room.questions.support(GUILD, question.id, Asker(KOFI), now)).votes == 1
    assert (await room.questions.vote(GUILD, question.id, Asker(NOOR), now))[1].votes == 2
    is_on, voted = await room.questions.vote(GUILD, question.id, Asker(KOFI), now)
    assert (is_on, voted.votes) == (False, 1)


async def test_votes_pressed_at_once_all_count(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    await asyncio.gather(*(room.questions.vote(GUILD, question.id, Asker(100 + one), now) for one in range(20)))
    assert (await room.question(question.id)).votes == 20


async def test_nobody_votes_for_their_own_question_or_one_merged_with_it(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now, anonymous=True)
    with pytest.raises(OwnQuestionError):
        await room.questions.vote(GUILD, question.id, Asker(MAYA), now)
    other = await ask(room, session, now + MINUTE, by=KOFI)
    await room.moderation.merge(GUILD, other.id, question.id, now)
    with pytest.raises(OwnQuestionError):
        await room.questions.vote(GUILD, question.id, Asker(KOFI), now)
    with pytest.raises(NoVotesError, match="merged"):
        await room.questions.vote(GUILD, other.id, Asker(NOOR), now)
    with pytest.raises(GoneQuestionError):
        await room.questions.vote(OTHER, question.id, Asker(NOOR), now)


async def test_what_is_answered_takes_no_votes_and_no_changes(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    start = now + 24 * HOUR
    await room.live.open(GUILD, session.id, start)
    await room.answering.take(GUILD, session.id, question.id, CAROL, start)
    await room.answering.finish(GUILD, session.id, question.id, start)
    with pytest.raises(NoVotesError, match="answered"):
        await room.questions.vote(GUILD, question.id, Asker(KOFI), start)
    for attempt in (
        room.questions.edit(GUILD, question.id, Asker(MAYA), TEXTS[1], "", start),
        room.questions.withdraw(GUILD, question.id, MAYA, start),
    ):
        with pytest.raises(NotChangeableError, match="answered"):
            await attempt


async def test_a_question_or_vote_in_an_open_session_is_attendance(room: Room, session: Session, now: datetime) -> None:
    before = await ask(room, session, now)
    await room.questions.vote(GUILD, before.id, Asker(KOFI), now)
    assert room.attended == []
    await room.live.open(GUILD, session.id, now + 24 * HOUR)
    await ask(room, session, now + 24 * HOUR, TEXTS[1], by=KOFI)
    await room.questions.vote(GUILD, before.id, Asker(NOOR), now + 24 * HOUR)
    assert room.attended == [KOFI, NOOR]


async def test_its_asker_changes_a_question_and_its_card_is_drawn_anew(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now)
    await room.send_all(now)
    changed = await room.questions.edit(GUILD, question.id, Asker(MAYA), TEXTS[1], "More.", now)
    assert (changed.text, changed.context) == (TEXTS[1], "More.")
    card = await room.post(f"question:{question.id}")
    assert card is not None
    assert card.state is PostState.REVISING
    with pytest.raises(NotYourQuestionError):
        await room.questions.edit(GUILD, question.id, Asker(KOFI), TEXT, "", now)
    with pytest.raises(UnusableQuestionError):
        await room.questions.edit(GUILD, question.id, Asker(MAYA), "Why?", "", now)


async def test_what_its_asker_changes_after_the_approval_is_approved_anew(room: Room, now: datetime) -> None:
    session = await room.plan(now + HOUR, is_moderated=True)
    question = await ask(room, session, now)
    await room.send_all(now)
    await room.moderation.approve(GUILD, question.id, now)
    await room.send_all(now + MINUTE)
    changed = await room.questions.edit(GUILD, question.id, Asker(MAYA), TEXTS[1], "", now + MINUTE)
    assert changed.state is QuestionState.PENDING
    assert await room.post(f"question:{question.id}") is None
    asked_anew = await room.post(f"question:{question.id}:pending")
    assert asked_anew is not None
    assert asked_anew.state is PostState.WAITING
    sent = await room.send_all(now + 2 * MINUTE)
    assert {(post.state, post.kind) for post in sent} == {
        (PostState.REMOVING, CARD), (PostState.REMOVING, PENDING), (PostState.WAITING, PENDING),
    }  # fmt: skip


async def test_a_withdrawn_question_leaves_the_thread(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    await room.send_all(now)
    with pytest.raises(NotYourQuestionError):
        await room.questions.withdraw(GUILD, question.id, KOFI, now)
    await room.questions.withdraw(GUILD, question.id, MAYA, now)
    assert [(post.state, post.kind) for post in await room.send_all(now)] == [(PostState.REMOVING, CARD)]
    with pytest.raises(NotChangeableError, match="withdrew"):
        await room.questions.withdraw(GUILD, question.id, MAYA, now)


async def test_when_the_first_asker_withdraws_the_next_one_asks_with_all_votes(
    room: Room, session: Session, now: datetime
) -> None:
    first = await ask(room, session, now)
    second = await ask(room, session, now + MINUTE, "When do you find time to write?", by=KOFI)
    third = await ask(room, session, now + 2 * MINUTE, "Where is the time for writing?", by=NOOR)
    for voter in (100, 101, KOFI):
        await room.questions.vote(GUILD, first.id, Asker(voter), now)
    for goes in (second, third):
        await room.moderation.merge(GUILD, goes.id, first.id, now)
    merged = await room.question(first.id)
    assert (merged.votes, merged.others) == (2, 2)
    await room.questions.withdraw(GUILD, first.id, MAYA, now)
    stands = await room.question(second.id)
    assert (stands.state, stands.votes, stands.others, stands.merged_into_id) == (QuestionState.OPEN, 2, 1, None)
    assert await room.post(f"question:{second.id}") is not None
    await room.questions.withdraw(GUILD, third.id, NOOR, now)
    assert (await room.question(second.id)).others == 0


async def test_who_asked_the_same_twice_by_name_counts_once_and_nobody_learns_of_an_anonymous_one(
    room: Room, session: Session, now: datetime
) -> None:
    first = await ask(room, session, now)
    named = await ask(room, session, now + MINUTE, "When is time to write, please?")
    hidden = await ask(room, session, now + 2 * MINUTE, "How on earth is there time to write?", anonymous=True)
    await room.moderation.merge(GUILD, named.id, first.id, now)
    assert (await room.question(first.id)).others == 0
    await room.moderation.merge(GUILD, hidden.id, first.id, now)
    assert (await room.question(first.id)).others == 1


async def test_questions_asked_before_there_is_a_thread_stand_in_it_once_it_opens_and_in_the_next_one(
    room: Room, database: Database, now: datetime
) -> None:
    session = await room.plan(now + HOUR, thread_id=None)
    question = await ask(room, session, now)
    assert await room.post(f"question:{question.id}") is None
    for thread in (THREAD, THREAD + 1):
        await _open_thread(room, database, session, thread, now)
        card = await room.post(f"question:{question.id}")
        assert card is not None
        assert (card.channel_id, card.state) == (thread, PostState.WAITING)
        await room.send_all(now)


async def _open_thread(room: Room, database: Database, session: Session, thread: int, now: datetime) -> None:
    async with database.transaction() as tx:
        await SessionRepository(tx).mark(GUILD, session.id, thread_id=thread)
        await room.questions.thread_opened(tx, replace(session, thread_id=thread), now)


async def test_every_refusal_is_a_sentence_for_the_member(room: Room, session: Session, now: datetime) -> None:
    question = await ask(room, session, now)
    with pytest.raises(UserFacingError) as refusal:
        await room.questions.vote(GUILD, question.id, Asker(MAYA), now)
    assert refusal.value.message.endswith(".")


async def test_in_a_cancelled_session_nobody_votes_but_a_question_can_still_be_withdrawn(
    room: Room, database: Database, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now)
    async with database.transaction() as tx:
        await SessionRepository(tx).mark(GUILD, session.id, state=SessionState.CANCELLED)
    with pytest.raises(SessionOverError, match="cancelled"):
        await room.questions.vote(GUILD, question.id, Asker(KOFI), now)
    assert (await room.questions.withdraw(GUILD, question.id, MAYA, now)).state is QuestionState.WITHDRAWN
