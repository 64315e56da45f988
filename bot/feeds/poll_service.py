"""Looking at blogs: what is due is fetched side by side, and what comes of it is written down together."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.config import ShardRange
from bot.db import Database, DatabaseUnavailableError, Transaction
from bot.db.statements import after_commit
from bot.feeds import health_rules
from bot.feeds.client import FeedClient
from bot.feeds.documents import Document, Failure, Page, Trouble, Unchanged, Validators
from bot.feeds.entry_repository import EntryRepository
from bot.feeds.health_rules import Health
from bot.feeds.post_rules import Feed, FeedState, Source
from bot.feeds.post_service import PostService
from bot.feeds.reader import FeedReader
from bot.feeds.repository import FeedRepository
from bot.feeds.rules import KEPT_AFTER_GONE, compare
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService

log = logging.getLogger(__name__)

TROUBLE, STOPPED = "feeds:trouble", "feeds:stopped"

#: A poll that never came to its end, because the bot was killed, is made up for after this.
CLAIMED_FOR = timedelta(minutes=2)
#: How many sources are looked at in one go, those of earlier rounds included.
AT_ONCE = 500
#: Polls that end within this many seconds of one another are written down in one transaction, so many at most: the
#: others who want to write get their turn.
TOGETHER, MOST_TOGETHER = 0.05, 25


@dataclass(frozen=True, slots=True)
class Poll:
    """A source that is looked at: what is known of its last answer, and how often it is to be looked at."""

    source: Source
    validators: Validators
    body_digest: str
    interval: timedelta
    ttl: timedelta | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a poll brought. `document` is None where nothing has changed, or nothing could be read.

    `answer` is None where the poll came to nothing by no fault of the blog's: nothing is to be thought of it.
    """

    poll: Poll
    answer: Page | Unchanged | Failure | None
    document: Document | None = None


