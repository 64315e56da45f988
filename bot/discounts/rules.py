"""What a discount is, whether it can be had now, and what it makes of a price."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from bot.discounts.condition_rules import (
    DEFAULT_CONDITIONS,
    Checked,
    Checklist,
    Claimant,
    Condition,
    ConditionKind,
    Conditions,
    Facts,
    checklist,
    checklist_lines,
    counted,
    distance,
    wish,
)
from bot.local_time import LocalTime
from bot.programs.rules import Price

__all__ = [
    "DEFAULT_CONDITIONS", "Checked", "Checklist", "Claimant", "Claimed", "CodeKind", "Condition", "ConditionKind",
    "Conditions", "Discount", "DiscountState", "Draft", "Facts", "Grant", "Offer", "checklist", "checklist_lines",
    "counted", "distance", "left", "lowers", "price_after", "state", "too_small", "unpriced", "wish",
]  # fmt: skip

LONGEST_NAME, LONGEST_NOTE, LONGEST_CODE, LONGEST_LINK = 80, 500, 100, 500
#: A discount takes at least this and at most that of a price, in percent.
PERCENT = (1, 99)
#: More than that is no cap.
LARGEST_CAP = 1_000_000
_FAR = datetime.max.replace(tzinfo=UTC)


class CodeKind(StrEnum):
    """What a member gets: the code everybody gets, one of their own, or a link with the discount in it."""

    SHARED = "shared"
    POOL = "pool"
    LINK = "link"


class Grant(StrEnum):
    """What came of a host's naming a member: that is new, was so before, or gave them their code back."""

    NEW = "new"
    KNOWN = "known"
    BACK = "back"


class DiscountState(StrEnum):
    """Whether a code can be had now, and if not, why. It has ended by time, or because a host said so."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    EMPTY = "waiting for its codes"
    SOLD_OUT = "sold out"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a host wants a discount to be.

    Either `percent` or `amount_off` (minor units of `currency`) is set. `ends` is exclusive. `secret` is the shared
    code or the link; empty for a pool, and in an edit where it stays as it is. `name` is public, so it does not
    contain the secret, nor does `note`.
    """

    program_id: int
    name: str
    kind: CodeKind
    percent: int | None = None
    amount_off: int | None = None
    currency: str = ""
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    cap: int | None = None
    note: str = ""
    conditions: Conditions = DEFAULT_CONDITIONS
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount as it is kept, without its codes.

    `claimed` counts the codes that were given out, revoked ones too, for they were seen; `in_pool` those of a pool
    that nobody has. `is_filled`: it is no pool, or codes were imported into it. `ended_at` is when a host ended it.
    `created_by_id` is None where that member is forgotten.
    """

    id: int
    guild_id: int
    program_id: int
    name: str
    kind: CodeKind
    percent: int | None
    amount_off: int | None
    currency: str
    starts: LocalTime | None
    ends: LocalTime | None
    cap: int | None
    note: str
    conditions: Conditions
    paused: bool = False
    ended_at: datetime | None = None
    claimed: int = 0
    in_pool: int = 0
    is_filled: bool = True
    created_by_id: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A member's code (or link). `is_new`: they got it just now. `rejoined`: they left and came back since."""

    discount: Discount
    code: str = field(repr=False)
    is_new: bool
    claimed_at: datetime
    rejoined: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount that runs, as one member sees it. Without a checklist they have a code of it, or had one."""

    discount: Discount
    checklist: Checklist | None
    has_code: bool


def state(discount: Discount, now: datetime) -> DiscountState:
    """Where a discount stands. The start is included, the end is not."""
    if discount.ended_at is not None or (discount.ends is not None and now >= discount.ends.instant):
        return DiscountState.ENDED
    if discount.paused:
        return DiscountState.PAUSED
    if discount.starts is not None and now < discount.starts.instant:
        return DiscountState.SCHEDULED
    if not discount.is_filled:
        return DiscountState.EMPTY
    return DiscountState.SOLD_OUT if left(discount) == 0 else DiscountState.RUNNING


def left(discount: Discount) -> int | None:
    """How many more members can have a code; None where there is no limit."""
    limits: list[int] = []
    if discount.cap is not None:
        limits.append(discount.cap - discount.claimed)
    if discount.kind is CodeKind.POOL:
        limits.append(discount.in_pool)
    return max(min(limits), 0) if limits else None


def price_after(price: Price, discount: Discount | Draft) -> int:
    """What is left of a price, in its minor units, rounded half up. An amount in another currency changes nothing."""
    if discount.percent is not None:
        return (price.amount * (100 - discount.percent) * 2 + 100) // 200
    if discount.amount_off is None or discount.currency != price.currency:
        return price.amount
    return max(price.amount - discount.amount_off, 0)


def lowers(price: Price, discount: Discount | Draft) -> bool:
    """Whether it takes something off the price and leaves something to pay."""
    return 0 < price_after(price, discount) < price.amount


def valid_during(
    prices: Sequence[Price], starts: LocalTime | None, ends: LocalTime | None, now: datetime
) -> list[Price]:
    """The prices that are valid at some instant between both, from now on."""
    begin = max(starts.instant, now) if starts is not None else now
    return [price for price in prices if price.ends > begin and (ends is None or price.begins < ends.instant)]


def unpriced(
    prices: Sequence[Price], discount: Discount | Draft, now: datetime
) -> list[tuple[datetime, datetime | None]]:
    """From when until when, from now on, a discount runs while no price counts that it lowers; None is for ever."""
    begin = max(discount.starts.instant, now) if discount.starts is not None else now
    end = discount.ends.instant if discount.ends is not None else _FAR
    lowered = [price for price in prices if lowers(price, discount)]
    edges = sorted({begin, end, *(at for price in lowered for at in (price.begins, price.ends) if begin < at < end)})
    gaps = [(at, until) for at, until in pairwise(edges) if not any(price.is_valid(at) for price in lowered)]
    return [(at, until if until < _FAR else None) for at, until in gaps]


def too_small(prices: Sequence[Price], discount: Discount | Draft, now: datetime) -> Price | None:
    """The lowest price valid in the discount's time of which the discount would leave nothing; None if it fits all."""
    valid = valid_during(prices, discount.starts, discount.ends, now)
    found = [price for price in valid if price_after(price, discount) <= 0]
    return min(found, key=lambda price: price.amount, default=None)


def reveals(text: str, secret: str) -> bool:
    """Whether a text that everybody reads has the code in it."""
    return bool(secret) and secret.casefold() in text.casefold()


def spells_out(text: str, secret: str) -> bool:
    """Whether what is written about a program has the code in it, as a word of its own.

    A code of letters alone may be an everyday word, so its capitals count: *social skills* do not tell SOCIAL.
    """
    flags = re.NOFLAG if secret.isalpha() else re.IGNORECASE
    return bool(secret) and re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text, flags) is not None
