"""All SQL of hosts and look-alikes."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from bot.db import Transaction
from bot.db.statements import insert, list_ids
from bot.impostors.models import KnownHostRow, LookalikeRow
from bot.impostors.rules import Decision, Host, Lookalike

_NAMING = (KnownHostRow.member_id, LookalikeRow.member_id, LookalikeRow.host_id, LookalikeRow.decided_by)


class ImpostorRepository:
    """Hosts and look-alikes in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def list_guilds(self) -> set[int]:
        """The guilds where some host is known, or was."""
        return set(await self._tx.scalars(select(KnownHostRow.guild_id).distinct()))

    async def list_hosts(self, guild_id: int) -> list[Host]:
        """The guild's hosts, those of the longest standing first."""
        found = await self._tx.scalars(
            select(KnownHostRow)
            .where(KnownHostRow.guild_id == guild_id, KnownHostRow.ended_at.is_(None))
            .order_by(KnownHostRow.since, KnownHostRow.member_id)
        )
        return [_host(row) for row in found]

    async def get_host(self, guild_id: int, member_id: int) -> Host | None:
        """Since when somebody is, or was, a host."""
        row = await self._tx.get(KnownHostRow, (guild_id, member_id), populate_existing=True)
        return _host(row) if row else None

    async def add_host(self, host: Host) -> None:
        """Keep that somebody is a host from now on; what was before is forgotten."""
        time = {"since": host.since, "witnessed": host.witnessed, "ended_at": host.ended_at}
        await self._tx.execute(
            insert(self._tx, KnownHostRow)
            .values(guild_id=host.guild_id, member_id=host.member_id, **time)
            .on_conflict_do_update(index_elements=["guild_id", "member_id"], set_=time)
        )

    async def mark_ended(self, guild_id: int, member_id: int, now: datetime) -> None:
        """Keep that somebody is no host any more."""
        await self._tx.execute(
            update(KnownHostRow)
            .where(
                KnownHostRow.guild_id == guild_id, KnownHostRow.member_id == member_id, KnownHostRow.ended_at.is_(None)
            )
            .values(ended_at=now)
        )  # fmt: skip

    async def add_lookalike(
        self, guild_id: int, member_id: int, host_id: int, skeleton: str, *, joined_at: datetime | None, now: datetime
    ) -> int | None:
        """Keep a look-alike. Its id, or None if it is known: from this stay, or as fine."""
        same = (
            LookalikeRow.guild_id == guild_id, LookalikeRow.member_id == member_id,
            LookalikeRow.host_id == host_id, LookalikeRow.skeleton == skeleton,
        )  # fmt: skip
        await self._tx.execute(
            delete(LookalikeRow).where(
                *same,
                LookalikeRow.joined_at.is_distinct_from(joined_at),
                LookalikeRow.decision.is_distinct_from(Decision.FINE),
            )
        )
        return await self._tx.scalar(
            insert(self._tx, LookalikeRow)
            .values(
                guild_id=guild_id, member_id=member_id, host_id=host_id, skeleton=skeleton, found_at=now,
                joined_at=joined_at,
            )
            .on_conflict_do_nothing(index_elements=["guild_id", "member_id", "host_id", "skeleton"])
            .returning(LookalikeRow.id)
        )  # fmt: skip

    async def get_lookalike(self, guild_id: int, lookalike_id: int) -> Lookalike | None:
        """The guild's look-alike with that id."""
        row = await self._tx.scalar(
            select(LookalikeRow)
            .where(LookalikeRow.guild_id == guild_id, LookalikeRow.id == lookalike_id)
            .execution_options(populate_existing=True)
        )
        return _lookalike(row) if row else None

    async def list_lookalikes(self, guild_id: int, member_id: int) -> list[Lookalike]:
        """Whom a member looked like, oldest first."""
        found = await self._tx.scalars(
            select(LookalikeRow)
            .where(LookalikeRow.guild_id == guild_id, LookalikeRow.member_id == member_id)
            .order_by(LookalikeRow.id)
        )
        return [_lookalike(row) for row in found]

    async def mark_settled(self, lookalike: Lookalike, decision: Decision, decided_by: int, now: datetime) -> bool:
        """Keep the decision about everything that was told in one alert. False if there was one already."""
        settled = await self._tx.scalars(
            update(LookalikeRow)
            .where(
                LookalikeRow.guild_id == lookalike.guild_id, LookalikeRow.member_id == lookalike.member_id,
                LookalikeRow.found_at == lookalike.found_at, LookalikeRow.decision.is_(None),
            )
            .values(decision=decision, decided_by=decided_by, settled_at=now)
            .returning(LookalikeRow.id)
        )  # fmt: skip
        return bool(settled.all())

    async def list_naming(self, guild_id: int, member_id: int) -> list[int]:
        """The ids of the look-alikes that are about a member, as the one who looks like a host or as the host."""
        found = await self._tx.scalars(
            select(LookalikeRow.id).where(
                LookalikeRow.guild_id == guild_id,
                or_(LookalikeRow.member_id == member_id, LookalikeRow.host_id == member_id),
            )
        )
        return list(found)

    async def list_named(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Hosts, those who look like them, and who decided: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, _NAMING, after, most)

    async def delete_member(self, guild_id: int, member_id: int) -> None:
        """Forget a member: as a host, as somebody's look-alike, as the one looked like, as the one who decided."""
        await self._tx.execute(
            delete(KnownHostRow).where(KnownHostRow.guild_id == guild_id, KnownHostRow.member_id == member_id)
        )
        await self._tx.execute(
            delete(LookalikeRow).where(
                LookalikeRow.guild_id == guild_id,
                or_(LookalikeRow.member_id == member_id, LookalikeRow.host_id == member_id),
            )
        )
        await self._tx.execute(
            update(LookalikeRow)
            .where(LookalikeRow.guild_id == guild_id, LookalikeRow.decided_by == member_id)
            .values(decided_by=None)
        )

    async def delete_guild(self, guild_id: int) -> None:
        """Forget a guild."""
        await self._tx.execute(delete(KnownHostRow).where(KnownHostRow.guild_id == guild_id))
        await self._tx.execute(delete(LookalikeRow).where(LookalikeRow.guild_id == guild_id))


def _host(row: KnownHostRow) -> Host:
    return Host(row.guild_id, row.member_id, row.since, row.witnessed, row.ended_at)


def _lookalike(row: LookalikeRow) -> Lookalike:
    decision = Decision(row.decision) if row.decision else None
    return Lookalike(
        row.id, row.guild_id, row.member_id, row.host_id, row.skeleton, row.found_at, row.joined_at,
        decision, row.decided_by,
    )  # fmt: skip
