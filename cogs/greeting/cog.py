"""Newcomers are greeted and introduce themselves."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.greeting import rules
from bot.greeting.service import GREETING, HELLO, INTRODUCTION
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.views import BaseView
from cogs.greeting import actions
from cogs.greeting.cards import greeting_text, introduction_card
from cogs.greeting.views import HelloButton, IntroduceButton

#: Discord gives at most this many members for one request by id.
MEMBERS_AT_ONCE = 100


class Greeting(commands.Cog):
    """Greets people when they can take part, once, by what is stored."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._greeting = bot.services.greeting

    async def cog_load(self) -> None:
        """Register what this cog draws."""
        self.bot.renderers[GREETING] = self.draw_greeting
        self.bot.renderers[INTRODUCTION] = self.draw_introduction
        self.bot.renderers[HELLO] = self.draw_hello

    @app_commands.command(description="Introduce yourself, or change your introduction")
    async def intro(self, interaction: discord.Interaction[Tribekeeper]) -> None:
        """`/intro`"""
        await actions.open_introduction(interaction)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Greet, or wait for the rules to be accepted."""
        if member.bot:
            return
        now = self.bot.services.clock.now()
        await self._greeting.welcome(
            member.guild.id, member.id, joined_at=member.joined_at or now, pending=member.pending, now=now
        )

    @commands.Cog.listener()
    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Greet when the rules are accepted. What was stored decides, for the cached "before" may be missing or old."""
        if not after.bot and not after.pending:
            await self._greeting.pass_screening(after.guild.id, after.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_raw_member_remove(self, event: discord.RawMemberRemoveEvent) -> None:
        """Somebody who left before the greeting is not greeted."""
        await self._greeting.farewell(event.guild_id, event.user.id, self.bot.services.clock.now())

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up with every guild, at the start and after each gap in what Discord told."""
        for guild in self.bot.guilds:
            await self._catch_up(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up with a guild that came late."""
        if self.bot.is_ready():
            await self._catch_up(guild)

    async def _catch_up(self, guild: discord.Guild) -> None:
        """Look again at those who were accepting the rules when the bot went away.

        discord.py tells of changes of cached members only, so they are loaded into its cache by id.
        """
        awaited = await self.bot.services.members.awaiting_screening(guild.id)
        for start in range(0, len(awaited), MEMBERS_AT_ONCE):
            some = awaited[start : start + MEMBERS_AT_ONCE]
            for member in await guild.query_members(user_ids=some, limit=MEMBERS_AT_ONCE, cache=True):
                await self.on_member_update(member, member)

    async def draw_greeting(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The greeting of one newcomer, which can ping them and nobody else; None if they are gone."""
        member = await self._find_member(guild, post.subject_id)
        if member is None:
            return None
        chosen = await self._greeting.greeting_of(guild.id, member.id)
        template = chosen or rules.choose_template(await self._greeting.settings(guild.id))
        community = await self.bot.services.communities.get(guild.id)
        return OutgoingMessage(
            greeting_text(guild, community, template, member),
            view=BaseView(timeout=None).add_item(IntroduceButton()),
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[member]),
        )

    async def draw_introduction(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The card of one member, which pings nobody; None if they are gone."""
        introduction = await self._greeting.introduction_of(guild.id, post.subject_id)
        member = await self._find_member(guild, post.subject_id)
        if introduction is None or member is None:
            return None
        view = BaseView(timeout=None).add_item(HelloButton(member.id))
        return OutgoingMessage(embeds=[introduction_card(introduction, member)], view=view)

    async def draw_hello(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tells the introduced member who said hi, and leaves the talking to the two."""
        hello = await self._greeting.hello(guild.id, post.subject_id)
        if hello is None:
            return None
        introduced = discord.Object(hello.member_id)
        return OutgoingMessage(
            f"<@{hello.greeter_id}> says hi to <@{hello.member_id}> 👋 Over to you two.",
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[introduced]),
        )

    async def _find_member(self, guild: discord.Guild, member_id: int) -> discord.Member | None:
        try:
            return guild.get_member(member_id) or await guild.fetch_member(member_id)
        except discord.NotFound:
            return None
