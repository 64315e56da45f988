"""Bodies made and read by the tests of parsing."""

import re
import time
from pathlib import Path

from bot.feeds.documents import Document, Entry, Failure, Page, Trouble
from bot.feeds.parsing import parsed

SAMPLES = Path(__file__).parent / "samples"
URL = "https://blog.example/feeds/all"
#: Seconds of the processor. The worker's limit is ten seconds.
SOON = 8


def read(body: bytes | str, content_type: str = "", url: str = URL) -> Document:
    """The document that stands in a body."""
    document = parsed(Page(url, body if isinstance(body, bytes) else body.encode(), content_type))
    assert isinstance(document, Document), document
    return document


def trouble(body: bytes | str, content_type: str = "") -> Trouble:
    """Why a body is no document, found soon and told in one sentence."""
    started = time.process_time()
    failure = parsed(Page(URL, body if isinstance(body, bytes) else body.encode(), content_type))
    assert time.process_time() - started < SOON
    assert isinstance(failure, Failure), failure
    assert re.fullmatch(r"[A-Z][^.]+\.", failure.reason)
    return failure.trouble


def sample(name: str) -> Document:
    return read((SAMPLES / name).read_bytes())


def rss(items: str, head: str = "<title>B</title>", declaration: str = "") -> str:
    """An RSS feed around items."""
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    return f'{declaration}<rss version="2.0" {media}><channel>{head}{items}</channel></rss>'


def item(**parts: str) -> Entry:
    """The entry that an RSS item with these elements becomes."""
    return read(
        rss("<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in parts.items()) + "</item>")
    ).entries[0]
