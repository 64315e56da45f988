"""How many members could have a code now."""

import asyncio
from datetime import datetime

import discord

from bot.client import Services
from bot.discounts.rules import Claimant, Discount
from cogs.discounts.actions import claimant_of
from cogs.discounts.progress import Progress

#: In a larger guild it would take too long, and so it does where Discord lets the bot wait for longer, in seconds.
MOST_COUNTED, PATIENCE = 100_000, 600.0
#: Discord tells of so many members at once.
PAGE = 1000


async def count_eligible(
    services: Services, guild: discord.Guild, discount: Discount, now: datetime, progress: Progress
) -> int | None:
    """How many people meet the conditions, with or without a code; None where the guild is too large to ask.

    They are asked for and looked at page by page, and nobody is kept in memory.
    """
    if (guild.member_count or 0) > MOST_COUNTED:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            return await _count(services, guild, discount, now, progress)
    except TimeoutError:
        return None


async def _count(
    services: Services, guild: discord.Guild, discount: Discount, now: datetime, progress: Progress
) -> int:
    community = await services.communities.get(guild.id)
    found, seen, people = 0, 0, list[Claimant]()
    async for member in guild.fetch_members(limit=None):
        seen += 1
        if not member.bot:
            people.append(claimant_of(member, community, now))
        if seen % PAGE == 0:
            found += await services.discount_reports.count_eligible(guild.id, discount.id, people, now)
            people.clear()
            await progress.show(seen, max(seen, guild.member_count or 0))
    return found + await services.discount_reports.count_eligible(guild.id, discount.id, people, now)
