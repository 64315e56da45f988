"""What a post is recognised by when it is seen again: its guid, where it leads to, its title with its date."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from unicodedata import normalize
from urllib.parse import quote, unquote_to_bytes, urlsplit

from bot.feeds.documents import Entry

#: A longer key, or one of signs that a database may refuse, is kept as its SHA-256.
LONGEST_KEY = 200
#: Parameters that say how a reader came to a page, never which page it is. Names are compared in lower case.
TRACKING = frozenset(
    (
        *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "igshid"),
        *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "wt.mc_id"),
        *("ref", "ref_src", "ref_url", "cmpid", "ncid"),
    )
)
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "at_")
#: Parameters that tell nothing where they only say "came by the feed": Medium writes `source=rss-4a1…`.
ORIGINS = frozenset(("source", "src", "from", "via", "partner", "emc", "cmp"))
_BY_FEED = re.compile(r"(rss|atom|feed|feedburner)(?![a-z])", re.IGNORECASE)
_WITH_WWW = re.compile(r"www\.(?=[^.]+\.)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The keys of an entry, each empty where it has none; every one of at most `LONGEST_KEY` characters.

    `guid` is as the feed gives it, `link` is canonical, and `title` is the normalised title with the instant.
    """

    guid: str
    link: str
    title: str


def identity_of(entry: Entry, site: str = "") -> Identity:
    """What an entry is recognised by. The front page, a host's or the blog's own `site`, is no entry's own address."""
    link = canonical_link(entry.link)
    own = "" if link == canonical_link(site) or not ("/" in link or "?" in link) else link
    title = _title_key(entry.title, entry.published_at)
    return Identity(_shortened(entry.guid.strip()), _shortened(own), _shortened(title))


def merged(newer: Identity, older: Identity) -> Identity:
    """The keys of an entry that is seen again: a key that a feed leaves out for once is kept."""
    return Identity(newer.guid or older.guid, newer.link or older.link, newer.title or older.title)


def digest_of(entry: Entry) -> str:
    """What a post says, in 64 characters: its title, its summary and the day it is dated.

    Images and links are left out, for many change with every poll. Of the date only the day counts: some feeds
    date everything anew whenever they are asked.
    """
    day = f"{entry.published_at.astimezone(UTC):%Y-%m-%d}" if entry.published_at else ""
    return sha256("\0".join((entry.title, entry.summary, day)).encode("utf-8", "replace")).hexdigest()


def canonical_link(link: str) -> str:
    """The one way to write an address, for comparing only: `example.org/post?p=1`.

    Without scheme, `www.`, user, usual port, fragment, closing slash and what tracks a reader; the host in lower case,
    parameters sorted. The path keeps its case. What is no address stays as it is.
    """
    try:
        parts = urlsplit(link.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return link.strip()
    if not host:
        return link.strip()
    place = _WITH_WWW.sub("", _ascii_host(host), count=1) + (f":{port}" if port not in (None, 80, 443) else "")
    path = _quoted(parts.path).rstrip("/")
    query = "&".join(sorted(_quoted(part) for part in parts.query.split("&") if part and not _is_tracking(part)))
    return f"{place}{path}" + (f"?{query}" if query else "")


def _is_tracking(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    return name in ORIGINS and _BY_FEED.match(value) is not None


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _quoted(text: str) -> str:
    """The same characters, escaped in the one same way; whether `/` was escaped is not kept."""
    return quote(unquote_to_bytes(text.encode("utf-8", "replace")), safe="/=:@!$'()*,;")


def _title_key(title: str, published_at: datetime | None) -> str:
    words = " ".join(normalize("NFKC", title).casefold().split())
    if not words or published_at is None:
        return ""
    return f"{words}|{published_at.astimezone(UTC).isoformat(timespec='seconds')}"


def _shortened(key: str) -> str:
    is_plain = len(key) <= LONGEST_KEY and key.isprintable()
    return key if is_plain else sha256(key.encode("utf-8", "replace")).hexdigest()
