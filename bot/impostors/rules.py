"""Who is a host, which names look alike, and what stands in the way of a kick."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain
from typing import Any, cast

from confusable_homoglyphs import utils as confusables  # pyright: ignore[reportMissingTypeStubs]

#: A likeness of fewer letters means nothing, unless the names are the same; a Chinese character counts as two.
SHORTEST = 3
#: Words people put around a name to seem official.
ADDED_WORDS = (
    "official", "oficial", "officiel", "offiziell", "ufficiale", "real", "the", "thereal", "actual", "original",
    "verified", "admin", "administrator", "mod", "moderator", "support", "help", "helper", "helpdesk", "team", "staff",
    "host", "cohost", "owner", "founder", "manager", "account", "new", "alt", "backup", "main", "mr", "mrs", "ms", "dr",
    "its", "im", "iam", "this", "is", "here",
)  # fmt: skip
#: Accents and overlays of any script, points and vowel signs that may be left out, and what cannot be seen.
_UNSEEN = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\uffa0"
    "\U000e0000-\U000e0fff]"
)
#: Digits, and signs, that stand in for a letter. `i` joins the letters and digits that are one stroke.
_DIGITS = str.maketrans("i013457", "loleast")
_SIGNS = str.maketrans("|!@$", "llas")
_SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")
#: The first letter of alphabets in boxes and circles that Unicode does not decompose, and of flags.
_BOXED_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a guild as Discord shows them now.

    `names` are their nickname, display name and user name; `may_moderate` is Manage Server, Kick or Ban Members.
    """

    guild_id: int
    member_id: int
    names: tuple[str, ...]
    is_bot: bool = False
    is_owner: bool = False
    may_moderate: bool = False
    role_ids: frozenset[int] = frozenset()
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """Since when somebody is a host; where it was not `witnessed`, since then at least."""

    guild_id: int
    member_id: int
    since: datetime
    witnessed: bool
    ended_at: datetime | None = None


class Decision(StrEnum):
    """What hosts decided about a look-alike."""

    FINE = "fine"
    KICKED = "kicked"


@dataclass(frozen=True, slots=True)
class Lookalike:
    """That a member looked like a host by a name with this skeleton, in the stay that began at `joined_at`."""

    id: int
    guild_id: int
    member_id: int
    host_id: int
    skeleton: str
    found_at: datetime
    joined_at: datetime | None
    decision: Decision | None = None
    decided_by: int | None = None


class KickObstacle(StrEnum):
    """Why a kick cannot be."""

    TARGET_GONE = "target gone"
    TARGET_OWNS = "target owns"
    PRESSER_MAY_NOT = "presser may not"
    PRESSER_TOO_LOW = "presser too low"
    BOT_MAY_NOT = "bot may not"
    BOT_TOO_LOW = "bot too low"


@dataclass(frozen=True, slots=True)
class KickFacts:
    """What a kick depends on, at the press. A rank is the position of somebody's highest role."""

    target_owns: bool
    target_rank: int
    presser_may: bool
    presser_owns: bool
    presser_rank: int
    bot_may: bool
    bot_rank: int


def is_host(person: Person, host_role_id: int | None) -> bool:
    """Whether somebody hosts or moderates: the owner, the host role, or a permission of moderators. Never a bot."""
    return not person.is_bot and (person.is_owner or person.may_moderate or host_role_id in person.role_ids)


def kick_obstacle(facts: KickFacts | None) -> KickObstacle | None:
    """What keeps the presser, or the bot, from kicking; None as facts means that the target has left.

    Discord's rule: only roles below one's own highest role (https://discord.com/developers/docs/topics/permissions).
    """
    if facts is None:
        return KickObstacle.TARGET_GONE
    if facts.target_owns:
        return KickObstacle.TARGET_OWNS
    if not facts.presser_may:
        return KickObstacle.PRESSER_MAY_NOT
    if not facts.presser_owns and facts.presser_rank <= facts.target_rank:
        return KickObstacle.PRESSER_TOO_LOW
    if not facts.bot_may:
        return KickObstacle.BOT_MAY_NOT
    return KickObstacle.BOT_TOO_LOW if facts.bot_rank <= facts.target_rank else None


def alike(names: Iterable[str], host_names: Sequence[str]) -> list[str]:
    """Those of `names` that look like one of the host's, in their order."""
    return [name for name in dict.fromkeys(names) if any(looks_like(name, host_name) for host_name in host_names)]


