"""What is told of a session afterwards: the recap, the recording, the exports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.outbox.rules import NewPost, PostState
from bot.outbox.service import OutboxService
from bot.programs.errors import ArchivedError, NoSuchProgramError
from bot.programs.rules import LONGEST_LINK, LONGEST_TITLE, checked_link
from bot.programs.service import ProgramService
from bot.sessions import recap_rules as rules
from bot.sessions.holding import hold
from bot.sessions.live_errors import BadLinkError, NotClosedError
from bot.sessions.live_repository import LiveRepository
from bot.sessions.live_rules import UNANSWERED
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.recap_rules import Page, Recap, Told
from bot.sessions.redrawing import card_key
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Question, QuestionState, Session, SessionState

#: A message of the recap. Subject: the session; which message it is stands in the key.
RECAP = "sessions:recap"


@dataclass(frozen=True, slots=True)
class Export:
    """All that is exported of a session: what its recap tells, and its questions in the order they came up."""

    recap: Recap
    questions: Sequence[Question]

    @property
    def member_ids(self) -> list[int]:
        """Everybody who may be named in it, each once."""
        named = [
            *self.recap.session.host_ids,
            *(question.asker_id for question in self.questions if not question.is_anonymous),
            *(question.answered_by_id for question in self.questions),
        ]
        return list(dict.fromkeys(member_id for member_id in named if member_id is not None))


class RecapService:
    """Recaps. `safe` makes a member's words plain text of at most so many characters.

    Every method that is given a session the guild does not have raises NoSuchSessionError.
    """

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        outbox: OutboxService,
        programs: ProgramService,
        safe: Callable[[str, int], str],
    ) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self._programs = programs
        self._safe = safe

    async def write(self, tx: Transaction, session: Session, now: datetime) -> None:
        """Post the recap of a session that is over, or change what was posted. One without answers says nothing."""
        if session.state is not SessionState.CLOSED:
            return
        recap = await self._recap(tx, session)
        is_known = await self._outbox.find_in(tx, session.guild_id, _key(session, 0)) is not None
        if not recap.answered and not session.recording_url and not is_known:
            return
        channel_id = session.thread_id or await self._home(tx, session.guild_id)
        if channel_id is None:
            return
        pages = rules.pages_of(recap, self._safe)
        number = 0
        while number < len(pages) or await self._outbox.find_in(tx, session.guild_id, _key(session, number)):
            await self._put(tx, session, channel_id, number, now, is_left=number < len(pages))
            number += 1

    async def page(self, guild_id: int, key: str, session_id: int) -> tuple[Session, Page, int] | None:
        """The message of a recap with this key in the outbox, and its place from 0; None if there is no such one."""
        async with self._database.transaction() as tx:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is None or session.state is not SessionState.CLOSED:
                return None
            pages = rules.pages_of(await self._recap(tx, session), self._safe)
        number = next((number for number in range(len(pages)) if _key(session, number) == key), None)
        return None if number is None else (session, pages[number], number)

    async def set_recording(
        self, guild_id: int, session_id: int, url: str, offset: timedelta | None, now: datetime
    ) -> Session:
        """Add the recording of a session that is over to its recap and its program, or put another in its place.

        `offset`: how far into the recording the session was opened; None keeps what was chosen before.
        Raises NotClosedError, BadLinkError.
        """
        link = checked_link(url, LONGEST_LINK)
        if link is None:
            raise BadLinkError
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
        if session.state is not SessionState.CLOSED:
            raise NotClosedError(session)
        # First the program: done twice, it changes nothing more, so a crash in between is made up for by a repetition.
        await self._add_to_program(session, link)
        async with self._database.transaction() as tx:
            await hold(tx, guild_id, session_id)
            chosen = session.recording_offset if offset is None else offset
            await SessionRepository(tx).mark(
                guild_id, session_id, recording_url=link, recording_offset_seconds=int(chosen.total_seconds())
            )
            changed = await hold(tx, guild_id, session_id)
            await self.write(tx, changed, now)
            return changed

    async def export(self, guild_id: int, session_id: int) -> Export:
        """Everything an export holds."""
        async with self._database.transaction() as tx:
            session = await hold(tx, guild_id, session_id)
            questions = await QuestionRepository(tx).list_questions(guild_id, session_id)
            return Export(await self._recap(tx, session), rules.exportable(questions))

    async def _put(
        self, tx: Transaction, session: Session, channel_id: int, number: int, now: datetime, *, is_left: bool
    ) -> None:
        key = _key(session, number)
        post = await self._outbox.find_in(tx, session.guild_id, key)
        is_astray = post is not None and (post.state is PostState.CANCELLED or post.channel_id != channel_id)
        if is_astray and is_left:
            await self._outbox.remove(tx, session.guild_id, key, now)
            post = None
        if post is None:
            await self._outbox.post(tx, NewPost(session.guild_id, channel_id, RECAP, session.id, key, now))
        else:
            await self._outbox.revise(tx, session.guild_id, key, now)

    async def _recap(self, tx: Transaction, session: Session) -> Recap:
        questions = QuestionRepository(tx)
        asked = await questions.list_questions(session.guild_id, session.id)
        answered = [question for question in asked if question.state is QuestionState.ANSWERED]
        merged = {one.id: [other for other in asked if other.merged_into_id == one.id] for one in answered}
        told = [await self._told(tx, session, question, merged[question.id]) for question in answered]
        left = sum(question.state in UNANSWERED for question in asked)
        attended = await LiveRepository(tx).count_attended(session.guild_id, session.id)
        return Recap(session, told, left, attended)

    async def _told(self, tx: Transaction, session: Session, question: Question, merged: list[Question]) -> Told:
        card = await self._outbox.find_in(tx, session.guild_id, card_key(question))
        link = f"{_server(session)}/{card.channel_id}/{card.message_id}" if card and card.message_id else ""
        answer = ""
        if question.answer_message_id is not None:
            answer = f"{_server(session)}/{session.thread_id}/{question.answer_message_id}"
        named = [one for one in (question, *merged) if one.asker_id is not None and not one.is_anonymous]
        askers = tuple(dict.fromkeys(one.asker_id for one in named if one.asker_id is not None))
        away = tuple(dict.fromkeys(one.asker_id for one in named if one.asker_id is not None and one.was_away))
        return Told(question, link, answer, askers, away)

    async def _add_to_program(self, session: Session, link: str) -> None:
        if session.program_id is None:
            return
        guild_id, program_id = session.guild_id, session.program_id
        try:
            kept = await self._programs.list_recordings(guild_id, program_id)
            for recording in kept:
                if recording.link == session.recording_url != link:
                    await self._programs.remove_recording(guild_id, program_id, recording.id)
            if all(recording.link != link for recording in kept):
                lasted = (session.closed_at or session.ends_at) - (session.opened_at or session.starts_at)
                minutes = max(1, min(lasted // timedelta(minutes=1), 12 * 60))
                day = f" ({session.starts.at:%Y-%m-%d})"
                title = session.title[: LONGEST_TITLE - len(day)].rstrip() + day
                await self._programs.add_recording(guild_id, program_id, title, link, f"{minutes} min")
        except (ArchivedError, NoSuchProgramError):
            return  # The program was put away; the recap has the link all the same.

    async def _home(self, tx: Transaction, guild_id: int) -> int | None:
        channels = (await self._communities.get_in(tx, guild_id)).channels
        return channels.get(ChannelPurpose.QUESTIONS) or channels.get(ChannelPurpose.ANNOUNCEMENTS)


def _key(session: Session, number: int) -> str:
    return f"session:{session.id}:recap" + (f":{number + 1}" if number else "")


def _server(session: Session) -> str:
    return f"https://discord.com/channels/{session.guild_id}"
