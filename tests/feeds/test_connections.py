"""The queue before the blogs: who waits, who is let in, and what is left when all have gone."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.feeds.client import FeedClient
from bot.feeds.connections import Queue
from bot.feeds.documents import Failure, Page, Trouble
from tests.feeds.web import Asked, LoopbackWeb, Names, Reply

FEED = b"<rss/>"


@pytest.fixture
async def client() -> AsyncIterator[FeedClient]:
    client = new_client()
    yield client
    await client.close()


def new_client(*allowed: str, **settings: Any) -> FeedClient:
    return FeedClient("Tribekeeper", frozenset(allowed or ["127.0.0.1"]), **settings)


async def test_a_closed_client_opens_again(web: LoopbackWeb) -> None:
    web.pages["/feed"] = Reply(FEED)
    client = new_client()
    await client.close()
    for _ in range(2):
        assert isinstance(await client.fetch(web.url("/feed")), Page)
        await client.close()
    assert not [
        thread for thread in threading.enumerate() if thread.name.startswith("feed-names") and thread.is_alive()
    ]


async def test_names_are_looked_up_in_threads_that_end_with_the_client(web: LoopbackWeb) -> None:
    web.pages["/feed"] = Reply(FEED)
    client = new_client(f"localhost:{web.port}")
    assert isinstance(await client.fetch(web.url("/feed", host="localhost")), Page)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("feed-names")]
    assert threads
    await client.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


async def test_no_more_than_so_many_fetches_run_at_once(web: LoopbackWeb) -> None:
    gate = asyncio.Event()
    web.pages["/feed"] = Reply(FEED, gate=gate)
    hosts = [f"blog{number}.example" for number in range(30)]
    client = new_client(*hosts, resolver=Names(**{host.replace(".", "_"): [["127.0.0.1"]] for host in hosts}))
    fetches = [asyncio.create_task(client.fetch(web.url("/feed", host))) for host in hosts for _ in range(3)]
    while web.most_open < 20:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    gate.set()
    assert all(isinstance(answer, Page) for answer in await asyncio.gather(*fetches))
    assert web.most_open == 20
    await client.close()


async def test_one_host_gets_two_at_once_and_holds_up_no_other(web: LoopbackWeb) -> None:
    gate = asyncio.Event()
    web.pages["/slow"] = Reply(FEED, gate=gate)
    web.pages["/quick"] = Reply(FEED)
    hosts = ("slow.example", "quick.example")
    client = new_client(*hosts, resolver=Names(slow_example=[["127.0.0.1"]], quick_example=[["127.0.0.1"]]))
    slow = [asyncio.create_task(client.fetch(web.url("/slow", host="slow.example"))) for _ in range(50)]
    await asyncio.sleep(0)
    assert isinstance(await client.fetch(web.url("/quick", host="quick.example")), Page)
    while web.paths().count("/slow") < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert web.paths().count("/slow") == 2
    gate.set()
    assert all(isinstance(answer, Page) for answer in await asyncio.gather(*slow))
    await client.close()


async def test_the_wait_in_the_queue_costs_no_time(web: LoopbackWeb) -> None:
    web.pages["/feed"] = Reply(FEED, pause=0.06)
    client = new_client(time_limit=0.8, per_host=1)
    answers = await asyncio.gather(*(client.fetch(web.url("/feed")) for _ in range(8)))
    assert all(isinstance(answer, Page) for answer in answers)
    await client.close()


async def test_who_is_cancelled_gives_the_place_back(web: LoopbackWeb) -> None:
    web.pages["/silent"] = Reply(gate=asyncio.Event())
    web.pages["/feed"] = Reply(FEED)
    client = new_client()
    fetches = [asyncio.create_task(client.fetch(web.url("/silent"))) for _ in range(100)]
    while web.most_open < 2:
        await asyncio.sleep(0.01)
    for fetch in fetches:
        fetch.cancel()
    assert all(
        isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*fetches, return_exceptions=True)
    )
    assert isinstance(await client.fetch(web.url("/feed")), Page)
    await client.close()


async def test_who_waits_while_the_client_is_closed_gets_an_answer(web: LoopbackWeb) -> None:
    web.pages["/silent"] = Reply(gate=asyncio.Event())
    client = new_client()
    fetches = [asyncio.create_task(client.fetch(web.url("/silent"))) for _ in range(10)]
    while web.most_open < 2:
        await asyncio.sleep(0.01)
    await client.close()
    answers = await asyncio.gather(*fetches)
    assert {answer.trouble for answer in answers if isinstance(answer, Failure)} == {
        Trouble.OURS, Trouble.UNREACHABLE,
    }  # fmt: skip
    assert len(web.asked) == 2


async def test_a_thousand_fetches_in_one_go_all_end(web: LoopbackWeb, client: FeedClient) -> None:
    def page(asked: Asked) -> Reply:
        return Reply(asked.path.encode()) if int(asked.path.partition("=")[2]) % 3 else Reply(status=500)

    web.pages["/feed"] = page
    answers = await asyncio.gather(*(client.fetch(web.url(f"/feed?n={number}")) for number in range(1000)))
    assert [isinstance(answer, Page) for answer in answers] == [bool(number % 3) for number in range(1000)]
    assert len(web.asked) == 1000


async def test_a_name_with_a_full_stop_is_the_same_host() -> None:
    queue, waiting = Queue(at_once=9, per_host=1), asyncio.Event()

    async def go_in() -> None:
        async with queue.turn("blog.example."):
            waiting.set()

    async with queue.turn("blog.example"):
        task = asyncio.create_task(go_in())
        for _ in range(9):
            await asyncio.sleep(0)
        assert not waiting.is_set()
    await task
    assert waiting.is_set()


async def test_the_queue_keeps_nothing_of_those_who_have_left() -> None:
    queue = Queue(at_once=2, per_host=1)

    async def go_in(number: int) -> None:
        async with queue.turn(f"blog{number % 10}.example"):
            await asyncio.sleep(0)

    visits = [asyncio.create_task(go_in(number)) for number in range(100)]
    await asyncio.sleep(0)
    for visit in visits[::3]:
        visit.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    assert (len(queue._hosts), len(queue._present)) == (0, 0)