class PollService:
    """Polls from the look at the clock to the decision what is said.

    `on_hurry` is called after each commit that may have made a blog due sooner; the cog sets it.
    """

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        outbox: OutboxService,
        posts: PostService,
        client: FeedClient,
        reader: FeedReader,
        shards: ShardRange | None = None,
    ) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self._posts = posts
        self._client = client
        self._reader = reader
        self._shards = shards
        self._under_way = set[int]()
        self.on_hurry: Callable[[], None] = lambda: None

    async def next_due_at(self, now: datetime) -> datetime | None:
        """When the next source is due, if one is followed."""
        async with self._database.transaction() as tx:
            due_at = await FeedRepository(tx).next_poll_at(self._shards)
        # What is due later than any pause lasts was planned by a clock that was wrong.
        return now if due_at is not None and due_at > now + health_rules.LONGEST_PAUSE else due_at

    async def hurry(self, guild_id: int, now: datetime) -> None:
        """Look at the blogs that a guild follows now, rather than when they are due."""
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            for feed in await feeds.list_feeds(guild_id):
                await feeds.poll_by(feed.source.id, now)
            after_commit(tx, lambda: self.on_hurry())

    async def poll_due(self, now: datetime) -> int:
        """Look at every source that is due. How many there were.

        Rounds may overlap: what an earlier one still looks at is left to it, so that a slow server holds up no other.
        """
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return 0
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            claimed = await feeds.claim_due(now, now + CLAIMED_FOR, self._shards, room)
            polls = [Poll(*state) for state in await feeds.list_polls(claimed)]
        # A claim may end before a long queue does; taken once more, it is prolonged.
        polls = [poll for poll in polls if poll.source.id not in self._under_way]
        await self._poll(polls, now)
        return len(polls)

    async def _poll(self, polls: Sequence[Poll], now: datetime) -> None:
        ended, left = asyncio.Queue[Outcome](), {poll.source.id for poll in polls}
        self._under_way |= left
        looking = [asyncio.create_task(self._look_at(poll, ended)) for poll in polls]
        try:
            while left:
                outcomes = await _next_of(ended, min(len(left), MOST_TOGETHER))
                await self._write_down([outcome for outcome in outcomes if outcome.answer is not None], now)
                done = {outcome.poll.source.id for outcome in outcomes}
                left -= done
                self._under_way -= done
        finally:
            self._under_way -= left
            for task in looking:
                task.cancel()

    async def _look_at(self, poll: Poll, ended: asyncio.Queue[Outcome]) -> None:
        try:
            outcome = await self._look(poll)
        except Exception:
            log.exception("blog not looked at source=%s", poll.source.id)
            outcome = Outcome(poll, None)
        ended.put_nowait(outcome)

    async def _look(self, poll: Poll) -> Outcome:
        answer = await self._client.fetch(poll.source.url, poll.validators)
        document = None
        if isinstance(answer, Page) and answer.digest != poll.body_digest:
            read = await self._reader.parse(answer)
            answer, document = (read, None) if isinstance(read, Failure) else (answer, read)
        is_ours = isinstance(answer, Failure) and answer.trouble is Trouble.OURS
        return Outcome(poll, None if is_ours else answer, document)

    async def _write_down(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """What cannot be written down is due again when its claim ends."""
        try:
            async with self._database.transaction() as tx:
                for outcome in outcomes:
                    await self._apply(tx, outcome, now)
        except DatabaseUnavailableError:
            pass  # The database said so in the log.
        except Exception:
            if len(outcomes) > 1:  # The others are not to suffer from one of them.
                for outcome in outcomes:
                    await self._write_down([outcome], now)
            else:
                log.exception("poll not written down source=%s", outcomes[0].poll.source.id)

    async def _apply(self, tx: Transaction, outcome: Outcome, now: datetime) -> None:
        source, answer = outcome.poll.source, outcome.answer
        assert answer is not None, "there is something to write down"
        health = health_rules.after_poll(source.health, answer, now)
        if outcome.document is not None:
            await self._take_in(tx, source, outcome.document, now)
        if isinstance(answer, Failure):
            health = await self._tell_trouble(tx, source, health, now)
        elif source.health.told_at is not None:
            await self._take_back_trouble(tx, source, now)
        await self._plan_next(tx, outcome.poll, answer, outcome.document, health, now)

    async def _plan_next(
        self, tx: Transaction, poll: Poll, answer: Page | Unchanged | Failure, document: Document | None,
        health: Health, now: datetime,
    ) -> None:  # fmt: skip
        feeds, ttl = FeedRepository(tx), poll.ttl
        if isinstance(answer, Page) and document is not None:
            ttl = document.ttl
            await feeds.set_page(poll.source.id, answer)
            await feeds.set_document(poll.source.id, document)
        moved_to = health_rules.address_to_move_to(health)
        if moved_to is not None and not await feeds.is_known(moved_to):
            await feeds.move(poll.source.id, moved_to)
            health = replace(health, moving_to="", moved_polls=0)
        next_poll_at = health_rules.next_poll_at(
            now,
            poll.interval,
            health.failures,
            answer.retry_after if isinstance(answer, Failure) else None,
            None if isinstance(answer, Failure) else answer.max_age,
            ttl,
            random.random(),
        )
        await feeds.set_health(poll.source.id, health, next_poll_at)

    async def _take_in(self, tx: Transaction, source: Source, document: Document, now: datetime) -> None:
        """Remember what a blog says now, and let each guild decide what becomes of what is new."""
        known, followers = EntryRepository(tx), await FeedRepository(tx).list_followers(source.id)
        if not followers:
            return  # Everybody stopped following it while it was read.
        found = compare(document, await known.list_known(source.id), now, is_first=source.health.looked_at is None)
        for entry in found.silent:
            await known.add_entry(source.id, entry, now)
        new = [(await known.add_entry(source.id, entry, now), entry.due_at) for entry in found.new]
        for feed in followers:
            await self._posts.place(tx, feed, new, now)
        for change in found.changed:
            await known.change_entry(change)
            if change.is_shown:
                await self._posts.revise(tx, change.id, now)
            if change.due_at is not None:
                await self._posts.move(tx, change.id, change.due_at, now)
        await known.set_gone(found.gone, now)
        await known.set_gone(found.back, None)
        if found.forgotten:
            await known.delete_entries(found.forgotten, now)
            await known.delete_empty_posts(now - KEPT_AFTER_GONE)
        if new:
            log.info("new entries source=%s count=%s guilds=%s", source.id, len(new), len(followers))

    # ------------------------------------------------------------- what hosts are told

    async def _tell_trouble(self, tx: Transaction, source: Source, health: Health, now: datetime) -> Health:
        """Tell hosts what they should know of a failure. The health with that written down."""
        should_tell, should_pause = health_rules.should_tell(health, now), health_rules.should_pause(health, now)
        if not (should_tell or should_pause):
            return health
        followers = await FeedRepository(tx).list_followers(source.id)
        since = health.failing_since or now
        if should_pause:
            await self._tell_hosts(tx, STOPPED, followers, since, now)
            stopped = FeedState.GONE if health.trouble is Trouble.GONE else FeedState.FAILED
            for feed in followers:
                await FeedRepository(tx).change_state(feed.guild_id, feed.id, [FeedState.ACTIVE], stopped)
            return health
        await self._tell_hosts(tx, TROUBLE, followers, since, now)
        return replace(health, told_at=now)

    async def _tell_hosts(
        self, tx: Transaction, kind: str, followers: Sequence[Feed], since: datetime, now: datetime
    ) -> None:
        for feed in followers:
            hosts = (await self._communities.get_in(tx, feed.guild_id)).channels.get(ChannelPurpose.HOSTS)
            if hosts is not None and feed.state is FeedState.ACTIVE:
                key = _key(kind, feed, since)
                await self._outbox.post(tx, NewPost(feed.guild_id, hosts, kind, feed.id, key, due_at=now))

    async def _take_back_trouble(self, tx: Transaction, source: Source, now: datetime) -> None:
        """What was told of trouble is drawn anew: it is over."""
        since = source.health.failing_since or now
        for feed in await FeedRepository(tx).list_followers(source.id):
            await self._outbox.revise(tx, feed.guild_id, _key(TROUBLE, feed, since), now)


def _key(kind: str, feed: Feed, since: datetime) -> str:
    return f"{kind}:{feed.id}:{since:%Y%m%d%H%M%S}"


async def _next_of(ended: asyncio.Queue[Outcome], most: int) -> list[Outcome]:
    """The next poll that ends, and those that end in the same moment."""
    found = [await ended.get()]
    with suppress(TimeoutError):
        async with asyncio.timeout(TOGETHER):
            while len(found) < most:
                found.append(await ended.get())
    return found
