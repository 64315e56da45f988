"""The real bot on a simulated Discord.

Everything that leans on the simulator's insides stands in this file, in `simapi.py` what stands in for its wire, and in
`simthreads.py` what befalls forums and threads.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import discord
import simcord
from discord.ext.commands.bot import BotBase
from simcord.backend import serializers
from simcord.backend.models import Overwrite
from simcord.enums import MessageType, OverwriteType

from bot.app import build
from bot.client import Tribekeeper
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.config import Settings
from bot.rehearsal import simulation
from cogs.setup.places import NAMES
from tests.migrated import lay_out
from tests.simapi import Discord, on_air, screened, sizes

#: Seconds of real time an action may take: a busy machine is slow, and no fault of the bot's.
PATIENCE = 60.0
#: One step of simulated time. Until a greeting has gone out: whoever joins within ten seconds shares one.
LONGEST_STEP, UNTIL_GREETED = 1800.0, 15.0

# Waiting 50 ms after each action is the simulator's caution; the bot needs far less.
simulation.hurry()
simulation.complete()


async def _forget_extension(bot: Any, _module: ModuleType, name: str) -> None:
    bot._BotBase__extensions.pop(name)


# discord.py makes Python forget the modules of a bot's cogs with the bot; to read them anew is a tenth of a test.
BotBase._call_module_finalizers = _forget_extension  # type: ignore[method-assign]


class Stage:
    """A guild called "Bubble" with its host Carol, and the bot in it."""

    def __init__(
        self,
        env: simcord.Env,
        bot: Tribekeeper,
        settings: Settings,
        api: Discord,
        on_start: Callable[[Tribekeeper], None],
    ) -> None:
        self.env = env
        self.bot = bot
        self.settings = settings
        self.api = api
        self._on_start = on_start
        self.guild = env.create_guild("Bubble")
        self.channels: dict[ChannelPurpose, simcord.ChannelHandle] = {}
        self.carol = self.guild.add_member(env.create_user("carol"), roles=[self._host_role()])

    def _host_role(self) -> simcord.RoleHandle:
        self.host_role = self.guild.create_role("Host", permissions=discord.Permissions(manage_guild=True))
        return self.host_role

    async def set_up_channels(self) -> None:
        """Choose a channel for each purpose, as `/setup` would."""
        for purpose, (name, _topic) in NAMES.items():
            self.channels[purpose] = self.guild.create_text_channel(name)
        await self.env.settle()
        communities = self.bot.services.communities
        for purpose, channel in self.channels.items():
            await communities.set_channel(self.guild.id, purpose, channel.id)
        await communities.set_host_role(self.guild.id, self.host_role.id)

    @property
    def welcome(self) -> simcord.ChannelHandle:
        """The channel of greetings."""
        return self.channels[ChannelPurpose.GREETING]

    @property
    def introductions(self) -> simcord.ChannelHandle:
        """The channel of introductions."""
        return self.channels[ChannelPurpose.INTRODUCTIONS]

    @property
    def hosts(self) -> simcord.ChannelHandle:
        """The channel of notices for hosts."""
        return self.channels[ChannelPurpose.HOSTS]

    def now(self) -> datetime:
        """The simulated instant."""
        return self.env.now()

    def said(self, channel: simcord.ChannelHandle) -> list[str]:
        """What the bot wrote in a channel, oldest first."""
        assert self.bot.user is not None
        return [message.content for message in channel.history() if message.author.id == self.bot.user.id]

    async def join(self, name: str, *, pending: bool = False, bot: bool = False) -> simcord.MemberActor:
        """Somebody new joins, with rules to accept first where `pending`; the bot gets a moment to act."""
        user = self.env.create_user(name, bot=bot)
        return await self.enter(user, pending=pending)

    async def enter(self, user: simcord.UserHandle, *, pending: bool = False) -> simcord.MemberActor:
        """As `join`, for somebody Discord knows already."""
        backend = self.env.backend
        if pending:
            await self.switch_screening(on=True)
            member = backend.add_member(self.guild.id, user.id, announce=False)
            member.pending = True
            self.announce_join(user)
            actor = simcord.MemberActor(self.env, self.guild, user)
        else:
            actor = self.guild.add_member(user)
        await self.moment(UNTIL_GREETED)
        return actor

    def announce_join(self, user: simcord.UserHandle | simcord.MemberActor) -> None:
        """Tell the bot of a join, perhaps once more."""
        backend = self.env.backend
        guild = backend.get_guild(self.guild.id)
        payload = dict(serializers.member_payload(backend, guild, guild.members[user.id]))
        backend.emit("GUILD_MEMBER_ADD", payload | {"guild_id": str(self.guild.id)})

    async def switch_screening(self, *, on: bool, told: bool = True) -> None:
        """The server asks newcomers to accept its rules, or no longer does."""
        if on is not (self.guild.id in screened):
            (screened.add if on else screened.discard)(self.guild.id)
            if told:
                self._announce_guild()
                await self.moment()

    def _announce_guild(self) -> None:
        backend = self.env.backend
        backend.emit("GUILD_UPDATE", serializers.guild_create_payload(backend, backend.get_guild(self.guild.id)))

    def pretend_size(self, members: int) -> None:
        """Let Discord say that the guild has so many members."""
        sizes[self.guild.id] = members
        self._announce_guild()

    def announce_joins_in(self, channel: simcord.ChannelHandle) -> None:
        """Discord tells of each join in this channel."""
        self.env.backend.get_guild(self.guild.id).system_channel_id = channel.id
        self._announce_guild()

    def say_joined(self, channel: simcord.ChannelHandle, user: simcord.UserHandle) -> None:
        """Discord's own message about a join."""
        # Discord leaves the content empty, which the simulator refuses.
        self.env.backend.create_message(channel.id, user.id, "joined", message_type=MessageType.NEW_MEMBER)

    def direct_messages(self, member: simcord.MemberActor) -> list[tuple[datetime, str]]:
        """When the bot wrote what to a member directly."""
        assert self.bot.user is not None
        history = member.user.dm_channel.history()
        return [(message.created_at, message.content) for message in history if message.author.id == self.bot.user.id]

    async def accept_rules(self, member: simcord.MemberActor) -> None:
        """The screening ends."""
        self.env.backend.get_member(self.guild.id, member.id).pending = False
        await self.announce_update(member)

    async def announce_update(self, member: simcord.MemberActor) -> None:
        """Tell the bot how a member is now."""
        self.env.backend.announce_member_update(self.guild.id, member.id)
        await self.moment(UNTIL_GREETED)

    async def rename(self, member: simcord.MemberActor, **names: str | None) -> None:
        """Somebody is called something else: `nick`, `global_name` or `name`."""
        backend = self.env.backend
        for name, value in names.items():
            owner = backend.get_member(self.guild.id, member.id) if name == "nick" else backend.get_user(member.id)
            setattr(owner, name, value)
        await self.announce_update(member)

    async def give_role(self, member: simcord.MemberActor, role: simcord.RoleHandle) -> None:
        """Somebody gets a role."""
        self.env.backend.add_member_role(self.guild.id, member.id, role.id)
        await self.moment()

    async def take_role(self, member: simcord.MemberActor, role: simcord.RoleHandle) -> None:
        """Somebody loses a role."""
        self.env.backend.remove_member_role(self.guild.id, member.id, role.id)
        await self.moment()

    async def put_bot_below(self, role: simcord.RoleHandle) -> None:
        """Drag the bot's own role below another one."""
        guild = self.env.backend.get_guild(self.guild.id)
        own = next(stored for stored in guild.roles.values() if stored.managed)
        positions = [{"id": own.id, "position": 1}, {"id": role.id, "position": own.position + 1}]
        self.env.backend.reorder_roles(self.guild.id, positions)
        await self.env.settle()

    def forget_member(self, member: simcord.MemberActor) -> None:
        """Take a member out of the bot's memory, as if it had never seen them."""
        cached = self.bot.get_guild(self.guild.id)
        assert cached is not None
        cached._members.pop(member.id, None)
        self.bot._connection._users.pop(member.id, None)

    def asked_for_members(self) -> list[str]:
        """Every request for members so far: over HTTP with its path, over the gateway with the ids it named."""
        listed = [
            f"{call.method} {call.path}"
            for call in self.env.http_requests
            if call.method == "GET" and call.path.rstrip("/").endswith("/members")
        ]
        chunks = [
            "query " + " ".join(sorted(member["user"]["id"] for member in payload["members"]))
            for kind, event, payload in self.env.backend.transcript
            if (kind, event) == ("GATEWAY", "GUILD_MEMBERS_CHUNK")
        ]
        return listed + chunks

    async def leave(self, member: simcord.MemberActor) -> None:
        """The member leaves."""
        self.guild.remove_member(member)
        await self.moment()

    async def moment(self, seconds: float = 1.0) -> None:
        """Let a little time pass."""
        await self.env.settle()
        await self.pass_time(seconds)

    async def pass_time(self, seconds: float) -> None:
        """Let simulated time pass, in steps the simulator can take."""
        while seconds > 0:
            await self.env.advance_time(min(seconds, LONGEST_STEP))
            seconds -= LONGEST_STEP

    @contextmanager
    def gateway_down(self) -> Iterator[None]:
        """What happens meanwhile is never told to the bot."""
        subscribers = self.env.backend.subscribers
        kept, subscribers[:] = list(subscribers), []
        try:
            yield
        finally:
            subscribers[:] = kept

    async def restart(self, *, while_away: Callable[[], None] = lambda: None) -> None:
        """Stop the bot, let something happen, and start it anew on the same database."""
        await self.bot.close()
        with self.gateway_down():
            while_away()
        self.bot = build(self.settings, Clock(discord.utils.utcnow))
        self._on_start(self.bot)
        await self.env.restart_bot(self.bot)
        await self.moment(UNTIL_GREETED)

    async def open_thread(
        self, channel: simcord.ChannelHandle, message: discord.Message, by: simcord.MemberActor
    ) -> simcord.ChannelHandle:
        """Somebody opens a thread on a message by hand."""
        self.env.backend.create_thread(channel.id, "A thread", by.id, message_id=message.id)
        await self.env.settle()
        return next(thread for thread in channel.threads if thread.id == message.id)

    async def hide_from_members(self, channel: simcord.ChannelHandle) -> None:
        """Only the bot and those who manage the guild see a channel from now on."""
        seen = discord.Permissions(view_channel=True).value
        hidden = Overwrite(target_id=self.guild.id, type=OverwriteType.ROLE, allow=0, deny=seen)
        bot = Overwrite(target_id=self.env.backend.bot_user.id, type=OverwriteType.MEMBER, allow=seen, deny=0)
        await self._set_overwrites(channel, [hidden, bot])

    async def deny(self, channel: simcord.ChannelHandle, *permissions: str) -> None:
        """Take permissions from the bot in a channel."""
        denied = discord.Permissions(**dict.fromkeys(permissions, True)).value
        overwrite = Overwrite(target_id=self.env.backend.bot_user.id, type=OverwriteType.MEMBER, allow=0, deny=denied)
        await self._set_overwrites(channel, [overwrite])

    async def allow(self, channel: simcord.ChannelHandle) -> None:
        """Give the bot back what it was denied in a channel."""
        await self._set_overwrites(channel, [])

    async def _set_overwrites(self, channel: simcord.ChannelHandle, overwrites: list[Overwrite]) -> None:
        backend = self.env.backend
        stored = backend.get_channel(channel.id)
        stored.overwrites = overwrites
        backend.emit("CHANNEL_UPDATE", dict(serializers.channel_payload(backend, stored)))
        await self.env.settle()

    async def take_from_bot(self, *permissions: str) -> None:
        """Take permissions from the bot's own role."""
        await self._change_bot(permissions, given=False)

    async def give_to_bot(self, *permissions: str) -> None:
        """Grant permissions to the bot's own role."""
        await self._change_bot(permissions, given=True)

    async def _change_bot(self, permissions: tuple[str, ...], *, given: bool) -> None:
        guild = self.env.backend.get_guild(self.guild.id)
        role = next(role for role in guild.roles.values() if role.managed)
        changed = discord.Permissions(**dict.fromkeys(permissions, True)).value
        role.permissions = role.permissions | changed if given else role.permissions & ~changed
        self.env.backend.emit("GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": serializers.role_payload(role)})
        await self.env.settle()

    def another_guild(
        self, name: str, hidden_channel: str | None = None, *, member_count: int | None = None
    ) -> tuple[simcord.GuildHandle, simcord.ChannelHandle, simcord.ChannelHandle]:
        """The bot is invited to one more guild; its open channel, and the hidden one (the same where there is none)."""
        with self.gateway_down():
            guild = self.env.create_guild(name)
            open_channel = hidden = guild.create_text_channel("lounge")
            if hidden_channel:
                hide = {guild.default_role: discord.PermissionOverwrite(view_channel=False)}
                hidden = guild.create_text_channel(hidden_channel, overwrites=hide)
                self._let_bot_in(hidden)
        self.invite_bot_to(guild, member_count)
        return guild, open_channel, hidden

    def _let_bot_in(self, channel: simcord.ChannelHandle) -> None:
        seen = discord.Permissions(view_channel=True).value
        overwrite = Overwrite(target_id=self.env.backend.bot_user.id, type=OverwriteType.MEMBER, allow=seen, deny=0)
        self.env.backend.get_channel(channel.id).overwrites.append(overwrite)

    def invite_bot_to(self, guild: simcord.GuildHandle, member_count: int | None = None) -> None:
        """Tell the bot that it is in a guild from now on, perhaps one of many members."""
        backend = self.env.backend
        stored = backend.get_guild(guild.id)
        stored.members[backend.bot_user.id].joined_at = backend.now_iso()
        payload = dict(serializers.guild_create_payload(backend, stored))
        del payload["unavailable"]
        payload["member_count"] = member_count or payload["member_count"]
        backend.emit("GUILD_CREATE", payload)

    def remove_bot_from(self, guild: simcord.GuildHandle) -> None:
        """Tell the bot that it was removed, while the guild lives on."""
        self.env.backend.emit("GUILD_DELETE", {"id": str(guild.id)})

    async def delete_channel(self, channel: simcord.ChannelHandle) -> None:
        """Somebody deletes a channel."""
        self.env.backend.delete_channel(channel.id)
        await self.env.settle()

    @contextmanager
    def database_locked(self) -> Iterator[None]:
        """Another program holds the database's write lock."""
        file = self.bot.services.database.file
        assert file is not None
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    async def say(self, kind: str, subject_id: int, **changes: Any) -> None:
        """Put a post of that kind into the outbox."""
        from bot.outbox.rules import NewPost

        values = {
            "guild_id": self.guild.id, "channel_id": self.welcome.id, "kind": kind, "subject_id": subject_id,
            "key": f"{kind}:{subject_id}", "due_at": self.now(),
        }  # fmt: skip
        await self.bot.services.outbox.post_alone(NewPost(**(values | changes)))

    def refusals(self) -> list[str]:
        """The refusals people read so far. The simulator counts each as an error until somebody asks."""
        return [getattr(error, "message", str(error)) for error in self.env.errors]


