"""Time in the simulation moves on purpose: a known way, or until something has happened."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta

from simcord import Env

from bot.errors import UserFacingError

#: Longer ways are gone in steps of at most this, each well within the real time that one action may take.
LONGEST_STEP = 1800.0
#: Seconds of real time a step should take, so that progress shows.
_COMFORTABLE = 0.4
_CLOSE_ENOUGH = 0.01
#: A step where something is waited for, and the real time that the bot's own connections get with it.
_SMALL_STEP, _A_BREATH = 10.0, 0.05


class Passage:
    """Moves the time of one environment. `jump` is (seconds gone, seconds in all) while it does, None otherwise."""

    def __init__(
        self, env: Env, acting: Callable[[], AbstractAsyncContextManager[None]], changed: Callable[[], None]
    ) -> None:
        self.jump: tuple[float, float] | None = None
        self._env = env
        self._acting = acting
        self._changed = changed

    async def advance(self, seconds: float) -> None:
        """Move time forward in steps small enough to be watched. Raises UserFacingError where it already moves."""
        step = 60.0
        async with self._moving(seconds) as left:
            while (rest := left()) > _CLOSE_ENOUGH:
                pace = await self._step(min(step, rest))
                step = max(1.0, min(LONGEST_STEP, pace * _COMFORTABLE, step * 4))

    async def wait_for(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Move time in small steps until something has happened, for at most `seconds`; whether it has.

        Each step leaves some real time too: what the bot awaits from a server does not follow the simulated clock.
        Raises UserFacingError where time already moves.
        """
        async with self._moving(seconds) as left:
            while not happened() and (rest := left()) > _CLOSE_ENOUGH:
                await self._step(min(_SMALL_STEP, rest))
                await asyncio.sleep(_A_BREATH)
        return happened()

    def require_stillness(self) -> None:
        """Raises UserFacingError where time already moves."""
        if self.jump is not None:
            raise UserFacingError("Time is already moving. Let it arrive first.")

    @asynccontextmanager
    async def _moving(self, seconds: float) -> AsyncGenerator[Callable[[], float]]:
        """Claim the clock. What is given tells how many seconds are left, and shows it in `jump`."""
        self.require_stillness()
        target = self._env.now() + timedelta(seconds=seconds)

        def left() -> float:
            rest = (target - self._env.now()).total_seconds()
            self.jump = (seconds - rest, seconds)
            return rest

        left()
        try:
            yield left
        finally:
            self.jump = None
            self._changed()

    async def _step(self, seconds: float) -> float:
        """Go one step and return the pace: simulated seconds per real second."""
        began, before = time.perf_counter(), self._env.now()
        async with self._acting():
            with suppress(TimeoutError):  # What was reached in time is kept.
                await self._env.advance_time(seconds)
        moved = (self._env.now() - before).total_seconds()
        if moved <= 0:
            raise UserFacingError("The bot is too busy for time to move. Try again in a moment.")
        await asyncio.sleep(0)
        return moved / max(time.perf_counter() - began, 0.001)
