"""What stands in an announcement channel reaches its followers once, whatever happens, and holds nothing up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import discord
import pytest
import simcord

from bot.client import Tribekeeper
from bot.outbox.rules import Post, PostState
from bot.ui.messages import OutgoingMessage
from tests.cogs.test_outbox import KIND, draw, state_of
from tests.simkit import Stage, open_stage

CROSSPOST = "/channels/*/messages/*/crosspost"


async def draw_news(guild: discord.Guild, post: Post) -> OutgoingMessage:
    return replace(await draw(guild, post), publish=True)


def teach(bot: Tribekeeper) -> None:
    bot.renderers[KIND] = draw_news
    bot.renderers["test:quiet"] = draw


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


@pytest.fixture
async def news(stage: Stage) -> simcord.ChannelHandle:
    channel = stage.guild.create_news_channel("news")
    await stage.env.settle()
    return channel


def asked(stage: Stage) -> int:
    """How often the bot asked to publish something."""
    return len([call for call in stage.env.http_requests if call.path.endswith("/crosspost")])


def published(stage: Stage, channel: simcord.ChannelHandle) -> list[str]:
    """What the followers of a channel got."""
    stored = stage.env.backend.messages[channel.id].values()
    return [message.content for message in stored if message.flags & stage.env.backend.CROSSPOSTED_FLAG]


async def test_news_reach_the_followers_and_other_messages_do_not(stage: Stage, news: simcord.ChannelHandle) -> None:
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.say("test:quiet", 2, channel_id=news.id)
    await stage.say(KIND, 3)
    await stage.moment(5)
    assert stage.said(news) == ["post 1", "post 2"]
    assert published(stage, news) == ["post 1"]
    assert stage.said(stage.welcome) == ["post 3"]
    assert asked(stage) == 1
    assert stage.said(stage.hosts) == []


async def test_news_that_are_drawn_anew_are_not_published_again(stage: Stage, news: simcord.ChannelHandle) -> None:
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.moment(5)
    services = stage.bot.services
    async with services.database.transaction() as tx:
        await services.outbox.revise(tx, stage.guild.id, f"{KIND}:1", stage.now())
    await stage.pass_time(3600)
    assert (await state_of(stage, 1)).state is PostState.SENT
    assert asked(stage) == 1


async def test_news_found_again_after_a_cut_are_published(stage: Stage, news: simcord.ChannelHandle) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.env.settle()
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3 * 3600))
    await stage.moment(30)
    assert stage.said(news) == ["post 1"]
    assert published(stage, news) == ["post 1"]


async def test_news_still_to_be_published_at_a_stop_are_published_after_the_start(
    stage: Stage, news: simcord.ChannelHandle
) -> None:
    stage.env.inject_error("POST", CROSSPOST, status=503, times=1)
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.moment(5)
    assert published(stage, news) == []
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3600))
    await stage.moment(5)
    assert published(stage, news) == ["post 1"]


async def test_published_before_the_crash_is_published(stage: Stage, news: simcord.ChannelHandle) -> None:
    stage.env.inject_error("POST", CROSSPOST, status=400, code=40033, message="already", times=1)
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.pass_time(24 * 3600)
    assert asked(stage) == 1
    assert stage.said(stage.hosts) == []


async def test_a_deleted_message_and_one_in_a_channel_without_followers_are_left(
    stage: Stage, news: simcord.ChannelHandle
) -> None:
    for status, code in ((404, 10008), (400, 50024)):
        stage.env.inject_error("POST", CROSSPOST, status=status, code=code, message="no", times=1)
        await stage.say(KIND, code, channel_id=news.id)
        await stage.moment(5)
    await stage.pass_time(3600)
    assert asked(stage) == 2
    assert stage.said(stage.hosts) == []


async def test_what_discord_forbids_is_told_once_with_what_to_grant(stage: Stage, news: simcord.ChannelHandle) -> None:
    stage.env.inject_error("POST", CROSSPOST, status=503, times=2)
    for subject in (1, 2):
        await stage.say(KIND, subject, channel_id=news.id)
        await stage.moment(5)
    await stage.deny(news, "send_messages")
    await stage.pass_time(3600)
    [notice] = stage.said(stage.hosts)
    assert "*Send Messages*" in notice
    assert "Manage Messages" not in notice
    assert f"{stage.guild.id}/{news.id}/{news.history()[0].id}" in notice
    assert asked(stage) == 4


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_errors_that_pass_are_waited_out(stage: Stage, news: simcord.ChannelHandle, status: int) -> None:
    stage.env.inject_error("POST", CROSSPOST, status=status, times=4)
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.pass_time(3600)
    assert published(stage, news) == ["post 1"]
    assert asked(stage) == 5


async def test_after_a_day_of_errors_the_hosts_are_told(stage: Stage, news: simcord.ChannelHandle) -> None:
    stage.env.inject_error("POST", CROSSPOST, status=503, times=None)
    await stage.say(KIND, 1, channel_id=news.id)
    await stage.pass_time(timedelta(hours=23).total_seconds())
    assert stage.said(stage.hosts) == []
    await stage.pass_time(timedelta(hours=2).total_seconds())
    [notice] = stage.said(stage.hosts)
    assert "did not take it" in notice
    tries = asked(stage)
    await stage.pass_time(timedelta(hours=2).total_seconds())
    assert asked(stage) == tries
