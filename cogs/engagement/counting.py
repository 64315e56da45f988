"""Sees every message of a guild, holds what counts of it for a minute, and has it written down."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import Community
from bot.db import DatabaseUnavailableError
from bot.engagement import count_rules as rules
from bot.engagement.tally import BATCH, UNKNOWN_ROLES, GuildTally
from bot.gateway import SeenMessage
from bot.rounds import Rounds
from cogs.engagement.history import History
from cogs.engagement.people import Staff, Uncounted

log = logging.getLogger(__name__)

#: The pause between two looks while something is to be read back, or could not be written down.
EVERY = timedelta(seconds=5)
#: So many pages of history are read before what they brought is written down.
PAGES_AT_ONCE = 20
#: What is too old is deleted this often.
CLEAN_EVERY = timedelta(hours=6)
#: How long a stop waits until what is ripe is written down, in seconds. The rest is read back after the start.
FLUSH_WITHIN = 3.0
#: If members cannot be asked for so often in a row, those who are not known count as no hosts.
MOST_FAILURES = 5


class Counting(commands.Cog):
    """Counts taking part. On the way of a message there is nothing but putting a few numbers into the tally."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._counts = bot.services.counts
        self._tally = bot.services.counts.tally
        self._staff = Staff(self._tally)
        self._history = History(bot)
        self._failures: dict[int, int] = {}
        self._clean_at: datetime | None = None
        self._rounds = Rounds(bot, self.work)
        self._writing = asyncio.Lock()

    async def cog_load(self) -> None:
        """Begin to listen and to write."""
        self._counts.is_staff = self.is_staff
        self.bot.message_observers.append(self.observe)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Write down what is ripe. What is not will be read back: the marks say from where."""
        self.bot.message_observers.remove(self.observe)
        self._rounds.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.write(), FLUSH_WITHIN)

    # ------------------------------------------------------------- what comes in

    def observe(self, message: SeenMessage) -> None:
        """Hold a message. Nothing is decided here: that is done for many at once, and when nobody waits."""
        guild_id, channel_id, message_id, author_id, roles, to_id, answered_id = message.facts()
        held = self._tally.of(guild_id)
        if not held.minutes:  # Until now there was nothing to write down.
            self._rounds.wake()
        if channel_id not in held.parents:
            self._learn_place(held, channel_id)
        number = UNKNOWN_ROLES if roles is None else self._tally.number_of(roles)
        held.add(message_id, channel_id, author_id, number, to_id, answered_id)

    def _learn_place(self, held: GuildTally, channel_id: int) -> None:
        guild = self.bot.get_guild(held.guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is not None:
            held.parents[channel_id] = channel.parent_id if isinstance(channel, discord.Thread) else 0

    @commands.Cog.listener("on_thread_create")
    @commands.Cog.listener("on_thread_join")
    async def learn_thread(self, thread: discord.Thread) -> None:
        """A thread was opened, or one that was archived is open again, perhaps after its first message was heard."""
        self._tally.of(thread.guild.id).parents[thread.id] = thread.parent_id

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted; within a minute that makes it one that was never written."""
        self._delete(event.guild_id, [event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Many were."""
        self._delete(event.guild_id, event.message_ids)

    def _delete(self, guild_id: int | None, message_ids: Iterable[int]) -> None:
        now = self.bot.services.clock.now()
        if guild_id is not None:
            held = self._tally.of(guild_id)
            held.deleted |= {one for one in message_ids if rules.is_deleted_in_time(one, now)}

    # ------------------------------------------------------------- gaps and guilds

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session: Discord does not tell what happened since the last one, so history has to."""
        for held in self._tally:
            guild = self.bot.get_guild(held.guild_id)
            if guild is None or guild.shard_id == shard_id:
                self._look_again(held)
        self._rounds.wake()

    @commands.Cog.listener()
    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Discord tells nothing of a guild for some time."""
        self._look_again(self._tally.of(guild.id))
        self._rounds.wake()

    def _look_again(self, held: GuildTally) -> None:
        held.look_again()
        self._staff.forget(held.guild_id)  # Changes of roles were missed, too.

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited: from now on it counts."""
        with suppress(DatabaseUnavailableError):  # The next round begins.
            await self._counts.begin(self._tally.of(guild.id), self.bot.services.clock.now())
        self._rounds.wake()

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a guild."""
        self._tally.drop(guild.id)
        self._staff.forget(guild.id)
        self._history.forget(guild.id)

    # ------------------------------------------------------------- who is staff

    def is_staff(self, community: Community, member_id: int) -> bool:
        """Whether a member hosts or has a role with powers, as far as is known."""
        guild = self.bot.get_guild(community.guild_id)
        return guild is not None and self._staff.is_staff(guild, member_id, community.host_role_id)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody pressed or typed something, and Discord told their roles."""
        if isinstance(interaction.user, discord.Member):
            self._staff.learn(interaction.user)

    @commands.Cog.listener()
    async def on_raw_member_update(self, member: discord.Member, _known_roles: frozenset[int] | None) -> None:
        """Somebody's roles may have changed."""
        self._staff.forget(member.guild.id, member.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """What a role may do may have changed; others change their colour all day."""
        if before.permissions != after.permissions:
            self._staff.forget(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Whoever had it lost what it allowed, and Discord does not tell who that was."""
        self._staff.forget(role.guild.id)

    # ------------------------------------------------------------- writing down

    async def work(self) -> float | None:
        """Read back what is missing, write down what is ripe, delete what is old. In how many seconds there is more."""
        now = self.bot.services.clock.now()
        while await self._read_some(now):
            await self.write()
        await self.write()
        await self._clean(now)
        return self._pause()

    def _pause(self) -> float | None:
        """How many seconds nothing is to be done; None where nothing is held."""
        now, every = self.bot.services.clock.now(), EVERY.total_seconds()
        if any(held.targets is None or held.reading for held in self._tally) or not self.bot.guilds:
            return every
        ripe_at = min(filter(None, (held.ripe_at() for held in self._tally)), default=None)
        return None if ripe_at is None else max((ripe_at - now).total_seconds(), every)

    async def _read_some(self, now: datetime) -> bool:
        """Read some pages, each guild in turn. Whether there is more."""
        pages, behind = 0, [guild for guild in self.bot.guilds if not guild.unavailable]
        while behind and pages < PAGES_AT_ONCE:
            still: list[discord.Guild] = []
            for guild in behind:
                held = self._tally.of(guild.id)
                try:
                    if held.targets is not None:
                        messages = await self._history.read_page(guild, held)
                    else:
                        messages = [] if await self._history.look(guild, held, now) else None
                except (DatabaseUnavailableError, discord.DiscordException, aiohttp.ClientError, OSError):
                    continue  # In the next round again; until then what came since is held.
                except Exception:
                    log.exception("history not read guild=%s", guild.id)
                    continue
                if messages is not None:
                    for message in messages:
                        self.observe(message)
                    pages += 1
                    still.append(guild)
            behind = still
        return bool(behind)

    async def write(self) -> None:
        """Write down all that is ripe, each guild for itself."""
        async with self._writing:
            for held in self._tally:
                try:
                    await self._write_guild(held)
                except DatabaseUnavailableError:
                    break  # Everything is still held; the next round tries again.
                except Exception:
                    log.exception("counts not written guild=%s", held.guild_id)
            while (shed := self._tally.shed()) is not None:
                log.warning("too much held, it will be read back guild=%s", shed.guild_id)
            self._tally.forget_role_sets()

    async def _write_guild(self, held: GuildTally) -> None:
        guild, now = self.bot.get_guild(held.guild_id), self.bot.services.clock.now()
        if guild is None or not held.ripe(now):
            return
        community = await self.bot.services.communities.get(guild.id)
        # Each transaction lets others have their turn.
        while minutes := held.ripe(now):
            uncounted = await self._look(guild, held, minutes, community.host_role_id)
            if uncounted is None:
                return
            written = await self._counts.write(held, minutes, community.zone, uncounted.staff, uncounted.roles)
            if written < BATCH:
                return  # That was all; what came meanwhile goes with the next round.

    async def _look(
        self, guild: discord.Guild, held: GuildTally, minutes: Mapping[int, int], host_role_id: int | None
    ) -> Uncounted | None:
        """Who is not counted; None where that is to be found out in the next round."""
        patient = self._failures.get(guild.id, 0) < MOST_FAILURES
        try:
            who = await self._staff.look(guild, held, minutes, host_role_id, ask=patient)
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError):
            self._failures[guild.id] = self._failures.get(guild.id, 0) + 1
            log.warning("members not found out guild=%s failures=%s", guild.id, self._failures[guild.id])
            return None
        self._failures.pop(guild.id, None)
        return who

    async def _clean(self, now: datetime) -> None:
        if self._clean_at is not None and now < self._clean_at:
            return
        self._clean_at = now + CLEAN_EVERY
        for guild in self.bot.guilds:
            try:
                await self._counts.clean(guild.id, now)
            except DatabaseUnavailableError:
                self._clean_at = None
                return
            except Exception:
                log.exception("old counts not deleted guild=%s", guild.id)
