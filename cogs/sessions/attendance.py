"""Sees who attends an open session: who is in its channel, and who writes in its thread."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime

import aiohttp
import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.gateway import SeenMessage
from bot.rounds import Rounds
from bot.sessions.rules import Session
from bot.ui.people import MEMBERS_AT_ONCE, find_members

log = logging.getLogger(__name__)

#: How often those who are there are counted while a session is open, in seconds.
COUNT_EVERY = 60.0
#: How many messages in a thread are looked at, at most, that were written while the bot was away.
CAUGHT_UP = 500
#: How long a stop waits for what is being written down, in seconds. What it loses is found in the thread afterwards.
FLUSH_WITHIN = 2.0
_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class Attendance(commands.Cog):
    """Two looks into a dict for every message; something more only for what belongs to an open session."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._attendance = bot.services.attendance
        self._rounds = Rounds(bot, self.count)
        self._open: dict[int, Session] = {}
        #: Whether what is open, or who is there, has to be found out.
        self._is_unsure = True
        self._threads: dict[int, Session] = {}
        #: Members who are known to have written in a session's thread, with the session's id.
        self._wrote: set[tuple[int, int]] = set()
        #: How many attended a session when its panel was drawn.
        self._counted: dict[int, int] = {}
        #: Who is where is not known since an outage of these shards.
        self._deaf: set[int | None] = set()
        # What happens to a member is written down in the order it happened.
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def cog_load(self) -> None:
        """Listen, and see who is where as soon as Discord has told."""
        self.bot.services.sessions.change_listeners.append(self._changed)
        self.bot.message_observers.append(self.observe)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Let what is under way be written down."""
        self.bot.services.sessions.change_listeners.remove(self._changed)
        self.bot.message_observers.remove(self.observe)
        self._rounds.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    def _changed(self, _guild_id: int, _session_id: int) -> None:
        self._is_unsure = True
        self._rounds.wake()

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    # ------------------------------------------------------------- which sessions

    async def _refresh(self) -> None:
        """Learn which sessions are open; look at once who is in the channel of a new one."""
        try:
            async with self._turn:
                self._is_unsure = False
                sessions = {session.id: session for session in await self._attendance.list_open()}
                new = [session for session in sessions.values() if not self._is_known(session)]
                self._open = sessions
                self._threads = {one.thread_id: one for one in sessions.values() if one.thread_id is not None}
                self._wrote = {known for known in self._wrote if known[0] in sessions}
                for session in new:
                    await self._look(session)
        except DatabaseUnavailableError:
            self._is_unsure = True
        except Exception:
            self._is_unsure = True
            log.exception("open sessions not seen")

    def _is_known(self, session: Session) -> bool:
        known = self._open.get(session.id)
        return known is not None and (known.place, known.thread_id) == (session.place, session.thread_id)

    async def _look(self, session: Session) -> None:
        guild = self.bot.get_guild(session.guild_id)
        if guild is None:
            self._open.pop(session.id, None)  # Its turn comes when the guild is there.
            self._is_unsure = True
            return
        there = await self._people_in(guild, session)
        now = self.bot.services.clock.now()
        since = await self._attendance.look(guild.id, session.id, there, now)
        if since < now:
            await self._read_missed(guild, session, since)

    async def _people_in(self, guild: discord.Guild, session: Session) -> list[int]:
        channel = guild.get_channel(session.place.channel_id or 0)
        if not isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            return []
        ids = list(channel.voice_states)
        people: list[int] = []
        for start in range(0, len(ids), MEMBERS_AT_ONCE):
            members = await find_members(guild, ids[start : start + MEMBERS_AT_ONCE])
            people += [member.id for member in members if not member.bot]
        return people

    async def _read_missed(self, guild: discord.Guild, session: Session, since: datetime) -> None:
        """Who wrote in the thread while the bot was away took part, too."""
        thread = guild.get_thread(session.thread_id or 0)
        if thread is None:
            return
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            async for message in thread.history(after=since, limit=CAUGHT_UP):
                if message.type in _WRITTEN and not message.author.bot:
                    await self._write_down(session, message.author.id, message.created_at)

    # ------------------------------------------------------------- what happens

    async def count(self) -> float | None:
        """Count those who have been there long enough. In how many seconds to count again, if any session is open."""
        if self._is_unsure:
            await self._refresh()
        for session in list(self._open.values()):
            guild = self.bot.get_guild(session.guild_id)
            if guild is None or guild.shard_id in self._deaf or self.bot.is_closed():
                continue
            try:
                now = self.bot.services.clock.now()
                async with self._turn:
                    attended = await self._attendance.pass_time(guild.id, session.id, now)
                if attended != self._counted.get(session.id, 0):
                    self._counted[session.id] = attended
                    await self.bot.services.live.redraw_panel(guild.id, session.id, now)
            except DatabaseUnavailableError:
                continue
            except Exception:
                log.exception("attendance not counted guild=%s session=%s", guild.id, session.id)
        return COUNT_EVERY if self._open or self._is_unsure else None

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """From now on it is not known who comes and goes."""
        self._deaf.add(shard_id)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Discord tells what was missed."""
        self._deaf.discard(shard_id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """What was missed is not told: see who is where."""
        self._deaf.clear()
        self._open = {}
        self._is_unsure = True
        self._rounds.wake()

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Somebody came into a channel, left it, or only muted themselves."""
        left, came = before.channel, after.channel
        if not self._open or member.bot or (left and left.id) == (came and came.id):
            return
        now = self.bot.services.clock.now()
        for session in list(self._open.values()):
            where = session.place.channel_id
            if where is None or where not in (left and left.id, came and came.id):
                continue
            move = self._attendance.enter if came and came.id == where else self._attendance.leave
            try:
                async with self._turn:
                    await move(session.guild_id, session.id, member.id, now)
            except DatabaseUnavailableError:
                self._open.pop(session.id, None)  # The next count looks anew who is there.
                self._is_unsure = True

    def observe(self, message: SeenMessage) -> None:
        """Who writes in the thread of an open session takes part."""
        session = self._threads.get(message.channel_id)
        if session is None or (session.id, message.author_id) in self._wrote or not message.is_by_person:
            return
        self._start(self._write_down(session, message.author_id, discord.utils.snowflake_time(message.id)))

    async def _write_down(self, session: Session, member_id: int, at: datetime) -> None:
        self._wrote.add((session.id, member_id))
        try:
            await self._attendance.take_part(session.guild_id, session.id, member_id, at)
        except Exception:
            # Their next message may do.
            self._wrote.discard((session.id, member_id))
            log.exception("attendance not written down guild=%s session=%s", session.guild_id, session.id)
