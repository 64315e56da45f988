"""`/setup`, and the bot's first hello in a guild."""

from datetime import datetime
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import ChannelPurpose
from bot.outbox.rules import NewPost, Post
from bot.rounds import PASSING, until_kept
from bot.ui.messages import OutgoingMessage
from bot.ui.times import zone_choices
from cogs.setup.cards import deleted_text
from cogs.setup.places import channel_for_hello
from cogs.setup.views import hello_layout, panel

HELLO = "setup:hello"
#: A deleted channel is told by a post whose kind ends with the channel's purpose.
DELETED = "setup:deleted:"


class Setup(commands.Cog):
    """Time zone, channels, host role; arrivals and departures of the bot."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._communities = bot.services.communities
        self._present: set[int] = set()

    async def cog_load(self) -> None:
        """Register what this cog draws, and remember where the bot was."""
        self._present = set(await self._communities.list_present())
        self.bot.renderers[HELLO] = self.draw_hello
        for purpose in ChannelPurpose:
            self.bot.renderers[DELETED + purpose] = self.draw_deleted

    @app_commands.command(description="Set up this server: time zone, channels, host role")
    @app_commands.describe(time_zone="The zone your dates are meant in; type a city near you")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def setup(self, interaction: discord.Interaction[Tribekeeper], time_zone: str | None = None) -> None:
        """`/setup [time_zone]`"""
        guild = interaction.guild
        assert guild is not None, "this is offered in guilds only"
        await self._remember(guild)
        if time_zone is None:
            community = await self._communities.get(guild.id)
        else:
            community = await self._communities.set_time_zone(guild.id, time_zone)
        await interaction.response.send_message(view=panel(interaction, community), ephemeral=True)

    @setup.autocomplete("time_zone")
    async def choose_time_zone(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Matching IANA names with the local time there."""
        return zone_choices(typed, interaction.created_at)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say hello once."""
        await until_kept(self.bot, lambda: self._arrive(guild))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Say hello where the bot was invited while it was away, and send nothing more where it was removed."""
        gone = self._present - {guild.id for guild in self.bot.guilds}
        for guild in self.bot.guilds:
            if guild.id not in self._present and not guild.unavailable:
                await until_kept(self.bot, partial(self._arrive, guild))
        for guild_id in gone:
            if self._is_ours(guild_id) and await self._is_removed_from(guild_id):
                await self._leave(guild_id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Say hello in a guild that came late."""
        if self.bot.is_ready() and guild.id not in self._present:
            await until_kept(self.bot, lambda: self._arrive(guild))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Send nothing more there. The settings are kept, should the bot come back."""
        await self._leave(guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Tell the hosts when a channel the bot uses is gone."""
        now = self.bot.services.clock.now()
        await until_kept(self.bot, lambda: self._tell_deleted(channel, now))

    async def _tell_deleted(self, channel: discord.abc.GuildChannel, now: datetime) -> None:
        community = await self._communities.get(channel.guild.id)
        hosts = community.channels.get(ChannelPurpose.HOSTS)
        if hosts in (None, channel.id):
            return
        for purpose, channel_id in community.channels.items():
            if channel_id == channel.id:
                key = f"deleted:{purpose}:{channel.id}"
                await self.bot.services.outbox.post_alone(
                    NewPost(channel.guild.id, hosts, DELETED + purpose, channel.id, key, due_at=now)
                )

    async def draw_hello(self, guild: discord.Guild, _post: Post) -> OutgoingMessage | None:
        """The first hello."""
        return OutgoingMessage(view=hello_layout(guild))

    async def draw_deleted(self, _guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The notice about a deleted channel."""
        return OutgoingMessage(deleted_text(ChannelPurpose(post.kind.removeprefix(DELETED))))

    async def _arrive(self, guild: discord.Guild) -> None:
        # The hello comes first: should the bot die in between, the guild is still unknown at the next start,
        # and the hello's key keeps it from being said twice.
        channel = channel_for_hello(guild)
        now = self.bot.services.clock.now()
        if channel is not None:
            since = guild.me.joined_at or now
            await self.bot.services.outbox.post_alone(
                NewPost(guild.id, channel.id, HELLO, guild.id, f"hello:{since:%Y%m%d%H%M%S}", due_at=now)
            )
        await self.bot.services.outbox.enter_guild(guild.id)
        await self._remember(guild)

    def _is_ours(self, guild_id: int) -> bool:
        shards = self.bot.settings.shards
        return shards is None or shards.has(guild_id)

    async def _is_removed_from(self, guild_id: int) -> bool:
        """Whether Discord says that the bot is not in a guild; as long as it does not answer, the bot is."""
        try:
            await self.bot.fetch_guild(guild_id, with_counts=False)
        except (discord.Forbidden, discord.NotFound):
            return True
        except PASSING:
            pass
        return False

    async def _leave(self, guild_id: int) -> None:
        self._present.discard(guild_id)
        outbox, now = self.bot.services.outbox, self.bot.services.clock.now()
        await until_kept(self.bot, lambda: outbox.leave_guild(guild_id, now))

    async def _remember(self, guild: discord.Guild) -> None:
        await self._communities.arrive(guild.id, guild.name, self.bot.services.clock.now())
        self._present.add(guild.id)
