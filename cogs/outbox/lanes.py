"""The loop that takes what is due: one channel in order, channels side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bot.client import Tribekeeper
from bot.rounds import PAUSE_AFTER_FAILURE, Rounds

log = logging.getLogger(__name__)


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
        self._rounds = Rounds(bot, self._start_due)

    def start(self) -> None:
        """Begin as soon as the bot is ready."""
        self._rounds.start()

    async def stop(self, within: float = 0) -> None:
        """Take nothing new, wait that many seconds for what is under way, and end what is left."""
        self._rounds.stop()
        if self._under_way and within:
            await asyncio.wait(self._under_way.values(), timeout=within)
        for task in self._under_way.values():
            task.cancel()

    def wake(self) -> None:
        """Look for due items now rather than at the end of the sleep."""
        self._rounds.wake()

    async def _start_due(self) -> float | None:
        """Start the next due item of each channel. In how many seconds the next one is due."""
        now = self._bot.services.clock.now()
        for item in await self._list_due(now):
            if item.channel_id not in self._under_way:
                self._under_way[item.channel_id] = asyncio.create_task(self._take_safely(item))
        if self._under_way:
            # The end of each of them wakes the loop.
            return None
        next_due = await self._next_due_at()
        return None if next_due is None else (next_due - now).total_seconds()

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
