"""Bodies over the wire: packed in each way, damaged, cut off, and far too large."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from random import Random

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.client import SIZE_LIMIT, FeedClient
from bot.feeds.documents import Failure, Page, Trouble
from bot.feeds.unpacking import PIECE, read_unpacked
from tests.feeds.web import PACKERS, LoopbackWeb, Reply, in_pieces, packed

FEED = b"<rss>" + b"<item>A post about the sea</item>" * 500 + b"</rss>"
TEN_GIGABYTES = 10 * 2**30


@pytest.fixture
async def client() -> AsyncIterator[FeedClient]:
    client = FeedClient("Tribekeeper", frozenset({"127.0.0.1"}), time_limit=60)
    yield client
    await client.close()


async def body_at(client: FeedClient, url: str) -> bytes:
    page = await client.fetch(url)
    assert isinstance(page, Page), page
    return page.body


async def trouble_at(client: FeedClient, url: str) -> Trouble:
    failure = await client.fetch(url)
    assert isinstance(failure, Failure), failure
    return failure.trouble


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_each_way_of_packing_is_understood(web: LoopbackWeb, client: FeedClient, packing: str, size: int) -> None:
    reply = web.pages["/feed"] = packed(FEED, packing)
    assert isinstance(reply.body, bytes)
    reply.body = in_pieces(reply.body, size)
    assert await body_at(client, web.url("/feed")) == FEED


@settings(deadline=None)
@given(
    st.sampled_from(sorted(PACKERS)),
    st.integers(1, 99),
    st.lists(st.integers(1, 2**20), max_size=4),
    st.integers(1, 2**17),
)
async def test_what_was_packed_comes_out_whatever_it_was(packing: str, seed: int, sizes: list[int], step: int) -> None:
    body = b"".join(Random(seed).randbytes(size) if number % 2 else bytes(size) for number, size in enumerate(sizes))
    packed_body = PACKERS[packing](body)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(packed_body), step + len(packed_body) // 100):
            yield packed_body[start : start + step + len(packed_body) // 100]

    assert await read_unpacked(chunks(), packing.removeprefix("raw "), limit=2**23) == body


async def test_what_is_left_inside_after_the_last_byte_comes_out_too(web: LoopbackWeb, client: FeedClient) -> None:
    # Of zeros a bit longer than one piece, raw deflate hands over the last only when it is asked once more.
    body = bytes(PIECE + 25)
    web.pages["/feed"] = packed(body, "raw deflate")
    assert await body_at(client, web.url("/feed")) == body


@pytest.mark.parametrize("encoding", ["", "identity", "GZIP", "x-gzip", " br "])
async def test_the_way_of_packing_may_be_written_in_some_ways(
    web: LoopbackWeb, client: FeedClient, encoding: str
) -> None:
    body = PACKERS.get(encoding.strip().lower().removeprefix("x-"), bytes)(FEED)
    web.pages["/feed"] = Reply(body, headers={"Content-Encoding": encoding})
    assert await body_at(client, web.url("/feed")) == FEED


@pytest.mark.parametrize("encoding", ["zstd", "compress", "gzip, br", "no such"])
async def test_another_way_of_packing_is_told(web: LoopbackWeb, client: FeedClient, encoding: str) -> None:
    web.pages["/feed"] = Reply(FEED, headers={"Content-Encoding": encoding})
    assert await trouble_at(client, web.url("/feed")) is Trouble.UNREADABLE


async def test_gzip_may_come_in_several_members_and_with_padding(web: LoopbackWeb, client: FeedClient) -> None:
    body = gzip.compress(FEED[:99]) + gzip.compress(b"") + gzip.compress(FEED[99:]) + b"\0" * 99
    for size in (1, 100_000):
        web.pages["/feed"] = Reply(in_pieces(body, size), headers={"Content-Encoding": "gzip"})
        assert await body_at(client, web.url("/feed")) == FEED


@pytest.mark.parametrize("packing", PACKERS)
async def test_a_body_as_large_as_the_limit_is_read(web: LoopbackWeb, client: FeedClient, packing: str) -> None:
    body = Random(1).randbytes(2**20) * 4 + b"a" * 2**20
    assert len(body) == SIZE_LIMIT
    web.pages["/most"] = packed(body, packing)
    web.pages["/more"] = packed(body + b"a", packing)
    assert await body_at(client, web.url("/most")) == body
    assert await trouble_at(client, web.url("/more")) is Trouble.TOO_LARGE


@pytest.mark.parametrize("packing", PACKERS)
async def test_nothing_inside_is_an_empty_page(web: LoopbackWeb, client: FeedClient, packing: str) -> None:
    web.pages["/inside"] = packed(b"", packing)
    web.pages["/outside"] = Reply(headers={"Content-Encoding": packing.removeprefix("raw ")})
    assert await trouble_at(client, web.url("/inside")) is Trouble.EMPTY
    assert await trouble_at(client, web.url("/outside")) is Trouble.EMPTY


@pytest.mark.parametrize("packing", PACKERS)
async def test_a_damaged_body_is_unreadable(web: LoopbackWeb, client: FeedClient, packing: str) -> None:
    whole = PACKERS[packing](Random(1).randbytes(9999))
    headers = {"Content-Encoding": packing.removeprefix("raw ")}
    # These two carry a checksum; of the others only the form can be wrong.
    damaged = [whole[:50] + b"\xff" * 50 + whole[100:]] if packing in ("gzip", "deflate") else []
    for body in (b"\xff" * 99, whole[: len(whole) // 2], whole[:-1], whole[:1], *damaged):
        web.pages["/feed"] = Reply(body, headers=headers)
        assert await trouble_at(client, web.url("/feed")) is Trouble.UNREADABLE


def gzip_bomb(wbits: int) -> Iterator[bytes]:
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, wbits), bytes(2**20)
    for _ in range(TEN_GIGABYTES // len(zeros)):
        yield packer.compress(zeros)
    yield packer.flush()


def brotli_bomb() -> Iterator[bytes]:
    packer, zeros = brotli.Compressor(quality=1), bytes(2**24)
    for _ in range(TEN_GIGABYTES // len(zeros)):
        yield packer.process(zeros)
    yield packer.finish()


BOMBS: dict[str, tuple[str, Callable[[], Iterator[bytes]]]] = {
    "gzip": ("gzip", lambda: gzip_bomb(31)),
    "deflate": ("deflate", lambda: gzip_bomb(15)),
    "raw deflate": ("deflate", lambda: gzip_bomb(-15)),
    "br": ("br", brotli_bomb),
    "one small brotli": ("br", lambda: iter([brotli.compress(bytes(2**26), quality=1)])),
    "one small gzip": ("gzip", lambda: iter([gzip.compress(bytes(2**26))])),
    "plain": ("", lambda: (bytes(2**16) for _ in range(2**18))),
    "nothing in it, for ever": ("gzip", lambda: (gzip.compress(b"") * 3000 for _ in range(2**18))),
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_costs_no_memory(web: LoopbackWeb, client: FeedClient, bomb: str) -> None:
    encoding, pieces = BOMBS[bomb]
    prepared = list(pieces()) if "small" in bomb else None
    web.pages["/bomb"] = Reply((lambda: prepared) if prepared else pieces, headers={"Content-Encoding": encoding})
    tracemalloc.start()
    try:
        assert await trouble_at(client, web.url("/bomb")) is Trouble.TOO_LARGE
        # With the bytes that become the body, what the growing buffer keeps in reserve, and the server in this process.
        assert tracemalloc.get_traced_memory()[1] < 3 * SIZE_LIMIT + (2**25 if bomb == "br" else 2**22)
    finally:
        tracemalloc.stop()


async def test_a_body_that_says_it_is_too_large_is_not_read(web: LoopbackWeb) -> None:
    client = FeedClient("Tribekeeper", frozenset({"127.0.0.1"}), size_limit=1000, time_limit=5)
    web.pages["/feed"] = Reply(headers={"Content-Length": "1001"}, hang_up=False)
    assert await trouble_at(client, web.url("/feed")) is Trouble.TOO_LARGE
    while not web.broken_off:
        await asyncio.sleep(0)
    web.pages["/feed"] = Reply(b"a" * 1000)
    assert len(await body_at(client, web.url("/feed"))) == 1000
    web.pages["/feed"] = Reply(in_pieces(b"a" * 1001, 10))
    assert await trouble_at(client, web.url("/feed")) is Trouble.TOO_LARGE
    await client.close()


async def test_the_limit_is_told_in_plain_words(web: LoopbackWeb, client: FeedClient) -> None:
    web.pages["/feed"] = Reply(headers={"Content-Length": str(10**12)})
    said = "The blog's page is too large for me: I read up to 5 MB."
    assert await client.fetch(web.url("/feed")) == Failure(Trouble.TOO_LARGE, said)
