"""A blog over time: polls that follow one another, and a memory that takes what each finds, as the service does."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.feeds.documents import Document, Entry
from bot.feeds.rules import Findings, KnownEntry, NewEntry, compare

START = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
SITE = "https://blog.example/"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def post(number: int, **changes: object) -> Entry:
    """The blog's post of a number, dated so many hours after a day long before the first poll."""
    values: dict[str, object] = {
        "guid": f"tag:blog.example,{number}",
        "link": f"https://blog.example/posts/{number}",
        "title": f"Post {number}",
        "published_at": START - 100 * DAY + number * HOUR,
        "summary": f"What post {number} is about.",
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def posts(*numbers: int, **changes: object) -> list[Entry]:
    """Several posts, in the order given."""
    return [post(number, **changes) for number in numbers]


def document(entries: Iterable[Entry], site: str = SITE) -> Document:
    """A feed with these entries."""
    return Document("A blog", site, tuple(entries))


class Diary:
    """What is remembered of one blog, and what was announced of it."""

    def __init__(self) -> None:
        self.now = START
        self.known: dict[int, KnownEntry] = {}
        self.due: dict[int, tuple[datetime, int, Entry]] = {}
        self.findings = Findings()
        self._ids = count(1)
        self._is_first = True

    def poll(self, entries: Iterable[Entry], later: timedelta = 10 * MINUTE) -> list[str]:
        """Read the feed after a while; the titles announced by this poll, or planned by it, in order."""
        self.now += later
        found = compare(document(entries), self.known.values(), self.now, is_first=self._is_first)
        self._is_first = False
        self.findings = found
        for one in found.silent:
            self._remember(one)
        for one in found.new:
            number = self._remember(one)
            self.due[number] = (one.due_at, number, one.entry)
        self._set_right(found)
        return [one.entry.title or one.entry.summary for one in found.new]

    def announced(self) -> list[str]:
        """The titles of all that went out until now, in the order in which it did."""
        return [
            entry.title or entry.summary for at, _, entry in sorted(self.due.values(), key=_place) if at <= self.now
        ]

    def _remember(self, one: NewEntry) -> int:
        number, keys = next(self._ids), one.identity
        self.known[number] = KnownEntry(
            number, keys.guid, keys.link, keys.title, one.digest, one.entry.published_at, self.now
        )
        return number

    def _set_right(self, found: Findings) -> None:
        for change in found.changed:
            keys = change.identity
            self.known[change.id] = replace(
                self.known[change.id],
                guid=keys.guid,
                link_key=keys.link,
                title_key=keys.title,
                digest=change.digest,
                published_at=change.entry.published_at,
            )
            if change.due_at is not None and change.id in self.due and self.due[change.id][0] > self.now:
                self.due[change.id] = (change.due_at, change.id, change.entry)
        for number in found.gone:
            self.known[number] = replace(self.known[number], gone_at=self.now)
        for number in found.back:
            self.known[number] = replace(self.known[number], gone_at=None)
        for number in found.forgotten:
            del self.known[number]


def _place(due: tuple[datetime, int, Entry]) -> tuple[datetime, int]:
    return due[0], due[1]


def following(*entries: Entry) -> Diary:
    """A diary after its first poll, at which the feed held these."""
    diary = Diary()
    assert diary.poll(entries) == []
    return diary
