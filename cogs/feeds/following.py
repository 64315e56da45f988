"""Where a blog's posts may go, what a host should know about that, and which blog was meant."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import app_commands

from bot.communities.rules import ChannelPurpose, Community
from bot.errors import UserFacingError
from bot.feeds.documents import Entry
from bot.feeds.errors import NoSuchEntryError, NoSuchFeedError
from bot.feeds.post_rules import Feed
from bot.feeds.service import FeedService
from bot.ui.permissions import NEEDED, fault_of, how_to_grant, missing_in
from bot.ui.text import safe_name, shortened
from cogs.feeds.notices import called

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
    return channel_of(guild, community.channels.get(ChannelPurpose.BLOG, 0))


def channel_of(guild: discord.Guild, channel_id: int) -> Channel | None:
    """The channel with this id, if posts may stand there."""
    channel = guild.get_channel(channel_id)
    return channel if isinstance(channel, discord.TextChannel | discord.ForumChannel) else None


def fault_of_channel(guild: discord.Guild, feed: Feed) -> str | None:
    """Why a feed's posts cannot appear in its channel, and what a host can do; None if they can."""
    channel = channel_of(guild, feed.channel_id)
    if channel is None:
        return (
            f"The channel of **{called(feed)}** was deleted. Choose another one with `/blog edit`, option `channel:`."
        )
    missing = missing_in(channel, NEEDED[ChannelPurpose.BLOG])
    return how_to_grant(channel.mention, missing) if missing else None


def warnings_of(
    guild: discord.Guild,
    community: Community,
    channel: Channel | None,
    role: discord.Role | None,
    *,
    has_button: bool = True,
) -> list[str]:
    """What works less well with a role in a channel than the host may expect, and what mends it."""
    warnings: list[str] = []
    if role is None:
        return warnings
    can_mention = (channel.permissions_for(guild.me) if channel else guild.me.guild_permissions).mention_everyone
    if not (role.mentionable or can_mention):
        warnings.append(
            f"I can name {role.mention} but not ping it. Allow anyone to mention the role under "
            "*Server Settings → Roles*."
        )
    if has_button and (fault := fault_of(role, community, "/blog edit")):
        warnings.append(f"The *Follow* button cannot give {role.mention}: {fault}")
    return warnings


def followed_text(feed: Feed, places: Places, warnings: list[str], *, is_empty: bool) -> str:
    """The answer to `/blog follow`."""
    lines = [
        f"I follow **{called(feed)}** from now on: each new post appears in {places.channel.mention}"
        + (f", by {places.author.mention}" if places.author else "")
        + (f", and mentions {places.role.mention}" if places.role else "")
        + "."
        + ("" if is_empty else " What it says already is not posted; `/blog latest` posts one of them if you like."),
        *(f"⚠️ {warning}" for warning in warnings),
        "It has no posts yet; the first one will appear by itself."
        if is_empty
        else "The newest one would look like this:",
    ]
    return "\n".join(lines)


async def chosen_feed(feeds: FeedService, guild: discord.Guild, typed: str) -> Feed:
    """The feed that was picked from the list, or whose name or address was typed, or a part that no other has.

    Raises NoSuchFeedError.
    """
    wanted, known = typed.strip().casefold(), await feeds.list_feeds(guild.id)
    picked = [feed for feed in known if str(feed.id) == wanted]
    named = [feed for feed in known if wanted in (feed.name.casefold(), feed.source.url.casefold())]
    alike = matching_feeds(known, wanted) if wanted else []
    found = picked or named or alike
    if not found:
        raise NoSuchFeedError
    if len(found) > 1:
        raise UserFacingError("Several blogs are called so. Pick one from the list that appears while you type.")
    return found[0]


def matching_feeds(feeds: Sequence[Feed], typed: str) -> list[Feed]:
    """The feeds that what was typed may mean."""
    return [feed for feed in feeds if typed.strip().casefold() in f"{feed.name} {feed.source.url}".casefold()]


def feed_choices(feeds: Sequence[Feed], typed: str) -> list[app_commands.Choice[str]]:
    """The feeds to pick from, each with its address: two may have the same name."""
    return [
        app_commands.Choice(
            name=shortened(f"{shortened(feed.name, 60)} · {feed.source.url}", 100)
            if feed.source.title
            else shortened(feed.source.url, 100),
            value=str(feed.id),
        )
        for feed in matching_feeds(feeds, typed)
    ][:25]


def entry_choices(entries: Sequence[tuple[int, Entry]], typed: str) -> list[app_commands.Choice[str]]:
    """The entries to pick from."""
    return [
        app_commands.Choice(name=shortened(entry.title or entry.link or "A post without a title", 100), value=str(id_))
        for id_, entry in entries
        if typed.strip().casefold() in f"{entry.title} {entry.link}".casefold()
    ][:25]


def chosen_entry(entries: Sequence[tuple[int, Entry]], typed: str) -> int:
    """The entry that was picked from the list, or whose title was typed. Raises NoSuchEntryError."""
    wanted = typed.strip()
    picked = [id_ for id_, _ in entries if str(id_) == wanted]
    named = [id_ for id_, entry in entries if entry.title.casefold() == wanted.casefold()]
    if not picked + named:
        raise NoSuchEntryError
    return (picked + named)[0]
