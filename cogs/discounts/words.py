"""Discounts in words: how much is off, who gets it, what is missing."""

from collections.abc import Callable, Sequence
from datetime import datetime

import discord
from discord.utils import format_dt

from bot.discounts.rules import (
    Checked,
    Checklist,
    CodeKind,
    Condition,
    ConditionKind,
    Conditions,
    Discount,
    wish,
)
from bot.engagement.rules import Level
from bot.local_time import LocalTime, described
from bot.money import format_money
from bot.ui.text import safe_within

#: What a host chooses from.
TITLES = {
    ConditionKind.ACCOUNT_AGE: "Age of the account",
    ConditionKind.MEMBERSHIP: "Days of membership",
    ConditionKind.INTRODUCED: "Has introduced themselves",
    ConditionKind.ACTIVE_DAYS: "Active days in the last 28",
    ConditionKind.LEVEL: "Standing",
    ConditionKind.SESSIONS: "Q&A sessions attended in 28 days",
    ConditionKind.ROLE: "Has a role",
    ConditionKind.NAMED: "Named by a host",
}
#: What is asked for the number of a condition; the others have none.
UNITS = {
    ConditionKind.ACCOUNT_AGE: "How many days old at least?",
    ConditionKind.MEMBERSHIP: "For how many days at least?",
    ConditionKind.ACTIVE_DAYS: "On how many days at least?",
    ConditionKind.SESSIONS: "How many at least?",
}
_NEXT = {
    ConditionKind.INTRODUCED: "Introduce yourself with `/intro`.",
    ConditionKind.ACTIVE_DAYS: "Join a conversation: one message on another day makes one more active day.",
    ConditionKind.SESSIONS: "Come to the next Q&A session.",
    ConditionKind.LEVEL: "`/me` shows your standing, and what would raise it most.",
    ConditionKind.NAMED: "Ask a host whether this is meant for you.",
}


def called(discount: Discount) -> str:
    """A discount's name as plain text."""
    return safe_within(discount.name, 200)


def what_members_get(discount: Discount) -> str:
    """What a discount's members get, in a word: a code, or a link."""
    return "link" if discount.kind is CodeKind.LINK else "code"


def off(percent: int | None, amount_off: int | None, currency: str) -> str:
    """How much is off: `$50 off`, `34% off`."""
    return f"{percent}% off" if percent is not None else f"{format_money(amount_off or 0, currency)} off"


def moment_lines(moment: LocalTime, *, is_end: bool = False) -> str:
    """A moment by the host's clock, and as Discord shows it to each reader."""
    words, instant = described(moment, is_end=is_end), moment.instant
    return f"{words[0].upper()}{words[1:]}\nOn your clock: {format_dt(instant, 'F')}, {format_dt(instant, 'R')}"


def _asked(condition: Condition) -> str:
    """What a condition asks of members, as hosts read it, who are not meant themselves."""
    match condition.kind:
        case ConditionKind.INTRODUCED:
            return "An introduction of themselves"
        case ConditionKind.LEVEL:
            return f"The level *{Level(condition.amount).title}*"
        case _:
            return wish(condition)


def in_a_menu(condition: Condition, guild: discord.Guild) -> str:
    """What a condition asks, where Discord shows plain text only."""
    role = guild.get_role(condition.role_id or 0)
    named = f"@{role.name}" if role else "that was deleted"
    return _asked(condition).replace("*", "").replace("`", "").replace(f"<@&{condition.role_id}>", named)


def one_of(conditions: Sequence[Condition], guild: discord.Guild) -> str:
    """Conditions of which one is enough, as plain text: the one *or* the other."""
    first, *others = (in_a_menu(condition, guild) for condition in conditions)
    return " or ".join([first, *(f"{other[0].lower()}{other[1:]}" for other in others)])


def who_gets_it(conditions: Conditions) -> str:
    """The conditions as hosts read them."""
    lines: list[str] = []
    if conditions.all_of:
        lines += ["*All of*", *(f"• {_asked(condition)}" for condition in conditions.all_of)]
    if conditions.any_of:
        lines += ["*Any of*", *(f"• {_asked(condition)}" for condition in conditions.any_of)]
    return "\n".join(lines) or "Every member"


def next_steps(checklist: Checklist) -> list[str]:
    """What a member can do about what stands in the way; the same step once, and told where one of them is enough."""
    steps, ways = _steps(checklist.missing, max), _steps(checklist.alternatives, min)
    return [*steps, *(["One of these is enough:", *(f"• {way}" for way in ways)] if len(ways) > 1 else ways)]


def _steps(asked: Sequence[Checked], waited_for: Callable[[Sequence[datetime]], datetime]) -> list[str]:
    """The steps; of several times to wait for, the one that is `waited_for`."""
    steps = [
        f"Ask a host about the role <@&{checked.condition.role_id}>."
        if checked.condition.kind is ConditionKind.ROLE
        else _NEXT[checked.condition.kind]
        for checked in asked
        if checked.met_at is None
    ]
    if instants := [checked.met_at for checked in asked if checked.met_at is not None]:
        at = waited_for(instants)
        steps.append(f"Come back {format_dt(at, 'F')}, {format_dt(at, 'R')}: days count by themselves.")
    return list(dict.fromkeys(steps))
