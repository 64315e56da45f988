"""What happens to hosts and to those who look like them. Nothing is ever done to anybody here: hosts decide."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.impostors import rules
from bot.impostors.errors import AlreadyDecidedError, LookalikeGoneError
from bot.impostors.repository import ImpostorRepository
from bot.impostors.rules import Decision, Host, Lookalike, Person
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService

ALERT = "impostors:alert"
#: What the table holds of a skeleton; names have 32 characters, and few of them become longer.
LONGEST_SKELETON = 100


class ImpostorService:
    """Hosts as they are seen, and alerts about look-alikes.

    Discord's list of members is never asked for as a whole in a big guild, so hosts are learned as they are seen.
    """

    def __init__(self, database: Database, communities: CommunityService, outbox: OutboxService) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox

    async def known_guilds(self) -> set[int]:
        """The guilds whose hosts were looked for before."""
        async with self._database.transaction() as tx:
            return await ImpostorRepository(tx).list_guilds()

    async def host_ids(self, guild_id: int) -> list[int]:
        """The guild's hosts as far as is known, those of the longest standing first."""
        async with self._database.transaction() as tx:
            return [host.member_id for host in await ImpostorRepository(tx).list_hosts(guild_id)]

    async def learn(self, guild_id: int, owner_id: int, people: Iterable[Person], now: datetime) -> None:
        """Hosts are looked for among the people of a guild; its owner is one, seen or not."""
        async with self._database.transaction() as tx:
            await self._observe(tx, Person(guild_id, owner_id, (), is_owner=True), now)
            host_role_id = (await self._communities.get_in(tx, guild_id)).host_role_id
            for person in people:
                if rules.is_host(person, host_role_id):
                    await self._observe(tx, person, now)

    async def observe(self, person: Person, now: datetime, *, before: Person | None = None) -> Host | None:
        """Somebody was seen. Since when they are a host, or None if they are none (any more).

        `before` is them a moment ago, where that is known: if they were none then, `now` is when they became one.
        """
        async with self._database.transaction() as tx:
            return await self._observe(tx, person, now, before)

    async def _observe(
        self, tx: Transaction, person: Person, now: datetime, before: Person | None = None
    ) -> Host | None:
        hosts = ImpostorRepository(tx)
        known = await hosts.get_host(person.guild_id, person.member_id)
        community = await self._communities.get_in(tx, person.guild_id)
        if not rules.is_host(person, community.host_role_id):
            if known is not None and known.ended_at is None:
                await hosts.mark_ended(person.guild_id, person.member_id, now)
            return None
        if known is not None and known.ended_at is None:
            return known
        witnessed = before is not None and not rules.is_host(before, community.host_role_id)
        host = Host(person.guild_id, person.member_id, now, witnessed)
        await hosts.add_host(host)
        return host

    async def depart(self, guild_id: int, member_ids: Collection[int], now: datetime) -> None:
        """People are not in the guild any more, so they are no hosts there."""
        async with self._database.transaction() as tx:
            for member_id in member_ids:
                await ImpostorRepository(tx).mark_ended(guild_id, member_id, now)

    async def watch(self, newcomer: Person, people: Sequence[Person], now: datetime) -> int | None:
        """Somebody joined or is called something new: alert the hosts, once, if they look like one of `people`.

        `people` are the known hosts as they are now. Whatever is new is told in one alert: the look-alike it is about.
        """
        alike = {person: rules.alike(newcomer.names, person.names) for person in people}
        alike = {person: names for person, names in alike.items() if names and person.member_id != newcomer.member_id}
        if not alike or newcomer.is_bot:
            return None
        async with self._database.transaction() as tx:
            community = await self._communities.get_in(tx, newcomer.guild_id)
            if rules.is_host(newcomer, community.host_role_id):
                return None
            news: list[int] = []
            for person, names in alike.items():
                if await self._observe(tx, person, now) is not None:
                    news += await self._add_lookalikes(tx, newcomer, person, names, now)
            channel_id = community.channels.get(ChannelPurpose.HOSTS)
            if news and channel_id is not None:
                post = NewPost(newcomer.guild_id, channel_id, ALERT, news[0], _alert_key(news[0]), due_at=now)
                await self._outbox.post(tx, post)
        return next(iter(news), None)

    async def _add_lookalikes(
        self, tx: Transaction, newcomer: Person, host: Person, names: Sequence[str], now: datetime
    ) -> list[int]:
        """Keep each name that looks like the host's; those that are news."""
        skeletons = dict.fromkeys(rules.skeleton(name)[:LONGEST_SKELETON] for name in names)
        added = [
            await ImpostorRepository(tx).add_lookalike(
                newcomer.guild_id, newcomer.member_id, host.member_id, skeleton, joined_at=newcomer.joined_at, now=now
            )
            for skeleton in skeletons
        ]
        return [lookalike_id for lookalike_id in added if lookalike_id is not None]

    async def lookalike(self, guild_id: int, lookalike_id: int) -> Lookalike | None:
        """Who looked like whom."""
        async with self._database.transaction() as tx:
            return await ImpostorRepository(tx).get_lookalike(guild_id, lookalike_id)

    async def undecided(self, guild_id: int, lookalike_id: int) -> Lookalike:
        """As `lookalike`. Raises LookalikeGoneError, AlreadyDecidedError."""
        return _undecided(await self.lookalike(guild_id, lookalike_id))

    async def decide(
        self, guild_id: int, lookalike_id: int, decision: Decision, decided_by: int, now: datetime
    ) -> Lookalike:
        """A host decided about a look-alike. Raises LookalikeGoneError, AlreadyDecidedError."""
        async with self._database.transaction() as tx:
            lookalikes = ImpostorRepository(tx)
            lookalike = _undecided(await lookalikes.get_lookalike(guild_id, lookalike_id))
            if not await lookalikes.mark_settled(lookalike, decision, decided_by, now):
                # Somebody else's decision came in between.
                return _undecided(await lookalikes.get_lookalike(guild_id, lookalike_id))
            return lookalike

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Hosts, those who look like them, and who decided."""
        return await ImpostorRepository(tx).list_named(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Delete everything that is stored about a member, and take down the alerts about them."""
        lookalikes = ImpostorRepository(tx)
        for lookalike_id in await lookalikes.list_naming(guild_id, member_id):
            await self._outbox.remove(tx, guild_id, _alert_key(lookalike_id), now)
        await lookalikes.delete_member(guild_id, member_id)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Delete everything that is stored about a guild."""
        await ImpostorRepository(tx).delete_guild(guild_id)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, Any]:
        """Everything that is stored about a member, in words."""
        known = ImpostorRepository(tx)
        host = await known.get_host(guild_id, member_id)
        alike = [
            {
                "host": str(found.host_id),
                "the name's letters": found.skeleton,
                "noticed": found.found_at.isoformat(),
                "decision": found.decision and str(found.decision),
            }
            for found in await known.list_lookalikes(guild_id, member_id)
        ]
        told: dict[str, Any] = {
            "host since": host and host.since.isoformat(),
            "host until": host and host.ended_at and host.ended_at.isoformat(),
            "looked like a host": alike,
        }
        return {name: value for name, value in told.items() if value}


def _alert_key(lookalike_id: int) -> str:
    return f"impostor:{lookalike_id}"


def _undecided(lookalike: Lookalike | None) -> Lookalike:
    if lookalike is None:
        raise LookalikeGoneError
    if lookalike.decision is not None:
        raise AlreadyDecidedError(lookalike.decision, lookalike.decided_by)
    return lookalike
