"""Hosts being learned and look-alikes being told, on real databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database
from bot.impostors.errors import AlreadyDecidedError, LookalikeGoneError
from bot.impostors.rules import Decision, Host, Person
from bot.impostors.service import ALERT, ImpostorService
from bot.outbox.service import OutboxService

GUILD, HOSTS_CHANNEL, HOST_ROLE = 10, 77, 7
CAROL = Person(GUILD, 1, ("Carol", "carol_s"), may_moderate=True)
WALTER = Person(GUILD, 2, ("Walter",), role_ids=frozenset({HOST_ROLE}))
DAY = timedelta(days=1)


class Office:
    """The service, and what it put into the outbox."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.communities = CommunityService(database)
        self.outbox = OutboxService(database, self.communities)
        self.impostors = ImpostorService(database, self.communities, self.outbox)

    async def set_up(self, now: datetime) -> None:
        await self.communities.arrive(GUILD, "Bubble", now)
        await self.communities.set_host_role(GUILD, HOST_ROLE)
        await self.communities.set_channel(GUILD, ChannelPurpose.HOSTS, HOSTS_CHANNEL)

    async def alerts(self) -> list[int]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(text("SELECT subject_id, key, channel_id, kind FROM outbox_posts ORDER BY id"))
            found = rows.all()
        assert all(row[1:] == (f"impostor:{row[0]}", HOSTS_CHANNEL, ALERT) for row in found)
        return [row[0] for row in found]

    async def tell(self, member_id: int) -> dict[str, object]:
        async with self.database.transaction() as tx:
            return await self.impostors.tell(tx, GUILD, member_id)

    async def forget(self, member_id: int) -> None:
        async with self.database.transaction() as tx:
            await self.impostors.forget(tx, GUILD, member_id, datetime.now(UTC))


@pytest.fixture
async def office(database: Database, now: datetime) -> Office:
    office = Office(database)
    await office.set_up(now)
    return office


def newcomer(now: datetime, *names: str, member_id: int = 50) -> Person:
    return Person(GUILD, member_id, names or ("Caro1", "xyz"), joined_at=now)


async def test_a_look_alike_is_told_to_the_hosts_once(office: Office, now: datetime) -> None:
    fake = newcomer(now)
    found = await office.impostors.watch(fake, [WALTER, CAROL], now)
    assert found is not None
    for later in (now, now + DAY):
        assert await office.impostors.watch(fake, [WALTER, CAROL], later) is None
    assert await office.alerts() == [found]
    kept = await office.impostors.undecided(GUILD, found)
    assert (kept.member_id, kept.host_id, kept.skeleton) == (50, 1, "carol")


async def test_the_same_event_at_the_same_moment_is_told_once(office: Office, now: datetime) -> None:
    found = await asyncio.gather(*(office.impostors.watch(newcomer(now), [CAROL], now) for _ in range(4)))
    assert len([lookalike for lookalike in found if lookalike]) == 1
    assert len(await office.alerts()) == 1


async def test_somebody_of_another_name_is_nobodys_look_alike(office: Office, now: datetime) -> None:
    assert await office.impostors.watch(newcomer(now, "Maya", "maya_k"), [CAROL, WALTER], now) is None
    assert await office.alerts() == []


async def test_one_who_looks_like_two_hosts_is_told_once(office: Office, now: datetime) -> None:
    second_carol = replace(CAROL, member_id=3)
    await office.impostors.watch(newcomer(now), [CAROL, second_carol], now)
    await office.impostors.watch(newcomer(now), [CAROL, second_carol], now)
    assert len(await office.alerts()) == 1


async def test_several_names_like_one_host_are_one_alert_and_one_decision(office: Office, now: datetime) -> None:
    fake = newcomer(now, "Caro1", "Carol official", "carol_s")
    found = await office.impostors.watch(fake, [CAROL], now)
    assert found is not None
    await office.impostors.decide(GUILD, found, Decision.FINE, 2, now)
    assert await office.impostors.watch(fake, [CAROL], now + DAY) is None
    assert await office.alerts() == [found]


async def test_another_look_alike_name_is_another_alert(office: Office, now: datetime) -> None:
    await office.impostors.watch(newcomer(now), [CAROL], now)
    await office.impostors.watch(newcomer(now, "Carol official"), [CAROL], now + DAY)
    assert len(await office.alerts()) == 2


async def test_what_is_fine_is_remembered_for_every_stay(office: Office, now: datetime) -> None:
    found = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert found is not None
    await office.impostors.decide(GUILD, found, Decision.FINE, 2, now)
    assert await office.impostors.watch(newcomer(now + DAY, "CAROL", "zzz"), [CAROL], now + DAY) is None
    assert await office.alerts() == [found]


@pytest.mark.parametrize("decision", [None, Decision.KICKED])
async def test_one_who_was_kicked_or_left_and_comes_back_is_told_again_under_a_new_number(
    office: Office, now: datetime, decision: Decision | None
) -> None:
    first = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert first is not None
    if decision:
        await office.impostors.decide(GUILD, first, decision, 2, now)
    second = await office.impostors.watch(newcomer(now + DAY), [CAROL], now + DAY)
    assert second is not None
    assert second > first
    assert await office.alerts() == [first, second]
    with pytest.raises(LookalikeGoneError):
        await office.impostors.undecided(GUILD, first)


