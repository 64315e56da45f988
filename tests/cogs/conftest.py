"""Fixtures that several cogs share: a stage whose bot may read a small web of blogs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.feeds.blogs import Blog
from tests.feeds.web import LoopbackWeb
from tests.simkit import Stage, open_stage


@pytest.fixture
async def web() -> AsyncIterator[LoopbackWeb]:
    """The web."""
    async with LoopbackWeb() as web:
        yield web


@pytest.fixture
def blog(web: LoopbackWeb) -> Blog:
    """A blog with a first post."""
    blog = Blog(web)
    blog.publish("First light")
    return blog


@pytest.fixture
async def blog_stage(tmp_path: Path, web: LoopbackWeb) -> AsyncIterator[Stage]:
    """The real bot in a simulated guild with its channels chosen; it may read the web on loopback.

    It may also ask at port 1, where nobody answers.
    """
    async with open_stage(tmp_path, feed_allowed_hosts=f"127.0.0.1:{web.port},127.0.0.1:1") as stage:
        await stage.set_up_channels()
        yield stage
