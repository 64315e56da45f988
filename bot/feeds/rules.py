"""Which entries of a blog are new, in which order they go out, and what of a known one has changed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.feeds.documents import Document, Entry
from bot.feeds.identity_rules import Identity, digest_of, identity_of, merged

#: How long an entry is remembered after it has left the feed.
KEPT_AFTER_GONE = timedelta(days=90)
#: An entry dated further ahead than this does not wait for its date.
FUTURE_HORIZON = timedelta(days=7)
#: Two entries of one title and one instant are one post, listed twice; more are a feed that dates everything alike.
LISTED_AT_MOST = 2


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry as it is remembered, with the keys and the date it had when it was last seen.

    `seen_at` is when it was first seen. `gone_at` is the first poll that missed it, None while it stands in the feed:
    so a poll without news writes nothing, and nothing grows older while a feed is failing, paused or unchanged.
    """

    id: int
    guid: str
    link_key: str
    title_key: str
    digest: str
    published_at: datetime | None
    seen_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be remembered. `due_at` is the earliest time to announce it: now, or its own date."""

    entry: Entry
    identity: Identity
    digest: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be remembered of a known entry from now on.

    With `is_shown` something a reader sees has changed: a title, a summary, a day, an address. `due_at` is set where
    the date of an entry that waited for it has moved, and says when to announce it, if it was not yet announced.
    """

    id: int
    entry: Entry
    identity: Identity
    digest: str
    is_shown: bool
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a poll found out.

    `new` is to be announced, oldest first; `silent` (of the first poll) only to be remembered. `gone` are the ids of
    entries that this poll misses for the first time, `back` of those that have returned, `forgotten` of those gone for
    so long that they need not be remembered, unless something still waits to be sent.
    """

    new: tuple[NewEntry, ...] = ()
    silent: tuple[NewEntry, ...] = ()
    changed: tuple[Change, ...] = ()
    gone: frozenset[int] = frozenset()
    back: frozenset[int] = frozenset()
    forgotten: frozenset[int] = frozenset()


def compare(document: Document, known: Iterable[KnownEntry], now: datetime, *, is_first: bool) -> Findings:
    """Compare what a feed says now with all that is remembered of it.

    `is_first` is true until the feed was read once: what it held then was there before anybody followed.
    """
    told = _told(document, now)
    remembered = tuple(known)
    found = _recognised(told, remembered)
    fresh = tuple(one for position, one in enumerate(told) if position not in found)
    seen = {one.id for one in found.values()}
    return Findings(
        new=() if is_first else _each_once(fresh),
        silent=_each_once(fresh) if is_first else (),
        changed=tuple(_changes(told, found, now)),
        gone=frozenset(one.id for one in remembered if one.id not in seen and one.gone_at is None),
        back=frozenset(one.id for one in remembered if one.id in seen and one.gone_at is not None),
        forgotten=frozenset(one.id for one in remembered if one.id not in seen and _is_over(one, now)),
    )


def due_at(published_at: datetime | None, seen_at: datetime, now: datetime) -> datetime:
    """When an entry may go out: on its date if that is at most a week after it was first seen, else now.

    A date that moves ahead with every poll therefore delays an entry by a week at most.
    """
    if published_at is None or published_at - seen_at > FUTURE_HORIZON:
        return now
    return max(published_at, now)


def oldest_first(entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """Entries by date; what has none stays with its neighbour in the feed, which is read from its older end.

    Feeds list the newest first unless their dates say otherwise. A date beyond the horizon is not believed.
    """
    dates = [_believed(entry, now) for entry in entries]
    line = list(zip(dates, entries, strict=True))
    if not _is_ascending([date for date in dates if date]):
        line.reverse()
    date = next((date for date, _ in line if date), now)
    placed: list[tuple[datetime, Entry]] = []
    for own, entry in line:
        date = own or date
        placed.append((date, entry))
    return [entry for _, entry in sorted(placed, key=lambda place: place[0])]


def _believed(entry: Entry, now: datetime) -> datetime | None:
    date = entry.published_at
    return date if date is not None and date - now <= FUTURE_HORIZON else None


def _is_ascending(dates: Sequence[datetime]) -> bool:
    rising = sum((a < b) - (a > b) for a, b in pairwise(dates))
    return rising > 0


def _told(document: Document, now: datetime) -> list[NewEntry]:
    """The feed's entries with their keys, oldest first, without empty ones and exact copies."""
    told: dict[tuple[Identity, str], NewEntry] = {}
    for entry in oldest_first(document.entries, now):
        if not (entry.guid or entry.link or entry.title or entry.summary):
            continue
        identity, digest = identity_of(entry, document.site), digest_of(entry)
        copy_key = (identity, "" if identity.title else digest)
        told.setdefault(copy_key, NewEntry(entry, identity, digest, due_at(entry.published_at, now, now)))
    return list(told.values())


