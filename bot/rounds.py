"""A loop that sleeps until something is due, and can be woken."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord
from discord.ext import commands, tasks

from bot.db import DatabaseUnavailableError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

#: How long a loop sleeps at most, in seconds, should the clock jump or another process add something.
LONGEST_SLEEP = 300.0
#: How long to wait before trying again what failed on our side, in seconds.
PAUSE_AFTER_FAILURE = 5.0
#: How long to wait before trying again what Discord refused or did not answer, in seconds.
AGAIN_AFTER = 300.0
#: What passes, or somebody mends: Discord refuses or does not answer, or the database is away.
PASSING = (discord.HTTPException, aiohttp.ClientError, OSError, DatabaseUnavailableError)


class Rounds:
    """Calls `work` as soon as the bot is ready, and then whenever it is due or something calls `wake`.

    `work` does what is to be done and returns after how many seconds there is more, or None if nothing is known of.
    """

    def __init__(
        self, bot: commands.Bot | commands.AutoShardedBot, work: Callable[[], Awaitable[float | None]]
    ) -> None:
        self._bot = bot
        self._work = work
        self._woken = False
        self._loop = tasks.loop(seconds=LONGEST_SLEEP)(self._go_round)
        self._loop.before_loop(self._until_ready)

    def start(self) -> None:
        """Begin as soon as the bot is ready."""
        self._loop.start()

    def stop(self) -> None:
        """End, even in the middle of a round."""
        self._loop.cancel()

    def wake(self) -> None:
        """Go round now rather than at the end of the sleep."""
        self._woken = True
        if self._loop.is_running():
            self._loop.change_interval(seconds=0)

    async def _go_round(self) -> None:
        self._woken = False
        sleep: float | None = PAUSE_AFTER_FAILURE
        try:
            sleep = await self._work()
        except DatabaseUnavailableError:
            pass  # The database said so in the log; what is due is still due.
        except Exception:
            log.exception("round failed work=%s", self._work.__qualname__)
        # Without a short pause what is due to the millisecond would be asked for again and again.
        pause = LONGEST_SLEEP if sleep is None else min(max(sleep, 0.05), LONGEST_SLEEP)
        self._loop.change_interval(seconds=0 if self._woken else pause)

    async def _until_ready(self) -> None:
        await self._bot.wait_until_ready()


async def until_kept(bot: commands.Bot | commands.AutoShardedBot, note: Callable[[], Awaitable[Result]]) -> Result:
    """Write down what Discord tells only once as soon as the database takes it.

    Raises DatabaseUnavailableError where the bot stops before that: then it has to be found out after the start.
    """
    while True:
        try:
            return await note()
        except DatabaseUnavailableError:
            if bot.is_closed():
                raise
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
