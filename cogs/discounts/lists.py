"""Lists of discounts and of what was done with them, a page at a time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.utils import format_dt

from bot.discounts.report_rules import AuditAction, AuditEntry
from bot.ui.text import safe_within
from cogs.discounts.actions import program_of, services_of
from cogs.discounts.cards import list_entries
from cogs.discounts.choosing import guild_of

Interaction = discord.Interaction[Any]

#: How long a page may be; Discord takes 2000 characters.
_PAGE = 1800
#: How many entries of the log stand on a page.
ENTRIES = 12

_CHANNEL = re.compile(r"in <#\d+>", re.ASCII)
_DONE = {
    AuditAction.CREATE: "made it",
    AuditAction.EDIT: "changed it",
    AuditAction.PAUSE: "paused it",
    AuditAction.RESUME: "resumed it",
    AuditAction.END: "ended it",
    AuditAction.POST: "posted it",
    AuditAction.IMPORT: "imported codes",
    AuditAction.GRANT: "named a member",
    AuditAction.REVOKE: "took a code back",
    AuditAction.GIVE_BACK: "gave a code back",
    AuditAction.CLAIM: "got a code",
    AuditAction.REVEAL: "looked at their code again",
    AuditAction.EXPORT: "exported it",
    AuditAction.REDEEM: "noted what was redeemed",
    AuditAction.OPT_OUT: "wants no codes",
    AuditAction.OPT_IN: "wants codes again",
}


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries in words; `older_than` is the id the next page begins before, None on the last."""

    text: str
    older_than: int | None


async def list_pages(interaction: Interaction) -> list[str]:
    """Every discount, the newest first, in pages."""
    services, guild = services_of(interaction), guild_of(interaction)
    discounts = await services.discounts.list_all(guild.id)
    if not discounts:
        return ["There is no discount yet. `/discount create` makes the first one."]
    program_ids = {discount.program_id for discount in discounts}
    found = {program_id: await program_of(services, guild.id, program_id) for program_id in program_ids}
    programs = {program_id: program for program_id, program in found.items() if program is not None}
    now = services.clock.now()
    stalled = await services.discounts.list_stalled(guild.id, now)
    return _pages(list_entries(discounts, programs, stalled, now))


def _pages(entries: Iterable[str]) -> list[str]:
    pages: list[str] = []
    for entry in entries:
        if pages and len(pages[-1]) + len(entry) + 2 <= _PAGE:
            pages[-1] += f"\n\n{entry}"
        else:
            pages.append(entry)
    return pages


async def audit_page(interaction: Interaction, discount_id: int | None, before: int | None) -> AuditPage:
    """A page of the log, the newest entries first."""
    reports, guild = services_of(interaction).discount_reports, guild_of(interaction)
    entries = await reports.audit(guild.id, discount_id, ENTRIES + 1, before)
    shown = _fitting(entries[:ENTRIES], with_names=discount_id is None)
    if not shown:
        return AuditPage("Nothing was done yet." if before is None else "That was the oldest entry.", None)
    older = entries[len(shown) - 1].id if len(entries) > len(shown) else None
    return AuditPage("\n".join(shown), older)


def _fitting(entries: Sequence[AuditEntry], *, with_names: bool) -> list[str]:
    """The first entries as lines, as many as a message holds."""
    lines: list[str] = []
    for entry in entries:
        lines.append(audit_line(entry, with_name=with_names))
        if len("\n".join(lines)) > _PAGE:
            return lines[:-1]
    return lines


def audit_line(entry: AuditEntry, *, with_name: bool) -> str:
    """One thing somebody did."""
    line = f"{format_dt(entry.at, 'f')} {_who(entry)} {_DONE[entry.action]}"
    if entry.member_id and entry.member_id != entry.actor_id:
        line += f" (<@{entry.member_id}>)"
    if with_name and entry.discount_name:
        line += f" · **{safe_within(entry.discount_name, 100)}**"
    return line + (f" · {_details(entry)}" if entry.details else "")


def _who(entry: AuditEntry) -> str:
    if entry.actor_id:
        return f"<@{entry.actor_id}>"
    # Only what pauses by itself says why; all the rest was done by somebody who is forgotten.
    return "I" if entry.action is AuditAction.PAUSE and entry.details else "Somebody"


def _details(entry: AuditEntry) -> str:
    """What is said besides; the channel of a card is a mention, and what hosts wrote is plain text."""
    channel = _CHANNEL.fullmatch(entry.details) if entry.action is AuditAction.POST else None
    return entry.details if channel else safe_within(entry.details, 300)
