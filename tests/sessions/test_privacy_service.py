"""What becomes of questions whose asker is forgotten, on real databases."""

from datetime import datetime

import pytest

from bot.db import Database
from bot.outbox.rules import PostState
from bot.sessions.question_rules import Asker
from bot.sessions.redrawing import CARD
from bot.sessions.rules import Question, QuestionState, Session
from tests.sessions.live_room import CAROL, GUILD, HOUR, KOFI, MAYA, MINUTE, NOOR, Room

TEXTS = ("How do I find time to write?", "Who reads your drafts first?", "Which book changed your life?")


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


@pytest.fixture
async def session(room: Room, now: datetime) -> Session:
    return await room.plan(now + HOUR)


async def ask(room: Room, session: Session, now: datetime, text: str, by: int, *, anonymous: bool = False) -> Question:
    return (await room.questions.ask(GUILD, session.id, Asker(by), text, "", anonymous, now))[0]


async def forget(room: Room, member: int, now: datetime) -> None:
    async with room.database.transaction() as tx:
        await room.privacy.forget(tx, GUILD, member, now)


async def kept(room: Room, session: Session) -> dict[int, tuple[QuestionState, int | None]]:
    return {one.id: (one.state, one.asker_id) for one in await room.moderation.list_all(GUILD, session.id)}


async def test_what_has_no_answer_goes_with_its_card_and_what_has_one_stays_without_a_name(
    room: Room, session: Session, now: datetime
) -> None:
    waiting, answered = [await ask(room, session, now, text, MAYA) for text in TEXTS[:2]]
    await room.live.open(GUILD, session.id, now)
    await room.answering.take(GUILD, session.id, answered.id, CAROL, now)
    await room.answering.finish(GUILD, session.id, answered.id, now)
    await room.send_all(now + MINUTE)
    await forget(room, MAYA, now + MINUTE)
    assert await kept(room, session) == {answered.id: (QuestionState.ANSWERED, None)}
    done = [(post.state, post.subject_id) for post in await room.send_all(now + 2 * MINUTE) if post.kind == CARD]
    assert sorted(done) == [(PostState.REMOVING, 0), (PostState.REVISING, answered.id)]
    assert await room.post(f"question:{waiting.id}") is None


async def test_those_who_asked_the_same_go_on_asking_and_votes_for_them_stay(
    room: Room, session: Session, now: datetime
) -> None:
    first = await ask(room, session, now, TEXTS[0], MAYA)
    second = await ask(room, session, now + MINUTE, f"{TEXTS[0]} At all?", KOFI)
    await room.questions.vote(GUILD, first.id, Asker(NOOR), now)
    await room.moderation.merge(GUILD, first.id, second.id, now)
    await forget(room, MAYA, now)
    assert await kept(room, session) == {second.id: (QuestionState.OPEN, KOFI)}
    assert (await room.question(second.id)).votes == 1


async def test_one_that_was_merged_counts_no_more(room: Room, session: Session, now: datetime) -> None:
    first = await ask(room, session, now, TEXTS[0], KOFI)
    second = await ask(room, session, now + MINUTE, f"{TEXTS[0]} At all?", MAYA, anonymous=True)
    await room.moderation.merge(GUILD, first.id, second.id, now)
    assert (await room.question(first.id)).others == 1
    await forget(room, MAYA, now)
    assert (await room.question(first.id)).others == 0


async def test_the_asker_can_read_who_lifted_their_anonymity_and_why(
    room: Room, session: Session, now: datetime
) -> None:
    question = await ask(room, session, now, TEXTS[0], MAYA, anonymous=True)
    await room.moderation.unmask(GUILD, question.id, CAROL, "A threat.", now)
    async with room.database.transaction() as tx:
        told = await room.privacy.tell(tx, GUILD, MAYA)
        others = await room.privacy.tell(tx, GUILD, KOFI)
    assert told["your anonymity was lifted"] == [
        {"question": TEXTS[0], "by member": str(CAROL), "reason": "A threat.", "at": now.isoformat()}
    ]
    assert others == {}
