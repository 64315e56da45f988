"""All SQL of sessions, who hosts them, and who comes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.local_time import LocalTime
from bot.sessions.models import ComingRow, SeriesRow, SessionHostRow, SessionRow, SessionSettingsRow
from bot.sessions.rules import Coming, Place, PlaceKind, Series, Session, SessionState


class SessionRepository:
    """Sessions in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

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

    # ------------------------------------------------------------- who comes

    async def set_coming(self, guild_id: int, session_id: int, member_id: int, answer: Coming, now: datetime) -> None:
        """Keep what a member said; who said the same before keeps their place."""
        same = await self._tx.scalar(
            select(ComingRow.id).where(
                ComingRow.session_id == session_id, ComingRow.member_id == member_id, ComingRow.answer == answer
            )
        )
        if same is None:
            await self.remove_coming(guild_id, session_id, member_id)
            await self._tx.execute(
                insert(self._tx, ComingRow)
                .values(guild_id=guild_id, session_id=session_id, member_id=member_id, answer=answer, said_at=now)
                .on_conflict_do_nothing()
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

    # ------------------------------------------------------------- repetitions and settings

    async def add_series(self, guild_id: int, pattern: str, starts: LocalTime) -> int:
        """Keep a new repetition. Its id."""
        row = SeriesRow(guild_id=guild_id, pattern=pattern, local_start=starts.at, zone=starts.zone)
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def list_series(self, guild_id: int) -> list[Series]:
        """The guild's repetitions that go on."""
        rows = await self._tx.scalars(
            select(SeriesRow)
            .where(SeriesRow.guild_id == guild_id, SeriesRow.is_ended.is_(False))
            .order_by(SeriesRow.id)
            .execution_options(populate_existing=True)
        )
        return [Series(row.id, row.guild_id, row.pattern, LocalTime(row.local_start, row.zone)) for row in rows]

    async def list_occurrences(self, series_id: int) -> dict[datetime, int]:
        """The places in a series that have a session, by local time, with the session's id; skipped ones among them."""
        found = await self._tx.execute(
            select(SessionRow.occurrence, SessionRow.id).where(
                SessionRow.series_id == series_id, SessionRow.occurrence.is_not(None)
            )
        )
        return {occurrence: session_id for occurrence, session_id in found if occurrence is not None}

    async def end_series(self, guild_id: int, series_id: int) -> None:
        """A repetition ends; sessions that exist stay."""
        await self._tx.execute(
            update(SeriesRow).where(SeriesRow.guild_id == guild_id, SeriesRow.id == series_id).values(is_ended=True)
        )

    async def get_reminders(self, guild_id: int) -> list[timedelta]:
        """How long before a session people are reminded, the earliest first."""
        kept = await self._tx.scalar(
            select(SessionSettingsRow.reminders).where(SessionSettingsRow.guild_id == guild_id)
        )
        minutes = (kept if kept is not None else "1440,60,10").split(",")
        return sorted((timedelta(minutes=int(one)) for one in minutes if one), reverse=True)

    async def set_reminders(self, guild_id: int, before: Sequence[timedelta]) -> None:
        """Choose how long before a session people are reminded, in whole minutes; nothing is never."""
        minutes = ",".join(str(one // timedelta(minutes=1)) for one in before)
        await self._tx.execute(
            insert(self._tx, SessionSettingsRow)
            .values(guild_id=guild_id, reminders=minutes)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"reminders": minutes})
        )


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
        thread_id=row.thread_id,
        series_id=row.series_id,
        is_moved=row.is_moved,
        recording_url=row.recording_url,
        recording_offset=timedelta(seconds=row.recording_offset_seconds),
        revision=row.revision,
    )
