"""A session with its questions on a database, and everything hosts do with it."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.local_time import LocalTime
from bot.outbox.rules import NewPost, Post, PostState, Sent
from bot.outbox.service import OutboxService
from bot.programs.service import ProgramService
from bot.sessions.answering_service import AnsweringService
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.leftover_service import LeftoverService
from bot.sessions.live_service import LiveService
from bot.sessions.moderation_service import ModerationService
from bot.sessions.privacy_service import SessionPrivacyService
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.question_service import QuestionService
from bot.sessions.recap_service import RecapService
from bot.sessions.redrawing import CARD
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Place, PlaceKind, Question, QuestionState, Session
from bot.ui.text import safe_within

GUILD, OTHER, HOSTS, QUESTIONS, THREAD, STAGE = 10, 11, 20, 21, 22, 23
CAROL, WALTER, MAYA, KOFI, NOOR = 30, 31, 32, 33, 34
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Room:
    """The services on one database; `attended` lists who was counted, `told` whose sessions changed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.communities = CommunityService(database)
        self.outbox = OutboxService(database, self.communities)
        self.programs = ProgramService(database)
        self.attendance = AttendanceService(database)
        self.recaps = RecapService(database, self.communities, self.outbox, self.programs, safe_within)
        write = self.recaps.write
        self.live = LiveService(database, self.communities, self.outbox, self.attendance, write)
        self.answering = AnsweringService(database, self.outbox, self.attendance, write)
        self.leftovers = LeftoverService(database, self.outbox, write)
        self.questions = QuestionService(database, self.communities, self.outbox, self.attendance)
        self.moderation = ModerationService(database, self.communities, self.outbox)
        self.privacy = SessionPrivacyService(self.communities, self.outbox, self.questions, write)
        self.attended: list[int] = []
        self.attendance.attended_listeners.append(self._count)

    async def _count(self, tx: Transaction, guild_id: int, member_id: int, at: datetime) -> None:
        self.attended.append(member_id)

    async def set_up(self, now: datetime) -> None:
        for guild in (GUILD, OTHER):
            await self.communities.arrive(guild, "Bubble", now)
            await self.communities.set_channel(guild, ChannelPurpose.HOSTS, HOSTS)
            await self.communities.set_channel(guild, ChannelPurpose.QUESTIONS, QUESTIONS)

    async def plan(self, starts_at: datetime, **how: object) -> Session:
        """A session of an hour, held on a stage by Carol and Walter, whose thread exists."""
        draft = Session(
            0, GUILD, "Break Out of Your Bubble", "", LocalTime(starts_at.replace(tzinfo=None), "UTC"), HOUR,
            Place(PlaceKind.STAGE, STAGE), (CAROL, WALTER),
        )  # fmt: skip
        thread = how.pop("thread_id", THREAD)
        async with self.database.transaction() as tx:
            sessions = SessionRepository(tx)
            made = await sessions.add_session(replace(draft, **how))  # type: ignore[arg-type]
            await sessions.mark(GUILD, made, thread_id=thread)
        return await self.session(made)

    async def ask(
        self, session: Session, asker: int | None, text: str, at: datetime, *, votes: int = 0, anonymous: bool = False
    ) -> Question:
        """A question, and its card in the outbox as six-questions would post it."""
        async with self.database.transaction() as tx:
            questions = QuestionRepository(tx)
            new = Question(0, GUILD, session.id, asker, text, at, is_anonymous=anonymous)
            question_id = await questions.add_question(new)
            for voter in range(votes):
                await questions.add_vote(GUILD, question_id, 1000 + voter)
            await self.outbox.post(tx, NewPost(GUILD, THREAD, CARD, question_id, f"question:{question_id}", at))
        return await self.question(question_id)

    async def merge(self, question: Question, into: Question) -> None:
        async with self.database.transaction() as tx:
            await QuestionRepository(tx).mark(
                GUILD, question.id, state=QuestionState.MERGED, merged_into_id=into.id
            )  # fmt: skip

    async def session(self, session_id: int) -> Session:
        async with self.database.transaction() as tx:
            found = await SessionRepository(tx).get_session(GUILD, session_id)
        assert found is not None
        return found

    async def question(self, question_id: int) -> Question:
        async with self.database.transaction() as tx:
            found = await QuestionRepository(tx).get_question(GUILD, question_id)
        assert found is not None
        return found

    async def post(self, key: str, guild: int = GUILD) -> Post | None:
        async with self.database.transaction() as tx:
            return await self.outbox.find_in(tx, guild, key)

    async def send_all(self, now: datetime) -> list[Post]:
        """Every post that is due goes out; its message has 5000 and the post's number. Those that went out."""
        sent: list[Post] = []
        while due := await self.outbox.list_due(now):
            for post in due:
                assert await self.outbox.begin_attempt(post, "", now) or post.state is not PostState.WAITING
                await self.outbox.finish_attempt(post, Sent(post.message_id or 5000 + post.id), now)
                sent.append(post)
        return sent
