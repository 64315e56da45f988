"""How a greeting is worded, and what an introduction may hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


#: What somebody reads who was here before; hosts choose whether it is said at all.
BACK_TEMPLATES = (
    "Welcome back, {mention}! It is good to see you again. {intro} shows who has come since.",
    "{mention}, good to have you back in {server}.",
)
#: Discord takes 100 mentions; more names than this in one message greet nobody.
MOST_NAMES = 20
#: A greeting of somebody who leaves within this time is taken down.
TAKEN_DOWN_WITHIN = timedelta(minutes=10)
#: Who joined longer ago than this while the bot was away is only recorded.
GREETED_WITHIN = timedelta(hours=24)
#: Those who were held share messages, even where a guild greets everybody alone.
LEAST_TOGETHER = timedelta(seconds=1)
#: While greetings are held, hosts read at most this often how many wait.
HELD_TOLD_EVERY = timedelta(seconds=10)
#: Joins are counted over this time to notice a raid.
RAID_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class GreetingSettings:
    """How a guild greets. `turn` counts the greetings given, and so chooses the next words.

    Whoever joins within `together` shares one message; `welcome_back` says whether returns are greeted, `direct`
    whether newcomers get a direct message as well. More than `most_joins` within a minute hold all greetings (0: never)
    from `held_since` until a host decides, last at `hold_ended_at`.
    An introduction nobody answered for `nudge_after` (0: never) is brought to the hosts and the holders of the
    greeter role.
    """

    guild_id: int
    templates: Sequence[str] = DEFAULT_TEMPLATES
    paused: bool = False
    turn: int = 0
    welcome_back: bool = True
    together: timedelta = timedelta(seconds=10)
    most_joins: int = 15
    direct: bool = False
    held_since: datetime | None = None
    hold_ended_at: datetime | None = None
    nudge_after: timedelta = NUDGE_AFTER
    greeter_role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Greeting:
    """One message that greets `members`, ids in the order they came."""

    id: int
    guild_id: int
    template: str
    is_back: bool
    closes_at: datetime
    members: Sequence[int] = ()


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


def choose_template(settings: GreetingSettings, *, is_back: bool = False) -> str:
    """The words whose turn it is."""
    templates = BACK_TEMPLATES if is_back else settings.templates
    return templates[settings.turn % len(templates)]


def counted_since(settings: GreetingSettings, now: datetime) -> datetime:
    """From when joins count towards a raid: those a host has decided about are over."""
    return max(filter(None, (now - RAID_WINDOW, settings.hold_ended_at)))


def is_raid(settings: GreetingSettings, joined_lately: int) -> bool:
    """Whether more people joined within a minute than the guild expects."""
    return 0 < settings.most_joins < joined_lately


def most_names(template: str) -> int:
    """How many newcomers fit into one greeting, whatever they are called; at least one."""

    def fits(count: int) -> bool:
        joined = {name: (PLACEHOLDERS[name] + len(" and ")) * count for name in ("mention", "name")}
        return _longest(template, {**PLACEHOLDERS, **joined}) <= LONGEST_MESSAGE

    return next((count for count in range(MOST_NAMES, 1, -1) if fits(count)), 1)


def listed(names: Sequence[str]) -> str:
    """Names as people say them: `Ada`, `Ada and Ben`, `Ada, Ben and Cleo`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


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
    longest = _longest(template, PLACEHOLDERS)
    return TemplateFault(longest=longest) if longest > LONGEST_MESSAGE else None


def _longest(template: str, lengths: Mapping[str, int]) -> int:
    return len(compose_greeting(template, {name: "x" * length for name, length in lengths.items()}))


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
