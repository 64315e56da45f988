"""Hosts and people with powers are not counted, from the moment they have their role until they have it no more."""

import discord
import pytest
import simcord

from tests.cogs.taking_part import WRITTEN, counted, counting
from tests.engagement.messages import days_of
from tests.simkit import Stage


@pytest.fixture
async def maya(stage: Stage) -> simcord.MemberActor:
    return await stage.join("maya")


@pytest.fixture
async def kofi(stage: Stage) -> simcord.MemberActor:
    return await stage.join("kofi")


async def test_hosts_people_with_powers_and_webhooks_are_not_counted(stage: Stage, maya: simcord.MemberActor) -> None:
    powers = stage.guild.create_role("Guard", permissions=discord.Permissions(kick_members=True))
    plain = stage.guild.create_role("Writer")
    guard = stage.guild.add_member(stage.env.create_user("guard"), roles=[powers])
    writer = stage.guild.add_member(stage.env.create_user("writer"), roles=[plain])
    await stage.env.settle()
    for person in (stage.carol, guard, writer):
        await person.send(stage.welcome, "Hello")
    said = await guard.send(stage.welcome, "Rules are here")
    await maya.send(stage.welcome, "Thanks", reply_to=said)
    assert await counted(stage) == {writer.id: {"active": True}, maya.id: {"active": True, "replies_given": 1}}


async def test_who_became_a_host_is_not_counted_from_then_on(stage: Stage, maya: simcord.MemberActor) -> None:
    role = stage.guild.create_role("Helpers")
    await stage.bot.services.communities.set_host_role(stage.guild.id, role.id)
    helper = stage.guild.add_member(stage.env.create_user("helper"), roles=[role])
    await stage.env.settle()
    await helper.send(stage.welcome, "Hello")
    assert await counted(stage) == {}


async def test_who_became_staff_or_ceased_to_be_while_nobody_listened_is_known_by_what_they_are_now(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    guard = stage.guild.create_role("Guard", permissions=discord.Permissions(kick_members=True))
    await stage.give_role(kofi, guard)
    await maya.send(stage.welcome, "Hello")
    said = await kofi.send(stage.welcome, "Rules are here")
    assert await counted(stage) == {maya.id: {"active": True}}
    with stage.gateway_down():
        await stage.give_role(maya, guard)
        await stage.take_role(kofi, guard)
        await maya.send(stage.welcome, "I am a guard now", reply_to=said)
        await kofi.send(stage.welcome, "And I am none any more")
    for member in (maya, kofi):
        stage.forget_member(member)
    await stage.carol.send(stage.welcome, "Discord tells of this one, and that there was more")
    await counting(stage).on_shard_connect(0)
    assert await counted(stage) == {maya.id: {"active": True}, kofi.id: {"active": True}}


async def test_who_writes_without_the_role_that_made_them_staff_is_counted_again(
    stage: Stage, maya: simcord.MemberActor
) -> None:
    guard = stage.guild.create_role("Guard", permissions=discord.Permissions(kick_members=True))
    await stage.give_role(maya, guard)
    await maya.send(stage.welcome, "Hello")
    assert await counted(stage) == {}
    with stage.gateway_down():
        await stage.take_role(maya, guard)
    await maya.send(stage.welcome, "Hello again")
    assert await counted(stage) == {maya.id: {"active": True}}


async def test_after_the_role_that_made_somebody_staff_is_deleted_they_are_counted(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    guard = stage.guild.create_role("Guard", permissions=discord.Permissions(kick_members=True))
    await stage.give_role(kofi, guard)
    said = await kofi.send(stage.welcome, "Rules are here")
    assert await counted(stage) == {}
    stage.env.backend.delete_role(stage.guild.id, guard.id)
    await maya.send(stage.welcome, "Thanks", reply_to=said)
    assert await counted(stage) == {
        maya.id: {"active": True, "replies_given": 1},
        kofi.id: {"replies_received": 1},
    }


async def test_whoever_has_a_role_is_looked_at_anew_when_it_gets_powers_and_not_when_it_gets_a_name(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    role = stage.guild.create_role("Guard")
    await stage.give_role(maya, role)
    said = await maya.send(stage.welcome, "Hello")
    await counted(stage)
    powers = str(discord.Permissions(kick_members=True).value)
    for changes, times_asked in (({"name": "Guards"}, 0), ({"permissions": powers}, 1)):
        stage.env.backend.edit_role(stage.guild.id, role.id, changes)
        stage.forget_member(maya)
        await kofi.send(stage.welcome, "Hello", reply_to=said)
        assert (await counted(stage))[maya.id] == {"active": True, "replies_received": 1}
        asked = [call for call in stage.env.http_requests if call.path.endswith(f"/members/{maya.id}")]
        assert len(asked) == times_asked


async def test_who_became_a_host_is_credited_for_nothing_from_the_first_moment(stage: Stage) -> None:
    role, counts = stage.guild.create_role("Helpers"), stage.bot.services.counts
    helper = stage.guild.add_member(stage.env.create_user("helper"), roles=[role])
    await stage.env.settle()
    for host_role_id, credited in ((stage.host_role.id, {helper.id}), (role.id, set[int]())):
        await stage.bot.services.communities.set_host_role(stage.guild.id, host_role_id)
        async with stage.bot.services.database.transaction() as tx:
            await counts.count_session(tx, stage.guild.id, helper.id, stage.bot.services.clock.now(), question=1)
        assert {member for member, _ in await days_of(stage.bot.services.database, stage.guild.id)} == credited
        async with stage.bot.services.database.transaction() as tx:
            await counts.forget(tx, stage.guild.id, helper.id, stage.bot.services.clock.now())


async def test_hosts_written_back_from_history_are_not_counted(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.pass_time(WRITTEN)
    with stage.gateway_down():
        await stage.carol.send(stage.welcome, "Nobody hears it")
        await maya.send(stage.welcome, "Nor this")
    await stage.restart()
    assert set(await counted(stage)) == {maya.id}
