"""Fixtures: the services of taking part, and members who write."""

import pytest

from bot.db import Database
from tests.engagement.messages import GUILD, NOON, Room, Writers


@pytest.fixture
async def room(database: Database) -> Room:
    room = Room(database)
    await room.communities.arrive(GUILD, "Bubble", NOON)
    return room


@pytest.fixture
async def writers(room: Room) -> Writers:
    writers = Writers(room.counts)
    await writers.begin()
    return writers
