"""Following blogs: what hosts and members do with them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.feeds.client import FeedClient
from bot.feeds.discovery import common_paths
from bot.feeds.documents import Candidate, Document, Entry, Failure, Page, Trouble, Unchanged
from bot.feeds.entry_repository import EntryRepository
from bot.feeds.errors import (
    AlreadyDecidedError,
    AlreadyFollowedError,
    AlreadyProposedError,
    BlogTroubleError,
    NoEntriesError,
    NoFeedFoundError,
    NoPlaceForBlogsError,
    NoSuchEntryError,
    NoSuchFeedError,
    TooManyFeedsError,
)
from bot.feeds.health_rules import Health, resumed
from bot.feeds.post_rules import (
    MOST_FEEDS,
    Feed,
    FeedOverview,
    FeedState,
    LastPost,
    author_key,
    post_key,
    proposal_key,
    question_key,
)
from bot.feeds.post_service import PostService
from bot.feeds.reader import FeedReader
from bot.feeds.repository import FeedRepository
from bot.feeds.rules import compare
from bot.outbox.rules import NewPost, PostState
from bot.outbox.service import OutboxService

PROPOSAL = "feeds:proposal"
#: The time until a feed that was just looked at is looked at again.
FIRST_POLL_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that can be followed: where it is, what it says now, and the page on which it said so."""

    url: str
    document: Document
    page: Page


