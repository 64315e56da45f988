"""Discord's scheduled events and the sessions, kept in step both ways."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.rounds import AGAIN_AFTER, PASSING, Rounds, until_kept
from bot.sessions.rules import PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import EventLook, look_of
from cogs.sessions.notices import missing_for_event

log = logging.getLogger(__name__)

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
        settled = [await self._settle(session) for session in await self._events.list_unsettled()]
        return None if all(settled) else AGAIN_AFTER

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """After a start or a long outage it is not known what happened meanwhile."""
        self._rounds.wake()

    # ------------------------------------------------------------- from the session to the event

    async def _settle(self, session: Session) -> bool:
        """Bring an event in step with its session. Whether that could be done."""
        guild = self.bot.get_guild(session.guild_id)
        if guild is None or guild.unavailable:
            return True  # Its turn comes when the guild is there.
        async with self._turn:
            try:
                # It may have changed while others had their turn.
                current = await self._events.find(session.guild_id, session.id)
                now = self.bot.services.clock.now()
                return current is None or await self._bring_in_step(guild, current, now)
            except PASSING:
                log.warning("event not in step yet guild=%s session=%s", session.guild_id, session.id)
            except Exception:
                log.exception("event not in step guild=%s session=%s", session.guild_id, session.id)
        return False

    async def _bring_in_step(self, guild: discord.Guild, session: Session, now: datetime) -> bool:
        """Do what an event lacks. False if its session may not have one yet."""
        event = await self._event_of(guild, session)
        if session.is_over:
            await self._end(guild, session, event)
        elif session.place.channel_id is not None and guild.get_channel(session.place.channel_id) is None:
            await self._events.channel_gone(guild.id, session.place.channel_id, now)
        elif session.event_id is None:
            if session.state is SessionState.PLANNED and session.starts_at > now:
                return await self._make(guild, session, now)
        elif event is None or event.status is discord.EventStatus.cancelled:
            await self._events.event_gone(guild.id, session.id, session.event_id, now)
        elif event.status is discord.EventStatus.completed:
            await self._events.event_ended(guild.id, session.id, event.id, now)
        elif session.state is SessionState.OPEN and event.status is discord.EventStatus.scheduled:
            await event.start(reason="The session was opened")
        elif (session.state is SessionState.OPEN) is (event.status is discord.EventStatus.active):
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
            # Of one that has begun, Discord takes nothing else.
            is_active = event.status is discord.EventStatus.active
            await event.edit(**(_words(wanted) if is_active else _arguments(guild, wanted, current.place.kind)))
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

        async def note() -> None:
            session = await self._events.find_by_event(event.guild_id, event.id)
            if session is not None:
                await self._events.event_gone(event.guild_id, session.id, event.id, self.bot.services.clock.now())

        async with self._turn:
            await until_kept(self.bot, note)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """The place of a session is gone, or the channel its thread stands in."""
        now = self.bot.services.clock.now()
        async with self._turn:
            gone = await until_kept(self.bot, lambda: self._events.channel_gone(channel.guild.id, channel.id, now))
            for session in gone:
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
        now = self.bot.services.clock.now()
        await until_kept(self.bot, lambda: self._events.thread_gone(payload.guild_id, payload.thread_id, now))


def look_at(event: discord.ScheduledEvent, session: Session) -> EventLook:
    """What an event says; one without an end lasts as long as its session."""
    ends_at = event.end_time or event.start_time + (session.ends_at - session.starts_at)
    return EventLook(
        event.name, event.description or "", event.start_time, ends_at, event.channel_id, event.location or ""
    )


def _words(look: EventLook) -> dict[str, Any]:
    return {"name": look.title, "description": look.description, "end_time": look.ends_at}


def _arguments(guild: discord.Guild, look: EventLook, kind: PlaceKind) -> dict[str, Any]:
    arguments = _words(look) | {"entity_type": _KINDS[kind], "start_time": look.starts_at}
    if look.channel_id is None:
        return arguments | {"location": look.location}
    return arguments | {"channel": guild.get_channel(look.channel_id) or discord.Object(look.channel_id)}


def _kind_of(guild: discord.Guild, channel_id: int | None) -> PlaceKind:
    if channel_id is None:
        return PlaceKind.LINK
    return PlaceKind.STAGE if isinstance(guild.get_channel(channel_id), discord.StageChannel) else PlaceKind.VOICE
