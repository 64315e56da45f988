"""Discounts as cards. A code stands on `code_card` alone, which nobody sees but the member it belongs to."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import discord
from discord import ui
from discord.utils import format_dt

from bot.discounts import drafts, rules
from bot.discounts.drafts import Stalled
from bot.discounts.errors import NotEligibleError
from bot.discounts.rules import Claimed, CodeKind, Discount, DiscountState, Draft, checklist_lines, counted
from bot.local_time import LocalTime
from bot.money import format_money
from bot.programs.rules import Price, Program, next_change, prices_at
from bot.ui.text import safe_within, shortened
from bot.ui.times import echoed
from bot.ui.views import BaseView
from cogs.discounts.words import called, next_steps, off, what_members_get

COLOUR = discord.Colour(0xC0653A)
QUIET = discord.Colour(0x8A8078)

KINDS = {
    CodeKind.SHARED: "One code for everybody",
    CodeKind.POOL: "A code of their own for each member",
    CodeKind.LINK: "A link that carries the discount",
}
STATES = {
    DiscountState.SCHEDULED: "has not started yet",
    DiscountState.RUNNING: "is running",
    DiscountState.PAUSED: "is paused",
    DiscountState.EMPTY: "waits for its codes",
    DiscountState.SOLD_OUT: "has no code left",
    DiscountState.ENDED: "is over",
}
#: What Discord may take for formatting, and shows as it is after a backslash.
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
#: Fields of an embed hold 1024 characters.
LONGEST_FIELD = 1024


def price_line(price: Price, discount: Discount | Draft) -> str:
    """What a price becomes: `$147 → $97`."""
    after = rules.price_after(price, discount)
    return f"{format_money(price.amount, price.currency)} → **{format_money(after, price.currency)}**"


def lowered(program: Program, discount: Discount, now: datetime) -> list[Price]:
    """The prices of now, or of the discount's start, that it lowers, in each currency."""
    prices = prices_at(program, max(now, discount.starts.instant) if discount.starts else now)
    return [price for price in prices if rules.lowers(price, discount)]


def current_prices(program: Program, discount: Discount, now: datetime) -> str:
    """What these prices become; empty where it lowers none."""
    return " · ".join(price_line(price, discount) for price in lowered(program, discount, now))


def code_card(claimed: Claimed, program: Program | None, now: datetime) -> tuple[discord.Embed, BaseView]:
    """A member's own code to copy, with the price, the deadline, and where to go."""
    discount, what = claimed.discount, what_members_get(claimed.discount)
    is_link = discount.kind is CodeKind.LINK
    embed = discord.Embed(title=f"Your {what}: {called(discount)}", colour=COLOUR)
    lines = [] if is_link else [_copyable(claimed.code)]
    if claimed.rejoined:
        lines.append(f"Welcome back! This is the {what} you had before you left.")
    if program is not None:
        price = current_prices(program, discount, now) or off(discount.percent, discount.amount_off, discount.currency)
        lines += [f"**{safe_within(program.name, 200)}**: {price}", *_closed_lines(program, now)]
    if discount.ends is not None:
        lines.append(_deadline(discount.ends, now))
    embed.description = "\n".join(lines)
    embed.set_footer(text=f"It is yours: only you see it. /code mine shows your {what} again at any time.")
    view = BaseView(timeout=None)
    if is_link:
        view.add_item(ui.Button(label=_register_for(discount, program, now), url=claimed.code))
    elif url := register_url(program, now):
        view.add_item(ui.Button(label="Register", url=url))
    return embed, view


def register_url(program: Program | None, now: datetime) -> str | None:
    """Where members register with a code; nowhere while registration is closed."""
    return None if program is None or _closed_lines(program, now) else program.register_url


def _closed_lines(program: Program, now: datetime) -> list[str]:
    """That nobody can register because no price counts now, and when one does; nothing where one does."""
    if not program.prices or prices_at(program, now):
        return []
    opens_at = next_change(program, now)
    opens = f" It opens {format_dt(opens_at, 'F')}, {format_dt(opens_at, 'R')}." if opens_at else ""
    return [f"Registration is closed just now.{opens}"]


def _register_for(discount: Discount, program: Program | None, now: datetime) -> str:
    """What stands on the button of a link that carries the discount: `Register for $97`."""
    prices = lowered(program, discount, now) if program is not None else []
    after = " or ".join(format_money(rules.price_after(price, discount), price.currency) for price in prices)
    return shortened(f"Register for {after}", 80) if after else "Register with the discount"


def _copyable(code: str) -> str:
    """A code in a block; what would end the block early is escaped instead, and reads the same."""
    return f"```\n{code}\n```" if "```" not in code else _SIGN.sub(r"\\\g<0>", code)


