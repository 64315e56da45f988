"""Following blogs: what hosts and members do with them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.feeds.client import FeedClient
from bot.feeds.documents import Candidate, Entry
from bot.feeds.entry_repository import EntryRepository
from bot.feeds.errors import (
    AlreadyDecidedError,
    AlreadyFollowedError,
    AlreadyProposedError,
    NoEntriesError,
    NoPlaceForBlogsError,
    NoSuchEntryError,
    NoSuchFeedError,
    OneAtATimeError,
    TooManyFeedsError,
)
from bot.feeds.finding import FeedFinder, Found
from bot.feeds.health_rules import Health, resumed
from bot.feeds.post_rules import (
    MOST_FEEDS,
    Feed,
    FeedOverview,
    FeedState,
    LastPost,
    place_of_members,
    post_key,
    proposal_key,
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


class FeedService:
    """The feeds of a guild.

    `on_hurry` is called after each commit that made a blog due sooner; the cog sets it.
    """

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
        self._finder = FeedFinder(client, reader)
        self.on_hurry: Callable[[], None] = lambda: None

    async def close(self) -> None:
        """End what was opened to fetch and read."""
        await self._client.close()
        await self._reader.close()

    async def look(self, typed: str) -> Found | list[Candidate]:
        """As `FeedFinder.look`."""
        return await self._finder.look(typed)

    async def read(self, url: str) -> Found:
        """As `FeedFinder.read`."""
        return await self._finder.read(url)

    # ------------------------------------------------------------- following

    async def follow(self, guild_id: int, found: Found, channel_id: int, now: datetime, **chosen: Any) -> Feed:
        """Follow a blog from now on: what it says already is known, and what it says next is posted.

        `chosen` are columns of the feed, such as `author_id`. Raises AlreadyFollowedError, TooManyFeedsError.
        """
        async with self._database.transaction() as tx:
            if shared := await FeedRepository(tx).get_proposal(guild_id, found.url):
                # A host follows it in their own way, which answers the member as well.
                await self._outbox.remove(tx, guild_id, proposal_key(shared.id), now)
                await FeedRepository(tx).delete_feed(guild_id, shared.id)
            self._hurry(tx)
            return await self._add(tx, guild_id, found, channel_id, now, state=FeedState.ACTIVE, **chosen)

    async def propose(self, guild_id: int, found: Found, owner_id: int, now: datetime) -> Feed:
        """A member shares their own blog: a host decides.

        Raises AlreadyFollowedError, AlreadyProposedError, OneAtATimeError, NoPlaceForBlogsError, TooManyFeedsError.
        """
        async with self._database.transaction() as tx:
            community = await self._communities.get_in(tx, guild_id)
            channel_id, hosts = place_of_members(community), community.channels.get(ChannelPurpose.HOSTS)
            if channel_id is None or hosts is None:
                raise NoPlaceForBlogsError
            if await FeedRepository(tx).has_proposed(guild_id, owner_id):
                raise OneAtATimeError
            feed = await self._add(
                tx, guild_id, found, channel_id, now, state=FeedState.PROPOSED, owner_id=owner_id, author_id=owner_id
            )
            await self._outbox.post(tx, NewPost(guild_id, hosts, PROPOSAL, feed.id, proposal_key(feed.id), due_at=now))
        return feed

    async def _add(
        self, tx: Transaction, guild_id: int, found: Found, channel_id: int, now: datetime, **values: Any
    ) -> Feed:
        feeds = FeedRepository(tx)
        if await feeds.count_feeds(guild_id) >= MOST_FEEDS:
            raise TooManyFeedsError(MOST_FEEDS)
        source_id, is_new = await feeds.add_source(found.url, found.document.title, found.document.site, now)
        feed_id = await feeds.add_feed(guild_id, source_id, channel_id, now, **values)
        if feed_id is None:
            known = await feeds.get_feed_of(guild_id, source_id)
            assert known is not None, "it is in the way"
            if known.state is FeedState.PROPOSED:
                raise AlreadyProposedError
            raise AlreadyFollowedError(known.channel_id)
        if is_new:
            await self._remember(tx, source_id, found, now)
        else:
            await self._catch_up(tx, source_id, feed_id, found, now)
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

    async def _catch_up(self, tx: Transaction, source_id: int, feed_id: int, found: Found, now: datetime) -> None:
        """What a blog said since it was last looked at is news to the others who follow it, not to the new one."""
        entries, feeds = EntryRepository(tx), FeedRepository(tx)
        told = compare(found.document, await entries.list_known(source_id), now, is_first=False).new
        new = [(await entries.add_entry(source_id, entry, now), entry.due_at) for entry in told]
        for feed in await feeds.list_followers(source_id):
            if feed.id != feed_id:
                await self._posts.place(tx, feed, new, now)

    async def decide(self, guild_id: int, feed_id: int, *, approve: bool, now: datetime) -> Feed:
        """A host answers a member who shared their blog. Raises AlreadyDecidedError."""
        async with self._database.transaction() as tx:
            feeds = FeedRepository(tx)
            feed = await feeds.get_feed(guild_id, feed_id)
            if feed is None or feed.state is not FeedState.PROPOSED:
                raise AlreadyDecidedError
            if approve:
                place = place_of_members(await self._communities.get_in(tx, guild_id)) or feed.channel_id
                values = {"state": FeedState.ACTIVE, "channel_id": place}
                self._hurry(tx)
                await feeds.set_feed(guild_id, feed_id, followed_at=now, **values)
                return replace(feed, **values)
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
            raise NoEntriesError
        return found

    async def post_latest(
        self, guild_id: int, feed_id: int, entry_id: int | None, now: datetime
    ) -> tuple[Entry, datetime]:
        """Post an entry on purpose, the newest one unless another is named. The entry, and when it goes out.

        Raises NoSuchFeedError, NoEntriesError, NoSuchEntryError.
        """
        feed = await self.get(guild_id, feed_id)
        if entry_id is None:
            entry_id = (await self.newest(feed))[0][0]
        async with self._database.transaction() as tx:
            entry = await EntryRepository(tx).get_entry(feed.source.id, entry_id)
            if entry is None:
                raise NoSuchEntryError
            return entry, await self._posts.post_now(tx, feed, entry_id, now)

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
            self._hurry(tx)

    def _hurry(self, tx: Transaction) -> None:
        after_commit(tx, lambda: self.on_hurry())

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
                self._hurry(tx)
                await self._posts.resume(tx, feed, now)
            return await _feed(tx, guild_id, feed_id)

    async def unfollow(self, guild_id: int, feed_id: int, now: datetime) -> Feed:
        """Follow a blog no longer; what was posted stays. Raises NoSuchFeedError."""
        async with self._database.transaction() as tx:
            feed = await _feed(tx, guild_id, feed_id)
            await self._posts.take_back(tx, feed, now)
            await FeedRepository(tx).delete_feed(guild_id, feed_id)
            return feed


async def _feed(tx: Transaction, guild_id: int, feed_id: int) -> Feed:
    feed = await FeedRepository(tx).get_feed(guild_id, feed_id)
    if feed is None:
        raise NoSuchFeedError
    return feed
