"""The pretend Discord itself: what exists, who may do what, and what was said."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from tests.loopback.places import (
    EVERYTHING,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Guild,
    Member,
    Overwrites,
    Payload,
    Role,
    User,
    timestamp,
)

GOOD_TOKEN = "loopback.good.token"
BAD_TOKEN = "loopback.bad.token"

DISCORD_EPOCH_MS = 1_420_070_400_000

MEMBERS, PRESENCES, MESSAGE_CONTENT = 1 << 1, 1 << 8, 1 << 15
"""The three privileged intents; a world grants all of them unless told otherwise."""

LIMITED_FLAG_OF = {PRESENCES: 1 << 13, MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}

BODY_FIELDS = ("content", "embeds", "attachments", "components")


@dataclass
class World:
    """Everything the stub knows. Build it, hand it to `LoopbackDiscord`, look into it afterwards."""

    token: str = GOOD_TOKEN
    bot_name: str = "Tribekeeper"
    granted_intents: int = MEMBERS | PRESENCES | MESSAGE_CONTENT
    shard_count: int = 1
    nonce_window: float = 180.0
    """Seconds for which a nonce is remembered; 0 forgets at once."""
    clock: Callable[[], float] = time.monotonic
    """Measures the nonce window, in seconds."""

    guilds: dict[int, Guild] = field(default_factory=dict)
    direct: dict[int, Channel] = field(default_factory=dict)
    commands: dict[int | None, list[Payload]] = field(default_factory=dict)
    """What was registered, by guild id; `None` is everywhere."""
    answers: list[Payload] = field(default_factory=list)
    """Answers to interactions, in order."""

    def __post_init__(self) -> None:
        self._last_id = 0
        self._nonces: dict[tuple[int, str], tuple[float, Payload]] = {}
        self.bot = User(self.next_id(), self.bot_name, bot=True)

    def next_id(self) -> int:
        """A fresh snowflake whose time is now; always greater than those before."""
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last_id = max(now, self._last_id + 1)
        return self._last_id

    # Building

    def add_guild(
        self, name: str = "Writers", *, bot_permissions: int = EVERYTHING, guild_id: int | None = None
    ) -> Guild:
        """A server with the bot and its owner in it; the bot's permissions come from a role of its own."""
        owner = User(self.next_id(), f"{name} owner")
        guild = Guild(guild_id or self.next_id(), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", 0, position=0)
        self.guilds[guild.id] = guild
        own_role = self.add_role(guild, self.bot_name, bot_permissions)
        guild.members[owner.id] = Member(owner)
        guild.members[self.bot.id] = Member(self.bot, [own_role.id])
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int = 0) -> Role:
        """A role above those already there."""
        role = Role(self.next_id(), name, permissions, position=len(guild.roles))
        guild.roles[role.id] = role
        return role

    def add_channel(
        self,
        guild: Guild,
        name: str = "general",
        *,
        kind: int = TEXT,
        overwrites: Overwrites | None = None,
    ) -> Channel:
        """A channel that everyone the overwrites do not shut out can use."""
        channel = Channel(self.next_id(), name, guild.id, kind, overwrites=overwrites or {})
        guild.channels[channel.id] = channel
        return channel

    def add_member(self, guild: Guild, name: str = "Ada", *, pending: bool = False) -> Member:
        """A person who is in the server; nothing is announced."""
        member = Member(User(self.next_id(), name), pending=pending)
        guild.members[member.user.id] = member
        return member

    def open_thread(self, parent: Channel, name: str, message_id: int) -> Channel:
        """The thread below a message; like Discord, it has the message's own id."""
        assert parent.guild_id is not None
        thread = Channel(message_id, name, parent.guild_id, PUBLIC_THREAD, parent.id, self.bot.id)
        self.guilds[parent.guild_id].channels[thread.id] = thread
        return thread

    def open_direct(self, user_id: int) -> Channel:
        """The one direct conversation of the bot with a person."""
        for channel in self.direct.values():
            if channel.recipient and channel.recipient.id == user_id:
                return channel
        person = next(guild.members[user_id].user for guild in self.guilds.values() if user_id in guild.members)
        channel = Channel(self.next_id(), "", None, kind=1, recipient=person)
        self.direct[channel.id] = channel
        return channel

    # Looking

    def channel(self, channel_id: int) -> Channel | None:
        """A channel, thread or direct conversation by id."""
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        return self.direct.get(channel_id)

    def bot_permissions(self, channel: Channel) -> int:
        """The bot's permission bits in a channel."""
        if channel.guild_id is None:
            return EVERYTHING
        return self.guilds[channel.guild_id].permissions_in(channel, self.bot.id)

    def application_flags(self) -> int:
        """The application's flags, which say what privileged intents are switched on."""
        return sum(flag for intent, flag in LIMITED_FLAG_OF.items() if self.granted_intents & intent)

    def history(
        self, channel: Channel, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> list[Payload]:
        """One page of a channel, newest first, as Discord cuts it: `after` takes the oldest that follow."""
        if after is not None:
            following = (message for key, message in channel.messages.items() if key > after)
            return list(islice(following, limit))[::-1]
        earlier = (message for key, message in reversed(channel.messages.items()) if before is None or key < before)
        return list(islice(earlier, limit))

    # Speaking

    def say(self, channel: Channel, author: User, content: str = "", **more: object) -> tuple[Payload, bool]:
        """Stores a message. Gives it and whether it is new: a nonce enforced lately gives the old one."""
        nonce = more.get("nonce") if more.pop("enforce_nonce", False) else None
        key = (author.id, str(nonce))
        if nonce is not None and key in self._nonces:
            said_at, earlier = self._nonces[key]
            if self.clock() - said_at < self.nonce_window:
                return earlier, False
        message = self._message(channel, author, content, more)
        channel.messages[int(message["id"])] = message
        if nonce is not None:
            self._nonces[key] = (self.clock(), message)
        return message, True

    def _message(self, channel: Channel, author: User, content: str, more: Payload) -> Payload:
        return {
            "id": str(self.next_id()),
            "channel_id": str(channel.id),
            "type": 0,
            "author": author.payload(),
            "content": content,
            "timestamp": timestamp(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "pinned": False,
            "flags": 0,
            **{name: [] for name in ("mentions", "mention_roles", "attachments", "embeds", "components")},
            **more,
        }

    def as_event(self, channel: Channel, message: Payload, intents: int) -> Payload:
        """The message as MESSAGE_CREATE tells it to a session with these intents."""
        shown = self.as_seen(message, intents)
        if channel.guild_id is None:
            return shown
        member = self.guilds[channel.guild_id].members.get(int(message["author"]["id"]))
        extra = {"member": member.payload(with_user=False)} if member else {}
        return shown | {"guild_id": str(channel.guild_id)} | extra

    def as_seen(self, message: Payload, intents: int) -> Payload:
        """The message without its body, unless the bot may read it or wrote it or is mentioned."""
        own = message["author"]["id"] == str(self.bot.id)
        named = any(user["id"] == str(self.bot.id) for user in message["mentions"])
        if own or named or int(message["channel_id"]) in self.direct or intents & MESSAGE_CONTENT:
            return message
        return message | {name: type(message[name])() for name in BODY_FIELDS}
