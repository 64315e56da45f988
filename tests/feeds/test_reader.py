"""The process beside the bot: whatever happens in it, the bot gets an answer, and the next page is read."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.feeds.documents import Candidate, Document, Failure, Page, Trouble
from bot.feeds.parsing import parsed
from bot.feeds.reader import FeedReader
from tests.feeds import tasks

ROOT = Path(__file__).resolve().parents[2]
FEED = Page("https://blog.example/feed", (Path(__file__).parent / "samples" / "wordpress.rss").read_bytes(), "text/xml")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")


@asynccontextmanager
async def reading(
    limit: float = 10, **settings: int
) -> AsyncIterator[Callable[[str], "asyncio.Task[Document | Failure]"]]:
    """A reader whose workers do what they are told; the way to tell them."""
    reader = FeedReader(limit=timedelta(seconds=limit), parse=tasks.perform, **settings)
    try:
        yield lambda what: asyncio.create_task(reader.parse(Page("", what.encode())))
    finally:
        await reader.close()


def said(answer: Document | Failure) -> str:
    """What a worker answered."""
    assert isinstance(answer, Document), answer
    return answer.title


def reason(answer: Document | Failure) -> str:
    """Why there was no answer."""
    assert isinstance(answer, Failure), answer
    assert answer.trouble in (Trouble.UNREADABLE, Trouble.OURS)
    return answer.reason


def is_alive(pid: int) -> bool:
    """Whether a process exists, be it as a zombie."""
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def zombies() -> list[int]:
    """The children of this process that ended and were not waited for."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state == "Z" and int(parent) == os.getpid():
                found.append(int(stat.parent.name))
    return found


