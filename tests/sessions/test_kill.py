"""A process killed again and again in the middle of a session: what was said to be done is done, and nothing twice."""

import random
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.db import Database
from bot.sessions.rules import QuestionState, SessionState
from tests.killing import killed
from tests.migrated import lay_out
from tests.sessions.live_room import GUILD, MAYA, MINUTE, Room
from tests.sessions.victim import NOW

QUESTIONS, MOST_KILLS = 40, 10


async def test_a_session_survives_being_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    file = tmp_path / "kill.db"
    await lay_out(file)
    database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
    room = Room(database)
    await room.set_up(NOW - 9 * MINUTE)
    session = await room.plan(NOW - 5 * MINUTE)
    for number in range(QUESTIONS):
        await room.ask(session, MAYA, f"What about number {number}?", NOW - 8 * MINUTE)
    await room.live.open(GUILD, session.id, NOW - 5 * MINUTE)

    chance, kills, lines = random.Random(3), 0, list[str]()
    while "over" not in lines:
        after = None if kills >= MOST_KILLS else chance.uniform(0.05, 0.5)
        lines += await killed("tests.sessions.victim", str(file), str(session.id), after=after)
        kills += 1
        board = await room.live.board(GUILD, session.id)
        answered = {int(line.split()[1]) for line in lines if line.startswith("answered")}
        for question_id in answered:
            assert (await room.question(question_id)).state is QuestionState.ANSWERED
        now = [one for one in await all_of(room, session.id) if one.state is QuestionState.NOW]
        assert now == ([board.current] if board.current else []), "one at a time"
    assert kills > 2, "it was killed at least twice before it came to its end"

    asked = await all_of(room, session.id)
    assert [one.state for one in asked] == [QuestionState.ANSWERED] * QUESTIONS
    assert (await room.session(session.id)).state is SessionState.CLOSED
    told = {tuple(map(int, line.split()[1:])) for line in lines if line.startswith("voted")}
    async with database.transaction() as tx:
        votes = (await tx.execute(text("SELECT member_id, question_id FROM session_votes"))).all()
        keys = (await tx.scalars(text("SELECT key FROM outbox_posts"))).all()
    assert told <= set(map(tuple, votes)), "no vote that was thanked for is lost"
    assert len(votes) == sum(one.votes for one in asked), "and none is counted twice"
    assert len(keys) == len(set(keys)), "nothing is said twice"
    await database.close()


async def all_of(room: Room, session_id: int) -> list:
    async with room.database.transaction() as tx:
        found = (await tx.scalars(text(f"SELECT id FROM session_questions WHERE session_id = {session_id}"))).all()
    return [await room.question(one) for one in found]
