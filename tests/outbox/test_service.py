"""Posts on real databases, from the decision to the end."""

from datetime import datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.config import ShardRange
from bot.db import Database
from bot.outbox import rules
from bot.outbox.errors import NoLongerUsefulError, NotRetryableError
from bot.outbox.rules import NOTICE, NewPost, Post, PostState
from bot.outbox.service import OutboxService

GUILD, CHANNEL, HOSTS = 10, 20, 30
SECOND = timedelta(seconds=1)


@pytest.fixture
def outbox(database: Database) -> OutboxService:
    return OutboxService(database, CommunityService(database))


def a_post(now: datetime, key: str = "k", **changes: object) -> NewPost:
    values: dict[str, object] = {
        "guild_id": GUILD, "channel_id": CHANNEL, "kind": "greeting", "subject_id": 1, "key": key, "due_at": now,
    }  # fmt: skip
    return NewPost(**(values | changes))  # type: ignore[arg-type]


async def the_post(database: Database, outbox: OutboxService, key: str = "k") -> Post:
    async with database.transaction() as tx:
        post = await outbox.find_in(tx, GUILD, key)
    assert post is not None
    return post


async def choose_host_channel(database: Database, now: datetime) -> None:
    communities = CommunityService(database)
    await communities.arrive(GUILD, "Bubble", now)
    await communities.set_channel(GUILD, ChannelPurpose.HOSTS, HOSTS)


async def test_a_key_is_posted_once_in_its_guild(outbox: OutboxService, now: datetime) -> None:
    assert await outbox.post_alone(a_post(now))
    assert not await outbox.post_alone(a_post(now))
    assert await outbox.post_alone(a_post(now, guild_id=11, channel_id=21))
    assert len(await outbox.list_due(now)) == 2


