"""Unpacks what a web server sends, piece by piece, so that a small body that unpacks to a huge one costs nothing."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import brotli  # pyright: ignore[reportMissingTypeStubs]

from bot.feeds.answers import FetchError
from bot.feeds.documents import Failure, Trouble

#: What the bot can unpack, as it tells the servers.
ACCEPT_ENCODING = "gzip, deflate, br"
#: Brotli tells pyright nothing of its types.
_brotli: Any = brotli
#: How much is unpacked in one step, in bytes; brotli gives up to twice as much (google/brotli, issue 1396).
PIECE = 2**18


async def read_unpacked(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """The whole body; `encoding` is its Content-Encoding, and `limit` holds for it packed and unpacked, in bytes.

    Raises `FetchError` when it is too large, broken, cut off, or packed in another way.
    """
    unpacker = _unpacker(encoding.strip().lower())
    body, packed = bytearray(), 0
    try:
        async for chunk in chunks:
            packed += len(chunk)
            for piece in unpacker.pieces(chunk):
                body += piece
                if max(packed, len(body)) > limit:
                    raise too_large(limit)
    except (zlib.error, _brotli.error):
        raise _unreadable("What the blog's server sent is damaged.") from None
    if packed and not unpacker.is_complete:
        raise _unreadable("What the blog's server sent broke off in the middle.")
    return bytes(body)


def too_large(limit: int) -> FetchError:
    """The error for a body over `limit` bytes."""
    reason = f"The blog's page is too large for me: I read up to {limit / 2**20:g} MB."
    return FetchError(Failure(Trouble.TOO_LARGE, reason))


def _unreadable(reason: str) -> FetchError:
    return FetchError(Failure(Trouble.UNREADABLE, reason))


class _Unpacker(Protocol):
    @property
    def is_complete(self) -> bool: ...

    def pieces(self, data: bytes) -> Iterator[bytes]: ...


def _unpacker(encoding: str) -> _Unpacker:
    match encoding:
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case "deflate":
            return _Deflate()
        case "br":
            return _Brotli()
        case _:
            raise _unreadable("The blog's server packs its page in a way that I cannot unpack.")


class _Plain:
    is_complete = True

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Inflater:
    """One zlib stream; `rest` is what followed its end."""

    def __init__(self, wbits: int) -> None:
        self._inflate = zlib.decompressobj(wbits)

    @property
    def is_complete(self) -> bool:
        return self._inflate.eof

    @property
    def rest(self) -> bytes:
        return self._inflate.unused_data

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._inflate.decompress(data, PIECE)
            yield piece
            data = self._inflate.unconsumed_tail
            # After a full piece there may be more inside, though all of the data was taken.
            if self._inflate.eof or not (data or len(piece) == PIECE):
                return


class _Gzip:
    """Members in a row (RFC 1952, 2.2); what follows and is none, such as padding, is left alone as browsers do."""

    _MAGIC = 0x1F

    def __init__(self) -> None:
        self._member = _Inflater(zlib.MAX_WBITS | 16)
        self._is_over = False

    @property
    def is_complete(self) -> bool:
        return self._member.is_complete

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_over:
            if self._member.is_complete:
                self._is_over = data[0] != self._MAGIC
                if self._is_over:
                    return
                self._member = _Inflater(zlib.MAX_WBITS | 16)
            yield from self._member.pieces(data)
            data = self._member.rest


class _Deflate:
    """With a zlib header as RFC 9110 (8.4.1.2) has it, or without, as some servers understood it."""

    def __init__(self) -> None:
        self._stream: _Inflater | None = None
        self._start = b""

    @property
    def is_complete(self) -> bool:
        return self._stream is not None and self._stream.is_complete

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._start = self._start + data
            if len(data) < 2:
                return
            has_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0  # RFC 1950, 2.2
            self._stream = _Inflater(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        if not self._stream.is_complete:
            yield from self._stream.pieces(data)


class _Brotli:
    def __init__(self) -> None:
        self._brotli = _brotli.Decompressor()

    @property
    def is_complete(self) -> bool:
        return self._brotli.is_finished()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        # It does not tell whether there is more inside: one asks until nothing comes (google/brotli, pull 1234).
        while piece := self._brotli.process(data, output_buffer_limit=PIECE):
            yield piece
            data = b""
