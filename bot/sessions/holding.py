"""One host after the other: a session is held while a transaction acts on it."""

from bot.db import Transaction
from bot.sessions.errors import NoSuchSessionError
from bot.sessions.live_errors import NoSuchQuestionError, NotClosedError, NotOpenError
from bot.sessions.live_repository import LiveRepository
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Question, Session, SessionState


async def hold(tx: Transaction, guild_id: int, session_id: int) -> Session:
    """The session, on which nobody else acts until the transaction ends. Raises NoSuchSessionError."""
    await LiveRepository(tx).hold(guild_id, session_id)
    session = await SessionRepository(tx).get_session(guild_id, session_id)
    if session is None:
        raise NoSuchSessionError
    return session


async def hold_open(tx: Transaction, guild_id: int, session_id: int) -> Session:
    """As `hold`, for a session that is open. Raises NotOpenError."""
    session = await hold(tx, guild_id, session_id)
    if session.state is not SessionState.OPEN:
        raise NotOpenError(session)
    return session


async def hold_closed(tx: Transaction, guild_id: int, session_id: int) -> Session:
    """As `hold`, for a session that is over. Raises NotClosedError."""
    session = await hold(tx, guild_id, session_id)
    if session.state is not SessionState.CLOSED:
        raise NotClosedError(session)
    return session


async def get_question(tx: Transaction, session: Session, question_id: int) -> Question:
    """A question of the session. Raises NoSuchQuestionError."""
    question = await QuestionRepository(tx).get_question(session.guild_id, question_id)
    if question is None or question.session_id != session.id:
        raise NoSuchQuestionError
    return question
