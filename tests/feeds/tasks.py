"""What a worker may meet, without a feed that brings it about: each is done on a page whose body names it."""

import ctypes
import os
import resource
import sys
import time
from collections.abc import Callable

from bot.feeds.documents import Document, Failure, Page


def perform(page: Page) -> Document | Failure:
    """Do what the body says; the title of what comes back tells of the worker."""
    return Document(_TASKS[page.body.decode()](), "", ())


def _sleep() -> str:
    time.sleep(300)
    return ""


def _nap() -> str:
    time.sleep(2)
    return ""


def _spin() -> str:
    """An endless loop that mostly stays inside a library and lets no other thread run."""
    while True:
        ctypes.PyDLL(None).usleep(1_000_000)


def _exit() -> str:
    os._exit(3)


def _gorge() -> str:
    return "x" * (1 << 40)


def _fail() -> str:
    raise LookupError("what a library says")


def _greet() -> str:
    return str(os.getpid())


def _modules() -> str:
    return " ".join(sorted(sys.modules))


def _memory() -> str:
    return str(resource.getrlimit(resource.RLIMIT_AS)[0])


_TASKS: dict[str, Callable[[], str]] = {
    "sleep": _sleep,
    "nap": _nap,
    "spin": _spin,
    "exit": _exit,
    "gorge": _gorge,
    "fail": _fail,
    "greet": _greet,
    "modules": _modules,
    "memory": _memory,
}
