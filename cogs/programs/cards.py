"""How programs, prices and recordings look."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import ui
from discord.utils import format_dt

from bot.local_time import described
from bot.money import format_money
from bot.programs import rules
from bot.programs.rules import Price, Program, Recording
from bot.sessions.rules import Session, SessionState
from bot.ui.text import safe_name, safe_within, shortened
from bot.ui.times import echoed
from bot.ui.views import BaseLayout

COLOUR = discord.Colour(0x3A7CC0)
#: Discord takes 4000 characters in a message of components; some are left for what is around.
_CARD = 3900
_INCLUDED, _PRICES = 1100, 700
#: So many of its sessions a card names; `/session list` has them all.
_SESSIONS = 3


def called(program: Program) -> str:
    """A program's name, safe to show."""
    return safe_name(program.name)


def money(price: Price) -> str:
    """What a price comes to, as in `$147`."""
    return format_money(price.amount, price.currency)


def price_text(price: Price) -> str:
    """A price with its name, as in `$97 · early`."""
    return f"**{money(price)}** · {safe_name(price.label)}"


def program_card(
    program: Program,
    now: datetime,
    sessions: Sequence[Session],
    recordings: Sequence[Recording] | None,
    more: ui.Item[Any] | None = None,
    note: str = "",
) -> BaseLayout:
    """A program as one person sees it. `recordings` is None for whoever does not take part.

    `sessions` are those that are open or to come, the next one first. `more` opens all recordings where not all of
    them fit; `note` is a line for hosts.
    """
    texts = [f"# {safe_within(program.name, 160)}" + (f"\n{program.summary}" if program.summary else "")]
    texts += [_prices_now(program, now)]
    if program.included:
        lines = "\n".join(f"- {line}" for line in program.included.splitlines())
        texts.append(shortened(f"### What is included\n{lines}", _INCLUDED))
    if sessions:
        texts.append(_sessions_ahead(sessions))
    row: ui.ActionRow[Any] = ui.ActionRow()
    if program.register_url and not rules.is_over(program, now):
        row.add_item(ui.Button(label="Register", url=program.register_url))
    if recordings:
        room = _CARD - len(note) - sum(map(len, texts))
        text, is_whole = recordings_within(recordings, room)
        texts.append(text)
        if more is not None and not is_whole:
            row.add_item(more)
    box: ui.Container[BaseLayout] = ui.Container(accent_colour=COLOUR)
    for number, text in enumerate(filter(None, [*texts, note])):
        if number:
            box.add_item(ui.Separator(visible=number == 1))
        box.add_item(ui.TextDisplay(text))
    if row.children:
        box.add_item(row)
    return BaseLayout(timeout=None).add_item(box)


def _prices_now(program: Program, now: datetime) -> str:
    """What it costs in each currency; where that is too much to read, in the first one, and the others in short."""
    told = {
        currency: text for currency in rules.currencies(program) if (text := _price_now(program, now, currency))
    }  # fmt: skip
    if not told:
        return "Registration is closed just now." if program.prices else ""
    whole = "\n\n".join(told.values())
    if len(whole) <= _PRICES:
        return whole
    first, text = next(iter(told.items()))
    others = [f"**{money(price)}**" for price in rules.prices_at(program, now) if price.currency != first]
    return text + (f"\n\nAlso: {', '.join(others)}." if others else "")


def _price_now(program: Program, now: datetime, currency: str) -> str:
    """The price that counts now in a currency, until when, and what comes then; empty where there is nothing."""
    price, change = rules.price_at(program, now, currency), rules.next_change(program, now, currency)
    upcoming = rules.price_at(program, change, currency) if change else None
    lines = [f"## {money(price)} · {safe_name(price.label)}"] if price else []
    if price is not None and price.until is not None and change == price.ends:
        lines.append(f"Until {echoed(price.until, is_end=True)}.")
    if change is not None and upcoming is not None:
        follows = price is not None and change == price.ends
        when = "Then" if follows or upcoming.starts is None else f"From {echoed(upcoming.starts)}"
        lines.append(f"{when}: {price_text(upcoming)}.")
    return "\n".join(lines)


def _sessions_ahead(sessions: Sequence[Session]) -> str:
    """The next sessions, each with when it is and where people talk about it."""
    lines = ["### Live Q&A"]
    for session in sessions[:_SESSIONS]:
        starts, relative = (format_dt(session.starts_at, style) for style in ("F", "R"))
        when = "**open now**" if session.state is SessionState.OPEN else f"{starts} ({relative})"
        thread = f" · <#{session.thread_id}>" if session.thread_id else ""
        lines.append(f"- {safe_within(session.title, 120)} · {when}{thread}")
    if len(sessions) > _SESSIONS:
        lines.append(f"…and {len(sessions) - _SESSIONS} more: `/session list`.")
    return "\n".join(lines)


