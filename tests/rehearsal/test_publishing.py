"""A post that the host publishes: on the blog, in the channel, and in a conversation."""

import asyncio
import time
from typing import cast

import pytest

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.rehearsal.blog.posts import load as load_blog
from bot.rehearsal.player import TribekeeperPlayer
from bot.rehearsal.scenes import Scenes
from bot.rehearsal.server import Server, take_port
from bot.rehearsal.stage import Stage
from bot.rehearsal.world import load
from tests.rehearsal.theatre import get


def ticked(stage: Stage) -> set[str]:
    return {step.id for step in stage.tour.steps if stage.tour.is_done(step)}


async def test_a_post_is_in_the_blogs_channel_within_seconds(stage: Stage):
    began, at = time.perf_counter(), stage.env.now()
    assert await Scenes(stage).publish() == ""
    assert time.perf_counter() - began < 5
    assert (stage.env.now() - at).total_seconds() < 120
    assert stage.place.id == stage.world.purposes["blog"]
    assert "publish" in ticked(stage)
    [told] = [entry for entry in stage.activity.entries if entry.text == "Tribekeeper posted in #blog"]
    assert told.quote == stage.blog.posts[0].title


async def test_every_post_comes_also_after_a_quiet_day(stage: Stage):
    scenes = Scenes(stage)
    await scenes.publish()
    await scenes.advance(1440)
    assert await scenes.publish() == ""
    titles = {entry.quote for entry in stage.activity.entries if entry.text == "Tribekeeper posted in #blog"}
    assert titles == {post.title for post in stage.blog.posts[:2]}


async def test_a_reader_who_answers_in_the_thread_calls_the_author(stage: Stage):
    scenes = Scenes(stage)
    await scenes.publish()
    await scenes.go("answer")
    assert (stage.viewer.name, stage.place.is_thread) == ("Maya", True)
    async with stage.acting():
        await stage.viewer.actor.send(stage.place, "A parcel, once.")
    assert await stage.passage.wait_for(lambda: "answer" in ticked(stage), 60)


async def test_a_post_that_the_bot_has_not_read_is_on_the_blog_all_the_same(stage: Stage):
    services = cast(Tribekeeper, stage.env.bot).services
    [feed] = await services.feeds.list_feeds(stage.world.guild.id)
    await services.feeds.unfollow(feed.guild_id, feed.id, services.clock.now())
    said = await Scenes(stage).publish()
    title = stage.blog.posts[0].title
    assert said == f"“{title}” is on the blog. Tribekeeper has not brought it here yet: let more time pass."
    assert stage.place.id == stage.world.purposes["blog"]
    assert stage.activity.entries[0].text == f"Carol published “{title}” on the blog"
    assert "publish" not in ticked(stage)


async def test_the_blog_can_be_read_before_the_curtain_is_up(player: TribekeeperPlayer):
    with take_port(None) as place:
        server = Server(Stage(player, load(), load_blog()), place)
        await server.open()
        assert (await asyncio.to_thread(get, server.blog_address + "feed.xml"))[0] == 200
        status, _, body = await asyncio.to_thread(get, server.url)
        assert status == 503
        assert b"The curtain is not up yet" in body
        await server.close()


async def test_nothing_is_published_while_time_moves(stage: Stage):
    scenes = Scenes(stage)
    long_way = asyncio.create_task(scenes.advance(1440))
    await asyncio.sleep(0.05)
    before = len(stage.blog.posts)
    with pytest.raises(UserFacingError, match="already moving"):
        await scenes.publish()
    assert len(stage.blog.posts) == before
    await long_way


async def test_without_a_thread_the_step_leads_to_the_channel(stage: Stage):
    await Scenes(stage).go("answer")
    assert stage.place.id == stage.world.purposes["blog"]
