"""A process that gives codes out, or changes their key, until it is killed.

`python -m tests.discounts.victim URL claim DISCOUNT KEY` says each member and code as soon as it is theirs;
`python -m tests.discounts.victim URL rotate` changes the key again and again. It says `ready` when it begins.
"""

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import make_url

from bot.clock import Clock
from bot.communities.service import CommunityService
from bot.db import Database
from bot.discounts.card_service import CardService
from bot.discounts.errors import SoldOutError
from bot.discounts.key_service import KeyService
from bot.discounts.rules import Claimant
from bot.discounts.service import DiscountService
from bot.engagement.count_service import CountService
from bot.engagement.standing_service import StandingService
from bot.greeting.answer_service import AnswerService
from bot.greeting.service import GreetingService
from bot.members.service import MemberService
from bot.outbox.service import OutboxService
from bot.programs.service import ProgramService

GUILD = 10
NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def discounts_on(database: Database, key: str) -> DiscountService:
    """The service, without a bot around it: a process that is killed often has to start fast."""
    communities, members = CommunityService(database), MemberService(database)
    outbox, counts = OutboxService(database, communities), CountService(database, communities, members)
    greeting = GreetingService(
        database, communities, outbox, AnswerService(database, communities, members, outbox, counts)
    )
    standing, programs = StandingService(database, communities, members, outbox), ProgramService(database)
    cards = CardService(database, outbox, programs)
    keys, clock = KeyService(database, [key]), Clock(lambda: NOW)
    return DiscountService(database, keys, members, cards, greeting, standing, programs, clock)


async def claim(database: Database, discount_id: int, key: str, members: list[int]) -> None:
    """Let members press, several at the same time."""
    discounts = discounts_on(database, key)

    async def press(member: int) -> None:
        long_ago = NOW - timedelta(days=400)
        try:
            claimed = await discounts.claim(GUILD, discount_id, Claimant(member, long_ago, long_ago), NOW)
        except SoldOutError:
            return
        print(member, claimed.code, flush=True)  # noqa: T201 - what the test hears

    print("ready", flush=True)  # noqa: T201
    for start in range(0, len(members), 4):
        await asyncio.gather(*(press(member) for member in members[start : start + 4]))


async def rotate(database: Database) -> None:
    """Change the key for ever."""
    print("ready", flush=True)  # noqa: T201
    while True:
        await KeyService(database).rotate()
        print("rotated", flush=True)  # noqa: T201


async def main() -> None:
    """Do what was asked for."""
    url, what, *rest = sys.argv[1:]
    database = Database(make_url(url))
    if what == "claim":
        members = list(range(1, 121))
        random.shuffle(members)
        await claim(database, int(rest[0]), rest[1], members)
    else:
        await rotate(database)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
