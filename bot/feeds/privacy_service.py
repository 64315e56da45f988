"""What is kept of members because of blogs: told, and forgotten."""

from collections.abc import Mapping
from datetime import datetime

from bot.db import Transaction
from bot.feeds.entry_repository import EntryRepository
from bot.feeds.post_rules import author_key, post_key, proposal_key, question_key
from bot.feeds.repository import FeedRepository
from bot.outbox.service import OutboxService


class FeedPrivacyService:
    """The part of the feeds in what members may ask of the bot."""

    def __init__(self, outbox: OutboxService) -> None:
        self._outbox = outbox

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> Mapping[str, object]:
        """The blogs a member writes or shared, and under how many posts they wrote."""
        feeds = await FeedRepository(tx).list_feeds_of(guild_id, member_id)
        told: dict[str, object] = {
            "blogs you write": [feed.source.url for feed in feeds if feed.author_id == member_id],
            "blogs you shared": [feed.source.url for feed in feeds if feed.owner_id == member_id],
            "posts you wrote under": len(await EntryRepository(tx).list_voices_of(guild_id, member_id)),
        }
        return {name: value for name, value in told.items() if value}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who writes or shared a blog, or wrote under posts."""
        return await FeedRepository(tx).list_writing(guild_id, after, most) | await EntryRepository(tx).list_voices(
            guild_id, after, most
        )

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
