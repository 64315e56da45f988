"""`/blog`: hosts follow blogs, members share their own."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.feeds.finding import Found
from bot.feeds.post_rules import Feed
from bot.ui.text import safe_within
from cogs.feeds import candidates, following
from cogs.feeds.cards import entry_card
from cogs.feeds.choices import ask_unfollow, list_page
from cogs.feeds.editing import Editing
from cogs.feeds.notices import called

Interaction = discord.Interaction[Any]

#: What any member may do. Discord guards a group of commands as a whole, so the others are guarded here.
FOR_EVERYBODY = frozenset({"share"})
#: How many of its latest entries can be posted on purpose.
_OFFERED = 100


class Blog(Editing, commands.GroupCog, group_name="blog", group_description="Blogs this community follows"):
    """Follow, list, pause, resume, unfollow, preview, latest, share; `Editing` adds edit."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._feeds = bot.services.feeds

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass, but for what everybody may do. Raises MissingPermissions."""
        command = interaction.command
        if (command is None or command.name not in FOR_EVERYBODY) and not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command(description="Follow a blog: each new post appears here, with a conversation under it")
    @app_commands.describe(
        url="The address of the blog; its front page is enough",
        channel="Where posts appear; leave it out for the one chosen in /setup",
        author="The member who writes it: called in once somebody answers",
        role="A role to mention with each post; members can give it to themselves",
    )
    async def follow(
        self,
        interaction: Interaction,
        url: str,
        channel: discord.TextChannel | discord.ForumChannel | None = None,
        author: discord.Member | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """`/blog follow`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild = _guild(interaction)
        community = await self.bot.services.communities.get(guild.id)
        places = following.checked_places(guild, community, channel, author, role)
        found = await self._feeds.look(url)
        if isinstance(found, Found):
            await candidates.follow_found(interaction, found, places)
            return
        which = candidates.follow_choice(places)
        await candidates.ask_which(interaction, found, "Which one shall I follow?", which)

    @app_commands.command(name="list", description="See the blogs followed here, and how they do")
    async def list_(self, interaction: Interaction) -> None:
        """`/blog list`"""
        overview = await self._feeds.overview(_guild(interaction).id, self.bot.services.clock.now())
        text, view = list_page(overview)
        await interaction.response.send_message(
            text, view=view or discord.utils.MISSING, ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True,
        )  # fmt: skip

    @app_commands.command(description="Post nothing of a blog for a while; what it says meanwhile waits")
    @app_commands.describe(blog="Which blog")
    async def pause(self, interaction: Interaction, blog: str) -> None:
        """`/blog pause`"""
        feed = await self._chosen(interaction, blog)
        await self._feeds.pause(feed.guild_id, feed.id, self.bot.services.clock.now())
        await _answer(interaction, f"**{called(feed)}** is paused. `/blog resume` continues, and nothing is lost.")

    @app_commands.command(description="Follow a paused blog again")
    @app_commands.describe(blog="Which blog")
    async def resume(self, interaction: Interaction, blog: str) -> None:
        """`/blog resume`"""
        feed = await self._chosen(interaction, blog)
        if not feed.is_paused:
            await _answer(interaction, f"**{called(feed)}** is not paused.")
            return
        await self._feeds.resume(feed.guild_id, feed.id, self.bot.services.clock.now())
        await _answer(interaction, f"**{called(feed)}** is followed again. What it wrote meanwhile comes now.")

    @app_commands.command(description="Stop following a blog; its posts here stay")
    @app_commands.describe(blog="Which blog")
    async def unfollow(self, interaction: Interaction, blog: str) -> None:
        """`/blog unfollow`"""
        feed = await self._chosen(interaction, blog)
        await interaction.response.send_message(
            f"Stop following **{called(feed)}**? Its posts here stay, and so do their conversations.",
            view=ask_unfollow(feed),
            ephemeral=True,
        )

    @app_commands.command(description="See how the newest post of a blog looks, as only you will see it")
    @app_commands.describe(blog="Which blog")
    async def preview(self, interaction: Interaction, blog: str) -> None:
        """`/blog preview`"""
        feed = await self._chosen(interaction, blog)
        [(_, entry)] = await self._feeds.newest(feed)
        await interaction.response.send_message(
            f"The newest post of **{called(feed)}** looks like this:",
            embed=entry_card(feed, entry),
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @app_commands.command(description="Post an old entry of a blog on purpose")
    @app_commands.describe(blog="Which blog", post="Which post; leave it out for the newest")
    async def latest(self, interaction: Interaction, blog: str, post: str | None = None) -> None:
        """`/blog latest`"""
        feed, guild = await self._chosen(interaction, blog), _guild(interaction)
        if fault := following.fault_of_channel(guild, feed):
            raise UserFacingError(fault)
        entry_id = None if post is None else following.chosen_entry(await self._feeds.newest(feed, _OFFERED), post)
        now = self.bot.services.clock.now()
        entry, due_at = await self._feeds.post_latest(guild.id, feed.id, entry_id, now)
        title, when = safe_within(entry.title or feed.name, 250), "in a moment."
        if due_at > now:
            when = f"{discord.utils.format_dt(due_at, 'R')}: a member’s blog has one post a day at most."
        await _answer(interaction, f"“{title}” appears in <#{feed.channel_id}> {when}")

    @latest.autocomplete("post")
    async def choose_post(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The newest entries of the blog that was chosen."""
        try:
            feed = await self._chosen(interaction, interaction.namespace.blog or "")
        except UserFacingError:
            return []
        entries = await self._feeds.newest_or_none(feed, _OFFERED) if interaction.permissions.manage_guild else []
        return following.entry_choices(entries, typed)

    @app_commands.command(description="Share your own blog: a host decides, and then your new posts appear here")
    @app_commands.describe(url="The address of your blog; its front page is enough")
    async def share(self, interaction: Interaction, url: str) -> None:
        """`/blog share`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self._feeds.look(url)
        if isinstance(found, Found):
            await candidates.share_found(interaction, found)
            return
        await candidates.ask_which(interaction, found, "Which one is yours?", "share")

    @pause.autocomplete("blog")
    @resume.autocomplete("blog")
    @unfollow.autocomplete("blog")
    @preview.autocomplete("blog")
    @latest.autocomplete("blog")
    async def choose_blog(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The blogs followed here."""
        return await self._matching(interaction, typed)

    async def _chosen(self, interaction: Interaction, typed: str) -> Feed:
        return await following.chosen_feed(self._feeds, _guild(interaction), typed)


def _guild(interaction: Interaction) -> discord.Guild:
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild


async def _answer(interaction: Interaction, text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())
