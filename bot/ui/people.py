"""People as Discord shows them, and where to find them without asking for everybody."""

from collections.abc import Sequence

import discord

#: Discord gives at most this many members for one request by id.
MEMBERS_AT_ONCE = 100


def moderates(role: discord.Role) -> bool:
    """Whether a role makes somebody a moderator: it has one of the powers for which Discord wants a second factor.

    The role that everybody has makes nobody one, whatever it allows.
    """
    return not role.is_default() and bool(role.permissions.value & discord.Permissions.elevated().value)


def is_staff(member: discord.Member, host_role_id: int | None) -> bool:
    """Whether somebody owns the guild, hosts or moderates."""
    is_owner = member.id == member.guild.owner_id
    return is_owner or any(role.id == host_role_id or moderates(role) for role in member.roles)


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
