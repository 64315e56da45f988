"""People who look like a host, as the hosts hear of them."""

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.outbox.rules import PostState
from tests.reading import texts
from tests.simkit import Stage


def alerts(stage: Stage) -> list[discord.Message]:
    """The alerts in the hosts' channel."""
    return [message for message in stage.hosts.history() if "looks like" in texts(message)]


def alert(stage: Stage) -> discord.Message:
    [found] = alerts(stage)
    return found


def answer(result: simcord.InteractionResult) -> str:
    """All a person reads in answer to what they did."""
    shown = result.followups[-1] if result.followups else result.response
    assert shown is not None
    return texts(shown.message)


async def impostor(stage: Stage, name: str = "Caro1", **roles: simcord.RoleHandle) -> simcord.MemberActor:
    """Somebody joins under a name like Carol's."""
    user = stage.env.create_user("somebody", global_name=name)
    member = stage.guild.add_member(user, roles=list(roles.values()))
    await stage.moment()
    return member


async def moderator(stage: Stage, name: str = "mo", **permissions: bool) -> simcord.MemberActor:
    """Somebody who moderates; their role stands above everybody's but the bot's."""
    role = stage.guild.create_role(f"{name}'s role", permissions=discord.Permissions(**permissions))
    member = stage.guild.add_member(stage.env.create_user(name), roles=[role])
    position = max(stored.position for stored in stage.env.backend.get_guild(stage.guild.id).roles.values())
    stage.env.backend.reorder_roles(stage.guild.id, [{"id": role.id, "position": position}])
    own = next(stored for stored in stage.env.backend.get_guild(stage.guild.id).roles.values() if stored.managed)
    stage.env.backend.reorder_roles(stage.guild.id, [{"id": own.id, "position": position + 1}])
    await stage.moment()
    return member


def is_here(stage: Stage, member: simcord.MemberActor) -> bool:
    return member.id in stage.guild.member_ids()


async def test_one_who_joins_looking_like_a_host_is_told_with_both_names_and_ages(stage: Stage) -> None:
    fake = await impostor(stage)
    words = texts(alert(stage))
    for who in (fake, stage.carol):
        assert f"<@{who.id}>" in words
        age = discord.utils.format_dt(discord.utils.snowflake_time(who.id), "R")
        assert f"Account made {age}" in words
    assert "### Caro1 looks like carol" in words
    assert "@somebody" in words
    assert "This is fine" in words
    assert '"Kick"' in words


async def test_nothing_happens_by_itself_and_nobody_is_pinged(stage: Stage) -> None:
    fake = await impostor(stage)
    await stage.pass_time(4 * 3600)
    assert is_here(stage, fake)
    sent = next(call for call in reversed(stage.env.http_requests) if call.path.endswith(f"{stage.hosts.id}/messages"))
    assert sent.json["allowed_mentions"] == {"parse": []}
    assert not [call for call in stage.env.http_requests if call.method == "DELETE"]


@pytest.mark.parametrize("names", [{"nick": "C a r o l"}, {"global_name": "Сarol ✓ official"}, {"name": "carol.mod"}])
@pytest.mark.parametrize("in_memory", [True, False])
async def test_a_rename_is_noticed_whichever_name_it_is_and_whoever_is_in_memory(
    stage: Stage, names: dict[str, str], in_memory: bool
) -> None:
    fake = await stage.join("maya")
    assert alerts(stage) == []
    if not in_memory:
        stage.forget_member(fake)
    await stage.rename(fake, **names)
    assert f"<@{fake.id}>" in texts(alert(stage))


async def test_a_host_not_in_memory_is_found_by_id(stage: Stage) -> None:
    stage.forget_member(stage.carol)
    await impostor(stage)
    assert f"<@{stage.carol.id}>" in texts(alert(stage))


async def test_one_look_alike_is_one_alert_whatever_is_repeated(stage: Stage) -> None:
    fake = await impostor(stage)
    stage.announce_join(fake)
    await stage.announce_update(fake)
    await stage.restart()
    await stage.announce_update(fake)
    await stage.rename(fake, global_name="CARO1 !!!")
    stage.announce_join(fake)
    await stage.moment()
    assert len(alerts(stage)) == 1


async def test_ordinary_people_and_bots_and_hosts_alarm_nobody(stage: Stage) -> None:
    for name in ("maya", "Caroline", "car", "official", "🌸"):
        await stage.join(name)
    await stage.join("Carol", bot=True)
    await impostor(stage, "Carol", role=stage.host_role)
    await stage.rename(stage.carol, nick="Carol official")
    assert alerts(stage) == []


async def test_without_a_channel_for_hosts_nothing_is_posted_anywhere(stage: Stage) -> None:
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, None)
    await impostor(stage)
    assert alerts(stage) == []


async def test_one_who_left_before_the_alert_is_not_told(stage: Stage) -> None:
    user = stage.env.create_user("somebody", global_name="Caro1")
    stage.guild.add_member(user)
    stage.env.backend.remove_member(stage.guild.id, user.id)
    await stage.moment(60)
    assert alerts(stage) == []
    async with stage.bot.services.database.transaction() as tx:
        post = await stage.bot.services.outbox.find_in(tx, stage.guild.id, "impostor:1")
    assert post is not None
    assert post.state is PostState.CANCELLED


