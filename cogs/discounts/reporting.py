"""`/discount report`, `redeemed` and `export`: what became of a discount."""

import asyncio
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.discounts.report_rules import Day, Report
from bot.discounts.rules import Condition, Discount, counted
from bot.errors import UserFacingError
from bot.ui.charts import attached
from bot.ui.people import MEMBERS_AT_ONCE, find_members
from bot.ui.text import shortened
from cogs.discounts import charts
from cogs.discounts.actions import program_of
from cogs.discounts.cards import fault_lines
from cogs.discounts.choosing import Choices, guild_of
from cogs.discounts.eligible import count_eligible
from cogs.discounts.importing import content_of
from cogs.discounts.part import Part
from cogs.discounts.progress import Progress
from cogs.discounts.redeeming import RedeemView, plan_text
from cogs.discounts.words import called, in_a_menu, one_of

Interaction = discord.Interaction[Any]

#: How many of the latest days are told in words.
DAYS_TOLD = 7
#: So long an export waits for names, in seconds; after 15 minutes Discord takes no answer any more.
PATIENCE = 600.0


class Reporting(Part):
    """Report, redeemed, export."""

    @app_commands.command(
        description="See how many could have a code, looked, claimed and used it, and what kept the others"
    )
    @app_commands.describe(discount="Which discount")
    async def report(self, interaction: Interaction, discount: str) -> None:
        """`/discount report`"""
        chosen, services = await self.begin(interaction, discount), self.bot.services
        guild, now = guild_of(interaction), services.clock.now()
        report = await services.discount_reports.report(guild.id, chosen.id, now)
        progress = Progress(interaction, "I count who could have it")
        eligible = await count_eligible(services, guild, chosen, now, progress)
        program = await program_of(services, guild.id, chosen.program_id)
        words = [*told(report, eligible, guild), *fault_lines(chosen, program, now)]
        drawing = picture_of(report, eligible, guild)
        picture = await attached("discount.png", words, lambda: charts.draw(drawing))
        await interaction.edit_original_response(
            content="\n".join(words), attachments=[picture], allowed_mentions=discord.AllowedMentions.none()
        )

    @app_commands.command(description="Note what was used: the file of your shop, or one code or order by hand")
    @app_commands.describe(
        discount="Which discount",
        file="The CSV file of your shop: a column with codes or the ids of orders, and one with dates",
        code="One code that was used",
        order="The id of one order it was used for",
        day="The day it was used; leave it out for today",
    )
    async def redeemed(
        self,
        interaction: Interaction,
        discount: str,
        file: discord.Attachment | None = None,
        code: app_commands.Range[str, 1, 100] | None = None,
        order: app_commands.Range[str, 1, 100] | None = None,
        day: app_commands.Range[str, 1, 60] | None = None,
    ) -> None:
        """`/discount redeemed`"""
        chosen, services = await self.begin(interaction, discount), self.bot.services
        if sum(one is not None for one in (file, code, order)) != 1:
            raise UserFacingError(
                "Please fill in one of these: `file:` with the sales of your shop, `code:` with one code that was "
                "used, or `order:` with the id of one order."
            )
        now = services.clock.now()
        if file is None:
            reference = code or order or ""
            await services.discount_reports.redeem_one(
                chosen.guild_id, chosen.id, reference, day or "", interaction.user.id, now, by_code=code is not None
            )
            await interaction.followup.send(f"Noted for **{called(chosen)}**.", ephemeral=True)
            return
        content = await content_of(file)
        plan = await services.discount_reports.plan_redemptions(chosen.guild_id, chosen.id, content, now)
        view = RedeemView(chosen, content) if plan.is_news else discord.utils.MISSING
        await interaction.followup.send(plan_text(chosen, plan), view=view, ephemeral=True)

    @app_commands.command(description="Get who has a code and who used it as a file, for you alone")
    @app_commands.describe(discount="Which discount")
    async def export(self, interaction: Interaction, discount: str) -> None:
        """`/discount export`"""
        chosen, services = await self.begin(interaction, discount), self.bot.services
        find_names = partial(names_of, guild_of(interaction))
        content = await services.discount_reports.export(
            chosen.guild_id, chosen.id, interaction.user.id, services.clock.now(), find_names
        )
        file = discord.File(io.BytesIO(content), f"{_file_name(chosen)}.csv")
        await interaction.followup.send(
            f"**{called(chosen)}** as a file. It holds codes: keep it to yourself.", file=file, ephemeral=True
        )

    @report.autocomplete("discount")
    @redeemed.autocomplete("discount")
    @export.autocomplete("discount")
    async def choose_discount_to_report(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts there are."""
        return await self.matching(interaction, typed)


async def names_of(guild: discord.Guild, member_ids: Sequence[int]) -> dict[int, str]:
    """What the members who are here are called; where Discord is too slow, only some of them."""
    names: dict[int, str] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            for start in range(0, len(member_ids), MEMBERS_AT_ONCE):
                members = await find_members(guild, member_ids[start : start + MEMBERS_AT_ONCE])
                names.update({member.id: member.display_name for member in members})
    return names


def _file_name(discount: Discount) -> str:
    return re.sub(r"[^a-z0-9]+", "-", discount.name.casefold()).strip("-")[:60] or "discount"


def steps_of(report: Report) -> list[tuple[str, int]]:
    """How far members came until now."""
    return [("seen", report.seen), ("claimed", report.claimed), ("redeemed", report.redeemed)]


def picture_of(report: Report, eligible: int | None, guild: discord.Guild) -> charts.Picture:
    """What the chart shows."""
    blocking = [(_short(conditions, guild), count) for conditions, count in report.blocking]
    # Who meets the conditions today is no step: others looked when they did, or never met them.
    steps = [*([] if eligible is None else [("eligible now", eligible)]), *steps_of(report)]
    return charts.Picture(shortened(report.discount.name, 60), steps, every_day(report), blocking)


def _short(conditions: Sequence[Condition], guild: discord.Guild) -> str:
    """Conditions of which one is enough, as far as a chart has room for them."""
    first, others = in_a_menu(conditions[0], guild), len(conditions) - 1
    return f"{first}, or {counted(others, 'other way')}" if others else first


def every_day(report: Report) -> list[tuple[date, int, int]]:
    """Claims and redemptions of the latest days that fit, from the first to the last on which something happened."""
    happened = {day.day: day for day in report.per_day}
    if not happened:
        return []
    last = max(happened)
    length = min((last - min(happened)).days + 1, charts.MOST_DAYS)
    days = [last - timedelta(days=back) for back in reversed(range(length))]
    return [(day, happened[day].claimed, happened[day].redeemed) if day in happened else (day, 0, 0) for day in days]


def told(report: Report, eligible: int | None, guild: discord.Guild) -> list[str]:
    """The chart in sentences."""
    so_far = " → ".join(f"{count:,} {step}" for step, count in steps_of(report))
    now = "" if eligible is None else f"{eligible:,} eligible now · "
    lines = [f"**{called(report.discount)}**: {now}so far {so_far}"]
    if eligible is None:
        lines.append("-# Who could have it I count in up to 100,000 members, and for ten minutes at most.")
    if report.revoked:
        verb = "was" if report.revoked == 1 else "were"
        lines.append(f"{counted(report.revoked, 'code')} of the claimed {verb} taken back.")
    if report.blocking:
        conditions, count = report.blocking[0]
        lines.append(f"What keeps most from it: **{one_of(conditions, guild)}** ({counted(count, 'member')}).")
    lines += [_day_line(day) for day in report.per_day[-DAYS_TOLD:]]
    return lines


def _day_line(day: Day) -> str:
    return f"{day.day:%B} {day.day.day}: {day.seen:,} seen · {day.claimed:,} claimed · {day.redeemed:,} redeemed"
