"""A process in which members vote while hosts answer, until it is killed.

`python -m tests.sessions.victim FILE SESSION` says `voted MEMBER QUESTION` and `answered QUESTION` as soon as that is
so, `ready` when it begins, and `over` once the last question has its answer and the session is closed.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime

from sqlalchemy.engine import make_url

from bot.db import Database
from bot.sessions.question_errors import NoVotesError
from bot.sessions.question_rules import Asker
from bot.sessions.rules import SessionState
from tests.sessions.live_room import CAROL, GUILD, Room

NOW = datetime(2026, 4, 1, 12, 5, tzinfo=UTC)
VOTERS = range(100, 160)


def say(*what: object) -> None:
    """Tell the test, which may kill this process any moment after."""
    print(*what, flush=True)  # noqa: T201 - what the test hears


async def vote(room: Room, session_id: int) -> None:
    """Members vote for any question that still waits."""
    for member in random.sample(VOTERS, len(VOTERS)):
        waiting = (await room.live.board(GUILD, session_id)).waiting
        if not waiting:
            return
        question = random.choice(waiting)
        try:
            await room.questions.support(GUILD, question.id, Asker(member), NOW)
        except NoVotesError:
            continue  # It was taken meanwhile.
        say("voted", member, question.id)


async def lead(room: Room, session_id: int) -> None:
    """Carol answers one question after the other, and closes."""
    while (board := await room.live.board(GUILD, session_id)).current or board.next:
        done, following = board.current, board.next
        await room.answering.go_on(
            GUILD, session_id, done.id if done else None, following.id if following else None, CAROL, NOW
        )
        if done:
            say("answered", done.id)
        await asyncio.sleep(0.02)
    await room.live.close(GUILD, session_id, NOW)


async def main() -> None:
    """Go on where the one before was killed."""
    file, session_id = sys.argv[1], int(sys.argv[2])
    database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
    room = Room(database)
    say("ready")
    if (await room.session(session_id)).state is SessionState.OPEN:
        await asyncio.gather(vote(room, session_id), lead(room, session_id))
    say("over")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
