"""All SQL of greetings and introductions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.greeting.models import (
    GreetingRow,
    GreetingSettingsRow,
    GreetingTemplateRow,
    HelloRow,
    IntroductionRow,
)
from bot.greeting.rules import DEFAULT_TEMPLATES, GreetingSettings, Hello, Introduction


class GreetingRepository:
    """Greetings and introductions in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_settings(self, guild_id: int) -> GreetingSettings:
        """How the guild greets; with the default words until a host wrote some."""
        row = await self._tx.get(GreetingSettingsRow, guild_id, populate_existing=True)
        templates = await self._tx.scalars(
            select(GreetingTemplateRow.text)
            .where(GreetingTemplateRow.guild_id == guild_id)
            .order_by(GreetingTemplateRow.position)
        )
        chosen = tuple(templates) or DEFAULT_TEMPLATES
        if row is None:
            return GreetingSettings(guild_id, chosen)
        return GreetingSettings(
            guild_id, chosen, row.paused, row.turn,
            nudge_after=timedelta(minutes=row.nudge_minutes), greeter_role_id=row.greeter_role_id,
        )  # fmt: skip

    async def set_templates(self, guild_id: int, templates: Sequence[str]) -> None:
        """Replace the guild's greetings."""
        await self._tx.execute(delete(GreetingTemplateRow).where(GreetingTemplateRow.guild_id == guild_id))
        for position, text in enumerate(templates):
            self._tx.add(GreetingTemplateRow(guild_id=guild_id, position=position, text=text))
        await self._tx.flush()

    async def set_paused(self, guild_id: int, paused: bool) -> None:
        """Pause or resume the guild's greetings."""
        await self._tx.execute(
            insert(self._tx, GreetingSettingsRow)
            .values(guild_id=guild_id, paused=paused, turn=0)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"paused": paused})
        )

    async def add_greeting(self, guild_id: int, member_id: int, template: str) -> None:
        """Keep the words chosen for a newcomer, and pass the turn on."""
        await self._tx.execute(
            insert(self._tx, GreetingRow)
            .values(guild_id=guild_id, member_id=member_id, template=template)
            .on_conflict_do_update(index_elements=["guild_id", "member_id"], set_={"template": template})
        )
        await self._tx.execute(
            insert(self._tx, GreetingSettingsRow)
            .values(guild_id=guild_id, paused=False, turn=1)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"turn": GreetingSettingsRow.turn + 1})
        )

    async def get_greeting(self, guild_id: int, member_id: int) -> str | None:
        """The words chosen for a newcomer."""
        return await self._tx.scalar(
            select(GreetingRow.template).where(GreetingRow.guild_id == guild_id, GreetingRow.member_id == member_id)
        )

    async def get_introduction(self, guild_id: int, member_id: int) -> Introduction | None:
        """What the member told about themselves."""
        row = await self._tx.get(IntroductionRow, (guild_id, member_id), populate_existing=True)
        if row is None:
            return None
        return Introduction(
            guild_id,
            member_id,
            row.working_on,
            row.learning,
            row.helping_with,
            row.blog_url,
            row.invited_by,
            row.revision,
        )

    async def set_introduction(self, introduction: Introduction, now: datetime) -> None:
        """Keep what a member tells about themselves, in place of what they told before."""
        told = {
            "working_on": introduction.working_on, "learning": introduction.learning,
            "helping_with": introduction.helping_with, "blog_url": introduction.blog_url,
            "invited_by": introduction.invited_by, "revision": introduction.revision, "updated_at": now,
        }  # fmt: skip
        await self._tx.execute(
            insert(self._tx, IntroductionRow)
            .values(guild_id=introduction.guild_id, member_id=introduction.member_id, created_at=now, **told)
            .on_conflict_do_update(index_elements=["guild_id", "member_id"], set_=told)
        )

    async def set_revision(self, guild_id: int, member_id: int, revision: int) -> None:
        """Count one more card posted for an introduction."""
        await self._tx.execute(
            update(IntroductionRow)
            .where(IntroductionRow.guild_id == guild_id, IntroductionRow.member_id == member_id)
            .values(revision=revision)
        )

    async def add_hello(self, guild_id: int, member_id: int, greeter_id: int, now: datetime) -> int | None:
        """Keep a hello. Its id, or None if that member said hi before."""
        return await self._tx.scalar(
            insert(self._tx, HelloRow)
            .values(guild_id=guild_id, member_id=member_id, greeter_id=greeter_id, said_at=now)
            .on_conflict_do_nothing(index_elements=["guild_id", "member_id", "greeter_id"])
            .returning(HelloRow.id)
        )

    async def get_hello(self, guild_id: int, hello_id: int) -> Hello | None:
        """The guild's hello with that id."""
        row = await self._tx.scalar(select(HelloRow).where(HelloRow.guild_id == guild_id, HelloRow.id == hello_id))
        return Hello(row.id, row.guild_id, row.member_id, row.greeter_id) if row else None
