"""Who may have a code: conditions, combined, and how far somebody is from meeting each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.engagement.rules import Level

_DAY = timedelta(days=1)


class ConditionKind(StrEnum):
    """What a condition looks at."""

    ACCOUNT_AGE = "account_age"
    MEMBERSHIP = "membership"
    INTRODUCED = "introduced"
    ACTIVE_DAYS = "active_days"
    LEVEL = "level"
    SESSIONS = "sessions"
    ROLE = "role"
    NAMED = "named"


#: What has an amount, and the smallest and largest that makes sense: days, days, days of 28, a level, sessions.
AMOUNTS: Mapping[ConditionKind, tuple[int, int]] = {
    ConditionKind.ACCOUNT_AGE: (1, 3650),
    ConditionKind.MEMBERSHIP: (1, 3650),
    ConditionKind.ACTIVE_DAYS: (1, 28),
    ConditionKind.LEVEL: (Level.PRESENT, Level.CONNECTING),
    ConditionKind.SESSIONS: (1, 28),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked. `amount` counts days, sessions, or is a level; `role_id` is for a role only."""

    kind: ConditionKind
    amount: int = 0
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Met by who meets every one of `all_of` and, where `any_of` is not empty, one of `any_of`."""

    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    @property
    def kinds(self) -> frozenset[ConditionKind]:
        """What has to be known of somebody to decide."""
        return frozenset(condition.kind for condition in (*self.all_of, *self.any_of))


DEFAULT_CONDITIONS = Conditions(
    all_of=(Condition(ConditionKind.ACCOUNT_AGE, 30), Condition(ConditionKind.MEMBERSHIP, 7)),
    any_of=(
        Condition(ConditionKind.ACTIVE_DAYS, 3),
        Condition(ConditionKind.INTRODUCED),
        Condition(ConditionKind.SESSIONS, 1),
    ),
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """What Discord knows of somebody who wants a code."""

    member_id: int
    account_created_at: datetime
    joined_at: datetime
    role_ids: frozenset[int] = frozenset()
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rooms know of them: active days and sessions of the last 28 days. `named`: a host named them."""

    introduced: bool = False
    active_days: int = 0
    level: Level = Level.NEW
    sessions: int = 0
    named: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition looked at. `missing` is how much is missing in its own unit, 0 where it is met.

    `met_at` is when time alone will have met it; None where it takes more than waiting, or nothing any more.
    """

    condition: Condition
    is_met: bool
    missing: int = 0
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """Every condition looked at."""

    all_of: tuple[Checked, ...] = ()
    any_of: tuple[Checked, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether somebody may have the code."""
        return not self.missing and not self.alternatives

    @property
    def missing(self) -> tuple[Checked, ...]:
        """What is not met of `all_of`: every one of it stands in the way."""
        return tuple(checked for checked in self.all_of if not checked.is_met)

    @property
    def alternatives(self) -> tuple[Checked, ...]:
        """`any_of` where one of it is still needed; nothing where one is met, or is among what is `missing` anyway."""
        needed = {checked.condition for checked in self.missing}
        is_settled = any(checked.is_met or checked.condition in needed for checked in self.any_of)
        return () if is_settled else self.any_of

    @property
    def blocking(self) -> tuple[Condition, ...]:
        """What stands in the way, each once."""
        return tuple(dict.fromkeys(checked.condition for checked in (*self.missing, *self.alternatives)))


def fault_in(conditions: Conditions) -> Condition | None:
    """A condition that cannot be kept: an amount out of its bounds, or a role without one."""
    for condition in (*conditions.all_of, *conditions.any_of):
        least, most = AMOUNTS.get(condition.kind, (0, 0))
        if not least <= condition.amount <= most or (condition.kind is ConditionKind.ROLE) != bool(condition.role_id):
            return condition
    return None


def checklist(conditions: Conditions, claimant: Claimant, facts: Facts, now: datetime) -> Checklist:
    """Look at every condition."""

    def check(condition: Condition) -> Checked:
        missing = _missing(condition, claimant, facts, now)
        return Checked(condition, not missing, missing, _met_at(condition, claimant) if missing else None)

    return Checklist(tuple(map(check, conditions.all_of)), tuple(map(check, conditions.any_of)))


