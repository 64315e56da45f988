"""Settings of guilds, on real databases."""

from datetime import datetime, timedelta

import pytest

from bot.communities.errors import UnknownTimeZoneError
from bot.communities.rules import ChannelPurpose, Community
from bot.communities.service import CommunityService
from bot.db import Database

HERE, THERE = 10, 20


@pytest.fixture
async def communities(database: Database, now: datetime) -> CommunityService:
    communities = CommunityService(database)
    await communities.arrive(HERE, "Here", now)
    await communities.arrive(THERE, "There", now)
    return communities


async def test_an_unknown_guild_has_empty_settings(database: Database) -> None:
    assert await CommunityService(database).get(404) == Community(404)


async def test_settings_belong_to_one_guild(communities: CommunityService, now: datetime) -> None:
    await communities.set_time_zone(HERE, "new york")
    await communities.set_host_role(HERE, 7)
    await communities.set_channel(HERE, ChannelPurpose.BLOG, 70)
    await communities.set_channel(THERE, ChannelPurpose.BLOG, 80)
    blog = {ChannelPurpose.BLOG: 70}
    assert await communities.get(HERE) == Community(HERE, "Here", "America/New_York", 7, blog, now)
    assert await communities.get(THERE) == Community(THERE, "There", None, None, {ChannelPurpose.BLOG: 80}, now)


async def test_each_change_answers_with_the_settings_as_they_are_now(communities: CommunityService) -> None:
    assert (await communities.set_time_zone(HERE, "berlin")).time_zone == "Europe/Berlin"
    assert (await communities.set_host_role(HERE, 7)).host_role_id == 7
    assert (await communities.set_channel(HERE, ChannelPurpose.HOSTS, 1)).channels == {ChannelPurpose.HOSTS: 1}
    assert (await communities.set_channel(HERE, ChannelPurpose.HOSTS, 2)).channels == {ChannelPurpose.HOSTS: 2}
    assert (await communities.set_channel(HERE, ChannelPurpose.HOSTS, None)).channels == {}
    assert (await communities.set_channel(HERE, ChannelPurpose.HOSTS, None)).channels == {}
    assert (await communities.set_host_role(HERE, None)).host_role_id is None


async def test_an_unknown_zone_is_refused_with_suggestions_and_changes_nothing(communities: CommunityService) -> None:
    await communities.set_time_zone(HERE, "berlin")
    with pytest.raises(UnknownTimeZoneError, match="Did you mean `America/New_York`"):
        await communities.set_time_zone(HERE, "new yrok")
    with pytest.raises(UnknownTimeZoneError, match="Start typing a city"):
        await communities.set_time_zone(HERE, "q" * 5000)
    assert (await communities.get(HERE)).time_zone == "Europe/Berlin"


async def test_a_guild_that_comes_back_finds_its_settings(
    communities: CommunityService, database: Database, now: datetime
) -> None:
    await communities.set_time_zone(HERE, "berlin")
    await communities.set_channel(HERE, ChannelPurpose.BLOG, 70)
    async with database.transaction() as tx:
        await communities.leave(tx, HERE, now)
    assert await communities.list_present() == [THERE]
    later = now + timedelta(days=3)
    await communities.arrive(HERE, "New name", later)
    await communities.arrive(HERE, "New name", later + timedelta(days=1))
    assert sorted(await communities.list_present()) == [HERE, THERE]
    blog = {ChannelPurpose.BLOG: 70}
    assert await communities.get(HERE) == Community(HERE, "New name", "Europe/Berlin", None, blog, later)


async def test_what_is_kept_of_members_and_when_the_bot_was_there_is_remembered(
    communities: CommunityService, now: datetime
) -> None:
    await communities.set_keep(HERE, timedelta(days=7))
    await communities.see([HERE], now)
    here, there = await communities.get(HERE), await communities.get(THERE)
    assert (here.keep, here.seen_at) == (timedelta(days=7), now)
    assert (there.keep, there.seen_at) == (timedelta(days=90), None)


async def test_a_guild_that_is_left_is_known_by_when_and_can_be_forgotten(
    communities: CommunityService, database: Database, now: datetime
) -> None:
    await communities.set_channel(HERE, ChannelPurpose.BLOG, 70)
    async with database.transaction() as tx:
        await communities.leave(tx, HERE, now)
    assert await communities.list_left(now) == []
    assert await communities.list_left(now + timedelta(seconds=1)) == [HERE]
    async with database.transaction() as tx:
        await communities.forget_guild(tx, HERE)
    assert await communities.get(HERE) == Community(HERE)
    assert await communities.list_left(now + timedelta(days=1)) == []


async def test_told_commands_are_remembered_per_application(communities: CommunityService) -> None:
    assert await communities.commands_digest(1) is None
    await communities.commands_synced(1, "a")
    await communities.commands_synced(1, "b")
    await communities.commands_synced(2, "c")
    assert (await communities.commands_digest(1), await communities.commands_digest(2)) == ("b", "c")
