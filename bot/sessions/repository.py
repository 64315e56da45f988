"""All SQL of sessions and who hosts them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from bot.local_time import LocalTime
from bot.sessions.coming_repository import ComingRepository
from bot.sessions.models import ComingRow, SessionHostRow, SessionRow
from bot.sessions.rules import Place, PlaceKind, Session, SessionState
from bot.sessions.series_repository import SeriesRepository


class SessionRepository(ComingRepository, SeriesRepository):
    """Sessions in one transaction, with who comes to them and how they repeat."""

    async def add_session(self, session: Session, occurrence: datetime | None = None) -> int:
        """Keep a new session; its `id` is chosen here. The id."""
        row = SessionRow(guild_id=session.guild_id, state=session.state, occurrence=occurrence, **_columns(session))
        self._tx.add(row)
        await self._tx.flush()
        await self._set_hosts(session.guild_id, row.id, session.host_ids)
        return row.id

    async def set_session(self, session: Session) -> None:
        """Keep what a host changed about a session."""
        await self._tx.execute(
            update(SessionRow)
            .where(SessionRow.guild_id == session.guild_id, SessionRow.id == session.id)
            .values(**_columns(session))
        )
        await self._set_hosts(session.guild_id, session.id, session.host_ids)

    async def _set_hosts(self, guild_id: int, session_id: int, host_ids: Sequence[int]) -> None:
        await self._tx.execute(delete(SessionHostRow).where(SessionHostRow.session_id == session_id))
        for place, member_id in enumerate(host_ids):
            self._tx.add(SessionHostRow(session_id=session_id, guild_id=guild_id, member_id=member_id, place=place))
        await self._tx.flush()

    async def mark(self, guild_id: int, session_id: int, **values: Any) -> None:
        """Set columns of a session: `state`, `opened_at`, `closed_at`, `event_id`, `thread_id` and the like."""
        await self._tx.execute(
            update(SessionRow).where(SessionRow.guild_id == guild_id, SessionRow.id == session_id).values(**values)
        )

    async def mark_state(
        self, guild_id: int, session_id: int, was: SessionState, is_now: SessionState, **values: Any
    ) -> bool:
        """Move a session from one state to another. False if it is not in the first one any more."""
        moved = await self._tx.scalar(
            update(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.id == session_id, SessionRow.state == was)
            .values(state=is_now, **values)
            .returning(SessionRow.id)
        )
        return moved is not None

    async def get_session(self, guild_id: int, session_id: int) -> Session | None:
        """The session with this id."""
        return await self._one(SessionRow.guild_id == guild_id, SessionRow.id == session_id)

    async def get_by_thread(self, guild_id: int, thread_id: int) -> Session | None:
        """The session whose thread or forum post this is."""
        return await self._one(SessionRow.guild_id == guild_id, SessionRow.thread_id == thread_id)

    async def get_by_event(self, guild_id: int, event_id: int) -> Session | None:
        """The session Discord's scheduled event belongs to."""
        return await self._one(SessionRow.guild_id == guild_id, SessionRow.event_id == event_id)

    async def _one(self, *where: Any) -> Session | None:
        row = await self._tx.scalar(select(SessionRow).where(*where).execution_options(populate_existing=True))
        return (await self._facts([row]))[0] if row else None

    async def list_sessions(self, guild_id: int, *states: SessionState) -> list[Session]:
        """The guild's sessions in these states, the earliest first."""
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.state.in_(states))
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )
        return await self._facts(list(rows))

    async def list_in_state(self, state: SessionState, before: datetime) -> list[Session]:
        """The sessions of all guilds in this state that start before then, the earliest first."""
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(SessionRow.state == state, SessionRow.starts_at <= before)
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )
        return await self._facts(list(rows))

    async def list_unsettled(self) -> list[Session]:
        """The sessions of all guilds whose event or thread may need something, the earliest first."""
        is_ahead = SessionRow.state.in_([SessionState.PLANNED, SessionState.OPEN])
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(is_ahead | SessionRow.event_id.is_not(None))
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )
        return await self._facts(list(rows))

    async def list_hosted_by(self, guild_id: int, member_id: int) -> list[Session]:
        """The sessions to come that a member hosts."""
        hosted = select(SessionHostRow.session_id).where(
            SessionHostRow.guild_id == guild_id, SessionHostRow.member_id == member_id
        )
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(
                SessionRow.guild_id == guild_id, SessionRow.id.in_(hosted),
                SessionRow.state.in_([SessionState.PLANNED, SessionState.OPEN]),
            )
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )  # fmt: skip
        return await self._facts(list(rows))

    async def list_joined_by(self, guild_id: int, member_id: int) -> list[Session]:
        """The sessions to come about which a member said something."""
        said = select(ComingRow.session_id).where(ComingRow.guild_id == guild_id, ComingRow.member_id == member_id)
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(
                SessionRow.guild_id == guild_id, SessionRow.id.in_(said),
                SessionRow.state.in_([SessionState.PLANNED, SessionState.OPEN]),
            )
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )  # fmt: skip
        return await self._facts(list(rows))

    async def _facts(self, rows: Sequence[SessionRow]) -> list[Session]:
        hosts: dict[int, list[int]] = {row.id: [] for row in rows}
        found = await self._tx.execute(
            select(SessionHostRow.session_id, SessionHostRow.member_id)
            .where(SessionHostRow.session_id.in_(hosts))
            .order_by(SessionHostRow.session_id, SessionHostRow.place)
        )
        for session_id, member_id in found:
            hosts[session_id].append(member_id)
        return [_session(row, hosts[row.id]) for row in rows]

    async def list_of_series(self, guild_id: int, series_id: int) -> list[Session]:
        """The sessions of a repetition, skipped ones among them, the earliest first."""
        rows = await self._tx.scalars(
            select(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.series_id == series_id)
            .order_by(SessionRow.starts_at, SessionRow.id)
            .execution_options(populate_existing=True)
        )
        return await self._facts(list(rows))