async def test_a_number_never_comes_to_mean_somebody_else(office: Office, now: datetime) -> None:
    first = await office.impostors.watch(newcomer(now), [CAROL], now)
    await office.forget(50)
    second = await office.impostors.watch(newcomer(now, member_id=51), [CAROL], now)
    assert first is not None
    assert second is not None
    assert second > first


async def test_without_a_channel_for_hosts_it_is_kept_and_not_told(office: Office, now: datetime) -> None:
    await office.communities.set_channel(GUILD, ChannelPurpose.HOSTS, None)
    found = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert found is not None
    assert await office.impostors.undecided(GUILD, found)
    assert await office.alerts() == []


async def test_hosts_and_bots_are_nobodys_look_alikes(office: Office, now: datetime) -> None:
    other_host = replace(CAROL, member_id=3)
    assert await office.impostors.watch(other_host, [CAROL], now) is None
    assert await office.impostors.watch(replace(newcomer(now), is_bot=True), [CAROL], now) is None
    assert await office.alerts() == []


async def test_who_is_no_host_any_more_is_not_looked_like(office: Office, now: datetime) -> None:
    await office.impostors.observe(CAROL, now)
    demoted = replace(CAROL, may_moderate=False)
    assert await office.impostors.watch(newcomer(now), [demoted], now) is None
    assert await office.impostors.host_ids(GUILD) == []


async def test_the_first_decision_stands(office: Office, now: datetime) -> None:
    found = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert found is not None
    tries = [office.impostors.decide(GUILD, found, Decision.FINE, host, now) for host in (2, 3)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    [refused] = [result for result in results if isinstance(result, AlreadyDecidedError)]
    kept = await office.impostors.lookalike(GUILD, found)
    assert kept is not None
    assert f"<@{kept.decided_by}> said that this is fine" in refused.message
    with pytest.raises(LookalikeGoneError):
        await office.impostors.decide(GUILD + 1, found, Decision.FINE, 2, now)


async def test_a_host_is_one_since_the_first_sight(office: Office, now: datetime) -> None:
    assert await office.impostors.observe(CAROL, now) == Host(GUILD, 1, now, witnessed=False)
    assert await office.impostors.observe(CAROL, now + DAY, before=replace(CAROL, may_moderate=False)) == Host(
        GUILD, 1, now, witnessed=False
    )
    assert await office.impostors.observe(newcomer(now), now) is None


async def test_who_loses_the_role_is_no_host_and_starts_anew_with_it(office: Office, now: datetime) -> None:
    await office.impostors.observe(WALTER, now, before=replace(WALTER, role_ids=frozenset()))
    assert await office.impostors.observe(replace(WALTER, role_ids=frozenset()), now + DAY) is None
    assert await office.impostors.host_ids(GUILD) == []
    again = await office.impostors.observe(WALTER, now + 2 * DAY, before=replace(WALTER, role_ids=frozenset()))
    assert again == Host(GUILD, 2, now + 2 * DAY, witnessed=True)


async def test_who_was_a_host_a_moment_ago_became_one_earlier(office: Office, now: datetime) -> None:
    assert await office.impostors.observe(CAROL, now, before=CAROL) == Host(GUILD, 1, now, witnessed=False)


async def test_who_leaves_is_no_host(office: Office, now: datetime) -> None:
    await office.impostors.observe(CAROL, now)
    await office.impostors.depart(GUILD, [1, 99], now + DAY)
    assert await office.impostors.host_ids(GUILD) == []


async def test_looking_for_hosts_finds_them_and_the_owner(office: Office, now: datetime) -> None:
    await office.impostors.learn(GUILD, 5, [CAROL, newcomer(now), WALTER], now)
    assert await office.impostors.host_ids(GUILD) == [1, 2, 5]
    assert await office.impostors.known_guilds() == {GUILD}


async def test_what_is_stored_about_a_member_is_told_in_words_and_deleted(office: Office, now: datetime) -> None:
    found = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert found is not None
    await office.impostors.decide(GUILD, found, Decision.FINE, 2, now)
    assert await office.tell(1) == {"host since": now.isoformat()}
    assert await office.tell(50) == {
        "looked like a host": [
            {"host": "1", "the name's letters": "carol", "noticed": now.isoformat(), "decision": "fine"}
        ],
    }
    await office.forget(2)
    kept = await office.impostors.lookalike(GUILD, found)
    assert kept is not None
    assert kept.decided_by is None
    await office.forget(50)
    assert await office.tell(50) == {}
    again = await office.impostors.watch(newcomer(now), [CAROL], now)
    assert again is not None
    await office.forget(1)
    assert await office.tell(1) == {}
    assert await office.impostors.lookalike(GUILD, again) is None


async def test_a_guild_is_forgotten_whole_and_alone(office: Office, now: datetime) -> None:
    await office.impostors.watch(newcomer(now), [CAROL], now)
    await office.impostors.observe(replace(CAROL, guild_id=11), now)
    async with office.database.transaction() as tx:
        await office.impostors.forget_guild(tx, GUILD)
    assert await office.tell(50) == {}
    assert await office.impostors.known_guilds() == {11}
