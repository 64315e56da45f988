"""How many members could have a code now."""

from datetime import datetime

import discord

from bot.client import Services
from bot.discounts.rules import Discount
from cogs.discounts.actions import claimant_of

#: In a larger guild everybody would have to be asked for, page after page; there the number is left out.
MOST_COUNTED = 2000


async def count_eligible(services: Services, guild: discord.Guild, discount: Discount, now: datetime) -> int | None:
    """How many people meet the conditions, with or without a code; None where the guild is too large to ask."""
    if (guild.member_count or 0) > MOST_COUNTED:
        return None
    community = await services.communities.get(guild.id)
    everybody = [member async for member in guild.fetch_members(limit=None) if not member.bot]
    claimants = [claimant_of(member, community, now) for member in everybody]
    people = [claimant for claimant in claimants if not claimant.is_staff]
    return await services.discount_reports.count_eligible(guild.id, discount.id, people, now)
