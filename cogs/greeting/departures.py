"""Who left a large guild unseen is noticed in the end, so that they are forgotten, too."""

import logging
import random

import discord
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.ui.people import MEMBERS_AT_ONCE
from cogs.greeting.arrivals import SMALL_GUILD

log = logging.getLogger(__name__)

#: How often some of those of whom something is kept are looked for, in hours, and how many of them at once.
LOOK_EVERY = 1
LOOKED_FOR = 1000


class Departures(commands.Cog):
    """Looks for those who left a large guild while the bot was away.

    There nobody lists all members, as is done in a small one after each absence. So the bot asks by id for those of
    whom it keeps something, a few each hour, round and round.
    """

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        #: How far each guild is looked through.
        self._reached: dict[int, int] = {}
        #: Who is asked for now, without those who joined meanwhile.
        self._asked: set[int] = set()

    async def cog_load(self) -> None:
        """Start looking."""
        self.look.start()

    async def cog_unload(self) -> None:
        """Stop."""
        self.look.cancel()

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """What Discord tells while the bot asks is newer than the answer."""
        self._asked.discard(member.id)

    @tasks.loop(hours=LOOK_EVERY)
    async def look(self) -> None:
        """Look for the next ones in each large guild."""
        for guild in self.bot.guilds:
            if (guild.member_count or 0) <= SMALL_GUILD or guild.unavailable:
                continue
            try:
                await self._look(guild)
            except Exception:
                log.exception("not looked for departed members guild=%s", guild.id)

    @look.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()

    async def _look(self, guild: discord.Guild) -> None:
        services, some = self.bot.services, await self._next(guild.id)
        for start in range(0, len(some), MEMBERS_AT_ONCE):
            asked = some[start : start + MEMBERS_AT_ONCE]
            self._asked = set(asked)
            here = await guild.query_members(user_ids=asked, limit=MEMBERS_AT_ONCE, cache=False)
            for member_id in set(asked) - {member.id for member in here}:
                if member_id in self._asked:
                    await services.arrivals.farewell(guild.id, member_id, services.clock.now())

    async def _next(self, guild_id: int) -> list[int]:
        """Whose turn it is: those with the next higher ids, and after the highest the lowest.

        The first round begins anywhere, so that everybody has a turn also where the bot is often restarted.
        """
        present, now = self.bot.services.privacy.present, self.bot.services.clock.now()
        after = self._reached.get(guild_id, random.randrange(discord.utils.time_snowflake(now)))
        some, reached = await present(guild_id, now, after=after, most=LOOKED_FOR)
        if reached is None and after:
            lowest, reached = await present(guild_id, now, most=LOOKED_FOR)
            some += [one for one in lowest if one <= after]
        self._reached[guild_id] = reached or 0
        return some
