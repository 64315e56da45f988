"""What is to be published to followers, on real databases."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.communities.service import CommunityService
from bot.config import ShardRange
from bot.db import Database
from bot.outbox import rules
from bot.outbox.rules import NOTICE, UNPUBLISHED, Post, Publication, Published
from bot.outbox.service import OutboxService
from tests.outbox.test_service import CHANNEL, GUILD, a_post, choose_host_channel, the_post

MINUTE = timedelta(minutes=1)


@pytest.fixture
def outbox(database: Database) -> OutboxService:
    return OutboxService(database, CommunityService(database))


async def stands(
    database: Database, outbox: OutboxService, now: datetime, key: str, message_id: int, **changes: object
) -> Post:
    """A post was sent that is to be published."""
    await outbox.post_alone(a_post(now, key, **changes))
    post = await the_post(database, outbox, key)
    await outbox.finish_attempt(post, rules.Sent(message_id, publish=True), now)
    return post


async def test_only_what_is_to_be_published_is_and_the_queue_is_woken(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    woken: list[str] = []
    outbox.on_publish = lambda: woken.append("woken")
    await outbox.post_alone(a_post(now, "plain"))
    await outbox.finish_attempt(await the_post(database, outbox, "plain"), rules.Sent(1), now)
    assert (await outbox.list_to_publish(now), await outbox.next_publish_at(), woken) == ([], None, [])
    post = await stands(database, outbox, now, "news", 2)
    assert await outbox.list_to_publish(now) == [Publication(post.id, GUILD, CHANNEL, 2, now)]
    assert await outbox.next_publish_at() == now
    assert woken == ["woken"]


async def test_a_channel_publishes_the_oldest_first_and_holds_up_no_other(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await stands(database, outbox, now, "first", 1)
    await stands(database, outbox, now, "second", 2)
    await stands(database, outbox, now, "elsewhere", 3, channel_id=21)
    assert [one.message_id for one in await outbox.list_to_publish(now)] == [1, 3]


async def test_what_was_published_is_not_published_again_when_it_is_revised(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await stands(database, outbox, now, "k", 1)
    [publication] = await outbox.list_to_publish(now)
    await outbox.finish_publishing(publication, Published.DONE, now)
    async with database.transaction() as tx:
        await outbox.revise(tx, GUILD, "k", now)
    await outbox.finish_attempt(await the_post(database, outbox), rules.Sent(1, publish=True), now)
    assert await outbox.list_to_publish(now + timedelta(days=1)) == []


async def test_what_fails_is_tried_again_later_and_lets_others_pass_until_a_day_is_over(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await choose_host_channel(database, now)
    await stands(database, outbox, now, "first", 1)
    await stands(database, outbox, now, "second", 2)
    [first] = await outbox.list_to_publish(now)
    await outbox.finish_publishing(first, Published.AGAIN, now)
    assert [one.message_id for one in await outbox.list_to_publish(now)] == [2]
    [first, *_] = await outbox.list_to_publish(now + MINUTE)
    assert (first.message_id, first.tries) == (1, 1)
    await outbox.finish_publishing(first, Published.AGAIN, now + timedelta(days=1))
    assert [one.message_id for one in await outbox.list_to_publish(now + timedelta(days=2))] == [2]
    assert [post.kind for post in await outbox.list_due(now + timedelta(days=1))] == [UNPUBLISHED]


async def test_hosts_hear_once_a_day_and_channel_that_publishing_is_forbidden(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await choose_host_channel(database, now)
    for number in (1, 2):
        await stands(database, outbox, now, f"post {number}", number)
        [publication] = await outbox.list_to_publish(now)
        await outbox.finish_publishing(publication, Published.REFUSED, now)
    [notice] = await outbox.list_due(now)
    assert notice.kind == UNPUBLISHED
    await outbox.finish_attempt(notice, rules.Refused("no"), now)
    assert await outbox.list_due(now) == []
    assert await outbox.list_to_publish(now + timedelta(days=1)) == []


async def test_what_is_taken_down_or_in_a_guild_that_is_left_is_not_published(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await stands(database, outbox, now, "removed", 1)
    async with database.transaction() as tx:
        await outbox.remove(tx, GUILD, "removed", now)
    assert await outbox.list_to_publish(now) == []
    await stands(database, outbox, now, "left", 2)
    await outbox.leave_guild(GUILD, now)
    assert await outbox.list_to_publish(now) == []


async def test_a_process_publishes_in_its_own_guilds_only(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    shards = [ShardRange(count=2, ids=(number,)) for number in (0, 1)]
    own, other = (OutboxService(database, CommunityService(database), its) for its in shards)
    await stands(database, outbox, now, "k", 1)
    assert len(await own.list_to_publish(now)) == 1
    assert await own.next_publish_at() == now
    assert (await other.list_to_publish(now), await other.next_publish_at()) == ([], None)


def test_the_pauses_between_tries_grow_and_end_after_a_day(now: datetime) -> None:
    waits = [rules.publish_again_at(Publication(1, GUILD, CHANNEL, 2, now, tries), now) for tries in range(6)]
    assert [wait - now for wait in waits if wait] == [timedelta(seconds=n) for n in (32, 64, 128, 256, 512, 600)]
    assert rules.publish_again_at(Publication(1, GUILD, CHANNEL, 2, now), now + timedelta(days=1)) is None


def test_a_notice_that_fails_calls_for_no_other() -> None:
    failed = [
        Post(1, GUILD, CHANNEL, kind, 2, "k", due_at=datetime.now(UTC), state=rules.PostState.FAILED)
        for kind in (NOTICE, UNPUBLISHED, "greeting")
    ]
    assert [rules.needs_notice(post) for post in failed] == [False, False, True]