async def test_this_is_fine_is_remembered_also_after_a_restart_and_a_return(stage: Stage) -> None:
    fake = await impostor(stage)
    message = alert(stage)
    await stage.restart()
    await stage.carol.click(message, label="This is fine")
    words = texts(alert(stage))
    assert f"<@{stage.carol.id}> says: this is fine" in words
    assert '"Kick"' not in words
    await stage.rename(fake, nick="caro1")
    await stage.leave(fake)
    await stage.restart()
    stage.guild.add_member(fake.user)
    await stage.moment()
    assert len(alerts(stage)) == 1


async def test_a_kick_asks_again_and_is_told_in_the_alert(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    asked = await mo.click(alert(stage), label="Kick")
    assert asked.ephemeral
    assert "Kick Caro1 (" in answer(asked)
    assert is_here(stage, fake)
    await stage.restart()
    assert asked.response is not None
    await mo.click(asked.response, label="Kick them")
    await stage.moment()
    assert not is_here(stage, fake)
    words = texts(alert(stage))
    assert f"<@{mo.id}> kicked Caro1" in words
    assert "This is fine" not in words


async def test_a_kick_can_be_thought_better_of(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    asked = await mo.click(alert(stage), label="Kick")
    assert asked.response is not None
    left = await mo.click(asked.response, label="Leave them")
    assert left.response is not None
    assert is_here(stage, fake)
    assert "This is fine" in texts(alert(stage))


async def test_one_who_was_kicked_and_comes_back_is_told_again(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    asked = await mo.click(alert(stage), label="Kick")
    assert asked.response is not None
    await mo.click(asked.response, label="Kick them")
    await stage.moment(60)
    stage.guild.add_member(fake.user)
    await stage.moment()
    assert len(alerts(stage)) == 2


async def refusal(stage: Stage, presser: simcord.MemberActor) -> str:
    """What somebody reads who may not kick."""
    refused = await presser.click(alert(stage), label="Kick")
    assert refused.ephemeral
    return answer(refused)


async def test_members_decide_nothing(stage: Stage) -> None:
    fake = await impostor(stage)
    maya = await stage.join("maya")
    for label in ("This is fine", "Kick"):
        refused = await maya.click(alert(stage), label=label)
        assert "for hosts and moderators" in answer(refused)
    assert is_here(stage, fake)
    assert '"Kick"' in texts(alert(stage))


async def test_a_holder_of_the_host_role_decides_without_any_permission(stage: Stage) -> None:
    role = stage.guild.create_role("Guide")
    await stage.bot.services.communities.set_host_role(stage.guild.id, role.id)
    guide = stage.guild.add_member(stage.env.create_user("gus"), roles=[role])
    await impostor(stage)
    await guide.click(alert(stage), label="This is fine")
    assert f"<@{guide.id}> says" in texts(alert(stage))


async def test_who_lacks_kick_members_is_told_where_it_is_granted(stage: Stage) -> None:
    fake = await impostor(stage)
    words = await refusal(stage, stage.carol)
    assert "you need *Kick Members*" in words
    assert "Server Settings → Roles" in words
    assert is_here(stage, fake)


async def test_who_stands_too_low_is_told_so(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    above = stage.guild.create_role("Above")
    await moderator(stage, "pat", kick_members=True)
    fake = await impostor(stage, role=above)
    stage.env.backend.reorder_roles(stage.guild.id, [{"id": above.id, "position": 50}])
    assert "Your highest role is not above" in await refusal(stage, mo)
    assert is_here(stage, fake)


async def test_the_bot_without_the_permission_says_where_to_grant_it(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    await stage.take_from_bot("kick_members")
    words = await refusal(stage, mo)
    assert "I lack *Kick Members*" in words
    assert "Server Settings → Roles" in words
    assert is_here(stage, fake)


async def test_the_bot_standing_too_low_says_what_to_drag_where(stage: Stage) -> None:
    owner = simcord.MemberActor(stage.env, stage.guild, stage.guild.owner)
    badge = stage.guild.create_role("Badge")
    fake = await impostor(stage, role=badge)
    await stage.put_bot_below(badge)
    assert "Drag my role above theirs" in await refusal(stage, owner)
    assert is_here(stage, fake)


async def test_nobody_is_kicked_who_has_left(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    await stage.leave(fake)
    assert "Caro1 has left already" in await refusal(stage, mo)


async def test_an_owner_cannot_be_kicked(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    stage.env.backend.edit_guild(stage.guild.id, {"owner_id": fake.id})
    assert "nobody can kick its owner" in await refusal(stage, mo)


async def test_what_changed_between_question_and_answer_counts(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    asked = await mo.click(alert(stage), label="Kick")
    await stage.take_from_bot("kick_members")
    assert asked.response is not None
    refused = await mo.click(asked.response, label="Kick them")
    assert "I lack *Kick Members*" in answer(refused)
    assert is_here(stage, fake)


async def test_only_the_first_decision_counts(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    asked = await mo.click(alert(stage), label="Kick")
    await stage.carol.click(alert(stage), label="This is fine")
    assert asked.response is not None
    refused = await mo.click(asked.response, label="Kick them")
    assert f"<@{stage.carol.id}> said that this is fine already" in answer(refused)
    assert is_here(stage, fake)


async def test_a_deleted_alert_does_not_keep_anybody_from_being_kicked(stage: Stage) -> None:
    mo = await moderator(stage, kick_members=True)
    fake = await impostor(stage)
    message = alert(stage)
    asked = await mo.click(message, label="Kick")
    stage.env.backend.delete_message(stage.hosts.id, message.id)
    assert asked.response is not None
    await mo.click(asked.response, label="Kick them")
    assert not is_here(stage, fake)
