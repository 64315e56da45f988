"""A page's bytes as what a feed says, or why they say nothing. Pure: it opens no file and no connection."""

from bot.feeds import json_feed, xml_feed
from bot.feeds.documents import Document, Failure, Page, Trouble
from bot.feeds.encodings import decoded


def parsed(page: Page) -> Document | Failure:
    """What stands in a feed. Never raises: whatever is wrong with it is a plain reason.

    The format is told by how the text begins. What a server calls it is wrong too often to be asked.
    """
    if not page.body.strip():
        return Failure(Trouble.EMPTY, "The address answers, but with nothing.")
    try:
        text = decoded(page.body, page.content_type).lstrip()
        if text.startswith(("{", "[")):
            return json_feed.read(text, page.url)
        return xml_feed.read(text, page.url)
    except MemoryError:
        return Failure(Trouble.UNREADABLE, "The feed unfolds into more than fits into memory.")
    except Exception:
        # feedparser and the libraries under it meet whatever the web contains, so that no list of errors is complete.
        return Failure(Trouble.UNREADABLE, "The feed is broken in a way that makes it unreadable.")
