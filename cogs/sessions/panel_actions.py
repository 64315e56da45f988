"""What the buttons of the hosts' panel do. The panel itself is drawn anew by the outbox, for every host alike."""

from datetime import datetime
from typing import Any

import discord

from bot.sessions.rules import Session
from bot.ui.text import safe_name
from cogs.sessions.choices import check_host, guild_of, services_of

Interaction = discord.Interaction[Any]


async def hosted(interaction: Interaction, session_id: int) -> Session:
    """The session, where whoever asks hosts it. Raises NoSuchSessionError, NotAHostError."""
    session = await services_of(interaction).sessions.get(guild_of(interaction).id, session_id)
    check_host(interaction, session)
    return session


def now_of(interaction: Interaction) -> datetime:
    """The instant of a press."""
    return services_of(interaction).clock.now()


async def seen(interaction: Interaction, told: str) -> None:
    """Answer a press: the panel shows what came of it, and what only its host sees is told there."""
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await interaction.response.edit_message(content=told, embed=None, view=None)
    else:
        await interaction.response.defer()


async def take(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """Begin to answer a question."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.take(
        session.guild_id, session_id, question_id, interaction.user.id, now_of(interaction)
    )
    await seen(interaction, "It is being answered now. The panel shows it.")


async def done(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """It has its answer."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.finish(session.guild_id, session_id, question_id, now_of(interaction))
    await seen(interaction, "Answered.")


async def skip(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """Not now."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.skip(session.guild_id, session_id, question_id, now_of(interaction))
    await seen(interaction, "Skipped. It stands at the end of the list.")


async def later(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """In writing, or next time."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.follow_up_later(
        session.guild_id, session_id, question_id, now_of(interaction)
    )
    await seen(interaction, "Put aside for a later answer.")


async def go_on(interaction: Interaction, session_id: int, done_id: int, next_id: int) -> None:
    """Finish one, begin the next."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.go_on(
        session.guild_id, session_id, done_id or None, next_id or None, interaction.user.id, now_of(interaction)
    )
    await seen(interaction, "Next.")


async def hand_to(interaction: Interaction, session_id: int, question_id: int, host_id: int) -> None:
    """Hand over to the host who was chosen."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.hand_over(
        session.guild_id, session_id, question_id, host_id, now_of(interaction)
    )
    await seen(interaction, f"<@{host_id}> goes on.")


async def longer(interaction: Interaction, session_id: int, minutes: int, _second: int) -> None:
    """Ten minutes more than the panel showed."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).live.lengthen(session.guild_id, session_id, minutes, now_of(interaction))
    await seen(interaction, "Ten minutes were added.")


async def keep_note(interaction: Interaction, session_id: int, question_id: int, text: str, topic: str) -> None:
    """Keep what a host noted."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).answering.note(
        session.guild_id, session_id, question_id, interaction.user.id, text, topic, now_of(interaction)
    )
    await interaction.response.send_message("Kept. Only hosts see notes.", ephemeral=True)


async def end(interaction: Interaction, session_id: int, _first: int, _second: int) -> None:
    """Close the session."""
    session = await hosted(interaction, session_id)
    await services_of(interaction).live.close(session.guild_id, session_id, now_of(interaction))
    await seen(interaction, f"**{safe_name(session.title)}** is closed. The recap is on its way.")


async def decide_left(interaction: Interaction, session_id: int, *, carry: bool) -> None:
    """What was left unanswered is carried over, or stays in the thread."""
    session = await hosted(interaction, session_id)
    leftovers, now = services_of(interaction).leftovers, now_of(interaction)
    if carry:
        count, following = await leftovers.carry_over(session.guild_id, session_id, now)
        when = discord.utils.format_dt(following.starts_at, "F")
        told = f"{_questions(count)} carried over to **{safe_name(following.title)}**, {when}."
    else:
        count = await leftovers.keep_open(session.guild_id, session_id, now)
        told = f"{_questions(count)} kept open. Answer in the thread, then use *Apps → Mark as answer* on your message."
    await interaction.response.send_message(told, ephemeral=True)


def _questions(count: int) -> str:
    return "1 question was" if count == 1 else f"{count} questions were"
