"""What became of a discount: how many saw, claimed and used it, and who did what; and what leaves as a file."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from zoneinfo import ZoneInfo

from bot.discounts.condition_rules import Condition
from bot.discounts.rules import Discount

#: What a spreadsheet takes as the beginning of a formula (https://owasp.org/www-community/attacks/CSV_Injection), also
#: after what it may drop.
_BEGINNING = r"""[\s\x00-\x1f\x7f-\x9f\u200b\ufeff"]*[=+\-@＝＋－＠]"""
#: Where one begins: in a cell, or after a sign at which some spreadsheets split what others take as one cell.
_FORMULA = re.compile(rf"\A(?=[\t\r\n]|{_BEGINNING})|(;|(?<=.)\t)(?={_BEGINNING})", re.DOTALL)


class AuditAction(StrEnum):
    """What somebody did with a discount or a code."""

    CREATE = "created"
    EDIT = "edited"
    PAUSE = "paused"
    RESUME = "resumed"
    END = "ended"
    POST = "posted"
    IMPORT = "imported"
    GRANT = "granted"
    REVOKE = "revoked"
    GIVE_BACK = "gave back"
    CLAIM = "claimed"
    REVEAL = "revealed"
    EXPORT = "exported"
    REDEEM = "redeemed"
    OPT_OUT = "opted out"
    OPT_IN = "opted in"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What happened. `actor_id` is None for the bot itself and for who is forgotten; so is `member_id` for the latter.

    `details` are words for hosts, without codes. `discount_name` is empty where it was about no single discount.
    """

    id: int
    at: datetime
    action: AuditAction
    discount_id: int | None
    discount_name: str
    actor_id: int | None
    member_id: int | None
    details: str


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day in the guild's zone."""

    day: date
    seen: int = 0
    claimed: int = 0
    redeemed: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How far a discount came: who saw it, claimed a code and used it. `revoked` are among the claimed.

    `per_day` has the days on which something happened; `blocking` how many members each condition kept from a code
    when they last looked, the most first. Conditions of which one is enough count together.
    """

    discount: Discount
    seen: int
    claimed: int
    revoked: int
    redeemed: int
    per_day: Sequence[Day] = ()
    blocking: Sequence[tuple[tuple[Condition, ...], int]] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: `new` codes are added; `repeated` stood in the file more than once.

    `already_known` were imported before, into this discount; `elsewhere` into another one, and `shared` are what
    everybody gets of another one. `lines` is how many lines had a code; `is_titled` where the first one had a title
    instead. `spent` codes more are left out, as the file tells: they were used, or expired.
    """

    new: int
    repeated: int
    already_known: int
    lines: int
    is_titled: bool = False
    shared: int = 0
    spent: int = 0
    elsewhere: int = 0


def days_of(
    seen: Iterable[datetime], claimed: Iterable[datetime], redeemed: Iterable[date], zone: ZoneInfo
) -> tuple[Day, ...]:
    """Everything by day, the earliest first."""
    looks, claims = (Counter(at.astimezone(zone).date() for at in instants) for instants in (seen, claimed))
    used = Counter(redeemed)
    return tuple(Day(day, looks[day], claims[day], used[day]) for day in sorted({*looks, *claims, *used}))


def most_first(
    blocking: Iterable[Sequence[Condition]], any_of: tuple[Condition, ...] = ()
) -> tuple[tuple[tuple[Condition, ...], int], ...]:
    """How often each condition stood in somebody's way, the most frequent first; those of `any_of` as one."""
    together = dict.fromkeys(any_of, any_of)
    ways = [{together.get(condition, (condition,)): None for condition in conditions} for conditions in blocking]
    return tuple(Counter(way for one in ways for way in one).most_common())


def guarded(cell: str) -> str:
    """The cell as no spreadsheet takes it, or a part of it, for a formula."""
    return _FORMULA.sub(r"\g<0>'", cell)


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as a file every spreadsheet opens: guarded, in UTF-8 with the mark Excel looks for."""
    out = StringIO(newline="")
    csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
