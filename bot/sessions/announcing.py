"""What is said about a session by itself, decided in the transaction that makes it true."""

from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Transaction
from bot.outbox.rules import NewPost, PostState
from bot.outbox.service import OutboxService
from bot.sessions.errors import NoHomeError
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Coming, Session, SessionState, redrawn_within
from bot.sessions.schedule_rules import parts_for, reminder_key, reminders_of

#: The card that the session's thread hangs on (a forum post's first message), and its copy among announcements.
ANNOUNCEMENT, NEWS = "sessions:announcement", "sessions:news"
REMINDER = "sessions:reminder"
#: In the thread: the session was moved or cancelled; a place is free, or all are taken.
CHANGED, SEAT = "sessions:changed", "sessions:seat"
#: To the hosts: something became of the session that nobody told the bot to do.
NOTICE = "sessions:notice"


def announcement_key(session: Session) -> str:
    """The key of a session's announcement in the outbox."""
    return f"session:{session.id}:announcement:{session.revision}"


def news_key(session: Session) -> str:
    """The key of its copy among the announcements."""
    return f"session:{session.id}:news:{session.revision}"


class Announcing:
    """Announcements, reminders and notices of sessions."""

    def __init__(self, communities: CommunityService, outbox: OutboxService) -> None:
        self._communities = communities
        self._outbox = outbox

    async def announce(self, tx: Transaction, session: Session, due_at: datetime) -> None:
        """Let the session's card be posted, its thread hang on it, and the announcements carry a copy.

        Raises NoHomeError.
        """
        channels = (await self._communities.get_in(tx, session.guild_id)).channels
        home = channels.get(ChannelPurpose.QUESTIONS) or channels.get(ChannelPurpose.ANNOUNCEMENTS)
        if home is None:
            raise NoHomeError
        news = channels.get(ChannelPurpose.ANNOUNCEMENTS)
        cards = [(ANNOUNCEMENT, announcement_key(session), home)]
        if news not in (None, home):
            cards.append((NEWS, news_key(session), news))
        for kind, key, channel_id in cards:
            await self._outbox.post(
                tx, NewPost(session.guild_id, channel_id, kind, session.id, key, due_at, session.ends_at)
            )

    async def reschedule(self, tx: Transaction, session: Session, due_at: datetime) -> None:
        """Post a card that nobody has seen yet at another time."""
        for key in (announcement_key(session), news_key(session)):
            await self._outbox.reschedule(tx, session.guild_id, key, due_at, session.ends_at)

    async def retire(self, tx: Transaction, session: Session, now: datetime) -> None:
        """Its thread is gone: take down the cards of this `revision`, which lead nowhere."""
        for key in (announcement_key(session), news_key(session)):
            await self._outbox.remove(tx, session.guild_id, key, now)

    async def redraw(self, tx: Transaction, session: Session, now: datetime, *, at_once: bool = False) -> None:
        """What the card says has changed."""
        for key in (announcement_key(session), news_key(session)):
            post = await self._outbox.find_in(tx, session.guild_id, key)
            if post is None:
                continue
            within = timedelta() if at_once else redrawn_within(post.message_id, now)
            await self._outbox.revise(tx, session.guild_id, key, now, within)

    async def plan_reminders(self, tx: Transaction, session: Session, now: datetime) -> None:
        """Let people be reminded in the thread, once there is one."""
        if session.thread_id is None or session.state is not SessionState.PLANNED:
            return
        sessions = SessionRepository(tx)
        counted = await sessions.count_coming(session.id)
        parts = parts_for(counted.get(Coming.YES, 0) + counted.get(Coming.MAYBE, 0))
        for reminder in reminders_of(session.starts_at, await sessions.get_reminders(session.guild_id), now):
            for part in range(1, parts + 1):
                key = reminder_key(session, reminder.minutes, part)
                new = NewPost(
                    session.guild_id, session.thread_id, REMINDER, session.id, key, reminder.due_at,
                    reminder.useful_until,
                )  # fmt: skip
                await self._outbox.post(tx, new)

    async def withdraw_reminders(self, tx: Transaction, session: Session, now: datetime) -> None:
        """Nobody is reminded of this start any more. What was said stays said."""
        sessions = SessionRepository(tx)
        counted = await sessions.count_coming(session.id)
        for before in await sessions.get_reminders(session.guild_id):
            # One part more than there are people for: some of them may have taken back that they come.
            for part in range(1, parts_for(sum(counted.values())) + 2):
                key = reminder_key(session, before // timedelta(minutes=1), part)
                post = await self._outbox.find_in(tx, session.guild_id, key)
                if post is not None and post.state is PostState.WAITING:
                    await self._outbox.remove(tx, session.guild_id, key, now)

    async def tell_thread(self, tx: Transaction, session: Session, what: str, now: datetime) -> None:
        """Tell those who come that the session was "moved" or "cancelled", or is "on" after all."""
        if session.thread_id is None:
            return
        until = max(session.starts_at, now + timedelta(hours=1))
        counted = await SessionRepository(tx).count_coming(session.id)
        for part in range(1, parts_for(sum(counted.values())) + 1):
            key = f"session:{session.id}:{what}:{int(now.timestamp() * 1000)}:{part}"
            await self._outbox.post(
                tx, NewPost(session.guild_id, session.thread_id, CHANGED, session.id, key, now, until)
            )

    async def tell_seat(self, tx: Transaction, session: Session, member_id: int, now: datetime) -> None:
        """Tell a member in the thread where they stand: a place became free for them, or none is left."""
        if session.thread_id is not None:
            key = f"session:{session.id}:seat:{member_id}:{int(now.timestamp() * 1000)}"
            await self._outbox.post(
                tx, NewPost(session.guild_id, session.thread_id, SEAT, session.id, key, now, session.ends_at)
            )

    async def tell_hosts(
        self, tx: Transaction, session: Session, what: str, now: datetime, about: int = 0, *, once: bool = False
    ) -> None:
        """Tell the hosts what became of a session: `what` names the sentence, `about` whom or what it is about.

        `once`: not again, however often it happens.
        """
        hosts = (await self._communities.get_in(tx, session.guild_id)).channels.get(ChannelPurpose.HOSTS)
        if hosts is not None:
            when = 0 if once else int(now.timestamp() * 1000)
            key = f"session:{session.id}:notice:{what}:{about}:{when}"
            await self._outbox.post(tx, NewPost(session.guild_id, hosts, NOTICE, session.id, key, now))

    async def fill_places(self, tx: Transaction, session: Session, now: datetime) -> list[int]:
        """Move up those who wait, in order, as far as there are places, and tell them. Who moved up."""
        sessions = SessionRepository(tx)
        waiting = await sessions.list_coming(session.id, Coming.WAITING)
        if session.capacity is not None:
            taken = (await sessions.count_coming(session.id)).get(Coming.YES, 0)
            waiting = waiting[: max(0, session.capacity - taken)]
        for member_id in waiting:
            await sessions.move_up(session.id, member_id)
            await self.tell_seat(tx, session, member_id, now)
        if waiting:
            await self.plan_reminders(tx, session, now)
        return waiting


def named_in(key: str) -> int:
    """The member whom the key of a `SEAT` or a `NOTICE` names, 0 for nobody: it stands before the time."""
    return int(key.split(":")[-2])
