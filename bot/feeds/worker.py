"""What runs in the process beside the bot. It imports what reading a feed needs, and nothing of the bot's weight."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

from bot.feeds.discovery import discovered
from bot.feeds.documents import Candidate, Document, Failure, Page
from bot.feeds.parsing import parsed

#: Seconds after which a worker ends by itself what it does. The reader stops it long before; this is for a worker
#: whose reader was killed.
LONGEST_TASK = 60


def prepare(memory: int) -> None:
    """Allow this process `memory` bytes of addresses, where the system can: a bomb then hits the worker alone."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        allowed = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, most))


def parse(page: Page) -> Document | Failure:
    """See `parsed`."""
    with _alarm():
        return parsed(page)


def discover(page: Page) -> list[Candidate]:
    """See `discovered`."""
    with _alarm():
        return discovered(page)


@contextmanager
def _alarm() -> Generator[None]:
    """The system ends the process after `LONGEST_TASK`, even inside a library's endless loop."""
    if sys.platform == "win32":
        yield
        return
    signal.alarm(LONGEST_TASK)
    try:
        yield
    finally:
        signal.alarm(0)
