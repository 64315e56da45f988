"""All SQL of who comes to sessions."""

from datetime import datetime

from sqlalchemy import delete, func, select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.sessions.models import ComingRow, SessionRow
from bot.sessions.rules import Coming


class ComingRepository:
    """What members said about coming, in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self, guild_id: int, session_id: int) -> None:
        """Let nobody else count the places of a session until this transaction ends; SQLite has one writer anyway."""
        await self._tx.execute(
            select(SessionRow.id)
            .where(SessionRow.guild_id == guild_id, SessionRow.id == session_id)
            .with_for_update()
        )  # fmt: skip

    async def set_coming(
        self, guild_id: int, session_id: int, member_id: int, answer: Coming, now: datetime, *, interested: bool = False
    ) -> None:
        """Keep what a member said; who said the same before keeps their place.

        `interested`: they stand in the event's list. Once known, that is kept until `set_interested` takes it back.
        """
        row = await self._coming_row(session_id, member_id)
        interested = interested or (row is not None and row.is_interested)
        if row is not None and row.answer == answer:
            row.is_interested = interested
            await self._tx.flush()
            return
        await self.remove_coming(guild_id, session_id, member_id)
        await self._tx.execute(
            insert(self._tx, ComingRow)
            .values(
                guild_id=guild_id, session_id=session_id, member_id=member_id, answer=answer, said_at=now,
                is_interested=interested,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip

    async def move_up(self, session_id: int, member_id: int) -> None:
        """Who waited has a place, and their turn among those coming is where they stood in the list."""
        await self._tx.execute(
            update(ComingRow)
            .where(ComingRow.session_id == session_id, ComingRow.member_id == member_id)
            .values(answer=Coming.YES)
        )

    async def _coming_row(self, session_id: int, member_id: int) -> ComingRow | None:
        return await self._tx.scalar(
            select(ComingRow)
            .where(ComingRow.session_id == session_id, ComingRow.member_id == member_id)
            .execution_options(populate_existing=True)
        )

    async def set_interested(self, session_id: int, member_id: int, *, is_interested: bool) -> None:
        """Whether a member whose answer is known stands in the event's list."""
        await self._tx.execute(
            update(ComingRow)
            .where(ComingRow.session_id == session_id, ComingRow.member_id == member_id)
            .values(is_interested=is_interested)
        )

    async def list_interested(self, session_id: int) -> list[int]:
        """The members who stood in the event's list when Discord last told."""
        return list(
            await self._tx.scalars(
                select(ComingRow.member_id).where(ComingRow.session_id == session_id, ComingRow.is_interested.is_(True))
            )
        )

    async def remove_coming(self, guild_id: int, session_id: int, member_id: int) -> bool:
        """A member said nothing, or takes it back. Whether there was something to take back."""
        removed = await self._tx.scalar(
            delete(ComingRow)
            .where(
                ComingRow.guild_id == guild_id, ComingRow.session_id == session_id, ComingRow.member_id == member_id
            )
            .returning(ComingRow.id)
        )  # fmt: skip
        return removed is not None

    async def get_coming(self, session_id: int, member_id: int) -> Coming | None:
        """What a member said about coming."""
        answer = await self._tx.scalar(
            select(ComingRow.answer).where(ComingRow.session_id == session_id, ComingRow.member_id == member_id)
        )
        return Coming(answer) if answer else None

    async def list_coming(self, session_id: int, *answers: Coming) -> list[int]:
        """The members who said so, in the order they did."""
        return list(
            await self._tx.scalars(
                select(ComingRow.member_id)
                .where(ComingRow.session_id == session_id, ComingRow.answer.in_(answers))
                .order_by(ComingRow.id)
            )
        )

    async def count_coming(self, session_id: int) -> dict[Coming, int]:
        """How many members said what."""
        counted = await self._tx.execute(
            select(ComingRow.answer, func.count()).where(ComingRow.session_id == session_id).group_by(ComingRow.answer)
        )
        return {Coming(answer): count for answer, count in counted}
