"""What a server on the pretend Discord consists of, and how each part looks as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TEXT, VOICE, CATEGORY, NEWS, PUBLIC_THREAD, FORUM = 0, 2, 4, 5, 11, 15

Payload = dict[str, Any]
Overwrites = dict[int, tuple[int, int]]
"""Per role or member id: permission bits allowed, permission bits denied."""

EMPTY_LISTS = (
    "emojis",
    "stickers",
    "voice_states",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
)
ZERO_LEVELS = (
    "verification_level",
    "default_message_notifications",
    "explicit_content_filter",
    "mfa_level",
    "nsfw_level",
    "premium_tier",
    "afk_timeout",
    "system_channel_flags",
)

EVERYTHING = (1 << 53) - 1
ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
READ_MESSAGE_HISTORY = 1 << 16
SEND_MESSAGES_IN_THREADS = 1 << 38


def timestamp(moment: datetime | None = None) -> str:
    """An instant the way Discord writes it; now, if none is given."""
    return (moment or datetime.now(UTC)).isoformat()


@dataclass(slots=True)
class User:
    """A person or a bot, outside any server."""

    id: int
    name: str
    bot: bool = False

    def payload(self) -> Payload:
        """The user object."""
        return {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(slots=True)
class Role:
    """A role with its permission bits."""

    id: int
    name: str
    permissions: int
    position: int = 1

    def payload(self) -> Payload:
        """The role object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
        }


@dataclass(slots=True)
class Member:
    """A user in one server; `pending` until the rules are accepted."""

    user: User
    role_ids: list[int] = field(default_factory=list)
    pending: bool = False
    joined_at: str = field(default_factory=timestamp)

    def payload(self, *, with_user: bool = True) -> Payload:
        """The member object; messages carry it without the user inside."""
        payload: Payload = {
            "roles": [str(role_id) for role_id in self.role_ids],
            "joined_at": self.joined_at,
            "nick": None,
            "avatar": None,
            "premium_since": None,
            "communication_disabled_until": None,
            "pending": self.pending,
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return payload | {"user": self.user.payload()} if with_user else payload


@dataclass(slots=True)
class Channel:
    """A channel, thread or direct conversation with the messages in it, oldest first."""

    id: int
    name: str
    guild_id: int | None
    kind: int = TEXT
    parent_id: int | None = None
    owner_id: int | None = None
    overwrites: Overwrites = field(default_factory=dict)
    messages: dict[int, Payload] = field(default_factory=dict)
    recipient: User | None = None
    archived_at: datetime | None = None

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread below another channel."""
        return self.kind == PUBLIC_THREAD

    def payload(self) -> Payload:
        """The channel object."""
        payload: Payload = {
            "id": str(self.id),
            "type": self.kind,
            "last_message_id": str(next(reversed(self.messages))) if self.messages else None,
        }
        if self.recipient is not None:
            return payload | {"recipients": [self.recipient.payload()]}
        payload |= {
            "name": self.name,
            "guild_id": str(self.guild_id),
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "rate_limit_per_user": 0,
        }
        if self.is_thread:
            return payload | {
                "owner_id": str(self.owner_id),
                "message_count": len(self.messages),
                "member_count": 1,
                "thread_metadata": {
                    "archived": self.archived_at is not None,
                    "locked": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": timestamp(self.archived_at),
                    "create_timestamp": timestamp(),
                },
            }
        return payload | {
            "position": 0,
            "topic": None,
            "nsfw": False,
            "bitrate": 64000,
            "user_limit": 0,
            "permission_overwrites": [
                {
                    "id": str(target),
                    "type": int(target != self.guild_id),
                    "allow": str(allow),
                    "deny": str(deny),
                }
                for target, (allow, deny) in self.overwrites.items()
            ],
        }


@dataclass(slots=True)
class Guild:
    """A server: its channels, roles and members. Make its parts through `World`."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    unavailable: bool = False

    def shard(self, shard_count: int) -> int:
        """The number of the shard that hears about this server."""
        return (self.id >> 22) % shard_count

    def permissions_in(self, channel: Channel, user_id: int) -> int:
        """The permission bits a member holds in a channel, by Discord's order of overwrites."""
        if user_id == self.owner_id:
            return EVERYTHING
        role_ids = self.members[user_id].role_ids if user_id in self.members else []
        bits = self.roles[self.id].permissions
        for role_id in role_ids:
            bits |= self.roles[role_id].permissions
        if bits & ADMINISTRATOR:
            return EVERYTHING
        base = self.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel
        together = [base.overwrites.get(role_id, (0, 0)) for role_id in role_ids]
        allowed, denied = 0, 0
        for allow, deny in together:
            allowed, denied = allowed | allow, denied | deny
        for allow, deny in (
            base.overwrites.get(self.id, (0, 0)),
            (allowed, denied),
            base.overwrites.get(user_id, (0, 0)),
        ):
            bits = bits & ~deny | allow
        return bits

    def payload(self, members: list[Member]) -> Payload:
        """The guild object of GUILD_CREATE and GET guild, showing only the given members."""
        rooms = list(self.channels.values())
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner_id),
            "icon": None,
            "roles": [role.payload() for role in self.roles.values()],
            "channels": [room.payload() for room in rooms if not room.is_thread],
            "threads": [room.payload() for room in rooms if room.is_thread and room.archived_at is None],
            "members": [member.payload() for member in members],
            "member_count": len(self.members),
            "large": len(self.members) > 250,
            "joined_at": timestamp(),
            "unavailable": False,
            "features": ["COMMUNITY"],
            "preferred_locale": "en-US",
            **{name: [] for name in EMPTY_LISTS},
            **dict.fromkeys(ZERO_LEVELS, 0),
        }