def _missing(condition: Condition, claimant: Claimant, facts: Facts, now: datetime) -> int:
    """How much is missing, in the condition's unit: a day that has begun counts as a whole one."""
    match condition.kind:
        case ConditionKind.ACCOUNT_AGE | ConditionKind.MEMBERSHIP:
            met_at = _met_at(condition, claimant)
            return 0 if met_at is None else max(-(-(met_at - now) // _DAY), 0)
        case ConditionKind.ACTIVE_DAYS:
            return max(condition.amount - facts.active_days, 0)
        case ConditionKind.LEVEL:
            return max(condition.amount - facts.level, 0)
        case ConditionKind.SESSIONS:
            return max(condition.amount - facts.sessions, 0)
        case ConditionKind.INTRODUCED:
            return int(not facts.introduced)
        case ConditionKind.ROLE:
            return int(condition.role_id not in claimant.role_ids)
        case ConditionKind.NAMED:
            return int(not facts.named)


def _met_at(condition: Condition, claimant: Claimant) -> datetime | None:
    """When time alone meets a condition."""
    match condition.kind:
        case ConditionKind.ACCOUNT_AGE:
            return claimant.account_created_at + condition.amount * _DAY
        case ConditionKind.MEMBERSHIP:
            return claimant.joined_at + condition.amount * _DAY
        case _:
            return None


def wish(condition: Condition) -> str:
    """What is asked, as it stands in a checklist. A role is a mention."""
    match condition.kind:
        case ConditionKind.ACCOUNT_AGE:
            return f"A Discord account that is {counted(condition.amount, 'day')} old"
        case ConditionKind.MEMBERSHIP:
            return f"{counted(condition.amount, 'day')} as a member here"
        case ConditionKind.ACTIVE_DAYS:
            return f"{counted(condition.amount, 'active day')} in the last 28 days"
        case ConditionKind.LEVEL:
            return f"The level *{Level(condition.amount).title}* (see `/me`)"
        case ConditionKind.SESSIONS:
            return f"{counted(condition.amount, 'Q&A session')} attended in the last 28 days"
        case ConditionKind.INTRODUCED:
            return "An introduction of yourself"
        case ConditionKind.ROLE:
            return f"The role <@&{condition.role_id}>"
        case ConditionKind.NAMED:
            return "Named by a host"


def distance(checked: Checked) -> str:
    """How far it is, as in `1 more active day`; nothing where it is met."""
    if checked.is_met:
        return ""
    match checked.condition.kind:
        case ConditionKind.ACCOUNT_AGE | ConditionKind.MEMBERSHIP:
            return f"{counted(checked.missing, 'more day')} to go"
        case ConditionKind.ACTIVE_DAYS:
            return counted(checked.missing, "more active day")
        case ConditionKind.LEVEL:
            return f"{counted(checked.missing, 'level')} to go"
        case ConditionKind.SESSIONS:
            return counted(checked.missing, "more session")
        case ConditionKind.INTRODUCED:
            return "introduce yourself first"
        case ConditionKind.ROLE:
            return "you do not have it yet"
        case ConditionKind.NAMED:
            return "ask a host"


def checklist_lines(checklist: Checklist) -> list[str]:
    """Every condition as a member reads it about themselves, met or not, how far it is, and whether it has to be."""
    lines: list[str] = []
    if checklist.all_of:
        lines += ["**All of these**", *map(_told, checklist.all_of)]
    if checklist.any_of:
        tell = _told if checklist.alternatives else _told_as_settled
        lines += ["**Any one of these**", *map(tell, checklist.any_of)]
    return lines


def _told(checked: Checked) -> str:
    mark = "✅" if checked.is_met else "⬜"
    return f"{mark} {wish(checked.condition)}" + ("" if checked.is_met else f" – **{distance(checked)}**")


def _told_as_settled(checked: Checked) -> str:
    return _told(checked) if checked.is_met else f"➖ {wish(checked.condition)} – not needed"


def still_missing(checklist: Checklist) -> str:
    """What stands in the way, in a line: all of what every member needs, and of the rest one thing *or* another."""
    needed, alternatives = (dict.fromkeys(map(distance, each)) for each in (checklist.missing, checklist.alternatives))
    return " · ".join(filter(None, [*needed, " or ".join(alternatives)]))


def to_plain(conditions: Conditions) -> dict[str, Any]:
    """The conditions as plain values that JSON can keep."""
    return {
        name: [[condition.kind.value, condition.amount, condition.role_id] for condition in group]
        for name, group in (("all", conditions.all_of), ("any", conditions.any_of))
    }


def from_plain(plain: Mapping[str, Any]) -> Conditions:
    """What `to_plain` made."""
    groups = [
        tuple(Condition(ConditionKind(kind), amount, role_id) for kind, amount, role_id in plain[name])
        for name in ("all", "any")
    ]
    return Conditions(*groups)


def counted(number: int, what: str) -> str:
    """`1 day`, `3 days`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
