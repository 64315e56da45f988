"""The card a host confirms before a discount is made or changed: what it means, and what it meant before."""

from datetime import datetime

import discord
from discord.utils import format_dt

from bot.discounts import rules
from bot.discounts.rules import CodeKind, Discount, Draft, counted
from bot.local_time import LocalTime, described
from bot.programs.rules import Price, Program, next_change, price_at, prices_at
from bot.ui.text import safe_within
from cogs.discounts.cards import COLOUR, KINDS, LONGEST_FIELD, price_line
from cogs.discounts.words import called, moment_lines, off, who_gets_it

#: Fields that stand side by side.
_SHORT = ("Program", "Codes")


def draft_card(draft: Draft, program: Program, now: datetime, before: Discount | None = None) -> discord.Embed:
    """What a host is about to confirm; `before` is the discount it changes. The code is not on it."""
    title = safe_within(draft.name, 200)
    embed = discord.Embed(title=f"Save “{title}” like this?" if before else f"Create “{title}”?", colour=COLOUR)
    fields, known = _fields(draft, program, now), {}
    if before is not None:
        embed.description = "\n".join(_about_change(draft, before)) or None
        known = _fields(before, program, now)
    for name, value in fields.items():
        old = known.get(name, value)
        was = f"\n-# Before: {_in_a_line(old)}" if value != old else ""
        if value or was:
            embed.add_field(name=name, value=f"{value or 'None'}{was}"[:LONGEST_FIELD], inline=name in _SHORT)
    if mind := _about_prices(draft, program, now):
        embed.add_field(name="Good to know", value="\n".join(mind)[:LONGEST_FIELD], inline=False)
    return embed


def _about_change(draft: Draft, before: Discount) -> list[str]:
    """What a change means besides what the fields say."""
    lines: list[str] = []
    if draft.name != before.name:
        lines.append(f"It was called “{called(before)}” before.")
    if draft.secret:
        lines.append(f"The {'link' if draft.kind is CodeKind.LINK else 'code'} changes to the one you typed.")
    if before.claimed:
        have, their = ("has", "their card changes") if before.claimed == 1 else ("have", "their cards change")
        lines.append(f"{counted(before.claimed, 'member')} {have} it already: {their}, too.")
    return lines


def _fields(discount: Draft | Discount, program: Program, now: datetime) -> dict[str, str]:
    limit = f"\nFor {counted(discount.cap, 'member')} at most" if discount.cap else ""
    is_limited = discount.cap is not None or discount.kind is CodeKind.POOL
    never = "Only when you say so" + (", or when all are taken" if is_limited else "")
    return {
        "Program": safe_within(program.name, 200),
        "Codes": KINDS[discount.kind] + limit,
        "What it costs then": "\n".join(_prices(discount, program, now)),
        "Starts": moment_lines(discount.starts) if discount.starts else "At once",
        "Ends": moment_lines(discount.ends, is_end=True) if discount.ends else never,
        "Who gets it": who_gets_it(discount.conditions),
        "Note": discount.note,
    }


def _prices(discount: Draft | Discount, program: Program, now: datetime) -> list[str]:
    """What each price becomes that is valid while the discount runs and that it lowers; as many as a field holds."""
    valid = rules.valid_during(program.prices, discount.starts, discount.ends, now)
    prices = [price for price in valid if rules.lowers(price, discount)]
    lines = [f"{safe_within(price.label, 40)}: {price_line(price, discount)}" for price in prices[:8]]
    return [off(discount.percent, discount.amount_off, discount.currency), *lines]


def _about_prices(draft: Draft, program: Program, now: datetime) -> list[str]:
    """When no price counts to take something off, and how to leave out the price it begins with."""
    lines: list[str] = []
    for begin, end in rules.unpriced(program.prices, draft, now)[:3]:
        since = f" from {format_dt(begin, 'F')}" if begin > now else ""
        until = f" until {format_dt(end, 'F')}" if end else " on" if since else ""
        lines.append(f"⚠️ No price counts{since}{until}, so there is nothing to take off then.")
    begin = max(draft.starts.instant, now) if draft.starts else now
    for first in prices_at(program, begin):
        later = _next_price(program, first, begin)
        is_within = later is not None and (draft.ends is None or later.instant < draft.ends.instant)
        if later is not None and is_within and rules.lowers(first, draft):
            name = safe_within(first.label, 40)
            lines.append(f"Not for “{name}”? Let it start with the next price: {described(later)}.")
    return lines


def _next_price(program: Program, first: Price, now: datetime) -> LocalTime | None:
    """When another price counts in the place of the one of now, as a host wrote it down; None where none does."""
    at: datetime | None = now
    while (at := next_change(program, at, first.currency)) is not None:
        if (price := price_at(program, at, first.currency)) is not None:
            known = (price.starts, first.until)
            return next((local for local in known if local is not None and local.instant == at), None)
    return None


def _in_a_line(text: str) -> str:
    return " · ".join(line.removeprefix("• ") for line in text.splitlines() if line) or "none"
