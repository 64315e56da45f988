"""What a program is, which of its prices counts when, and what may be written about it."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.local_time import LocalTime

#: What a form and a table take. A button's link has at most 512 characters (Discord).
LONGEST_NAME, LONGEST_SUMMARY, LONGEST_INCLUDED, LONGEST_URL = 80, 1000, 800, 500
LONGEST_LABEL, LONGEST_TITLE, LONGEST_LINK, LONGEST_PASSCODE = 40, 100, 300, 50
#: What one guild may have, and one program: lists stay readable, and Discord suggests 25 things.
MOST_PROGRAMS, MOST_PRICES, MOST_RECORDINGS = 50, 10, 100
#: No recording is longer.
LONGEST_RECORDING = timedelta(hours=24)

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})", re.ASCII)
#: 1:30 is an hour and a half to some, and a minute and a half to others.
_UNCLEAR_CLOCK = re.compile(r"\d:\d{2}", re.ASCII)
_UNITS = re.compile(
    r"(?:(\d{1,2}(?:[.,]\d{1,2})?) ?h(?:ours?|rs?)?)?,? ?(?:(\d{1,4}) ?(?:m|mins?|minutes?)?)?", re.ASCII
)
_BULLET = re.compile(r"^[-*•–](\s+|$)")
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Price:
    """What a program costs for a time: `amount` in minor units of `currency`, from `starts` to `until`, exclusive."""

    label: str
    amount: int
    currency: str
    starts: LocalTime | None = None
    until: LocalTime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Whether it counts at an instant."""
        return self.begins <= at < self.ends

    @property
    def begins(self) -> datetime:
        """The instant it starts; long ago where it always did."""
        return self.starts.instant if self.starts else datetime.min.replace(tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """The instant from which it does not count any more; far away where there is none."""
        return self.until.instant if self.until else _FAR


@dataclass(frozen=True, slots=True)
class Draft:
    """What a host writes about a program. `included` has one thing a line; whoever has the role takes part."""

    name: str
    summary: str = ""
    included: str = ""
    register_url: str = ""
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A program of a guild; `archived_at` is when it was put away. Its prices are in the order they were added."""

    id: int
    guild_id: int
    name: str
    summary: str = ""
    included: str = ""
    register_url: str | None = None
    role_id: int | None = None
    prices: tuple[Price, ...] = ()
    archived_at: datetime | None = None

    def price(self, label: str) -> Price | None:
        """The price with this label, whatever the case."""
        return next((price for price in self.prices if key(price.label) == key(label)), None)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a program; `id` is 0 until it is kept. `passcode` is empty where none is needed."""

    id: int
    title: str
    link: str
    length: timedelta
    passcode: str = ""


def is_same(recording: Recording, other: Recording) -> bool:
    """Whether nobody could tell the two apart in a list: they have one title and one link."""
    return (key(recording.title), recording.link) == (key(other.title), other.link)


def public_texts(written: "Program | Draft") -> dict[str, str]:
    """What everybody can read of a program, by where it stands."""
    prices = written.prices if isinstance(written, Program) else ()
    return {
        "name of the program": written.name, "summary of the program": written.summary,
        "list of what the program includes": written.included, "link to register": written.register_url or "",
        "name of a price": "\n".join(price.label for price in prices),
    }  # fmt: skip


def key(name: str) -> str:
    """What two names have in common that people take to be the same: case and spaces do not matter."""
    return " ".join(name.split()).casefold()


def currencies(program: Program) -> list[str]:
    """The currencies of its prices, in the order they were added."""
    return list(dict.fromkeys(price.currency for price in program.prices))


def price_at(program: Program, now: datetime, currency: str) -> Price | None:
    """The price that counts now in a currency. Of several, the one that ends first: early before the usual one.

    Where two end together, the one that started later.
    """
    valid = [price for price in program.prices if price.currency == currency and price.is_valid(now)]
    return min(valid, key=lambda price: (price.ends, _FAR - price.begins), default=None)


def prices_at(program: Program, now: datetime) -> list[Price]:
    """The prices that count now, one for each currency that has one."""
    found = (price_at(program, now, currency) for currency in currencies(program))
    return [price for price in found if price is not None]


def next_change(program: Program, now: datetime, currency: str | None = None) -> datetime | None:
    """The next instant at which another price counts than now, or none any more; None where nothing will change.

    Without a `currency`, that is in whichever changes first.
    """
    prices = tuple(price for price in program.prices if currency in (None, price.currency))
    looked_at = replace(program, prices=prices)
    current = prices_at(looked_at, now)
    edges = sorted({edge for price in prices for edge in (price.begins, price.ends) if now < edge < _FAR})
    return next((edge for edge in edges if prices_at(looked_at, edge) != current), None)


def is_over(program: Program, now: datetime) -> bool:
    """Whether it had prices, and the last of them counts no more."""
    return bool(program.prices) and all(price.ends <= now for price in program.prices)


def with_price(program: Program, price: Price, replacing: str | None = None) -> Program:
    """The program with a price, in the place of that with the label `replacing` if there is one."""
    kept = [other for other in program.prices if replacing is None or key(other.label) != key(replacing)]
    return replace(program, prices=(*kept, price))


def without_price(program: Program, price: Price) -> Program:
    """The program without one of its prices."""
    return replace(program, prices=tuple(other for other in program.prices if other != price))


def gaps(program: Program, now: datetime) -> list[tuple[Price, Price]]:
    """From now on, between which two prices in a currency none counts: the one that ends before, and the next one."""
    found: list[tuple[Price, Price]] = []
    for currency in currencies(program):
        in_order = sorted((one for one in program.prices if one.currency == currency), key=lambda one: one.begins)
        last = in_order[0]
        for price in in_order[1:]:
            if price.begins > max(last.ends, now):
                found.append((last, price))
            last = max(last, price, key=lambda one: one.ends)
    return found


def takes_part(program: Program, role_ids: frozenset[int]) -> bool:
    """Whether somebody with these roles is a participant; nobody is where no role was chosen."""
    return program.role_id is not None and program.role_id in role_ids


def tidied(draft: Draft) -> Draft:
    """A draft without needless white space. What is included is shown as a list, so bullets of its own go."""
    lines = (_BULLET.sub("", line.strip()) for line in draft.included.splitlines())
    included = "\n".join(filter(None, lines))
    return replace(draft, name=" ".join(draft.name.split()), summary=draft.summary.strip(), included=included)


def checked_link(typed: str, longest: int) -> str | None:
    """The address that was typed, with `https://` where that was left out; None if it is no web address."""
    link = typed.strip()
    if "://" not in link:
        link = f"https://{link}"
    if len(link) > longest or re.search(r"[\s<>\"\\]", link) or not link.isprintable():
        return None
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and "." in host.strip(".") and port != 0 and not parts.username
    return link if is_web else None


def read_length(typed: str) -> timedelta | None:
    """How long a recording is: `62`, `62 min`, `1 h 2 min`, `1.5 hours`, `1:02:30` or `62:30`.

    None if it cannot be read, or could be two lengths, as `1:30`.
    """
    text = " ".join(typed.casefold().split())
    if _UNCLEAR_CLOCK.fullmatch(text):
        return None
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    elif text and (units := _UNITS.fullmatch(text)):
        length = timedelta(hours=float((units[1] or "0").replace(",", ".")), minutes=int(units[2] or 0))
    else:
        return None
    return length if timedelta(0) < length <= LONGEST_RECORDING else None


def length_text(length: timedelta) -> str:
    """A length as people say it: `1 h 2 min`, in whole minutes, at least one."""
    hours, minutes = divmod(max(1, round(length.total_seconds() / 60)), 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
