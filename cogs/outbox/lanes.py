"""The loop that takes what is due: one lane in order, lanes side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.rounds import PAUSE_AFTER_FAILURE, Rounds

log = logging.getLogger(__name__)


class InLane(Protocol):
    """Something to be done in a channel."""

    @property
    def channel_id(self) -> int:
        """Where."""
        ...

    @property
    def lane(self) -> Hashable:
        """What else has this lane is done before or after it."""
        ...


Item = TypeVar("Item", bound=InLane)


class Lanes(Generic[Item]):
    """Lets `take` do what `list_due` names, the next item of each lane.

    `next_due_at` tells when to look again, later than the instant it is given.
    """

    def __init__(
        self,
        bot: Tribekeeper,
        list_due: Callable[[datetime], Awaitable[Sequence[Item]]],
        next_due_at: Callable[[datetime], Awaitable[datetime | None]],
        take: Callable[[Item], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._list_due = list_due
        self._next_due_at = next_due_at
        self._take = take
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}
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
        """Start the next due item of each lane. In how many seconds the next one is due."""
        now = self._bot.services.clock.now()
        # A stop in the middle of a query would leave the database locked for those under way: the query may end.
        for item in await asyncio.shield(self._list_due(now)):
            if item.lane not in self._under_way:
                self._under_way[item.lane] = asyncio.create_task(self._take_safely(item))
        # What is due and waits for one under way comes after its end, which wakes the loop. That may take long.
        next_due = await asyncio.shield(self._next_due_at(now))
        return None if next_due is None else (next_due - now).total_seconds()

    async def _take_safely(self, item: Item) -> None:
        # Where it fails the item stays as it was and is tried again; other lanes are not held up.
        try:
            await self._take(item)
        except DatabaseUnavailableError:
            await asyncio.sleep(PAUSE_AFTER_FAILURE)  # The database said so in the log.
        except Exception:
            log.exception("not done channel=%s", item.channel_id)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        finally:
            self._under_way.pop(item.lane, None)
            self.wake()
