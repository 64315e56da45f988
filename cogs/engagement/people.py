"""Who is counted: members, and not those who run the place."""

import discord

from bot.communities.rules import Community
from bot.ui.people import moderates


def is_staff(member: discord.Member, community: Community) -> bool:
    """Whether somebody is a host or moderator, so that their taking part is not counted."""
    return (
        member.id == member.guild.owner_id
        or member.get_role(community.host_role_id or 0) is not None
        or moderates(member.guild_permissions)
    )
