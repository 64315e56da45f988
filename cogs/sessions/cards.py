"""How sessions look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import discord
from discord import ui

from bot.sessions.rules import Coming, Session
from bot.sessions.schedule_rules import Pattern
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_within, shortened
from bot.ui.views import BaseView
from cogs.sessions.coming_views import ComingButton
from cogs.sessions.words import coming_text, questions_text, when_text, where_text

COLOUR = discord.Colour(0x4F6D8F)
_TITLE, _DESCRIPTION = 256, 4096
#: What a session's post is tagged with in a forum.
TAG = "Q&A"
_PATTERNS = {Pattern.WEEKLY: "every week", Pattern.FORTNIGHTLY: "every second week", Pattern.MONTHLY: "every month"}


@dataclass(frozen=True, slots=True)
class Around:
    """What a card tells besides the session itself: who comes, which program it belongs to, how it repeats."""

    counts: Mapping[Coming, int] = field(default_factory=dict[Coming, int])
    program: str = ""
    pattern: str = ""


def announcement(guild: discord.Guild, session: Session, around: Around, *, publish: bool = False) -> OutgoingMessage:
    """A session's card with its buttons, which go when it is over."""
    return OutgoingMessage(
        embeds=[card(guild, session, around)],
        view=None if session.is_over else buttons(session),
        title=session.title,
        tag=TAG,
        publish=publish,
    )


def buttons(session: Session) -> BaseView:
    """*I'm coming*, *Maybe*, *Ask a question*."""
    view = BaseView(timeout=None)
    view.add_item(ComingButton(session.id, "coming")).add_item(ComingButton(session.id, "maybe"))
    # What it does belongs to the questions, which listen to this custom id.
    ask = ui.Button[BaseView](label="Ask a question", emoji="❓", custom_id=f"sessions:ask:{session.id}")
    return view.add_item(ask)


def card(guild: discord.Guild, session: Session, around: Around) -> discord.Embed:
    """One session: what, when, where, with whom, for whom."""
    embed = discord.Embed(
        title=safe_within(session.title, _TITLE),
        description=shortened(session.description, _DESCRIPTION) or None,
        colour=COLOUR,
    )
    embed.add_field(name="When", value=when_text(session), inline=False)
    embed.add_field(name="Where", value=where_text(session), inline=True)
    hosts = ", ".join(f"<@{host_id}>" for host_id in session.host_ids) or "Nobody yet"
    embed.add_field(name="Host" if len(session.host_ids) == 1 else "Hosts", value=hosts, inline=True)
    if session.role_id is not None:
        embed.add_field(name="For", value=f"Members with <@&{session.role_id}>", inline=True)
    if around.program:
        embed.add_field(name="Program", value=safe_within(around.program, 200), inline=True)
    embed.add_field(name="Questions", value=questions_text(session), inline=False)
    if not session.is_over:
        embed.add_field(name="Coming", value=coming_text(session, around.counts), inline=True)
    if around.pattern in _PATTERNS:
        embed.add_field(name="Repeated", value=_PATTERNS[Pattern(around.pattern)].capitalize(), inline=True)
    if session.event_id is not None and not session.is_over:
        link = f"[Open it](https://discord.com/events/{guild.id}/{session.event_id})"
        embed.add_field(name="Discord’s event", value=link, inline=True)
    return embed


def pinging(text: str, member_ids: Sequence[int]) -> OutgoingMessage:
    """A text that mentions these members and nobody else."""
    mentions = " ".join(f"<@{member_id}>" for member_id in member_ids)
    return OutgoingMessage(
        f"{text}\n{mentions}".strip(),
        allowed_mentions=discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(member_id) for member_id in member_ids]
        ),
    )
