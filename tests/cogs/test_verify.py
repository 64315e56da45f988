"""Who is a host, as the bot learns it and as `/verify` tells it."""

from datetime import datetime

import discord
import simcord

from bot.communities.rules import ChannelPurpose
from tests.cogs.test_impostors import alert, alerts, answer, impostor, moderator
from tests.reading import texts
from tests.simkit import Stage


async def verify(stage: Stage, about: simcord.MemberActor) -> str:
    maya = await stage.join("maya")
    told = await maya.slash(stage.welcome, "verify", member=about)
    assert told.ephemeral
    return answer(told)


async def first_seen(stage: Stage, host: simcord.MemberActor) -> datetime:
    """When the bot first saw that somebody is a host."""
    async with stage.bot.services.database.transaction() as tx:
        told = await stage.bot.services.impostors.tell(tx, stage.guild.id, host.id)
    return datetime.fromisoformat(told["host since"])


async def test_any_member_learns_that_a_host_is_one_and_since_when_at_least(stage: Stage) -> None:
    since = await first_seen(stage, stage.carol)
    await stage.pass_time(4 * 3600)
    words = await verify(stage, stage.carol)
    assert "**Yes.** carol (" in words
    assert f"since at least {discord.utils.format_dt(since, 'D')}" in words


async def test_a_role_that_was_seen_being_given_has_an_exact_date(stage: Stage) -> None:
    walter = await stage.join("walter")
    await stage.pass_time(4 * 3600)
    since = stage.now()
    await stage.give_role(walter, stage.host_role)
    await stage.pass_time(4 * 3600)
    assert f"a host here, since {discord.utils.format_dt(since, 'D')}." in await verify(stage, walter)


async def test_a_host_seen_for_the_first_time_with_the_role_has_it_since_at_least_then(stage: Stage) -> None:
    walter = await stage.join("walter")
    stage.forget_member(walter)
    await stage.give_role(walter, stage.host_role)
    assert "since at least" in await verify(stage, walter)


async def test_an_ordinary_account_is_no_host_and_it_is_said_whom_to_tell(stage: Stage) -> None:
    fake = await impostor(stage)
    words = await verify(stage, fake)
    assert "**No.** Caro1 (" in words
    assert stage.host_role.mention in words


async def test_one_who_asks_about_their_own_account_is_not_warned_of_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    words = answer(await maya.slash(stage.welcome, "verify", member=maya))
    assert "your own account" in words
    assert "passwords" not in words


async def test_a_host_no_more_is_none_from_that_moment(stage: Stage) -> None:
    assert "**Yes.**" in await verify(stage, stage.carol)
    await stage.take_role(stage.carol, stage.host_role)
    assert "**No.**" in await verify(stage, stage.carol)
    await impostor(stage)
    assert alerts(stage) == []


async def test_a_bot_is_no_host_whatever_it_may_do(stage: Stage) -> None:
    helper = stage.guild.add_member(stage.env.create_user("Helper", bot=True), roles=[stage.host_role])
    assert "is a bot" in await verify(stage, helper)


async def test_the_owner_is_a_host_without_any_role(stage: Stage) -> None:
    owner = simcord.MemberActor(stage.env, stage.guild, stage.guild.owner)
    assert "**Yes.**" in await verify(stage, owner)


async def test_a_role_chosen_in_the_set_up_makes_hosts_of_its_holders(stage: Stage) -> None:
    guides = stage.guild.create_role("Guide")
    gus = stage.guild.add_member(stage.env.create_user("Gustave"), roles=[guides])
    await stage.moment()
    stage.forget_member(gus)
    panel = await stage.carol.slash(stage.hosts, "setup")
    assert panel.response is not None
    await stage.carol.select(panel.response, [guides], custom_id="setup:host-role")
    await impostor(stage, "gustave.official")
    assert f"<@{gus.id}>" in texts(alert(stage))


async def test_hosts_of_a_guild_that_was_never_looked_at_are_found_at_the_start_and_only_then(stage: Stage) -> None:
    before = len(stage.asked_for_members())
    await stage.restart()
    await stage.restart()
    # Once for each start, to see who came and went meanwhile in a small guild; not for hosts again.
    assert len(stage.asked_for_members()) == before + 2


async def test_hosts_of_a_guild_the_bot_is_new_in_are_found_before_they_do_anything(stage: Stage) -> None:
    guild, _, _ = stage.another_guild("Second")
    with stage.gateway_down():
        role = guild.create_role("Moderator", permissions=discord.Permissions(kick_members=True))
    stage.invite_bot_to(guild)
    with stage.gateway_down():
        dora = guild.add_member(stage.env.create_user("dora"), roles=[role])
    await stage.moment()
    assert await stage.bot.services.impostors.host_ids(guild.id) == [guild.owner.id, dora.id]


async def test_the_name_a_host_has_now_is_what_counts(stage: Stage) -> None:
    await stage.rename(stage.carol, nick="Professor Bloom")
    stage.forget_member(stage.carol)
    await impostor(stage, "Professor B1oom")
    assert "Professor Bloom" in texts(alert(stage))


async def test_a_host_who_leaves_is_none_from_that_moment(stage: Stage) -> None:
    assert stage.carol.id in await stage.bot.services.impostors.host_ids(stage.guild.id)
    await stage.leave(stage.carol)
    assert stage.carol.id not in await stage.bot.services.impostors.host_ids(stage.guild.id)


async def test_a_moderator_who_uses_the_bot_is_a_host_from_then_on(stage: Stage) -> None:
    mo = await moderator(stage, "Moritz", ban_members=True)
    async with stage.bot.services.database.transaction() as tx:
        await stage.bot.services.impostors.forget(tx, stage.guild.id, mo.id, stage.now())
    assert mo.id not in await stage.bot.services.impostors.host_ids(stage.guild.id)
    await mo.slash(stage.hosts, "intro")
    assert mo.id in await stage.bot.services.impostors.host_ids(stage.guild.id)


async def test_a_hundred_thousand_members_are_never_listed(bare_stage: Stage) -> None:
    stage = bare_stage
    before = len(stage.asked_for_members())
    guild, channel, _ = stage.another_guild("Big", member_count=100_000)
    await stage.moment()
    await stage.bot.services.communities.set_channel(guild.id, ChannelPurpose.HOSTS, channel.id)
    role = guild.create_role("Host", permissions=discord.Permissions(manage_guild=True))
    dora = guild.add_member(stage.env.create_user("Dorothea"), roles=[role])
    await stage.moment()
    panel = await dora.slash(channel, "setup")
    assert panel.response is not None
    await dora.select(panel.response, [role], custom_id="setup:host-role")
    await stage.moment()
    for name in ("maya", "Doro7hea"):
        guild.add_member(stage.env.create_user(name))
        await stage.moment()
    assert f"<@{dora.id}>" in texts(channel.history()[-1])
    # The owner, who has not been seen yet, is asked for by id, once.
    assert stage.asked_for_members()[before:] == [f"query {guild.owner.id}"]


async def test_a_change_of_a_member_of_an_unknown_guild_harms_nothing(stage: Stage) -> None:
    user = {"id": "1", "username": "x", "discriminator": "0", "avatar": None}
    stage.env.backend.emit("GUILD_MEMBER_UPDATE", {"guild_id": "1", "user": user, "roles": [], "joined_at": None})
    await stage.moment()
    await impostor(stage)
    assert alert(stage)
