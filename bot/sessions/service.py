"""What people make happen to sessions: planned, changed, cancelled, and said to come to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.outbox.service import OutboxService
from bot.sessions.announcing import Announcing
from bot.sessions.errors import AlreadyStartedError, NoSuchSessionError, SessionOverError, UnusableSessionError
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Coming, Session, SessionState
from bot.sessions.schedule_rules import ANNOUNCED_BEFORE, fault_of

#: Hears, in the transaction that does it, that a member of a guild said for the first time that they come.
ComingListener = Callable[[Transaction, int, int, datetime], Awaitable[None]]
AHEAD = (SessionState.PLANNED, SessionState.OPEN)


class SessionService:
    """A guild's sessions. Every method that is given one the guild does not have raises NoSuchSessionError.

    `change_listeners` hear of guild and session after each commit that may ask something of Discord's event or the
    thread; the cog sets it. `coming_listeners` hear who comes.
    """

    def __init__(self, database: Database, communities: CommunityService, outbox: OutboxService) -> None:
        self._database = database
        self._announcing = Announcing(communities, outbox)
        self.change_listeners: list[Callable[[int, int], None]] = []
        self.coming_listeners: list[ComingListener] = []

    def check(self, draft: Session, now: datetime) -> None:
        """Raise UnusableSessionError where a session cannot be planned like this."""
        if fault := fault_of(draft, now):
            raise UnusableSessionError(fault)

    async def create(self, draft: Session, now: datetime) -> Session:
        """Plan a session: its card, thread and event follow. Raises UnusableSessionError, NoHomeError."""
        self.check(draft, now)
        async with self._database.transaction() as tx:
            session_id = await SessionRepository(tx).add_session(draft)
            session = await self.get_in(tx, draft.guild_id, session_id)
            await self._announcing.announce(tx, session, now)
            self.changed(tx, session)
            return session

    async def edit(self, session: Session, now: datetime) -> Session:
        """Keep what a host changed about a planned session, or but for its times and place about an open one.

        Where it is held at another time or place, those who come are told in the thread, and reminded of the new time.
        Raises UnusableSessionError, SessionOverError.
        """
        async with self._database.transaction() as tx:
            return await self.edit_in(tx, session, now)

    async def edit_in(self, tx: Transaction, session: Session, now: datetime, *, check: bool = True) -> Session:
        """As `edit`, as part of a larger transaction. Without `check` whatever became of it is kept."""
        await SessionRepository(tx).lock(session.guild_id, session.id)
        known = await self._ahead(tx, session.guild_id, session.id)
        is_moved = (known.starts_at, known.place) != (session.starts_at, session.place)
        if known.state is SessionState.OPEN and known.starts != session.starts:
            raise UnusableSessionError("It is open already, so its start stays. `/session close` ends it.")
        if known.state is SessionState.PLANNED and check:
            self.check(session, now)
        if known.starts_at != session.starts_at:
            await self._announcing.withdraw_reminders(tx, known, now)
        left_its_place = known.series_id is not None and known.starts != session.starts
        changed = replace(
            session, is_moved=known.is_moved or left_its_place, revision=known.revision, series_id=known.series_id,
            extended_by=known.extended_by,
        )  # fmt: skip
        await SessionRepository(tx).set_session(changed)
        session = await self.get_in(tx, session.guild_id, session.id)
        await self._announcing.plan_reminders(tx, session, now)
        if session.series_id is not None:
            await self._announcing.reschedule(tx, session, max(now, session.starts_at - ANNOUNCED_BEFORE))
        if is_moved:
            await self._announcing.tell_thread(tx, session, "moved", now)
        await self._announcing.fill_places(tx, session, now)
        await self._announcing.redraw(tx, session, now, at_once=True)
        self.changed(tx, session)
        return session

    async def cancel(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Cancel a planned session: its event goes, nobody is reminded, and those who come are told in the thread.

        Raises AlreadyStartedError, SessionOverError.
        """
        async with self._database.transaction() as tx:
            return await self.cancel_in(tx, guild_id, session_id, now)

    async def cancel_in(self, tx: Transaction, guild_id: int, session_id: int, now: datetime) -> Session:
        """As `cancel`, as part of a larger transaction."""
        session = await self._ahead(tx, guild_id, session_id)
        sessions = SessionRepository(tx)
        if not await sessions.mark_state(guild_id, session_id, SessionState.PLANNED, SessionState.CANCELLED):
            raise AlreadyStartedError(session.title)
        await self._announcing.withdraw_reminders(tx, session, now)
        await self._announcing.tell_thread(tx, session, "cancelled", now)
        await self._announcing.redraw(tx, session, now, at_once=True)
        self.changed(tx, session)
        return await self.get_in(tx, guild_id, session_id)

    async def restore(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Plan a cancelled session after all; who came is still known. Raises UnusableSessionError where it is late."""
        async with self._database.transaction() as tx:
            session = await self.get_in(tx, guild_id, session_id)
            self.check(session, now)
            sessions = SessionRepository(tx)
            if await sessions.mark_state(guild_id, session_id, SessionState.CANCELLED, SessionState.PLANNED):
                session = await self.get_in(tx, guild_id, session_id)
                await self._announcing.plan_reminders(tx, session, now)
                await self._announcing.tell_thread(tx, session, "on", now)
                await self._announcing.redraw(tx, session, now, at_once=True)
                self.changed(tx, session)
            return session

    # ------------------------------------------------------------- looking

    async def get(self, guild_id: int, session_id: int) -> Session:
        """The session."""
        async with self._database.transaction() as tx:
            return await self.get_in(tx, guild_id, session_id)

    async def get_in(self, tx: Transaction, guild_id: int, session_id: int) -> Session:
        """The session, as part of a larger transaction."""
        session = await SessionRepository(tx).get_session(guild_id, session_id)
        if session is None:
            raise NoSuchSessionError
        return session

    async def find_by_thread(self, guild_id: int, thread_id: int) -> Session | None:
        """The session whose thread or forum post this is, if there is one."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).get_by_thread(guild_id, thread_id)

    async def list_ahead(self, guild_id: int) -> list[Session]:
        """The sessions that are open or to come, the earliest first."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).list_sessions(guild_id, *AHEAD)

    async def list_over(self, guild_id: int, most: int = 10) -> list[Session]:
        """The latest sessions that were closed, the latest first."""
        async with self._database.transaction() as tx:
            closed = await SessionRepository(tx).list_sessions(guild_id, SessionState.CLOSED)
        return closed[::-1][:most]

    async def next_for_asking(self, guild_id: int) -> Session | None:
        """The session a question is for unless another is named: one that is open, else the next one."""
        ahead = await self.list_ahead(guild_id)
        is_open = [session for session in ahead if session.state is SessionState.OPEN]
        return next(iter(is_open + ahead), None)

    # ------------------------------------------------------------- who comes

    async def set_coming(
        self, guild_id: int, session_id: int, member_id: int, answer: Coming | None, now: datetime
    ) -> Coming | None:
        """Keep what a member said about coming, None where they do not. What counts: `WAITING` where no place is left.

        Whose place becomes free is taken by who waited longest. The role gate is for the caller to check.
        Raises SessionOverError.
        """
        async with self._database.transaction() as tx:
            return await self.set_coming_in(tx, guild_id, session_id, member_id, answer, now)

    async def set_coming_in(
        self,
        tx: Transaction,
        guild_id: int,
        session_id: int,
        member_id: int,
        answer: Coming | None,
        now: datetime,
        *,
        interested: bool = False,
    ) -> Coming | None:
        """As `set_coming`, as part of a larger transaction; `interested` of who stands in the event's list."""
        sessions = SessionRepository(tx)
        await sessions.lock(guild_id, session_id)
        session = await self._ahead(tx, guild_id, session_id)
        before = await sessions.get_coming(session_id, member_id)
        if answer in (None, Coming.NO):
            # That they once said so stays known: who changes their mind back and forth counts once.
            if before is not None:
                await sessions.set_coming(guild_id, session_id, member_id, Coming.NO, now, interested=interested)
            after = None
        else:
            after = await self._with_place(sessions, session, before, answer)
            await sessions.set_coming(guild_id, session_id, member_id, after, now, interested=interested)
        if before is not after:
            await self._answered(tx, session, member_id, before, after, now)
        return after

    async def _with_place(
        self, sessions: SessionRepository, session: Session, before: Coming | None, answer: Coming
    ) -> Coming:
        if answer is not Coming.YES or session.capacity is None or before is Coming.YES:
            return answer
        counted = await sessions.count_coming(session.id)
        is_full = counted.get(Coming.YES, 0) >= session.capacity or counted.get(Coming.WAITING, 0) > 0
        return Coming.WAITING if is_full else Coming.YES

    async def _answered(
        self, tx: Transaction, session: Session, member_id: int, before: Coming | None, after: Coming | None,
        now: datetime,
    ) -> None:  # fmt: skip
        if before is Coming.YES:
            await self._announcing.fill_places(tx, session, now)
        if after in (Coming.YES, Coming.MAYBE):
            await self._announcing.plan_reminders(tx, session, now)
        if before is None:
            for listener in self.coming_listeners:
                await listener(tx, session.guild_id, member_id, now)
        await self._announcing.redraw(tx, session, now)

    async def count_coming(self, guild_id: int, session_id: int) -> dict[Coming, int]:
        """How many members said what."""
        async with self._database.transaction() as tx:
            session = await self.get_in(tx, guild_id, session_id)
            return await SessionRepository(tx).count_coming(session.id)

    async def list_coming(self, guild_id: int, session_id: int, *answers: Coming) -> list[int]:
        """The members who said so, in the order they did."""
        async with self._database.transaction() as tx:
            session = await self.get_in(tx, guild_id, session_id)
            return await SessionRepository(tx).list_coming(session.id, *answers)

    async def coming_of(self, guild_id: int, session_id: int, member_id: int) -> tuple[Coming | None, int]:
        """What a member said about coming, and their place in the waiting list, from 1; 0 where they do not wait."""
        async with self._database.transaction() as tx:
            session = await self.get_in(tx, guild_id, session_id)
            sessions = SessionRepository(tx)
            said = await sessions.get_coming(session.id, member_id)
            waiting = await sessions.list_coming(session.id, Coming.WAITING)
        return said, waiting.index(member_id) + 1 if member_id in waiting else 0

    # ------------------------------------------------------------- reminders

    async def reminders(self, guild_id: int) -> list[timedelta]:
        """How long before a session people are reminded, the earliest first."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).get_reminders(guild_id)

    async def set_reminders(self, guild_id: int, before: Sequence[timedelta], now: datetime) -> None:
        """Choose when people are reminded, for every session that is planned too; nothing is never."""
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            planned = await sessions.list_sessions(guild_id, SessionState.PLANNED)
            for session in planned:
                await self._announcing.withdraw_reminders(tx, session, now)
            await sessions.set_reminders(guild_id, sorted(set(before), reverse=True))
            for session in planned:
                await self._announcing.plan_reminders(tx, session, now)

    async def _ahead(self, tx: Transaction, guild_id: int, session_id: int) -> Session:
        session = await self.get_in(tx, guild_id, session_id)
        if session.is_over:
            raise SessionOverError(session.title, is_cancelled=session.state is SessionState.CANCELLED)
        return session

    def changed(self, tx: Transaction, session: Session) -> None:
        """Once `tx` is committed, tell who looks after events and threads."""
        after_commit(tx, lambda: self.tell(session.guild_id, session.id))

    def tell(self, guild_id: int, session_id: int) -> None:
        """Tell the listeners that a session is another one now."""
        for listener in self.change_listeners:
            listener(guild_id, session_id)