async def test_a_post_is_kept_only_if_the_deciding_transaction_is(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    calls: list[str] = []
    outbox.on_change = lambda: calls.append("woken")
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            await outbox.post(tx, a_post(now))
            raise RuntimeError
    assert await outbox.list_due(now) == []
    assert calls == []
    await outbox.post_alone(a_post(now))
    assert calls == ["woken"]


async def test_a_post_waits_for_its_time(outbox: OutboxService, now: datetime) -> None:
    await outbox.post_alone(a_post(now, due_at=now + SECOND))
    assert await outbox.list_due(now) == []
    assert await outbox.next_due_at() == now + SECOND
    assert [post.key for post in await outbox.list_due(now + SECOND)] == ["k"]


async def test_a_channel_takes_its_posts_by_due_time_then_by_age(outbox: OutboxService, now: datetime) -> None:
    await outbox.post_alone(a_post(now, "late", due_at=now + 2 * SECOND))
    await outbox.post_alone(a_post(now, "early", due_at=now + SECOND))
    await outbox.post_alone(a_post(now, "early too", due_at=now + SECOND))
    order: list[str] = []
    for _ in range(3):
        [post] = await outbox.list_due(now + 5 * SECOND)
        order.append(post.key)
        await outbox.finish_attempt(post, rules.Sent(len(order)), now)
    assert order == ["early", "early too", "late"]


async def test_a_channel_that_must_wait_holds_up_no_other(outbox: OutboxService, now: datetime) -> None:
    await outbox.post_alone(a_post(now, "first"))
    await outbox.post_alone(a_post(now, "second"))
    await outbox.post_alone(a_post(now, "elsewhere", channel_id=21))
    first = (await outbox.list_due(now))[0]
    await outbox.finish_attempt(first, rules.Postponed(60 * SECOND), now)
    assert [post.key for post in await outbox.list_due(now)] == ["elsewhere"]
    assert [post.key for post in await outbox.list_due(now + 60 * SECOND)] == ["first", "elsewhere"]


async def standing(database: Database, outbox: OutboxService, now: datetime, *keys: str) -> list[Post]:
    """Posts whose messages stand and are to be drawn anew, in this order."""
    for number, key in enumerate(keys):
        await outbox.post_alone(a_post(now, key))
        await outbox.finish_attempt(await the_post(database, outbox, key), rules.Sent(70 + number), now)
        async with database.transaction() as tx:
            await outbox.revise(tx, GUILD, key, now)
    return [await the_post(database, outbox, key) for key in keys]


async def test_what_is_to_go_out_waits_for_no_change_of_what_stands(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await standing(database, outbox, now - 60 * SECOND, "old", "older")
    await outbox.post_alone(a_post(now, "new"))
    await outbox.post_alone(a_post(now, "newer"))
    new, old = await outbox.list_due(now)
    assert (new.key, old.key) == ("new", "old")
    assert new.lane != old.lane


async def test_a_change_that_must_wait_holds_up_no_other_and_a_message_that_must_wait_no_change(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    first, _ = await standing(database, outbox, now, "first", "second")
    await outbox.finish_attempt(first, rules.Postponed(60 * SECOND), now)
    for key in ("new", "newer"):
        await outbox.post_alone(a_post(now, key))
    await outbox.finish_attempt(await the_post(database, outbox, "new"), rules.Postponed(90 * SECOND), now)
    assert [post.key for post in await outbox.list_due(now)] == ["second"]
    assert await outbox.next_due_at() == now
    assert await outbox.next_due_at(now) == now + 60 * SECOND
    assert [post.key for post in await outbox.list_due(now + 60 * SECOND)] == ["first"]
    assert await outbox.next_due_at(now + 60 * SECOND) == now + 90 * SECOND
    assert [post.key for post in await outbox.list_due(now + 90 * SECOND)] == ["new", "first"]


async def test_what_is_taken_down_waits_for_the_attempt_to_send_it(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    sending = await the_post(database, outbox)
    await outbox.begin_attempt(sending, "looks", now)
    async with database.transaction() as tx:
        await outbox.remove(tx, GUILD, "k", now)
    [removing] = await outbox.list_due(now)
    assert removing.state is PostState.REMOVING
    assert removing.lane == sending.lane


async def test_a_post_is_cancelled_by_its_key_until_it_is_tried(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    for key in ("untried", "tried"):
        await outbox.post_alone(a_post(now, key))
    assert await outbox.begin_attempt(await the_post(database, outbox, "tried"), "f", now)
    async with database.transaction() as tx:
        assert await outbox.cancel(tx, GUILD, "untried", now)
        assert not await outbox.cancel(tx, GUILD, "tried", now)
        assert not await outbox.cancel(tx, GUILD + 1, "untried", now)
    assert (await the_post(database, outbox, "untried")).state is PostState.CANCELLED


async def test_a_post_is_rescheduled_by_its_key(database: Database, outbox: OutboxService, now: datetime) -> None:
    await outbox.post_alone(a_post(now))
    async with database.transaction() as tx:
        assert await outbox.reschedule(tx, GUILD, "k", now + 60 * SECOND, now + 90 * SECOND)
        assert not await outbox.reschedule(tx, GUILD, "unknown", now)
    post = await the_post(database, outbox)
    assert (post.due_at, post.useful_until) == (now + 60 * SECOND, now + 90 * SECOND)


async def test_one_of_two_takers_gets_the_post(database: Database, outbox: OutboxService, now: datetime) -> None:
    await outbox.post_alone(a_post(now))
    post = await the_post(database, outbox)
    assert await outbox.begin_attempt(post, "f", now)
    assert not await outbox.begin_attempt(post, "f", now)


async def test_the_doubt_starts_with_the_first_attempt_of_unknown_outcome(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    for second in range(2):
        post = await the_post(database, outbox)
        await outbox.begin_attempt(post, f"look{second}", now + second * SECOND)
        await outbox.finish_attempt(post, rules.Unsure(), now + second * SECOND)
    post = await the_post(database, outbox)
    assert post.unsure_since == now
    assert post.fingerprints == {"look0", "look1"}
    assert post.retry_at is not None
    assert post.retry_at > now + SECOND


async def test_an_attempt_that_surely_failed_leaves_no_doubt(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    post = await the_post(database, outbox)
    await outbox.begin_attempt(post, "f", now)
    await outbox.finish_attempt(post, rules.Postponed(SECOND), now)
    assert (await the_post(database, outbox)).unsure_since is None


@pytest.mark.parametrize("outcome", [rules.Refused("I lack *Send Messages*."), rules.TooLate()])
async def test_hosts_are_told_of_a_post_that_does_not_go_out(
    database: Database, outbox: OutboxService, now: datetime, outcome: rules.Outcome
) -> None:
    await choose_host_channel(database, now)
    await outbox.post_alone(a_post(now))
    failed = await the_post(database, outbox)
    await outbox.finish_attempt(failed, outcome, now)
    [notice] = await outbox.list_due(now)
    assert (notice.kind, notice.channel_id, notice.subject_id) == (NOTICE, HOSTS, failed.id)


async def test_a_notice_that_fails_makes_no_further_notice(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await choose_host_channel(database, now)
    await outbox.post_alone(a_post(now, kind=NOTICE))
    await outbox.finish_attempt(await the_post(database, outbox), rules.Refused("no"), now)
    assert await outbox.list_due(now) == []


async def test_a_failed_post_gets_another_chance_on_request(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    post = await the_post(database, outbox)
    with pytest.raises(NotRetryableError):
        await outbox.retry(GUILD, post.id, now)
    await outbox.begin_attempt(post, "f", now)
    await outbox.finish_attempt(post, rules.Refused("no"), now)
    with pytest.raises(NotRetryableError):
        await outbox.retry(GUILD + 1, post.id, now)
    await outbox.retry(GUILD, post.id, now)
    [again] = await outbox.list_due(now)
    assert (again.id, again.unsure_since, again.reason) == (post.id, None, None)


async def test_a_doubt_from_before_a_refusal_is_settled_when_the_post_is_tried_again(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    for number, outcome in enumerate((rules.Unsure(), rules.Refused("no"))):
        post = await the_post(database, outbox)
        await outbox.begin_attempt(post, "looks", now + number * SECOND)
        await outbox.finish_attempt(post, outcome, now + number * SECOND)
    await outbox.retry(GUILD, post.id, now)
    again = await the_post(database, outbox)
    assert (again.state, again.unsure_since, again.fingerprints) == (PostState.WAITING, now, {"looks"})


async def test_a_failed_post_is_not_retried_when_it_would_help_nobody(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now, useful_until=now))
    post = await the_post(database, outbox)
    await outbox.finish_attempt(post, rules.Refused("no"), now)
    with pytest.raises(NoLongerUsefulError):
        await outbox.retry(GUILD, post.id, now + SECOND)


async def test_nothing_more_is_sent_in_a_guild_the_bot_left(
    database: Database, outbox: OutboxService, now: datetime
) -> None:
    await outbox.post_alone(a_post(now))
    await outbox.post_alone(a_post(now, guild_id=11, channel_id=21))
    await outbox.leave_guild(GUILD, now)
    assert [post.guild_id for post in await outbox.list_due(now)] == [11]


@pytest.mark.parametrize("change", ["revise", "remove"])
async def test_what_stands_in_a_guild_the_bot_left_is_changed_when_it_comes_back(
    database: Database, outbox: OutboxService, now: datetime, change: str
) -> None:
    await outbox.post_alone(a_post(now))
    await outbox.finish_attempt(await the_post(database, outbox), rules.Sent(70), now)
    async with database.transaction() as tx:
        await getattr(outbox, change)(tx, GUILD, "k", now)
    await outbox.leave_guild(GUILD, now)
    assert await outbox.list_due(now + timedelta(days=29)) == []
    await outbox.enter_guild(GUILD)
    [post] = await outbox.list_due(now + SECOND)
    assert (post.state, post.message_id) == (PostState(change.removesuffix("e") + "ing"), 70)


async def test_a_process_takes_the_posts_of_its_own_shards_only(database: Database, now: datetime) -> None:
    guilds = [shard << 22 for shard in range(1, 9)]
    found: list[int] = []
    for ids in ((0, 1), (2,), (3,)):
        outbox = OutboxService(database, CommunityService(database), ShardRange(count=4, ids=ids))
        for guild in guilds:
            await outbox.post_alone(a_post(now, guild_id=guild, channel_id=guild + 1))
        mine = [post.guild_id for post in await outbox.list_due(now)]
        assert all((guild >> 22) % 4 in ids for guild in mine)
        found += mine
    assert sorted(found) == guilds
