"""The card a host confirms before a discount is made or changed: what it means, and what it meant before."""

from datetime import datetime

import discord

from bot.discounts import rules
from bot.discounts.report_rules import counted
from bot.discounts.rules import CodeKind, Discount, Draft
from bot.programs.rules import Program
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


def _in_a_line(text: str) -> str:
    return " · ".join(line.removeprefix("• ") for line in text.splitlines() if line) or "none"
