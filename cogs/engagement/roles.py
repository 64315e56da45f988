"""Members wear the roles of their levels."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.communities.rules import Community
from bot.engagement.rules import Level, LevelSettings, worn_levels
from bot.ui.people import find_members, is_staff
from bot.ui.permissions import fault_of

log = logging.getLogger(__name__)

#: Where another role is chosen.
COMMAND = "/engagement role"
#: So many members get or lose roles in a guild before others have their turn: each is a request or two.
MOST_CHANGED = 20


@dataclass(frozen=True, slots=True)
class _Wardrobe:
    """The roles of levels that can be given in a guild."""

    roles: dict[Level, discord.Role]
    stacks: bool

    def changes(self, member: discord.Member, level: Level) -> tuple[list[discord.Role], list[discord.Role]]:
        """The roles a member of this level lacks, and those they should not wear."""
        worn = {self.roles[known] for known in worn_levels(level, self.roles, stacks=self.stacks)}
        has = set(member.roles)
        # In the order of levels, so that a retry does the same again.
        roles = list(dict.fromkeys(self.roles.values()))
        return (
            [role for role in roles if role in worn and role not in has],
            [role for role in roles if role in has and role not in worn],
        )


class LevelRoles:
    """Gives and takes roles, and lets hosts know where one cannot be given."""

    def __init__(self, bot: Tribekeeper) -> None:
        self._bot = bot
        self._standing = bot.services.standing
        #: What is known to be wrong with the role of a level in a guild, None where nothing is.
        self._faults: dict[tuple[int, Level], str | None] = {}

    async def show(self, guild: discord.Guild, member_ids: Sequence[int]) -> list[int]:
        """Let these members, a hundred at most, wear what their levels give them. Those whose turn is yet to come.

        Who has left is skipped. Hosts are not counted, so they wear no level, also if they had one before.
        """
        settings = await self._standing.settings(guild.id)
        if not settings.roles:
            await self._standing.shown(guild.id, member_ids)
            return []
        community = await self._bot.services.communities.get(guild.id)
        wardrobe = _Wardrobe(await self._usable(guild, settings, community), settings.stacks)
        levels = await self._standing.levels(guild.id, member_ids)
        waiting, changed = list[int](), 0
        for member in await find_members(guild, member_ids):
            level = Level.NEW if is_staff(member, community.host_role_id) else levels[member.id]
            lacking, excess = wardrobe.changes(member, level)
            if not lacking and not excess:
                continue
            changed += 1
            if changed > MOST_CHANGED or not await _dress(member, lacking, excess, level):
                waiting.append(member.id)
        await self._standing.shown(guild.id, set(member_ids) - set(waiting))
        return waiting

    async def check(self, guild: discord.Guild) -> None:
        """Look anew whether each level's role can be given, and let the hosts know where that has changed."""
        community = await self._bot.services.communities.get(guild.id)
        await self._usable(guild, await self._standing.settings(guild.id), community)

    def forget(self, guild_id: int) -> None:
        """The hosts chose anew, so nothing is known of the roles of this guild."""
        self._faults = {whose: fault for whose, fault in self._faults.items() if whose[0] != guild_id}

    async def _usable(
        self, guild: discord.Guild, settings: LevelSettings, community: Community
    ) -> dict[Level, discord.Role]:
        usable: dict[Level, discord.Role] = {}
        for level in sorted(settings.roles):
            role = guild.get_role(settings.roles[level])
            fault = fault_in(role, level, community)
            if role is not None and fault is None:
                usable[level] = role
            await self._note(guild.id, level, fault)
        return usable

    async def _note(self, guild_id: int, level: Level, fault: str | None) -> None:
        whose, now = (guild_id, level), self._bot.services.clock.now()
        if whose in self._faults and self._faults[whose] == fault:
            return
        if fault is None:
            await self._standing.role_works(guild_id, level, now)
        else:
            await self._standing.tell_role_fault(guild_id, level, now)
        self._faults[whose] = fault


def fault_in(role: discord.Role | None, level: Level, community: Community) -> str | None:
    """Why members of a level cannot wear its role (None: it was deleted) and what a host can do; None if they can."""
    if role is None:
        return f"the role of *{level.title}* was deleted. Choose another one, or none, with `{COMMAND}`."
    return fault_of(role, community, COMMAND)


async def _dress(
    member: discord.Member, lacking: Collection[discord.Role], excess: Collection[discord.Role], level: Level
) -> bool:
    """Change a member's roles. False if it may work later."""
    reason = f"Taking part: {level.title}"
    try:
        if lacking:
            await member.add_roles(*lacking, reason=reason)
        if excess:
            await member.remove_roles(*excess, reason=reason)
    except (discord.NotFound, discord.Forbidden) as error:
        # They left, or the role did, or a host moved it a moment ago: the next look at the roles tells.
        log.warning("level role not changed guild=%s status=%s", member.guild.id, error.status)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("level role not changed guild=%s reason=%s", member.guild.id, type(error).__name__)
        return False
    return True
