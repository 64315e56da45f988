"""The feeds of a blog, when all that is known is the address of a page."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlsplit

from bot.feeds.documents import Candidate, Page
from bot.feeds.encodings import decoded
from bot.feeds.plain import absolute, heading

#: As many as a select of Discord has options.
MOST_CANDIDATES = 25
#: Characters of a page that are read: what names its feeds stands in its head, if behind much style and script.
MOST_HTML = 1_000_000
_LONGEST_TITLE = 100
#: Levels of folders in which a feed is looked for.
_MOST_FOLDERS = 3

_FORMATS = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/x-rss+xml": "rss",
    "text/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
}
#: Types that say "data" and not "feed": believed where the address looks like a feed.
_UNSURE = {"application/json": "json", "application/xml": "rss", "text/xml": "rss", "": "rss"}
_LOOKS_LIKE_FEED = re.compile(
    r"(?i)/(?:feeds?|rss2?|atom)/?$|/(?:feed|rss2?|atom|index|posts)\.(?:xml|rss|atom|rdf|json)$|\.(?:rss|atom)$"
    r"|[?&]feed=(?:rss2?|atom|rdf)|/feeds/posts/default|^https?://feeds\.feedburner\.com/\w"
)
_COMMENTS = re.compile(r"(?i)comment|kommentar|commentaire|comentario|commenti|reacties")
_COMMON = ("feed", "rss", "feed.xml", "atom.xml", "index.xml", "rss.xml", "feed.json", "feeds/posts/default")


def discovered(page: Page) -> list[Candidate]:
    """The feeds that a page names in its head, those of comments last; without any, what it links to as feeds."""
    parser = _Links()
    # What HTML calls a bogus comment, Python's parser calls an error.
    parser.feed(decoded(page.body, page.content_type)[:MOST_HTML].replace("<![", "<!-["))
    base = absolute(parser.base, page.url) or page.url
    named = [candidate for link in parser.links if (candidate := _candidate(link, base))]
    found = named or [candidate for href in parser.hrefs if (candidate := _linked(href, base))]
    unique = {candidate.url: candidate for candidate in reversed(found)}
    ordered = [candidate for candidate in reversed(unique.values()) if candidate.url != urldefrag(page.url).url]
    return sorted(ordered, key=_is_of_comments)[:MOST_CANDIDATES]


def common_paths(url: str) -> list[str]:
    """Where blogs keep their feeds, nearest first: in the page's own folder, those around it, and at the top."""
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name]
    if names and "." in names[-1]:
        names.pop()
    folders = ["/".join(["", *names[:depth], ""]) for depth in range(len(names), -1, -1)]
    nearest = [*folders[: _MOST_FOLDERS - 1], "/"] if len(folders) > _MOST_FOLDERS else folders
    return [f"{parts.scheme}://{parts.netloc}{folder}{name}" for folder in nearest for name in _COMMON]


@dataclass(frozen=True, slots=True)
class _Link:
    href: str
    rels: tuple[str, ...]
    kind: str
    title: str


class _Links(HTMLParser):
    """What a page says of its base, its alternates and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links = list[_Link]()
        self.hrefs = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("base", "link", "a"):
            return
        said = {name: value or "" for name, value in reversed(attrs)}  # the first of several counts
        href = said.get("href", "").strip()
        if tag == "base":
            self.base = self.base or href
        elif tag == "a":
            self.hrefs.append(href)
        elif href:
            kind = said.get("type", "").partition(";")[0].strip().lower()
            self.links.append(_Link(href, tuple(said.get("rel", "").lower().split()), kind, said.get("title", "")))


def _candidate(link: _Link, base: str) -> Candidate | None:
    """The feed a `<link>` leads to, if it does."""
    url = urldefrag(absolute(link.href, base)).url
    if not url or not {"alternate", "feed"} & set(link.rels) or "stylesheet" in link.rels:
        return None
    known = _FORMATS.get(link.kind)
    if not known and (link.kind not in _UNSURE or not ("feed" in link.rels or _LOOKS_LIKE_FEED.search(url))):
        return None
    title = heading(link.title, html=False, longest=_LONGEST_TITLE)
    return Candidate(url, title, known or _format(url, _UNSURE[link.kind]))


def _linked(href: str, base: str) -> Candidate | None:
    """The feed that a link in the page's text leads to, if its address can be nothing else."""
    url = urldefrag(absolute(href, base)).url if href else ""
    return Candidate(url, "", _format(url, "rss")) if url and _LOOKS_LIKE_FEED.search(url) else None


def _format(url: str, otherwise: str) -> str:
    path = urlsplit(url).path.lower()
    return "json" if path.endswith("json") else "atom" if "atom" in path else otherwise


def _is_of_comments(candidate: Candidate) -> bool:
    return bool(_COMMENTS.search(candidate.title) or _COMMENTS.search(urlsplit(candidate.url).path))
