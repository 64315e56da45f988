"""Sessions from their opening to their close."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.config import ShardRange
from bot.db import Database, DatabaseUnavailableError, Transaction
from bot.db.statements import after_commit
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService
from bot.sessions import live_rules as rules
from bot.sessions.announcing import Announcing
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.errors import NoSuchSessionError
from bot.sessions.holding import hold, hold_open
from bot.sessions.live_errors import (
    AlreadyOpenError,
    LengthenedError,
    LongEnoughError,
    NotOpenError,
    TooEarlyError,
)
from bot.sessions.live_repository import LiveRepository
from bot.sessions.live_rules import Board
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.redrawing import PANEL, RecapWriter, Redrawing, closed_key, panel_key
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import QuestionState, Session, SessionState

log = logging.getLogger(__name__)

#: To the hosts, once a session is closed: what was left unanswered. By itself: nobody pressed *Close*.
CLOSED, CLOSED_BY_ITSELF = "sessions:closed", "sessions:closed_by_itself"


class LiveService:
    """Opens, shows, lengthens and closes sessions. Everything a host sees is kept, so that a crash costs nothing.

    `change_listeners` hear of guild and session after each commit that opened, lengthened or closed one.
    Every method that is given a session the guild does not have raises NoSuchSessionError.
    """

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        outbox: OutboxService,
        attendance: AttendanceService,
        write_recap: RecapWriter,
        shards: ShardRange | None = None,
    ) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self._attendance = attendance
        self._write_recap = write_recap
        self._shards = shards
        self._redrawing = Redrawing(outbox)
        self._announcing = Announcing(communities, outbox)
        self.change_listeners: list[Callable[[int, int], None]] = []

    async def open(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Open a planned session and post the hosts' panel. Raises AlreadyOpenError, TooEarlyError, NotOpenError."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            if session.state is SessionState.OPEN:
                raise AlreadyOpenError(session)
            if session.state is not SessionState.PLANNED:
                raise NotOpenError(session)
            if now < rules.opens_at(session):
                raise TooEarlyError(session, rules.opens_at(session))
            return await self._open(tx, session, now)

    async def open_due(self, now: datetime) -> list[tuple[int, int]]:
        """Open every session of this process whose start has come. Guild and id of each."""

        async def open_one(tx: Transaction, session: Session) -> bool:
            if is_due := rules.is_due_to_open(session, now):
                await self._open(tx, session, now)
            return is_due

        return await self._each(await self._list(SessionState.PLANNED, now), open_one)

    async def close(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Close an open session: its recap goes out, and hosts are asked about what is left. Raises NotOpenError."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            if session.state is not SessionState.OPEN:
                raise NotOpenError(session)
            return await self._close(tx, session, now, CLOSED)

    async def close_due(self, now: datetime) -> list[tuple[int, int]]:
        """Close every session of this process that nobody closed in time, and tell the hosts. Guild and id of each."""

        async def close_one(tx: Transaction, session: Session) -> bool:
            if is_due := rules.is_due_to_close(session, now):
                await self._close(tx, session, now, CLOSED_BY_ITSELF)
            return is_due

        ids = await self._list(SessionState.OPEN, now) + await self._list(SessionState.PLANNED, now)
        return await self._each(ids, close_one)

    async def lengthen(self, guild_id: int, session_id: int, shown_minutes: int, now: datetime) -> Session:
        """Add ten minutes to the minutes the host saw had been added.

        Raises LengthenedError, LongEnoughError, NotOpenError.
        """
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            shown = shown_minutes * rules.EXTENSION / 10
            if session.extended_by != shown:
                raise LengthenedError(session)
            if shown + rules.EXTENSION > rules.LONGEST_EXTENSION:
                raise LongEnoughError
            await LiveRepository(tx).lengthen(guild_id, session_id, shown, rules.EXTENSION)
            await self._redrawing.panel(tx, session, now)
            return await self._changed(tx, session, now)

    async def board(self, guild_id: int, session_id: int) -> Board:
        """What the panel shows."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is None:
                raise NoSuchSessionError
            questions = QuestionRepository(tx)
            asked = await questions.list_questions(guild_id, session_id)
            board = rules.board_of(session, asked, await LiveRepository(tx).count_attended(guild_id, session_id))
            about = board.current or board.next
            notes = await questions.list_notes(guild_id, about.id) if about else []
            return replace(board, notes=notes)

    async def redraw_panel(self, guild_id: int, session_id: int, now: datetime) -> None:
        """What the panel shows has changed by something else than a host's press, like who is there."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self._redrawing.panel(tx, session, now)

    async def post_panel(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Post the panel of an open session anew and take the old one down. Raises NotOpenError."""
        async with self._database.transaction() as tx:
            session = await hold_open(tx, guild_id, session_id)
            await self._post_panel(tx, session, now)
            return session

    async def post_panels(self, now: datetime, *, all_of_them: bool = False) -> None:
        """Post the panels anew that will soon be too old to be edited; after a restart all of them."""

        async def post_one(tx: Transaction, session: Session) -> bool:
            panel = await LiveRepository(tx).get_panel(session.guild_id, session.id)
            is_due = all_of_them or panel is None or rules.is_panel_due(panel[1], now)
            if is_due := is_due and session.state is SessionState.OPEN:
                await self._post_panel(tx, session, now)
            return is_due

        await self._each(await self._list(SessionState.OPEN), post_one)

    async def next_due_at(self) -> datetime | None:
        """When the next session of this process is to be opened or closed, or a panel to be posted anew."""
        async with self._database.transaction() as tx:
            live, due = LiveRepository(tx), list[datetime]()
            if (starts_at := await live.get_next_start(self._shards)) is not None:
                due.append(starts_at)
            for guild_id, session_id in await live.list_ids(SessionState.OPEN, self._shards):
                session = await SessionRepository(tx).get_session(guild_id, session_id)
                panel = await live.get_panel(guild_id, session_id)
                due += [rules.closes_at(session)] if session else []
                due += [panel[1] + rules.PANEL_LASTS] if panel else []
        return min(due, default=None)

    async def left(self, guild_id: int, session_id: int) -> int:
        """How many questions of a session are unanswered."""
        async with self._database.transaction() as tx:
            return len(await QuestionRepository(tx).list_questions(guild_id, session_id, *rules.UNANSWERED))

    async def _each(
        self, ids: Sequence[tuple[int, int]], do: Callable[[Transaction, Session], Awaitable[bool]]
    ) -> list[tuple[int, int]]:
        """Do something with each of these in a transaction of its own; where one fails, the others do not.

        Those with which it was done.
        """
        done: list[tuple[int, int]] = []
        for guild_id, session_id in ids:
            try:
                async with self._database.transaction() as tx:
                    is_done = await do(tx, await hold(tx, guild_id, session_id))
            except DatabaseUnavailableError:
                raise
            except Exception:
                log.exception("session not moved on guild=%s session=%s", guild_id, session_id)
                continue
            if is_done:
                done.append((guild_id, session_id))
        return done

    async def _open(self, tx: Transaction, session: Session, now: datetime) -> Session:
        await SessionRepository(tx).mark(
            session.guild_id, session.id, state=SessionState.OPEN, opened_at=now, seen_at=now
        )
        # Who comes needs no reminder of what has begun.
        await self._announcing.withdraw_reminders(tx, session, now)
        await self._post_panel(tx, session, now)
        return await self._changed(tx, session, now)

    async def _close(self, tx: Transaction, session: Session, now: datetime, kind: str) -> Session:
        questions = QuestionRepository(tx)
        if session.state is SessionState.OPEN:
            for question in await questions.list_questions(session.guild_id, session.id, QuestionState.NOW):
                # It was being answered until now.
                await questions.mark(session.guild_id, question.id, state=QuestionState.ANSWERED, answered_at=now)
                await self._attendance.mark_away(tx, session, question)
                await self._redrawing.question(tx, question, now)
                await self._redrawing.said(tx, question, now)
            await self._attendance.end(tx, session, now)
        await SessionRepository(tx).mark(session.guild_id, session.id, state=SessionState.CLOSED, closed_at=now)
        await self._redrawing.panel(tx, session, now)
        closed = await self._changed(tx, session, now)
        await self._write_recap(tx, closed, now)
        hosts = await self._hosts_channel(tx, session.guild_id)
        if hosts is not None:
            await self._outbox.post(tx, NewPost(session.guild_id, hosts, kind, session.id, closed_key(session), now))
        return closed

    async def _post_panel(self, tx: Transaction, session: Session, now: datetime) -> None:
        hosts = await self._hosts_channel(tx, session.guild_id)
        if hosts is None:
            return
        live = LiveRepository(tx)
        old = await live.get_panel(session.guild_id, session.id)
        number = old[0] + 1 if old else 1
        if old:
            await self._outbox.remove(tx, session.guild_id, panel_key(session, old[0]), now)
        key = panel_key(session, number)
        await self._outbox.post(tx, NewPost(session.guild_id, hosts, PANEL, session.id, key, now))
        await live.set_panel(session.guild_id, session.id, number, now)

    async def _hosts_channel(self, tx: Transaction, guild_id: int) -> int | None:
        return (await self._communities.get_in(tx, guild_id)).channels.get(ChannelPurpose.HOSTS)

    async def _changed(self, tx: Transaction, session: Session, now: datetime) -> Session:
        after_commit(tx, lambda: self._tell(session.guild_id, session.id))
        await self._announcing.redraw(tx, session, now, at_once=True)
        changed = await SessionRepository(tx).get_session(session.guild_id, session.id)
        assert changed is not None, "it is held by this transaction"
        return changed

    async def _list(self, state: SessionState, before: datetime | None = None) -> list[tuple[int, int]]:
        async with self._database.transaction() as tx:
            return await LiveRepository(tx).list_ids(state, self._shards, before)

    def _tell(self, guild_id: int, session_id: int) -> None:
        for listener in self.change_listeners:
            listener(guild_id, session_id)
