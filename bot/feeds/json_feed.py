"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read tolerantly: what has a wrong type counts as absent."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from bot.feeds.documents import Document, Failure, Trouble
from bot.feeds.drafts import MOST_ENTRIES, Draft, Words, entry
from bot.feeds.plain import absolute, heading

Node = dict[str, Any]

_VERSION = "jsonfeed.org/version/"


def read(text: str, url: str) -> Document | Failure:
    """What stands in a JSON Feed that was found at `url`; a failure where it is no JSON, or JSON of another kind."""
    try:
        found: Any = json.loads(text)
    except RecursionError:
        return Failure(Trouble.UNREADABLE, "The feed is nested deeper than any feed has to be.")
    except ValueError:
        if _VERSION in text[:4_000]:
            return Failure(Trouble.UNREADABLE, "The feed is broken: it breaks off, or is no proper JSON.")
        return Failure(Trouble.NOT_A_FEED, "What is there is not a feed.")
    feed = _node(found)
    items = [_node(item) for item in _list(feed.get("items")) if isinstance(item, dict)]
    if _VERSION not in _text(feed.get("version")) and not any(map(_is_item, items)):
        return Failure(Trouble.NOT_A_FEED, "What is there is data of some other kind, but not a feed.")
    author = _authors(feed)
    return Document(
        title=heading(_text(feed.get("title")), html=False),
        site=_site(feed, url),
        entries=tuple(entry(_draft(item, author, url)) for item in items[:MOST_ENTRIES]),
    )


def _is_item(item: Node) -> bool:
    """Whether it can be nothing else but a post."""
    return "id" in item and any(name in item for name in ("content_html", "content_text"))


def _draft(item: Node, author: str, url: str) -> Draft:
    bodies = (
        Words(_text(item.get("summary")), html=False),
        Words(_text(item.get("content_html"))),
        Words(_text(item.get("content_text")), html=False),
    )
    return Draft(
        guid=_text(item.get("id")),
        # A post about a link still has a page of its own, unless it says otherwise.
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=Words(_text(item.get("title")), html=False),
        published_at=_moment(item.get("date_published")) or _moment(item.get("date_modified")),
        author=_authors(item) or author,
        bodies=tuple(body for body in bodies if body.text),
        pictures=tuple(filter(None, (_text(item.get("image")), _text(item.get("banner_image")), *_attached(item)))),
        base=url,
    )


def _site(feed: Node, url: str) -> str:
    home = _text(feed.get("home_page_url"))
    return absolute(home, url) if home else ""


def _attached(item: Node) -> list[str]:
    attachments = [_node(each) for each in _list(item.get("attachments"))]
    return [_text(each.get("url")) for each in attachments if _text(each.get("mime_type")).startswith("image/")]


def _authors(node: Node) -> str:
    """The names: `authors` since 1.1, `author` before."""
    authors = [_node(each) for each in [*_list(node.get("authors")), node.get("author")]]
    return ", ".join(dict.fromkeys(name for each in authors if (name := _text(each.get("name")).strip())))


def _moment(value: Any) -> datetime | None:
    """RFC 3339, as the format asks for; or the date of an e-mail, as some write. Without a zone it is taken as UTC."""
    text = _text(value).strip()[:64]
    for read_date in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read_date(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _text(value: Any) -> str:
    """A string, or a number as one: ids of numbers are common."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _node(value: Any) -> Node:
    return cast("Node", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
