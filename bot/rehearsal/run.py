"""Starts a rehearsal in a folder of its own and cleans up after it."""

import asyncio
import contextlib
import signal
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path

from bot.log import configure
from bot.rehearsal.blog.posts import load as load_blog
from bot.rehearsal.player import TribekeeperPlayer
from bot.rehearsal.server import serve, take_port
from bot.rehearsal.stage import Stage
from bot.rehearsal.world import load


def rehearse(port: int | None, open_browser: bool) -> None:
    """Run until interrupted. Raises OperatorError where it cannot begin, KeyboardInterrupt where it was ended."""
    plan, blog = load(), load_blog()
    configure("WARNING", "text", [])
    with take_port(port) as place, tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        stage = Stage(TribekeeperPlayer(Path(folder), plan), plan, blog)

        def ready(url: str) -> None:
            _greet(url)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            with contextlib.suppress(NotImplementedError, ValueError):  # Windows has no signal handlers in a loop.
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            await serve(stage, place, ready)

        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def _greet(url: str) -> None:
    sys.stdout.write(
        f"Your rehearsal is ready: {url}\n"
        "Everyone in it is make-believe, so try anything. Ctrl-C ends it, and nothing is kept.\n"
    )
    sys.stdout.flush()
