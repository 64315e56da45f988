"""The blog as machines read it: Atom (RFC 4287) and JSON Feed 1.1, each with the newest twenty posts."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from bot.rehearsal.blog.posts import Blog, Post
from bot.rehearsal.blog.words import first_words, html_of

MOST_POSTS = 20
ATOM, JSON = "feed.xml", "feed.json"
#: Before anything was published; Atom wants a date all the same.
_NEVER = datetime(2020, 1, 1, tzinfo=UTC)


def picture_address(address: str, post: Post) -> str:
    """Where the picture of a post is, if it has one."""
    return f"{address}pictures/{post.slug}.png"


def atom(blog: Blog, address: str) -> bytes:
    """The feed as Atom. `address` is the front page's, with a slash at the end."""
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _add(feed, "title", blog.title)
    _add(feed, "subtitle", blog.about)
    _add(feed, "id", _id("front-page"))
    _add(feed, "updated", (blog.changed_at or _NEVER).isoformat())
    _add(_add(feed, "author"), "name", blog.author)
    _add(feed, "link", rel="self", type="application/atom+xml", href=address + ATOM)
    _add(feed, "link", rel="alternate", type="text/html", href=address)
    for post in blog.posts[:MOST_POSTS]:
        _add_entry(feed, post, address)
    ET.indent(feed)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _add_entry(feed: ET.Element, post: Post, address: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "title", post.title)
    _add(entry, "id", _id(post.slug))
    _add(entry, "link", rel="alternate", type="text/html", href=address + post.slug)
    _add(entry, "published", post.published_at.isoformat())
    _add(entry, "updated", post.published_at.isoformat())
    _add(entry, "summary", first_words(post))
    _add(entry, "content", html_of(post.text), type="html")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


def _id(name: str) -> str:
    """A tag URI (RFC 4151): it stays when the port is another one."""
    return f"tag:outside-the-bubble.example,2026:{name}"


def json_feed(blog: Blog, address: str) -> bytes:
    """The feed as JSON Feed. `address` is the front page's, with a slash at the end."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": blog.title,
        "description": blog.about,
        "home_page_url": address,
        "feed_url": address + JSON,
        "language": "en",
        "authors": [{"name": blog.author}],
        "items": [_item(post, address) for post in blog.posts[:MOST_POSTS]],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _item(post: Post, address: str) -> dict[str, str]:
    picture = {"image": picture_address(address, post)} if post.picture else {}
    return {
        "id": _id(post.slug),
        "url": address + post.slug,
        "title": post.title,
        "summary": first_words(post),
        "content_html": html_of(post.text),
        "date_published": post.published_at.isoformat(),
        **picture,
    }
