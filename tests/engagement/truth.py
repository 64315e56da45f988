"""A small world in which people write, and what of it counts, reckoned as plainly as it can be said."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.engagement.count_rules import NOBODY
from bot.snowflakes import snowflake_at, time_of
from tests.loopback import Channel, Guild, LoopbackDiscord, Member, World
from tests.loopback.places import Payload

KICK_MEMBERS = 1 << 1
REPLY = 19
WRITERS, NEWCOMERS = 10, 3
MINUTE = timedelta(minutes=1)


@dataclass
class Said:
    """A message that stands."""

    id: int
    author: int
    channel: Channel
    to: "Said | None"

    @property
    def at(self) -> datetime:
        return time_of(self.id)


@dataclass
class Village:
    """A guild with three channels and a thread in which members, hosts and a bot write; chance decides who and what."""

    chance: random.Random
    world: World = field(default_factory=World)
    said: list[Said] = field(default_factory=list)
    #: What was deleted within a minute.
    deleted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.guild: Guild = self.world.add_guild()
        self.channels = [self.world.add_channel(self.guild, f"channel-{number}") for number in range(3)]
        self.ignored = self.world.add_channel(self.guild, "commands")
        self.thread = self.world.open_thread(self.channels[0], "A thread", self.world.next_id())
        powers = self.world.add_role(self.guild, "Guard", KICK_MEMBERS)
        self.writers = [self.world.add_member(self.guild, f"Writer {number}") for number in range(WRITERS)]
        self.host = self.world.add_member(self.guild, "Host")
        self.host.role_ids.append(powers.id)
        self.robot = self.world.add_member(self.guild, "Robot")
        self.robot.user.bot = True
        self.agreeing = {member.user.id for member in self.writers[: WRITERS // 2]}
        self.newcomers = {member.user.id for member in self.writers[-NEWCOMERS:]}
        self._made = 0

    async def speak(self, discord_api: LoopbackDiscord, at: datetime) -> Said:
        """Somebody writes somewhere, perhaps in reply to somebody, perhaps in haste; the bot may hear of it twice."""
        author = self.chance.choice([*self.writers, self.host, self.robot])
        channel = self.chance.choice([*self.channels, self.thread, self.ignored])
        earlier = [one for one in self.said[-30:] if one.channel is channel and one.id not in self.deleted]
        answered = self.chance.choice(earlier) if earlier and self.chance.random() < 0.6 else None
        self._made += 1
        said = Said(snowflake_at(at) + self._made % 4096, author.user.id, channel, answered)
        message = await discord_api.say(channel, author, id=str(said.id), **_reference(channel, answered))
        self.said.append(said)
        if self.chance.random() < 0.1:
            await discord_api.gateway.announce(channel, message)
        if self.chance.random() < 0.08:
            await self.delete(discord_api, said)
        return said

    async def delete(self, discord_api: LoopbackDiscord, said: Said) -> None:
        """Its author deletes it at once."""
        del said.channel.messages[said.id]
        self.deleted.add(said.id)
        gone = {"id": str(said.id), "channel_id": str(said.channel.id), "guild_id": str(self.guild.id)}
        await discord_api.gateway.dispatch("MESSAGE_DELETE", gone, guild_id=self.guild.id)

    def counting(self) -> list[Said]:
        """Each member's first message in each clock minute, of those that count."""
        members = {member.user.id for member in self.writers}
        first: dict[tuple[int, datetime], Said] = {}
        for one in sorted(self.said, key=lambda one: one.id):
            if one.author in members and one.channel is not self.ignored and one.id not in self.deleted:
                first.setdefault((one.author, one.at.replace(second=0, microsecond=0)), one)
        return list(first.values())

    def said_by_the_host(self) -> list[Said]:
        """All of it, where anything counts: none of it is credited, but after an answer nobody else is the first."""
        hers = [one for one in self.said if one.author == self.host.user.id]
        return [one for one in hers if one.channel is not self.ignored and one.id not in self.deleted]

    def truth(self) -> dict[str, Any]:
        """What has to be on disk in the end."""
        members = {member.user.id for member in self.writers}
        counted = self.counting()
        replies = [one for one in counted if one.to and one.to.author not in (one.author, self.robot.user.id)]
        heard = [one for one in replies if one.to and one.to.author in members]
        first: dict[int, int] = {}
        for one in sorted([*heard, *self.said_by_the_host()], key=lambda one: one.id):
            if one.to and one.to.author in self.newcomers:
                first.setdefault(one.to.author, one.author if one.author in members else NOBODY)
        return {
            "active": {(one.author, one.at.date()) for one in counted},
            "given": Counter((one.author, one.at.date()) for one in replies),
            "received": Counter((one.to.author, one.at.date()) for one in heard if one.to),
            "threads": {one.author for one in counted if one.channel is self.thread},
            "newcomers": first,
            "partners": {
                (min(pair), max(pair), later.at.date())
                for later in heard
                for earlier in heard
                if later.to and earlier.to and {later.author, later.to.author} <= self.agreeing
                and (earlier.author, earlier.to.author) == (later.to.author, later.author)
                and timedelta() <= later.at - earlier.at <= timedelta(hours=72)
                for pair in [(later.author, later.to.author)]
            },
        }  # fmt: skip

    def member(self, number: int) -> Member:
        return self.writers[number]


def _reference(channel: Channel, answered: Said | None) -> Payload:
    if answered is None:
        return {}
    original = channel.messages[answered.id]
    plain = {name: value for name, value in original.items() if name != "referenced_message"}
    reference = {"message_id": str(answered.id), "channel_id": str(channel.id)}
    return {"type": REPLY, "message_reference": reference, "referenced_message": plain}
