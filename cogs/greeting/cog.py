"""Members introduce themselves and say hi to each other."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.greeting.service import HELLO, INTRODUCTION
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.people import find_member
from bot.ui.views import BaseView
from cogs.greeting import actions
from cogs.greeting.cards import introduction_card
from cogs.greeting.views import HelloButton


class Greeting(commands.Cog):
    """Introductions and the hellos under them."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._greeting = bot.services.greeting

    async def cog_load(self) -> None:
        """Register what this cog draws."""
        self.bot.renderers[INTRODUCTION] = self.draw_introduction
        self.bot.renderers[HELLO] = self.draw_hello

    @app_commands.command(description="Introduce yourself, or change your introduction")
    async def intro(self, interaction: discord.Interaction[Tribekeeper]) -> None:
        """`/intro`"""
        await actions.open_introduction(interaction)

    async def draw_introduction(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The card of one member, which pings nobody; None if they are gone."""
        introduction = await self._greeting.introduction_of(guild.id, post.subject_id)
        member = await find_member(guild, post.subject_id)
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
