"""What becomes of the questions that a session left unanswered, and of answers written in its thread."""

from datetime import datetime

from bot.db import Database, Transaction
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService
from bot.sessions import live_rules as rules
from bot.sessions.holding import get_question, hold, hold_closed
from bot.sessions.live_errors import MeanwhileError, NoNextSessionError
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.redrawing import CARD, RecapWriter, Redrawing, card_key, closed_key
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import WAITING_STATES, Question, QuestionState, Session, SessionState


class LeftoverService:
    """Questions after the session. Raises NoSuchSessionError and NoSuchQuestionError where there is no such one."""

    def __init__(self, database: Database, outbox: OutboxService, write_recap: RecapWriter) -> None:
        self._database = database
        self._outbox = outbox
        self._write_recap = write_recap
        self._redrawing = Redrawing(outbox)

    async def carry_over(self, guild_id: int, session_id: int, now: datetime) -> tuple[int, Session]:
        """What is left of a session that is over is asked in the next one. How many, and where.

        Raises NotClosedError, NoNextSessionError.
        """
        async with self._database.transaction() as tx:
            session = await hold_closed(tx, guild_id, session_id)
            following = await self._next_after(tx, session, now)
            if following is None:
                raise NoNextSessionError
            questions = QuestionRepository(tx)
            left = await questions.list_questions(guild_id, session_id, *rules.UNANSWERED)
            for question in left:
                pending = question.state is QuestionState.PENDING
                await questions.mark(
                    guild_id, question.id, session_id=following.id,
                    state=QuestionState.PENDING if pending else QuestionState.OPEN,
                    taken_at=None, answered_at=None, answered_by_id=None,
                )  # fmt: skip
                for merged in await questions.list_merged(guild_id, question.id):
                    await questions.mark(guild_id, merged.id, session_id=following.id)
                await self._move_card(tx, question, following, now, is_shown=not pending)
            await self._decided(tx, session, now)
            return len(left), following

    async def keep_open(self, guild_id: int, session_id: int, now: datetime) -> int:
        """What is left of a session that is over stays in its thread, for written answers. How many. NotClosedError."""
        async with self._database.transaction() as tx:
            session = await hold_closed(tx, guild_id, session_id)
            questions = QuestionRepository(tx)
            left = await questions.list_questions(guild_id, session_id, *WAITING_STATES)
            for question in left:
                await questions.mark(guild_id, question.id, state=QuestionState.LATER)
                await self._redrawing.question(tx, question, now)
            await self._decided(tx, session, now)
            return len(left)

    async def _next_after(self, tx: Transaction, session: Session, now: datetime) -> Session | None:
        """The session that what is left would be carried over to: of the same repetition, or else the next one."""
        ahead = await SessionRepository(tx).list_sessions(session.guild_id, SessionState.PLANNED)
        later = [one for one in ahead if one.id != session.id and rules.closes_at(one) > now]
        same = [one for one in later if session.series_id is not None and one.series_id == session.series_id]
        return next(iter(same or later), None)

    async def left_over(
        self, guild_id: int, session_id: int, now: datetime
    ) -> tuple[Session, list[Question], Session | None]:
        """A session, what is unanswered of it, the pending last, and the session it could be carried over to."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            left = await QuestionRepository(tx).list_questions(guild_id, session_id, *rules.UNANSWERED)
            pending = [question for question in left if question.state is QuestionState.PENDING]
            return session, [*rules.in_order_to_take(left), *pending], await self._next_after(tx, session, now)

    async def answer_in_writing(
        self, guild_id: int, session_id: int, question_id: int, host_id: int, message_id: int, now: datetime
    ) -> Question:
        """A host's message in the thread answers a question, while the session is open or after it.

        Raises MeanwhileError, NotAnAnswerError where the author is not a host.
        """
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            question = await get_question(tx, session, question_id)
            was_taken = question.taken_at is not None
            moved = await QuestionRepository(tx).mark_state(
                guild_id, question_id, (*WAITING_STATES, QuestionState.NOW), QuestionState.ANSWERED, answered_at=now,
                answered_by_id=host_id, is_written=True, answer_message_id=message_id,
            )  # fmt: skip
            if not moved:
                raise MeanwhileError(question)
            answered = await get_question(tx, session, question_id)
            if was_taken:
                await self._redrawing.said(tx, answered, now)
            else:
                await self._redrawing.say(tx, session, answered, now)
            await self._redrawing.question(tx, answered, now)
            await self._redrawing.panel(tx, session, now)
            if session.state is SessionState.CLOSED:
                await self._decided(tx, session, now)
            return answered

    async def find_by_card(self, guild_id: int, session_id: int, message_id: int | None) -> list[Question]:
        """The questions a message may answer: that whose card it replies to, or else all that have no answer."""
        async with self._database.transaction() as tx:
            states = (*WAITING_STATES, QuestionState.NOW)
            waiting = await QuestionRepository(tx).list_questions(guild_id, session_id, *states)
            for question in waiting if message_id is not None else []:
                card = await self._outbox.find_in(tx, guild_id, card_key(question))
                if card is not None and card.message_id == message_id:
                    return [question]
            current = [question for question in waiting if question.state is QuestionState.NOW]
            return [*current, *rules.in_order_to_take(waiting)]

    async def _move_card(
        self, tx: Transaction, question: Question, session: Session, now: datetime, *, is_shown: bool
    ) -> None:
        """Take a question's card down where it was, and post it where the question is now."""
        await self._outbox.remove(tx, question.guild_id, card_key(question), now)
        if is_shown and session.thread_id is not None:
            await self._outbox.post(
                tx, NewPost(question.guild_id, session.thread_id, CARD, question.id, card_key(question), now)
            )

    async def _decided(self, tx: Transaction, session: Session, now: datetime) -> None:
        await self._outbox.revise(tx, session.guild_id, closed_key(session), now)
        await self._write_recap(tx, session, now)
