"""What passes between the bot and Discord, put into a few plain facts that the activity list and the tour read."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Payload = Mapping[str, Any]
_SNOWFLAKE = re.compile(r"\d{17,20}")
_EPHEMERAL = 1 << 6
_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """A message appeared. `about` holds every id it names anywhere, `custom_ids` those of its buttons and menus."""

    channel_id: int
    message_id: int
    author_id: int
    text: str
    about: frozenset[int]
    custom_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """A message changed. `custom_ids` are those of the buttons and menus it has now."""

    channel_id: int
    message_id: int
    author_id: int
    text: str
    custom_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is gone."""

    channel_id: int


@dataclass(frozen=True, slots=True)
class ThreadOpened:
    """A thread began; one that hangs on a message carries that message's id."""

    thread_id: int
    parent_id: int
    owner_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A person used the bot: `what` is a command's full name, or the words on a button or a form.

    `by` a menu is a command on a message, `by` a choice an option of a list.
    """

    interaction_id: int
    member_id: int
    channel_id: int
    by: Literal["command", "menu", "button", "choice", "form"]
    what: str
    custom_id: str
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot answered `asked`, if that is still remembered. `again` offers to open a refused form once more."""

    asked: Asked | None
    how: Literal["message", "form", "update"]
    text: str
    private: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Reacted:
    """The bot put an emoji on a message."""

    channel_id: int
    emoji: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord did not let the bot do something in a channel."""

    channel_id: int
    wanted: Literal["post", "open a thread"]


@dataclass(frozen=True, slots=True)
class Left:
    """A member is gone: by themselves, or because somebody saw to it."""

    member_id: int


Event = Posted | Edited | Deleted | ThreadOpened | Asked | Answered | Reacted | Refused | Left


class Witness:
    """Turns simcord's record, line by line, into events. Remembers the latest few hundred interactions."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._asked: OrderedDict[int, Asked] = OrderedDict()
        self._tokens: OrderedDict[str, int] = OrderedDict()
        self._deferred: dict[int, bool] = {}
        self._forms: dict[str, str] = {}
        self._expected: Refused | None = None

    def see(self, kind: str, what: str, payload: Payload) -> None:
        """Take in one line of the record."""
        if kind == "HTTP":
            self.finish()
            method, _, path = what.partition(" ")
            self._request(method, path.strip("/").split("/"), payload)
        elif kind == "GATEWAY":
            handler = getattr(self, f"_on_{what.lower()}", None)
            if handler is not None:
                handler(payload)

    def finish(self) -> None:
        """Nothing more follows for now: a wish of the bot's that has not come true was refused."""
        expected, self._expected = self._expected, None
        if expected is not None:
            self._tell(expected)

    # ------------------------------------------------------------- what Discord announced

    def _on_message_create(self, payload: Payload) -> None:
        if payload.get("type") not in (0, 19, 20, 23):  # said by someone, not by Discord
            return
        self._expected = None
        self._tell(
            Posted(
                int(payload["channel_id"]),
                int(payload["id"]),
                int(payload["author"]["id"]),
                words(payload),
                named_in(payload),
                custom_ids_in(payload),
            )
        )

    def _on_message_update(self, payload: Payload) -> None:
        self._tell(
            Edited(
                int(payload["channel_id"]),
                int(payload["id"]),
                int(payload["author"]["id"]),
                words(payload),
                custom_ids_in(payload),
            )
        )

    def _on_message_delete(self, payload: Payload) -> None:
        self._tell(Deleted(int(payload["channel_id"])))

    def _on_guild_member_remove(self, payload: Payload) -> None:
        self._tell(Left(int(payload["user"]["id"])))

    def _on_thread_create(self, payload: Payload) -> None:
        self._expected = None
        self._tell(
            ThreadOpened(int(payload["id"]), int(payload["parent_id"]), int(payload["owner_id"]), str(payload["name"]))
        )

    def _on_interaction_create(self, payload: Payload) -> None:
        data = cast(Payload, payload["data"])
        kinds: dict[int, Literal["command", "menu", "button", "choice", "form"]] = {
            2: "command",
            3: "button",
            5: "form",
        }
        by = kinds.get(int(payload["type"]))
        if by is None:
            return
        if by == "command" and int(data.get("type", 1)) != 1:
            by = "menu"
        if by == "button" and int(data.get("component_type", 2)) != 2:
            by = "choice"
        message = cast(Payload, payload.get("message") or {})
        custom_id = str(data.get("custom_id", ""))
        asked = Asked(
            int(payload["id"]),
            int((payload.get("member") or payload)["user"]["id"]),
            int(payload["channel_id"]),
            by,
            self._name(by, data, message),
            custom_id,
            int(message["id"]) if message else None,
        )
        _remember(self._asked, asked.interaction_id, asked)
        _remember(self._tokens, str(payload["token"]), asked.interaction_id)
        self._tell(asked)

    def _name(self, by: str, data: Payload, message: Payload) -> str:
        if by in ("command", "menu"):
            return command_name(data)
        if by == "form":
            return self._forms.get(str(data.get("custom_id", "")), "")
        return label_of(message, str(data.get("custom_id", "")))

    # ------------------------------------------------------------- what the bot asked Discord for

    def _request(self, method: str, path: list[str], body: Payload) -> None:
        match method, path:
            case "POST", ["channels", channel, "messages"]:
                self._expected = Refused(int(channel), "post")
            case "POST", ["channels", channel, "messages", _, "threads"] | ["channels", channel, "threads"]:
                self._expected = Refused(int(channel), "open a thread")
            case "POST", ["interactions", interaction, _, "callback"]:
                self._callback(int(interaction), body)
            case ("POST", ["webhooks", _, token]) | ("PATCH", ["webhooks", _, token, "messages", _]):
                self._follow_up(token, body)
            case "PUT", ["channels", channel, "messages", _, "reactions", emoji, "@me"]:
                self._tell(Reacted(int(channel), emoji))
            case _:
                pass

    def _callback(self, interaction_id: int, body: Payload) -> None:
        asked = self._asked.get(interaction_id)
        data = cast(Payload, body.get("data") or {})
        private = bool(int(data.get("flags") or 0) & _EPHEMERAL)
        match body.get("type"):
            case 4:
                self._tell(Answered(asked, "message", words(data), private, _offers_again(data)))
            case 5:
                self._deferred[interaction_id] = private
            case 7:
                self._tell(Answered(asked, "update", words(data), private=True))
            case 9:
                title = str(data.get("title", ""))
                self._forms = {**dict(list(self._forms.items())[-50:]), str(data.get("custom_id", "")): title}
                self._tell(Answered(asked, "form", title, private=True))
            case _:
                pass

    def _follow_up(self, token: str, body: Payload) -> None:
        interaction_id = self._tokens.get(token)
        if interaction_id is None:
            return
        asked = self._asked.get(interaction_id)
        private = self._deferred.pop(interaction_id, bool(int(body.get("flags") or 0) & _EPHEMERAL))
        self._tell(Answered(asked, "message", words(body), private, _offers_again(body)))


