"""People as Discord shows them, and where to find them without asking for everybody."""

from collections.abc import Sequence

import discord

#: Discord gives at most this many members for one request by id.
MEMBERS_AT_ONCE = 100


def moderates(granted: discord.Permissions) -> bool:
    """Whether these permissions make somebody a host or moderator."""
    return granted.administrator or granted.manage_guild or granted.kick_members or granted.ban_members


async def find_member(guild: discord.Guild, member_id: int) -> discord.Member | None:
    """The member, if they are here."""
    try:
        return guild.get_member(member_id) or await guild.fetch_member(member_id)
    except discord.NotFound:
        return None


async def find_members(guild: discord.Guild, member_ids: Sequence[int]) -> list[discord.Member]:
    """Those of the members who are here, in their order."""
    if len(member_ids) == 1:
        return [member for member in [await find_member(guild, member_ids[0])] if member is not None]
    unknown = [member_id for member_id in member_ids if guild.get_member(member_id) is None]
    asked = await guild.query_members(user_ids=unknown, limit=MEMBERS_AT_ONCE) if unknown else []
    found = {member.id: member for member in asked}
    members = (guild.get_member(member_id) or found.get(member_id) for member_id in member_ids)
    return [member for member in members if member is not None]
