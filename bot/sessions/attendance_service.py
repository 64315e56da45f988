"""Who attended a session: ten minutes in its channel, or a part in its thread while it was open."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.config import ShardRange
from bot.db import Database, Transaction
from bot.sessions import live_rules as rules
from bot.sessions.live_repository import LiveRepository
from bot.sessions.live_rules import Stay
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Question, Session, SessionState

#: Hears, in the transaction that counts it, that a member of a guild attended a session.
AttendedListener = Callable[[Transaction, int, int, datetime], Awaitable[None]]


class AttendanceService:
    """Attendance, each member once for each session. Hosts do not count: they are there anyway.

    `attended_listeners` hear of guild, member and instant as soon as somebody counts.
    """

    def __init__(self, database: Database, shards: ShardRange | None = None) -> None:
        self._database = database
        self._shards = shards
        self.attended_listeners: list[AttendedListener] = []

    async def list_open(self) -> list[Session]:
        """The open sessions of this process."""
        async with self._database.transaction() as tx:
            ids = await LiveRepository(tx).list_ids(SessionState.OPEN, self._shards)
            found = [await SessionRepository(tx).get_session(*one) for one in ids]
        return [session for session in found if session is not None]

    async def enter(self, guild_id: int, session_id: int, member_id: int, now: datetime) -> None:
        """A member came into the channel of an open session."""
        await self._move(guild_id, session_id, member_id, now, is_there=True)

    async def leave(self, guild_id: int, session_id: int, member_id: int, now: datetime) -> None:
        """A member left the channel of an open session."""
        await self._move(guild_id, session_id, member_id, now, is_there=False)

    async def _move(self, guild_id: int, session_id: int, member_id: int, now: datetime, *, is_there: bool) -> None:
        async with self._database.transaction() as tx:
            session = await self._open(tx, guild_id, session_id)
            if session is None:
                return
            live = LiveRepository(tx)
            stay = await live.get_stay(guild_id, session_id, member_id) or Stay(member_id, None)
            if is_there == (stay.entered_at is not None):
                return
            stay = Stay(member_id, now if is_there else None, rules.time_spent(stay, now))
            await live.set_stay(guild_id, session_id, stay)
            if rules.has_attended(stay, now):
                await self.count(tx, session, member_id, now)

    async def look(self, guild_id: int, session_id: int, there: Collection[int], now: datetime) -> datetime:
        """Who is in the channel of an open session now, at its opening, after a restart or a silence of Discord.

        The instant until which it was known before.
        """
        async with self._database.transaction() as tx:
            session = await self._open(tx, guild_id, session_id)
            if session is None:
                return now
            live = LiveRepository(tx)
            seen_at = await live.get_seen_at(guild_id, session_id)
            stays = {stay.member_id: stay for stay in await live.list_stays(guild_id, session_id)}
            for member_id in {*stays, *there}:
                was = stays.get(member_id, Stay(member_id, None))
                stay = rules.after_silence(was, seen_at, now, is_there=member_id in there)
                if stay != was:
                    await live.set_stay(guild_id, session_id, stay)
            await self._count_those_there(tx, session, now)
            await live.set_seen_at(guild_id, session_id, now)
            return seen_at or now

    async def pass_time(self, guild_id: int, session_id: int, now: datetime) -> int:
        """Time went by while the bot saw who came and went: count those who have been there long enough.

        How many attended by now.
        """
        async with self._database.transaction() as tx:
            session = await self._open(tx, guild_id, session_id)
            if session is not None:
                await self._count_those_there(tx, session, now)
                await LiveRepository(tx).set_seen_at(guild_id, session_id, now)
            return await LiveRepository(tx).count_attended(guild_id, session_id)

    async def take_part(self, guild_id: int, session_id: int, member_id: int, now: datetime) -> None:
        """A member wrote in the thread of an open session; in one that is not open that counts for nothing."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self.take_part_in(tx, session, member_id, now)

    async def take_part_in(self, tx: Transaction, session: Session, member_id: int, now: datetime) -> None:
        """As `take_part`, in the transaction that keeps their question or vote."""
        if session.state is SessionState.OPEN:
            await self.count(tx, session, member_id, now)

    async def end(self, tx: Transaction, session: Session, now: datetime) -> None:
        """A session closes: nobody is there any more."""
        live = LiveRepository(tx)
        await self._count_those_there(tx, session, now)
        for stay in await live.list_stays(session.guild_id, session.id):
            if stay.entered_at is not None:
                ended = replace(stay, entered_at=None, before=rules.time_spent(stay, now))
                await live.set_stay(session.guild_id, session.id, ended)

    async def mark_away(self, tx: Transaction, session: Session, question: Question) -> None:
        """A question was answered: keep who was not there, of its asker and those whose question was merged into it."""
        live, questions = LiveRepository(tx), QuestionRepository(tx)
        merged = await questions.list_merged(session.guild_id, question.id)
        for asked in (question, *merged):
            if asked.asker_id is not None:
                stay = await live.get_stay(session.guild_id, session.id, asked.asker_id)
                took_part = await live.has_attended(session.guild_id, session.id, asked.asker_id)
                is_away = asked.asker_id not in session.host_ids and rules.was_away(session, stay, took_part=took_part)
                await questions.mark(session.guild_id, asked.id, was_away=is_away)

    async def count(self, tx: Transaction, session: Session, member_id: int, now: datetime) -> None:
        """A member attended; who counts already does not count again."""
        if member_id in session.host_ids:
            return
        if await LiveRepository(tx).mark_attended(session.guild_id, session.id, member_id, now):
            for listener in self.attended_listeners:
                await listener(tx, session.guild_id, member_id, now)

    async def _count_those_there(self, tx: Transaction, session: Session, now: datetime) -> None:
        for stay in await LiveRepository(tx).list_there(session.guild_id, session.id):
            if rules.has_attended(stay, now):
                await self.count(tx, session, stay.member_id, now)

    async def _open(self, tx: Transaction, guild_id: int, session_id: int) -> Session | None:
        if await LiveRepository(tx).hold(guild_id, session_id) != SessionState.OPEN:
            return None
        return await SessionRepository(tx).get_session(guild_id, session_id)
