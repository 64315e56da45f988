"""Finding and making the channels a community needs."""

from collections.abc import AsyncIterator

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.errors import UserFacingError
from bot.ui.permissions import NEEDED, missing_in

NAMES: dict[ChannelPurpose, tuple[str, str]] = {
    ChannelPurpose.GREETING: ("welcome", "Newcomers are greeted here."),
    ChannelPurpose.INTRODUCTIONS: ("introductions", "Who is here, and what we are working on."),
    ChannelPurpose.BLOG: ("blog", "New posts, with a conversation under each."),
    ChannelPurpose.QUESTIONS: ("questions", "Questions for the next live Q&A."),
    ChannelPurpose.ANNOUNCEMENTS: ("announcements", "Dates, deadlines and news."),
    ChannelPurpose.HOSTS: ("hosts", "Notices for hosts. Members do not see this channel."),
}


def channel_for_hello(guild: discord.Guild) -> discord.TextChannel | None:
    """Where those who may set the bot up will see its hello, and others preferably will not.

    A channel hidden from everyone else is best, then the server's own system channel, then the first open one.
    """
    writable = [
        channel for channel in guild.text_channels if not missing_in(channel, ("view_channel", "send_messages"))
    ]
    hidden = [channel for channel in writable if is_hidden(channel)]
    system = [channel for channel in writable if channel == guild.system_channel]
    return next(iter(hidden + system + writable), None)


async def create_missing(
    guild: discord.Guild, community: Community
) -> AsyncIterator[tuple[ChannelPurpose, discord.TextChannel]]:
    """Make a channel for each purpose that has none; one of the same name that is there already is taken.

    Raises UserFacingError where the bot may not create channels.
    """
    if not guild.me.guild_permissions.manage_channels:
        raise UserFacingError(
            "To create channels I need *Manage Channels*. Grant it to my role under *Server Settings → Roles*, "
            "or create the channels yourself and choose them here."
        )
    for purpose, (name, topic) in NAMES.items():
        if guild.get_channel(community.channels.get(purpose, 0)) is not None:
            continue
        # What hosts are told is for nobody else, so a channel that everybody sees is not taken for it.
        may_be_seen = purpose is not ChannelPurpose.HOSTS
        existing = (found for found in guild.text_channels if found.name == name and (may_be_seen or is_hidden(found)))
        yield purpose, next(existing, None) or await _create(guild, community, purpose, name, topic)


def is_hidden(channel: discord.abc.GuildChannel) -> bool:
    """Whether not everybody sees a channel."""
    return not channel.permissions_for(channel.guild.default_role).view_channel


async def _create(
    guild: discord.Guild, community: Community, purpose: ChannelPurpose, name: str, topic: str
) -> discord.TextChannel:
    overwrites: dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite] = {}
    if purpose is ChannelPurpose.HOSTS:
        overwrites[guild.default_role] = discord.PermissionOverwrite(view_channel=False)
        overwrites[guild.me] = discord.PermissionOverwrite(**dict.fromkeys(NEEDED[purpose], True))
        if role := guild.get_role(community.host_role_id or 0):
            overwrites[role] = discord.PermissionOverwrite(view_channel=True)
    try:
        return await guild.create_text_channel(name, topic=topic, overwrites=overwrites, reason="Asked for in /setup")
    except discord.HTTPException as error:
        if error.status >= 500 or error.status == 429:
            raise
        # The bot has the permission, so it is something else, as a server with all the channels there can be.
        raise UserFacingError(
            f"Discord did not let me create #{name} (error {error.code}). Create the channels that are missing "
            "yourself, and choose them here."
        ) from None
