"""Where a blog's posts may go, what a host should know about that, and which blog was meant."""

from dataclasses import dataclass

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.errors import UserFacingError
from bot.feeds.errors import NoSuchFeedError
from bot.feeds.post_rules import Feed
from bot.feeds.service import FeedService
from bot.ui.permissions import NEEDED, fault_of, how_to_grant, missing_in
from bot.ui.text import safe_name

Channel = discord.TextChannel | discord.ForumChannel


@dataclass(frozen=True, slots=True)
class Places:
    """Where a blog's posts go, whose they are, and who is mentioned."""

    channel: Channel
    author: discord.Member | None
    role: discord.Role | None


def checked_places(
    guild: discord.Guild,
    community: Community,
    channel: Channel | None,
    author: discord.Member | None,
    role: discord.Role | None,
) -> Places:
    """What a host chose, if it works. Raises UserFacingError with what does not."""
    channel = channel or _blog_channel(guild, community)
    if channel is None:
        raise UserFacingError(
            "Where shall the posts appear? Choose a `channel:` here, or one for blog posts with `/setup`."
        )
    if missing := missing_in(channel, NEEDED[ChannelPurpose.BLOG]):
        raise UserFacingError(how_to_grant(channel.mention, missing))
    check_people(author, role)
    return Places(channel, author, role)


def check_people(author: discord.Member | None, role: discord.Role | None) -> None:
    """Raises UserFacingError where a bot should be the author, or everybody be mentioned."""
    if author is not None and author.bot:
        raise UserFacingError(f"{safe_name(author.display_name)} is a bot. Choose the person who writes the blog.")
    if role is not None and role.is_default():
        raise UserFacingError("I never mention *@everyone* for a blog post. Choose a role that people want to have.")


def _blog_channel(guild: discord.Guild, community: Community) -> Channel | None:
    channel = guild.get_channel(community.channels.get(ChannelPurpose.BLOG, 0))
    return channel if isinstance(channel, discord.TextChannel | discord.ForumChannel) else None


def warnings_of(guild: discord.Guild, community: Community, places: Places) -> list[str]:
    """What works less well than the host may expect, and what mends it."""
    warnings: list[str] = []
    role = places.role
    if role is not None and not (role.mentionable or places.channel.permissions_for(guild.me).mention_everyone):
        warnings.append(
            f"I can name {role.mention} but not ping it. Allow anyone to mention the role under "
            "*Server Settings → Roles*."
        )
    if role is not None and (fault := fault_of(role, community, "/blog edit")):
        warnings.append(f"The *Follow* button cannot give {role.mention}: {fault}")
    return warnings


def followed_text(feed: Feed, places: Places, warnings: list[str]) -> str:
    """The answer to `/blog follow`."""
    lines = [
        f"I follow **{safe_name(feed.name)}** from now on: each new post appears in {places.channel.mention}"
        + (f", by {places.author.mention}" if places.author else "")
        + (f", and mentions {places.role.mention}" if places.role else "")
        + ". What it says already is not posted; `/blog latest` posts one of them if you like.",
        *(f"⚠️ {warning}" for warning in warnings),
        "The newest one would look like this:",
    ]
    return "\n".join(lines)


async def chosen_feed(feeds: FeedService, guild: discord.Guild, typed: str) -> Feed:
    """The feed that was picked from the list, or whose name was typed. Raises NoSuchFeedError."""
    wanted = typed.strip().casefold()
    for feed in await feeds.list_feeds(guild.id):
        if str(feed.id) == wanted or feed.name.casefold() == wanted or feed.source.url.casefold() == wanted:
            return feed
    raise NoSuchFeedError


def number_in(typed: str | None) -> int | None:
    """The number that stands behind a choice from a list."""
    return int(typed) if typed is not None and typed.isascii() and typed.isdigit() and len(typed) < 19 else None