async def gone(pid: int, within: float = 10) -> bool:
    """Whether a process is gone, soon at the latest."""
    deadline = time.monotonic() + within
    while is_alive(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return not is_alive(pid)


async def test_pages_are_read_as_in_this_process() -> None:
    reader = FeedReader()
    page = Page("https://blog.example/", b'<link rel="alternate" type="application/rss+xml" href="/feed">')
    assert await reader.parse(FEED) == parsed(FEED)
    assert await reader.parse(page) == parsed(page)
    assert await reader.discover(page) == [Candidate("https://blog.example/feed", "", "rss")]
    assert await reader.discover(Page("https://blog.example/", b"")) == []
    await reader.close()


async def test_the_worker_is_another_process_without_the_weight_of_the_bot() -> None:
    async with reading() as tell:
        assert said(await tell("greet")) != str(os.getpid())
        modules = said(await tell("modules")).split()
        assert "feedparser" in modules
        assert not {"discord", "sqlalchemy", "aiohttp", "matplotlib", "pytest", "bot.app", "bot.client"} & set(modules)


@posix_only
async def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    async with reading(limit=0.5) as tell:
        for what in ("sleep", "spin"):
            before = said(await tell("greet"))
            started = time.monotonic()
            assert "longer than 0.5 seconds" in reason(await tell(what))
            assert time.monotonic() - started < 8
            assert said(await tell("greet")) != before
            assert await gone(int(before))


@pytest.mark.parametrize("what", ["exit", "fail", "gorge"])
async def test_a_worker_that_crashes_is_a_failure_and_the_next_page_is_read(what: str) -> None:
    async with reading() as tell:
        assert reason(await tell(what))
        assert said(await tell("greet"))


@posix_only
async def test_a_worker_that_is_killed_at_work_is_a_failure_and_the_next_page_is_read() -> None:
    async with reading() as tell:
        pid = int(said(await tell("greet")))
        asleep = tell("sleep")
        await asyncio.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        assert reason(await asleep)
        assert said(await tell("greet")) != str(pid)


@posix_only
@pytest.mark.parametrize("pause", [0, 0.4])
async def test_a_worker_that_is_killed_while_idle_harms_no_page(pause: float) -> None:
    async with reading() as tell:
        pid = int(said(await tell("greet")))
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(pause)
        assert said(await tell("greet")) != str(pid)


@posix_only
async def test_a_worker_has_a_limit_of_memory() -> None:
    async with reading(memory=400 * 1024 * 1024) as tell:
        assert said(await tell("memory")) == str(400 * 1024 * 1024)


async def test_workers_take_turns_after_some_tasks() -> None:
    async with reading(tasks=2) as tell:
        pids = [said(await tell("greet")) for _ in range(5)]
        assert len(set(pids)) == 3


async def test_more_pages_than_workers_wait_for_their_turn_and_a_hanging_one_stops_no_other() -> None:
    async with reading(limit=1, workers=2) as tell:
        answers = await asyncio.gather(tell("sleep"), *(tell("greet") for _ in range(20)))
        assert reason(answers[0])
        assert all(map(said, answers[1:]))


async def test_the_loop_is_never_blocked() -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    watcher = asyncio.create_task(watch())
    async with reading(limit=0.5) as tell:
        for what in ("greet", "sleep", "exit", "greet"):
            await tell(what)
    watcher.cancel()
    # Starting and stopping a pool each take longer; a machine that is busy takes some of it from everybody.
    assert longest < 0.3


async def test_a_caller_that_gives_up_frees_the_worker() -> None:
    async with reading() as tell:
        await tell("greet")
        asleep = tell("sleep")
        await asyncio.sleep(0.2)
        asleep.cancel()
        async with asyncio.timeout(8):
            assert said(await tell("greet"))


@posix_only
async def test_nothing_is_left_after_closing() -> None:
    reader = FeedReader(parse=tasks.perform)
    pid = int(said(await reader.parse(Page("", b"greet"))))
    asleep = asyncio.create_task(reader.parse(Page("", b"sleep")))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(8):
        await reader.close()
        answers = [await asleep, await reader.parse(Page("", b"greet"))]
    assert await gone(pid)
    assert not zombies()
    # The blog is not to be blamed.
    assert all(isinstance(answer, Failure) and answer.trouble is Trouble.OURS for answer in answers)


async def test_a_reader_that_read_nothing_closes() -> None:
    await FeedReader().close()


PROGRAM = """
    import asyncio, os, sys
    from contextlib import suppress
    from bot.feeds.documents import Page
    from bot.feeds.reader import FeedReader
    from tests.feeds import tasks

    async def main():
        reader = FeedReader(parse=tasks.perform)
        print("starting", flush=True)
        try:
            print(os.getpid(), (await reader.parse(Page("", b"greet"))).title, flush=True)
            await reader.parse(Page("", WHAT))
        finally:
            await reader.close()
            print("closed", flush=True)

    if __name__ == "__main__":
        with suppress(KeyboardInterrupt):
            asyncio.run(main())
"""


async def starting(folder: Path, what: str) -> "subprocess.Popen[str]":
    """A program with a reader that is about to start, in a process group of its own."""
    (folder / "program.py").write_text(textwrap.dedent(PROGRAM).replace("WHAT", repr(what.encode())))
    program = subprocess.Popen(  # noqa: ASYNC220 - starting takes no time
        [sys.executable, str(folder / "program.py")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout
    assert await asyncio.to_thread(program.stdout.readline) == "starting\n"
    return program


async def started(folder: Path, what: str) -> tuple["subprocess.Popen[str]", int]:
    """The program with its worker busy, and the worker's id."""
    program = await starting(folder, what)
    assert program.stdout
    pid, worker = map(int, (await asyncio.to_thread(program.stdout.readline)).split())
    assert pid == program.pid
    await asyncio.sleep(0.3)
    return program, worker


@posix_only
@pytest.mark.parametrize("pause", [0.1, 0.3, 0.5, 0.7])
async def test_ctrl_c_while_the_workers_start_is_quiet(tmp_path: Path, pause: float) -> None:
    program = await starting(tmp_path, "sleep")
    await asyncio.sleep(pause)
    os.killpg(program.pid, signal.SIGINT)
    out, err = await asyncio.to_thread(program.communicate, timeout=20)
    assert out.endswith("closed\n")
    assert err == ""


@posix_only
async def test_ctrl_c_ends_bot_and_workers_quietly(tmp_path: Path) -> None:
    program, worker = await started(tmp_path, "sleep")
    os.killpg(program.pid, signal.SIGINT)
    out, err = await asyncio.to_thread(program.communicate, timeout=20)
    assert "closed" in out
    assert err == ""
    assert await gone(worker)


@posix_only
@pytest.mark.parametrize("what", ["greet", "nap"])
async def test_workers_end_with_a_bot_that_was_killed(tmp_path: Path, what: str) -> None:
    program, worker = await started(tmp_path, what)
    program.kill()
    await asyncio.to_thread(program.communicate, timeout=20)
    assert await gone(worker)
