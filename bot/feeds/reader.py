"""Reads feeds in a process beside the bot, so that none of them can stall it, fill its memory or crash it."""

import asyncio
import logging
import multiprocessing
import signal
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from typing import Any, TypeVar

from pebble import ProcessPool
from pebble.common.types import ProcessFuture

from bot.feeds import worker
from bot.feeds.documents import Candidate, Document, Failure, Page, Trouble

log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: Seconds a worker may take to start, or to be stopped, on top of what it may work.
_GRACE = 20.0
#: What a worker imports, imported once and shared by all that follow.
_PRELOADED = ["bot.feeds.worker", "pebble.pool.process"]


class FeedReader:
    """Workers that parse. They start with the first page, and one that hangs or dies is replaced.

    `limit` is the time for one page, `memory` the bytes of addresses a worker may have, `tasks` how many pages a worker
    reads before another takes its place, so that no library's leak grows.
    """

    def __init__(
        self,
        *,
        limit: timedelta = timedelta(seconds=10),
        workers: int = 1,
        memory: int = 512 * 1024 * 1024,
        tasks: int = 500,
        parse: Callable[[Page], Document | Failure] = worker.parse,
        discover: Callable[[Page], list[Candidate]] = worker.discover,
    ) -> None:
        self._limit, self._workers, self._memory, self._tasks = limit.total_seconds(), workers, memory, tasks
        self._parse, self._discover = parse, discover
        self._pool: ProcessPool | None = None
        self._opening = asyncio.Lock()
        # No more at once than there are workers: what waits inside the pool has no time limit there.
        self._turns = asyncio.Semaphore(workers)
        self._running = set[asyncio.Future[Any]]()
        self._closed = False

    async def parse(self, page: Page) -> Document | Failure:
        """What the page says as a feed. Never raises for what is in the page."""
        return await self._run(self._parse, page)

    async def discover(self, page: Page) -> list[Candidate]:
        """The feeds that the page names; none where it cannot be read."""
        found = await self._run(self._discover, page)
        return [] if isinstance(found, Failure) else found

    async def close(self) -> None:
        """Stop the workers, whatever they do; the pages they were reading come back as failures."""
        self._closed = True
        for future in tuple(self._running):
            future.cancel()
        async with self._opening:
            await self._discard()

    async def _run(self, function: Callable[[Page], _T], page: Page) -> _T | Failure:
        async with self._turns:
            for _ in range(2):
                try:
                    return await self._attempt(function, page)
                except BrokenProcessPool:
                    # The worker died before it had begun: nothing of that is the page's fault.
                    log.warning("feed workers replaced")
            return Failure(Trouble.OURS, "The part of me that reads feeds does not start.")

    async def _attempt(self, function: Callable[[Page], _T], page: Page) -> _T | Failure:
        if self._closed:
            return Failure(Trouble.OURS, "I am about to stop.")
        future = asyncio.wrap_future(await self._schedule(function, page))
        self._running.add(future)
        try:
            await asyncio.wait([future], timeout=self._limit + _GRACE)
        finally:
            self._running.discard(future)
            future.cancel()  # where nobody waits for it any more, pebble stops the worker
        if not future.done() or (future.cancelled() and not self._closed):
            async with self._opening:
                await self._discard()
            return _failure("Reading it was given up.")
        return self._outcome(future)

    def _outcome(self, future: asyncio.Future[_T]) -> _T | Failure:
        try:
            return future.result()
        except asyncio.CancelledError:
            return Failure(Trouble.OURS, "I am about to stop.")
        except BrokenProcessPool:
            raise
        except TimeoutError:
            return _failure(f"Reading it takes longer than {self._limit:g} seconds, which no proper feed does.")
        except MemoryError:
            return _failure("Reading it takes more memory than any proper feed does.")
        except Exception as error:
            log.warning("feed worker failed reason=%r", error)
            return _failure("Reading it crashes the reader.")

    async def _schedule(self, function: Callable[[Page], _T], page: Page) -> ProcessFuture[_T]:
        """Hand the page to a pool that lives."""
        async with self._opening:
            if self._pool is None or not self._pool.active:
                await self._discard()
                await self._open()
            assert self._pool is not None, "it was just opened"
            try:
                return self._pool.schedule(function, (page,), timeout=self._limit)
            except RuntimeError as error:
                raise BrokenProcessPool(str(error)) from error

    async def _open(self) -> None:
        try:
            self._pool = await asyncio.to_thread(self._start)
        except (OSError, EOFError, RuntimeError) as error:  # The system gives no more processes, memory or files.
            raise BrokenProcessPool(str(error)) from error

    def _start(self) -> ProcessPool:
        """A pool with its first workers. It blocks while they start.

        Never by `fork`, which would copy the locks of the bot's threads as they just are. Ctrl-C is meant for the bot,
        and all that descends from this thread is deaf to it.
        """
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        context.set_forkserver_preload(_PRELOADED)
        pool = ProcessPool(self._workers, self._tasks, worker.prepare, (self._memory,), context)
        if sys.platform == "win32":
            return _started(pool)
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # first, since it ends with SIGINT unblocked
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return _started(pool)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    async def _discard(self) -> None:
        """Stop the pool and its workers, if there are any. Held under `_opening`."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)


def _started(pool: ProcessPool) -> ProcessPool:
    _ = pool.active  # asking starts it
    return pool


def _stop(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _failure(reason: str) -> Failure:
    return Failure(Trouble.UNREADABLE, reason)
