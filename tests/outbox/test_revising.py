"""What a message says changes, also while it is under way."""

from datetime import datetime, timedelta

import pytest

from bot.communities.service import CommunityService
from bot.db import Database
from bot.outbox.errors import NotRetryableError
from bot.outbox.rules import NOTICE, NewPost, Post, Postponed, PostState, Refused, Sent, Unsure
from bot.outbox.service import OutboxService
from tests.outbox.test_service import CHANNEL, GUILD, HOSTS, choose_host_channel, the_post


@pytest.fixture
async def outbox(database: Database, now: datetime) -> OutboxService:
    """An outbox with one post that is due."""
    outbox = OutboxService(database, CommunityService(database))
    await outbox.post_alone(NewPost(GUILD, CHANNEL, "greeting", 1, "k", due_at=now))
    return outbox


async def change(database: Database, outbox: OutboxService, now: datetime) -> None:
    async with database.transaction() as tx:
        await outbox.revise(tx, GUILD, "k", now)


async def under_way(outbox: OutboxService, now: datetime) -> Post:
    [post] = await outbox.list_due(now)
    return post


async def send(outbox: OutboxService, post: Post, now: datetime) -> None:
    await outbox.begin_attempt(post, "looks", now)
    await outbox.finish_attempt(post, Sent(70), now)


