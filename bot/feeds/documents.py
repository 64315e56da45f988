"""What a blog says, as plain facts: what came over the wire, and what stood in it. Decides nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Validators:
    """What lets a server say "nothing has changed": its ETag and Last-Modified, as it wrote them; empty without."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A body was received, unpacked. `url` is where it was found in the end, `content_type` as the server says.

    `asked_at` is the address the way began at, in its usual form. `moved_to` is set where every redirect on the way
    was permanent (301, 308). `max_age` is from Cache-Control.
    """

    url: str
    body: bytes
    content_type: str = ""
    validators: Validators = Validators()
    max_age: timedelta | None = None
    moved_to: str | None = None
    asked_at: str = ""

    @property
    def home(self) -> str:
        """The address to come back to: a redirect that is only for now (302, 307) is asked again each time."""
        return self.moved_to or self.asked_at or self.url

    @property
    def digest(self) -> str:
        """64 characters that are the same only for the same body."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server says that nothing has changed (304)."""

    max_age: timedelta | None = None
    moved_to: str | None = None


class Trouble(StrEnum):
    """Why a blog could not be read."""

    UNREACHABLE = "unreachable"
    FORBIDDEN_ADDRESS = "forbidden address"
    TOO_SLOW = "too slow"
    TOO_LARGE = "too large"
    TOO_MANY_REDIRECTS = "too many redirects"
    REFUSED = "refused"
    NOT_FOUND = "not found"
    GONE = "gone"
    BUSY = "busy"
    SERVER_ERROR = "server error"
    INSECURE = "insecure"
    NOT_A_FEED = "not a feed"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    #: It lies with the bot, and says nothing about the blog.
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Failure:
    """It could not be read. `reason` is one plain sentence for the host; `retry_after` is what the server asked for."""

    trouble: Trouble
    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One post of a blog, as its feed tells of it.

    `guid` and `link` are empty where the feed has none; `link` is an absolute http(s) address. `title` and `author`
    are one line of plain text (at most 250 and 100 characters), to be escaped where they are shown. `summary` is
    Discord Markdown of at most 300 characters, cut at a sentence, and safe as it is. `image` is an https address or
    empty.
    """

    guid: str
    link: str
    title: str
    published_at: datetime | None = None
    author: str = ""
    summary: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A feed that was read: entries in the order it gives them. `title` is plain text, `site` the blog's address."""

    title: str
    site: str
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that a page names: its address, its title (plain text), and `rss`, `atom` or `json`."""

    url: str
    title: str
    format: str
