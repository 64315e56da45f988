"""A running rehearsal, and a real browser to see it with."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal.blog.posts import load as load_blog
from bot.rehearsal.player import TribekeeperPlayer
from bot.rehearsal.server import Server, take_port
from bot.rehearsal.stage import Stage
from bot.rehearsal.world import load
from tests.rehearsal.theatre import rehearsal

#: Chromium must not speak to anybody but the rehearsal.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    """The address of a rehearsal that the tests of a file share."""
    with rehearsal() as url:
        yield url


@pytest.fixture
def own_house() -> Iterator[str]:
    """The address of a rehearsal of the test's own."""
    with rehearsal() as url:
        yield url


@pytest.fixture
def player(tmp_path: Path) -> TribekeeperPlayer:
    """Who makes the bot of `stage`."""
    return TribekeeperPlayer(tmp_path, load())


@pytest.fixture
async def stage(player: TribekeeperPlayer) -> AsyncIterator[Stage]:
    """An open stage in this process, with its blog served."""
    stage = Stage(player, load(), load_blog())
    with take_port(None) as place:
        server = Server(stage, place)
        await server.open()
        await stage.open(server.blog_address)
        yield stage
        await server.close()
        await stage.close()


def find_chromium(bundled: str) -> str | None:
    """Where a Chromium is: Playwright's own, or the system's."""
    if os.path.exists(bundled):
        return bundled
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")
    async with playwright.async_playwright() as driver:
        path = find_chromium(driver.chromium.executable_path)
        if path is None:
            pytest.skip("no Chromium found; `python -m playwright install chromium` fetches one")
        chromium = await driver.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        await chromium.close()
