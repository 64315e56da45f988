"""Fetches blogs from the open web: politely, within limits, and from nowhere that is not public."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import ClientError, ClientResponse, ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.clock import Clock
from bot.feeds.addresses import web_address
from bot.feeds.answers import (
    FetchError,
    content_type_in,
    empty,
    failure_from,
    failure_of,
    location_in,
    max_age_in,
    validators_in,
)
from bot.feeds.connections import GuardedResolver, Queue, ThreadResolver
from bot.feeds.documents import Failure, Page, Trouble, Unchanged, Validators
from bot.feeds.unpacking import ACCEPT_ENCODING, read_unpacked, too_large

SIZE_LIMIT = 5 * 2**20
TIME_LIMIT = 20.0
MOST_REDIRECTS = 5
MOST_AT_ONCE = 20
MOST_PER_HOST = 2
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_CHUNK = 2**16
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.7, */*;q=0.5"
)
_NOTHING_KNOWN = Validators()


@dataclass(frozen=True, slots=True)
class _Redirect:
    to: URL
    is_permanent: bool


class FeedClient:
    """Fetches blogs: up to 20 at once and 2 per host, 20 s and 5 MiB each, at most 5 redirects.

    `user_agent` says who asks, with the project's address. `allowed_hosts` (`localhost`, `127.0.0.1:8080`) may stand
    at addresses that are not public. `time_limit` is in seconds, without the wait in the queue; `size_limit` in
    bytes, packed and unpacked. `resolver` is asked instead of the operating system, and its owner closes it.
    """

    def __init__(
        self,
        user_agent: str,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        time_limit: float = TIME_LIMIT,
        size_limit: int = SIZE_LIMIT,
        at_once: int = MOST_AT_ONCE,
        per_host: int = MOST_PER_HOST,
        clock: Clock | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._time_limit, self._size_limit = time_limit, size_limit
        self._at_once = at_once
        self._queue = Queue(at_once, per_host)
        self._clock = clock or Clock()
        self._resolver = resolver
        self._own_resolver: ThreadResolver | None = None
        self._session: ClientSession | None = None

    async def fetch(self, url: str, validators: Validators = _NOTHING_KNOWN) -> Page | Unchanged | Failure:
        """What stands at `url`; `validators` are those of the page that is known already.

        Whatever the outside does ends as a `Failure`; nothing is raised but the caller's own cancellation.
        """
        start = web_address(url, self._allowed_hosts)
        if isinstance(start, Failure):
            return start
        try:
            return await self._follow(self._opened(), start, validators)
        except FetchError as error:
            return error.failure
        except TimeoutError:
            return Failure(Trouble.TOO_SLOW, f"The blog's server took longer than {self._time_limit:g} seconds.")
        except (ClientError, OSError, ValueError) as error:
            return failure_from(error)

    async def close(self) -> None:
        """Close every connection; a later fetch opens anew."""
        session, self._session = self._session, None
        resolver, self._own_resolver = self._own_resolver, None
        if session:
            await session.close()
        if resolver:
            await resolver.close()

    async def _follow(self, session: ClientSession, start: URL, validators: Validators) -> Page | Unchanged:
        target, has_moved, seconds_left = start, True, self._time_limit
        clock = asyncio.get_running_loop()
        for _ in range(MOST_REDIRECTS + 1):
            async with self._queue.turn(target.raw_host or ""):
                began_at = clock.time()
                async with asyncio.timeout(seconds_left):
                    answer = await self._ask(session, target, validators)
                seconds_left -= clock.time() - began_at
            if not isinstance(answer, _Redirect):
                return _arrived(answer, start, target if has_moved and target != start else None)
            # Who listens in on http could send readers away from https for good.
            is_downgrade = target.scheme == "https" and answer.to.scheme == "http"
            has_moved = has_moved and answer.is_permanent and not is_downgrade
            target = answer.to
        raise FetchError(Failure(Trouble.TOO_MANY_REDIRECTS, "The blog sends its readers from address to address."))

    async def _ask(self, session: ClientSession, url: URL, validators: Validators) -> Page | Unchanged | _Redirect:
        if session.closed:  # While this fetch stood in the queue.
            raise FetchError(Failure(Trouble.OURS, "I was stopped before I could read this blog."))
        headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
        asked = {name: value for name, value in headers.items() if value}
        async with session.get(url, headers=asked, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return self._redirect(url, response)
            if response.status == 304 and asked:
                return Unchanged(max_age_in(response.headers))
            failure = failure_of(response.status, response.headers, self._clock.now())
            if failure:
                raise FetchError(failure)
            return await self._page(url, response)

    async def _page(self, url: URL, response: ClientResponse) -> Page:
        if (response.content_length or 0) > self._size_limit:
            raise too_large(self._size_limit)
        headers: Mapping[str, str] = response.headers
        chunks = response.content.iter_chunked(_CHUNK)
        body = await read_unpacked(chunks, headers.get("Content-Encoding", ""), self._size_limit)
        if not body:
            raise FetchError(empty())
        return Page(str(url), body, content_type_in(headers), validators_in(headers), max_age_in(headers))

    def _redirect(self, url: URL, response: ClientResponse) -> _Redirect:
        location = location_in(response.headers)
        if not location:
            reason = "The blog sends its readers to another address, but does not say which."
            raise FetchError(Failure(Trouble.UNREADABLE, reason))
        target = web_address(location, self._allowed_hosts, base=url)
        if isinstance(target, Failure):
            raise FetchError(replace(target, reason="The blog sends its readers to an address that I do not open."))
        return _Redirect(target, response.status in _PERMANENT)

    def _opened(self) -> ClientSession:
        if self._session is None:
            resolver = self._resolver
            if resolver is None:
                resolver = self._own_resolver = ThreadResolver(self._at_once)
            guard = GuardedResolver(resolver, self._allowed_hosts)
            self._session = ClientSession(
                # Feeds are read minutes apart: a connection that is kept would be of no use.
                connector=TCPConnector(resolver=guard, use_dns_cache=False, force_close=True, limit=0),
                headers=self._headers,
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,  # It would unpack without a limit.
                trust_env=False,
            )
        return self._session


def _arrived(answer: Page | Unchanged, start: URL, moved_to: URL | None) -> Page | Unchanged:
    """An answer that knows where its way began, and whether it led away for good."""
    if isinstance(answer, Page):
        answer = replace(answer, asked_at=str(start))
    return replace(answer, moved_to=str(moved_to)) if moved_to else answer