def looks_like(name: str, host_name: str) -> bool:
    """Whether people may take one name for the other: the same letters to the eye, or only words added to them."""
    plain = _plain(name)
    if plain and plain == _plain(host_name):
        return True
    return any(_weight(shape) >= SHORTEST for shape in _guises(name) & (_shapes(host_name) | _without_added(host_name)))


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """What is left of a name for the eye: names that look the same have the same one.

    The idea is Unicode's (https://www.unicode.org/reports/tr39/#def-skeleton); on top of it case, spaces, signs and
    accents do not count, nor the difference between l, I, i and 1 or 0 and o. A name of signs only keeps its signs.
    """
    # Likeness comes before decomposition: it would make a sigma of the Greek letter that looks like a C.
    text, before = name, ""
    for _ in range(6):  # what a letter is mapped to may be mapped again; two rounds do for nearly every name
        if text == before:
            break
        before = text
        text = unicodedata.normalize("NFKD", text.translate(_prototypes())).casefold()
        text = _UNSEEN.sub("", text).translate(_DIGITS)
    letters = "".join(letter for letter in text if _is_letter(letter))
    return letters.replace("rn", "m").replace("vv", "w") or _plain(name)


def _plain(name: str) -> str:
    """The name without case and spaces; of signs only if it has nothing else."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKD", name)).casefold()
    letters = "".join(filter(_is_letter, text))
    return letters or "".join(sign for sign in text if unicodedata.category(sign)[0] not in "CZ")


@lru_cache(maxsize=4096)
def _shapes(name: str) -> frozenset[str]:
    """Everything the name may look like: as it is written, in small letters, with signs read as letters."""
    letters = "".join(filter(_is_letter, unicodedata.normalize("NFC", name)))
    return frozenset(map(skeleton, (name, letters, letters.casefold(), name.translate(_SIGNS)))) - {""}


@lru_cache(maxsize=4096)
def _without_added(name: str) -> frozenset[str]:
    """The shapes of the name without words and numbers that were added to it."""
    words = "".join(letter if _is_letter(letter) else " " for letter in unicodedata.normalize("NFC", name)).split()
    kept = [word.rstrip("0123456789") for word in words if skeleton(word) not in _added_words()]
    return _shapes("".join(kept)) if any(kept) else frozenset()


@lru_cache(maxsize=4096)
def _guises(name: str) -> frozenset[str]:
    """Everything the name may pass for. Of a host's own name nothing is unglued, or Theresa would be a Resa, too."""
    return _shapes(name) | _without_added(name) | {_unglued(shape) for shape in _shapes(name)}


def _unglued(shape: str) -> str:
    """The shape without added words that were written together with the name."""
    long_words = [word for word in _added_words() if len(word) > 3 or word == "mod"]
    while True:
        shorter = next(
            (
                shape[len(word) :] if shape.startswith(word) else shape[: -len(word)]
                for word in long_words
                if len(shape) > len(word) and (shape.startswith(word) or shape.endswith(word))
            ),
            None,
        )
        if shorter is None:
            return shape
        shape = shorter


def _weight(shape: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in shape)


def _is_letter(letter: str) -> bool:
    # Vowel signs of many scripts are marks, and no name is whole without them.
    return letter.isalnum() or (unicodedata.category(letter)[0] == "M" and not _UNSEEN.match(letter))


@cache
def _added_words() -> tuple[str, ...]:
    return tuple(sorted({skeleton(word) for word in ADDED_WORDS}, key=len, reverse=True))


@cache
def _prototypes() -> dict[int, str]:
    """For each letter outside ASCII that looks like another one, the one all of its likenesses share.

    The library's data leads from a letter to its prototype and back again, so a letter with one likeness only is
    the likeness, and the one with many the prototype. Its module `confusables` would keep all of the data in memory,
    forty thousand objects for the garbage collector to walk through; what is read here is gone again when this ends.
    """
    data = cast(dict[str, list[dict[str, Any]]], confusables.load("confusables.json"))  # pyright: ignore[reportUnknownMemberType]
    table: dict[int, str] = {}
    for letter, entries in data.items():
        if len(letter) != 1 or letter.isascii():
            continue
        # Right-to-left letters come wrapped in direction marks.
        targets = [str(entry["c"]).replace("\u200e", "") for entry in entries]
        # An overlaid stroke is a mark, so an o with one is an o.
        bare = [_UNSEEN.sub("", unicodedata.normalize("NFKD", target)) for target in targets]
        latin = next((target for target in bare if target.isascii()), None)
        only = targets[0] if len(targets) == 1 else None
        if latin is not None:
            table[ord(letter)] = latin
        elif only is not None and (len(data.get(only, ())) > 1 or only < letter):
            table[ord(letter)] = only
    for start in _BOXED_ALPHABETS:
        table |= {start + number: chr(ord("a") + number) for number in range(26)}
    for code in chain(range(0x250, 0x2B0), range(0x1D00, 0x1D30), range(0xA730, 0xA7B0)):
        if found := _SMALL_CAPITAL.fullmatch(unicodedata.name(chr(code), "")):
            table[code] = found[1].lower()
    return table
