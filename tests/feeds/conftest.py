"""The web the feeds' tests read from."""

from collections.abc import AsyncIterator

import pytest

from tests.feeds.web import LoopbackWeb


@pytest.fixture
async def web() -> AsyncIterator[LoopbackWeb]:
    """Real HTTP on loopback, with no pages yet."""
    async with LoopbackWeb() as web:
        yield web