class FeedService:
    """The feeds of a guild."""

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        outbox: OutboxService,
        posts: PostService,
        client: FeedClient,
        reader: FeedReader,
    ) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self._posts = posts
        self._client = client
        self._reader = reader

    async def close(self) -> None:
        """End what was opened to fetch and read."""
        await self._client.close()
        await self._reader.close()

    # ------------------------------------------------------------- finding a feed

    async def look(self, typed: str) -> Found | list[Candidate]:
        """What is behind an address a person typed: the feed, or several to choose from.

        Raises BlogTroubleError, NoFeedFoundError.
        """
        url = typed.strip()
        page = await self._fetch(url if "://" in url else f"https://{url}")
        read = await self._reader.parse(page)
        if isinstance(read, Document):
            return Found(page.moved_to or page.url, read, page)
        if read.trouble is not Trouble.NOT_A_FEED:
            raise BlogTroubleError(read.reason)
        candidates = await self._reader.discover(page) or await self._try_common_paths(page.url)
        if not candidates:
            raise NoFeedFoundError
        return candidates if len(candidates) > 1 else await self.read(candidates[0].url)

    async def read(self, url: str) -> Found:
        """Read the feed at an address. Raises BlogTroubleError."""
        page = await self._fetch(url)
        read = await self._reader.parse(page)
        if isinstance(read, Failure):
            raise BlogTroubleError(read.reason)
        return Found(page.moved_to or url, read, page)

    async def _fetch(self, url: str) -> Page:
        fetched = await self._client.fetch(url)
        if isinstance(fetched, Failure):
            raise BlogTroubleError(fetched.reason)
        assert not isinstance(fetched, Unchanged), "nothing was said about what is known"
        return fetched

    async def _try_common_paths(self, url: str) -> list[Candidate]:
        """The first address at which feeds usually are and one is."""
        pages = await asyncio.gather(*map(self._client.fetch, common_paths(url)))
        for page in pages:
            if isinstance(page, Page) and isinstance(read := await self._reader.parse(page), Document):
                return [Candidate(page.url, read.title, "rss")]
        return []

    # ------------------------------------------------------------- following

    async def follow(self, guild_id: int, found: Found, channel_id: int, now: datetime, **chosen: Any) -> Feed:
        """Follow a blog from now on: what it says already is known, and what it says next is posted.

        `chosen` are columns of the feed, such as `author_id`. Raises AlreadyFollowedError, TooManyFeedsError.
        """
        async with self._database.transaction() as tx:
            return await self._add(tx, guild_id, found, channel_id, now, state=FeedState.ACTIVE, **chosen)

    async def propose(self, guild_id: int, found: Found, owner_id: int, now: datetime) -> Feed:
        """A member shares their own blog: a host decides.

        Raises AlreadyFollowedError, AlreadyProposedError, TooManyFeedsError.
        """
        async with self._database.transaction() as tx:
            community = await self._communities.get_in(tx, guild_id)
            channel_id = community.channels.get(ChannelPurpose.MEMBER_BLOGS) or community.channels.get(
                ChannelPurpose.INTRODUCTIONS
            )
            hosts = community.channels.get(ChannelPurpose.HOSTS)
            if channel_id is None or hosts is None:
                raise NoPlaceForBlogsError
            feed = await self._add(
                tx, guild_id, found, channel_id, now, state=FeedState.PROPOSED, owner_id=owner_id, author_id=owner_id
            )
            key = proposal_key(feed.id)
            await self._outbox.post(tx, NewPost(guild_id, hosts, PROPOSAL, feed.id, key, due_at=now))
        return feed

    async def _add(
        self, tx: Transaction, guild_id: int, found: Found, channel_id: int, now: datetime, **values: Any
    ) -> Feed:
        feeds = FeedRepository(tx)
        if await feeds.count_feeds(guild_id) >= MOST_FEEDS:
            raise TooManyFeedsError(MOST_FEEDS)
        document = found.document
        source_id, is_new = await feeds.add_source(found.url, document.title, document.site, now)
        feed_id = await feeds.add_feed(guild_id, source_id, channel_id, now, **values)
        if feed_id is None:
            known = await feeds.get_feed_of(guild_id, source_id)
            assert known is not None, "it is in the way"
            if known.state is FeedState.PROPOSED:
                raise AlreadyProposedError
            raise AlreadyFollowedError(known.name, known.channel_id)
        if is_new:
            await self._remember(tx, source_id, found, now)
        feed = await feeds.get_feed(guild_id, feed_id)
        assert feed is not None, "it was just added"
        return feed

    async def _remember(self, tx: Transaction, source_id: int, found: Found, now: datetime) -> None:
        """Everything a blog says at the start is known, so that none of it is posted."""
        entries, feeds = EntryRepository(tx), FeedRepository(tx)
        for entry in compare(found.document, [], now, is_first=True).silent:
            await entries.add_entry(source_id, entry, now)
        await feeds.set_page(source_id, found.page)
        await feeds.set_health(source_id, Health(looked_at=now), now + FIRST_POLL_AFTER)

    async def decide(self, guild_id: int, feed_id: int, *, approve: bool, now: datetime) -> Feed:
        """A host answers a member who shared their blog. Raises AlreadyDecidedError."""
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            feed = await feeds.get_feed(guild_id, feed_id)
            if feed is None or feed.state is not FeedState.PROPOSED:
                raise AlreadyDecidedError
            if approve:
                await feeds.set_feed(guild_id, feed_id, state=FeedState.ACTIVE, followed_at=now)
                return replace(feed, state=FeedState.ACTIVE)
            await feeds.delete_feed(guild_id, feed_id)
            return feed

    # ------------------------------------------------------------- what is followed

    async def get(self, guild_id: int, feed_id: int) -> Feed:
        """The guild's feed with this id. Raises NoSuchFeedError."""
        async with self._database.transaction() as tx:
            return await _feed(tx, guild_id, feed_id)

    async def find(self, guild_id: int, feed_id: int) -> Feed | None:
        """The guild's feed with this id, if there is one."""
        async with self._database.transaction() as tx:
            return await FeedRepository(tx).get_feed(guild_id, feed_id)

    async def find_proposal(self, guild_id: int, feed_id: int) -> Feed | None:
        """A blog that was shared and waits for a host's answer."""
        feed = await self.find(guild_id, feed_id)
        return feed if feed is not None and feed.state is FeedState.PROPOSED else None

    async def list_feeds(self, guild_id: int) -> list[Feed]:
        """The guild's feeds but for those that were only proposed, the oldest first."""
        async with self._database.transaction() as tx:
            found = await FeedRepository(tx).list_feeds(guild_id)
        return [feed for feed in found if feed.state is not FeedState.PROPOSED]

    async def trouble(self) -> tuple[int, list[Feed]]:
        """How many blogs are followed in all guilds, and those that cannot be read."""
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            return await feeds.count_active(), await feeds.list_in_trouble()

    async def overview(self, guild_id: int, now: datetime) -> list[FeedOverview]:
        """The guild's feeds with what waits for a host, and what came of the last post of each.

        The host is asked where that was not possible so far, for want of a channel.
        """
        feeds = await self.list_feeds(guild_id)
        async with self._database.transaction() as tx:
            held = await EntryRepository(tx).count_held(guild_id)
            hosts = (await self._communities.get_in(tx, guild_id)).channels.get(ChannelPurpose.HOSTS)
            for feed in feeds:
                if feed.id in held and not feed.is_paused:
                    await self._posts.ask_host(tx, feed, now)
            return [FeedOverview(feed, held.get(feed.id, 0), await self._last_post(tx, feed), hosts) for feed in feeds]

    async def last_post(self, feed: Feed) -> LastPost | None:
        """The feed's latest post that stands in its channel."""
        async with self._database.transaction() as tx:
            return await self._last_post(tx, feed)

    async def _last_post(self, tx: Transaction, feed: Feed) -> LastPost | None:
        known = EntryRepository(tx)
        for post_id in await known.list_post_ids(feed.id, most=5):  # the latest may be still to come
            sent = await self._outbox.find_in(tx, feed.guild_id, post_key(post_id))
            if sent is not None and sent.message_id is not None and sent.state is not PostState.REMOVING:
                answered = await known.has_author_answered(post_id)
                return LastPost(sent.channel_id, sent.message_id, await known.count_voices(post_id), answered)
        return None

    async def newest_or_none(self, feed: Feed, limit: int = 1) -> list[tuple[int, Entry]]:
        """The newest entries of a feed with their ids, the newest first; nothing where a blog is empty."""
        async with self._database.transaction() as tx:
            return await EntryRepository(tx).list_newest(feed.source.id, limit)

    async def newest(self, feed: Feed, limit: int = 1) -> list[tuple[int, Entry]]:
        """As `newest_or_none`. Raises NoEntriesError."""
        found = await self.newest_or_none(feed, limit)
        if not found:
            raise NoEntriesError(feed.name)
        return found

    async def post_latest(self, guild_id: int, feed_id: int, entry_id: int | None, now: datetime) -> Entry:
        """Post an entry on purpose, the newest one unless another is named.

        Raises NoSuchFeedError, NoEntriesError, NoSuchEntryError.
        """
        feed = await self.get(guild_id, feed_id)
        if entry_id is None:
            entry_id = (await self.newest(feed))[0][0]
        async with self._database.transaction() as tx:
            entry = await EntryRepository(tx).get_entry(feed.source.id, entry_id)
            if entry is None:
                raise NoSuchEntryError
            await self._posts.post_now(tx, feed, entry_id, now)
            return entry

    # ------------------------------------------------------------- changing it

    async def edit(self, guild_id: int, feed_id: int, now: datetime, **values: Any) -> Feed:
        """Change how a blog is followed: columns of the feed. What has not gone out yet goes by the new ones.

        Raises NoSuchFeedError.
        """
        async with self._database.transaction() as tx:
            before = await _feed(tx, guild_id, feed_id)
            await FeedRepository(tx).set_feed(guild_id, feed_id, **values)
            feed = await _feed(tx, guild_id, feed_id)
            if not feed.is_paused:
                await self._posts.place_anew(tx, before, feed, now)
            if "interval_minutes" in values:
                await self._poll_sooner(tx, feed, now)
            return feed

    async def _poll_sooner(self, tx: Transaction, feed: Feed, now: datetime) -> None:
        if not feed.source.health.failures:
            await FeedRepository(tx).poll_by(feed.source.id, now + timedelta(minutes=feed.interval_minutes))

    async def pause(self, guild_id: int, feed_id: int, now: datetime) -> Feed:
        """Post nothing of this blog until a host resumes it; what it says meanwhile waits. Raises NoSuchFeedError."""
        async with self._database.transaction() as tx:
            feed = await _feed(tx, guild_id, feed_id)
            if await FeedRepository(tx).change_state(guild_id, feed_id, [FeedState.ACTIVE], FeedState.PAUSED):
                await self._posts.take_back(tx, feed, now)
            return await _feed(tx, guild_id, feed_id)

    async def resume(self, guild_id: int, feed_id: int, now: datetime) -> Feed:
        """Follow a paused blog again, at once. Raises NoSuchFeedError."""
        paused = [FeedState.PAUSED, FeedState.FAILED, FeedState.GONE]
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            feed = await _feed(tx, guild_id, feed_id)
            if await feeds.change_state(guild_id, feed_id, paused, FeedState.ACTIVE):
                feed = await _feed(tx, guild_id, feed_id)
                await feeds.set_health(feed.source.id, resumed(feed.source.health), now)
                await self._posts.resume(tx, feed, now)
            return await _feed(tx, guild_id, feed_id)

    async def unfollow(self, guild_id: int, feed_id: int, now: datetime) -> Feed:
        """Follow a blog no longer; what was posted stays. Raises NoSuchFeedError."""
        async with self._database.transaction() as tx:
            feed = await _feed(tx, guild_id, feed_id)
            await self._posts.take_back(tx, feed, now)
            await FeedRepository(tx).delete_feed(guild_id, feed_id)
            return feed

    # ------------------------------------------------------------- privacy

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> Mapping[str, object]:
        """The blogs a member writes or shared, and under how many posts they wrote."""
        feeds = await FeedRepository(tx).list_feeds_of(guild_id, member_id)
        told: dict[str, object] = {
            "blogs you write": [feed.source.url for feed in feeds if feed.author_id == member_id],
            "blogs you shared": [feed.source.url for feed in feeds if feed.owner_id == member_id],
            "posts you wrote under": len(await EntryRepository(tx).list_voices_of(guild_id, member_id)),
        }
        return {name: value for name, value in told.items() if value}

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Unfollow the blogs a member shared and take their posts down; credit them for no other any more."""
        feeds, known = FeedRepository(tx), EntryRepository(tx)
        for feed in await feeds.list_feeds_of(guild_id, member_id):
            is_theirs = feed.owner_id == member_id
            for post_id in await known.list_post_ids(feed.id):
                await self._outbox.remove(tx, guild_id, author_key(post_id), now)
                if is_theirs:
                    await self._outbox.remove(tx, guild_id, question_key(post_id), now)
                    await self._outbox.remove(tx, guild_id, post_key(post_id), now)
                else:
                    await self._outbox.revise(tx, guild_id, post_key(post_id), now)
            if is_theirs:
                await self._outbox.remove(tx, guild_id, proposal_key(feed.id), now)
                await feeds.delete_feed(guild_id, feed.id)
            else:
                await feeds.set_feed(guild_id, feed.id, author_id=None)
        await known.delete_voices_of(guild_id, member_id)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await FeedRepository(tx).delete_guild(guild_id)


async def _feed(tx: Transaction, guild_id: int, feed_id: int) -> Feed:
    feed = await FeedRepository(tx).get_feed(guild_id, feed_id)
    if feed is None:
        raise NoSuchFeedError
    return feed
