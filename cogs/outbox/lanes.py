"""The loop that takes what is due: one channel in order, channels side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from discord.ext import tasks

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError

log = logging.getLogger(__name__)

#: How long the loop sleeps at most, in seconds, should the clock jump or another process add something.
LONGEST_SLEEP = 300.0
#: How long to wait before trying again what failed on our side, in seconds.
PAUSE_AFTER_FAILURE = 5.0


class InChannel(Protocol):
    """Something to be done in a channel."""

    @property
    def channel_id(self) -> int:
        """Where."""
        ...


Item = TypeVar("Item", bound=InChannel)


class Lanes(Generic[Item]):
    """Lets `take` do what `list_due` names, the next item of each channel; `next_due_at` tells when to look again."""

    def __init__(
        self,
        bot: Tribekeeper,
        list_due: Callable[[datetime], Awaitable[Sequence[Item]]],
        next_due_at: Callable[[], Awaitable[datetime | None]],
        take: Callable[[Item], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._list_due = list_due
        self._next_due_at = next_due_at
        self._take = take
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._woken = False

    def start(self) -> None:
        """Begin as soon as the bot is ready."""
        self.work.start()

    async def stop(self, within: float = 0) -> None:
        """Take nothing new, wait that many seconds for what is under way, and end what is left."""
        self.work.cancel()
        if self._under_way and within:
            await asyncio.wait(self._under_way.values(), timeout=within)
        for task in self._under_way.values():
            task.cancel()

    def wake(self) -> None:
        """Look for due items now rather than at the end of the sleep."""
        self._woken = True
        if self.work.is_running():
            self.work.change_interval(seconds=0)

    @tasks.loop(seconds=LONGEST_SLEEP)
    async def work(self) -> None:
        """Start the next due item of each channel, then sleep until the next one is due."""
        self._woken = False
        try:
            sleep = await self._start_due()
        except DatabaseUnavailableError:
            sleep = PAUSE_AFTER_FAILURE
        except Exception:
            log.exception("outbox round failed")
            sleep = PAUSE_AFTER_FAILURE
        self.work.change_interval(seconds=0 if self._woken else sleep)

    @work.before_loop
    async def _until_ready(self) -> None:
        await self._bot.wait_until_ready()

    async def _start_due(self) -> float:
        now = self._bot.services.clock.now()
        for item in await self._list_due(now):
            if item.channel_id not in self._under_way:
                self._under_way[item.channel_id] = asyncio.create_task(self._take_safely(item))
        if self._under_way:
            # The end of each of them wakes the loop.
            return LONGEST_SLEEP
        next_due = await self._next_due_at()
        wait = (next_due - now) if next_due else timedelta(seconds=LONGEST_SLEEP)
        return min(max(wait.total_seconds(), 0.05), LONGEST_SLEEP)

    async def _take_safely(self, item: Item) -> None:
        try:
            await self._take(item)
        except Exception:
            # The item stays as it was and is tried again; other channels are not held up.
            log.exception("not done channel=%s", item.channel_id)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        finally:
            self._under_way.pop(item.channel_id, None)
            self.wake()
