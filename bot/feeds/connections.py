"""What a fetch goes through before it reaches a blog: the guard at the name server, and the queue."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.feeds.addresses import is_allowed, is_public, private_address
from bot.feeds.answers import FetchError


class GuardedResolver(AbstractResolver):
    """Looks a name up once and answers only with public addresses; aiohttp connects to exactly these.

    One address that is not public refuses the name: nobody has an honest reason to mix them. aiohttp does not ask a
    resolver about hosts that are written as an address; `web_address` judges those.
    """

    def __init__(self, resolver: AbstractResolver, allowed_hosts: frozenset[str]) -> None:
        self._resolver = resolver
        self._allowed_hosts = allowed_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises `FetchError` if one is not public, `OSError` if there is none."""
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise OSError("no address")
        if not is_allowed(host, port, self._allowed_hosts) and not all(map(_is_public, found)):
            raise FetchError(private_address())
        return found

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._resolver.close()


def _is_public(found: ResolveResult) -> bool:
    try:
        return is_public(ip_address(found["host"]))
    except ValueError:
        return False


class ThreadResolver(AbstractResolver):
    """Asks the operating system, in threads of its own.

    A name server that is silent holds a thread for half a minute. In asyncio's common threads, of which a small
    machine has few, some dead blogs would keep everything else waiting that the bot does there.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="feed-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`; raises `OSError` where it has none."""
        look_up = partial(socket.getaddrinfo, host, port, family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads end; nobody waits for those that a name server holds."""
        self._threads.shutdown(wait=False)


class Queue:
    """Lets so many in at once, and of these so many per host."""

    def __init__(self, at_once: int, per_host: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(partial(asyncio.Semaphore, per_host))
        self._present: defaultdict[str, int] = defaultdict(int)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncGenerator[None]:
        """Within the block it is this caller's turn with `host`."""
        host = host.removesuffix(".")
        self._present[host] += 1
        try:
            # The host's first: those who wait for a slow host then take no place that others could use.
            async with self._hosts[host], self._all:
                yield
        finally:
            self._present[host] -= 1
            if not self._present[host]:
                del self._present[host], self._hosts[host]
