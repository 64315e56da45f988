"""Newcomers are greeted, once, by what is stored: together, when they can take part, and never in a raid."""

import logging
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import discord
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.greeting import rules
from bot.greeting.arrival_service import DIRECT_GREETING, GREETING, HELD, PREVIEW
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.people import MEMBERS_AT_ONCE, find_member, find_members
from bot.ui.views import BaseView
from cogs.greeting.cards import HELD_NO_LONGER, direct_text, greeting_text, held_text
from cogs.greeting.views import HeldButton, IntroduceButton

log = logging.getLogger(__name__)

#: Up to this size a guild's members are looked through for joins that were missed: it takes one request.
SMALL_GUILD = 1000
#: How many join messages are looked through where a guild is larger.
MESSAGES_LOOKED_THROUGH = 1000
#: How often it is written down that the bot is there to see people come and go, in minutes.
SEEN_EVERY = 5
#: Discord says when people joined by its own clock, which may differ from ours.
CLOCK_DIFFERENCE = timedelta(minutes=1)
SCREENING = "MEMBER_VERIFICATION_GATE_ENABLED"


class Arrivals(commands.Cog):
    """Greets people when they can take part."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._arrivals = bot.services.arrivals
        #: Guilds where everything that was told is written down, and those to be looked through again for it.
        self._caught_up: set[int] = set()
        self._behind: set[int] = set()
        #: Whom Discord told of since a guild's catching up began.
        self._told: dict[int, set[int]] = {}
        #: Shards that hear nothing now.
        self._cut_off: set[int] = set()

    async def cog_load(self) -> None:
        """Register what this cog draws."""
        self.bot.renderers[GREETING] = self.draw_greeting
        self.bot.renderers[PREVIEW] = self.draw_preview
        self.bot.renderers[DIRECT_GREETING] = self.draw_direct
        self.bot.renderers[HELD] = self.draw_held
        self.keep_seen.start()

    async def cog_unload(self) -> None:
        """Write down that the bot was there until now."""
        self.keep_seen.cancel()
        await self._write_down_presence()

    # ------------------------------------------------------------- what Discord tells

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Greet, or wait for the rules to be accepted."""
        self._note(member.guild.id, member.id)
        if not member.bot:
            await self._welcome(member)

    async def _welcome(self, member: discord.Member) -> None:
        now = self.bot.services.clock.now()
        with self._or_catch_up_later(member.guild.id):
            await self._arrivals.welcome(
                member.guild.id, member.id, joined_at=member.joined_at or now, pending=member.pending, now=now
            )

    @commands.Cog.listener()
    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Greet when the rules are accepted. What was stored decides, for the cached "before" may be missing or old."""
        if not after.bot and not after.pending:
            with self._or_catch_up_later(after.guild.id):
                await self._arrivals.pass_screening(after.guild.id, after.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_raw_member_remove(self, event: discord.RawMemberRemoveEvent) -> None:
        """Somebody who left before the greeting is not greeted; a fresh greeting is taken down."""
        self._note(event.guild_id, event.user.id)
        if event.user.bot:
            return
        with self._or_catch_up_later(event.guild_id):
            await self._arrivals.farewell(event.guild_id, event.user.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """Screening was switched off: nobody has rules to accept any more, and Discord does not say so of each."""
        if SCREENING in before.features and SCREENING not in after.features:
            await self._release(after, await self.bot.services.members.awaiting_screening(after.id), greet=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up with every guild, at the start and after each gap in what Discord told."""
        for guild in self.bot.guilds:
            await self._catch_up_safely(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up with a guild that came late."""
        if self.bot.is_ready():
            await self._catch_up_safely(guild)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """From now on the bot sees nothing there."""
        self._cut_off.add(shard_id)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Discord has told what happened meanwhile."""
        self._cut_off.discard(shard_id)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session: of what happened since the last one Discord tells nothing, so it has to be caught up with."""
        self._caught_up -= {guild.id for guild in self.bot.guilds if guild.shard_id == shard_id}
        self._cut_off.discard(shard_id)

    # ------------------------------------------------------------- what was missed

    @contextmanager
    def _or_catch_up_later(self, guild_id: int) -> Generator[None]:
        """What cannot be written down now, the next catching up finds."""
        try:
            yield
        except DatabaseUnavailableError:
            self._caught_up.discard(guild_id)
            self._behind.add(guild_id)

    @tasks.loop(minutes=SEEN_EVERY)
    async def keep_seen(self) -> None:
        """Write down that the bot is there, so that after an absence it is known how long it was."""
        for guild in self.bot.guilds:
            if guild.id in self._behind:
                await self._catch_up_safely(guild)
        await self._write_down_presence()

    async def _write_down_presence(self) -> None:
        with suppress(DatabaseUnavailableError):
            await self._see(self.bot.guilds)

    async def _see(self, guilds: Iterable[discord.Guild]) -> None:
        """Write down of those guilds where the bot misses nothing that it does so until now."""
        seen = (guild for guild in guilds if guild.id in self._caught_up and not guild.unavailable)
        guild_ids = [guild.id for guild in seen if guild.shard_id not in self._cut_off]
        await self.bot.services.communities.see(guild_ids, self.bot.services.clock.now())

    async def _catch_up_safely(self, guild: discord.Guild) -> None:
        self._told[guild.id] = set()
        self._caught_up.discard(guild.id)
        try:
            await self._catch_up(guild)
            self._caught_up.add(guild.id)
            self._behind.discard(guild.id)
            await self._see([guild])
        except DatabaseUnavailableError:
            self._behind.add(guild.id)  # The database has said so in the log.
        except Exception:
            self._behind.add(guild.id)
            if not self.bot.is_closed():  # A stop may come in the middle of it.
                log.exception("not caught up guild=%s", guild.id)
        finally:
            self._told.pop(guild.id, None)

    def _note(self, guild_id: int, member_id: int) -> None:
        """What Discord tells while the bot catches up is newer than the list it looks at."""
        if (told := self._told.get(guild_id)) is not None:
            told.add(member_id)

    async def _catch_up(self, guild: discord.Guild) -> None:
        """Reconcile what is stored with who is here, in a way that costs a large guild nothing."""
        services, now = self.bot.services, self.bot.services.clock.now()
        community = await services.communities.get(guild.id)
        away_for = now - (community.seen_at or now)
        await self._catch_up_with_screening(guild, away_for)
        since = max((community.seen_at or now) - CLOCK_DIFFERENCE, community.arrived_at or now)
        if (guild.member_count or 0) <= SMALL_GUILD:
            remembered, _ = await services.privacy.present(guild.id, now)
            here = [member async for member in guild.fetch_members(limit=SMALL_GUILD + 1)]
            for member_id in {*remembered} - {member.id for member in here}:
                if member_id not in self._told.get(guild.id, ()):
                    await self._arrivals.farewell(guild.id, member_id, now)
            missed: Iterable[discord.Member] = here
        else:
            missed = await self._announced(guild, since)
        for member in sorted(missed, key=lambda member: member.joined_at or now):
            is_new = member.joined_at is not None and member.joined_at > since
            if is_new and not member.bot and member.id not in self._told.get(guild.id, ()):
                await self._welcome(member)
                # For the others who look at newcomers: here is somebody they have not seen.
                self.bot.dispatch("raw_member_update", member, None)

    async def _catch_up_with_screening(self, guild: discord.Guild, away_for: timedelta) -> None:
        """Look again at those who were accepting the rules when the bot went away.

        discord.py tells of changes of cached members only, so they are loaded into its cache by id.
        """
        awaited = await self.bot.services.members.awaiting_screening(guild.id)
        now = self.bot.services.clock.now()
        for start in range(0, len(awaited), MEMBERS_AT_ONCE):
            some = awaited[start : start + MEMBERS_AT_ONCE]
            found = await guild.query_members(user_ids=some, limit=MEMBERS_AT_ONCE, cache=True)
            for member_id in set(some) - {member.id for member in found}:
                await self._arrivals.farewell(guild.id, member_id, now)
            passed = [member for member in found if not member.pending or SCREENING not in guild.features]
            for member in passed:
                # When they accepted is not known; it was after the bot looked away.
                recent = away_for <= rules.GREETED_WITHIN or now - (member.joined_at or now) <= rules.GREETED_WITHIN
                await self._release(guild, [member.id], greet=recent)

    async def _announced(self, guild: discord.Guild, since: datetime) -> list[discord.Member]:
        """Who joined a large guild meanwhile, by Discord's own join messages, for there is no list by time."""
        channel = guild.system_channel
        if channel is None or not channel.permissions_for(guild.me).read_message_history:
            return []
        ids = [
            message.author.id
            async for message in channel.history(after=since, limit=MESSAGES_LOOKED_THROUGH)
            if message.type is discord.MessageType.new_member
        ]
        return [
            member
            for start in range(0, len(ids), MEMBERS_AT_ONCE)
            for member in await guild.query_members(
                user_ids=ids[start : start + MEMBERS_AT_ONCE], limit=MEMBERS_AT_ONCE, cache=False
            )
        ]

    async def _release(self, guild: discord.Guild, member_ids: Sequence[int], *, greet: bool) -> None:
        now = self.bot.services.clock.now()
        for member_id in member_ids:
            await self._arrivals.pass_screening(guild.id, member_id, now, greet=greet)

    # ------------------------------------------------------------- what is said

    async def draw_greeting(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The greeting of those it names who are here, which can ping them and nobody else; None if all are gone."""
        greeting = await self._arrivals.greeting(guild.id, post.subject_id)
        newcomers = await find_members(guild, greeting.members) if greeting else []
        return await self._greeting(guild, greeting.template, newcomers) if greeting and newcomers else None

    async def draw_preview(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """What the member would read if they joined now."""
        settings = await self.bot.services.greeting.settings(guild.id)
        newcomers = await find_members(guild, [post.subject_id])
        return await self._greeting(guild, rules.choose_template(settings), newcomers)

    async def _greeting(
        self, guild: discord.Guild, template: str, newcomers: Sequence[discord.Member]
    ) -> OutgoingMessage:
        community = await self.bot.services.communities.get(guild.id)
        return OutgoingMessage(
            greeting_text(guild, community, template, newcomers),
            view=BaseView(timeout=None).add_item(IntroduceButton()),
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=newcomers),
        )

    async def draw_direct(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The one direct message a newcomer gets; None if they are gone."""
        if await find_member(guild, post.subject_id) is None:
            return None
        return OutgoingMessage(direct_text(guild, await self.bot.services.communities.get(guild.id)))

    async def draw_held(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Asks the hosts about greetings that are held; None if one decided before they were asked."""
        settings = await self.bot.services.greeting.settings(guild.id)
        if settings.held_since is None:
            return OutgoingMessage(HELD_NO_LONGER) if post.message_id else None
        view = BaseView(timeout=None).add_item(HeldButton("resume")).add_item(HeldButton("skip"))
        return OutgoingMessage(held_text(settings.most_joins, await self._arrivals.count_held(guild.id)), view=view)
