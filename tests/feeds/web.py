"""A small web of blogs on this machine's loopback: scripted answers, faults on the wire, and what was asked.

It speaks HTTP by hand, one request per connection, so that an answer may also be wrong in any way.

    async with LoopbackWeb() as web:
        web.pages["/feed"] = Reply(b"<rss/>", headers={"ETag": '"1"'})
        await client.fetch(web.url("/feed"))
        assert web.asked[0].headers["user-agent"]
"""

import asyncio
import gzip
import socket
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self

import brotli
from aiohttp.abc import AbstractResolver, ResolveResult

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw deflate": lambda body: zlib.compress(body, wbits=-zlib.MAX_WBITS),
    "br": lambda body: brotli.compress(body, quality=4),
}

#: How a client begins that wants encryption.
_TLS_HELLO = b"\x16"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the path with its query, and the headers under small names."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Reply:
    """One answer. A Content-Length is sent for `bytes`, unless the headers say otherwise.

    `body` may be pieces, made while they are sent; without a Content-Length they end with the connection.
    `pause` is in seconds, before each piece; `gate` is waited for before anything is sent; `hang_up` leaves the
    connection open and silent (False) or closes it (True) at the end. `raw` replaces the whole answer.
    """

    body: bytes | Callable[[], Iterable[bytes]] = b""
    status: int = 200
    headers: Mapping[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    pause: float = 0
    gate: asyncio.Event | None = None
    hang_up: bool = True
    raw: bytes | None = None

    def head(self) -> bytes:
        """Status line and headers as they go over the wire."""
        reason = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Odd"
        headers: dict[str, str | bytes] = {"Connection": "close"}
        if isinstance(self.body, bytes) and self.status not in (204, 304):
            headers["Content-Length"] = str(len(self.body))
        headers |= self.headers
        lines = [f"HTTP/1.1 {self.status} {reason}".encode()]
        lines += [name.encode() + b": " + _encoded(value) for name, value in headers.items() if value]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def pieces(self) -> Iterable[bytes]:
        """The body in the pieces it is sent in."""
        return [self.body] if isinstance(self.body, bytes) else self.body()


def _encoded(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def redirect(to: str, status: int = 302) -> Reply:
    """A redirect to an address, absolute or not."""
    return Reply(status=status, headers={"Location": to})


def packed(body: bytes, packing: str) -> Reply:
    """`body` in one of the `PACKERS`."""
    return Reply(PACKERS[packing](body), headers={"Content-Encoding": packing.removeprefix("raw ")})


def in_pieces(body: bytes, size: int) -> Callable[[], Iterator[bytes]]:
    """`body`, to be sent in pieces of `size` bytes."""
    return lambda: (body[start : start + size] for start in range(0, len(body), size))


class LoopbackWeb:
    """Serves `pages` by path (without the query); 404 for others. A page is a `Reply`, or makes one from what is asked.

    `asked` is what came in; `most_open` how many requests stood open at the same time; `broken_off` how many answers
    the client did not take to their end.
    """

    def __init__(self, host: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Reply | Callable[[Asked], Reply]] = {}
        self.asked: list[Asked] = []
        self.most_open = self.broken_off = self._open = 0
        self._host, self.port, self._tls = host, port, tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, self.port, ssl=self._tls, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str, host: str = "") -> str:
        """The address of `path` here; `host` is another name for this place."""
        return f"http{'s' if self._tls else ''}://{host or self._host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            start = await reader.readexactly(1)
            if start == _TLS_HELLO:  # As servers do that expect a plain request; nothing of it is recorded.
                writer.write(Reply(status=400).head())
            else:
                await self._answer(await _read(start, reader), reader, writer)
        except (OSError, asyncio.IncompleteReadError, UnicodeDecodeError):
            self.broken_off += 1
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        page = self.pages.get(asked.path.partition("?")[0], Reply(status=404))
        reply = page if isinstance(page, Reply) else page(asked)
        if reply.gate:
            await reply.gate.wait()
        for piece in [reply.raw] if reply.raw is not None else _wire(reply):
            await asyncio.sleep(reply.pause)
            writer.write(piece)
            await writer.drain()
        if not reply.hang_up:
            await reader.read()
            self.broken_off += 1


def _wire(reply: Reply) -> Iterator[bytes]:
    yield reply.head()
    yield from reply.pieces()


async def _read(start: bytes, reader: asyncio.StreamReader) -> Asked:
    line, *headers = (start + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    named = (header.partition(":") for header in headers)
    return Asked(line.split(" ")[1], {name.lower(): value.strip() for name, _, value in named})


class Names(AbstractResolver):
    """A name server of the tests' own: each name has its answers in turn, lists of addresses; the last one stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): rounds for name, rounds in answers.items()}
        self.looked_up: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The next answer for this name; any other is unknown."""
        self.looked_up.append(host)
        rounds = self.answers.get(host)
        if rounds is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        addresses = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""
