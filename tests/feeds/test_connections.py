import asyncio

from bot.feeds.connections import Queue


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
