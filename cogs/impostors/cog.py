"""Hosts are learned as they are seen; who looks like one is told to the hosts, once. Nothing happens by itself."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.impostors.service import ALERT
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.people import find_member
from cogs.impostors.cards import NOTHING_HAPPENS, alert_layout, verdict
from cogs.impostors.people import everybody_at_hand, person_before, person_of, present_hosts
from cogs.impostors.views import decision_buttons

log = logging.getLogger(__name__)

#: How long a stop waits for what is being looked at, in seconds.
FLUSH_WITHIN = 3.0


class Impostors(commands.Cog):
    """Looks at everybody who joins or changes, and answers `/verify`."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._impostors = bot.services.impostors
        self._known_guilds: set[int] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._loading: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def cog_load(self) -> None:
        """Register the alert, and remember in which guilds the hosts are known."""
        self._known_guilds = await self._impostors.known_guilds()
        self.bot.renderers[ALERT] = self.draw_alert

    async def cog_unload(self) -> None:
        """Finish looking at those who came before the stop: nobody tells of them again."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    @app_commands.command(description="Find out whether an account is really a host here")
    @app_commands.describe(member="The account you want to be sure about")
    async def verify(self, interaction: discord.Interaction[Any], member: discord.Member | discord.User) -> None:
        """`/verify member`"""
        guild = interaction.guild
        assert guild is not None, "this is offered in guilds only"
        now = self.bot.services.clock.now()
        host = await self._impostors.observe(person_of(member), now) if isinstance(member, discord.Member) else None
        community = await self.bot.services.communities.get(guild.id)
        host_role, is_own = guild.get_role(community.host_role_id or 0), member.id == interaction.user.id
        text = verdict(member, host, host_role, is_own=is_own)
        await interaction.response.send_message(
            text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )  # fmt: skip

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Look at a newcomer; one who brings a role along is a host from this moment."""
        await self._look_at(member, frozenset())

    @commands.Cog.listener()
    async def on_raw_member_update(self, member: discord.Member, known_roles: frozenset[int] | None) -> None:
        """Look at somebody who may be called something new, or have become a host."""
        await self._look_at(member, known_roles)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Notice hosts by what they use."""
        person = interaction.user
        if isinstance(person, discord.Member) and interaction.type is not discord.InteractionType.autocomplete:
            with suppress(DatabaseUnavailableError):  # the answer says so already, and there will be a next time
                await self._impostors.observe(person_of(person), self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_raw_member_remove(self, event: discord.RawMemberRemoveEvent) -> None:
        """Who left is no host here."""
        with self._finished_before_a_stop(), suppress(DatabaseUnavailableError):
            await self._impostors.depart(event.guild_id, [event.user.id], self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Look for hosts where the bot is new."""
        await self._learn(guild)

    @commands.Cog.listener()
    async def on_host_role_chosen(self, guild: discord.Guild) -> None:
        """Look for hosts by the role that was chosen in the set-up."""
        await self._learn(guild)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Look for hosts where that was never done; not at every start."""
        for guild in self.bot.guilds:
            await self.on_guild_available(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As `on_ready`, in a guild that came late."""
        if self.bot.is_ready() and guild.id not in self._known_guilds:
            await self._learn(guild)

    async def draw_alert(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The alert; None if it was decided, or one of the two has left."""
        lookalike = await self._impostors.lookalike(guild.id, post.subject_id)
        if lookalike is None or lookalike.decision is not None:
            return None
        newcomer = await find_member(guild, lookalike.member_id)
        host = await find_member(guild, lookalike.host_id)
        if newcomer is None or host is None:
            return None
        return OutgoingMessage(view=alert_layout(newcomer, host, NOTHING_HAPPENS, decision_buttons(lookalike.id)))

    async def _look_at(self, member: discord.Member, known_roles: frozenset[int] | None) -> None:
        """Notice a host, or somebody who looks like one. `known_roles` are those they had a moment ago, if known."""
        if member.bot:
            return
        now, found = self.bot.services.clock.now(), None
        # Where the database does not answer, whoever joined is looked at again when the guild is caught up with.
        with self._finished_before_a_stop(), suppress(DatabaseUnavailableError):
            before = None if known_roles is None else person_before(member, known_roles)
            if await self._impostors.observe(person_of(member), now, before=before):
                return
            # Many people joining at once must not ask for the same hosts many times.
            async with self._loading[member.guild.id]:
                hosts = await present_hosts(member.guild, self.bot.services)
            found = await self._impostors.watch(person_of(member), [person_of(host) for host in hosts], now)
        if found is not None:
            log.info("look-alike found guild=%s member=%s lookalike=%s", member.guild.id, member.id, found)

    @contextmanager
    def _finished_before_a_stop(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None, "listeners are tasks"
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def _learn(self, guild: discord.Guild) -> None:
        self._known_guilds.add(guild.id)
        try:
            people = [person_of(member) async for member in everybody_at_hand(guild)]
        except discord.HTTPException as error:
            # Hosts are still learned as they are seen.
            log.warning("members not listed guild=%s status=%s", guild.id, error.status)
            people = []
        await self._impostors.learn(guild.id, guild.owner_id or 0, people, self.bot.services.clock.now())
