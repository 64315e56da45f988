"""What of the messages of a guild counts, and as what. Nothing here knows a word anybody wrote.

Messages are reckoned in whole clock minutes, because of several messages of one member in a minute only the first
counts. When one was written its id tells.
"""

from array import array
from collections.abc import Collection, Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.snowflakes import snowflake_at, time_of

#: How long anything is kept, and how far back history is read.
KEPT = timedelta(days=28)
#: An id that no message reaches.
FOREVER = 2**63 - 1
#: A message that is deleted within this counts as never written, so none is counted earlier.
HELD = timedelta(minutes=1)
#: Two members who replied to each other within this are in conversation.
CONVERSATION = timedelta(hours=72)
#: The pause after a first failure to read back, and the longest one.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
#: Who gets no credit: this stands in for staff where they were the first to answer a newcomer.
NOBODY = 0
#: Whose messages are those of a newcomer.
FIRST_WEEK = timedelta(days=7)

#: What is held of a message, as so many numbers in a row: its id, its channel, its author, the author's roles as a
#: number of the tally's, whom it replies to, and the message it replies to. 0 stands for nothing and nobody; where no
#: person wrote it, the author is nobody.
WIDTH = 6
_ID, _CHANNEL, _AUTHOR, _ROLES, _TO = range(WIDTH - 1)
_Row = tuple[int, ...]

#: How far apart ids are that are made a minute apart.
A_MINUTE = 60_000 << 22


def minute_of(snowflake: int) -> int:
    """The clock minute an id was made in, counted from the beginning of Discord's time."""
    return snowflake // A_MINUTE


def first_of(minute: int) -> int:
    """The lowest id that can be made in a clock minute."""
    return minute * A_MINUTE


