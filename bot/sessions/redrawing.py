"""What is drawn anew when something about an open session changes."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.db import Transaction
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService
from bot.sessions.live_repository import LiveRepository
from bot.sessions.rules import Question, Session

#: The hosts' panel. Subject: the session.
PANEL = "sessions:panel"
#: In the session's thread: a question is being answered, or was. Subject: the question.
NOW = "sessions:now"

#: A question's card in the session's thread. Subject: the question.
CARD = "sessions:question"

#: Writes or changes the recap of a session that is over, in the transaction that gives a reason to.
RecapWriter = Callable[[Transaction, Session, datetime], Awaitable[None]]

#: All changes of a question within that time share one drawing of its card.
CARDS_WITHIN = timedelta(seconds=3)


def panel_key(session: Session, number: int) -> str:
    """The key of a session's panel; each time it is posted anew it has another number."""
    return f"session:{session.id}:panel:{number}"


def card_key(question: Question) -> str:
    """The key of a question's card."""
    return f"question:{question.id}"


def closed_key(session: Session) -> str:
    """The key of what the hosts are told once a session is closed."""
    return f"session:{session.id}:closed"


def now_key(question: Question) -> str:
    """The key of the words in the thread that a question is being answered, for each time it is taken."""
    at = question.taken_at or question.answered_at or question.asked_at
    return f"question:{question.id}:now:{int(at.timestamp() * 1000)}"


class Redrawing:
    """The panel of a session, the cards of its questions, and what is said about them in the thread."""

    def __init__(self, outbox: OutboxService) -> None:
        self._outbox = outbox

    async def panel(self, tx: Transaction, session: Session, now: datetime, within: timedelta = timedelta()) -> None:
        """What the panel shows has changed."""
        panel = await LiveRepository(tx).get_panel(session.guild_id, session.id)
        if panel is not None:
            await self._outbox.revise(tx, session.guild_id, panel_key(session, panel[0]), now, within)

    async def question(self, tx: Transaction, question: Question, now: datetime) -> None:
        """What a question's card shows has changed."""
        await self._outbox.revise(tx, question.guild_id, card_key(question), now, CARDS_WITHIN)

    async def say(self, tx: Transaction, session: Session, question: Question, now: datetime) -> None:
        """Say in the thread that a question is being answered, or was answered in writing."""
        if session.thread_id is not None:
            until = now + timedelta(hours=1)
            await self._outbox.post(
                tx, NewPost(session.guild_id, session.thread_id, NOW, question.id, now_key(question), now, until)
            )

    async def said(self, tx: Transaction, question: Question, now: datetime) -> None:
        """What was said about a question in the thread has changed."""
        await self._outbox.revise(tx, question.guild_id, now_key(question), now)
