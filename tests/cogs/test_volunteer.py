"""Members who offer to answer: `/greeting volunteer`, and what else of `/greeting` is theirs."""

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from tests.simkit import Stage


async def volunteer(stage: Stage, member: simcord.MemberActor) -> str:
    answer = await member.slash(stage.welcome, "greeting volunteer")
    assert answer.ephemeral
    return (answer.followups or [answer.response])[-1].content  # type: ignore[union-attr]


async def greeters(stage: Stage, **fields: object) -> simcord.RoleHandle:
    """A role for greeters is chosen; the simulated bot may do everything, and its role stands above."""
    role = stage.guild.create_role("Greeters", **fields)  # type: ignore[arg-type]
    await stage.env.settle()
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, role.id)
    return role


def roles_of(stage: Stage, member: simcord.MemberActor) -> list[int]:
    return list(stage.env.backend.get_member(stage.guild.id, member.id).role_ids)


async def test_a_member_becomes_a_greeter_and_stops_being_one(stage: Stage) -> None:
    role, maya = await greeters(stage), await stage.join("maya")
    answer = await volunteer(stage, maya)
    assert "You are a greeter now" in answer
    assert f"I call the greeters in {stage.hosts.mention}" in answer
    assert roles_of(stage, maya) == [role.id]
    assert "not a greeter any more" in await volunteer(stage, maya)
    assert roles_of(stage, maya) == []


async def test_a_greeter_who_cannot_see_where_the_calls_go_is_told_what_a_host_can_do(stage: Stage) -> None:
    role, maya = await greeters(stage), await stage.join("maya")
    await stage.hide_from_members(stage.hosts)
    answer = await volunteer(stage, maya)
    assert f"{stage.hosts.mention}, which you cannot see yet" in answer
    assert f"let {role.mention} see it under *Edit Channel → Permissions*" in answer
    assert roles_of(stage, maya) == [role.id]


async def test_a_greeter_hears_where_no_calls_will_come(stage: Stage) -> None:
    await greeters(stage)
    await stage.bot.services.answers.set_nudge(stage.guild.id, discord.utils.utcnow() - discord.utils.utcnow())
    assert "switched my calls off" in await volunteer(stage, await stage.join("maya"))
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, None)
    assert "no channel to call you in yet" in await volunteer(stage, await stage.join("kofi"))


async def test_without_a_role_for_greeters_the_refusal_says_how_to_choose_one(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert "ask a host to choose one with `/greeting settings`" in await volunteer(stage, maya)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, 12345678901234567)
    assert "ask a host to choose one with `/greeting settings`" in await volunteer(stage, maya)
    assert len(stage.refusals()) == 2


async def test_a_missing_permission_is_named_with_the_place_to_grant_it(stage: Stage) -> None:
    await greeters(stage)
    await stage.take_from_bot("administrator", "manage_roles")
    answer = await volunteer(stage, await stage.join("maya"))
    assert "please show this to one: I lack *Manage Roles*" in answer
    assert "*Server Settings → Roles*" in answer
    assert stage.refusals()


async def test_a_role_above_the_bots_own_is_named(stage: Stage) -> None:
    await greeters(stage)
    higher = stage.guild.create_role("Higher", position=50)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, higher.id)
    answer = await volunteer(stage, await stage.join("maya"))
    assert f"my role has to stand above {higher.mention}" in answer
    assert stage.refusals()


@pytest.mark.parametrize("power", ["administrator", "manage_guild", "manage_roles", "ban_members", "manage_messages"])
async def test_nobody_becomes_a_moderator_by_volunteering(stage: Stage, power: str) -> None:
    await greeters(stage, permissions=discord.Permissions(**{power: True}))
    maya = await stage.join("maya")
    assert "belongs to hosts and moderators" in await volunteer(stage, maya)
    assert roles_of(stage, maya) == []
    assert stage.refusals()


async def test_nobody_becomes_a_host_by_volunteering(stage: Stage) -> None:
    role, maya = await greeters(stage), await stage.join("maya")
    await stage.bot.services.communities.set_host_role(stage.guild.id, role.id)
    assert "belongs to hosts and moderators" in await volunteer(stage, maya)
    assert roles_of(stage, maya) == []
    assert stage.refusals()


async def test_a_role_that_everybody_has_is_refused(stage: Stage) -> None:
    await greeters(stage)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, stage.guild.id)
    assert "is everybody’s already" in await volunteer(stage, await stage.join("maya"))
    assert stage.refusals()


@pytest.mark.parametrize("command", ["preview", "pause", "resume", "edit", "stats"])
async def test_members_are_told_that_the_rest_of_the_group_is_for_hosts(stage: Stage, command: str) -> None:
    maya = await stage.join("maya")
    answer = await maya.slash(stage.welcome, f"greeting {command}")
    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content == "This is for people with the permission *Manage Server* in this server."
    assert not (await stage.bot.services.greeting.settings(stage.guild.id)).paused
    assert stage.refusals()