def recordings_within(recordings: Sequence[Recording], room: int) -> tuple[str, bool]:
    """The first recordings that fit into so many characters, and whether these are all."""
    text, shown = f"### Recordings ({len(recordings)})", 0
    tail = "\n…and {} more."
    for line in map(recording_line, recordings):
        if len(text) + len(line) + len(tail) + 4 > room:
            break
        text, shown = f"{text}\n{line}", shown + 1
    left = len(recordings) - shown
    return (text, True) if not left else (text + tail.format(left), False)


def recording_line(recording: Recording) -> str:
    """A recording with its link, its length and its passcode. At most about 600 characters."""
    line = f"- [{safe_name(recording.title)}](<{recording.link}>) · {rules.length_text(recording.length)}"
    return line + (f" · passcode {_code(recording.passcode)}" if recording.passcode else "")


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def list_entry(program: Program, now: datetime, role: str | None) -> str:
    """A program in the hosts' list. `role` is how its role is mentioned, None where it was deleted or never chosen."""
    if program.archived_at is not None:
        return f"**{called(program)}** · archived {format_dt(program.archived_at, 'R')}"
    current = rules.prices_at(program, now)
    lines = [f"**{called(program)}**" + (f" · <{program.register_url}>" if program.register_url else "")]
    lines += [f"- {price_text(price)} · {period(program, price)}" + (" · now" if price in current else "")
              for price in program.prices] or ["- No price yet; `/program price add` gives it one."]  # fmt: skip
    lines.append(f"- Participants: {role or role_fault(program)}")
    return "\n".join(lines)


def role_fault(program: Program) -> str:
    """Why nobody takes part, and what a host can do."""
    if program.role_id is None:
        return "no role is chosen, so nobody sees recordings. `/program edit` chooses one."
    return "the role was deleted, so nobody sees recordings. `/program edit` chooses another one."


def period(program: Program, price: Price) -> str:
    """When a price of the program counts, by the clock of its zone."""
    starts = f"from {described(price.starts)}" if price.starts else ""
    until = f"until {described(price.until, is_end=True)}" if price.until else ""
    is_alone = all(other.currency != price.currency for other in program.prices if other != price)
    return " ".join(filter(None, (starts, until))) or ("always" if is_alone else "whenever no other price counts")


def confirmation(program: Program, price: Price, now: datetime, replacing: str | None = None) -> str:
    """What a host reads before a price is kept: each instant in its zone and for themselves."""
    lines = [
        f"Shall I keep this price of **{called(program)}**?",
        price_text(price),
        f"From: {echoed(price.starts) if price.starts else 'right away'}",
        f"Until: {echoed(price.until, is_end=True) if price.until else 'it has no end'}",
    ]
    after = rules.with_price(program, price, replacing)
    if price.ends <= now:
        lines.append("⚠️ This is over already, so nobody will see it.")
    elif beside := _beside(after, price, now):
        lines.append(beside)
    lines += [_gap_text(*gap) for gap in rules.gaps(after, now) if price in gap]
    return "\n".join(lines)


def price_removal(program: Program, price: Price, now: datetime) -> str:
    """What a host is asked before a price is removed, and what would be without it."""
    after = rules.without_price(program, price)
    lines = [f"Shall I remove this price of **{called(program)}**?", f"{price_text(price)} · {period(program, price)}"]
    if rules.prices_at(program, now) and not rules.prices_at(after, now):
        lines.append("⚠️ It is the only one that counts now.")
    before = rules.gaps(program, now)
    lines += [_gap_text(*gap) for gap in rules.gaps(after, now) if gap not in before]
    return "\n".join(lines)


def _gap_text(last: Price, price: Price) -> str:
    ends, begins = (format_dt(instant, "F") for instant in (last.ends, price.begins))
    return (
        f"⚠️ From {ends} to {begins}, between {price_text(last)} and {price_text(price)}, no price counts. "
        "Members see only when the next one starts."
    )


def _beside(program: Program, price: Price, now: datetime) -> str:
    """Which of two prices is shown, where another one in the same currency counts at the same time; else empty."""
    for other in program.prices:
        overlaps = max(other.begins, price.begins, now) < min(other.ends, price.ends)
        if other != price and other.currency == price.currency and overlaps:
            which = "was added first" if other.begins == price.begins else "starts later"
            which = which if other.ends == price.ends else "ends first"
            return f"-# {price_text(other)} counts at the same time. Of the two, the one that {which} is shown."
    return ""
