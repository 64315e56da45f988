"""Sessions that repeat: the next four of each repetition are planned, each with an event and questions of its own."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.errors import UserFacingError
from bot.outbox.service import OutboxService
from bot.sessions import schedule_rules as rules
from bot.sessions.announcing import Announcing
from bot.sessions.errors import AlreadyRepeatsError, DoesNotRepeatError, SessionOverError
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Series, Session, SessionState
from bot.sessions.schedule_rules import Pattern
from bot.sessions.service import SessionService

log = logging.getLogger(__name__)


class SeriesService:
    """Repetitions. Every method that is given a session the guild does not have raises NoSuchSessionError."""

    def __init__(
        self, database: Database, communities: CommunityService, outbox: OutboxService, sessions: SessionService
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._announcing = Announcing(communities, outbox)

    async def repeat(self, guild_id: int, session_id: int, pattern: Pattern, now: datetime) -> list[Session]:
        """Repeat a session from its start on. It and those that were planned, the earliest first.

        Raises SessionOverError, AlreadyRepeatsError, NoHomeError.
        """
        async with self._database.transaction() as tx:
            session = await self._sessions.get_in(tx, guild_id, session_id)
            if session.is_over:
                raise SessionOverError(session.title, is_cancelled=session.state is SessionState.CANCELLED)
            sessions = SessionRepository(tx)
            known = await self._going_on(sessions, session)
            if known is not None:
                raise AlreadyRepeatsError(session.title)
            series_id = await sessions.add_series(guild_id, pattern, session.starts, session_id)
            await sessions.mark(guild_id, session_id, series_id=series_id, occurrence=session.starts.at, is_moved=False)
            series = Series(series_id, guild_id, pattern, session.starts, model_id=session_id)
            await self._fill(tx, series, now)
            await self._announcing.redraw(tx, session, now, at_once=True)
            return [one for one in await sessions.list_of_series(guild_id, series_id) if not one.is_over]

    async def stop(self, guild_id: int, session_id: int, now: datetime) -> list[Session]:
        """Plan no more sessions of the repetition a session belongs to. Those that are planned, which stay.

        Raises DoesNotRepeatError.
        """
        async with self._database.transaction() as tx:
            session = await self._sessions.get_in(tx, guild_id, session_id)
            sessions = SessionRepository(tx)
            series = await self._going_on(sessions, session)
            if series is None:
                raise DoesNotRepeatError(session.title)
            await sessions.end_series(guild_id, series.id)
            planned = [one for one in await sessions.list_of_series(guild_id, series.id) if not one.is_over]
            for one in planned:
                await self._announcing.redraw(tx, one, now, at_once=True)
            return planned

    async def find(self, session: Session) -> Series | None:
        """The repetition a session belongs to, if it goes on."""
        async with self._database.transaction() as tx:
            return await self._going_on(SessionRepository(tx), session)

    async def edit_all(self, session: Session, now: datetime) -> list[Session]:
        """Keep what was changed about one session of a repetition, and all but its start for the others to come, too.

        Those changed. Raises what `SessionService.edit` does.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            changed = [await self._sessions.edit_in(tx, session, now)]
            if session.series_id is None:
                return changed
            for other in await sessions.list_of_series(session.guild_id, session.series_id):
                if other.state is SessionState.PLANNED and other.id != session.id:
                    alike = _like(session, other)
                    if alike != other:
                        changed.append(await self._sessions.edit_in(tx, alike, now))
            await sessions.set_series_model(session.guild_id, session.series_id, session.id)
            return changed

    async def fill_all(self, now: datetime) -> list[Session]:
        """Plan what is missing of every repetition, so that the next four of each are planned. Those planned."""
        async with self._database.transaction() as tx:
            going_on = await SessionRepository(tx).list_all_series()
        planned: list[Session] = []
        for series in going_on:
            try:
                async with self._database.transaction() as tx:
                    planned += await self._fill(tx, series, now)
            except UserFacingError as error:
                log.info("repetition waits guild=%s series=%s reason=%s", series.guild_id, series.id, type(error))
            except Exception:
                log.exception("repetition not filled guild=%s series=%s", series.guild_id, series.id)
        return planned

    async def _going_on(self, sessions: SessionRepository, session: Session) -> Series | None:
        if session.series_id is None:
            return None
        series = await sessions.get_series(session.guild_id, session.series_id)
        return None if series is None or series.is_ended else series

    async def _fill(self, tx: Transaction, series: Series, now: datetime) -> list[Session]:
        sessions = SessionRepository(tx)
        known = await sessions.list_occurrences(series.id)
        all_of_it = {one.id: one for one in await sessions.list_of_series(series.guild_id, series.id)}
        model = await self._model(sessions, series, all_of_it, known)
        if model is None:
            return []
        planned: list[Session] = []
        ahead = 0
        for at in rules.occurrences(series.pattern, series.starts, now):
            if ahead == rules.AHEAD or rules.occurrence_at(at, series.starts.zone).instant - now > rules.FURTHEST:
                break
            if at not in known:
                planned.append(await self._plan(tx, series, model, at, now))
            ahead += at not in known or not all_of_it[known[at]].is_over
        return planned

    async def _model(
        self,
        sessions: SessionRepository,
        series: Series,
        all_of_it: dict[int, Session],
        known: dict[datetime, int],
    ) -> Session | None:
        """What new sessions are made like. A model that is over hands that on to the last one that is planned, which
        knows whatever became of hosts and places meanwhile.
        """
        model = all_of_it.get(series.model_id or 0)
        if model is not None and not model.is_over:
            return model
        ahead = [all_of_it[known[at]] for at in sorted(known) if not all_of_it[known[at]].is_over]
        if not ahead:
            return model
        await sessions.set_series_model(series.guild_id, series.id, ahead[-1].id)
        return ahead[-1]

    async def _plan(self, tx: Transaction, series: Series, model: Session, at: datetime, now: datetime) -> Session:
        blank = Session(
            id=0, guild_id=series.guild_id, title="", description="",
            starts=rules.occurrence_at(at, series.starts.zone), length=timedelta(), place=model.place, host_ids=(),
            created_by_id=model.created_by_id, series_id=series.id,
        )  # fmt: skip
        session_id = await SessionRepository(tx).add_session(_like(model, blank), occurrence=at)
        session = await self._sessions.get_in(tx, series.guild_id, session_id)
        await self._announcing.announce(tx, session, max(now, session.starts_at - rules.ANNOUNCED_BEFORE))
        self._sessions.changed(tx, session)
        return session


def _like(model: Session, session: Session) -> Session:
    """A session as it is, but for what all of a repetition have in common."""
    return replace(
        session, title=model.title, description=model.description, length=model.length, place=model.place,
        host_ids=model.host_ids, program_id=model.program_id, role_id=model.role_id,
        questions_each=model.questions_each, is_moderated=model.is_moderated,
        allows_anonymous=model.allows_anonymous, capacity=model.capacity,
    )  # fmt: skip