@asynccontextmanager
async def open_stage(
    folder: Path, *, on_start: Callable[[Tribekeeper], None] = lambda _bot: None, **settings: Any
) -> AsyncIterator[Stage]:
    """Start the real bot on a fresh simulated Discord and a fresh SQLite file in `folder`.

    `on_start` prepares each bot before it logs in, also after a restart.
    """
    chosen = Settings(database_url=f"sqlite:///{folder / 'stage.db'}", backup_dir=folder / "backups", **settings)
    await lay_out(folder / "stage.db")
    bot = build(chosen, Clock(discord.utils.utcnow))
    on_start(bot)
    env = simcord.Env(bot, shard_count=1, settle_timeout=PATIENCE)
    settle = env._settle_internal
    # A start has five seconds of its own, whatever the environment was told.
    env._settle_internal = lambda **how: settle(**how | {"timeout": PATIENCE})  # type: ignore[method-assign]
    await env.start()
    try:
        with on_air(env) as api:
            stage = Stage(env, bot, chosen, api, on_start)
            await stage.moment()
            yield stage
    finally:
        await stage.bot.close()
        await env.shutdown()
    unread = env.errors_since(env._errors_acknowledged)
    if unread:
        raise ExceptionGroup("the bot raised errors that the test did not ask for", list(unread))
