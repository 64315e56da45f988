"""All SQL about one member in every table of the sessions, and about a guild that is forgotten."""

from datetime import datetime

from sqlalchemy import delete, select, update

from bot.db import Transaction
from bot.db.statements import list_ids
from bot.sessions.models import (
    ComingRow,
    NoteRow,
    PanelRow,
    PresenceRow,
    QuestionRow,
    SeriesRow,
    SessionHostRow,
    SessionRow,
    SessionSettingsRow,
    UnmaskingRow,
    VoteRow,
)

#: A row comes before those it belongs to.
_TABLES = (
    VoteRow, NoteRow, UnmaskingRow, PresenceRow, PanelRow, ComingRow, SessionHostRow, QuestionRow, SessionRow,
    SeriesRow, SessionSettingsRow,
)  # fmt: skip


_NAMING = (
    SessionRow.created_by_id, SessionHostRow.member_id, ComingRow.member_id, PresenceRow.member_id,
    QuestionRow.asker_id, QuestionRow.answered_by_id, VoteRow.member_id, NoteRow.author_id, UnmaskingRow.unmasked_by_id,
)  # fmt: skip


class MemberRepository:
    """What is kept about members, in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_titles(self, guild_id: int) -> dict[int, str]:
        """How each session of the guild is called, with the time it starts there."""
        found = await self._tx.execute(
            select(SessionRow.id, SessionRow.title, SessionRow.local_start).where(SessionRow.guild_id == guild_id)
        )
        return {session_id: f"{title}, {start:%Y-%m-%d %H:%M}" for session_id, title, start in found}

    async def list_coming(self, guild_id: int, member_id: int) -> list[tuple[int, str]]:
        """What a member said about coming, by session."""
        found = await self._tx.execute(
            select(ComingRow.session_id, ComingRow.answer)
            .where(ComingRow.guild_id == guild_id, ComingRow.member_id == member_id)
            .order_by(ComingRow.id)
        )
        return [(session_id, answer) for session_id, answer in found]

    async def list_hosted(self, guild_id: int, member_id: int) -> list[int]:
        """The sessions a member hosts or hosted, over or not."""
        found = await self._tx.scalars(
            select(SessionHostRow.session_id)
            .where(SessionHostRow.guild_id == guild_id, SessionHostRow.member_id == member_id)
            .order_by(SessionHostRow.session_id)
        )
        return list(found)

    async def list_planned(self, guild_id: int, member_id: int) -> list[int]:
        """The sessions a member planned."""
        found = await self._tx.scalars(
            select(SessionRow.id)
            .where(SessionRow.guild_id == guild_id, SessionRow.created_by_id == member_id)
            .order_by(SessionRow.id)
        )
        return list(found)

    async def list_notes(self, guild_id: int, member_id: int) -> list[str]:
        """The private notes a member wrote as a host."""
        found = await self._tx.scalars(
            select(NoteRow.text)
            .where(NoteRow.guild_id == guild_id, NoteRow.author_id == member_id)
            .order_by(NoteRow.id)
        )  # fmt: skip
        return list(found)

    async def list_present(self, guild_id: int, member_id: int) -> list[tuple[int, int, datetime | None]]:
        """In which sessions a member was, for how many seconds, and since when that counts."""
        found = await self._tx.execute(
            select(PresenceRow.session_id, PresenceRow.seconds, PresenceRow.attended_at)
            .where(PresenceRow.guild_id == guild_id, PresenceRow.member_id == member_id)
            .order_by(PresenceRow.session_id)
        )
        return [(session_id, seconds, attended_at) for session_id, seconds, attended_at in found]

    async def list_named(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom sessions and their questions name: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, _NAMING, after, most)

    async def forget_member(self, guild_id: int, member_id: int) -> None:
        """A member planned, hosts, comes to and attended nothing."""
        for row in (ComingRow, SessionHostRow, PresenceRow):
            await self._tx.execute(delete(row).where(row.guild_id == guild_id, row.member_id == member_id))
        await self._tx.execute(
            update(SessionRow)
            .where(SessionRow.guild_id == guild_id, SessionRow.created_by_id == member_id)
            .values(created_by_id=None)
        )

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        for row in _TABLES:
            await self._tx.execute(delete(row).where(row.guild_id == guild_id))
