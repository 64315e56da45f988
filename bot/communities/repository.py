"""All SQL of the community's settings."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update

from bot.communities.models import CommandSyncRow, CommunityChannelRow, CommunityRow
from bot.communities.rules import ChannelPurpose, Community
from bot.db import Transaction
from bot.db.statements import insert


class CommunityRepository:
    """Communities in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_community(self, guild_id: int) -> Community:
        """The guild's settings; those of an unknown guild are empty."""
        row = await self._tx.get(CommunityRow, guild_id, populate_existing=True)
        if row is None:
            return Community(guild_id)
        chosen = await self._tx.execute(
            select(CommunityChannelRow.purpose, CommunityChannelRow.channel_id).where(
                CommunityChannelRow.guild_id == guild_id
            )
        )
        channels = {ChannelPurpose(purpose): channel_id for purpose, channel_id in chosen}
        return Community(
            guild_id, row.name, row.time_zone, row.host_role_id, channels,
            row.arrived_at, row.seen_at, timedelta(days=row.keep_days),
        )  # fmt: skip

    async def list_present(self) -> list[int]:
        """The guilds the bot was in when it last looked."""
        found = await self._tx.scalars(select(CommunityRow.guild_id).where(CommunityRow.left_at.is_(None)))
        return list(found)

    async def list_left(self, before: datetime) -> list[int]:
        """The guilds the bot was removed from before that."""
        found = await self._tx.scalars(select(CommunityRow.guild_id).where(CommunityRow.left_at < before))
        return list(found)

    async def mark_seen(self, guild_ids: Collection[int], now: datetime) -> None:
        """Keep that the bot was there to see what happened in these guilds."""
        await self._tx.execute(
            update(CommunityRow)
            .where(CommunityRow.guild_id.in_(guild_ids), CommunityRow.left_at.is_(None))
            .values(seen_at=now)
        )

    async def set_keep(self, guild_id: int, keep: timedelta) -> None:
        """Set how long a departed member is remembered, in whole days."""
        await self._tx.execute(
            update(CommunityRow).where(CommunityRow.guild_id == guild_id).values(keep_days=keep.days)
        )

    async def delete(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await self._tx.execute(delete(CommunityChannelRow).where(CommunityChannelRow.guild_id == guild_id))
        await self._tx.execute(delete(CommunityRow).where(CommunityRow.guild_id == guild_id))

    async def mark_arrived(self, guild_id: int, name: str, now: datetime) -> None:
        """Keep the guild as present; settings from an earlier stay are kept."""
        await self._tx.execute(
            insert(self._tx, CommunityRow)
            .values(guild_id=guild_id, name=name, arrived_at=now)
            .on_conflict_do_update(
                index_elements=["guild_id"],
                set_={
                    "name": name,
                    "left_at": None,
                    # Only a guild that comes back after a removal arrives anew.
                    "arrived_at": case((CommunityRow.left_at.is_(None), CommunityRow.arrived_at), else_=now),
                },
            )
        )

    async def mark_left(self, guild_id: int, now: datetime) -> None:
        """Keep when the bot was removed."""
        await self._tx.execute(update(CommunityRow).where(CommunityRow.guild_id == guild_id).values(left_at=now))

    async def set_time_zone(self, guild_id: int, name: str) -> None:
        """Set the guild's zone to an IANA name."""
        await self._tx.execute(update(CommunityRow).where(CommunityRow.guild_id == guild_id).values(time_zone=name))

    async def set_host_role(self, guild_id: int, role_id: int | None) -> None:
        """Set or clear the role of the hosts."""
        await self._tx.execute(
            update(CommunityRow).where(CommunityRow.guild_id == guild_id).values(host_role_id=role_id)
        )

    async def set_channel(self, guild_id: int, purpose: ChannelPurpose, channel_id: int) -> None:
        """Choose the channel for a purpose."""
        await self._tx.execute(
            insert(self._tx, CommunityChannelRow)
            .values(guild_id=guild_id, purpose=purpose, channel_id=channel_id)
            .on_conflict_do_update(index_elements=["guild_id", "purpose"], set_={"channel_id": channel_id})
        )

    async def remove_channel(self, guild_id: int, purpose: ChannelPurpose) -> None:
        """Have no channel for a purpose."""
        await self._tx.execute(
            delete(CommunityChannelRow).where(
                CommunityChannelRow.guild_id == guild_id, CommunityChannelRow.purpose == purpose
            )
        )

    async def get_commands_digest(self, application_id: int) -> str | None:
        """The digest of the commands Discord was last told."""
        return await self._tx.scalar(
            select(CommandSyncRow.digest).where(CommandSyncRow.application_id == application_id)
        )

    async def set_commands_digest(self, application_id: int, digest: str) -> None:
        """Remember what Discord was told."""
        await self._tx.execute(
            insert(self._tx, CommandSyncRow)
            .values(application_id=application_id, digest=digest)
            .on_conflict_do_update(index_elements=["application_id"], set_={"digest": digest})
        )
