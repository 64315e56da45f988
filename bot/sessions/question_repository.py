"""All SQL of questions, votes and notes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, delete, false, func, or_, select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.sessions.models import NoteRow, QuestionRow, UnmaskingRow, VoteRow
from bot.sessions.rules import Question, QuestionState, Unmasking


def _counted() -> Select[QuestionRow, int, int]:
    """Questions with their votes and how many others asked the same."""
    merged = QuestionRow.__table__.alias("merged")
    votes = select(func.count()).where(VoteRow.question_id == QuestionRow.id).scalar_subquery()
    # Whoever asked twice by name is one asker. Who asked anonymously counts anew, or the count would tell on them.
    by_name = and_(merged.c.is_anonymous.is_(False), merged.c.asker_id.is_not(None))
    is_same = and_(by_name, QuestionRow.is_anonymous.is_(False), merged.c.asker_id == QuestionRow.asker_id)
    others = (
        select(func.count(func.distinct(case((by_name, merged.c.asker_id), else_=-merged.c.id))))
        .where(
            merged.c.session_id == QuestionRow.session_id,  # known by an index, which the next line is not
            merged.c.merged_into_id == QuestionRow.id,
            func.coalesce(is_same, false()).is_(False),
        )
        .scalar_subquery()
    )
    return select(QuestionRow, votes, others).execution_options(populate_existing=True)


#: Built once: it is asked for with every vote.
_COUNTED = _counted()


class QuestionRepository:
    """Questions in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_question(self, question: Question) -> int:
        """Keep a new question; its `id` is chosen here. The id."""
        row = QuestionRow(
            guild_id=question.guild_id, session_id=question.session_id, asker_id=question.asker_id,
            text=question.text, context=question.context, is_anonymous=question.is_anonymous,
            state=question.state, asked_at=question.asked_at,
        )  # fmt: skip
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def get_question(self, guild_id: int, question_id: int) -> Question | None:
        """The question with this id, with its votes."""
        found = await self._list(QuestionRow.guild_id == guild_id, QuestionRow.id == question_id)
        return found[0] if found else None

    async def list_questions(self, guild_id: int, session_id: int, *states: QuestionState) -> list[Question]:
        """A session's questions, in these states or all, the oldest first, with their votes."""
        where = [QuestionRow.guild_id == guild_id, QuestionRow.session_id == session_id]
        return await self._list(*where, *([QuestionRow.state.in_(states)] if states else []))

    async def lock_question(self, guild_id: int, question_id: int) -> None:
        """Let nobody else act on a question until this transaction ends; SQLite has one writer anyway."""
        await self._tx.execute(
            select(QuestionRow.id)
            .where(QuestionRow.guild_id == guild_id, QuestionRow.id == question_id)
            .with_for_update()
        )  # fmt: skip

    async def list_asked(self, guild_id: int, session_id: int, asker_id: int) -> list[Question]:
        """What a member asked in a session, the oldest first."""
        return await self._list(
            QuestionRow.guild_id == guild_id, QuestionRow.session_id == session_id, QuestionRow.asker_id == asker_id
        )

    async def list_answered_by(self, guild_id: int, member_id: int) -> list[Question]:
        """The questions a member answers or answered."""
        return await self._list(QuestionRow.guild_id == guild_id, QuestionRow.answered_by_id == member_id)

    async def list_voted(self, guild_id: int, member_id: int) -> list[Question]:
        """The questions a member voted for."""
        voted = select(VoteRow.question_id).where(VoteRow.guild_id == guild_id, VoteRow.member_id == member_id)
        return await self._list(QuestionRow.guild_id == guild_id, QuestionRow.id.in_(voted))

    async def list_of_asker(self, guild_id: int, asker_id: int) -> list[Question]:
        """Everything a member asked, the oldest first."""
        return await self._list(QuestionRow.guild_id == guild_id, QuestionRow.asker_id == asker_id)

    async def has_asked(self, question: Question, member_id: int) -> bool:
        """Whether a member asked a question, or one that was merged into it."""
        found = await self._tx.scalar(
            select(QuestionRow.id)
            .where(
                QuestionRow.guild_id == question.guild_id,
                QuestionRow.session_id == question.session_id,
                QuestionRow.asker_id == member_id,
                or_(QuestionRow.id == question.id, QuestionRow.merged_into_id == question.id),
            )
            .limit(1)
        )  # fmt: skip
        return found is not None

    async def list_merged(self, guild_id: int, question_id: int) -> list[Question]:
        """The questions merged into this one, the oldest first."""
        return await self._list(QuestionRow.guild_id == guild_id, QuestionRow.merged_into_id == question_id)

    async def _list(self, *where: Any) -> list[Question]:
        found = await self._tx.execute(_COUNTED.where(*where).order_by(QuestionRow.asked_at, QuestionRow.id))
        return [_question(row, vote_count, other_count) for row, vote_count, other_count in found]

    async def mark(self, guild_id: int, question_id: int, **values: Any) -> None:
        """Set columns of a question."""
        await self._tx.execute(
            update(QuestionRow).where(QuestionRow.guild_id == guild_id, QuestionRow.id == question_id).values(**values)
        )

    async def mark_state(
        self, guild_id: int, question_id: int, was: tuple[QuestionState, ...], is_now: QuestionState, **values: Any
    ) -> bool:
        """Move a question from one of these states to another. False if somebody was faster."""
        moved = await self._tx.scalar(
            update(QuestionRow)
            .where(QuestionRow.guild_id == guild_id, QuestionRow.id == question_id, QuestionRow.state.in_(was))
            .values(state=is_now, **values)
            .returning(QuestionRow.id)
        )
        return moved is not None

    async def move_to_session(self, guild_id: int, question_id: int, session_id: int) -> None:
        """A question is carried over into another session."""
        await self.mark(guild_id, question_id, session_id=session_id, state=QuestionState.OPEN)

    async def add_vote(self, guild_id: int, question_id: int, member_id: int) -> bool:
        """A member wants to hear the answer. False if that is known."""
        added = await self._tx.scalar(
            insert(self._tx, VoteRow)
            .values(guild_id=guild_id, question_id=question_id, member_id=member_id)
            .on_conflict_do_nothing()
            .returning(VoteRow.question_id)
        )
        return added is not None

    async def remove_vote(self, guild_id: int, question_id: int, member_id: int) -> bool:
        """A member takes their vote back. False if there was none."""
        removed = await self._tx.scalar(
            delete(VoteRow)
            .where(VoteRow.guild_id == guild_id, VoteRow.question_id == question_id, VoteRow.member_id == member_id)
            .returning(VoteRow.question_id)
        )
        return removed is not None

    async def merge(self, guild_id: int, question_id: int, into_id: int) -> None:
        """A question, with what was merged into it before, goes into another; nobody counts twice."""
        merged = or_(QuestionRow.id == question_id, QuestionRow.merged_into_id == question_id)
        await self._tx.execute(
            update(QuestionRow)
            .where(QuestionRow.guild_id == guild_id, merged)
            .values(merged_into_id=into_id, state=QuestionState.MERGED)
        )
        await self.move_votes(guild_id, question_id, into_id)

    async def move_votes(self, guild_id: int, question_id: int, into_id: int) -> None:
        """The votes for a question are for another one; its askers have none, as they count anyway."""
        for member_id in await self.list_voters(guild_id, question_id):
            await self.add_vote(guild_id, into_id, member_id)
        await self._tx.execute(
            delete(VoteRow).where(VoteRow.guild_id == guild_id, VoteRow.question_id == question_id)
        )  # fmt: skip
        asked = or_(QuestionRow.id == into_id, QuestionRow.merged_into_id == into_id)
        askers = select(QuestionRow.asker_id).where(asked, QuestionRow.asker_id.is_not(None))
        await self._tx.execute(
            delete(VoteRow).where(
                VoteRow.guild_id == guild_id, VoteRow.question_id == into_id, VoteRow.member_id.in_(askers)
            )
        )

    async def delete_question(self, guild_id: int, question_id: int) -> None:
        """Keep nothing of a question."""
        await self._tx.execute(
            delete(QuestionRow).where(QuestionRow.guild_id == guild_id, QuestionRow.id == question_id)
        )

    async def list_voters(self, guild_id: int, question_id: int) -> list[int]:
        """Who wants to hear the answer, in no order that means anything."""
        return list(
            await self._tx.scalars(
                select(VoteRow.member_id).where(VoteRow.guild_id == guild_id, VoteRow.question_id == question_id)
            )
        )

    async def add_note(self, guild_id: int, question_id: int, author_id: int, text: str, now: datetime) -> None:
        """Keep a host's private note."""
        self._tx.add(
            NoteRow(guild_id=guild_id, question_id=question_id, author_id=author_id, text=text, written_at=now)
        )
        await self._tx.flush()

    async def list_notes(self, guild_id: int, question_id: int) -> list[tuple[int | None, str]]:
        """Who noted what about a question, the oldest first."""
        found = await self._tx.execute(
            select(NoteRow.author_id, NoteRow.text)
            .where(NoteRow.guild_id == guild_id, NoteRow.question_id == question_id)
            .order_by(NoteRow.id)
        )
        return [(author_id, text) for author_id, text in found]

    async def add_unmasking(self, guild_id: int, question_id: int, host_id: int, reason: str, now: datetime) -> int:
        """Keep that a host lifted a question's anonymity. The id of this entry."""
        row = UnmaskingRow(
            guild_id=guild_id, question_id=question_id, unmasked_by_id=host_id, reason=reason, unmasked_at=now
        )
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def list_unmaskings(self, guild_id: int, question_id: int) -> list[Unmasking]:
        """When a question's anonymity was lifted, the oldest first."""
        return await self._unmaskings(guild_id, UnmaskingRow.question_id == question_id)

    async def list_unmasked_by(self, guild_id: int, host_id: int) -> list[Unmasking]:
        """Where a host lifted the anonymity of a question, the oldest first."""
        return await self._unmaskings(guild_id, UnmaskingRow.unmasked_by_id == host_id)

    async def get_unmasking(self, guild_id: int, unmasking_id: int) -> Unmasking | None:
        """The entry with this id."""
        found = await self._unmaskings(guild_id, UnmaskingRow.id == unmasking_id)
        return found[0] if found else None

    async def _unmaskings(self, guild_id: int, where: Any) -> list[Unmasking]:
        rows = await self._tx.scalars(
            select(UnmaskingRow)
            .where(UnmaskingRow.guild_id == guild_id, where)
            .order_by(UnmaskingRow.id)
            .execution_options(populate_existing=True)
        )
        return [Unmasking(row.id, row.question_id, row.unmasked_by_id, row.reason, row.unmasked_at) for row in rows]

    async def forget_member(self, guild_id: int, member_id: int) -> None:
        """Delete a member's votes, and their name from questions, answers, notes and the lifting of anonymity."""
        await self._tx.execute(delete(VoteRow).where(VoteRow.guild_id == guild_id, VoteRow.member_id == member_id))
        for row, column in (
            (QuestionRow, QuestionRow.asker_id),
            (QuestionRow, QuestionRow.answered_by_id),
            (NoteRow, NoteRow.author_id),
            (UnmaskingRow, UnmaskingRow.unmasked_by_id),
        ):
            await self._tx.execute(
                update(row).where(row.guild_id == guild_id, or_(column == member_id)).values({column.key: None})
            )


def _question(row: QuestionRow, votes: int, others: int) -> Question:
    return Question(
        id=row.id, guild_id=row.guild_id, session_id=row.session_id, asker_id=row.asker_id, text=row.text,
        asked_at=row.asked_at, context=row.context, is_anonymous=row.is_anonymous,
        state=QuestionState(row.state), votes=votes, others=others, original=row.original, reason=row.reason,
        merged_into_id=row.merged_into_id, taken_at=row.taken_at, answered_at=row.answered_at,
        answered_by_id=row.answered_by_id, is_written=row.is_written, answer_message_id=row.answer_message_id,
        was_away=row.was_away, topic=row.topic,
    )  # fmt: skip
