"""What becomes of a blog's entries in one guild: posts, digests, entries held for a host, conversations."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.feeds import delivery_rules
from bot.feeds.delivery_rules import Choice, Plan
from bot.feeds.digest_rules import DigestMode, next_digest_at
from bot.feeds.documents import Entry
from bot.feeds.entry_repository import EntryRepository
from bot.feeds.errors import AlreadyDecidedError, PausedError
from bot.feeds.post_rules import DeliveryState, Feed, FeedPost, ThreadState, author_key, post_key, question_key
from bot.feeds.repository import FeedRepository
from bot.feeds.rules import due_at as due_date
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService

POST, QUESTION, AUTHOR = "feeds:post", "feeds:question", "feeds:author"
HELD, UNOPENED = "feeds:held", "feeds:unopened"

#: An entry is still news after this; then a post that could not go out is left out, and the host is told.
USEFUL_FOR = timedelta(days=7)
#: A conversation is opened, and answers are counted, for posts of this age at most.
WATCHED_FOR = timedelta(days=30)


class PostService:
    """Entries from their discovery to the conversation under them.

    `on_opened` is called with guild, post and thread after each commit that opened a conversation; the cog sets it.
    """

    def __init__(self, database: Database, communities: CommunityService, outbox: OutboxService) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self.on_opened: Callable[[int, int, int], None] = lambda _guild_id, _post_id, _thread_id: None

    # ------------------------------------------------------------- from an entry to a post

    async def place(
        self, tx: Transaction, feed: Feed, entries: Sequence[tuple[int, datetime]], now: datetime, *, guard: bool = True
    ) -> None:
        """Decide what becomes of entries (ids with the instant they are due, the oldest first) in a guild.

        With `guard`, too many at once are held until a host decides; so is whatever comes behind them.
        """
        if not entries:
            return
        known = EntryRepository(tx)
        held = len(await known.list_held(feed.guild_id, feed.id))
        # A digest is one message, however much is in it.
        is_guarded = guard and feed.digest is DigestMode.OFF
        is_flood = is_guarded and delivery_rules.plan(len(entries), held, feed.flood_limit) is Plan.HOLD
        if feed.is_paused or is_flood:
            for entry_id, _ in entries:
                await known.add_delivery(feed, entry_id, DeliveryState.HELD)
            if not feed.is_paused:
                await self.ask_host(tx, feed, now)
            return
        for entry_id, due_at in entries:
            await self._take(tx, feed, entry_id, max(due_at, now), now)

    async def _take(self, tx: Transaction, feed: Feed, entry_id: int, due_at: datetime, now: datetime) -> None:
        known = EntryRepository(tx)
        if feed.digest is not DigestMode.OFF:
            post_id = await self._digest_for(tx, feed, due_at, now)
        else:
            if feed.owner_id is not None:
                due_at = delivery_rules.next_slot(await known.last_due_at(feed.id), due_at)
            post_id = await self._post(tx, feed, due_at)
        await known.add_delivery(feed, entry_id, DeliveryState.TAKEN, post_id)

    async def _digest_for(self, tx: Transaction, feed: Feed, due_at: datetime, now: datetime) -> int:
        zone = (await self._communities.get_in(tx, feed.guild_id)).zone
        goes_at = next_digest_at(feed.digest, feed.digest_hour, feed.digest_weekday, zone, due_at)
        collecting = await EntryRepository(tx).find_digest(feed.id, goes_at)
        return collecting or await self._post(tx, feed, goes_at, is_digest=True)

    async def _post(self, tx: Transaction, feed: Feed, due_at: datetime, *, is_digest: bool = False) -> int:
        post_id = await EntryRepository(tx).add_post(feed, due_at, is_digest=is_digest)
        await self._outbox.post(
            tx,
            NewPost(
                feed.guild_id, feed.channel_id, POST, post_id, post_key(post_id), due_at=due_at,
                useful_until=due_at + USEFUL_FOR,
            ),
        )  # fmt: skip
        return post_id

    async def post_now(self, tx: Transaction, feed: Feed, entry_id: int, now: datetime) -> datetime:
        """Post one entry on purpose, whatever became of it before. When it goes out: a member's in its turn."""
        known, due_at = EntryRepository(tx), now
        if feed.owner_id is not None:
            due_at = delivery_rules.next_slot(await known.last_due_at(feed.id), now)
        await known.add_delivery(feed, entry_id, DeliveryState.TAKEN, await self._post(tx, feed, due_at))
        return due_at

    async def defer(self, post: FeedPost, due_at: datetime, now: datetime) -> None:
        """A post that is due comes too soon after another: its entries go out with a new one, later."""
        async with self._database.transaction() as tx:
            known = EntryRepository(tx)
            later = await self._post(tx, post.feed, due_at)
            for entry_id, _ in await known.list_entries_of(post.id):
                await known.add_delivery(post.feed, entry_id, DeliveryState.TAKEN, later)

    async def move(self, tx: Transaction, entry_id: int, due_at: datetime, now: datetime) -> None:
        """An entry that waits for its date has got another one."""
        known = EntryRepository(tx)
        for post in await known.list_posts_of(entry_id, now):
            is_waiting = post.due_at > now and not post.is_digest
            until = due_at + USEFUL_FOR
            if is_waiting and await self._outbox.reschedule(tx, post.guild_id, post.key, due_at, until):
                await known.set_post(post.guild_id, post.post_id, due_at=due_at)

    async def revise(self, tx: Transaction, entry_id: int, now: datetime) -> None:
        """An entry says something else: its messages of the last day are drawn anew, once an hour at most."""
        known = EntryRepository(tx)
        for post in await known.list_posts_of(entry_id, now - delivery_rules.EDIT_WITHIN):
            edit_at = delivery_rules.edit_due_at(post.due_at, post.edited_at, now)
            if edit_at is not None and post.due_at <= now:
                await self._outbox.revise(tx, post.guild_id, post.key, edit_at)
                await known.set_post(post.guild_id, post.post_id, edited_at=edit_at)

    # ------------------------------------------------------------- held, and taken back

    async def ask_host(self, tx: Transaction, feed: Feed, now: datetime) -> None:
        """Ask what happens with the held entries, or draw the question anew; in another channel it is asked again."""
        hosts = (await self._communities.get_in(tx, feed.guild_id)).channels.get(ChannelPurpose.HOSTS)
        held = await EntryRepository(tx).list_held(feed.guild_id, feed.id)
        if hosts is None or not held:
            return
        key = f"feed-held:{feed.id}:{held[0][0]}:{hosts}"
        if not await self._outbox.post(tx, NewPost(feed.guild_id, hosts, HELD, feed.id, key, due_at=now)):
            await self._outbox.revise(tx, feed.guild_id, key, now)

    async def held(self, guild_id: int, feed_id: int) -> list[Entry]:
        """The entries that wait for a host, the oldest first."""
        async with self._database.transaction() as tx:
            return [entry for _, entry in await EntryRepository(tx).list_held(guild_id, feed_id)]

    async def decide_held(self, feed: Feed, choice: Choice, now: datetime) -> int:
        """A host says what happens with the held entries. How many of them go out.

        Raises AlreadyDecidedError where none is held, PausedError where the feed is paused.
        """
        async with self._database.transaction() as tx:
            known = EntryRepository(tx)
            held = await known.list_held(feed.guild_id, feed.id)
            if not held:
                raise AlreadyDecidedError
            if feed.is_paused and choice is not Choice.MARK_READ:
                raise PausedError
            settled = delivery_rules.settle([entry_id for entry_id, _ in held], choice)
            for entry_id in settled.read:
                await known.add_delivery(feed, entry_id, DeliveryState.READ)
            await self._release(tx, feed, [pair for pair in held if pair[0] in settled.to_post], now, guard=False)
            return len(settled.to_post)

    async def _release(
        self, tx: Transaction, feed: Feed, held: Sequence[tuple[int, Entry]], now: datetime, *, guard: bool
    ) -> None:
        for entry_id, _ in held:
            await EntryRepository(tx).delete_delivery(feed.id, entry_id)
        await self.place(
            tx, feed, [(id_, due_date(entry.published_at, now, now)) for id_, entry in held], now, guard=guard
        )

    async def resume(self, tx: Transaction, feed: Feed, now: datetime) -> None:
        """What came while the feed was paused goes out now; too much of it is for a host to decide."""
        held = await EntryRepository(tx).list_held(feed.guild_id, feed.id)
        await self._release(tx, feed, held, now, guard=True)

    async def take_back(self, tx: Transaction, feed: Feed, now: datetime) -> list[tuple[int, Entry]]:
        """Hold what has not gone out, be it that Discord refused it. The entries with their ids, the oldest first."""
        known = EntryRepository(tx)
        taken: list[tuple[int, Entry]] = []
        for post_id in await known.list_recent_post_ids(feed.id, now - USEFUL_FOR):
            if not await self._outbox.withdraw(tx, feed.guild_id, post_key(post_id), now):
                continue
            for entry_id, entry in await known.list_entries_of(post_id):
                await known.add_delivery(feed, entry_id, DeliveryState.HELD)
                taken.append((entry_id, entry))
            await known.delete_posts([post_id])
        return sorted(taken, key=lambda pair: pair[0])

    async def place_anew(self, tx: Transaction, before: Feed, feed: Feed, now: datetime) -> None:
        """The feed's settings changed: what has not gone out yet goes by the new ones."""
        await self._release(tx, feed, await self.take_back(tx, before, now), now, guard=False)

    # ------------------------------------------------------------- what stands in a channel

    async def get(self, guild_id: int, post_id: int) -> FeedPost | None:
        """A post with its feed and entries; None where nothing is left of it."""
        async with self._database.transaction() as tx:
            return await self._get_in(tx, guild_id, post_id)

    async def _get_in(self, tx: Transaction, guild_id: int, post_id: int) -> FeedPost | None:
        known = EntryRepository(tx)
        feed_id = await known.feed_of(guild_id, post_id)
        feed = None if feed_id is None else await FeedRepository(tx).get_feed(guild_id, feed_id)
        return None if feed is None else await known.get_post(guild_id, post_id, feed)

    async def wanting_thread(self, now: datetime) -> list[tuple[FeedPost, int, int]]:
        """The posts that stand without their conversation, each with its channel and message."""
        found: list[tuple[FeedPost, int, int]] = []
        async with self._database.transaction() as tx:
            for guild_id, post_id in await EntryRepository(tx).list_wanting_thread(now - USEFUL_FOR):
                sent = await self._outbox.find_in(tx, guild_id, post_key(post_id))
                post = await self._get_in(tx, guild_id, post_id) if sent and sent.message_id else None
                if post is not None and sent is not None and sent.message_id is not None:
                    found.append((post, sent.channel_id, sent.message_id))
        return found

    async def opened(self, post: FeedPost, thread_id: int, now: datetime) -> None:
        """The conversation under a post is open: the host's question goes there."""
        guild_id = post.feed.guild_id
        async with self._database.transaction() as tx:
            await EntryRepository(tx).set_post(guild_id, post.id, thread_state=ThreadState.OPEN, thread_id=thread_id)
            key = question_key(post.id)
            await self._outbox.post(tx, NewPost(guild_id, thread_id, QUESTION, post.id, key, due_at=now))
            after_commit(tx, lambda: self.on_opened(guild_id, post.id, thread_id))

    async def without_thread(self, post: FeedPost, now: datetime, *, tell: bool = True) -> None:
        """No conversation can be opened under this post. With `tell` the host hears of it, once a day at most."""
        feed = post.feed
        async with self._database.transaction() as tx:
            await EntryRepository(tx).set_post(feed.guild_id, post.id, thread_state=ThreadState.NONE)
            hosts = (await self._communities.get_in(tx, feed.guild_id)).channels.get(ChannelPurpose.HOSTS)
            if tell and hosts is not None:
                key = f"feed-unopened:{feed.id}:{now:%Y%m%d}"
                await self._outbox.post(tx, NewPost(feed.guild_id, hosts, UNOPENED, feed.id, key, due_at=now))

    async def open_threads(self, now: datetime) -> list[tuple[int, int, int]]:
        """Guild, post and thread of every conversation that is still watched."""
        async with self._database.transaction() as tx:
            return await EntryRepository(tx).list_open_threads(now - WATCHED_FOR)

    async def hear(self, guild_id: int, post_id: int, member_id: int, now: datetime) -> None:
        """A member wrote under a post. The first one who is not the author makes the bot call the author, once."""
        async with self._database.transaction() as tx:
            known = EntryRepository(tx)
            post = await self._get_in(tx, guild_id, post_id)
            if post is None or post.thread_id is None:
                return
            author_id = post.feed.author_id
            if member_id == author_id:
                await known.set_post(guild_id, post_id, author_answered_at=now)
                return
            await known.add_voice(guild_id, post_id, member_id)
            if author_id is not None and post.author_called_at is None:
                await known.set_post(guild_id, post_id, author_called_at=now)
                key = author_key(post_id)
                await self._outbox.post(tx, NewPost(guild_id, post.thread_id, AUTHOR, post_id, key, due_at=now))
