"""What happened, told in plain sentences, newest first: the list beside the stage."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from bot.rehearsal.witness import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Event,
    Left,
    Posted,
    Reacted,
    Refused,
    ThreadOpened,
)

MOST_ENTRIES = 200
_LONGEST_QUOTE = 160
_MARKUP = re.compile(
    r"<(?P<sign>@&|@!|@|#)(?P<id>\d+)>|<t:(?P<unix>-?\d+)(?::\w)?>"
    r"|\\(?P<escaped>[\\*_~`|>#\[\]()<])"
    r"|^[ \t]*(?:#{1,3}|-#|>{1,3}|[-*])[ \t]+"
    r"|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)",
    re.MULTILINE,
)

Kind = Literal["bot", "person", "scene", "trouble"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. `channel_id` is where it can be seen."""

    number: int
    at: datetime
    kind: Kind
    text: str
    quote: str = ""
    channel_id: int | None = None


class Names(Protocol):
    """What people, channels and roles are called."""

    bot_id: int

    def person(self, member_id: int) -> str:
        """A person's name."""
        ...

    def channel(self, channel_id: int) -> str:
        """A channel in a sentence: #welcome, or the thread “Hello”."""
        ...

    def tag(self, channel_id: int) -> str:
        """A channel's or thread's name with the sign for a channel: #welcome."""
        ...

    def role(self, role_id: int) -> str:
        """A role's name."""
        ...


class Activity:
    """The latest entries, at most 200."""

    def __init__(self, names: Names, now: Callable[[], datetime]) -> None:
        self._names = names
        self._now = now
        self._count = 0
        self._update_told: int | None = None
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def scene(self, text: str, channel_id: int | None = None) -> None:
        """Note something the person at the page made happen: someone came, time passed."""
        self._add("scene", text, channel_id=channel_id)

    def trouble(self, text: str) -> None:
        """Note something that went wrong."""
        self._add("trouble", text)

    def tell(self, event: Event) -> None:
        """Put an event into a sentence, if it is worth one."""
        match event:
            case Asked():
                self._asked(event)
            case Answered():
                self._answered(event)
            case Posted() if event.author_id == self._names.bot_id:
                where = self._names.channel(event.channel_id)
                self._add("bot", f"Tribekeeper posted in {where}", event.text, event.channel_id)
            case Posted():
                who, where = self._names.person(event.author_id), self._names.channel(event.channel_id)
                self._add("person", f"{who} wrote in {where}", channel_id=event.channel_id)
            case Edited():
                self._edited(event)
            case Left():
                pass  # the stage tells who went, and why
            case Deleted():
                where = self._names.channel(event.channel_id)
                self._add("scene", f"A message in {where} was deleted", channel_id=event.channel_id)
            case ThreadOpened():
                self._thread(event)
            case Reacted():
                where = self._names.channel(event.channel_id)
                self._add("bot", f"Tribekeeper reacted with {event.emoji} in {where}", channel_id=event.channel_id)
            case Refused():
                where = self._names.channel(event.channel_id)
                self._add(
                    "trouble",
                    f"Discord did not let Tribekeeper {event.wanted} in {where}",
                    "",
                    event.channel_id,
                )

    def _asked(self, event: Asked) -> None:
        who = self._names.person(event.member_id)
        told = {
            "command": f"{who} ran /{event.what}",
            "menu": f"{who} chose “{event.what}” for a message",
            "button": f"{who} pressed “{event.what or 'a button'}”",
            "choice": f"{who} chose from “{event.what or 'a menu'}”",
            "form": f"{who} sent the form “{event.what or 'a form'}”",
        }
        self._add("person", told[event.by], channel_id=event.channel_id)

    def _answered(self, event: Answered) -> None:
        who = self._names.person(event.asked.member_id) if event.asked else "someone"
        where = event.asked.channel_id if event.asked else None
        if event.how == "form":
            self._add("bot", f"Tribekeeper showed {who} the form “{event.text}”", channel_id=where)
        elif event.how == "update":
            self._add("bot", f"Tribekeeper redrew what {who} sees", event.text, where)
            self._update_told = self._count
        elif event.again:
            self._add("bot", f"Tribekeeper told only {who} what to change", event.text, where)
        elif event.private:
            self._add("bot", f"Tribekeeper answered only {who}", event.text, where)

    def _edited(self, event: Edited) -> None:
        # A redrawn public message arrives twice, as the bot's answer and as Discord's announcement of the edit.
        if self._update_told == self._count and self.entries:
            self.entries.popleft()
        where = self._names.channel(event.channel_id)
        if event.author_id == self._names.bot_id:
            self._add("bot", f"Tribekeeper edited its message in {where}", event.text, event.channel_id)
        else:
            who = self._names.person(event.author_id)
            self._add("person", f"{who} edited their message in {where}", channel_id=event.channel_id)

    def _thread(self, event: ThreadOpened) -> None:
        who = "Tribekeeper" if event.owner_id == self._names.bot_id else self._names.person(event.owner_id)
        kind: Kind = "bot" if event.owner_id == self._names.bot_id else "person"
        where = self._names.channel(event.parent_id)
        self._add(kind, f"{who} opened a thread in {where}", event.name, event.thread_id)

    def _add(self, kind: Kind, text: str, quote: str = "", channel_id: int | None = None) -> None:
        self._count += 1
        self.entries.appendleft(Entry(self._count, self._now(), kind, text, plain(quote, self._names), channel_id))


def plain(text: str, names: Names) -> str:
    """Discord's markup as a person would read it, on one line of at most 160 characters."""

    def read(found: re.Match[str]) -> str:
        if found["id"]:
            number = int(found["id"])
            if found["sign"] == "#":
                return names.tag(number)
            return f"@{names.role(number) if found['sign'] == '@&' else names.person(number)}"
        if found["escaped"]:
            return found["escaped"]
        if found["unix"]:
            return f"{datetime.fromtimestamp(int(found['unix']), UTC):%d %B %H:%M} UTC"
        return ""

    line = " ".join(_MARKUP.sub(read, text).split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1].rstrip() + "…"