def _recognised(told: Sequence[NewEntry], known: Sequence[KnownEntry]) -> Mapping[int, KnownEntry]:
    """Which told entry (by position) is which known one; the surer key decides first, and stands first."""
    found = _by_guid(told, known)
    found |= _by_link(told, known, found)
    found |= _by_title(told, known, found)
    return found | _by_content(told, known, found)


def _by_guid(told: Sequence[NewEntry], known: Sequence[KnownEntry]) -> dict[int, KnownEntry]:
    """A guid that several entries share, here or in memory, identifies nothing."""
    by_guid = _alone((one.guid, one) for one in known)
    counts = Counter(one.identity.guid for one in told)
    keys = [(position, one.identity.guid) for position, one in enumerate(told)]
    return {position: by_guid[key] for position, key in keys if key in by_guid and counts[key] == 1}


def _by_link(
    told: Sequence[NewEntry], known: Sequence[KnownEntry], found: Mapping[int, KnownEntry]
) -> dict[int, KnownEntry]:
    """An address that several share identifies nothing either, nor one that a post found by its guid has left."""
    moved = {one.id for one in found.values()}
    by_link = {key: one for key, one in _alone((one.link_key, one) for one in known).items() if one.id not in moved}
    counts = Counter(one.identity.link for one in told)
    keys = [(position, one.identity.link) for position, one in enumerate(told) if position not in found]
    return {position: by_link[key] for position, key in keys if key in by_link and counts[key] == 1}


def _by_title(
    told: Sequence[NewEntry], known: Sequence[KnownEntry], found: Mapping[int, KnownEntry]
) -> dict[int, KnownEntry]:
    """By title and instant, as remembered or as just found: a post listed twice is still one."""
    by_title = {one.title_key: one for one in known} | {told[at].identity.title: one for at, one in found.items()}
    counts = Counter(one.identity.title for one in told)
    keys = [(position, one.identity.title) for position, one in enumerate(told) if position not in found]
    return {
        position: by_title[key] for position, key in keys if key and key in by_title and counts[key] <= LISTED_AT_MOST
    }


def _by_content(
    told: Sequence[NewEntry], known: Sequence[KnownEntry], found: Mapping[int, KnownEntry]
) -> dict[int, KnownEntry]:
    """The last resort, for what no key tells: it says the same as a known entry, and has no key that speaks against it.

    That would be a guid or an address that is its own, and not remembered. Where nothing at all was found, a feed
    without dates has changed these of all its entries at once: then they say nothing.
    """
    by_digest = {one.digest: one for one in known}
    guids, links = Counter(one.identity.guid for one in told), Counter(one.identity.link for one in told)
    guids.update(one.guid for one in known)
    links.update(one.link_key for one in known)

    def may_be_known(one: NewEntry) -> bool:
        is_moved = not found and one.entry.published_at is None
        keys = one.identity
        return is_moved or not ((keys.guid and guids[keys.guid] == 1) or (keys.link and links[keys.link] == 1))

    left = [(position, one) for position, one in enumerate(told) if position not in found]
    return {position: by_digest[one.digest] for position, one in left if one.digest in by_digest and may_be_known(one)}


def _alone(pairs: Iterable[tuple[str, KnownEntry]]) -> dict[str, KnownEntry]:
    """The known entries by a key, of those whose key is there and theirs alone."""
    held = [(key, one) for key, one in pairs if key]
    counts = Counter(key for key, _ in held)
    return {key: one for key, one in held if counts[key] == 1}


def _each_once(fresh: Sequence[NewEntry]) -> tuple[NewEntry, ...]:
    """Without the second of two entries that share title and instant: one post, listed twice."""
    counts = Counter(one.identity.title for one in fresh)
    kept: list[NewEntry] = []
    titles: set[str] = set()
    for one in fresh:
        title = one.identity.title
        if title in titles and counts[title] <= LISTED_AT_MOST:
            continue
        kept.append(one)
        titles |= {title} if title else set()
    return tuple(kept)


def _is_over(known: KnownEntry, now: datetime) -> bool:
    return known.gone_at is not None and now - known.gone_at > KEPT_AFTER_GONE


def _changes(told: Sequence[NewEntry], found: Mapping[int, KnownEntry], now: datetime) -> Iterable[Change]:
    done: set[int] = set()
    for position, one in found.items():
        if one.id not in done:
            done.add(one.id)
            change = _change(told[position], one, now)
            if change is not None:
                yield change


def _change(told: NewEntry, known: KnownEntry, now: datetime) -> Change | None:
    date, old_keys = told.entry.published_at, Identity(known.guid, known.link_key, known.title_key)
    keys = merged(told.identity, old_keys)
    if (told.digest, keys, date) == (known.digest, old_keys, known.published_at):
        return None
    has_waited = known.published_at is not None and known.published_at > now
    return Change(
        known.id,
        told.entry,
        keys,
        told.digest,
        is_shown=told.digest != known.digest or keys.link != known.link_key,
        due_at=due_at(date, known.seen_at, now) if has_waited and date != known.published_at else None,
    )
