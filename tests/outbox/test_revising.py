"""What a message says changes, also while it is under way."""

from datetime import datetime, timedelta

import pytest

from bot.communities.service import CommunityService
from bot.db import Database
from bot.outbox.rules import NewPost, Post, PostState, Sent, Unsure
from bot.outbox.service import OutboxService

GUILD, CHANNEL = 10, 20


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
