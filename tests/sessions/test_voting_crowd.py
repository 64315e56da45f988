"""Two thousand members vote within a minute: how often cards are drawn, on a real SQLite file."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from bot.db import Database
from bot.db.upgrade import upgrade
from bot.outbox.rules import Post, PostState, Sent
from bot.sessions.models import VoteRow
from bot.sessions.question_rules import Asker
from bot.sessions.redrawing import CARD
from bot.sessions.rules import Question
from tests.sessions.live_room import GUILD, HOUR, MAYA, Room

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
MEMBERS, CARDS = 2000, 4
#: How long Discord takes for an edit, and how much time lies between two votes.
EDIT, TICK = timedelta(milliseconds=400), timedelta(milliseconds=30)
SPACING = timedelta(seconds=3)


@pytest.fixture
async def room(tmp_path: Path, now: datetime) -> AsyncIterator[Room]:
    database = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'crowd.db'}"))
    await upgrade(database, backup_dir=tmp_path / "backups", backups_kept=1, now=now)
    room = Room(database)
    await room.set_up(now)
    yield room
    await database.close()


class Drawn:
    """The outbox as its loop drives it: each drawing reads what is true, then Discord takes a while."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._going: dict[int, tuple[datetime, Post]] = {}
        self.at: dict[int, list[datetime]] = defaultdict(list)
        self.shown: dict[int, int] = {}

    async def look(self, now: datetime) -> None:
        for channel, (ends, post) in list(self._going.items()):
            if ends <= now:
                message = post.message_id or (int((now - DISCORD_EPOCH).total_seconds() * 1000) << 22) + post.id
                await self._room.outbox.finish_attempt(post, Sent(message), now)
                del self._going[channel]
        for post in await self._room.outbox.list_due(now):
            if post.kind == CARD and post.channel_id not in self._going:
                if post.state is PostState.WAITING:
                    await self._room.outbox.begin_attempt(post, "", now)
                self.shown[post.subject_id] = (await self._room.question(post.subject_id)).votes
                self.at[post.subject_id].append(now)
                self._going[post.channel_id] = (now + EDIT, post)

    async def rest(self, now: datetime) -> datetime:
        """Until nothing is left to be drawn."""
        while self._going or await self._room.outbox.next_due_at():
            now += TICK * 10
            await self.look(now)
        return now


def apart(times: list[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(times)]


async def ask_all(room: Room, now: datetime) -> list[Question]:
    session = await room.plan(now + 24 * HOUR)
    texts = (
        "How do you find time to write?",
        "Who reads your drafts first?",
        "Which book changed you?",
        "Why do you keep a blog?",
    )
    return [
        (await room.questions.ask(GUILD, session.id, Asker(MAYA + n), f"{text} …", "", False, now))[0]
        for n, text in enumerate(texts)
    ]


async def test_two_thousand_votes_in_a_minute_draw_each_card_at_most_every_three_seconds(
    room: Room, now: datetime
) -> None:
    questions, drawn = await ask_all(room, now), Drawn(room)
    now = await drawn.rest(now)
    assert {len(times) for times in drawn.at.values()} == {1}
    for number in range(MEMBERS):
        question = questions[min(number % 7, CARDS - 1)]
        await room.questions.vote(GUILD, question.id, Asker(10_000 + number), now)
        now += TICK
        if number % 5 == 0:
            await drawn.look(now)
    await drawn.rest(now)
    for question in questions:
        times = drawn.at[question.id]
        assert min(apart(times)) >= SPACING
        assert 5 < len(times) <= 60 / 3 + 2
        assert drawn.shown[question.id] == (await room.question(question.id)).votes
    assert sum(drawn.shown.values()) == MEMBERS


async def test_votes_on_an_old_card_share_one_drawing_a_minute_but_its_state_does_not_wait(
    room: Room, now: datetime
) -> None:
    [question, *_], drawn = await ask_all(room, now), Drawn(room)
    now = await drawn.rest(now) + 2 * HOUR
    for number in range(90):
        await room.questions.vote(GUILD, question.id, Asker(10_000 + number), now)
        now += timedelta(seconds=2)
        await drawn.look(now)
    times = drawn.at[question.id]
    assert min(apart(times)) >= timedelta(minutes=1)
    assert len(times) == 3
    await room.questions.edit(GUILD, question.id, Asker(MAYA), "Who reads what you write?", "", now)
    await drawn.look(now + SPACING)
    assert drawn.at[question.id][-1] == now + SPACING


async def test_a_card_with_thousands_of_votes_is_read_at_once(room: Room, now: datetime) -> None:
    [question, *_] = await ask_all(room, now)
    async with room.database.transaction() as tx:
        votes = [{"question_id": question.id, "guild_id": GUILD, "member_id": 10_000 + n} for n in range(5000)]
        await tx.execute(insert(VoteRow), votes)
    assert (await room.question(question.id)).votes == 5000
