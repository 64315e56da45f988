"""A guild with a program and discounts, for the tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import services_on
from bot.client import Services
from bot.clock import Clock
from bot.config import Settings
from bot.db import Database
from bot.discounts.card_service import CardService
from bot.discounts.rules import Claimant, CodeKind, Conditions, Discount, Draft
from bot.local_time import LocalTime
from bot.programs.rules import Draft as ProgramDraft
from bot.programs.rules import Price, Program

GUILD, OTHER_GUILD, CHANNEL, HOST = 10, 11, 20, 7
MAYA, KOFI, INES = 31, 32, 33
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NEW_YORK = ZoneInfo("America/New_York")
KEY = "0" * 43 + "="
#: The shared code of the tests, as it must never be read anywhere.
SECRET = "SOCIAL-7F3A"


@dataclass
class Shop:
    """The services on a database, a program for $147, and a clock that stands."""

    services: Services
    program: Program
    now: datetime

    @property
    def discounts(self) -> Any:
        """The service the tests are about."""
        return self.services.discounts

    @property
    def cards(self) -> CardService:
        """The service of the cards in channels."""
        return self.services.discount_cards

    def draft(self, **changes: Any) -> Draft:
        """$50 off with a shared code, for everybody."""
        draft = Draft(
            self.program.id, "Fifty off", CodeKind.SHARED, amount_off=5000, currency="USD", conditions=Conditions(),
            secret=SECRET,
        )  # fmt: skip
        return replace(draft, **changes)

    async def create(self, **changes: Any) -> Discount:
        """Make a discount from the draft."""
        return await self.services.discounts.create(GUILD, self.draft(**changes), HOST, self.now)

    async def pool(self, *codes: str, **changes: Any) -> Discount:
        """Make a discount with a pool of these codes."""
        discount = await self.create(**({"name": "Pool", "kind": CodeKind.POOL, "secret": ""} | changes))
        if codes:
            await self.fill(discount, *codes)
        return discount

    async def fill(self, discount: Discount, *codes: str) -> Any:
        """Import these codes."""
        content = "\n".join(codes).encode()
        return await self.services.code_imports.apply(GUILD, discount.id, content, HOST, self.now, nobody_listens)

    async def claim(self, discount: Discount, member: int | Claimant = MAYA, now: datetime | None = None) -> Any:
        """What a press on the button does."""
        claimant = person(member, self.now) if isinstance(member, int) else member
        return await self.services.discounts.claim(GUILD, discount.id, claimant, now or self.now)


async def nobody_listens(_done: int, _of: int) -> None:
    """Progress that nobody wants to hear of."""


async def nobody(_member_ids: Sequence[int]) -> dict[int, str]:
    """The names of members who are not in the guild any more."""
    return {}


def person(member_id: int, now: datetime, **changes: Any) -> Claimant:
    """A member of long standing."""
    return replace(Claimant(member_id, now - 400 * DAY, now - 100 * DAY), **changes)


def local(text: str, zone: str = "America/New_York", fold: int = 0) -> LocalTime:
    """A wall-clock time, as in `2026-05-01 00:00`."""
    return LocalTime(datetime.fromisoformat(text), zone, fold)


async def open_shop(database: Database, now: datetime, **settings: Any) -> Shop:
    """A shop on a database; its program is there already if another shop on the database made it."""
    services = services_on(database, Clock(lambda: now), Settings(discount_key=KEY, **settings))
    known = await services.programs.list_active(GUILD)
    if known:
        return Shop(services, known[0], now)
    await services.communities.arrive(GUILD, "Bubble", now)
    program = await services.programs.create(GUILD, ProgramDraft("Break Out of Your Bubble"), now)
    program = await services.programs.put_price(GUILD, program.id, Price("late", 14700, "USD"))
    return Shop(services, program, now)
