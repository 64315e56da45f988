"""`/blog`: hosts follow blogs, members share their own."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.feeds.documents import Candidate
from bot.feeds.post_rules import Feed
from bot.feeds.service import Found
from bot.ui.text import safe_name, shortened
from cogs.feeds import following
from cogs.feeds.cards import entry_card
from cogs.feeds.choices import AskUnfollow, CandidateSelect, Pages, list_pages
from cogs.feeds.editing import Editing
from cogs.feeds.following import Places

Interaction = discord.Interaction[Any]

#: What any member may do. Discord guards a group of commands as a whole, so the others are guarded here.
FOR_EVERYBODY = frozenset({"share"})


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
            await self._follow(interaction, found, places)
            return

        async def chosen(answer: Interaction, candidate: Candidate) -> None:
            await answer.response.defer()
            await self._follow(interaction, await self._feeds.read(candidate.url), places)

        await interaction.edit_original_response(
            content="I found several feeds there. Which one shall I follow?", view=CandidateSelect(found, chosen)
        )

    async def _follow(self, interaction: Interaction, found: Found, places: Places) -> None:
        guild, now = _guild(interaction), self.bot.services.clock.now()
        feed = await self._feeds.follow(
            guild.id, found, places.channel.id, now,
            author_id=places.author.id if places.author else None, role_id=places.role.id if places.role else None,
        )  # fmt: skip
        community = await self.bot.services.communities.get(guild.id)
        await interaction.edit_original_response(
            content=following.followed_text(feed, places, following.warnings_of(guild, community, places)),
            embeds=[entry_card(feed, entry) for _, entry in await self._feeds.newest_or_none(feed)],
            view=None,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @app_commands.command(name="list", description="See the blogs followed here, and how they do")
    async def list_(self, interaction: Interaction) -> None:
        """`/blog list`"""
        overview = await self._feeds.overview(_guild(interaction).id, self.bot.services.clock.now())
        pages = Pages(list_pages(overview))
        await interaction.response.send_message(
            pages.text, view=pages if pages.is_long else discord.utils.MISSING, ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True,
        )  # fmt: skip

    @app_commands.command(description="Post nothing of a blog for a while; what it says meanwhile waits")
    @app_commands.describe(blog="Which blog")
    async def pause(self, interaction: Interaction, blog: str) -> None:
        """`/blog pause`"""
        feed = await self._chosen(interaction, blog)
        await self._feeds.pause(feed.guild_id, feed.id, self.bot.services.clock.now())
        await _answer(
            interaction, f"**{safe_name(feed.name)}** is paused. `/blog resume` continues, and nothing is lost."
        )

    @app_commands.command(description="Follow a paused blog again")
    @app_commands.describe(blog="Which blog")
    async def resume(self, interaction: Interaction, blog: str) -> None:
        """`/blog resume`"""
        feed = await self._chosen(interaction, blog)
        if not feed.is_paused:
            await _answer(interaction, f"**{safe_name(feed.name)}** is not paused.")
            return
        await self._feeds.resume(feed.guild_id, feed.id, self.bot.services.clock.now())
        await _answer(interaction, f"**{safe_name(feed.name)}** is followed again. What it wrote meanwhile comes now.")

    @app_commands.command(description="Stop following a blog; its posts here stay")
    @app_commands.describe(blog="Which blog")
    async def unfollow(self, interaction: Interaction, blog: str) -> None:
        """`/blog unfollow`"""
        feed = await self._chosen(interaction, blog)
        await interaction.response.send_message(
            f"Stop following **{safe_name(feed.name)}**? Its posts here stay, and so do their conversations.",
            view=AskUnfollow(feed),
            ephemeral=True,
        )

    @app_commands.command(description="See how the newest post of a blog looks, as only you will see it")
    @app_commands.describe(blog="Which blog")
    async def preview(self, interaction: Interaction, blog: str) -> None:
        """`/blog preview`"""
        feed = await self._chosen(interaction, blog)
        [(_, entry)] = await self._feeds.newest(feed)
        await interaction.response.send_message(
            f"The newest post of **{safe_name(feed.name)}** looks like this:",
            embed=entry_card(feed, entry),
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @app_commands.command(description="Post an old entry of a blog on purpose")
    @app_commands.describe(blog="Which blog", post="Which post; leave it out for the newest")
    async def latest(self, interaction: Interaction, blog: str, post: str | None = None) -> None:
        """`/blog latest`"""
        feed = await self._chosen(interaction, blog)
        entry = await self._feeds.post_latest(
            feed.guild_id, feed.id, following.number_in(post), self.bot.services.clock.now()
        )
        await _answer(interaction, f"“{safe_name(entry.title)}” appears in <#{feed.channel_id}> in a moment.")

    @latest.autocomplete("post")
    async def choose_post(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The newest entries of the blog that was chosen."""
        feed_id = following.number_in(interaction.namespace.blog)
        feed = None if feed_id is None else await self._feeds.find(_guild(interaction).id, feed_id)
        entries = await self._feeds.newest_or_none(feed, 100) if feed else []
        return [
            app_commands.Choice(name=shortened(entry.title or entry.link, 100), value=str(entry_id))
            for entry_id, entry in entries
            if typed.casefold() in entry.title.casefold()
        ][:25]

    @app_commands.command(description="Share your own blog: a host decides, and then your new posts appear here")
    @app_commands.describe(url="The address of your blog; its front page is enough")
    async def share(self, interaction: Interaction, url: str) -> None:
        """`/blog share`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self._feeds.look(url)
        if isinstance(found, Found):
            await self._share(interaction, found)
            return

        async def chosen(answer: Interaction, candidate: Candidate) -> None:
            await answer.response.defer()
            await self._share(interaction, await self._feeds.read(candidate.url))

        await interaction.edit_original_response(
            content="I found several feeds there. Which one is yours?", view=CandidateSelect(found, chosen)
        )

    async def _share(self, interaction: Interaction, found: Found) -> None:
        now = self.bot.services.clock.now()
        feed = await self._feeds.propose(_guild(interaction).id, found, interaction.user.id, now)
        await interaction.edit_original_response(
            content=f"Thank you! I have asked the hosts about **{safe_name(feed.name)}**. If they approve, your new "
            f"posts appear in <#{feed.channel_id}> with your name, one a day at most.",
            view=None,
        )

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
