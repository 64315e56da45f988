"""What is kept about a member, in every room: told, and forgotten."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.communities.rules import KEEP_GUILD
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.members.service import MemberService


class Keeper(Protocol):
    """A room that keeps something about members."""

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> Mapping[str, object]:
        """What is kept about a member, as names and plain values a person and JSON can read."""
        ...

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> Collection[int]:
        """The ids above `after` of everybody of whom something is kept; where they are many, at least the lowest
        `most`.
        """
        ...

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Keep nothing about a member but what others own, anonymised; take down what was posted about them."""
        ...

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        ...


class PrivacyService:
    """Speaks for all rooms at once. `keepers` are named as a member reads it, in the order they are told."""

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        members: MemberService,
        keepers: Mapping[str, Keeper],
    ) -> None:
        self._database = database
        self._communities = communities
        self._members = members
        self._keepers = keepers

    async def tell(self, guild_id: int, member_id: int) -> dict[str, Mapping[str, object]]:
        """What is kept about a member, by room; a room that keeps nothing is left out."""
        async with self._database.transaction() as tx:
            told = {name: await keeper.tell(tx, guild_id, member_id) for name, keeper in self._keepers.items()}
        return {name: kept for name, kept in told.items() if kept}

    async def present(
        self, guild_id: int, now: datetime, *, after: int = 0, most: int | None = None
    ) -> tuple[list[int], int | None]:
        """Those of whom something is kept and who did not leave as far as is known, by id; of the next `most` people
        with ids above `after`. With it the last of these, None where nobody comes after them.
        """
        async with self._database.transaction() as tx:
            # These first: somebody who is being forgotten now is then in both, or not named any more.
            left = {*await self._members.departed(tx, guild_id, now)}
            named = [await keeper.named(tx, guild_id, after, most) for keeper in self._keepers.values()]
        some = sorted(set[int]().union(*named))[:most]
        return [one for one in some if one not in left], some[-1] if most and len(some) == most else None

    async def forget(self, guild_id: int, member_id: int, now: datetime) -> None:
        """Forget a member everywhere in this guild, in one go."""
        async with self._database.transaction() as tx:
            await self._forget(tx, guild_id, member_id, now)

    async def forget_departed(self, guild_id: int, now: datetime) -> int:
        """Forget the members who left this guild longer ago than it keeps them. How many."""
        before, count = now - (await self._communities.get(guild_id)).keep, 0
        async with self._database.transaction() as tx:
            departed = await self._members.departed(tx, guild_id, before)
        for member_id in departed:
            async with self._database.transaction() as tx:
                if await self._members.forget_departed(tx, guild_id, member_id, before):
                    await self._forget(tx, guild_id, member_id, now)
                    count += 1
        return count

    async def _forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        for keeper in self._keepers.values():
            await keeper.forget(tx, guild_id, member_id, now)

    async def forget_left_guilds(self, now: datetime) -> list[int]:
        """Delete what is kept of guilds that removed the bot a month ago. Their ids."""
        left = await self._communities.list_left(now - KEEP_GUILD)
        for guild_id in left:
            async with self._database.transaction() as tx:
                for keeper in self._keepers.values():
                    await keeper.forget_guild(tx, guild_id)
                await self._communities.forget_guild(tx, guild_id)
        return left
