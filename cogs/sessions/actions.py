"""What the buttons of sessions do."""

from datetime import datetime
from typing import Any

import discord

from bot.sessions.rules import Coming, Session, SessionState
from bot.ui.views import BaseView
from cogs.sessions.choices import check_gate, check_host, guild_of, services_of
from cogs.sessions.words import called, where_text

Interaction = discord.Interaction[Any]

_ANSWERS = {"coming": Coming.YES, "maybe": Coming.MAYBE, "not": None}


async def say(interaction: Interaction, session_id: int, answer: str, taking_back: BaseView) -> None:
    """Keep whether a member comes, and tell them what counts now; `taking_back` lets them change their mind."""
    guild, services = guild_of(interaction), services_of(interaction)
    session = await services.sessions.get(guild.id, session_id)
    if answer != "not":
        check_gate(interaction, session)
    member_id = interaction.user.id
    counts = await services.sessions.set_coming(guild.id, session_id, member_id, _ANSWERS[answer], _now(interaction))
    _, turn = await services.sessions.coming_of(guild.id, session_id, member_id)
    await interaction.response.send_message(
        _answer(guild, session, counts, turn),
        view=taking_back if taking_back.children else discord.utils.MISSING,
        ephemeral=True,
        allowed_mentions=discord.AllowedMentions.none(),
        suppress_embeds=True,
    )


def _answer(guild: discord.Guild, session: Session, said: Coming | None, turn: int) -> str:
    starts = discord.utils.format_dt(session.starts_at, "F")
    match said:
        case Coming.YES:
            lines = [
                f"You are coming to {called(session)}, {starts}. I remind you in {_thread(session)}.",
                f"Where: {where_text(session, is_coming=True)}",
            ]
        case Coming.MAYBE:
            lines = [f"You may come to {called(session)}, {starts}. I remind you in {_thread(session)}."]
        case Coming.WAITING:
            return (
                f"Every place at {called(session)} is taken. You are number {turn} on the waiting list; I tell you in "
                f"{_thread(session)} when a place is free."
            )
        case _:
            return f"You are not coming to {called(session)}. Should that change, press *I’m coming*."
    if session.event_id is not None:
        event = f"https://discord.com/events/{guild.id}/{session.event_id}"
        lines.append(f"-# Press *Interested* at [its event]({event}) too, and Discord shows it among yours.")
    return "\n".join(lines)


def _thread(session: Session) -> str:
    return f"<#{session.thread_id}>" if session.thread_id else "its thread"


async def mend(interaction: Interaction, session_id: int, action: str) -> None:
    """A host answers a notice: opens a new thread, or plans a session after all."""
    guild, services = guild_of(interaction), services_of(interaction)
    session = await services.sessions.get(guild.id, session_id)
    check_host(interaction, session)
    now = _now(interaction)
    if action == "thread":
        if session.thread_id is None:
            await services.session_events.announce_again(guild.id, session_id, now)
        told = f"{interaction.user.mention} let me open a new thread for {called(session)}."
    else:
        if session.state is SessionState.CANCELLED:
            await services.sessions.restore(guild.id, session_id, now)
        told = f"{interaction.user.mention} decided that {called(session)} takes place. Its event is made anew."
    await interaction.response.edit_message(content=told, view=None, allowed_mentions=discord.AllowedMentions.none())


def _now(interaction: Interaction) -> datetime:
    return services_of(interaction).clock.now()
