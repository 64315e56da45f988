"""What the bot may and may not do in its channels, and how a person is told."""

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from bot.ui.errors import permission_name
from bot.ui.people import moderates
from bot.ui.permissions import INVITE_PERMISSIONS, NEEDED, TITLES, fault_of, how_to_grant, missing_in, problems_of
from tests.simkit import Stage


def channel_of(stage: Stage) -> discord.TextChannel:
    """The channel of greetings, as the bot sees it."""
    channel = stage.bot.get_channel(stage.welcome.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


@pytest.mark.parametrize("purpose", ChannelPurpose)
def test_each_purpose_has_a_title_and_permissions_that_discord_knows(purpose: ChannelPurpose) -> None:
    assert TITLES[purpose]
    assert set(NEEDED[purpose]) <= set(discord.Permissions.VALID_FLAGS)


@pytest.mark.parametrize("purpose", ChannelPurpose)
def test_the_invite_asks_for_all_that_is_needed_and_for_no_power_over_people(purpose: ChannelPurpose) -> None:
    assert discord.Permissions(**dict.fromkeys(NEEDED[purpose], True)) <= INVITE_PERMISSIONS
    for name in ("administrator", "manage_guild", "kick_members", "ban_members", "manage_roles", "mention_everyone"):
        assert not getattr(INVITE_PERMISSIONS, name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("manage_guild", "Manage Server"),
        ("view_channel", "View Channel"),
        ("read_messages", "View Channel"),
        ("send_messages_in_threads", "Send Messages In Threads"),
    ],
)
def test_permissions_are_called_as_in_the_settings_of_discord(name: str, shown: str) -> None:
    assert permission_name(name) == shown


def test_a_sentence_says_what_is_missing_where_and_how_to_grant_it() -> None:
    sentence = how_to_grant("<#1>", ["Send Messages", "Embed Links"])
    assert (
        sentence == "I lack *Send Messages*, *Embed Links* in <#1>. Grant it to me under *Edit Channel → Permissions*."
    )


async def test_nothing_is_missing_where_everything_is_granted(stage: Stage) -> None:
    community = await stage.bot.services.communities.get(stage.guild.id)
    assert missing_in(channel_of(stage), NEEDED[ChannelPurpose.GREETING]) == []
    assert problems_of(community, stage.bot.get_guild(stage.guild.id).get_channel) == []  # type: ignore[union-attr]


async def test_what_is_denied_is_missing_in_that_channel_and_no_other(stage: Stage) -> None:
    await stage.deny(stage.welcome, "send_messages", "embed_links")
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    assert missing_in(channel_of(stage), NEEDED[ChannelPurpose.GREETING]) == ["Send Messages", "Embed Links"]
    community = await stage.bot.services.communities.get(guild.id)
    [problem] = problems_of(community, guild.get_channel)
    assert problem.purpose is ChannelPurpose.GREETING
    assert problem.sentence.startswith(
        f"**Greetings**: I lack *Send Messages*, *Embed Links* in {stage.welcome.mention}"
    )


async def test_a_deleted_channel_is_a_problem_with_a_way_out(stage: Stage) -> None:
    community = await stage.bot.services.communities.get(stage.guild.id)
    problems = problems_of(community, lambda _id: None)
    assert {problem.purpose for problem in problems} == set(community.channels)
    assert all("was deleted" in problem.sentence and "`/setup`" in problem.sentence for problem in problems)


async def test_a_role_of_a_bot_is_called_that_and_none_of_the_hosts_whatever_it_allows(stage: Stage) -> None:
    community = await stage.bot.services.communities.get(stage.guild.id)
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    own = guild.me.top_role
    assert moderates(own)
    assert fault_of(own, community, "/engagement role") == (
        f"{own.mention} belongs to a bot or to Discord itself. Choose another role in `/engagement role`."
    )
