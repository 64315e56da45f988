"""What happens to a community's settings."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.communities import rules
from bot.communities.errors import UnknownTimeZoneError
from bot.communities.repository import CommunityRepository
from bot.communities.rules import ChannelPurpose, Community
from bot.db import Database, Transaction


class CommunityService:
    """A guild's time zone, channels and host role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> Community:
        """The guild's settings."""
        async with self._database.transaction() as tx:
            return await self.get_in(tx, guild_id)

    async def get_in(self, tx: Transaction, guild_id: int) -> Community:
        """The guild's settings, as part of a larger transaction."""
        return await CommunityRepository(tx).get_community(guild_id)

    async def list_present(self) -> list[int]:
        """The ids of the guilds the bot was in when it last looked."""
        async with self._database.transaction() as tx:
            return await CommunityRepository(tx).list_present()

    async def list_left(self, before: datetime) -> list[int]:
        """The ids of guilds the bot was removed from before that."""
        async with self._database.transaction() as tx:
            return await CommunityRepository(tx).list_left(before)

    async def see(self, guild_ids: Collection[int], now: datetime) -> None:
        """The bot is there to see what happens in these guilds."""
        async with self._database.transaction() as tx:
            await CommunityRepository(tx).mark_seen(guild_ids, now)

    async def set_keep(self, guild_id: int, keep: timedelta) -> None:
        """Choose how long a member who left is remembered, in whole days."""
        async with self._database.transaction() as tx:
            await CommunityRepository(tx).set_keep(guild_id, keep)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await CommunityRepository(tx).delete(guild_id)

    async def arrive(self, guild_id: int, name: str, now: datetime) -> None:
        """The bot is in this guild."""
        async with self._database.transaction() as tx:
            await CommunityRepository(tx).mark_arrived(guild_id, name, now)

    async def leave(self, tx: Transaction, guild_id: int, now: datetime) -> None:
        """The bot was removed from this guild; its settings are kept in case it comes back."""
        await CommunityRepository(tx).mark_left(guild_id, now)

    async def set_time_zone(self, guild_id: int, typed: str) -> Community:
        """Set the zone from what a person typed. Raises UnknownTimeZoneError."""
        name = rules.find_time_zone(typed)
        if name is None:
            raise UnknownTimeZoneError(typed, rules.similar_time_zones(typed))
        async with self._database.transaction() as tx:
            communities = CommunityRepository(tx)
            await communities.set_time_zone(guild_id, name)
            return await communities.get_community(guild_id)

    async def set_channel(self, guild_id: int, purpose: ChannelPurpose, channel_id: int | None) -> Community:
        """Choose the channel for a purpose, or none."""
        async with self._database.transaction() as tx:
            communities = CommunityRepository(tx)
            if channel_id is None:
                await communities.remove_channel(guild_id, purpose)
            else:
                await communities.set_channel(guild_id, purpose, channel_id)
            return await communities.get_community(guild_id)

    async def set_host_role(self, guild_id: int, role_id: int | None) -> Community:
        """Choose the role of the hosts, or none."""
        async with self._database.transaction() as tx:
            communities = CommunityRepository(tx)
            await communities.set_host_role(guild_id, role_id)
            return await communities.get_community(guild_id)

    async def commands_digest(self, application_id: int) -> str | None:
        """The digest of the slash commands Discord was last told, if any."""
        async with self._database.transaction() as tx:
            return await CommunityRepository(tx).get_commands_digest(application_id)

    async def commands_synced(self, application_id: int, digest: str) -> None:
        """Discord was told the commands with this digest."""
        async with self._database.transaction() as tx:
            await CommunityRepository(tx).set_commands_digest(application_id, digest)
