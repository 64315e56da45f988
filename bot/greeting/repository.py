"""All SQL of greetings and introductions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, true, update

from bot.db import Transaction
from bot.db.statements import insert, list_ids
from bot.greeting.models import (
    GreetedRow,
    GreetingRow,
    GreetingSettingsRow,
    GreetingTemplateRow,
    HelloRow,
    IntroductionRow,
)
from bot.greeting.rules import DEFAULT_TEMPLATES, Greeting, GreetingSettings, Hello, Introduction

_INTRODUCING = (
    IntroductionRow.member_id, IntroductionRow.invited_by, IntroductionRow.answered_by, HelloRow.member_id,
    HelloRow.greeter_id,
)  # fmt: skip


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
            guild_id, chosen, row.paused, row.turn, row.welcome_back, timedelta(seconds=row.together_seconds),
            row.most_joins, row.direct, row.held_since, row.hold_ended_at,
            timedelta(minutes=row.nudge_minutes), row.greeter_role_id,
        )  # fmt: skip

    async def lock_settings(self, guild_id: int) -> None:
        """Let decisions about one guild's greetings be made one after the other."""
        await self._tx.execute(
            insert(self._tx, GreetingSettingsRow)
            .values(guild_id=guild_id, paused=False, turn=0)
            .on_conflict_do_update(index_elements=["guild_id"], set_={"turn": GreetingSettingsRow.turn})
        )

    async def set_arrivals(self, settings: GreetingSettings) -> None:
        """Keep how arrivals are greeted."""
        await self._change_settings(
            settings.guild_id,
            welcome_back=settings.welcome_back, together_seconds=int(settings.together.total_seconds()),
            most_joins=settings.most_joins, direct=settings.direct,
        )  # fmt: skip

    async def begin_hold(self, guild_id: int, now: datetime) -> None:
        """Hold the guild's greetings."""
        await self._change_settings(guild_id, held_since=now)

    async def end_hold(self, guild_id: int, now: datetime) -> None:
        """Hold the guild's greetings no longer."""
        await self._change_settings(guild_id, held_since=None, hold_ended_at=now)

    async def set_templates(self, guild_id: int, templates: Sequence[str]) -> None:
        """Replace the guild's greetings."""
        await self._tx.execute(delete(GreetingTemplateRow).where(GreetingTemplateRow.guild_id == guild_id))
        for position, text in enumerate(templates):
            self._tx.add(GreetingTemplateRow(guild_id=guild_id, position=position, text=text))
        await self._tx.flush()

    async def set_paused(self, guild_id: int, paused: bool) -> None:
        """Pause or resume the guild's greetings."""
        await self._change_settings(guild_id, paused=paused)

    async def _change_settings(self, guild_id: int, **values: Any) -> None:
        await self._tx.execute(
            insert(self._tx, GreetingSettingsRow)
            .values({"guild_id": guild_id, "paused": False, "turn": 0} | values)
            .on_conflict_do_update(index_elements=["guild_id"], set_=values)
        )

    async def add_greeting(self, guild_id: int, template: str, *, is_back: bool, closes_at: datetime) -> int:
        """Keep the words of a greeting, and pass the turn on. Its id."""
        await self._tx.execute(
            update(GreetingSettingsRow)
            .where(GreetingSettingsRow.guild_id == guild_id)
            .values(turn=GreetingSettingsRow.turn + 1)
        )
        row = GreetingRow(guild_id=guild_id, template=template, is_back=is_back, closes_at=closes_at)
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def list_open_greetings(self, guild_id: int, now: datetime, *, is_back: bool | None = None) -> list[int]:
        """The ids of the greetings whoever joins now may share, newest first; of both kinds or of one."""
        kind = true() if is_back is None else GreetingRow.is_back.is_(is_back)
        found = await self._tx.scalars(
            select(GreetingRow.id)
            .where(GreetingRow.guild_id == guild_id, GreetingRow.closes_at > now, kind)
            .order_by(GreetingRow.id.desc())
        )
        return list(found)

    async def get_greeting(self, guild_id: int, greeting_id: int) -> Greeting | None:
        """The guild's greeting with that id."""
        row = await self._tx.scalar(
            select(GreetingRow).where(GreetingRow.guild_id == guild_id, GreetingRow.id == greeting_id)
        )
        if row is None:
            return None
        members = await self._tx.scalars(
            select(GreetedRow.member_id)
            .where(GreetedRow.guild_id == guild_id, GreetedRow.greeting_id == greeting_id)
            .order_by(GreetedRow.member_id)
        )
        return Greeting(row.id, guild_id, row.template, row.is_back, row.closes_at, tuple(members))

    async def add_greeted(self, guild_id: int, member_id: int, greeting_id: int) -> None:
        """A greeting names this member."""
        await self._tx.execute(
            insert(self._tx, GreetedRow)
            .values(guild_id=guild_id, member_id=member_id, greeting_id=greeting_id)
            .on_conflict_do_nothing()
        )

    async def list_greetings_of(self, guild_id: int, member_id: int) -> list[int]:
        """The ids of the greetings that name a member, newest first."""
        found = await self._tx.scalars(
            select(GreetedRow.greeting_id)
            .where(GreetedRow.guild_id == guild_id, GreetedRow.member_id == member_id)
            .order_by(GreetedRow.greeting_id.desc())
        )
        return list(found)

    async def remove_greeted(self, guild_id: int, member_id: int, greeting_id: int) -> None:
        """A greeting names this member no longer."""
        await self._tx.execute(
            delete(GreetedRow).where(
                GreetedRow.guild_id == guild_id, GreetedRow.member_id == member_id,
                GreetedRow.greeting_id == greeting_id,
            )
        )  # fmt: skip

    async def list_greeted(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom greetings name: the lowest `most` ids above `after`."""
        return await list_ids(self._tx, guild_id, (GreetedRow.member_id,), after, most)

    async def delete_greetings(self, guild_id: int) -> None:
        """Keep nothing of a guild's greetings."""
        for table in (GreetedRow, GreetingRow, GreetingTemplateRow, GreetingSettingsRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id))

    async def list_introduced(self, guild_id: int, member_ids: Sequence[int]) -> set[int]:
        """Those of the members who told about themselves."""
        found = await self._tx.scalars(
            select(IntroductionRow.member_id).where(
                IntroductionRow.guild_id == guild_id, IntroductionRow.member_id.in_(member_ids)
            )
        )
        return set(found)

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

    async def list_hellos_of(self, guild_id: int, member_id: int) -> list[Hello]:
        """The hellos a member said or heard."""
        found = await self._tx.scalars(select(HelloRow).where(HelloRow.guild_id == guild_id, _is_in(member_id)))
        return [Hello(row.id, row.guild_id, row.member_id, row.greeter_id) for row in found]

    async def list_introducing(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom introductions, their answers and hellos name: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, _INTRODUCING, after, most)

    async def delete_introductions(self, guild_id: int, member_id: int | None = None) -> None:
        """Keep no introductions and hellos of a member, or of anybody in the guild."""
        theirs = true() if member_id is None else IntroductionRow.member_id == member_id
        await self._tx.execute(delete(IntroductionRow).where(IntroductionRow.guild_id == guild_id, theirs))
        said = true() if member_id is None else _is_in(member_id)
        await self._tx.execute(delete(HelloRow).where(HelloRow.guild_id == guild_id, said))

    async def remove_inviter(self, guild_id: int, member_id: int) -> list[Introduction]:
        """No introduction names this member as the one who told of us. Those that did."""
        found = await self._tx.scalars(
            update(IntroductionRow)
            .where(IntroductionRow.guild_id == guild_id, IntroductionRow.invited_by == member_id)
            .values(invited_by=None)
            .returning(IntroductionRow.member_id)
        )
        named = [await self.get_introduction(guild_id, introduced) for introduced in found.all()]
        return [introduction for introduction in named if introduction is not None]


def _is_in(member_id: int) -> ColumnElement[bool]:
    return (HelloRow.member_id == member_id) | (HelloRow.greeter_id == member_id)
