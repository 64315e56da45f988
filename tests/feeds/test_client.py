"""The client against a real web on loopback: what it asks, what it makes of the answers, and where it does not go."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from bot.clock import Clock
from bot.feeds.client import FeedClient
from bot.feeds.documents import Failure, Page, Trouble, Unchanged, Validators
from tests.feeds.web import LoopbackWeb, Names, Reply, packed, redirect
from tests.simkit import Stage

FEED = b"<rss><channel><title>A blog</title></channel></rss>"
AGENT = "Tribekeeper/1.0 (+https://tribe.example)"
#: No test waits for it: the tests that see it run out set a shorter one.
PATIENCE = 10.0


@pytest.fixture
async def client() -> AsyncIterator[FeedClient]:
    client = new_client()
    yield client
    await client.close()


def new_client(*allowed: str, **settings: Any) -> FeedClient:
    return FeedClient(AGENT, frozenset(allowed or ["127.0.0.1"]), **{"time_limit": PATIENCE} | settings)


async def trouble_at(client: FeedClient, url: str) -> Trouble:
    answer = await client.fetch(url)
    assert isinstance(answer, Failure), answer
    assert answer.reason.endswith(".")
    assert ". " not in answer.reason
    assert len(answer.reason) < 120
    assert url not in answer.reason
    return answer.trouble


async def test_a_page_comes_with_what_is_known_about_it(web: LoopbackWeb, client: FeedClient) -> None:
    kept = {"ETag": '"1"', "Last-Modified": "Wed, 01 Apr 2026 12:00:00 GMT", "Cache-Control": "public, max-age=300"}
    web.pages["/feed"] = Reply(FEED, headers={"Content-Type": "application/rss+xml; charset=utf-8"} | kept)
    assert await client.fetch(web.url("/feed?a=1#top")) == Page(
        url=web.url("/feed?a=1"),
        body=FEED,
        content_type="application/rss+xml; charset=utf-8",
        validators=Validators('"1"', "Wed, 01 Apr 2026 12:00:00 GMT"),
        max_age=timedelta(minutes=5),
        moved_to=None,
        asked_at=web.url("/feed?a=1"),
    )


async def test_the_server_learns_who_asks_and_for_what(web: LoopbackWeb, client: FeedClient) -> None:
    await client.fetch(web.url("/feed"))
    [asked] = web.asked
    assert asked.headers["user-agent"] == AGENT
    assert asked.headers["accept"].startswith("application/rss+xml, application/atom+xml, application/feed+json")
    assert {item.strip() for item in asked.headers["accept-encoding"].split(",")} == {"gzip", "deflate", "br"}
    assert asked.headers["connection"] == "close"
    assert not {"if-none-match", "if-modified-since", "cookie", "referer"} & set(asked.headers)


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "unquoted", '"with space, and \'"', '"grün"', '""'])
@pytest.mark.parametrize("modified", ["Wed, 01 Apr 2026 12:00:00 GMT", "yesterday", ""])
async def test_what_the_server_said_is_sent_back_as_it_was(
    web: LoopbackWeb, client: FeedClient, etag: str, modified: str
) -> None:
    web.pages["/feed"] = Reply(FEED, headers={"ETag": etag, "Last-Modified": modified})
    page = await client.fetch(web.url("/feed"))
    assert isinstance(page, Page)
    web.pages["/feed"] = Reply(status=304, headers={"Cache-Control": "max-age=60"})
    assert await client.fetch(web.url("/feed"), page.validators) == Unchanged(timedelta(minutes=1))
    assert web.asked[1].headers["if-none-match"] == etag
    assert web.asked[1].headers.get("if-modified-since", "") == modified


async def test_a_server_that_was_not_asked_cannot_say_that_nothing_changed(
    web: LoopbackWeb, client: FeedClient
) -> None:
    web.pages["/feed"] = Reply(status=304)
    assert await trouble_at(client, web.url("/feed")) is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        *[(410, Trouble.GONE), (404, Trouble.NOT_FOUND), (429, Trouble.BUSY), (503, Trouble.BUSY)],
        *[(status, Trouble.REFUSED) for status in (400, 401, 402, 403, 406, 418, 451)],
        *[(status, Trouble.SERVER_ERROR) for status in (500, 502, 504, 520, 999)],
        *[(200, Trouble.EMPTY), (201, Trouble.EMPTY), (204, Trouble.EMPTY), (205, Trouble.EMPTY)],
        *[(300, Trouble.UNREADABLE), (305, Trouble.UNREADABLE)],
    ],
)
async def test_each_status_has_its_meaning(web: LoopbackWeb, client: FeedClient, status: int, trouble: Trouble) -> None:
    web.pages["/feed"] = Reply(FEED if status >= 300 else b"", status=status)
    assert await trouble_at(client, web.url("/feed")) is trouble


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_says_when_to_come_back(web: LoopbackWeb, status: int) -> None:
    now = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
    client = new_client(clock=Clock(lambda: now))
    for said in ("120", "Wed, 01 Apr 2026 12:02:00 GMT"):
        web.pages["/feed"] = Reply(status=status, headers={"Retry-After": said})
        answer = await client.fetch(web.url("/feed"))
        assert isinstance(answer, Failure)
        assert answer.retry_after == timedelta(minutes=2)
    await client.close()


async def test_no_cookie_is_kept(web: LoopbackWeb) -> None:
    client = new_client("blog.example", resolver=Names(blog_example=[["127.0.0.1"]]))
    web.pages["/feed"] = Reply(FEED, headers={"Set-Cookie": "seen=1"})
    web.pages["/moved"] = Reply(status=301, headers={"Location": "/feed", "Set-Cookie": "seen=1"})
    for path in ("/moved", "/feed"):
        assert isinstance(await client.fetch(web.url(path, host="blog.example")), Page)
    assert [asked.headers.get("cookie") for asked in web.asked] == [None] * 3
    await client.close()


async def test_a_proxy_of_the_environment_is_not_used(
    web: LoopbackWeb, client: FeedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages["/feed"] = Reply(FEED)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert isinstance(await client.fetch(web.url("/feed")), Page)


async def test_a_server_that_is_silent_or_drips_is_left(web: LoopbackWeb) -> None:
    web.pages["/silent"] = Reply(gate=asyncio.Event())
    web.pages["/drip"] = Reply(lambda: iter(lambda: b" ", b""), pause=0.02)
    web.pages["/long-head"] = Reply(raw=b"HTTP/1.1 200 OK\r\n", hang_up=False)
    client = new_client(time_limit=0.2)
    for path in web.pages:
        began_at = monotonic()
        answer = await client.fetch(web.url(path))
        assert answer == Failure(Trouble.TOO_SLOW, "The blog's server took longer than 0.2 seconds.")
        assert monotonic() - began_at < 2
    await client.close()


async def test_all_redirects_share_the_time(web: LoopbackWeb) -> None:
    for number in range(4):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}")
        web.pages[f"/{number}"].pause = 0.1  # type: ignore[union-attr]
    web.pages["/4"] = Reply(FEED)
    client = new_client(time_limit=0.3)
    assert await trouble_at(client, web.url("/0")) is Trouble.TOO_SLOW
    await client.close()


@pytest.mark.parametrize(
    "raw",
    [
        *[b"", b"\x00\xff" * 50, b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\nx"],
        *[b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"],
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbroken off",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbroke",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 100_000 + b"\r\nbody",
        b"HTTP/1.1 200 " + b"O" * 100_000 + b"\r\n\r\nbody",
        b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBroken Header\r\n\r\nbody",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_an_answer_that_is_none_is_a_failure(web: LoopbackWeb, raw: bytes) -> None:
    web.pages["/feed"] = Reply(raw=raw)
    client = new_client(time_limit=2)
    assert await trouble_at(client, web.url("/feed")) in (Trouble.UNREACHABLE, Trouble.UNREADABLE, Trouble.NOT_FOUND)
    await client.close()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The blog's server hung up before it answered."),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "The blog's server answered in a way that I cannot read."),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10_000, "The blog's server answered in a way that I cannot read."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbroken off",
            "The connection broke off before the whole page had arrived.",
        ),
    ],
)
async def test_a_fault_on_the_wire_is_told_in_plain_words(
    web: LoopbackWeb, client: FeedClient, raw: bytes, said: str
) -> None:
    web.pages["/feed"] = Reply(raw=raw)
    answer = await client.fetch(web.url("/feed"))
    assert isinstance(answer, Failure)
    assert answer.reason == said
    assert answer.trouble is (Trouble.UNREADABLE if "cannot read" in said else Trouble.UNREACHABLE)


async def test_headers_in_a_strange_alphabet_do_not_reach_the_database(web: LoopbackWeb, client: FeedClient) -> None:
    web.pages["/feed"] = Reply(FEED, headers={"ETag": b'"\xff\xfe"', "Content-Type": b"text/\xff"})
    page = await client.fetch(web.url("/feed"))
    assert isinstance(page, Page)
    assert (page.validators, page.content_type) == (Validators(), "")


async def test_a_server_that_is_not_there_is_unreachable(client: FeedClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        said = "The blog's server does not take connections just now."
        assert await client.fetch(url) == Failure(Trouble.UNREACHABLE, said)


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    for names in (Names(), Names(blog_example=[[]])):
        client = new_client(resolver=names)
        said = "The name of the blog's site could not be found."
        assert await client.fetch("http://blog.example/") == Failure(Trouble.UNREACHABLE, said)
        await client.close()


async def test_a_name_server_that_is_silent_is_left() -> None:
    class Silent(Names):
        async def resolve(self, *_: object) -> Any:
            await asyncio.Event().wait()

    client = new_client(resolver=Silent(), time_limit=0.1)
    assert await trouble_at(client, "http://blog.example/") is Trouble.TOO_SLOW
    await client.close()


async def test_a_connection_without_real_encryption_is_insecure(web: LoopbackWeb, client: FeedClient) -> None:
    assert await trouble_at(client, web.url("/").replace("http:", "https:")) is Trouble.INSECURE


async def test_a_certificate_that_nobody_vouches_for_is_insecure(client: FeedClient) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    async with LoopbackWeb(tls=tls) as web:
        answer = await client.fetch(web.url("/"))
    said = "The security certificate of the blog's site was signed by itself and by nobody else."
    assert answer == Failure(Trouble.INSECURE, said)
    assert web.asked == []


async def test_nothing_of_a_fetch_reaches_the_log(
    web: LoopbackWeb, client: FeedClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.pages["/feed"] = Reply(b"what stands there")
    web.pages["/damaged"] = Reply(b"what stands there", headers={"Content-Encoding": "gzip"})
    for path in ("/feed", "/damaged", "/missing"):
        await client.fetch(web.url(f"{path}?key=secret"))
    await client.fetch("http://ann:secret@blog.example/")
    assert "secret" not in caplog.text
    assert "what stands there" not in caplog.text


async def test_it_works_on_the_simulated_stage(web: LoopbackWeb, client: FeedClient, stage: Stage) -> None:
    web.pages |= {"/old": redirect("/feed"), "/feed": packed(FEED, "gzip")}
    answers: list[object] = []

    async def read(_: object) -> None:
        answers.extend(await asyncio.gather(*(client.fetch(web.url("/old")) for _ in range(5))))

    stage.bot.add_listener(read, "on_member_join")
    await stage.join("maya")
    assert [isinstance(answer, Page) for answer in answers] == [True] * 5