def _deadline(ends: LocalTime, now: datetime) -> str:
    if now >= ends.instant:
        return f"It ended {format_dt(ends.instant, 'R')}."
    return f"Use it until {echoed(ends, is_end=True)}."


def checklist_card(refusal: NotEligibleError) -> discord.Embed:
    """Every condition of a discount, met or not, how far it is, and what to do next."""
    embed = discord.Embed(title=f"Not yet: {called(refusal.discount)}", colour=QUIET)
    embed.description = "\n".join([safe_within(refusal.opening, 300), "", *checklist_lines(refusal.checklist)])
    steps = "\n".join(next_steps(refusal.checklist)) or "Press the button once more."
    embed.add_field(name="What to do next", value=steps[:LONGEST_FIELD], inline=False)
    return embed


def post_embed(discount: Discount, program: Program | None, now: datetime) -> discord.Embed:
    """The card everybody sees: how much is off, what is left, until when."""
    state = rules.state(discount, now)
    is_open = state in (DiscountState.RUNNING, DiscountState.SCHEDULED)
    embed = discord.Embed(title=safe_within(discount.name, 250), colour=COLOUR if is_open else QUIET)
    lines = [f"**{off(discount.percent, discount.amount_off, discount.currency)}**"]
    if program is not None:
        price = current_prices(program, discount, now) if is_open else None
        closed = _closed_lines(program, now) if state is DiscountState.RUNNING else []
        lines = [f"**{safe_within(program.name, 200)}**", price or lines[0], *closed]
    if discount.note:
        lines += ["", discount.note, ""]
    embed.description = "\n".join([*lines, *_state_lines(discount, state)])
    if is_open:
        what = what_members_get(discount)
        embed.set_footer(text=f"Press the button: you alone see your {what}, or what is still missing.")
    return embed


def _state_lines(discount: Discount, state: DiscountState) -> list[str]:
    what = what_members_get(discount)
    match state:
        case DiscountState.ENDED:
            return [f"**This is over.** Thank you, everybody. Who has a {what} finds it with `/code mine`."]
        case DiscountState.SOLD_OUT:
            return [f"**All {what}s are taken.** Who has one finds it with `/code mine`."]
        case DiscountState.EMPTY:
            return ["**Its codes are not here yet.** Please look in again later."]
        case DiscountState.PAUSED:
            return ["**Paused for the moment.** Please look in again later."]
        case _:
            return _open_lines(discount, state)


def _open_lines(discount: Discount, state: DiscountState) -> list[str]:
    lines: list[str] = []
    if state is DiscountState.SCHEDULED and discount.starts is not None:
        start = discount.starts.instant
        lines.append(f"Starts {format_dt(start, 'F')}, {format_dt(start, 'R')}.")
    if discount.is_filled and (left := rules.left(discount)) is not None:
        lines.append("**1 is left.**" if left == 1 else f"**{left:,} are left.**")
    if discount.ends is not None:
        # In the host's words: a reader takes May 1 at 0:00 for a deadline on May 1.
        lines.append(f"Until {echoed(discount.ends, is_end=True)}.")
    return lines


def list_entries(
    discounts: Sequence[Discount], programs: Mapping[int, Program], stalled: Sequence[Stalled], now: datetime
) -> list[str]:
    """`/discount list`: a paragraph for each, with what holds up those that are stalled."""
    held_up = {each.discount.id: _held_up(each) for each in stalled}
    return [
        "\n".join([*_list_entry(discount, programs.get(discount.program_id), now), *held_up.get(discount.id, ())])
        for discount in discounts
    ]


def _held_up(stalled: Stalled) -> list[str]:
    if stalled.fault is None:
        return ["It fits its program again: `/discount resume` continues."]
    return [f"⚠️ {stalled.fault.message}"]


def _list_entry(discount: Discount, program: Program | None, now: datetime) -> list[str]:
    name = f" · {safe_within(program.name, 100)}" if program else ""
    parts = [
        off(discount.percent, discount.amount_off, discount.currency), KINDS[discount.kind].lower(),
        f"{counted(discount.claimed, 'member')} got it",
    ]  # fmt: skip
    if (left := rules.left(discount)) is not None:
        parts.append(f"{left:,} left")
    if discount.ends is not None and discount.ended_at is None:
        verb = "ended" if now >= discount.ends.instant else "ends"
        parts.append(f"{verb} {format_dt(discount.ends.instant, 'R')}")
    return [f"**{called(discount)}** {STATES[rules.state(discount, now)]}{name}", " · ".join(parts)]


def fault_lines(discount: Discount, program: Program | None, now: datetime) -> list[str]:
    """Why a discount that is not over takes nothing off its program, or cannot go on; nothing where it fits."""
    fault = None if rules.state(discount, now) is DiscountState.ENDED else drafts.fault(program, discount, now)
    return [f"⚠️ {fault.message}"] if fault else []
