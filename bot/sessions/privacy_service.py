"""What is kept of members because of sessions: told, and forgotten."""

from collections.abc import Mapping
from datetime import datetime

from bot.communities.service import CommunityService
from bot.db import Transaction
from bot.outbox.service import OutboxService
from bot.sessions.announcing import NOTICE, SEAT, Announcing, named_in
from bot.sessions.carding import declined_key, unmasked_key
from bot.sessions.member_repository import MemberRepository
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.question_service import QuestionService
from bot.sessions.redrawing import RecapWriter, Redrawing
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Question, QuestionState

#: Has an answer or is getting it: the question belongs to the session then, and stays without a name.
_STAYS = (QuestionState.NOW, QuestionState.ANSWERED)


class SessionPrivacyService:
    """The part of the sessions in what members may ask of the bot."""

    def __init__(
        self, communities: CommunityService, outbox: OutboxService, questions: QuestionService, write_recap: RecapWriter
    ) -> None:
        self._outbox = outbox
        self._questions = questions
        self._write_recap = write_recap
        self._announcing = Announcing(communities, outbox)
        self._redrawing = Redrawing(outbox)

    # ------------------------------------------------------------- telling

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> Mapping[str, object]:
        """What a member asked, voted for, said about coming, attended, hosts, and who lifted their anonymity."""
        members, questions = MemberRepository(tx), QuestionRepository(tx)
        titles = await members.list_titles(guild_id)
        asked = await questions.list_of_asker(guild_id, member_id)
        told: dict[str, object] = {
            "questions you asked": [_told(question, titles) for question in asked],
            "your anonymity was lifted": await self._lifted(tx, guild_id, asked),
            "questions you voted for": [one.text for one in await questions.list_voted(guild_id, member_id)],
            "what you said about coming": {
                titles[session_id]: answer
                for session_id, answer in await members.list_coming(guild_id, member_id)
            },
            "sessions you were in": {
                titles[session_id]: {
                    "minutes in its channel": seconds // 60, "counted as attended": at.isoformat() if at else "no",
                }
                for session_id, seconds, at in await members.list_present(guild_id, member_id)
            },
            "sessions you host": [titles[one] for one in await members.list_hosted(guild_id, member_id)],
            "sessions you planned": [titles[one] for one in await members.list_planned(guild_id, member_id)],
            "questions you answered": [one.text for one in await questions.list_answered_by(guild_id, member_id)],
            "private notes you wrote": await members.list_notes(guild_id, member_id),
            "times you lifted somebody’s anonymity": [
                {"reason": one.reason, "at": one.at.isoformat()}
                for one in await questions.list_unmasked_by(guild_id, member_id)
            ],
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}

    async def _lifted(self, tx: Transaction, guild_id: int, asked: list[Question]) -> list[dict[str, str]]:
        return [
            {
                "question": question.text, "by member": str(one.host_id or "a former host"), "reason": one.reason,
                "at": one.at.isoformat(),
            }
            for question in asked
            for one in await QuestionRepository(tx).list_unmaskings(guild_id, question.id)
        ]  # fmt: skip

    # ------------------------------------------------------------- forgetting

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom sessions, their questions, and what was told of places and of hosts name."""
        keys = await self._outbox.list_keys_of(tx, guild_id, (SEAT, NOTICE))
        told = {member_id for key in keys if (member_id := named_in(key)) > after}
        return told | await MemberRepository(tx).list_named(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Questions without an answer go, with their cards; answered ones stay, asked by a former member. The member
        votes for, comes to, attended, hosts and planned nothing; places they had go to who waits.
        """
        recaps = await self._forget_questions(tx, guild_id, member_id, now)
        await self._forget_sessions(tx, guild_id, member_id, now)
        for key in await self._outbox.list_keys_naming(tx, guild_id, member_id):
            await self._outbox.remove(tx, guild_id, key, now)
        for session_id in recaps:
            session = await SessionRepository(tx).get_session(guild_id, session_id)
            if session is not None:
                await self._redrawing.panel(tx, session, now)
                await self._write_recap(tx, session, now)

    async def _forget_questions(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> set[int]:
        """The sessions whose recap or panel named them."""
        questions = QuestionRepository(tx)
        asked = await questions.list_of_asker(guild_id, member_id)
        answered = await questions.list_answered_by(guild_id, member_id)
        voted = await questions.list_voted(guild_id, member_id)
        unmaskings = await questions.list_unmasked_by(guild_id, member_id)
        for question in asked:
            await self._outbox.drop(tx, guild_id, declined_key(question))
            if question.state not in _STAYS:
                await self._questions.erase(tx, question, now)
        await questions.forget_member(guild_id, member_id)
        for question in (*asked, *answered, *voted):
            await self._redrawing.question(tx, question, now)
            await self._redrawing.said(tx, question, now)
        for unmasking in unmaskings:
            await self._outbox.revise(tx, guild_id, unmasked_key(unmasking), now)
        return {question.session_id for question in (*asked, *answered)}

    async def _forget_sessions(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        sessions, members = SessionRepository(tx), MemberRepository(tx)
        joined = {session.id: session for session in await sessions.list_joined_by(guild_id, member_id)}
        hosted = await members.list_hosted(guild_id, member_id)
        await members.forget_member(guild_id, member_id)
        for session_id in {*joined, *hosted}:
            await sessions.lock(guild_id, session_id)
            session = await sessions.get_session(guild_id, session_id)
            if session is None:
                continue
            if session_id in joined:
                await self._announcing.fill_places(tx, session, now)
            await self._announcing.redraw(tx, session, now)
            await self._redrawing.panel(tx, session, now)
            await self._write_recap(tx, session, now)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await MemberRepository(tx).delete_guild(guild_id)


def _told(question: Question, titles: Mapping[int, str]) -> dict[str, object]:
    return {
        "session": titles[question.session_id],
        "question": question.text,
        **({"context": question.context} if question.context else {}),
        **({"as you wrote it": question.original} if question.original is not None else {}),
        "anonymous": question.is_anonymous,
        "asked": question.asked_at.isoformat(),
        "state": str(question.state),
        **({"reason": question.reason} if question.reason else {}),
    }
