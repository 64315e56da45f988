"""RSS, Atom, RDF and CDF, read by feedparser: the most tolerant reader there is."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import feedparser  # pyright: ignore[reportMissingTypeStubs]
import feedparser.api  # pyright: ignore[reportMissingTypeStubs]

from bot.feeds.documents import Document, Failure, Trouble
from bot.feeds.drafts import MOST_ENTRIES, Draft, Words, entry
from bot.feeds.plain import absolute, heading

#: A feed's node as feedparser gives it.
Node = Mapping[str, Any]

# feedparser has no types of its own: this is the one place where that is put right.
_parse = cast("Callable[..., Node]", feedparser.parse)  # pyright: ignore[reportUnknownMemberType]
for _parser in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    # A guid is a name and not an address: resolved against the page, it would change with the page's address, and
    # every post would be new again.
    cast("Any", _parser).can_be_relative_uri = {"link", "href", "url", "icon", "logo"}

_ROOT = re.compile(r"(?i)<(?:[\w-]+:)?(?:rss|feed|rdf|channel)(?=[\s>/])")
_OTHER_ROOT = re.compile(r"(?i)<(?:!doctype html|html|head|body)\b")
_END = re.compile(r"(?i)</(?:[\w-]+:)?(?:rss|feed|rdf|channel)\s*>\s*(?:<!--.{0,2000}?-->\s*)*\Z", re.DOTALL)
#: How far a feed may begin behind warnings of the program that wrote it.
_MOST_JUNK = 65_536
#: An entity that is long, made of others, or fetched from elsewhere: what bombs are made of, and no feed needs.
_BOMB = re.compile(
    r"""(?i)<!ENTITY\s(?:[^>"']*(?:"(?:[^"]{65}|[^"]*&\w)|'(?:[^']{65}|[^']*&\w))|[^>"']*\b(?:SYSTEM|PUBLIC)\b|\s*%)"""
)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}")
_BAD_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,20})|(\d{1,20}));")
_TTL_RANGE = range(1, 7 * 24 * 60 + 1)


def read(text: str, url: str) -> Document | Failure:
    """What stands in a feed that was found at `url`; a failure where the text is no feed, or breaks off at once."""
    start = _ROOT.search(text, 0, _MOST_JUNK)
    other = _OTHER_ROOT.search(text, 0, _MOST_JUNK)
    if not start or (other and other.start() < start.start()):
        return Failure(Trouble.NOT_A_FEED, "What is there is a page or something else, but not a feed.")
    found = _parsed(text, start.start(), url)
    entries = cast("list[Node]", found["entries"])
    if not entries and not found["version"]:
        return Failure(Trouble.NOT_A_FEED, "What is there is XML of some other kind, but not a feed.")
    if not entries and found["bozo"] and not _END.search(text[-4_000:]):
        return Failure(Trouble.UNREADABLE, "The feed breaks off before its first post.")
    feed = cast("Node", found["feed"])
    drafts = (_draft(node, feed, url) for node in entries[:MOST_ENTRIES])
    return Document(
        title=_title(feed),
        site=absolute(str(feed.get("link") or ""), url) if feed.get("link") else "",
        entries=tuple(entry(draft) for draft in drafts),
        ttl=_ttl(feed),
    )


def _parsed(text: str, start: int, url: str) -> Node:
    """Neither sanitised nor resolved by feedparser: of its HTML only a summary is kept, which is both."""
    body = _BAD_REFERENCE.sub(_valid_reference, text[start:])
    declared = text.find("<!DOCTYPE", 0, start)
    doctype = "" if declared < 0 or _BOMB.search(text, declared, start) else text[declared:start]
    source = f'<?xml version="1.0" encoding="utf-8"?>\n{doctype}{body}'.encode()
    # A stream, never a string: feedparser would open what looks like a file or an address.
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    return _parse(io.BytesIO(source), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _valid_reference(found: re.Match[str]) -> str:
    """A reference to a character, unless XML has no such character: `&#8;` would make the feed malformed."""
    code = int(found[1], 16) if found[1] else int(found[2])
    valid = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if valid else ""


def _draft(node: Node, feed: Node, url: str) -> Draft:
    base = _detail(node, "title").base or url
    return Draft(
        guid=str(node.get("id") or ""),
        link=_link(node),
        title=_detail(node, "title"),
        published_at=_published_at(node),
        author=_author(node) or _author(feed),
        bodies=tuple(_bodies(node)),
        pictures=tuple(_pictures(node)),
        base=base,
    )


def _title(feed: Node) -> str:
    words = _detail(feed, "title")
    return heading(words.text, html=words.html)


def _detail(node: Node, name: str) -> Words:
    """A text with its kind. Where feedparser says "plain", it has looked whether it could be HTML."""
    detail = cast("Node", node.get(f"{name}_detail") or {})
    kind = str(detail.get("type") or "text/html")
    return Words(str(node.get(name) or ""), "html" in kind, str(detail.get("base") or ""))


def _link(node: Node) -> str:
    """Where the post stands. A guid may be its link, but only if it is an address; FeedBurner hides the real one."""
    link = str(node.get("feedburner_origlink") or node.get("link") or "")
    if link and link == node.get("id") and not link.lower().startswith(("http://", "https://")):
        link = ""
    links = cast("list[Node]", node.get("links") or [])
    return link or next(
        (str(each["href"]) for each in links if each.get("rel") == "alternate" and each.get("href")), ""
    )


def _published_at(node: Node) -> datetime | None:
    dates = {**node}  # feedparser's own `get` takes one date for another, and warns
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        try:
            year, month, day, hour, minute, second = cast("list[int]", dates.get(name))[:6]
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _author(node: Node) -> str:
    """The names of the authors. Addresses of e-mail are nobody's business."""
    authors = cast("list[Node]", node.get("authors") or [])
    names = [str(author.get("name") or "") for author in authors]
    if len(authors) == 1 and authors[0].get("email"):
        # As it stands in the feed: where feedparser looks for an address, it cuts `.online` to `.onli`.
        names = [str(node.get("author") or "")]
    bare = [_MAIL.sub("", name).strip(' \t\n()<>[],;"') for name in names]
    return ", ".join(dict.fromkeys(filter(None, bare)))


