"""How a greeting is worded, and what an introduction may hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

#: What a greeting may hold in braces, with the longest text each can turn into.
#: Sources: names have 32 characters (Discord), doubled where each is escaped; ids have 20 digits; guild names 100.
PLACEHOLDERS: Mapping[str, int] = {
    "mention": 24, "name": 64, "server": 200, "count": 10, "host": 32, "intro": 32,
}  # fmt: skip
MOST_TEMPLATES = 10
#: Discord's limit for the text of a message.
LONGEST_MESSAGE = 2000
LONGEST_URL = 300
#: How long an introduction waits for a person before the hosts are nudged, until a host chose otherwise.
NUDGE_AFTER = timedelta(hours=3)

DEFAULT_TEMPLATES = (
    "Welcome to {server}, {mention}! Good to have you here. When you have a minute, tell us what you are "
    "working on in {intro}. {host} and the others read every one.",
    "Hello {mention}, and welcome! You are number {count} in {server}. Press the button below to introduce "
    "yourself in {intro}; somebody will answer you.",
    "{mention}, we are glad you found {server}. What brought you here? Tell us in {intro}, in a few lines.",
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class GreetingSettings:
    """How a guild greets. `turn` counts the greetings given, and so chooses the next words.

    An introduction nobody answered for `nudge_after` (0: never) is brought to the hosts and the holders of the
    greeter role.
    """

    guild_id: int
    templates: Sequence[str] = DEFAULT_TEMPLATES
    paused: bool = False
    turn: int = 0
    nudge_after: timedelta = NUDGE_AFTER
    greeter_role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a member tells about themselves. `revision` counts the cards posted for it."""

    guild_id: int
    member_id: int
    working_on: str
    learning: str
    helping_with: str
    blog_url: str | None = None
    invited_by: int | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Hello:
    """One member's hello to another one's introduction."""

    id: int
    guild_id: int
    member_id: int
    greeter_id: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed into the introduction's form."""

    working_on: str
    learning: str
    helping_with: str
    blog: str = ""
    invited_by: int | None = None


def introduction_from(
    answers: Answers, guild_id: int, member_id: int, blog_url: str | None, known: Introduction | None
) -> Introduction:
    """The introduction those answers make; nobody was told about us by themselves."""
    return Introduction(
        guild_id,
        member_id,
        answers.working_on.strip(),
        answers.learning.strip(),
        answers.helping_with.strip(),
        blog_url,
        answers.invited_by if answers.invited_by != member_id else None,
        known.revision if known else 1,
    )


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """Why a text cannot be a greeting: placeholders nobody knows, or the length it may reach."""

    unknown: Sequence[str] = field(default_factory=tuple[str, ...])
    longest: int = 0


def choose_template(settings: GreetingSettings) -> str:
    """The words whose turn it is."""
    return settings.templates[settings.turn % len(settings.templates)]


def compose_greeting(template: str, words: Mapping[str, str]) -> str:
    """Put `words` in place of the placeholders.

    Each placeholder is looked up whole, once: `{name.__class__}` is just an unknown word, and a name that looks
    like a placeholder stays a name.
    """
    return _PLACEHOLDER.sub(lambda found: words.get(found[1].strip(), found[0]), template)


def fault_in(template: str) -> TemplateFault | None:
    """What keeps `template` from being a greeting, if anything does."""
    names = [name.strip() for name in _PLACEHOLDER.findall(template)]
    unknown = tuple(dict.fromkeys(name for name in names if name not in PLACEHOLDERS))
    if unknown:
        return TemplateFault(unknown=unknown)
    longest = len(compose_greeting(template, {name: "x" * length for name, length in PLACEHOLDERS.items()}))
    return TemplateFault(longest=longest) if longest > LONGEST_MESSAGE else None


def change_template(templates: Sequence[str], number: int, text: str) -> list[str]:
    """The templates after the one with that number (from 1) became `text`; one past the end adds, no text removes."""
    changed = list(templates)
    if number > len(changed):
        return [*changed, text] if text else changed
    if text:
        changed[number - 1] = text
    else:
        del changed[number - 1]
    return changed


def tidy_url(typed: str) -> str | None:
    """The address of a blog as a link, `https://` added where it was left out; None if it is not one."""
    address = typed.strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return None
    labels = host.rstrip(".").split(".")
    is_host = len(labels) > 1 and all(re.fullmatch(r"[\w]([\w-]*[\w])?", label) for label in labels)
    is_plain = not re.search(r"[\s<>()\"`\\]", address) and parts.username is None
    if parts.scheme.lower() not in ("http", "https") or not (is_host and is_plain and port_is_fine):
        return None
    return address if len(address) <= LONGEST_URL else None
