"""What hosts do with the questions of an open session: take, answer, put off, hand over, note."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.db import Database, Transaction
from bot.outbox.rules import Post
from bot.outbox.service import OutboxService
from bot.sessions import live_rules as rules
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.holding import get_question, hold, hold_open
from bot.sessions.live_errors import BusyError, MeanwhileError, NothingToHandError
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.redrawing import NOW, RecapWriter, Redrawing, now_key
from bot.sessions.rules import WAITING_STATES, Question, QuestionState, Session, SessionState


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about a question in the thread.

    `is_latest`: it was not taken once more since. `asker_ids` are those who are called: the asker and those whose
    question was merged into it, but nobody who asked anonymously; nobody where they were called before.
    """

    session: Session
    question: Question
    is_latest: bool
    asker_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All a host may know of a question: it, the session, and the private notes, the oldest first."""

    session: Session
    question: Question
    notes: list[tuple[int | None, str]]


class AnsweringService:
    """The questions of a session as its hosts go through them.

    A host acts on the question they saw. If another host was faster, nothing changes and MeanwhileError tells what
    happened. Raises NoSuchSessionError, NoSuchQuestionError, and NotOpenError where the session is not open.
    """

    def __init__(
        self, database: Database, outbox: OutboxService, attendance: AttendanceService, write_recap: RecapWriter
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._attendance = attendance
        self._write_recap = write_recap
        self._redrawing = Redrawing(outbox)

    async def take(self, guild_id: int, session_id: int, question_id: int, host_id: int, now: datetime) -> Question:
        """A host begins to answer a question; its asker is pinged if they never were. Raises BusyError."""
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            return await self._take(tx, session, question_id, host_id, now)

    async def finish(self, guild_id: int, session_id: int, question_id: int, now: datetime) -> Question:
        """The question that is being answered has its answer."""
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            return await self._finish(tx, session, question_id, now)

    async def go_on(
        self, guild_id: int, session_id: int, done_id: int | None, next_id: int | None, host_id: int, now: datetime
    ) -> Question | None:
        """Finish what is being answered, if anything, and take the next one, if one waits. What is answered now."""
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            if done_id is not None:
                await self._finish(tx, session, done_id, now)
            return None if next_id is None else await self._take(tx, session, next_id, host_id, now)

    async def skip(self, guild_id: int, session_id: int, question_id: int, now: datetime) -> Question:
        """Not now: the question goes to the end of the list."""
        return await self._put_off(guild_id, session_id, question_id, QuestionState.SKIPPED, now)

    async def follow_up_later(self, guild_id: int, session_id: int, question_id: int, now: datetime) -> Question:
        """The question will be answered in writing, or next time."""
        return await self._put_off(guild_id, session_id, question_id, QuestionState.LATER, now)

    async def hand_over(
        self, guild_id: int, session_id: int, question_id: int, to_host_id: int, now: datetime
    ) -> Question:
        """Another host goes on answering. Raises NothingToHandError where they are no host of the session."""
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            question = await get_question(tx, session, question_id)
            if to_host_id not in session.host_ids:
                raise NothingToHandError
            if question.state is not QuestionState.NOW or question.answered_by_id == to_host_id:
                raise MeanwhileError(question)
            return await self._move(tx, session, question, QuestionState.NOW, now, answered_by_id=to_host_id)

    async def sheet(self, guild_id: int, session_id: int, question_id: int) -> Sheet:
        """Everything a host may know of a question."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            question = await get_question(tx, session, question_id)
            return Sheet(session, question, await QuestionRepository(tx).list_notes(guild_id, question_id))

    async def said(self, post: Post) -> Said | None:
        """What a post about a question says in the thread; None where the question is gone."""
        async with self._database.transaction() as tx:
            questions = QuestionRepository(tx)
            question = await questions.get_question(post.guild_id, post.subject_id)
            if question is None:
                return None
            session = await hold(tx, post.guild_id, question.session_id)
            told = await self._outbox.find_last_sent(tx, post.guild_id, NOW, question.id)
            # What was carried over from another session is told to its asker again.
            is_first = told is None or told.id == post.id or told.channel_id != post.channel_id
            asked = [question, *await questions.list_merged(post.guild_id, question.id)] if is_first else []
            askers = [one.asker_id for one in asked if one.asker_id is not None and not one.is_anonymous]
            return Said(session, question, now_key(question) == post.key, tuple(dict.fromkeys(askers)))

    async def note(
        self, guild_id: int, session_id: int, question_id: int, host_id: int, text: str, topic: str, now: datetime
    ) -> None:
        """Keep a private note, unless it is empty, and the topic the question stands under in the recap."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            await get_question(tx, session, question_id)
            questions = QuestionRepository(tx)
            if text.strip():
                await questions.add_note(guild_id, question_id, host_id, text.strip()[: rules.LONGEST_NOTE], now)
            topic = " ".join(topic.split())[: rules.LONGEST_TOPIC]
            await questions.mark(guild_id, question_id, topic=topic)
            await self._redrawing.panel(tx, session, now)
            if session.state is SessionState.CLOSED:
                await self._write_recap(tx, session, now)

    async def _take(self, tx: Transaction, session: Session, question_id: int, host_id: int, now: datetime) -> Question:
        questions = QuestionRepository(tx)
        question = await get_question(tx, session, question_id)
        if question.state not in WAITING_STATES:
            raise MeanwhileError(question)
        for busy in await questions.list_questions(session.guild_id, session.id, QuestionState.NOW):
            raise BusyError(busy)
        taken = await self._move(
            tx, session, question, QuestionState.NOW, now, taken_at=now, answered_by_id=host_id, answered_at=None
        )
        await self._redrawing.say(tx, session, taken, now)
        return taken

    async def _finish(self, tx: Transaction, session: Session, question_id: int, now: datetime) -> Question:
        question = await get_question(tx, session, question_id)
        if question.state is not QuestionState.NOW:
            raise MeanwhileError(question)
        await self._attendance.mark_away(tx, session, question)
        return await self._move(tx, session, question, QuestionState.ANSWERED, now, answered_at=now)

    async def _put_off(
        self, guild_id: int, session_id: int, question_id: int, state: QuestionState, now: datetime
    ) -> Question:
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            question = await get_question(tx, session, question_id)
            may_be = {QuestionState.NOW, *WAITING_STATES} - {state}
            if question.state not in may_be:
                raise MeanwhileError(question)
            return await self._move(tx, session, question, state, now, answered_by_id=None)

    async def _move(
        self, tx: Transaction, session: Session, question: Question, state: QuestionState, now: datetime, **values: Any
    ) -> Question:
        moved = await QuestionRepository(tx).mark_state(
            session.guild_id, question.id, (question.state,), state, **values
        )
        changed = await get_question(tx, session, question.id)
        if not moved:  # its asker withdrew it in this very moment
            raise MeanwhileError(changed)
        if question.state is QuestionState.NOW:
            await self._redrawing.said(tx, question, now)
        await self._after(tx, session, changed, now)
        return changed

    async def _after(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        await self._redrawing.question(tx, question, now)
        await self._redrawing.panel(tx, session, now)
