"""Who is not counted because they host or have a role with powers, as far as that is known."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import discord

from bot.engagement.count_rules import WIDTH
from bot.engagement.tally import UNKNOWN_ROLES, GuildTally, Tally
from bot.ui.people import MEMBERS_AT_ONCE, find_members, is_staff, moderates

#: So many members are remembered in each guild; beyond that they are asked for anew.
MOST_KNOWN = 10_000
#: After so many messages others get their turn.
AT_ONCE = 2000


@dataclass(slots=True)
class _Known:
    host_role_id: int | None = None
    staff: set[int] = field(default_factory=set[int])
    others: set[int] = field(default_factory=set[int])

    def learn(self, member_id: int, *, is_staff: bool) -> None:
        """Remember a member."""
        (self.staff if is_staff else self.others).add(member_id)
        (self.others if is_staff else self.staff).discard(member_id)

    def tidy(self) -> None:
        """Remember no more than fits."""
        for members in (self.staff, self.others):
            if len(members) > MOST_KNOWN:
                members.clear()


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Who is not counted: `staff` by their ids, and `roles`, the tally's numbers of roles that make somebody staff."""

    staff: Collection[int]
    roles: Collection[int]


class Staff:
    """Hosts and those with powers, in all guilds. `tally` is where messages, and with them roles, come in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._known: defaultdict[int, _Known] = defaultdict(_Known)

    def learn(self, member: discord.Member) -> None:
        """A member was seen with their roles."""
        known = self._known[member.guild.id]
        known.learn(member.id, is_staff=is_staff(member, known.host_role_id))

    def forget(self, guild_id: int, member_id: int | None = None) -> None:
        """Roles changed, or may have: one member's, or anybody's in a guild."""
        if held := self._tally.find(guild_id):
            held.forget_active(member_id)
        if member_id is None:
            self._known.pop(guild_id, None)
        elif known := self._known.get(guild_id):
            known.staff.discard(member_id)
            known.others.discard(member_id)

    def is_staff(self, guild: discord.Guild, member_id: int, host_role_id: int | None) -> bool:
        """Whether a member is staff, as far as is known without asking."""
        known, held = self._with_hosts(guild.id, host_role_id), self._tally.find(guild.id)
        if member_id == guild.owner_id or member_id in known.staff:
            return True
        roles = held.roles_of(member_id) if held else UNKNOWN_ROLES
        if roles != UNKNOWN_ROLES:
            return not _powerful(guild, host_role_id).isdisjoint(self._tally.roles_with(roles))
        member = guild.get_member(member_id)
        return member is not None and is_staff(member, host_role_id)

    async def look(
        self,
        guild: discord.Guild,
        held: GuildTally,
        minutes: Mapping[int, int],
        host_role_id: int | None,
        *,
        ask: bool = True,
    ) -> Uncounted:
        """Who of those who wrote or were answered in these minutes is not counted.

        With `ask`, Discord is asked for those nothing is known of, and who is not here any more is not counted either.
        Raises TimeoutError and discord.HTTPException.
        """
        known = self._with_hosts(guild.id, host_role_id)
        seen, answered = await _people_in(held, minutes)
        powerful = _powerful(guild, host_role_id)
        roles = {number for number in {number for _, number in seen} if number != UNKNOWN_ROLES}
        roles = {number for number in roles if not powerful.isdisjoint(self._tally.roles_with(number))}
        told = {author_id for author_id, number in seen if number != UNKNOWN_ROLES}
        hosting = {author_id for author_id, number in seen if number in roles}
        known.staff -= told - hosting
        for author_id in hosting:
            known.learn(author_id, is_staff=True)
        silent = ({author_id for author_id, _ in seen} | answered) - told - known.staff - known.others - {0}
        silent = {member_id for member_id in silent if not held.was_active(member_id)}
        gone = await self._ask(guild, known, silent) if ask else set[int]()
        owner = {guild.owner_id} if guild.owner_id else set[int]()
        uncounted = Uncounted(known.staff | gone | owner, roles)
        known.tidy()
        return uncounted

    def _with_hosts(self, guild_id: int, host_role_id: int | None) -> _Known:
        """Who is known in a guild; nobody where another role was that of hosts until now."""
        known = self._known[guild_id]
        if known.host_role_id != host_role_id:
            known = self._known[guild_id] = _Known(host_role_id)
        return known

    async def _ask(self, guild: discord.Guild, known: _Known, member_ids: Iterable[int]) -> set[int]:
        wanted, found = sorted(member_ids), set[int]()
        for start in range(0, len(wanted), MEMBERS_AT_ONCE):
            for member in await find_members(guild, wanted[start : start + MEMBERS_AT_ONCE]):
                known.learn(member.id, is_staff=is_staff(member, known.host_role_id))
                found.add(member.id)
        return set(wanted) - found


async def _people_in(held: GuildTally, minutes: Mapping[int, int]) -> tuple[set[tuple[int, int]], set[int]]:
    """Authors with the number of their roles, and who was answered."""
    seen, answered = set[tuple[int, int]](), set[int]()
    for minute, length in minutes.items():
        for start in range(0, length, AT_ONCE * WIDTH):
            part = held.minutes[minute][start : min(start + AT_ONCE * WIDTH, length)]
            seen.update(zip(part[2::WIDTH], part[3::WIDTH], strict=True))
            answered.update(part[4::WIDTH])
            await asyncio.sleep(0)
    return {(author_id, number) for author_id, number in seen if author_id}, answered


def _powerful(guild: discord.Guild, host_role_id: int | None) -> set[str]:
    """The roles that make somebody staff, as the gateway writes them."""
    return {str(role.id) for role in guild.roles if role.id == host_role_id or moderates(role)}
