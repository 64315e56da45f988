"""An entry as a feed of whatever format words it, and the entry that is shown made of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from bot.feeds.documents import Entry
from bot.feeds.markdown import summary
from bot.feeds.pictures import picture
from bot.feeds.plain import LONGEST_AUTHOR, absolute, heading, one_line

#: Entries that are taken of one feed, its first ones: feeds put the newest first. A feed that carries its whole archive
#: would otherwise cost the worker and the database the more the older it is; what 200 posts followed is no news.
MOST_ENTRIES = 200
#: A guid is compared, not shown. Longer ones are whole posts, put there by mistake.
LONGEST_GUID = 2_000
#: The web began in 1990: earlier dates, and those far ahead, are mistakes or defaults of a program.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_TITLE_WORDS = 80


@dataclass(frozen=True, slots=True)
class Words:
    """A text, and whether it is HTML. `base` is what its relative addresses are relative to."""

    text: str = ""
    html: bool = True
    base: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a feed says of a post. `bodies` are its texts, the best for a summary first; `pictures` may be relative."""

    guid: str
    link: str
    title: Words
    published_at: datetime | None
    author: str
    bodies: tuple[Words, ...]
    pictures: tuple[str, ...]
    base: str


def entry(draft: Draft) -> Entry:
    """The entry as it is kept and shown."""
    link = absolute(draft.link, draft.base) if draft.link else ""
    short = next(filter(None, (summary(body.text, html=body.html) for body in draft.bodies)), "")
    return Entry(
        guid=_storable(draft.guid.strip())[:LONGEST_GUID],
        link=link,
        title=heading(draft.title.text, html=draft.title.html) or _first_words(draft) or _from_address(link),
        published_at=sane(draft.published_at),
        author=heading(draft.author, html=False, longest=LONGEST_AUTHOR),
        summary=short,
        image=_image(draft),
    )


def sane(moment: datetime | None) -> datetime | None:
    """The moment in UTC, if a blog can have published then."""
    try:
        moment = moment and moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment and EARLIEST <= moment < LATEST else None


def _storable(guid: str) -> str:
    """Without what PostgreSQL and UTF-8 cannot hold; otherwise as it was given."""
    return re.sub("[\x00\ud800-\udfff]", "", guid)


def _image(draft: Draft) -> str:
    if offered := picture(draft.pictures, (), draft.base):
        return offered
    found = (picture((), [body.text], body.base or draft.base) for body in draft.bodies if body.html)
    return next(filter(None, found), "")


def _first_words(draft: Draft) -> str:
    """A title for a post that has none, as micro-blogs do: how its text begins."""
    for body in draft.bodies:
        text = re.sub(r"(?i)<(script|style)\b.{0,4000}?</\1>", " ", body.text[:4000], flags=re.DOTALL)
        if words := heading(re.sub(r"(?=</?(?:p|br|div|li|h\d)\b)", " ", text), html=body.html, longest=_TITLE_WORDS):
            return words
    return ""


def _from_address(link: str) -> str:
    """The last part of an address made readable: `/2024/my-first_post.html` is "My first post"."""
    parts = urlsplit(link)
    name = [part for part in unquote(parts.path).split("/") if part][-1:] or [parts.netloc]
    words = one_line(re.sub(r"[-_+\s]+", " ", re.sub(r"\.(?:html?|php|aspx?|md)$", "", name[0])), _TITLE_WORDS)
    return words[:1].upper() + words[1:] if words else "Untitled"
