"""The real bot as the rehearsal needs it: on a SQLite file of its own, in a community already set up."""

from pathlib import Path
from typing import cast

import discord
from discord.ext import commands
from pydantic import SecretStr

from bot.app import build
from bot.client import Tribekeeper
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.config import Settings
from bot.engagement.rules import WINDOW
from bot.rehearsal.meeting import plan_session
from bot.rehearsal.offers import offer
from bot.rehearsal.world import World, WorldPlan


class TribekeeperPlayer:
    """Makes the bot anew on the same file, as often as it is restarted."""

    def __init__(self, folder: Path, plan: WorldPlan) -> None:
        self._plan = plan
        self._settings = Settings(
            discord_token=SecretStr("rehearsal"),
            database_url=SecretStr(f"sqlite:///{folder / 'rehearsal.db'}"),
            backup_dir=folder / "backups",
            feed_allowed_hosts=frozenset({"127.0.0.1"}),
            shard_count=1,
            shard_ids=None,
        )

    def build(self) -> commands.AutoShardedBot:
        """The bot, not yet started. Its clock is the simulated one."""
        return build(self._settings, Clock(discord.utils.utcnow))

    async def prepare(self, bot: commands.AutoShardedBot, world: World, blog_address: str) -> None:
        """Do what a host does with /setup, /blog follow, /program create, /discount create and /session create."""
        services = cast(Tribekeeper, bot).services
        communities = services.communities
        await communities.arrive(world.guild.id, world.guild.name, services.clock.now())
        await communities.set_time_zone(world.guild.id, self._plan.time_zone)
        await communities.set_host_role(world.guild.id, world.roles["Host"].id)
        for purpose, channel_id in world.purposes.items():
            await communities.set_channel(world.guild.id, ChannelPurpose(purpose), channel_id)
        found = await services.feeds.read(f"{blog_address}feed.xml")
        blog, host = world.purposes["blog"], world.host.id
        # An hour between two looks keeps a day that passes short; a post that is published is looked at at once.
        await services.feeds.follow(
            world.guild.id, found, blog, services.clock.now(), author_id=host, interval_minutes=60
        )
        await offer(services, world, self._plan)
        await plan_session(services, world, self._plan)
        # What was said before the curtain rose counts, too: the regulars have taken part for weeks.
        await services.counts.count_from(world.guild.id, services.clock.now() - WINDOW)

    async def look_at_blog(self, bot: commands.AutoShardedBot) -> None:
        """Make the next look at the blog due at once, instead of in ten minutes."""
        services = cast(Tribekeeper, bot).services
        for guild in bot.guilds:
            await services.polls.hurry(guild.id, services.clock.now())
