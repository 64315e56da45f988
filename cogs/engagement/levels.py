"""Levels follow standing: a rise is noticed soon after it happened, a fall when its time has come.

Whoever may have another level is looked at: those for whom something was counted, those whose fall is due, and once in
each day of a guild, for then the oldest day stops counting, everybody of whom something is kept.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

import discord
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.engagement.rules import Level
from bot.engagement.standing_service import AT_ONCE, ROLE_FAULT
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.people import MEMBERS_AT_ONCE
from cogs.engagement.roles import LevelRoles, fault_in

log = logging.getLogger(__name__)

#: The pause between two pieces of work while there is some, in seconds.
LOOK_EVERY = 5.0
#: How often it looks whether a new day began in a guild, or a fall is due.
DAY_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class _Guild:
    """What is to be done in a guild. `day` is the one everybody is, or was, looked at for, up to `after_id`."""

    touched: dict[int, None]
    to_show: dict[int, None]
    day: date | None = None
    after_id: int | None = None
    looked_at: datetime | None = None

    @property
    def is_busy(self) -> bool:
        """Whether there is something to do before the next hour."""
        return self.looked_at is None or self.after_id is not None or bool(self.touched or self.to_show)


@contextmanager
def _taken(waiting: dict[int, None], most: int) -> Iterator[list[int]]:
    """The next members who wait, taken from there: who is added again meanwhile waits again, as all do on a failure."""
    chosen = list(islice(waiting, most))
    for member_id in chosen:
        del waiting[member_id]
    try:
        yield chosen
    except BaseException:
        waiting.update(dict.fromkeys(chosen))
        raise


class Levels(commands.Cog):
    """The loop that brings levels up to date, and their roles."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._standing = bot.services.standing
        self._roles = LevelRoles(bot)
        self._guilds: dict[int, _Guild] = {}
        self._is_awake = True

    async def cog_load(self) -> None:
        """Register the notice, listen, and start looking."""
        self.bot.renderers[ROLE_FAULT] = self.draw_fault
        self._standing.on_touched = self.touch
        self.bot.services.counts.on_counted = self.touch
        self.follow.start()

    async def cog_unload(self) -> None:
        """Stop. What was not looked at is looked at after the next start, with everybody else."""
        self._standing.on_touched = self.bot.services.counts.on_counted = lambda _guild_id, _member_ids: None
        self.follow.cancel()

    def touch(self, guild_id: int, member_ids: Collection[int]) -> None:
        """These members may have another level now."""
        self._of(guild_id).touched.update(dict.fromkeys(member_ids))
        self._wake()

    @commands.Cog.listener()
    async def on_level_roles_chosen(self, guild: discord.Guild) -> None:
        """Hosts chose roles, or where levels begin: look at everybody anew."""
        self._look_at_all(guild)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Who comes back has the level they had, and lost its role when they left."""
        self._of(member.guild.id).to_show[member.id] = None
        self._wake()

    @commands.Cog.listener()
    async def on_member_forgotten(self, member: discord.Member) -> None:
        """A member deleted what was kept about them, so they are *New* and look it."""
        self._of(member.guild.id).to_show[member.id] = None
        self._wake()

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """What keeps a role from being given may have been mended, or have come about."""
        if (before.permissions, before.position) == (after.permissions, after.position):
            return
        settings = await self._standing.settings(after.guild.id)
        if after.id in settings.roles.values() or (settings.roles and after in after.guild.me.roles):
            self._look_at_all(after.guild)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Tell the hosts when the role of a level is gone."""
        if role.id in (await self._standing.settings(role.guild.id)).roles.values():
            await self._roles.check(role.guild)

    def _look_at_all(self, guild: discord.Guild) -> None:
        self._roles.forget(guild.id)
        self._of(guild.id).day = None
        self._of(guild.id).looked_at = None
        self._wake()

    def _wake(self) -> None:
        """There is something to do before the next hour. A loop that is told a shorter pause would make up for the past
        one; begun anew, it does not.
        """
        if not self._is_awake:
            self._is_awake = True
            self.follow.restart()

    @tasks.loop(seconds=LOOK_EVERY)
    async def follow(self) -> None:
        """Do a bounded piece of what is to be done in each guild, and rest for an hour once nothing is left."""
        self._is_awake, now = True, self.bot.services.clock.now()
        for guild in self.bot.guilds:
            if guild.unavailable:
                continue  # Its roles may not be known, and are not gone.
            try:
                await self._look_after(guild, self._of(guild.id), now)
            except DatabaseUnavailableError:
                pass  # The database said so in the log; what is to be done is still known.
            except Exception:
                log.exception("levels not brought up to date guild=%s", guild.id)
        self._is_awake = any(self._of(guild.id).is_busy for guild in self.bot.guilds)
        self.follow.change_interval(seconds=LOOK_EVERY if self._is_awake else DAY_EVERY.total_seconds())

    @follow.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()

    async def _look_after(self, guild: discord.Guild, state: _Guild, now: datetime) -> None:
        if state.looked_at is None or now - state.looked_at >= DAY_EVERY:
            await self._look_at_day(guild, state, now)
        if state.touched:
            with _taken(state.touched, AT_ONCE) as chosen:
                changed = await self._standing.reconsider(guild.id, chosen, now)
            state.to_show.update(dict.fromkeys(changed))
        if state.after_id is not None:
            page = await self._standing.reconsider_next(guild.id, state.after_id, now)
            state.after_id = page.after_id
            state.to_show.update(dict.fromkeys(page.member_ids))
        if state.to_show:
            await self._show(guild, state)

    async def _look_at_day(self, guild: discord.Guild, state: _Guild, now: datetime) -> None:
        """Begin to look at everybody if a new day has begun, and at those whose fall is due."""
        today = await self._standing.today(guild.id, now)
        if state.day != today:
            await self._roles.check(guild)
            state.day, state.after_id = today, 0
        fallen = await self._standing.reconsider_falling(guild.id, now)
        state.to_show.update(dict.fromkeys(fallen))
        state.looked_at = now

    async def _show(self, guild: discord.Guild, state: _Guild) -> None:
        with _taken(state.to_show, MEMBERS_AT_ONCE) as chosen:
            waiting = await self._roles.show(guild, chosen)
        state.to_show.update(dict.fromkeys(waiting))

    async def draw_fault(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tell the hosts why the role of a level cannot be given; None if it can, or if the level has none any more."""
        level = Level(post.subject_id)
        role_id = (await self._standing.settings(guild.id)).roles.get(level)
        if role_id is None:
            return None
        fault = fault_in(guild.get_role(role_id), level, await self.bot.services.communities.get(guild.id))
        if fault is None:
            return None
        return OutgoingMessage(
            f"Members who become *{level.title}* do not get their role: {fault} Once that is mended they get it, and "
            "this notice goes."
        )

    def _of(self, guild_id: int) -> _Guild:
        return self._guilds.setdefault(guild_id, _Guild({}, {}))