async def test_what_changes_before_a_post_goes_out_is_drawn_with_it(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await change(database, outbox, now)
    await send(outbox, await under_way(outbox, now), now)
    assert await outbox.list_due(now) == []


async def test_what_changes_while_a_post_goes_out_is_drawn_afterwards(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    post = await under_way(outbox, now)
    await change(database, outbox, now)
    await send(outbox, post, now)
    again = await under_way(outbox, now)
    assert again.state is PostState.REVISING
    await outbox.finish_attempt(again, Sent(70), now)
    assert await outbox.list_due(now) == []


async def test_what_changes_while_a_message_is_drawn_anew_is_drawn_once_more(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    await change(database, outbox, now)
    first = await under_way(outbox, now)
    await change(database, outbox, now)
    await outbox.finish_attempt(first, Sent(70), now)
    second = await under_way(outbox, now)
    await outbox.finish_attempt(second, Sent(70), now)
    assert await outbox.list_due(now) == []


async def test_a_change_is_not_lost_where_the_outcome_of_sending_was_unknown(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    post = await under_way(outbox, now)
    await outbox.begin_attempt(post, "looks", now)
    await change(database, outbox, now)
    await outbox.finish_attempt(post, Unsure(), now)
    later = now + timedelta(minutes=1)
    again = await under_way(outbox, later)
    assert again.revision == 1


async def test_a_kind_may_say_how_far_apart_drawings_are_also_for_what_changes_meanwhile(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    outbox.spacing["greeting"] = lambda message_id, _now: timedelta(seconds=message_id)
    post = await under_way(outbox, now)
    await change(database, outbox, now)
    await send(outbox, post, now)
    assert await outbox.list_due(now + timedelta(seconds=69)) == []
    again = await under_way(outbox, now + timedelta(seconds=70))
    assert again.state is PostState.REVISING


async def test_a_change_that_may_not_wait_brings_forward_a_drawing_that_could(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    minute, seconds = timedelta(minutes=1), timedelta(seconds=3)
    for within in (minute, seconds, minute):
        async with database.transaction() as tx:
            await outbox.revise(tx, GUILD, "k", now, within)
    assert await outbox.list_due(now + seconds / 2) == []
    assert (await under_way(outbox, now + seconds)).state is PostState.REVISING


async def test_of_a_post_that_is_dropped_nothing_is_kept_and_its_message_stays(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    async with database.transaction() as tx:
        await outbox.drop(tx, GUILD, "k")
        assert await outbox.find_in(tx, GUILD, "k") is None
    assert await outbox.list_due(now) == []


async def test_posts_that_name_a_member_are_found_by_whole_parts_of_their_key(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    for key in ("session:1:seat:55:9", "55", "session:55_", "session:555", "seat:55"):
        await outbox.post_alone(NewPost(GUILD, CHANNEL, "greeting", 1, key, due_at=now))
    async with database.transaction() as tx:
        assert sorted(await outbox.list_keys_naming(tx, GUILD, 55)) == ["55", "seat:55", "session:1:seat:55:9"]
        assert await outbox.list_keys_naming(tx, GUILD + 1, 55) == []


async def test_a_change_discord_refuses_is_tried_every_hour_for_a_week(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    await change(database, outbox, now)
    tried, at = 0, now
    while at <= now + timedelta(days=30):
        for post in await outbox.list_due(at):
            await outbox.finish_attempt(post, Refused("I lack *View Channel*."), at)
            tried += 1
        at += timedelta(minutes=30)
    assert tried == 7 * 24 + 1
    await change(database, outbox, at)
    assert (await under_way(outbox, at)).state is PostState.REVISING, "what changes later is tried again"


async def test_another_change_of_what_discord_refused_is_tried_at_once(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    await change(database, outbox, now)
    await outbox.finish_attempt(await under_way(outbox, now), Refused("I lack *View Channel*."), now)
    assert await outbox.list_due(now + timedelta(minutes=59)) == []
    await change(database, outbox, now + timedelta(minutes=1))
    again = await under_way(outbox, now + timedelta(minutes=1))
    await outbox.finish_attempt(again, Sent(70), now + timedelta(minutes=1))
    assert await outbox.list_due(now + timedelta(days=1)) == []


async def test_another_change_of_what_waits_for_discord_does_not_hurry_it(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    await change(database, outbox, now + timedelta(seconds=5))
    later = now + timedelta(seconds=5)
    await outbox.finish_attempt(await under_way(outbox, later), Postponed(timedelta(minutes=10)), later)
    await change(database, outbox, now)
    assert await outbox.list_due(now + timedelta(minutes=9)) == []


async def refused_for_a_week(outbox: OutboxService, since: datetime) -> list[Post]:
    """Discord refuses now and after a week to let anything be drawn anew. What is due then."""
    at = since
    for at in (since, since + timedelta(days=7)):
        while changing := [post for post in await outbox.list_due(at) if post.state is PostState.REVISING]:
            await outbox.finish_attempt(changing[0], Refused("I lack *View Channel*."), at)
    return await outbox.list_due(at)


async def test_after_a_week_of_refusals_the_hosts_hear_of_a_channel_once_and_all_of_it_is_tried_again(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await choose_host_channel(database, now)
    await outbox.post_alone(NewPost(GUILD, CHANNEL, "greeting", 2, "k2", due_at=now))
    await outbox.post_alone(NewPost(GUILD, CHANNEL, "greeting", 3, "k3", due_at=now))
    for message_id, key in enumerate(("k", "k2", "k3"), start=70):
        post = await the_post(database, outbox, key)
        await outbox.finish_attempt(post, Sent(message_id), now)
    async with database.transaction() as tx:
        for key in ("k", "k2"):
            await outbox.revise(tx, GUILD, key, now)
    [notice] = await refused_for_a_week(outbox, now)
    assert (notice.kind, notice.channel_id) == (NOTICE, HOSTS)
    told = await outbox.find(GUILD, notice.subject_id)
    assert told is not None
    assert (told.is_outdated, told.reason) == (True, "I lack *View Channel*.")
    await outbox.finish_attempt(notice, Sent(90), now)
    later = now + timedelta(days=8)
    await outbox.retry(GUILD, told.id, later)
    for _ in range(2):
        post = await under_way(outbox, later)
        await outbox.finish_attempt(post, Sent(post.message_id or 0), later)
    assert await outbox.list_due(later) == []
    with pytest.raises(NotRetryableError):
        await outbox.retry(GUILD, told.id, later)


@pytest.mark.parametrize("way", ["drawn", "left as it is", "changed again"])
async def test_a_message_that_is_up_to_date_again_or_on_its_way_is_not_outdated(
    database: Database, outbox: OutboxService, now: datetime, way: str
) -> None:
    await send(outbox, await under_way(outbox, now), now)
    await change(database, outbox, now)
    await outbox.finish_attempt(await under_way(outbox, now), Refused("I lack *View Channel*."), now)
    if way == "left as it is":
        async with database.transaction() as tx:
            await outbox.stop_revising(tx, GUILD, "k")
    else:
        await refused_for_a_week(outbox, now)
        assert (await the_post(database, outbox)).is_outdated
        await change(database, outbox, now + timedelta(days=8))
        if way == "drawn":
            await outbox.finish_attempt(await the_post(database, outbox), Sent(70), now)
    assert not (await the_post(database, outbox)).is_outdated
    assert (await the_post(database, outbox)).reason is None
