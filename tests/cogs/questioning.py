"""What members and hosts do with questions, in few words."""

from typing import Any

import discord
import simcord

from bot.sessions.rules import Question, Session
from tests.cogs.sessioning import LINK, cards, field_of, known, shown, thread_of
from tests.cogs.sessioning import plan as plan_session
from tests.simkit import Stage

READERS = "How do I find my first hundred readers?"
LIKE_READERS = "How can I find the first hundred readers?"
TITLES = "Which title makes somebody open a newsletter?"


async def plan(stage: Stage, **options: Any) -> Session:
    """A session whose thread stands; `options` are those of the command."""
    session = await plan_session(stage, options={"link": LINK} | options)
    return await known(stage, session)


def modal_of(result: simcord.InteractionResult) -> simcord.InteractionResult:
    """A form that opened."""
    assert result.modal is not None, shown(result).content
    return result


async def ask(
    stage: Stage, member: simcord.MemberActor, question: str, *, session: Session | None = None, **typed: Any
) -> simcord.InteractionResult:
    """`/ask` and its form; what came of it."""
    options = {"session": str(session.id)} if session else {}
    form = modal_of(await member.slash(stage.welcome, "ask", **options))
    result = await member.submit_modal(form, {"question": question} | typed)
    await stage.moment(2)
    return result


async def asked(stage: Stage, session: Session) -> list[Question]:
    """A session's questions, but for those that were withdrawn."""
    return await stage.bot.services.moderation.list_all(stage.guild.id, session.id)


def in_thread(stage: Stage, session: Session) -> list[discord.Message]:
    """The cards of questions in a session's thread."""
    found = cards(stage, thread_of(stage, session))
    return [card for card in found if any(field.name == "Asked" for field in card.embeds[0].fields)]


def label_of(card: discord.Message, custom_id: str) -> str:
    """What a button says; empty where it is not there."""
    buttons = [button for row in card.components for button in row.children]  # type: ignore[union-attr]
    return next((str(one.label) for one in buttons if (one.custom_id or "").startswith(custom_id)), "")


def who_asked(card: discord.Message) -> str:
    """What a card says of its asker and its votes."""
    return field_of(card, "Asked")


def for_hosts(stage: Stage) -> list[discord.Message]:
    """The questions that hosts were asked about."""
    return [card for card in cards(stage, stage.hosts) if "question" in card.content.lower()]
