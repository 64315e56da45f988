"""The small living world a rehearsal opens on: read from `data/rehearsal/world.json`, built on simulated Discord."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import discord
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle

from bot.errors import OperatorError
from bot.rehearsal import simulation

WORLD = Path(__file__).parents[2] / "data" / "rehearsal" / "world.json"

Part = Literal["host", "co-host", "member"]


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RolePlan(_Plan):
    """A role; `manages` gives its holders Manage Server."""

    name: str
    color: str
    manages: bool


class PersonPlan(_Plan):
    """Someone who is already here, since `here_for_days`."""

    name: str = Field(min_length=1, max_length=32)
    part: Part
    roles: tuple[str, ...]
    here_for_days: float


class ChannelPlan(_Plan):
    """A channel, and what the bot uses it for."""

    name: str
    topic: str
    purpose: str | None
    private: bool = False


class Line(_Plan):
    """Something someone once said."""

    days_ago: float
    channel: str
    author: str
    text: str


class PricePlan(_Plan):
    """What the program costs: an amount as a host types it, perhaps until the end of a day counted from today."""

    label: str
    amount: str
    currency: str
    until_days: int | None = None


class RecordingPlan(_Plan):
    """A recording of the program, as a host types it."""

    title: str
    link: str
    length: str
    passcode: str = ""


class ProgramPlan(_Plan):
    """The program the host offers; `role` is that of its participants."""

    name: str
    summary: str
    included: str
    register_url: str
    role: str
    prices: tuple[PricePlan, ...]
    recordings: tuple[RecordingPlan, ...]


class DiscountPlan(_Plan):
    """A discount on the program until the end of a day counted from today: one `code` for all, or a pool of `codes`.

    Its card stands in `channel`, if it has one.
    """

    name: str
    code: str = ""
    codes: int = 0
    amount_off: str = ""
    percent: int | None = None
    ends_days: int
    channel: str | None = None
    note: str = ""


class QuestionPlan(_Plan):
    """A question that somebody asked for the session."""

    by: str
    text: str


class SessionPlan(_Plan):
    """The live Q&A that is planned, so many hours from now."""

    title: str
    description: str
    starts_in_hours: float
    minutes: int
    hosts: tuple[str, ...]
    link: str
    questions: tuple[QuestionPlan, ...]


class WorldPlan(_Plan):
    """Everything in `world.json`."""

    guild: str
    time_zone: str
    roles: tuple[RolePlan, ...]
    people: tuple[PersonPlan, ...]
    channels: tuple[ChannelPlan, ...]
    conversation: tuple[Line, ...]
    program: ProgramPlan
    discounts: tuple[DiscountPlan, ...]
    session: SessionPlan
    newcomers: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_meet(self) -> "WorldPlan":
        people = {person.name: person for person in self.people}
        channels = {channel.name for channel in self.channels}
        if sum(person.part == "host" for person in self.people) != 1:
            raise ValueError("exactly one person is the host")
        for line in self.conversation:
            if line.author not in people or line.channel not in channels:
                raise ValueError(f"“{line.text}” needs an author and a channel that exist")
            if line.days_ago > people[line.author].here_for_days:
                raise ValueError(f"“{line.text}” was said before {line.author} came")
        for name in (*self.session.hosts, *(question.by for question in self.session.questions)):
            if name not in people:
                raise ValueError(f"{name} takes part in the session, but is not here")
        if self.program.role not in {role.name for role in self.roles}:
            raise ValueError(f"there is no role {self.program.role} for participants")
        for discount in self.discounts:
            if discount.channel is not None and discount.channel not in channels:
                raise ValueError(f"“{discount.name}” needs a channel that exists")
        return self

    @property
    def host(self) -> PersonPlan:
        """The one who owns the community, and writes the blog."""
        return next(person for person in self.people if person.part == "host")


def load(path: Path = WORLD) -> WorldPlan:
    """Read the plan. Raises OperatorError with one sentence where the file is missing or does not make sense."""
    try:
        return WorldPlan.model_validate_json(path.read_bytes())
    except OSError:
        raise OperatorError(f"The rehearsal's world is missing: {path}. Restore it from the repository.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        reason = first["msg"].removeprefix("Value error, ")
        raise OperatorError(f"The rehearsal's world in {path} cannot be used: {where}: {reason}.") from None


@dataclass(slots=True)
class Person:
    """Someone on the stage. `newcomer` marks people who joined during this rehearsal."""

    actor: MemberActor
    name: str
    part: Part
    newcomer: bool = False
    pending: bool = False

    @property
    def id(self) -> int:
        """Their Discord id."""
        return self.actor.id


@dataclass(slots=True)
class World:
    """The guild as built: handles by name, people by id."""

    guild: GuildHandle
    roles: dict[str, RoleHandle]
    channels: dict[str, ChannelHandle]
    people: dict[int, Person]
    purposes: dict[str, int]

    @property
    def host(self) -> Person:
        """The one who owns the community."""
        return next(person for person in self.people.values() if person.part == "host")

    @property
    def latest(self) -> Person:
        """Whoever came last before this rehearsal, and is still here."""
        return [person for person in self.people.values() if not person.newcomer][-1]

    @property
    def newest(self) -> Person | None:
        """Whoever joined last during this rehearsal and is still here."""
        return next((person for person in reversed(self.people.values()) if person.newcomer), None)


def build(env: Env, plan: WorldPlan, now: datetime) -> World:
    """Make the guild and replay its past, so that joining dates and messages carry the days they belong to.

    Call it before the environment starts; the simulated clock stands at `now` afterwards.
    """
    past = max([person.here_for_days for person in plan.people])
    simulation.move_clock(env, now - timedelta(days=past + 1))
    users = {
        person.name: env.create_user(_handle(person.name), global_name=person.name, avatar=simulation.FACE)
        for person in plan.people
    }
    guild = env.create_guild(plan.guild, owner=users[plan.host.name])
    roles = {role.name: _make_role(guild, role) for role in plan.roles}
    channels = {channel.name: _make_channel(guild, channel, roles) for channel in plan.channels}
    world = World(guild, roles, channels, {}, {c.purpose: channels[c.name].id for c in plan.channels if c.purpose})

    past_events: list[tuple[float, int, PersonPlan | Line]] = [
        *((person.here_for_days, 0, person) for person in plan.people),
        *((line.days_ago, 1, line) for line in plan.conversation),
    ]
    for days_ago, _order, event in sorted(past_events, key=lambda item: (-item[0], item[1])):
        simulation.move_clock(env, now - timedelta(days=days_ago))
        if isinstance(event, PersonPlan):
            actor = guild.add_member(users[event.name], roles=[roles[name] for name in event.roles])
            world.people[actor.id] = Person(actor, event.name, event.part)
        else:
            simulation.say(env, channels[event.channel], users[event.author].id, event.text)
    simulation.move_clock(env, now)
    return world


def _handle(name: str) -> str:
    plain = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    return plain or "someone"


def _make_role(guild: GuildHandle, plan: RolePlan) -> RoleHandle:
    permissions = discord.Permissions(manage_guild=plan.manages, manage_messages=plan.manages)
    return guild.create_role(plan.name, permissions=permissions, color=int(plan.color.lstrip("#"), 16))


def _make_channel(guild: GuildHandle, plan: ChannelPlan, roles: dict[str, RoleHandle]) -> ChannelHandle:
    if not plan.private:
        return guild.create_text_channel(plan.name, topic=plan.topic)
    seen = discord.PermissionOverwrite(view_channel=True)
    hidden = discord.PermissionOverwrite(view_channel=False)
    bot_role = guild.roles[simulation.BOT_NAME]
    return guild.create_text_channel(
        plan.name,
        topic=plan.topic,
        overwrites={guild.default_role: hidden, roles["Host"]: seen, bot_role: seen},
    )
