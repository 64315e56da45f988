"""All SQL of answers to introductions."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, union, update

from bot.db import Transaction
from bot.db.statements import changed_rows, insert
from bot.greeting.models import GreetingSettingsRow, HelloRow, IntroductionRow


class AnswerRepository:
    """Answers to introductions in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def set_nudge(self, guild_id: int, nudge_after: timedelta) -> None:
        """Set how long an introduction waits until the hosts are nudged, in whole minutes; 0 is never."""
        await self._set(guild_id, nudge_minutes=nudge_after // timedelta(minutes=1))

    async def set_greeter_role(self, guild_id: int, role_id: int | None) -> None:
        """Set or clear the role of the greeters."""
        await self._set(guild_id, greeter_role_id=role_id)

    async def _set(self, guild_id: int, **values: Any) -> None:
        await self._tx.execute(
            insert(self._tx, GreetingSettingsRow)
            .values(guild_id=guild_id, **values)
            .on_conflict_do_update(index_elements=["guild_id"], set_=values)
        )

    async def mark_answered(self, guild_id: int, member_id: int, answerer_id: int, at: datetime) -> bool:
        """Whether this was the first answer to the member's introduction."""
        result = await self._tx.execute(
            update(IntroductionRow)
            .where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.member_id == member_id,
                IntroductionRow.answered_at.is_(None),
            )
            .values(answered_at=at, answered_by=answerer_id)
        )  # fmt: skip
        return changed_rows(result) == 1

    async def get_waiting_since(self, guild_id: int, member_id: int) -> datetime | None:
        """Since when the member's introduction waits for a person; None if it is answered or gone."""
        return await self._tx.scalar(
            select(IntroductionRow.created_at).where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.member_id == member_id,
                IntroductionRow.answered_at.is_(None),
            )
        )  # fmt: skip

    async def list_waiting(self, since: datetime) -> set[tuple[int, int]]:
        """Guild and member of each introduction since then that no person has answered."""
        found = await self._tx.execute(
            select(IntroductionRow.guild_id, IntroductionRow.member_id).where(
                IntroductionRow.answered_at.is_(None), IntroductionRow.created_at >= since
            )
        )
        return {(guild_id, member_id) for guild_id, member_id in found}

    async def list_introduced(self, guild_id: int, since: datetime) -> list[tuple[int, datetime, datetime | None]]:
        """Who introduced themselves since then, when, and when the first answer came."""
        found = await self._tx.execute(
            select(IntroductionRow.member_id, IntroductionRow.created_at, IntroductionRow.answered_at).where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.created_at >= since
            )
        )
        return [(member_id, created_at, answered_at) for member_id, created_at, answered_at in found]

    async def list_answerers(self, guild_id: int, since: datetime, most: int) -> list[int]:
        """Who answered the most introductions since then: as the first, or with *Say hi*."""
        first = select(IntroductionRow.answered_by.label("answerer"), IntroductionRow.member_id).where(
            IntroductionRow.guild_id == guild_id, IntroductionRow.answered_at >= since,
            IntroductionRow.answered_by.is_not(None),
        )  # fmt: skip
        hellos = select(HelloRow.greeter_id.label("answerer"), HelloRow.member_id).where(
            HelloRow.guild_id == guild_id, HelloRow.said_at >= since
        )
        # UNION drops doubles: a hello that was the first answer counts once.
        answers = union(first, hellos).subquery()
        found = await self._tx.scalars(
            select(answers.c.answerer)
            .group_by(answers.c.answerer)
            .order_by(func.count().desc(), answers.c.answerer)
            .limit(most)
        )
        return list(found)

    async def list_answers_of(self, guild_id: int, member_id: int) -> list[datetime]:
        """When the member was the first to answer somebody's introduction."""
        found = await self._tx.scalars(
            select(IntroductionRow.answered_at)
            .where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.answered_by == member_id,
                IntroductionRow.answered_at.is_not(None),
            )
            .order_by(IntroductionRow.answered_at)
        )  # fmt: skip
        return [at for at in found if at is not None]

    async def get_answered_at(self, guild_id: int, member_id: int) -> datetime | None:
        """When a person first answered the member's introduction."""
        return await self._tx.scalar(
            select(IntroductionRow.answered_at).where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.member_id == member_id
            )
        )

    async def forget_answerer(self, guild_id: int, member_id: int) -> None:
        """Keep that introductions were answered, and when, but not that this member did."""
        await self._tx.execute(
            update(IntroductionRow)
            .where(IntroductionRow.guild_id == guild_id, IntroductionRow.answered_by == member_id)
            .values(answered_by=None)
        )

    async def forget_all(self, guild_id: int) -> None:
        """Forget every answer in a guild."""
        await self._tx.execute(
            update(IntroductionRow)
            .where(IntroductionRow.guild_id == guild_id)
            .values(answered_at=None, answered_by=None)
        )
