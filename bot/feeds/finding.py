"""Finding a feed behind whatever address a person gives."""

import asyncio
import re
from dataclasses import dataclass

from bot.feeds.client import FeedClient
from bot.feeds.discovery import common_paths
from bot.feeds.documents import Candidate, Document, Failure, Page, Trouble, Unchanged
from bot.feeds.errors import BlogTroubleError, NoFeedFoundError
from bot.feeds.reader import FeedReader

#: Why a site that is asked for safely may still answer the old way.
_UNSAFE_ONLY = {Trouble.UNREACHABLE, Trouble.INSECURE}

_CHECK = "Please check the address: open it in your browser and copy it from there."
_WAIT = "Please try again in some minutes."
_ASK = "The person who runs the blog can mend that; please show them this."
#: What a person can do who wants to follow a blog; a refused address says that by itself.
_ADVICE = {
    Trouble.UNREACHABLE: _CHECK, Trouble.NOT_FOUND: _CHECK, Trouble.GONE: _CHECK, Trouble.TOO_MANY_REDIRECTS: _CHECK,
    Trouble.NOT_A_FEED: _CHECK, Trouble.EMPTY: _CHECK,
    Trouble.TOO_SLOW: _WAIT, Trouble.BUSY: _WAIT, Trouble.SERVER_ERROR: _WAIT,
    Trouble.REFUSED: _ASK, Trouble.TOO_LARGE: _ASK, Trouble.INSECURE: _ASK, Trouble.UNREADABLE: _ASK,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that can be followed: where it is, what it says now, and the page on which it said so."""

    url: str
    document: Document
    page: Page


class FeedFinder:
    """Looks for feeds on the web."""

    def __init__(self, client: FeedClient, reader: FeedReader) -> None:
        self._client = client
        self._reader = reader

    async def look(self, typed: str) -> Found | list[Candidate]:
        """What is behind an address a person typed: the feed, or several to choose from.

        Raises BlogTroubleError, NoFeedFoundError.
        """
        page = await self._open(typed)
        read = await self._reader.parse(page)
        if isinstance(read, Document):
            return Found(page.home, read, page)
        if read.trouble is not Trouble.NOT_A_FEED:
            raise _trouble(read)
        candidates = await self._reader.discover(page) or await self._try_common_paths(page.url)
        if not candidates:
            raise NoFeedFoundError
        return candidates if len(candidates) > 1 else await self.read(candidates[0].url)

    async def read(self, url: str) -> Found:
        """Read the feed at an address. Raises BlogTroubleError."""
        page = _page(await self._client.fetch(url))
        read = await self._reader.parse(page)
        if isinstance(read, Failure):
            raise _trouble(read)
        return Found(page.home, read, page)

    async def _open(self, typed: str) -> Page:
        """The page at an address as people write them: `<https://blog.example>`, `feed:` before it, or nothing."""
        url = re.sub(r"(?i)^feed:(//)?(?=\S)", "", typed.strip().strip("<>").strip())
        if "://" in url:
            return _page(await self._client.fetch(url))
        fetched = await self._client.fetch(f"https://{url}")
        if isinstance(fetched, Failure) and fetched.trouble in _UNSAFE_ONLY:
            plain = await self._client.fetch(f"http://{url}")
            fetched = plain if isinstance(plain, Page) else fetched
        return _page(fetched)

    async def _try_common_paths(self, url: str) -> list[Candidate]:
        """The first address at which feeds usually are and one is."""
        pages = await asyncio.gather(*map(self._client.fetch, common_paths(url)))
        for page in pages:
            if isinstance(page, Page) and isinstance(read := await self._reader.parse(page), Document):
                return [Candidate(page.url, read.title, "rss")]
        return []


def _trouble(failure: Failure) -> BlogTroubleError:
    return BlogTroubleError(" ".join(filter(None, (failure.reason, _ADVICE.get(failure.trouble)))))


def _page(fetched: Page | Unchanged | Failure) -> Page:
    if isinstance(fetched, Failure):
        raise _trouble(fetched)
    assert not isinstance(fetched, Unchanged), "nothing was said about what is known"
    return fetched