def _columns(session: Session) -> dict[str, Any]:
    """What a host chooses about a session, as columns."""
    minute = timedelta(minutes=1)
    return {
        "title": session.title, "description": session.description, "local_start": session.starts.at,
        "zone": session.starts.zone, "fold": session.starts.fold, "starts_at": session.starts_at,
        "length_minutes": session.length // minute, "extended_minutes": session.extended_by // minute,
        "place_kind": session.place.kind, "channel_id": session.place.channel_id, "link": session.place.link,
        "created_by_id": session.created_by_id, "program_id": session.program_id, "role_id": session.role_id,
        "questions_each": session.questions_each, "is_moderated": session.is_moderated,
        "allows_anonymous": session.allows_anonymous, "capacity": session.capacity, "series_id": session.series_id,
        "is_moved": session.is_moved, "revision": session.revision,
    }  # fmt: skip


def _session(row: SessionRow, host_ids: Sequence[int]) -> Session:
    return Session(
        id=row.id,
        guild_id=row.guild_id,
        title=row.title,
        description=row.description,
        starts=LocalTime(row.local_start, row.zone, row.fold),
        length=timedelta(minutes=row.length_minutes),
        place=Place(PlaceKind(row.place_kind), row.channel_id, row.link),
        host_ids=tuple(host_ids),
        created_by_id=row.created_by_id,
        program_id=row.program_id,
        role_id=row.role_id,
        questions_each=row.questions_each,
        is_moderated=row.is_moderated,
        allows_anonymous=row.allows_anonymous,
        capacity=row.capacity,
        state=SessionState(row.state),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        extended_by=timedelta(minutes=row.extended_minutes),
        event_id=row.event_id,
        event_told=row.event_told,
        thread_id=row.thread_id,
        series_id=row.series_id,
        is_moved=row.is_moved,
        recording_url=row.recording_url,
        recording_offset=timedelta(seconds=row.recording_offset_seconds),
        revision=row.revision,
    )
