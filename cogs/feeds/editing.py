"""`/blog edit`: how a blog is followed."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.communities.rules import ChannelPurpose
from bot.errors import UserFacingError
from bot.feeds.digest_rules import DigestMode
from bot.feeds.post_rules import DEFAULT_QUESTION, Feed
from bot.ui.permissions import NEEDED, how_to_grant, missing_in
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
        _check_removal(remove, {"author": author, "role": role, "question": question})
        following.check_people(author, role)
        if channel is not None and (missing := missing_in(channel, NEEDED[ChannelPurpose.BLOG])):
            raise UserFacingError(how_to_grant(channel.mention, missing))
        chosen = {
            "channel_id": channel and channel.id, "author_id": author and author.id, "role_id": role and role.id,
            "question": question and (question.strip() or DEFAULT_QUESTION), "digest": digest, "digest_hour": hour,
            "digest_weekday": weekday and weekday.value, "interval_minutes": every, "flood_limit": at_most,
            "has_follow_button": follow_button,
        }  # fmt: skip
        changes = {name: value for name, value in chosen.items() if value is not None}
        if remove is not None:
            changes |= {"question": DEFAULT_QUESTION} if remove == "question" else {f"{remove}_id": None}
        if changes:
            feed = await services.feeds.edit(guild.id, feed.id, services.clock.now(), **changes)
        notes = await self._faults(guild, feed)
        if (hour is not None or weekday is not None) and feed.digest is DigestMode.OFF:
            notes.append("Hour and weekday count once you choose `digest:`.")
        text = "\n".join([settings_text(feed, (await services.communities.get(guild.id)).zone), *notes])
        await interaction.response.send_message(text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())

    async def _faults(self, guild: discord.Guild, feed: Feed) -> list[str]:
        """What does not work as it is, and what mends it."""
        community = await self.bot.services.communities.get(guild.id)
        channel, role = following.channel_of(guild, feed.channel_id), guild.get_role(feed.role_id or 0)
        faults = following.warnings_of(guild, community, channel, role, has_button=feed.has_follow_button)
        if channel is None:
            faults.append("The channel was deleted. Choose another one with `channel:`.")
        if role is None and feed.role_id is not None:
            faults.append("The role was deleted. Choose another one with `role:`.")
        return [f"⚠️ {fault}" for fault in faults]

    @edit.autocomplete("blog")
    async def choose_blog_to_edit(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The blogs followed here."""
        return await self._matching(interaction, typed)

    async def _matching(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        assert interaction.guild is not None, "this is offered in guilds only"
        feeds = await self.bot.services.feeds.list_feeds(interaction.guild.id)
        return following.feed_choices(feeds, typed) if interaction.permissions.manage_guild else []


def _check_removal(remove: str | None, chosen: dict[str, object]) -> None:
    if remove is not None and chosen[remove] is not None:
        raise UserFacingError(f"You gave me a new `{remove}:` and asked me to remove it as well. Choose one of them.")
