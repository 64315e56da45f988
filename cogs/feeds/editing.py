"""`/blog edit`: how a blog is followed."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import ChannelPurpose
from bot.errors import UserFacingError
from bot.feeds.post_rules import DEFAULT_QUESTION
from bot.ui.permissions import NEEDED, how_to_grant, missing_in
from bot.ui.text import shortened
from cogs.feeds import following
from cogs.feeds.notices import settings_text

Interaction = discord.Interaction[Any]

WEEKDAYS = [
    app_commands.Choice(name=name, value=number)
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
]


class Editing(commands.Cog):
    """A part of the `/blog` group."""

    bot: Tribekeeper

    @app_commands.command(description="See how a blog is followed, or change it")
    @app_commands.describe(
        blog="Which blog",
        channel="Where posts appear from now on",
        author="The member who writes it",
        role="The role to mention with each post",
        question="What is asked under each post; {title} stands for its title",
        digest="Post entries one by one, or together",
        hour="The hour of the digest, 0 to 23, by this server's clock",
        weekday="The day of a weekly digest",
        every="How many minutes to wait between two looks, 5 to 1440",
        at_most="Hold more new posts at once than this until a host decides; 0 never does",
        follow_button="Whether members can give themselves the role under each post",
        remove="Take back what was chosen earlier",
    )
    @app_commands.choices(weekday=WEEKDAYS)
    async def edit(
        self,
        interaction: Interaction,
        blog: str,
        channel: discord.TextChannel | discord.ForumChannel | None = None,
        author: discord.Member | None = None,
        role: discord.Role | None = None,
        question: app_commands.Range[str, 1, 300] | None = None,
        digest: Literal["off", "daily", "weekly"] | None = None,
        hour: app_commands.Range[int, 0, 23] | None = None,
        weekday: app_commands.Choice[int] | None = None,
        every: app_commands.Range[int, 5, 1440] | None = None,
        at_most: app_commands.Range[int, 0, 100] | None = None,
        follow_button: bool | None = None,
        remove: Literal["author", "role", "question"] | None = None,
    ) -> None:
        """`/blog edit`"""
        guild, services = interaction.guild, self.bot.services
        assert guild is not None, "this is offered in guilds only"
        feed = await following.chosen_feed(services.feeds, guild, blog)
        following.check_people(author, role)
        if channel is not None and (missing := missing_in(channel, NEEDED[ChannelPurpose.BLOG])):
            raise UserFacingError(how_to_grant(channel.mention, missing))
        chosen = {
            "channel_id": channel and channel.id, "author_id": author and author.id, "role_id": role and role.id,
            "question": question and question.strip(), "digest": digest, "digest_hour": hour,
            "digest_weekday": weekday and weekday.value, "interval_minutes": every, "flood_limit": at_most,
            "has_follow_button": follow_button,
        }  # fmt: skip
        changes = {name: value for name, value in chosen.items() if value is not None}
        if remove is not None:
            changes |= {"question": DEFAULT_QUESTION} if remove == "question" else {f"{remove}_id": None}
        if changes:
            feed = await services.feeds.edit(guild.id, feed.id, services.clock.now(), **changes)
        community = await services.communities.get(guild.id)
        await interaction.response.send_message(
            settings_text(feed, community.zone), ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )

    @edit.autocomplete("blog")
    async def choose_blog_to_edit(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The blogs followed here."""
        return await self._matching(interaction, typed)

    async def _matching(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        assert interaction.guild is not None, "this is offered in guilds only"
        feeds = await self.bot.services.feeds.list_feeds(interaction.guild.id)
        return [
            app_commands.Choice(name=shortened(feed.name, 100), value=str(feed.id))
            for feed in feeds
            if typed.casefold() in f"{feed.name} {feed.source.url}".casefold()
        ][:25]
