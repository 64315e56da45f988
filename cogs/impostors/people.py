"""People as Discord shows them, and where to find them without asking for everybody."""

import logging
from collections.abc import AsyncIterator, Iterable

import discord

from bot.client import Services
from bot.impostors.rules import Person
from bot.ui.people import MEMBERS_AT_ONCE, moderates

log = logging.getLogger(__name__)

#: A guild of at most this many members tells all of them in one answer.
SMALL_GUILD = 1000


def person_of(member: discord.Member) -> Person:
    """What the rules need to know of a member."""
    return Person(
        member.guild.id,
        member.id,
        tuple(name for name in (member.nick, member.global_name, member.name) if name),
        is_bot=member.bot,
        is_owner=member.id == member.guild.owner_id,
        may_moderate=any(map(moderates, member.roles)),
        role_ids=frozenset(role.id for role in member.roles),
        joined_at=member.joined_at,
    )


def person_before(member: discord.Member, role_ids: Iterable[int]) -> Person:
    """The member as they were with those roles."""
    roles = [role for role in map(member.guild.get_role, role_ids) if role is not None]
    may_moderate = any(map(moderates, roles))
    is_owner = member.id == member.guild.owner_id
    return Person(member.guild.id, member.id, (), member.bot, is_owner, may_moderate, frozenset(role_ids))


async def present_hosts(guild: discord.Guild, services: Services) -> list[discord.Member]:
    """The known hosts who are here, the owner among them; those not in memory are asked for by id."""
    ids = list(dict.fromkeys([guild.owner_id or 0, *await services.impostors.host_ids(guild.id)]))
    missing = [host_id for host_id in ids if host_id and guild.get_member(host_id) is None]
    gone = set(missing)
    try:
        for start in range(0, len(missing), MEMBERS_AT_ONCE):
            some = missing[start : start + MEMBERS_AT_ONCE]
            found = await guild.query_members(user_ids=some, limit=MEMBERS_AT_ONCE, cache=True)
            gone -= {member.id for member in found}
    except TimeoutError:
        log.warning("hosts not loaded guild=%s", guild.id)
        gone.clear()
    if gone:
        await services.impostors.depart(guild.id, gone, services.clock.now())
    return [member for member in map(guild.get_member, ids) if member is not None]


async def everybody_at_hand(guild: discord.Guild) -> AsyncIterator[discord.Member]:
    """All members of a small guild, with one request; of a big one those who are in memory anyway."""
    if (guild.member_count or SMALL_GUILD + 1) <= SMALL_GUILD:
        async for member in guild.fetch_members(limit=SMALL_GUILD):
            yield member
    else:
        for member in guild.members:
            yield member
