"""Discord's scheduled events and the sessions, kept in step both ways."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any

import aiohttp
import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.rounds import Rounds
from bot.sessions.rules import PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import EventLook, look_of, may_take_part
from bot.ui.people import find_member, find_members
from cogs.sessions.notices import missing_for_event

log = logging.getLogger(__name__)

#: In how many seconds everything is compared again where something could not be brought in step.
AGAIN_AFTER = 300
#: How long a stop waits for what is under way, in seconds.
FLUSH_WITHIN = 2.0
#: "Maximum number of scheduled events reached", https://discord.com/developers/docs/topics/opcodes-and-status-codes
TOO_MANY_EVENTS = 30038
_KINDS = {
    PlaceKind.STAGE: discord.EntityType.stage_instance,
    PlaceKind.VOICE: discord.EntityType.voice,
    PlaceKind.LINK: discord.EntityType.external,
}
_GONE = (discord.EventStatus.cancelled, discord.EventStatus.completed)
_UNSURE = (discord.HTTPException, aiohttp.ClientError, OSError, DatabaseUnavailableError)


class Events(commands.Cog):
    """Makes, changes and ends the events of sessions, and takes over what people do with them in Discord."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._events = bot.services.session_events
        self._rounds = Rounds(bot, self.settle_all)
        # One after the other: the deletion of a channel is told before the deletion of its events, and decides.
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        #: With which permissions Discord did not let the bot make the event of a session.
        self._refused: dict[int, int] = {}
        #: Guilds whose lists were not compared since the last start or outage.
        self._unseen: set[int] = set()

    async def cog_load(self) -> None:
        """Start looking."""
        self.bot.services.sessions.change_listeners.append(self.wake)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Let what is under way end."""
        self.bot.services.sessions.change_listeners.remove(self.wake)
        self._rounds.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    def wake(self, guild_id: int, session_id: int) -> None:
        """A session has changed: look after its event now rather than at the next look."""
        task = asyncio.create_task(self._settle_one(guild_id, session_id))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _settle_one(self, guild_id: int, session_id: int) -> None:
        try:
            session = await self._events.find(guild_id, session_id)
            is_settled = session is None or await self._settle(session)
        except DatabaseUnavailableError:
            is_settled = False
        if not is_settled:
            self._rounds.wake()

    async def settle_all(self) -> float | None:
        """Compare every session that is not over with its event. In how many seconds it is worth trying again."""
        sessions = await self._events.list_unsettled()
        settled = [await self._settle(session) for session in sessions]
        unseen, self._unseen = self._unseen, set()
        for guild_id in unseen & {session.guild_id for session in sessions}:
            await self._catch_up(guild_id, [session for session in sessions if session.guild_id == guild_id])
        return None if all(settled) and not self._unseen else AGAIN_AFTER

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """After a start or a long outage it is not known what happened meanwhile."""
        self._unseen.update(guild.id for guild in self.bot.guilds)
        self._rounds.wake()

    # ------------------------------------------------------------- from the session to the event

    async def _settle(self, session: Session) -> bool:
        """Bring an event in step with its session. Whether that could be done."""
        guild = self.bot.get_guild(session.guild_id)
        if guild is None:
            return True
        async with self._turn:
            try:
                # It may have changed while others had their turn.
                current = await self._events.find(session.guild_id, session.id)
                now = self.bot.services.clock.now()
                return current is None or await self._bring_in_step(guild, current, now)
            except _UNSURE:
                log.warning("event not in step yet guild=%s session=%s", session.guild_id, session.id)
            except Exception:
                log.exception("event not in step guild=%s session=%s", session.guild_id, session.id)
        return False

    async def _bring_in_step(self, guild: discord.Guild, session: Session, now: datetime) -> bool:
        """Do what an event lacks. False if its session may not have one yet."""
        event = await self._event_of(guild, session)
        if session.is_over:
            await self._end(guild, session, event)
        elif session.event_id is None:
            if session.state is SessionState.PLANNED and session.starts_at > now:
                return await self._make(guild, session, now)
        elif event is None or event.status is discord.EventStatus.cancelled:
            await self._events.event_gone(guild.id, session.id, session.event_id, now)
        elif session.state is SessionState.OPEN:
            if event.status is discord.EventStatus.scheduled:
                await event.start(reason="The session was opened")
        elif event.status is discord.EventStatus.scheduled:
            await self._compare(guild, session, event, now)
        return True

    async def _event_of(self, guild: discord.Guild, session: Session) -> discord.ScheduledEvent | None:
        if session.event_id is None:
            return None
        known = guild.get_scheduled_event(session.event_id)
        if known is not None:
            return known
        with suppress(discord.NotFound):
            return await guild.fetch_scheduled_event(session.event_id, with_counts=False)
        return None

    async def _make(self, guild: discord.Guild, session: Session, now: datetime) -> bool:
        channel = guild.get_channel(session.place.channel_id or 0)
        if session.place.kind is not PlaceKind.LINK and channel is None:
            await self._events.channel_gone(guild.id, session.place.channel_id or 0, now)
            return True
        look, mine = look_of(session), guild.me.guild_permissions.value
        if missing_for_event(guild, session):
            await self._events.event_refused(guild.id, session.id, now)
            return False
        if self._refused.get(session.id) == mine:
            return False
        event = await self._own_event(guild, look)
        if event is None:
            try:
                event = await guild.create_scheduled_event(
                    **_arguments(guild, look, session.place.kind), privacy_level=discord.PrivacyLevel.guild_only
                )
            except discord.HTTPException as error:
                if not isinstance(error, discord.Forbidden) and error.code != TOO_MANY_EVENTS:
                    raise
                self._refused[session.id] = mine
                await self._events.event_refused(guild.id, session.id, now)
                return False
        await self._events.event_made(guild.id, session.id, event.id, look_at(event, session), now)
        return True

    async def _own_event(self, guild: discord.Guild, look: EventLook) -> discord.ScheduledEvent | None:
        """What an attempt made of which nobody knows how it ended."""
        for event in guild.scheduled_events:
            is_own = event.creator_id == guild.me.id and event.status is discord.EventStatus.scheduled
            is_alike = (event.name, event.start_time) == (look.title, look.starts_at)
            if is_own and is_alike and await self._events.find_by_event(guild.id, event.id) is None:
                return event
        return None

    async def _compare(
        self, guild: discord.Guild, session: Session, event: discord.ScheduledEvent, now: datetime
    ) -> None:
        seen = look_at(event, session)
        kind = _kind_of(guild, event.channel_id)
        wanted = await self._events.event_seen(guild.id, session.id, seen, kind, now)
        if wanted is None:
            return
        current = await self._events.find(guild.id, session.id)
        if current is not None:
            await event.edit(**_arguments(guild, wanted, current.place.kind))
            await self._events.event_told(guild.id, session.id, wanted)

    async def _end(self, guild: discord.Guild, session: Session, event: discord.ScheduledEvent | None) -> None:
        if session.event_id is None:
            return
        if event is not None and event.status not in _GONE:
            with suppress(discord.NotFound):
                if event.status is discord.EventStatus.active:
                    await event.end(reason="The session is over")
                elif session.state is SessionState.CANCELLED:
                    await event.cancel(reason="The session was cancelled")
                else:
                    await event.delete(reason="The session is over")
        await self._events.event_done(guild.id, session.id)

    # ------------------------------------------------------------- from Discord to the session

    @commands.Cog.listener()
    async def on_scheduled_event_update(self, _before: discord.ScheduledEvent, after: discord.ScheduledEvent) -> None:
        """Somebody may have changed an event by hand."""
        session = await self._events.find_by_event(after.guild_id, after.id)
        if session is not None and not await self._settle(session):
            self._rounds.wake()

    @commands.Cog.listener()
    async def on_scheduled_event_delete(self, event: discord.ScheduledEvent) -> None:
        """An event is gone, and what was planned with it."""
        async with self._turn:
            session = await self._events.find_by_event(event.guild_id, event.id)
            if session is not None:
                await self._events.event_gone(event.guild_id, session.id, event.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """The place of a session is gone, or the channel its thread stands in."""
        async with self._turn:
            now = self.bot.services.clock.now()
            for session in await self._events.channel_gone(channel.guild.id, channel.id, now):
                await self._delete(channel.guild, session)

    async def _delete(self, guild: discord.Guild, session: Session) -> None:
        """Discord deletes the events of a channel with it; where it did not yet, they would lead nowhere."""
        if session.event_id is not None:
            # discord.py has forgotten it with the channel.
            with suppress(discord.HTTPException):
                event = await guild.fetch_scheduled_event(session.event_id, with_counts=False)
                await event.delete(reason="The channel it was in was deleted")

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A session's thread may be gone."""
        await self._events.thread_gone(payload.guild_id, payload.thread_id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody who left neither hosts nor comes."""
        await self._events.member_gone(payload.guild_id, payload.user.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_raw_event_interest(self, guild_id: int, event_id: int, user_id: int, is_interested: bool) -> None:
        """Somebody joined the list of an event, or left it."""
        session = await self._events.find_by_event(guild_id, event_id)
        guild = self.bot.get_guild(guild_id)
        if session is not None and guild is not None:
            await self._take_over(guild, session, [user_id], is_interested=is_interested)

    async def _take_over(
        self, guild: discord.Guild, session: Session, user_ids: list[int], *, is_interested: bool
    ) -> None:
        now = self.bot.services.clock.now()
        may_come = await self._may_come(guild, session, user_ids) if is_interested else set(user_ids)
        for user_id in user_ids:
            await self._events.interest(
                guild.id, session.event_id or 0, user_id, now, is_interested=is_interested, may_come=user_id in may_come
            )

    async def _may_come(self, guild: discord.Guild, session: Session, user_ids: list[int]) -> set[int]:
        if session.role_id is None:
            return set(user_ids)
        members: list[discord.Member] = []
        for start in range(0, len(user_ids), 100):
            members += await find_members(guild, user_ids[start : start + 100])
        return {member.id for member in members if may_take_part(session, (role.id for role in member.roles))}

    async def _catch_up(self, guild_id: int, sessions: list[Session]) -> None:
        """What happened while the bot was away: who joined or left the list of an event, and who left the guild."""
        guild = self.bot.get_guild(guild_id)
        if guild is None:
            return
        try:
            for session in sessions:
                await self._compare_list(guild, session)
            for person in await self._events.list_people(guild_id):
                if await find_member(guild, person) is None:
                    await self._events.member_gone(guild_id, person, self.bot.services.clock.now())
        except _UNSURE:
            self._unseen.add(guild_id)
            log.warning("sessions not caught up with yet guild=%s", guild_id)

    async def _compare_list(self, guild: discord.Guild, session: Session) -> None:
        event = guild.get_scheduled_event(session.event_id or 0)
        if event is None or session.is_over:
            return
        listed = [user.id async for user in event.users()]
        joined, left = await self._events.unknown_interested(session, listed)
        await self._take_over(guild, session, joined, is_interested=True)
        await self._take_over(guild, session, left, is_interested=False)


def look_at(event: discord.ScheduledEvent, session: Session) -> EventLook:
    """What an event says; one without an end lasts as long as its session."""
    ends_at = event.end_time or event.start_time + (session.ends_at - session.starts_at)
    return EventLook(
        event.name, event.description or "", event.start_time, ends_at, event.channel_id, event.location or ""
    )


def _arguments(guild: discord.Guild, look: EventLook, kind: PlaceKind) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "entity_type": _KINDS[kind],
        "name": look.title, "description": look.description, "start_time": look.starts_at, "end_time": look.ends_at,
    }  # fmt: skip
    if look.channel_id is None:
        return arguments | {"location": look.location}
    return arguments | {"channel": guild.get_channel(look.channel_id) or discord.Object(look.channel_id)}


def _kind_of(guild: discord.Guild, channel_id: int | None) -> PlaceKind:
    if channel_id is None:
        return PlaceKind.LINK
    return PlaceKind.STAGE if isinstance(guild.get_channel(channel_id), discord.StageChannel) else PlaceKind.VOICE
