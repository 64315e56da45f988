"""Setting a community up inside Discord, as a host meets it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose, Community
from bot.outbox.rules import NewPost, PostState
from tests.reading import texts
from tests.simkit import Stage
from tests.simpast import bring_guild_back, end_guild, meet_guild_that_is_down


async def settings(stage: Stage) -> Community:
    return await stage.bot.services.communities.get(stage.guild.id)


def answer(result: simcord.InteractionResult) -> str:
    """All a person reads in answer to what they did."""
    shown = result.followups[-1] if result.followups else result.response
    assert shown is not None
    return texts(shown.message)


async def test_the_panel_names_every_place_and_is_seen_by_the_host_only(stage: Stage) -> None:
    panel = await stage.carol.slash(stage.hosts, "setup")
    assert panel.ephemeral
    for title in ("Greetings", "Introductions", "Blog posts", "Q&A", "Announcements", "Notices for hosts", "Host role"):
        assert title in answer(panel)
    assert f"**Notices for hosts**: everybody can see {stage.hosts.mention}. Make it private" in answer(panel)


async def test_the_time_zone_is_set_and_the_local_time_there_is_shown(bare_stage: Stage) -> None:
    channel = bare_stage.guild.create_text_channel("lounge")
    choices = await bare_stage.carol.autocomplete(channel, "setup", "time_zone", "new yo")
    assert [choice["value"] for choice in choices] == ["America/New_York"]
    assert f"{bare_stage.now().astimezone(ZoneInfo('America/New_York')):%H:%M}" in choices[0]["name"]
    panel = await bare_stage.carol.slash(channel, "setup", time_zone="New York")
    assert "America/New_York" in answer(panel)
    assert (await settings(bare_stage)).time_zone == "America/New_York"


async def test_a_wrong_time_zone_gets_one_sentence_and_changes_nothing(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "setup", time_zone="Europe/Berlin")
    refused = await stage.carol.slash(stage.hosts, "setup", time_zone="America/New_Yrok")
    assert "Did you mean `America/New_York`?" in answer(refused)
    assert (await settings(stage)).time_zone == "Europe/Berlin"
    assert stage.refusals()


async def test_a_channel_and_the_host_role_are_chosen_on_the_panel(bare_stage: Stage) -> None:
    stage = bare_stage
    welcome = stage.guild.create_text_channel("welcome")
    panel = await stage.carol.slash(welcome, "setup")
    assert panel.response is not None
    await stage.carol.select(panel.response, [welcome], custom_id="setup:channel:greeting")
    await stage.carol.select(panel.response, [stage.host_role], custom_id="setup:host-role")
    chosen = await settings(stage)
    assert chosen.channels == {ChannelPurpose.GREETING: welcome.id}
    assert chosen.host_role_id == stage.host_role.id
    await stage.carol.select(panel.response, [], custom_id="setup:channel:greeting")
    assert (await settings(stage)).channels == {}


async def test_the_panel_works_after_a_restart(stage: Stage) -> None:
    other = stage.guild.create_text_channel("other")
    panel = await stage.carol.slash(stage.hosts, "setup")
    await stage.restart()
    assert panel.response is not None
    await stage.carol.select(panel.response, [other], custom_id="setup:channel:blog")
    assert (await settings(stage)).channels[ChannelPurpose.BLOG] == other.id


async def test_everyone_cannot_be_the_host_role(stage: Stage) -> None:
    panel = await stage.carol.slash(stage.hosts, "setup")
    assert panel.response is not None
    refused = await stage.carol.select(panel.response, [stage.guild.default_role], custom_id="setup:host-role")
    assert "every member would be a host" in answer(refused)
    assert (await settings(stage)).host_role_id == stage.host_role.id


async def test_each_missing_permission_is_named_with_the_place_to_grant_it(stage: Stage) -> None:
    await stage.deny(stage.introductions, "create_public_threads", "embed_links")
    words = answer(await stage.carol.slash(stage.hosts, "setup"))
    assert "*Create Public Threads*" in words
    assert "*Embed Links*" in words
    assert stage.introductions.mention in words
    assert "Edit Channel → Permissions" in words


async def test_a_deleted_channel_is_named_on_the_panel(stage: Stage) -> None:
    await stage.delete_channel(stage.channels[ChannelPurpose.BLOG])
    words = answer(await stage.carol.slash(stage.hosts, "setup"))
    assert "**Blog posts**: the channel was deleted" in words


async def test_the_channels_are_created_on_request_and_once(bare_stage: Stage) -> None:
    stage = bare_stage
    existing = stage.guild.create_text_channel("introductions")
    panel = await stage.carol.slash(existing, "setup")
    assert panel.response is not None
    for _ in range(2):
        done = await stage.carol.click(panel.response, label="Create the channels for me")
    assert "I may do everything I need" in answer(done)
    assert sorted(stage.guild.channels) == ["announcements", "blog", "hosts", "introductions", "questions", "welcome"]
    chosen = (await settings(stage)).channels
    assert set(chosen) == set(ChannelPurpose) - {ChannelPurpose.MEMBER_BLOGS}
    assert chosen[ChannelPurpose.INTRODUCTIONS] == existing.id


async def test_the_channel_for_hosts_is_hidden_from_members(bare_stage: Stage) -> None:
    stage = bare_stage
    lounge = stage.guild.create_text_channel("lounge")
    panel = await stage.carol.slash(lounge, "setup")
    assert panel.response is not None
    await stage.carol.select(panel.response, [stage.host_role], custom_id="setup:host-role")
    await stage.carol.click(panel.response, label="Create the channels for me")
    hosts = stage.guild.channels["hosts"]
    maya = await stage.join("maya")
    assert hosts.history(viewer=stage.carol) is not None
    with pytest.raises(simcord.SetupError):
        hosts.history(viewer=maya)


async def test_a_channel_everybody_sees_is_not_taken_for_what_hosts_are_told(bare_stage: Stage) -> None:
    stage = bare_stage
    public = stage.guild.create_text_channel("hosts")
    panel = await stage.carol.slash(public, "setup")
    assert panel.response is not None
    await stage.carol.click(panel.response, label="Create the channels for me")
    chosen = (await settings(stage)).channels[ChannelPurpose.HOSTS]
    assert chosen != public.id
    made = stage.bot.get_channel(chosen)
    assert isinstance(made, discord.TextChannel)
    assert not made.permissions_for(made.guild.default_role).view_channel


async def test_hosts_who_cannot_see_what_they_are_told_are_named_on_the_panel(bare_stage: Stage) -> None:
    stage = bare_stage
    lounge = stage.guild.create_text_channel("lounge")
    panel = await stage.carol.slash(lounge, "setup")
    assert panel.response is not None
    await stage.carol.click(panel.response, label="Create the channels for me")
    words = answer(await stage.carol.select(panel.response, [stage.host_role], custom_id="setup:host-role"))
    hosts = stage.guild.channels["hosts"]
    assert (
        f"**Notices for hosts**: {stage.host_role.mention} cannot see {hosts.mention}. Grant the role *View Channel*"
    ) in words


async def test_creating_channels_without_the_permission_says_what_to_grant(bare_stage: Stage) -> None:
    stage = bare_stage
    lounge = stage.guild.create_text_channel("lounge")
    await stage.take_from_bot("manage_channels")
    panel = await stage.carol.slash(lounge, "setup")
    assert panel.response is not None
    refused = await stage.carol.click(panel.response, label="Create the channels for me")
    assert "*Manage Channels*" in answer(refused)
    assert "Server Settings → Roles" in answer(refused)
    assert sorted(stage.guild.channels) == ["lounge"]


async def test_what_could_be_created_is_kept_where_discord_takes_no_more_channels(bare_stage: Stage) -> None:
    stage = bare_stage
    lounge = stage.guild.create_text_channel("lounge")
    stage.guild.create_text_channel("welcome")
    stage.env.inject_error("POST", f"/guilds/{stage.guild.id}/channels", status=400, code=30013, message="full")
    panel = await stage.carol.slash(lounge, "setup")
    assert panel.response is not None
    refused = await stage.carol.click(panel.response, label="Create the channels for me")
    assert "did not let me create #introductions (error 30013)" in answer(refused)
    assert list((await settings(stage)).channels) == [ChannelPurpose.GREETING]


async def test_the_greeting_is_shown_to_the_host_only(stage: Stage) -> None:
    panel = await stage.carol.slash(stage.hosts, "setup")
    assert panel.response is not None
    shown = await stage.carol.click(panel.response, label="Show me the greeting")
    assert shown.ephemeral
    assert stage.carol.mention in shown.followups[-1].content
    assert stage.said(stage.welcome) == []


async def test_the_bot_says_hello_once_where_only_those_in_charge_see_it(bare_stage: Stage) -> None:
    stage = bare_stage
    guild, open_channel, hidden = stage.another_guild("Second", hidden_channel="staff")
    await stage.moment()
    await stage.restart()
    await stage.moment()
    assert open_channel.history() == []
    [hello] = hidden.history()
    assert "I am Tribekeeper" in texts(hello)
    assert "First step" in texts(hello)
    assert guild.id != stage.guild.id


async def test_an_invitation_while_the_bot_was_away_is_answered_too(bare_stage: Stage) -> None:
    stage = bare_stage
    made: list[simcord.ChannelHandle] = []
    await stage.restart(while_away=lambda: made.append(stage.another_guild("Second")[1]))
    await stage.moment()
    assert len(made[0].history()) == 1


async def test_a_guild_that_is_down_when_the_bot_comes_reads_its_hello_once_it_is_back(bare_stage: Stage) -> None:
    stage = bare_stage
    with stage.gateway_down():
        guild, channel, _ = stage.another_guild("Second")
    meet_guild_that_is_down(stage, guild)
    await stage.moment()
    assert channel.history() == []
    bring_guild_back(stage.env, guild)
    await stage.moment()
    [hello] = channel.history()
    assert "Hello, Second!" in texts(hello)


async def test_the_hello_leads_to_the_panel_for_those_who_may_set_up(bare_stage: Stage) -> None:
    stage = bare_stage
    guild, channel, _ = stage.another_guild("Second")
    host = guild.add_member(
        stage.env.create_user("dora"),
        roles=[guild.create_role("Boss", permissions=discord.Permissions(manage_guild=True))],
    )
    guest = guild.add_member(stage.env.create_user("guest"))
    await stage.moment()
    [hello] = channel.history()
    panel = await host.click(hello, label="Choose my own channels")
    assert panel.ephemeral
    assert "Greetings" in answer(panel)
    refused = await guest.click(hello, label="Create the channels for me")
    assert "*Manage Server*" in answer(refused)
    assert list(guild.channels) == [channel.name]


async def test_being_removed_and_invited_again_says_hello_again(bare_stage: Stage) -> None:
    stage = bare_stage
    guild, channel, _ = stage.another_guild("Second")
    await stage.moment()
    stage.remove_bot_from(guild)
    await stage.moment(60)
    stage.invite_bot_to(guild)
    await stage.moment()
    assert len(channel.history()) == 2


async def test_where_the_bot_was_removed_while_it_was_away_nothing_is_sent_and_it_is_forgotten_in_time(
    bare_stage: Stage,
) -> None:
    stage = bare_stage
    guild, _, _ = stage.another_guild("Second")
    silent, _, _ = stage.another_guild("Third")
    await stage.moment()
    later = stage.now() + timedelta(minutes=1)
    await stage.bot.services.outbox.post_alone(NewPost(guild.id, 1, "test:post", 1, "later", due_at=later))
    stage.env.inject_error("GET", f"/guilds/{silent.id}", status=503, times=None)
    await stage.restart(while_away=lambda: [end_guild(stage.env, one) for one in (guild, silent)])
    communities, outbox = stage.bot.services.communities, stage.bot.services.outbox
    assert await communities.list_left(stage.now() + timedelta(seconds=1)) == [guild.id]
    assert await communities.list_present() == [stage.guild.id, silent.id]
    async with stage.bot.services.database.transaction() as tx:
        post = await outbox.find_in(tx, guild.id, "later")
    assert post is not None
    assert post.state is PostState.CANCELLED


async def test_coming_and_going_while_the_database_is_locked_is_kept_afterwards(bare_stage: Stage) -> None:
    stage = bare_stage
    left, _, _ = stage.another_guild("Second")
    await stage.moment()
    stage.bot.services.database.busy_timeout = 0.1
    await stage.bot.services.database.engine.dispose()
    with stage.database_locked():
        stage.remove_bot_from(left)
        entered, channel, _ = stage.another_guild("Third")
        await stage.moment()
    await stage.moment(10)
    assert await stage.bot.services.communities.list_present() == [stage.guild.id, entered.id]
    assert len(channel.history()) == 1
    stage.refusals()  # other rooms did not get to their notes either


async def test_a_channel_that_is_deleted_while_the_database_is_locked_is_told_afterwards(stage: Stage) -> None:
    stage.bot.services.database.busy_timeout = 0.1
    await stage.bot.services.database.engine.dispose()
    with stage.database_locked():
        await stage.delete_channel(stage.welcome)
        await stage.moment()
    await stage.moment(10)
    assert ["Greetings" in notice for notice in stage.said(stage.hosts)] == [True]
    stage.refusals()  # other rooms did not get to their notes either


async def test_a_locked_database_gets_one_calm_sentence(stage: Stage) -> None:
    stage.bot.services.database.busy_timeout = 0.1
    await stage.bot.services.database.engine.dispose()
    with stage.database_locked():
        refused = await stage.carol.slash(stage.hosts, "setup", time_zone="Europe/Berlin")
    assert "nothing was changed" in answer(refused)
    assert stage.refusals()
