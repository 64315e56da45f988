"""All SQL of open sessions: who is there, and which post the hosts' panel is."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, select, update

from bot.config import ShardRange
from bot.db import Transaction
from bot.db.statements import insert, on_shards
from bot.sessions.live_rules import Stay
from bot.sessions.models import PanelRow, PresenceRow, SessionRow
from bot.sessions.rules import SessionState


class LiveRepository:
    """Open sessions in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def hold(self, guild_id: int, session_id: int) -> SessionState | None:
        """Let nobody else act on the session until this transaction ends; its state, None where there is none.

        Two hosts who press at once come one after the other, and the second sees what the first did.
        """
        state = await self._tx.scalar(
            update(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.id == session_id)
            .values(state=SessionRow.state)
            .returning(SessionRow.state)
        )
        return SessionState(state) if state else None

    async def list_ids(
        self, state: SessionState, shards: ShardRange | None, before: datetime | None = None
    ) -> list[tuple[int, int]]:
        """Guild and id of the sessions of this process in this state, the earliest first; starting `before` then."""
        is_early = literal(True) if before is None else SessionRow.starts_at <= before
        found = await self._tx.execute(
            select(SessionRow.guild_id, SessionRow.id)
            .where(SessionRow.state == state, is_early, on_shards(SessionRow.guild_id, shards))
            .order_by(SessionRow.starts_at, SessionRow.id)
        )
        return [(guild_id, session_id) for guild_id, session_id in found]

    async def get_next_start(self, shards: ShardRange | None) -> datetime | None:
        """When the next planned session of this process starts."""
        return await self._tx.scalar(
            select(func.min(SessionRow.starts_at)).where(
                SessionRow.state == SessionState.PLANNED, on_shards(SessionRow.guild_id, shards)
            )
        )

    async def lengthen(self, guild_id: int, session_id: int, shown: timedelta, by: timedelta) -> bool:
        """Add time to an open session. False if somebody added some since `shown` had been added."""
        minute = timedelta(minutes=1)
        changed = await self._tx.scalar(
            update(SessionRow)
            .where(
                SessionRow.guild_id == guild_id,
                SessionRow.id == session_id,
                SessionRow.state == SessionState.OPEN,
                SessionRow.extended_minutes == shown // minute,
            )
            .values(extended_minutes=SessionRow.extended_minutes + by // minute)
            .returning(SessionRow.id)
        )
        return changed is not None

    # ------------------------------------------------------------- the panel

    async def get_panel(self, guild_id: int, session_id: int) -> tuple[int, datetime] | None:
        """The number of the panel's post, and since when it stands."""
        row = await self._tx.scalar(
            select(PanelRow)
            .where(PanelRow.guild_id == guild_id, PanelRow.session_id == session_id)
            .execution_options(populate_existing=True)
        )
        return (row.number, row.posted_at) if row else None

    async def set_panel(self, guild_id: int, session_id: int, number: int, now: datetime) -> None:
        """The panel is another post from now on."""
        values = {"number": number, "posted_at": now}
        await self._tx.execute(
            insert(self._tx, PanelRow)
            .values(guild_id=guild_id, session_id=session_id, **values)
            .on_conflict_do_update(index_elements=["session_id"], set_=values)
        )

    # ------------------------------------------------------------- who is there

    async def get_seen_at(self, guild_id: int, session_id: int) -> datetime | None:
        """Until when it is known who was in the session's channel."""
        return await self._tx.scalar(
            select(SessionRow.seen_at).where(SessionRow.guild_id == guild_id, SessionRow.id == session_id)
        )

    async def set_seen_at(self, guild_id: int, session_id: int, now: datetime) -> None:
        """It is known until now who was in the session's channel."""
        await self._tx.execute(
            update(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.id == session_id)
            .values(seen_at=now)
        )  # fmt: skip

    async def get_stay(self, guild_id: int, session_id: int, member_id: int) -> Stay | None:
        """A member's time in the session's channel."""
        found = await self._stays(guild_id, session_id, PresenceRow.member_id == member_id)
        return found[0] if found else None

    async def list_stays(self, guild_id: int, session_id: int) -> list[Stay]:
        """Everybody's time in the session's channel."""
        return await self._stays(guild_id, session_id)

    async def list_there(self, guild_id: int, session_id: int) -> list[Stay]:
        """The time of those who are in the session's channel, and do not count as having attended yet."""
        return await self._stays(
            guild_id, session_id, PresenceRow.entered_at.is_not(None), PresenceRow.attended_at.is_(None)
        )

    async def _stays(self, guild_id: int, session_id: int, *where: ColumnElement[bool]) -> list[Stay]:
        rows = await self._tx.scalars(
            select(PresenceRow)
            .where(PresenceRow.guild_id == guild_id, PresenceRow.session_id == session_id, *where)
            .order_by(PresenceRow.member_id)
            .execution_options(populate_existing=True)
        )
        return [Stay(row.member_id, row.entered_at, timedelta(seconds=row.seconds)) for row in rows]

    async def set_stay(self, guild_id: int, session_id: int, stay: Stay) -> None:
        """Keep a member's time in the session's channel."""
        values = {"entered_at": stay.entered_at, "seconds": round(stay.before.total_seconds())}
        await self._tx.execute(
            insert(self._tx, PresenceRow)
            .values(guild_id=guild_id, session_id=session_id, member_id=stay.member_id, **values)
            .on_conflict_do_update(index_elements=["session_id", "member_id"], set_=values)
        )

    async def mark_attended(self, guild_id: int, session_id: int, member_id: int, now: datetime) -> bool:
        """A member took part in the session. False if that is known."""
        marked = await self._tx.scalar(
            insert(self._tx, PresenceRow)
            .values(guild_id=guild_id, session_id=session_id, member_id=member_id, seconds=0, attended_at=now)
            .on_conflict_do_update(
                index_elements=["session_id", "member_id"],
                set_={"attended_at": now},
                where=PresenceRow.attended_at.is_(None),
            )
            .returning(PresenceRow.member_id)
        )
        return marked is not None

    async def has_attended(self, guild_id: int, session_id: int, member_id: int) -> bool:
        """Whether a member counts as having attended."""
        at = await self._tx.scalar(
            select(PresenceRow.attended_at).where(
                PresenceRow.guild_id == guild_id,
                PresenceRow.session_id == session_id,
                PresenceRow.member_id == member_id,
            )
        )
        return at is not None

    async def count_attended(self, guild_id: int, session_id: int) -> int:
        """How many members attended."""
        counted = await self._tx.scalar(
            select(func.count()).where(
                PresenceRow.guild_id == guild_id,
                PresenceRow.session_id == session_id,
                PresenceRow.attended_at.is_not(None),
            )
        )
        return counted or 0
