"""What hosts decide about questions: approve, decline, merge, edit, lift anonymity."""

from dataclasses import dataclass
from datetime import datetime

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.outbox.rules import Post
from bot.outbox.service import OutboxService
from bot.sessions import question_rules as rules
from bot.sessions.carding import Carding
from bot.sessions.holding import hold
from bot.sessions.question_errors import (
    DecidedError,
    GoneQuestionError,
    NoReasonError,
    NotAnonymousError,
    NothingToMergeError,
    UnusableQuestionError,
)
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.rules import Question, QuestionState, Session, Unmasking


@dataclass(frozen=True, slots=True)
class Dossier:
    """All a host may read of a question while they decide; not who asked it, where it is anonymous."""

    session: Session
    question: Question
    merged: list[Question]
    into: Question | None
    unmaskings: list[Unmasking]


class ModerationService:
    """Hosts' decisions; whether somebody is a host is for the caller to check.

    A decision somebody else was faster with changes nothing and raises DecidedError, which says what was decided.
    Raises GoneQuestionError where the guild has no such question.
    """

    def __init__(self, database: Database, communities: CommunityService, outbox: OutboxService) -> None:
        self._database = database
        self._carding = Carding(communities, outbox)

    async def look(self, guild_id: int, question_id: int) -> Dossier:
        """Everything about a question."""
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            questions = QuestionRepository(tx)
            into = await questions.get_question(guild_id, question.merged_into_id) if question.merged_into_id else None
            return Dossier(
                session, question, await questions.list_merged(guild_id, question_id), into,
                await questions.list_unmaskings(guild_id, question_id),
            )  # fmt: skip

    async def list_all(self, guild_id: int, session_id: int) -> list[Question]:
        """A session's questions but for withdrawn ones: those that wait for approval first, then the oldest first."""
        async with self._database.transaction() as tx:
            asked = await QuestionRepository(tx).list_questions(guild_id, session_id)
        there = [question for question in asked if question.state is not QuestionState.WITHDRAWN]
        return sorted(there, key=lambda one: one.state is not QuestionState.PENDING)

    async def approve(self, guild_id: int, question_id: int, now: datetime) -> Question:
        """Show a question that waits for approval."""
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            if question.state is not QuestionState.PENDING:
                raise DecidedError(question)
            return await self._move(tx, session, question, QuestionState.OPEN, now)

    async def decline(self, guild_id: int, question_id: int, reason: str, now: datetime) -> Question:
        """Refuse a question, also one that was shown; its askers are told the reason directly. Raises NoReasonError."""
        reason = _reason(reason)
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            if question.state not in rules.DECIDABLE:
                raise DecidedError(question)
            questions = QuestionRepository(tx)
            merged = await questions.list_merged(guild_id, question_id)
            for one in (question, *merged):
                await questions.mark(
                    guild_id, one.id, state=QuestionState.DECLINED, reason=reason, merged_into_id=None
                )  # fmt: skip
                declined = await self._get(tx, guild_id, one.id)
                await self._carding.hide(tx, session, declined, now)
                await self._carding.tell_declined(tx, declined, now)
            return await self._get(tx, guild_id, question_id)

    async def edit(self, guild_id: int, question_id: int, text: str, context: str, now: datetime) -> Question:
        """Change the words of a question before it is shown. What its asker wrote is kept. UnusableQuestionError."""
        if fault := rules.fault_of(text, context):
            raise UnusableQuestionError(fault)
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            if question.state is not QuestionState.PENDING:
                raise DecidedError(question)
            original = question.text if question.original is None else question.original
            is_changed = text.strip() != original
            await QuestionRepository(tx).mark(
                guild_id, question_id, text=text.strip(), context=context.strip(),
                original=original if is_changed else None,
            )  # fmt: skip
            edited = await self._get(tx, guild_id, question_id)
            await self._carding.redraw(tx, session, edited, now)
            return edited

    async def merge(self, guild_id: int, question_id: int, other_id: int, now: datetime) -> Question:
        """Two questions of a session become one: who asked first is named, the others are counted. The one that stays.

        It is shown if either was. Raises NothingToMergeError.
        """
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            other = await self._get(tx, guild_id, other_id)
            if other.session_id != session.id or other.id == question.id:
                raise NothingToMergeError
            for one in (question, other):
                if one.state not in rules.DECIDABLE:
                    raise DecidedError(one)
            stays, goes = rules.first_asked(question, other)
            questions = QuestionRepository(tx)
            await questions.merge(guild_id, goes.id, stays.id)
            await self._carding.hide(tx, session, await self._get(tx, guild_id, goes.id), now)
            if stays.state is QuestionState.PENDING and goes.state is not QuestionState.PENDING:
                return await self._move(tx, session, stays, QuestionState.OPEN, now)
            kept = await self._get(tx, guild_id, stays.id)
            await self._carding.redraw(tx, session, kept, now)
            return kept

    async def list_to_merge(self, guild_id: int, question_id: int) -> tuple[Session, list[Question]]:
        """What a question may be merged with, the most alike first. Raises NothingToMergeError, DecidedError."""
        async with self._database.transaction() as tx:
            session, question = await self._hold(tx, guild_id, question_id)
            if question.state not in rules.DECIDABLE:
                raise DecidedError(question)
            asked = await QuestionRepository(tx).list_questions(guild_id, session.id, *rules.DECIDABLE)
        others = rules.by_likeness(question, [one for one in asked if one.id != question_id])
        if not others:
            raise NothingToMergeError
        return session, others

    async def unmask(self, guild_id: int, question_id: int, host_id: int, reason: str, now: datetime) -> int:
        """Tell a host who asked anonymously. Who looked, when and why is kept, told to all hosts, and told to the asker
        who wants to know what is kept about them. For everybody else the question stays anonymous.

        Raises NoReasonError, NotAnonymousError.
        """
        reason = _reason(reason)
        async with self._database.transaction() as tx:
            _, question = await self._hold(tx, guild_id, question_id)
            if not question.is_anonymous or question.asker_id is None:
                raise NotAnonymousError
            questions = QuestionRepository(tx)
            kept = await questions.add_unmasking(guild_id, question_id, host_id, reason, now)
            unmasking = await questions.get_unmasking(guild_id, kept)
            assert unmasking is not None, "it was just kept"
            await self._carding.tell_unmasked(tx, guild_id, unmasking, now)
            return question.asker_id

    async def unmasked(self, post: Post) -> tuple[Unmasking, Question] | None:
        """What a post to the hosts tells of a lifted anonymity."""
        async with self._database.transaction() as tx:
            questions = QuestionRepository(tx)
            unmasking = await questions.get_unmasking(post.guild_id, post.subject_id)
            question = await questions.get_question(post.guild_id, unmasking.question_id) if unmasking else None
            return None if unmasking is None or question is None else (unmasking, question)

    async def _move(
        self, tx: Transaction, session: Session, question: Question, state: QuestionState, now: datetime
    ) -> Question:
        await QuestionRepository(tx).mark(session.guild_id, question.id, state=state)
        moved = await self._get(tx, session.guild_id, question.id)
        await self._carding.put(tx, session, moved, now)
        await self._carding.redraw(tx, session, moved, now)
        return moved

    async def _hold(self, tx: Transaction, guild_id: int, question_id: int) -> tuple[Session, Question]:
        question = await self._get(tx, guild_id, question_id)
        session = await hold(tx, guild_id, question.session_id)
        return session, await self._get(tx, guild_id, question_id)

    async def _get(self, tx: Transaction, guild_id: int, question_id: int) -> Question:
        question = await QuestionRepository(tx).get_question(guild_id, question_id)
        if question is None:
            raise GoneQuestionError
        return question


def _reason(reason: str) -> str:
    told = " ".join(reason.split())[: rules.LONGEST_REASON]
    if not told:
        raise NoReasonError
    return told