def _remember(store: "OrderedDict[Any, Any]", key: object, value: object) -> None:
    store[key] = value
    while len(store) > _REMEMBERED:
        store.popitem(last=False)


def command_name(data: Payload) -> str:
    """A command's whole name, such as "greeting edit", from an interaction's data."""
    parts = [str(data.get("name", ""))]
    options = cast(list[Payload], data.get("options") or [])
    while options and options[0].get("type") in (1, 2):
        parts.append(str(options[0]["name"]))
        options = cast(list[Payload], options[0].get("options") or [])
    return " ".join(parts)


def label_of(message: Payload, custom_id: str) -> str:
    """The words on the button with this custom id, or on a menu the words it shows."""
    for component in _components(message):
        if component.get("custom_id") == custom_id:
            return str(component.get("label") or component.get("placeholder") or "")
    return ""


def words(message: Payload) -> str:
    """What a person reads first in a message: its text, or the text of its first card."""
    if message.get("content"):
        return str(message["content"])
    for embed in cast(list[Payload], message.get("embeds") or []):
        found = embed.get("title") or embed.get("description")
        if found:
            return str(found)
    for component in _components(message):
        if component.get("type") == 10 and component.get("content"):
            return str(component["content"])
    return ""


def custom_ids_in(message: Payload) -> tuple[str, ...]:
    """The custom ids of a message's buttons and menus."""
    return tuple(str(part["custom_id"]) for part in _components(message) if part.get("custom_id"))


def named_in(message: Payload) -> frozenset[int]:
    """Every id that the text, the cards and the buttons of a message name."""
    text = f"{message.get('content')} {message.get('embeds')} {message.get('components')}"
    return frozenset(int(found) for found in _SNOWFLAKE.findall(text))


def _offers_again(answer: Payload) -> bool:
    return any(str(part.get("label") or "").startswith("Try again") for part in _components(answer))


def _components(message: Payload) -> list[Payload]:
    found: list[Payload] = []
    waiting = list(cast(list[Payload], message.get("components") or []))
    while waiting:
        component = waiting.pop(0)
        found.append(component)
        inside = list(cast(list[Payload], component.get("components") or []))
        accessory = cast(Payload | None, component.get("accessory"))
        waiting[:0] = [*inside, accessory] if accessory else inside
    return found
