"""Where "now" comes from. Loops ask the clock once at the top; rules receive `now` and never ask."""

from collections.abc import Callable
from datetime import UTC, datetime


def system_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


class Clock:
    """Answers with the present instant; tests and the rehearsal pass a clock of their own."""

    def __init__(self, now: Callable[[], datetime] = system_now) -> None:
        self._now = now

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return self._now()
