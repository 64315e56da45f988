"""What members do with questions: ask, vote, change, withdraw."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.outbox.service import OutboxService
from bot.sessions import question_rules as rules
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.carding import Carding
from bot.sessions.errors import NoSuchSessionError, NotForYouError, SessionOverError
from bot.sessions.holding import hold
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
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.question_rules import Asker
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import WAITING_STATES, Question, QuestionState, Session, SessionState

#: Hears, in the transaction that keeps it, that a member of a guild asked a question.
AskedListener = Callable[[Transaction, int, int, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """A session a member may ask in, what they asked there, and how many questions they have left."""

    session: Session
    asked: list[Question]
    left: int


class QuestionService:
    """Questions of sessions. Raises NoSuchSessionError and GoneQuestionError for what the guild does not have, and
    NotForYouError for who lacks the session's role at that moment. `asked_listeners` hear who asks.
    """

    def __init__(
        self, database: Database, communities: CommunityService, outbox: OutboxService, attendance: AttendanceService
    ) -> None:
        self._database = database
        self._attendance = attendance
        self._carding = Carding(communities, outbox)
        self.asked_listeners: list[AskedListener] = []

    # ------------------------------------------------------------- asking

    async def allowance(self, guild_id: int, session_id: int, asker: Asker) -> Allowance:
        """What a member may still ask. Raises SessionOverError, NoQuestionsLeftError."""
        async with self._database.transaction() as tx:
            session = await self._session(tx, guild_id, session_id)
            allowance = await self._allowance(tx, session, asker)
            if not allowance.left:
                raise NoQuestionsLeftError(session)
            return allowance

    async def ask(
        self, guild_id: int, session_id: int, asker: Asker, text: str, context: str, anonymous: bool, now: datetime
    ) -> tuple[Question, int]:
        """Keep a question, and how many its asker has left. It is shown at once, or where the session is moderated
        once a host has approved it.

        Raises SessionOverError, NoQuestionsLeftError, UnusableQuestionError, NotWelcomeAnonymouslyError,
        AskedAlreadyError.
        """
        text, context = text.strip(), context.strip()
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            allowance = await self._allowance(tx, session, asker)
            self._check(session, allowance, text, context)
            if anonymous and not session.allows_anonymous:
                raise NotWelcomeAnonymouslyError(session)
            if not allowance.left:
                raise NoQuestionsLeftError(session)
            state = QuestionState.PENDING if session.is_moderated else QuestionState.OPEN
            questions = QuestionRepository(tx)
            question_id = await questions.add_question(
                Question(0, guild_id, session_id, asker.member_id, text, now, context, anonymous, state)
            )
            question = await self._get(tx, guild_id, question_id)
            await self._carding.put(tx, session, question, now)
            await self._attendance.take_part_in(tx, session, asker.member_id, now)
            for listener in self.asked_listeners:
                await listener(tx, guild_id, asker.member_id, now)
            return question, allowance.left - 1

    async def check(self, guild_id: int, session_id: int, asker: Asker, text: str, context: str) -> list[Question]:
        """Refuse what `ask` would refuse, and find what others asked alike and still waits, the most alike first."""
        async with self._database.transaction() as tx:
            session = await self._session(tx, guild_id, session_id)
            allowance = await self._allowance(tx, session, asker)
            self._check(session, allowance, text.strip(), context.strip())
            if not allowance.left:
                raise NoQuestionsLeftError(session)
            waiting = await QuestionRepository(tx).list_questions(guild_id, session_id, *WAITING_STATES)
        return rules.alike(text, [one for one in waiting if one.asker_id != asker.member_id])

    async def similar(self, guild_id: int, session_id: int, text: str) -> list[Question]:
        """The questions of a session that wait and ask nearly the same, the most alike first."""
        async with self._database.transaction() as tx:
            return rules.alike(
                text, await QuestionRepository(tx).list_questions(guild_id, session_id, *WAITING_STATES)
            )  # fmt: skip

    # ------------------------------------------------------------- voting

    async def vote(self, guild_id: int, question_id: int, asker: Asker, now: datetime) -> tuple[bool, Question]:
        """A member votes for a question, or takes their vote back. Whether they vote for it now, and the question.

        Raises OwnQuestionError, NoVotesError, SessionOverError where it was cancelled.
        """
        return await self._vote(guild_id, question_id, asker, now, toggles=True)

    async def support(self, guild_id: int, question_id: int, asker: Asker, now: datetime) -> Question:
        """As `vote`, for who votes instead of asking the same: a vote that stands already stays."""
        return (await self._vote(guild_id, question_id, asker, now, toggles=False))[1]

    async def _vote(
        self, guild_id: int, question_id: int, asker: Asker, now: datetime, *, toggles: bool
    ) -> tuple[bool, Question]:
        async with self._database.transaction() as tx:
            questions = QuestionRepository(tx)
            await questions.lock_question(guild_id, question_id)
            question = await self._get(tx, guild_id, question_id)
            session = await self._gated(tx, guild_id, question.session_id, asker)
            if session.state is SessionState.CANCELLED:
                raise SessionOverError(session.title, is_cancelled=True)
            if question.state not in WAITING_STATES:
                raise NoVotesError(question)
            if await questions.has_asked(question, asker.member_id):
                raise OwnQuestionError
            change = int(await questions.add_vote(guild_id, question_id, asker.member_id))
            if not change and toggles:
                change = -int(await questions.remove_vote(guild_id, question_id, asker.member_id))
            await self._attendance.take_part_in(tx, session, asker.member_id, now)
            await self._carding.voted(tx, session, question, now)
            return change >= 0, replace(question, votes=question.votes + change)

    # ------------------------------------------------------------- one's own

    async def edit(
        self, guild_id: int, question_id: int, asker: Asker, text: str, context: str, now: datetime
    ) -> Question:
        """Its asker changes a question that has no answer. Where hosts approve questions, they read it anew.

        Raises NotYourQuestionError, NotChangeableError, UnusableQuestionError.
        """
        if fault := rules.fault_of(text, context):
            raise UnusableQuestionError(fault)
        async with self._database.transaction() as tx:
            session, question = await self._own(tx, guild_id, question_id, asker.member_id)
            self._check_gate(session, asker)
            state = QuestionState.PENDING if session.is_moderated else question.state
            await QuestionRepository(tx).mark(
                guild_id, question_id, text=text.strip(), context=context.strip(), state=state, original=None
            )
            changed = await self._get(tx, guild_id, question_id)
            if state is question.state is not QuestionState.PENDING:
                await self._carding.redraw(tx, session, changed, now)
            else:
                await self._carding.hide(tx, session, changed, now)
                await self._carding.put(tx, session, changed, now)
            return changed

    async def withdraw(self, guild_id: int, question_id: int, member_id: int, now: datetime) -> Question:
        """Its asker takes a question back. If others asked the same, the first of theirs stands in its place.

        Raises NotYourQuestionError, NotChangeableError.
        """
        async with self._database.transaction() as tx:
            session, question = await self._own(tx, guild_id, question_id, member_id, merged=True)
            await self._promote(tx, session, question, now)
            await QuestionRepository(tx).mark(
                guild_id, question_id, state=QuestionState.WITHDRAWN, merged_into_id=None
            )  # fmt: skip
            if question.merged_into_id is not None:
                main = await self._get(tx, guild_id, question.merged_into_id)
                await self._carding.redraw(tx, session, main, now)
            withdrawn = await self._get(tx, guild_id, question_id)
            await self._carding.hide(tx, session, withdrawn, now)
            return withdrawn

    async def erase(self, tx: Transaction, question: Question, now: datetime) -> None:
        """Keep nothing of a question without an answer, whose asker is forgotten, nor of what shows it."""
        session = await SessionRepository(tx).get_session(question.guild_id, question.session_id)
        assert session is not None, "a question belongs to a session"
        await self._promote(tx, session, question, now)
        await self._carding.erase(tx, question, now)
        await QuestionRepository(tx).delete_question(question.guild_id, question.id)
        if question.merged_into_id is not None:
            main = await self._get(tx, question.guild_id, question.merged_into_id)
            await self._carding.redraw(tx, session, main, now)

    async def _promote(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        questions = QuestionRepository(tx)
        merged = await questions.list_merged(question.guild_id, question.id)
        if not merged:
            return
        first, *others = merged
        await questions.mark(question.guild_id, first.id, state=question.state, merged_into_id=None)
        for other in others:
            await questions.mark(question.guild_id, other.id, merged_into_id=first.id)
        await questions.move_votes(question.guild_id, question.id, first.id)
        await self._carding.put(tx, session, await self._get(tx, question.guild_id, first.id), now)

    # ------------------------------------------------------------- looking

    async def find(self, guild_id: int, question_id: int) -> tuple[Session, Question] | None:
        """A question and its session, if there is one."""
        async with self._database.transaction() as tx:
            question = await QuestionRepository(tx).get_question(guild_id, question_id)
            if question is None:
                return None
            session = await SessionRepository(tx).get_session(guild_id, question.session_id)
            return None if session is None else (session, question)

    async def asked_by(self, guild_id: int, session_id: int, member_id: int) -> list[tuple[Question, Question | None]]:
        """What a member asked in a session, the oldest first, each with the question it was merged into."""
        async with self._database.transaction() as tx:
            questions = QuestionRepository(tx)
            asked = await questions.list_asked(guild_id, session_id, member_id)
            return [
                (one, await questions.get_question(guild_id, one.merged_into_id) if one.merged_into_id else None)
                for one in asked
            ]

    async def thread_opened(self, tx: Transaction, session: Session, now: datetime) -> None:
        """A session has its thread: what was asked before stands in it."""
        await self._carding.thread_opened(tx, session, now)

    # ------------------------------------------------------------- checks

    def _check(self, session: Session, allowance: Allowance, text: str, context: str) -> None:
        if fault := rules.fault_of(text, context):
            raise UnusableQuestionError(fault)
        given_back = (QuestionState.WITHDRAWN, QuestionState.DECLINED)
        known = {rules.plain(one.text) for one in allowance.asked if one.state not in given_back}
        if rules.plain(text) in known:
            raise AskedAlreadyError

    async def _allowance(self, tx: Transaction, session: Session, asker: Asker) -> Allowance:
        self._check_gate(session, asker)
        if session.is_over:
            raise SessionOverError(session.title, is_cancelled=session.state is SessionState.CANCELLED)
        asked = await QuestionRepository(tx).list_asked(session.guild_id, session.id, asker.member_id)
        return Allowance(session, asked, rules.questions_left(session, asked))

    async def _session(self, tx: Transaction, guild_id: int, session_id: int) -> Session:
        session = await SessionRepository(tx).get_session(guild_id, session_id)
        if session is None:
            raise NoSuchSessionError
        return session

    async def _gated(self, tx: Transaction, guild_id: int, session_id: int, asker: Asker) -> Session:
        session = await self._session(tx, guild_id, session_id)
        self._check_gate(session, asker)
        return session

    def _check_gate(self, session: Session, asker: Asker) -> None:
        if not rules.may_ask(session, asker):
            raise NotForYouError(f"<@&{session.role_id}>")

    async def _get(self, tx: Transaction, guild_id: int, question_id: int) -> Question:
        question = await QuestionRepository(tx).get_question(guild_id, question_id)
        if question is None:
            raise GoneQuestionError
        return question

    async def _own(
        self, tx: Transaction, guild_id: int, question_id: int, member_id: int, *, merged: bool = False
    ) -> tuple[Session, Question]:
        """A question its asker may change, which nobody else acts on until the transaction ends; also a `merged` one,
        as long as the one it went into may be changed.
        """
        question = await self._get(tx, guild_id, question_id)
        session = await hold(tx, guild_id, question.session_id)
        question = await self._get(tx, guild_id, question_id)
        if question.asker_id != member_id:
            raise NotYourQuestionError
        decisive = question
        if merged and question.merged_into_id is not None:
            decisive = await self._get(tx, guild_id, question.merged_into_id)
        if decisive.state not in rules.CHANGEABLE:
            raise NotChangeableError(decisive)
        return session, question
