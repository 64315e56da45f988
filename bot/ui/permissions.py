"""Which permissions the bot needs where, what is missing, and where a person grants it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.ui.errors import permission_name
from bot.ui.people import moderates

Channel = discord.abc.GuildChannel | discord.Thread

_TALK = ("view_channel", "send_messages", "embed_links", "read_message_history")
_THREADS = (*_TALK, "create_public_threads", "send_messages_in_threads")

#: Reading the history is how the bot finds its own message when it cannot know whether it was sent.
NEEDED: dict[ChannelPurpose, tuple[str, ...]] = {
    ChannelPurpose.GREETING: _TALK,
    ChannelPurpose.INTRODUCTIONS: _THREADS,
    ChannelPurpose.BLOG: _THREADS,
    ChannelPurpose.MEMBER_BLOGS: _THREADS,
    ChannelPurpose.QUESTIONS: _THREADS,
    ChannelPurpose.ANNOUNCEMENTS: _TALK,
    ChannelPurpose.HOSTS: _TALK,
}

TITLES: dict[ChannelPurpose, str] = {
    ChannelPurpose.GREETING: "Greetings",
    ChannelPurpose.INTRODUCTIONS: "Introductions",
    ChannelPurpose.BLOG: "Blog posts",
    ChannelPurpose.MEMBER_BLOGS: "Members’ blogs",
    ChannelPurpose.QUESTIONS: "Q&A",
    ChannelPurpose.ANNOUNCEMENTS: "Announcements",
    ChannelPurpose.HOSTS: "Notices for hosts",
}

_ROLES = "*Server Settings → Roles*"

#: What Discord's settings call permissions in a forum. It has no *Create Public Threads*: a post is a thread.
_IN_FORUMS = {
    "send_messages": "Create Posts",
    "send_messages_in_threads": "Send Messages in Posts",
    "manage_threads": "Manage Posts",
}

#: Manage Channels is for *Create the channels for me* only; Connect is asked of whoever makes an event in a voice
#: channel.
INVITE_PERMISSIONS = discord.Permissions(
    manage_channels=True, create_events=True, manage_events=True, connect=True, **dict.fromkeys(_THREADS, True)
)


@dataclass(frozen=True, slots=True)
class ChannelProblem:
    """A configured channel that is gone (`channel` is None) or where permissions are missing."""

    purpose: ChannelPurpose
    channel: discord.abc.GuildChannel | None
    missing: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """What is wrong and where to mend it."""
        title = TITLES[self.purpose]
        if self.channel is None:
            return f"**{title}**: the channel was deleted. Choose another one with `/setup`."
        return f"**{title}**: {how_to_grant(self.channel.mention, self.missing)}"


def missing_in(channel: Channel, needed: Sequence[str], me: discord.Member | None = None) -> list[str]:
    """The names of permissions the bot (`me`, where its guild does not know) lacks in the channel."""
    granted = channel.permissions_for(me or channel.guild.me)
    lacking = [name for name in needed if not getattr(granted, name)]
    if is_forum(channel) or (isinstance(channel, discord.Thread) and is_forum(channel.parent)):
        return [_IN_FORUMS.get(name) or permission_name(name) for name in lacking if name != "create_public_threads"]
    return [permission_name(name) for name in lacking]


def needed_to_post_in(channel: Channel) -> tuple[str, ...]:
    """The permissions the bot needs to post in a channel of any kind by itself."""
    match channel:
        case discord.Thread():
            return tuple("send_messages_in_threads" if name == "send_messages" else name for name in _TALK)
        case discord.ForumChannel():
            return (*_TALK, "send_messages_in_threads")
        case _:
            return _TALK


def is_forum(channel: Channel | None) -> bool:
    """Whether a channel takes posts with a title; a media channel is such a one, too."""
    return isinstance(channel, discord.ForumChannel)


def how_to_grant(channel: str, missing: Sequence[str]) -> str:
    """Where a person grants the missing permissions."""
    names = ", ".join(f"*{name}*" for name in missing)
    return f"I lack {names} in {channel}. Grant it to me under *Edit Channel → Permissions*."


def problems_of(
    community: Community,
    find_channel: Callable[[int], discord.abc.GuildChannel | None],
    me: discord.Member | None = None,
) -> list[ChannelProblem]:
    """Everything that keeps the configured channels from working."""
    problems: list[ChannelProblem] = []
    for purpose, channel_id in community.channels.items():
        channel = find_channel(channel_id)
        if channel is None:
            problems.append(ChannelProblem(purpose, None))
        elif missing := missing_in(channel, NEEDED[purpose], me):
            problems.append(ChannelProblem(purpose, channel, missing))
    return problems


def fault_of(role: discord.Role, community: Community, command: str) -> str | None:
    """Why members cannot take or leave this role by themselves, and what a host can do; None if they can.

    `command` is where another role is chosen, as in `/greeting settings`.
    """
    me = role.guild.me
    if role.managed:
        return f"{role.mention} belongs to a bot or to Discord itself. Choose another role in `{command}`."
    if role.is_default():
        return f"{role.mention} is everybody’s already. Choose another role in `{command}`."
    if role.id == community.host_role_id or moderates(role):
        # Whoever asks for the role gets it, so it must not make anybody a host or moderator.
        return f"{role.mention} belongs to hosts and moderators. Choose a role without powers in `{command}`."
    if not me.guild_permissions.manage_roles:
        return f"I lack *Manage Roles*. Grant it to my role under {_ROLES}."
    if role >= me.top_role:
        return f"my role has to stand above {role.mention}. Drag it there under {_ROLES}."
    return None