def _bodies(node: Node) -> Iterator[Words]:
    summary = _detail(node, "summary")
    contents = [
        Words(str(part.get("value") or ""), "html" in str(part.get("type")), str(part.get("base") or ""))
        for part in cast("list[Node]", node.get("content") or [])
        if str(part.get("type") or "text").startswith("text") or "html" in str(part.get("type"))
    ]
    # Without a summary of its own, feedparser gives an entry its content as one, and forgets of what kind it is.
    if summary.text and all(summary.text != content.text for content in contents):
        yield summary
    yield from contents


def _pictures(node: Node) -> Iterator[str]:
    for media in cast("list[Node]", node.get("media_content") or []):
        if media.get("medium") == "image" or str(media.get("type") or "").startswith("image/") or _is_picture(media):
            yield str(media.get("url") or "")
    for media in cast("list[Node]", node.get("media_thumbnail") or []):
        yield str(media.get("url") or "")
    for link in cast("list[Node]", node.get("links") or []):
        if link.get("rel") == "enclosure" and str(link.get("type") or "").startswith("image/"):
            yield str(link.get("href") or "")
    yield str(cast("Node", node.get("image") or {}).get("href") or "") if isinstance(node.get("image"), Mapping) else ""


def _is_picture(media: Node) -> bool:
    """Told by its name where the feed does not say what it is."""
    untold = not media.get("medium") and not media.get("type")
    return untold and bool(re.search(r"(?i)\.(?:jpe?g|png|webp|gif)(?:\?|$)", str(media.get("url") or "")))


def _ttl(feed: Node) -> timedelta | None:
    """RSS's `<ttl>`: how many minutes the feed may be kept before it is asked for again."""
    text = str(feed.get("ttl") or "").strip()
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return timedelta(minutes=minutes) if minutes in _TTL_RANGE else None
