"""What hosts and members do with sessions, in few words."""

from typing import Any

import discord
import simcord
from simcord.backend.models import ScheduledEvent

from bot.communities.rules import ChannelPurpose
from bot.sessions.rules import Session
from tests.simkit import Stage

LINK = "https://meet.example/bubble"
FORM = {
    "title": "Break Out of Your Bubble",
    "description": "Live questions and answers.",
    "start": "May 1 7pm",
    "length": "90 min",
}


def shown(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """What a person reads in answer, which nobody else sees."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None, "there was no answer"
    assert message.ephemeral
    assert len(message.content) <= 2000
    return message


async def in_zone(stage: Stage, zone: str = "America/New_York") -> None:
    """The community lives in this zone."""
    await stage.bot.services.communities.set_time_zone(stage.guild.id, zone)


async def fill_in(
    stage: Stage,
    form: simcord.InteractionResult,
    *,
    by: simcord.MemberActor | None = None,
    hosts: list[simcord.MemberActor] | None = None,
    **typed: str,
) -> simcord.InteractionResult:
    """A host fills in the form of a session."""
    by = by or stage.carol
    assert form.modal is not None, shown(form).content
    return await by.submit_modal(form, FORM | {"hosts": hosts or [by]} | typed)


async def create(
    stage: Stage,
    *,
    by: simcord.MemberActor | None = None,
    hosts: list[simcord.MemberActor] | None = None,
    options: dict[str, Any] | None = None,
    **typed: str,
) -> simcord.InteractionResult:
    """`/session create` and the form; the card a host sees before anything is kept."""
    by = by or stage.carol
    form = await by.slash(stage.hosts, "session create", **({"link": LINK} if options is None else options))
    return await fill_in(stage, form, by=by, hosts=hosts, **typed)


async def plan(stage: Stage, **how: Any) -> Session:
    """A session is planned, and everything it makes stands."""
    before = {session.id for session in await ahead(stage)}
    result = await create(stage, **how)
    pressed = await (how.get("by") or stage.carol).click(shown(result), label="Plan it")
    assert pressed is not None
    await stage.moment(5)
    [session] = [session for session in await ahead(stage) if session.id not in before]
    return session


async def ahead(stage: Stage) -> list[Session]:
    """The sessions to come."""
    return await stage.bot.services.sessions.list_ahead(stage.guild.id)


async def known(stage: Stage, session: Session) -> Session:
    """The session as it is now."""
    return await stage.bot.services.sessions.get(stage.guild.id, session.id)


def home(stage: Stage) -> simcord.ChannelHandle:
    """The channel of sessions."""
    return stage.channels[ChannelPurpose.QUESTIONS]


def events(stage: Stage) -> list[ScheduledEvent]:
    """Discord's scheduled events that are neither over nor cancelled."""
    stored = stage.env.backend.get_guild(stage.guild.id).scheduled_events.values()
    return [event for event in stored if event.status in (1, 2)]


def cards(stage: Stage, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
    """The cards of sessions in a channel, the one of sessions unless another is named."""
    assert stage.bot.user is not None
    history = (channel or home(stage)).history()
    return [message for message in history if message.author.id == stage.bot.user.id and message.embeds]


def field_of(message: discord.Message, name: str) -> str:
    """What a field of a card says; empty where there is none."""
    return next((field.value or "" for field in message.embeds[0].fields if field.name == name), "")


def thread_of(stage: Stage, session: Session) -> simcord.ChannelHandle:
    """A session's thread."""
    [thread] = [thread for thread in home(stage).threads if thread.id == session.thread_id]
    return thread


def in_thread(stage: Stage, session: Session) -> list[str]:
    """What the bot wrote in a session's thread, oldest first, without the card."""
    return [text for text in stage.said(thread_of(stage, session)) if text]


async def press(stage: Stage, member: simcord.MemberActor, label: str, session: Session) -> str:
    """A member presses a button on a session's card, and reads the answer."""
    [card] = [message for message in cards(stage) if message.embeds[0].title == session.title]
    return shown(await member.click(card, label=label)).content
