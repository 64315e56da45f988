"""Where a question can be seen: its card in the session's thread, and what the hosts read while they decide."""

from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Transaction
from bot.outbox.rules import DIRECT, NewPost, PostState
from bot.outbox.service import OutboxService
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.question_rules import SHOWN
from bot.sessions.redrawing import CARD, CARDS_WITHIN, PANEL, Redrawing, card_key
from bot.sessions.rules import Question, QuestionState, Session, Unmasking, redrawn_within

#: To the hosts: a question waits for approval. Subject: the question.
PENDING = "sessions:pending"
#: To the asker, directly: a host declined the question. Subject: the member; the key names the question.
DECLINED = "sessions:declined"
#: To the hosts: one of them lifted a question's anonymity. Subject: the entry that keeps it.
UNMASKED = "sessions:unmasked"
_PANELS_APART = timedelta(seconds=1)


def pending_key(question: Question) -> str:
    """The key of the question to the hosts whether a question is shown."""
    return f"question:{question.id}:pending"


def declined_key(question: Question) -> str:
    """The key of what an asker is told once a host declined."""
    return f"question:{question.id}:declined"


def unmasked_key(unmasking: Unmasking) -> str:
    """The key of what the hosts are told once one of them lifted a question's anonymity."""
    return f"question:{unmasking.question_id}:unmasked:{unmasking.id}"


class Carding:
    """Cards of questions, decided in the transaction that makes them true."""

    def __init__(self, communities: CommunityService, outbox: OutboxService) -> None:
        self._communities = communities
        self._outbox = outbox
        self._redrawing = Redrawing(outbox)
        outbox.spacing[CARD] = redrawn_within
        # What changes while the panel is drawn waits a little: votes must not keep the hosts' channel busy.
        outbox.spacing[PANEL] = lambda _message_id, _now: _PANELS_APART

    async def put(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        """A question is new, or stands elsewhere: show it in the thread, or ask the hosts first."""
        if question.state is QuestionState.PENDING:
            await self._ask_hosts(tx, question, now)
        elif session.thread_id is not None:
            await self._outbox.post(
                tx, NewPost(session.guild_id, session.thread_id, CARD, question.id, card_key(question), now)
            )
        await self._redrawing.panel(tx, session, now)

    async def hide(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        """A question is in the thread no more, and what the hosts read says so."""
        await self._outbox.remove(tx, question.guild_id, card_key(question), now)
        await self._outbox.revise(tx, question.guild_id, pending_key(question), now)
        await self._redrawing.panel(tx, session, now)

    async def redraw(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        """What a question says, or where it stands, has changed."""
        await self._redrawing.question(tx, question, now)
        await self._outbox.revise(tx, question.guild_id, pending_key(question), now)
        await self._redrawing.panel(tx, session, now)

    async def voted(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        """The count on a card has changed, and perhaps what is next: many votes share one drawing of each."""
        await self._redrawing.panel(tx, session, now, CARDS_WITHIN)
        post = await self._outbox.find_in(tx, question.guild_id, card_key(question))
        if post is not None:
            within = redrawn_within(post.message_id, now)
            await self._outbox.revise(tx, question.guild_id, card_key(question), now, within)

    async def erase(self, tx: Transaction, question: Question, now: datetime) -> None:
        """Take down everything that shows a question."""
        await self._outbox.remove(tx, question.guild_id, card_key(question), now)
        await self._outbox.remove(tx, question.guild_id, pending_key(question), now)
        await self._outbox.drop(tx, question.guild_id, declined_key(question))

    async def tell_declined(self, tx: Transaction, question: Question, now: datetime) -> None:
        """Tell an asker directly, and nobody else, that a host declined, and why."""
        if question.asker_id is not None and await self._outbox.takes_direct(tx, question.guild_id, question.asker_id):
            await self._outbox.post(
                tx, NewPost(question.guild_id, DIRECT, DECLINED, question.asker_id, declined_key(question), now)
            )

    async def tell_unmasked(self, tx: Transaction, guild_id: int, unmasking: Unmasking, now: datetime) -> None:
        """Tell the hosts that one of them lifted a question's anonymity; not whose it is."""
        if (hosts := await self._hosts(tx, guild_id)) is not None:
            await self._outbox.post(
                tx, NewPost(guild_id, hosts, UNMASKED, unmasking.id, unmasked_key(unmasking), now)
            )  # fmt: skip

    async def thread_opened(self, tx: Transaction, session: Session, now: datetime) -> None:
        """A session has a thread, perhaps another one: every question stands in it."""
        questions = await QuestionRepository(tx).list_questions(session.guild_id, session.id, *SHOWN)
        for question in questions:
            card = await self._outbox.find_in(tx, session.guild_id, card_key(question))
            if card is not None and card.channel_id != session.thread_id:
                # It was deleted with its thread.
                await self._outbox.drop(tx, session.guild_id, card_key(question))
            await self.put(tx, session, question, now)

    async def _ask_hosts(self, tx: Transaction, question: Question, now: datetime) -> None:
        hosts = await self._hosts(tx, question.guild_id)
        key = pending_key(question)
        known = await self._outbox.find_in(tx, question.guild_id, key)
        if known is not None and known.state is not PostState.WAITING:
            # Asked anew at the end of the channel, where the hosts see it.
            await self._outbox.remove(tx, question.guild_id, key, now)
        if hosts is not None:
            await self._outbox.post(tx, NewPost(question.guild_id, hosts, PENDING, question.id, key, now))

    async def _hosts(self, tx: Transaction, guild_id: int) -> int | None:
        return (await self._communities.get_in(tx, guild_id)).channels.get(ChannelPurpose.HOSTS)
