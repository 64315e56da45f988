"""What hosts hear when something became of a session that nobody told the bot to do."""

import re
from typing import Any

import discord
from discord import ui

from bot.outbox.rules import Post
from bot.sessions.rules import PlaceKind, Session, SessionState
from bot.ui.errors import permission_name
from bot.ui.messages import OutgoingMessage
from bot.ui.views import BaseView, LastingItem
from cogs.sessions import actions
from cogs.sessions.words import called, where_text

Interaction = discord.Interaction[Any]

_LABELS = {"thread": "Open a new thread", "restore": "Plan it after all"}


class MendButton(LastingItem[ui.Button[Any]], template=r"sessions:mend:(?P<action>thread|restore):(?P<session>\d+)"):
    """Undoes what became of a session: opens another thread, or plans it after all."""

    def __init__(self, session_id: int, action: str) -> None:
        custom_id = f"sessions:mend:{action}:{session_id}"
        super().__init__(ui.Button(label=_LABELS[action], style=discord.ButtonStyle.primary, custom_id=custom_id))
        self._session_id = session_id
        self._action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "MendButton":
        """The button as it was pressed."""
        return cls(int(match["session"]), match["action"])

    async def pressed(self, interaction: Interaction) -> None:
        """Mend it."""
        await actions.mend(interaction, self._session_id, self._action)


def notice(guild: discord.Guild, session: Session, post: Post) -> OutgoingMessage | None:
    """What became of a session, and what a host can do; None where it is otherwise by now."""
    _, _, _, what, about, _ = post.key.split(":")
    text = _text(guild, session, what, int(about))
    if text is None:
        return None
    view = None
    if what in ("thread-gone", "event-gone"):
        action = "thread" if what == "thread-gone" else "restore"
        view = BaseView(timeout=None).add_item(MendButton(session.id, action))
    return OutgoingMessage(text, view=view)


def _text(guild: discord.Guild, session: Session, what: str, about: int) -> str | None:
    name, starts = called(session), discord.utils.format_dt(session.starts_at, "F")
    match what:
        case "event-changed":
            return (
                f"Somebody changed the event of {name} in Discord, so I changed the session: it starts {starts}. "
                f"Where: {where_text(session)} Those who come read it in the thread if time or place changed."
            )
        case "event-gone" if session.state is SessionState.CANCELLED:
            return (
                f"Somebody deleted or cancelled the event of {name} in Discord, so the session on {starts} is "
                "cancelled, and those who come know. If that was a mistake:"
            )
        case "event-ended" if session.state is SessionState.OPEN:
            return (
                f"The event of {name} ended in Discord; by itself it does so when everybody has left the channel. The "
                "session stays open for questions until you close it."
            )
        case "thread-gone" if session.thread_id is None and not session.is_over:
            return (
                f"The thread of {name} was deleted. I remind nobody until there is another one; who comes and what "
                "was asked is kept."
            )
        case "place-gone" if session.place.kind is PlaceKind.LINK and not session.place.link:
            return (
                f"The channel in which {name} was to be held on {starts} was deleted. Choose another place with "
                "`/session edit`; until then it reads *To be announced*."
            )
        case "host-gone":
            return f"<@{about}> left this server, and hosts {name} no more. Those who are left: {_hosts(session)}"
        case "hostless":
            return (
                f"<@{about}> left this server, and nobody else hosts {name} on {starts}. Choose somebody with "
                "`/session edit`."
            )
        case "event-refused" if session.event_id is None and not session.is_over:
            return f"I could not make an event for {name}. {_what_to_grant(guild, session)}"
        case "thread-refused" if session.thread_id is None and not session.is_over:
            return (
                f"I could not open a thread for {name}. Grant me *Create Public Threads* and *Send Messages in "
                "Threads* in the channel for Q&A; then it opens by itself."
            )
        case _:
            return None


def _hosts(session: Session) -> str:
    return ", ".join(f"<@{host_id}>" for host_id in session.host_ids) + "."


def _what_to_grant(guild: discord.Guild, session: Session) -> str:
    missing = missing_for_event(guild, session)
    if missing:
        names = ", ".join(f"*{name}*" for name in missing)
        return f"Grant me {names}; the event is made by itself then."
    return "A server has at most 100 events, and a stage needs its moderator's permissions. I try again later."


def missing_for_event(guild: discord.Guild, session: Session) -> list[str]:
    """What the bot lacks to make an event for a session, as Discord's settings call it."""
    mine = guild.me.guild_permissions
    missing = [] if mine.create_events or mine.manage_events else ["create_events"]
    channel = guild.get_channel(session.place.channel_id or 0)
    if channel is not None:
        there = channel.permissions_for(guild.me)
        missing += [name for name in ("view_channel", "connect") if not getattr(there, name)]
    return [permission_name(name) for name in missing]