def pause_after(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row: 5, 10, 20 … seconds, and minutes at most."""
    return min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)


def day_of_minute(minute: int, zone: ZoneInfo) -> date:
    """The local date of a clock minute."""
    return time_of(first_of(minute)).astimezone(zone).date()


def ripe_before(now: datetime) -> int:
    """The first minute that cannot be written down yet: some message of it may still be deleted in time."""
    return minute_of(snowflake_at(now - HELD))


def ripe_from(minute: int) -> datetime:
    """The instant from which a minute can be written down."""
    return time_of(first_of(minute + 1)) + HELD


def is_deleted_in_time(message_id: int, now: datetime) -> bool:
    """Whether a message that is deleted now was there for less than a minute."""
    return now - time_of(message_id) <= HELD


@dataclass(slots=True)
class DayCounts:
    """What is to be added to one member's day."""

    replies_given: int = 0
    replies_received: int = 0
    threads_joined: int = 0


class Reply(NamedTuple):
    """One member's counted reply to another, and the message it replies to. Of staff, it is from `NOBODY`."""

    from_id: int
    to_id: int
    day: date
    at: datetime
    answered_id: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """The first and the last reply of one member to another on a day."""

    from_id: int
    to_id: int
    day: date
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer of a person to a newcomer. Where they are staff, the answerer is `NOBODY`."""

    newcomer_id: int
    answerer_id: int
    day: date
    at: datetime


class Span(NamedTuple):
    """Messages from one id on, and before another."""

    since: int
    until: int


class Forgotten(NamedTuple):
    """Somebody who was forgotten: nothing counts that they wrote before that message. A hash tells who it was."""

    until: int
    salt: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides about a guild's messages: the zone of its days, who is not counted, and where not.

    `ignored` tells of which spans nothing counts in a channel and its threads. `parents` maps a thread to its channel.
    `marks` maps a channel to its newest counted message; `since` stands in for channels that are not in it.
    `staff_roles` are the tally's numbers of roles that belong to staff. `active` are members known to have been active
    on a day.
    """

    zone: ZoneInfo
    staff: Set[int]
    staff_roles: Set[int]
    ignored: Mapping[int, Sequence[Span]]
    parents: Mapping[int, int]
    marks: Mapping[int, int]
    since: int
    active: Mapping[date, Set[int]]

    def ignored_in(self, channel_id: int) -> Iterable[Span]:
        """The spans of which nothing counts in a channel or thread."""
        yield from self.ignored.get(channel_id, ())
        yield from self.ignored.get(self.parents.get(channel_id, 0), ())


@dataclass(slots=True)
class Reckoning:
    """What a batch of whole minutes comes to.

    `active` are the members who were active on each day and not known to be; `newest` is the newest message seen in
    each channel, counted or not; `authors` who was counted in each minute.
    """

    around: Surroundings
    active: dict[date, set[int]] = field(default_factory=dict[date, set[int]])
    days: dict[date, dict[int, DayCounts]] = field(default_factory=dict[date, dict[int, DayCounts]])
    threads: dict[tuple[int, int], date] = field(default_factory=dict[tuple[int, int], date])
    replies: list[Reply] = field(default_factory=list[Reply])
    newest: dict[int, int] = field(default_factory=dict[int, int])
    authors: dict[int, set[int]] = field(default_factory=dict[int, set[int]])

    def counts_of(self, member_id: int, day: date) -> DayCounts:
        """A member's day, to add to."""
        members = self.days.setdefault(day, {})
        counts = members.get(member_id)
        if counts is None:
            counts = members[member_id] = DayCounts()
        return counts


class MinuteReckoning:
    """One minute of it: first `look` at all its messages, part by part, then `settle`, part by part.

    `counted` are those of whom a message of this minute was counted before, `deleted` the messages deleted in time.
    """

    def __init__(self, reckoning: Reckoning, minute: int, counted: Container[int], deleted: Container[int]) -> None:
        self._reckoning = reckoning
        self._day = day_of_minute(minute, reckoning.around.zone)
        self._begins = first_of(minute)
        self._counted, self._deleted = counted, deleted
        self._first: dict[int, _Row] = {}
        self._authors = reckoning.authors.setdefault(minute, set())

    def look(self, messages: "array[int]") -> None:
        """Keep each author's first message that counts, and each channel's newest of all."""
        around, deleted = self._reckoning.around, self._deleted
        columns = [messages[place::WIDTH] for place in range(WIDTH)]
        rows = sorted(zip(*columns, strict=True))
        counted_until, ignored = self._places({channel_id: message_id for message_id, channel_id, *_ in rows})
        if ignored:
            rows = [row for row in rows if not _is_in(row[_ID], ignored.get(row[_CHANNEL], ()))]
        if not (around.staff.isdisjoint(columns[_AUTHOR]) and around.staff_roles.isdisjoint(columns[_ROLES])):
            rows = self._without_staff(rows, counted_until)
        # The other way round, so that of an author's messages the first one stays.
        first = {
            row[_AUTHOR]: row
            for row in reversed(rows)
            if row[_ID] > counted_until[row[_CHANNEL]] and row[_ID] not in deleted
        }
        for author_id in first.keys() & self._first.keys():
            first[author_id] = min(first[author_id], self._first[author_id])
        self._first |= first

    def _places(self, newest: Mapping[int, int]) -> tuple[dict[int, int], dict[int, list[Span]]]:
        """Up to which message each of these channels is counted, or is not to be; given is the newest of each.

        Then the channels of which a part of this minute is ignored, because a host decided so within it.
        """
        around, known = self._reckoning.around, self._reckoning.newest
        counted_until: dict[int, int] = {}
        partly: dict[int, list[Span]] = {}
        for channel_id, message_id in newest.items():
            mark = around.marks.get(channel_id, around.since)
            if message_id > max(mark, known.get(channel_id, 0)):
                known[channel_id] = message_id
            spans = around.ignored_in(channel_id)
            spans = [one for one in spans if one.since <= message_id and one.until > self._begins]
            is_ignored = any(one.since <= self._begins and one.until > message_id for one in spans)
            counted_until[channel_id] = message_id if is_ignored else mark
            if spans and not is_ignored:
                partly[channel_id] = spans
        return counted_until, partly

    def _without_staff(self, rows: Iterable[_Row], counted_until: Mapping[int, int]) -> list[_Row]:
        """The messages of others. Replies of staff are kept for one thing: after them nobody is the first to answer."""
        around, others = self._reckoning.around, list[_Row]()
        for row in rows:
            if row[_AUTHOR] not in around.staff and row[_ROLES] not in around.staff_roles:
                others.append(row)
            elif row[_ID] > counted_until[row[_CHANNEL]] and row[_ID] not in self._deleted:
                self._settle_staff(row)
        return others

    def _settle_staff(self, row: _Row) -> None:
        message_id, _, author_id, _, to_id, answered_id = row
        if author_id and to_id not in (0, author_id) and to_id not in self._reckoning.around.staff:
            self._reckoning.replies.append(Reply(NOBODY, to_id, self._day, time_of(message_id), answered_id))

    def authors(self) -> list[int]:
        """Whose message counts in this minute."""
        return [author for author in self._first if author and author not in self._counted]

    def settle(self, authors: Sequence[int]) -> None:
        """Count what these authors' messages are: a sign of life, a reply, the joining of a thread."""
        reckoning, day, parents = self._reckoning, self._day, self._reckoning.around.parents
        self._authors.update(authors)
        known = reckoning.around.active.get(day, frozenset())
        reckoning.active.setdefault(day, set()).update(set(authors).difference(known))
        for message_id, channel_id, author_id, _, to_id, answered_id in map(self._first.__getitem__, authors):
            if parents.get(channel_id):
                reckoning.threads.setdefault((author_id, channel_id), day)
            if to_id and to_id != author_id:
                self._settle_reply(Reply(author_id, to_id, day, time_of(message_id), answered_id))

    def _settle_reply(self, reply: Reply) -> None:
        reckoning = self._reckoning
        reckoning.counts_of(reply.from_id, reply.day).replies_given += 1
        if reply.to_id not in reckoning.around.staff:
            reckoning.counts_of(reply.to_id, reply.day).replies_received += 1
            reckoning.replies.append(reply)


def _is_in(message_id: int, spans: Iterable[Span]) -> bool:
    return any(one.since <= message_id < one.until for one in spans)


def is_answer_to_newcomer(reply: Reply, joined_at: datetime) -> bool:
    """Whether this answers a message of somebody's first week.

    An answer later than four weeks after they joined is none: by then the first one may have been forgotten.
    """
    answered_at = time_of(reply.answered_id)
    return joined_at <= answered_at < joined_at + FIRST_WEEK and reply.at < joined_at + KEPT


def first_answers(replies: Iterable[Reply], joined_at: Mapping[int, datetime]) -> list[Answer]:
    """The first answer to each newcomer among these replies."""
    found: dict[int, Reply] = {}
    for reply in replies:
        joined = joined_at.get(reply.to_id)
        if joined is None or not is_answer_to_newcomer(reply, joined):
            continue
        known = found.get(reply.to_id)
        if known is None or reply.at < known.at:
            found[reply.to_id] = reply
    return [Answer(newcomer_id, reply.from_id, reply.day, reply.at) for newcomer_id, reply in found.items()]


def exchanges(replies: Iterable[Reply], agreed_at: Mapping[int, datetime]) -> list[Exchange]:
    """The first and last reply each way and day, of those written when both had agreed to conversation notes."""
    found: dict[tuple[int, int, date], Exchange] = {}
    for reply in replies:
        if reply.from_id not in agreed_at or reply.to_id not in agreed_at:
            continue
        if max(agreed_at[reply.from_id], agreed_at[reply.to_id]) > reply.at:
            continue
        key = (reply.from_id, reply.to_id, reply.day)
        known = found.get(key)
        first = min(reply.at, known.first_at) if known else reply.at
        last = max(reply.at, known.last_at) if known else reply.at
        found[key] = Exchange(*key, first, last)
    return list(found.values())


def conversations(noted: Sequence[Exchange]) -> set[tuple[int, int, date]]:
    """Pairs, the lower id first, and the days on which one replied to the other within 72 hours after the reverse.

    A day's first and last reply tell all: between two replies of one day there are fewer than 72 hours, so the spans
    before each of them leave no gap.
    """
    by_direction: dict[tuple[int, int], list[Exchange]] = {}
    for one in noted:
        by_direction.setdefault((one.from_id, one.to_id), []).append(one)
    return {
        (min(one.from_id, one.to_id), max(one.from_id, one.to_id), one.day)
        for one in noted
        for other in by_direction.get((one.to_id, one.from_id), ())
        if any(one.first_at - CONVERSATION <= at <= one.last_at for at in (other.first_at, other.last_at))
    }


def roles_in(messages: "array[int]", member_id: int) -> int:
    """The number of a member's roles in the last of these messages that is theirs and tells; 0 where none does."""
    numbers = [messages[place * WIDTH + _ROLES] for place in _places(messages[_AUTHOR::WIDTH], member_id)]
    return next((number for number in reversed(numbers) if number), 0)


def without(messages: "array[int]", member_id: int, until: int = FOREVER) -> None:
    """Take a member out of messages before that one: as author and as the one who was answered."""
    for column in (_AUTHOR, _TO):
        for place in _places(messages[column::WIDTH], member_id):
            if messages[place * WIDTH + _ID] < until:
                messages[place * WIDTH + column] = 0


def forgotten_at(at: datetime, member_id: int, salt: bytes) -> Forgotten:
    """What is kept of a member who is forgotten at an instant. The salt is 16 random bytes."""
    return Forgotten(snowflake_at(at), salt, _digest_of(member_id, salt))


def without_forgotten(messages: "array[int]", forgotten: Collection[Forgotten]) -> None:
    """Take out of messages whoever was forgotten after they were written."""
    # In order, so that of someone who was forgotten again the later time stays.
    until = {one.digest: one.until for one in sorted(forgotten)}
    salts = {one.salt for one in forgotten}
    for member_id in {*messages[_AUTHOR::WIDTH], *messages[_TO::WIDTH]}:
        for salt in salts:
            if (end := until.get(_digest_of(member_id, salt))) is not None:
                without(messages, member_id, end)


def _digest_of(member_id: int, salt: bytes) -> bytes:
    return blake2b(member_id.to_bytes(8, "big"), digest_size=16, salt=salt).digest()


def _places(values: "array[int]", wanted: int) -> Iterable[int]:
    start = 0
    while True:
        try:
            start = values.index(wanted, start) + 1
        except ValueError:
            return
        yield start - 1
