"""Who comes to a session, as the list of its event in Discord has it, and who left the guild."""

import logging

import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.rounds import AGAIN_AFTER, PASSING, Rounds, until_kept
from bot.sessions.rules import Session
from bot.sessions.schedule_rules import may_take_part
from bot.ui.people import MEMBERS_AT_ONCE, find_member, find_members

log = logging.getLogger(__name__)


class Comers(commands.Cog):
    """Takes over who marks an event as *Interested*. The other way round Discord lets no bot act for a member."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._events = bot.services.session_events
        self._rounds = Rounds(bot, self.catch_up)
        #: Guilds whose lists were not compared since the last start or outage.
        self._unseen: set[int] = set()

    async def cog_load(self) -> None:
        """Compare as soon as the bot is ready."""
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Compare no more."""
        self._rounds.stop()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """After a start or a long outage it is not known what happened meanwhile."""
        self._unseen.update(guild.id for guild in self.bot.guilds)
        self._rounds.wake()

    async def catch_up(self) -> float | None:
        """Find out what happened while the bot was away. In how many seconds it is worth trying again."""
        unseen, self._unseen = self._unseen, set()
        sessions = await self._events.list_unsettled() if unseen else []
        for guild_id in unseen & {session.guild_id for session in sessions}:
            await self._catch_up(guild_id, [session for session in sessions if session.guild_id == guild_id])
        return AGAIN_AFTER if self._unseen else None

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
        except PASSING:
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

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Somebody who left neither hosts nor comes."""
        now = self.bot.services.clock.now()
        await until_kept(self.bot, lambda: self._events.member_gone(payload.guild_id, payload.user.id, now))

    @commands.Cog.listener()
    async def on_raw_event_interest(self, guild_id: int, event_id: int, user_id: int, is_interested: bool) -> None:
        """Somebody joined the list of an event, or left it."""
        guild = self.bot.get_guild(guild_id)

        async def note() -> None:
            session = await self._events.find_by_event(guild_id, event_id)
            if session is not None and guild is not None:
                await self._take_over(guild, session, [user_id], is_interested=is_interested)

        await until_kept(self.bot, note)

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
        for start in range(0, len(user_ids), MEMBERS_AT_ONCE):
            members += await find_members(guild, user_ids[start : start + MEMBERS_AT_ONCE])
        may_come = {member.id for member in members if may_take_part(session, (role.id for role in member.roles))}
        return may_come | set(session.host_ids)
