"""What Discord makes happen to sessions: events and threads made, changed and deleted, and people gone."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.outbox.rules import Post, PostState
from bot.outbox.service import OutboxService
from bot.sessions.announcing import ANNOUNCEMENT, Announcing, announcement_key
from bot.sessions.errors import SessionOverError
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Coming, Place, PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import EventLook, changed_by_hand, fault_of, look_of, read_look, written
from bot.sessions.service import AHEAD, SessionService

#: Hears, in the transaction that keeps it, that a session of a guild has a thread from now on.
ThreadListener = Callable[[Transaction, Session, datetime], Awaitable[None]]


class EventService:
    """Keeps sessions in step with what stands in Discord. Where a session is gone meanwhile, nothing happens."""

    def __init__(
        self, database: Database, communities: CommunityService, outbox: OutboxService, sessions: SessionService
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._sessions = sessions
        self._announcing = Announcing(communities, outbox)
        self.thread_listeners: list[ThreadListener] = []

    async def list_unsettled(self) -> list[Session]:
        """The sessions of all guilds whose event or thread may need something."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).list_unsettled()

    async def find(self, guild_id: int, session_id: int) -> Session | None:
        """The session with this id."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).get_session(guild_id, session_id)

    async def find_by_event(self, guild_id: int, event_id: int) -> Session | None:
        """The session Discord's scheduled event belongs to."""
        async with self._database.transaction() as tx:
            return await SessionRepository(tx).get_by_event(guild_id, event_id)

    # ------------------------------------------------------------- events

    async def event_made(self, guild_id: int, session_id: int, event_id: int, seen: EventLook, now: datetime) -> None:
        """A session has a scheduled event, which says what is `seen`."""
        async with self._database.transaction() as tx:
            await SessionRepository(tx).mark(guild_id, session_id, event_id=event_id, event_told=written(seen))
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self._announcing.redraw(tx, session, now)

    async def event_told(self, guild_id: int, session_id: int, told: EventLook) -> None:
        """A session's event says what is `told` from now on."""
        async with self._database.transaction() as tx:
            await SessionRepository(tx).mark(guild_id, session_id, event_told=written(told))

    async def event_done(self, guild_id: int, session_id: int) -> None:
        """The event of a session that is over was ended, too."""
        async with self._database.transaction() as tx:
            await SessionRepository(tx).mark(guild_id, session_id, event_id=None, event_told="")

    async def event_seen(
        self, guild_id: int, session_id: int, seen: EventLook, kind: PlaceKind, now: datetime
    ) -> EventLook | None:
        """What a session's event says, held at a place of this kind. What was changed about it by hand is taken over,
        told to those who come and to the hosts. What the event has to say instead, None where it is right.

        Of an open session's event only title, description and end can be changed.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            session = await sessions.get_session(guild_id, session_id)
            if session is None or session.is_over:
                return None
            is_open = session.state is SessionState.OPEN
            changed = changed_by_hand(session, read_look(session.event_told), seen, kind)
            if is_open:
                changed = replace(session, title=changed.title, description=changed.description)
            if changed != session and (is_open or fault_of(changed, now) is None):
                session = await self._sessions.edit_in(tx, changed, now)
                await self._announcing.tell_hosts(tx, session, "event-changed", now)
            await sessions.mark(guild_id, session_id, event_told=written(seen))
            wanted = look_of(session)
        if is_open:
            wanted = replace(wanted, starts_at=seen.starts_at, channel_id=seen.channel_id, location=seen.location)
        return None if wanted == seen else wanted

    async def event_gone(self, guild_id: int, session_id: int, event_id: int, now: datetime) -> bool:
        """Somebody deleted or cancelled a session's event: what is planned is cancelled with it, and the hosts may
        plan it after all. An open session goes on without. Whether that was news.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            session = await sessions.get_session(guild_id, session_id)
            if session is None or session.event_id != event_id:
                return False
            await sessions.mark(guild_id, session_id, event_id=None, event_told="")
            if session.state is not SessionState.PLANNED:
                return False
            session = await self._sessions.cancel_in(tx, guild_id, session_id, now)
            await self._announcing.tell_hosts(tx, session, "event-gone", now)
        return True

    async def event_ended(self, guild_id: int, session_id: int, event_id: int, now: datetime) -> None:
        """Somebody ended a session's event, or Discord did because nobody was there any more.

        An open session stays open, and the hosts hear of it. One that is yet to come gets another event.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            session = await sessions.get_session(guild_id, session_id)
            if session is None or session.event_id != event_id or session.is_over:
                return
            await sessions.mark(guild_id, session_id, event_id=None, event_told="")
            if session.state is SessionState.OPEN:
                await self._announcing.tell_hosts(tx, session, "event-ended", now)
            self._sessions.changed(tx, session)

    async def event_refused(self, guild_id: int, session_id: int, now: datetime) -> None:
        """Discord does not let the bot make a session's event: tell the hosts once."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self._announcing.tell_hosts(tx, session, "event-refused", now, once=True)

    # ------------------------------------------------------------- threads and channels

    async def standing_announcement(self, guild_id: int, session_id: int) -> Post | None:
        """The announcement of a session that has no thread yet, if it stands."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is None or session.is_over or session.thread_id is not None:
                return None
            post = await self._outbox.find_in(tx, guild_id, announcement_key(session))
        return post if post and post.message_id and post.state in (PostState.SENT, PostState.REVISING) else None

    async def thread_opened(self, guild_id: int, session_id: int, thread_id: int, now: datetime) -> None:
        """A session has its thread: people are reminded there."""
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            session = await sessions.get_session(guild_id, session_id)
            if session is None or session.thread_id == thread_id:
                return
            await sessions.mark(guild_id, session_id, thread_id=thread_id)
            session = replace(session, thread_id=thread_id)
            self._sessions.changed(tx, session)
            await self._announcing.plan_reminders(tx, session, now)
            await self._announcing.redraw(tx, session, now)
            for listener in self.thread_listeners:
                await listener(tx, session, now)

    async def thread_refused(self, guild_id: int, session_id: int, now: datetime) -> None:
        """Discord does not let the bot open a session's thread: tell the hosts once."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self._announcing.tell_hosts(tx, session, "thread-refused", now, once=True)

    async def thread_gone(self, guild_id: int, thread_id: int, now: datetime) -> bool:
        """A session's thread was deleted: nobody is reminded until there is another one, and the hosts are asked.

        Whether it was one.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            session = await sessions.get_by_thread(guild_id, thread_id)
            if session is not None:
                await self._without_thread(tx, session, now)
            return session is not None

    async def card_gone(self, guild_id: int, session_id: int, now: datetime) -> None:
        """A session's card was deleted before a thread stood on it: as if the thread was."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None and session.thread_id is None:
                await self._without_thread(tx, session, now)

    async def _without_thread(self, tx: Transaction, session: Session, now: datetime) -> None:
        await self._announcing.withdraw_reminders(tx, session, now)
        # No thread is opened on a card whose thread was deleted, until a host wants it.
        await self._announcing.retire(tx, session, now)
        await SessionRepository(tx).mark(session.guild_id, session.id, thread_id=None, revision=session.revision + 1)
        if not session.is_over:
            self._sessions.changed(tx, session)
            await self._announcing.tell_hosts(tx, session, "thread-gone", now)

    async def announce_again(self, guild_id: int, session_id: int, now: datetime) -> Session:
        """Post the card anew, and with it a thread. Raises NoSuchSessionError, SessionOverError, NoHomeError."""
        async with self._database.transaction() as tx:
            session = await self._sessions.get_in(tx, guild_id, session_id)
            if session.is_over:
                raise SessionOverError(session.title, is_cancelled=session.state is SessionState.CANCELLED)
            if session.thread_id is None:
                await self._announcing.announce(tx, session, now)
            return session

    async def channel_gone(self, guild_id: int, channel_id: int, now: datetime) -> list[Session]:
        """A channel was deleted. The sessions planned there, as they were: each has no place and no event until a host
        chooses another place, and the threads of those announced there are gone.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            ahead = await sessions.list_sessions(guild_id, *AHEAD)
            homeless = [session for session in ahead if session.place.channel_id == channel_id]
            for session in homeless:
                nowhere = replace(session, place=Place(PlaceKind.LINK))
                await sessions.mark(guild_id, session.id, event_id=None, event_told="")
                await self._sessions.edit_in(tx, nowhere, now, check=False)
                await self._announcing.tell_hosts(tx, session, "place-gone", now)
            threads = [
                session.thread_id
                for session in ahead
                if session.thread_id is not None and await self._stands_in(tx, session, channel_id)
            ]
        for thread_id in threads:
            await self.thread_gone(guild_id, thread_id, now)
        return homeless

    async def _stands_in(self, tx: Transaction, session: Session, channel_id: int) -> bool:
        post = await self._outbox.find_last_sent(tx, session.guild_id, ANNOUNCEMENT, session.id)
        return post is not None and post.channel_id == channel_id

    # ------------------------------------------------------------- people

    async def interest(
        self, guild_id: int, event_id: int, member_id: int, now: datetime, *, is_interested: bool, may_come: bool
    ) -> None:
        """A member joined or left the list of an event: they come, or do not. The list knows no *Maybe*.

        Nothing changes for who may not come (`may_come`), the role gate says.
        """
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_by_event(guild_id, event_id)
            if session is not None and not session.is_over:
                await self._interest(tx, session, member_id, now, is_interested=is_interested, may_come=may_come)

    async def _interest(
        self, tx: Transaction, session: Session, member_id: int, now: datetime, *, is_interested: bool, may_come: bool
    ) -> None:
        sessions = SessionRepository(tx)
        if not is_interested:
            await sessions.set_interested(session.id, member_id, is_interested=False)
            if await sessions.get_coming(session.id, member_id) is not Coming.MAYBE:
                await self._sessions.set_coming_in(tx, session.guild_id, session.id, member_id, None, now)
        elif may_come:
            came = await self._sessions.set_coming_in(
                tx, session.guild_id, session.id, member_id, Coming.YES, now, interested=True
            )
            if came is Coming.WAITING:
                await self._announcing.tell_seat(tx, session, member_id, now)

    async def unknown_interested(self, session: Session, listed: Collection[int]) -> tuple[list[int], list[int]]:
        """Compare the list of an event with what is known of it: who joined it unseen, and who left it."""
        async with self._database.transaction() as tx:
            known = await SessionRepository(tx).list_interested(session.id)
        return [one for one in listed if one not in set(known)], [one for one in known if one not in set(listed)]

    async def member_gone(self, guild_id: int, member_id: int, now: datetime) -> None:
        """Somebody left the guild: they host nothing and come to nothing there any more.

        Their place goes to who waits; the hosts hear of a host that is missing.
        """
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            for session in await sessions.list_hosted_by(guild_id, member_id):
                left = tuple(host for host in session.host_ids if host != member_id)
                await sessions.set_session(replace(session, host_ids=left))
                what = "host-gone" if left else "hostless"
                await self._announcing.tell_hosts(tx, session, what, now, member_id)
                await self._announcing.redraw(tx, session, now)
            for session in await sessions.list_joined_by(guild_id, member_id):
                await sessions.set_interested(session.id, member_id, is_interested=False)
                await self._sessions.set_coming_in(tx, guild_id, session.id, member_id, None, now)

    async def list_people(self, guild_id: int) -> set[int]:
        """Everybody who hosts a session to come there, or has a place in one with few places."""
        async with self._database.transaction() as tx:
            sessions = SessionRepository(tx)
            people: set[int] = set()
            for session in await sessions.list_sessions(guild_id, *AHEAD):
                people.update(session.host_ids)
                if session.capacity is not None:
                    people.update(await sessions.list_coming(session.id, Coming.YES, Coming.WAITING))
        return people
