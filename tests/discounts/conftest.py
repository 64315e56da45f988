"""A shop on each kind of database."""

from datetime import datetime

import pytest

from bot.db import Database
from tests.discounts.shop import Shop, open_shop


@pytest.fixture
async def shop(database: Database, now: datetime) -> Shop:
    """A guild with a program; each test that asks for it runs on SQLite and on PostgreSQL."""
    return await open_shop(database, now)
