"""All SQL of entries, what became of them in each guild, and the posts made of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.db import Transaction
from bot.db.statements import insert, list_ids
from bot.feeds.documents import Entry
from bot.feeds.identity_rules import Identity
from bot.feeds.models import DeliveryRow, EntryRow, FeedPostRow, FeedVoiceRow
from bot.feeds.post_rules import DeliveryState, Feed, FeedPost, Standing, ThreadState
from bot.feeds.rules import Change, KnownEntry, NewEntry


class EntryRepository:
    """Entries, deliveries and posts in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # ------------------------------------------------------------- entries

    async def list_known(self, source_id: int) -> list[KnownEntry]:
        """Every entry of a source that is remembered, in the order they were found."""
        found = await self._tx.execute(
            select(
                EntryRow.id, EntryRow.guid_key, EntryRow.link_key, EntryRow.title_key, EntryRow.content_digest,
                EntryRow.published_at, EntryRow.seen_at, EntryRow.gone_at,
            )
            .where(EntryRow.source_id == source_id)
            .order_by(EntryRow.id)
        )  # fmt: skip
        return [
            KnownEntry(entry_id, guid, link, title, digest, published, seen, gone)
            for entry_id, guid, link, title, digest, published, seen, gone in found
        ]

    async def add_entry(self, source_id: int, new: NewEntry, now: datetime) -> int:
        """Remember an entry. Its id."""
        row = EntryRow(source_id=source_id, seen_at=now, **_columns(new.entry, new.identity, new.digest))
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def change_entry(self, change: Change) -> None:
        """An entry says something else now."""
        values = _columns(change.entry, change.identity, change.digest)
        await self._tx.execute(update(EntryRow).where(EntryRow.id == change.id).values(values))

    async def set_gone(self, entry_ids: Collection[int], gone_at: datetime | None) -> None:
        """These entries are missed in the feed from now on, or stand in it again."""
        if entry_ids:
            await self._tx.execute(update(EntryRow).where(EntryRow.id.in_(entry_ids)).values(gone_at=gone_at))

    async def delete_entries(self, entry_ids: Collection[int], now: datetime) -> None:
        """Forget entries and what became of them, but for those that still wait for a host or their time."""
        waiting = (
            select(DeliveryRow.entry_id)
            .outerjoin(FeedPostRow, FeedPostRow.id == DeliveryRow.post_id)
            .where((DeliveryRow.state == DeliveryState.HELD) | (FeedPostRow.due_at > now))
        )
        await self._tx.execute(delete(EntryRow).where(EntryRow.id.in_(entry_ids), EntryRow.id.not_in(waiting)))

    async def get_entry(self, source_id: int, entry_id: int) -> Entry | None:
        """The source's entry with this id."""
        row = await self._tx.scalar(select(EntryRow).where(EntryRow.source_id == source_id, EntryRow.id == entry_id))
        return None if row is None else _to_entry(row)

    async def list_newest(self, source_id: int, limit: int) -> list[tuple[int, Entry]]:
        """The newest entries of a source with their ids, the newest first."""
        newest = func.coalesce(EntryRow.published_at, EntryRow.seen_at, type_=EntryRow.seen_at.type)
        found = await self._tx.scalars(
            select(EntryRow)
            .where(EntryRow.source_id == source_id)
            .order_by(newest.desc(), EntryRow.id.desc())
            .limit(limit)
        )
        return [(row.id, _to_entry(row)) for row in found]

    # ------------------------------------------------------------- what became of them

    async def add_delivery(self, feed: Feed, entry_id: int, state: DeliveryState, post_id: int | None = None) -> None:
        """Write down what becomes of an entry in a guild, in the place of what was written before."""
        values = {"guild_id": feed.guild_id, "state": state, "post_id": post_id}
        await self._tx.execute(
            insert(self._tx, DeliveryRow)
            .values(feed_id=feed.id, entry_id=entry_id, **values)
            .on_conflict_do_update(index_elements=["feed_id", "entry_id"], set_=values)
        )

    async def delete_delivery(self, feed_id: int, entry_id: int) -> None:
        """Nothing has become of an entry so far."""
        await self._tx.execute(
            delete(DeliveryRow).where(DeliveryRow.feed_id == feed_id, DeliveryRow.entry_id == entry_id)
        )

    async def list_held(self, guild_id: int, feed_id: int) -> list[tuple[int, Entry]]:
        """The entries that wait for a host, the oldest first."""
        found = await self._tx.scalars(
            select(EntryRow)
            .join(DeliveryRow, DeliveryRow.entry_id == EntryRow.id)
            .where(
                DeliveryRow.guild_id == guild_id, DeliveryRow.feed_id == feed_id,
                DeliveryRow.state == DeliveryState.HELD,
            )
            .order_by(EntryRow.id)
        )  # fmt: skip
        return [(row.id, _to_entry(row)) for row in found]

    async def count_held(self, guild_id: int) -> dict[int, int]:
        """How many entries wait for a host, by feed."""
        found = await self._tx.execute(
            select(DeliveryRow.feed_id, func.count())
            .where(DeliveryRow.guild_id == guild_id, DeliveryRow.state == DeliveryState.HELD)
            .group_by(DeliveryRow.feed_id)
        )
        return {row[0]: row[1] for row in found}

    async def list_posts_of(self, entry_id: int, since: datetime) -> list[Standing]:
        """The posts about an entry that were or are due since then."""
        found = await self._tx.execute(
            select(
                FeedPostRow.guild_id, FeedPostRow.id, FeedPostRow.is_digest, FeedPostRow.due_at, FeedPostRow.edited_at
            )
            .join(DeliveryRow, DeliveryRow.post_id == FeedPostRow.id)
            .where(DeliveryRow.entry_id == entry_id, FeedPostRow.due_at >= since)
        )
        return [Standing(*row) for row in found]

    # ------------------------------------------------------------- posts

    async def add_post(self, feed: Feed, due_at: datetime, *, is_digest: bool = False) -> int:
        """A message about entries of a feed. Its id."""
        row = FeedPostRow(guild_id=feed.guild_id, feed_id=feed.id, is_digest=is_digest, due_at=due_at)
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def last_due_at(self, feed_id: int) -> datetime | None:
        """When the feed's last post was or will be due."""
        return await self._tx.scalar(
            select(func.max(FeedPostRow.due_at, type_=FeedPostRow.due_at.type)).where(FeedPostRow.feed_id == feed_id)
        )

    async def find_digest(self, feed_id: int, due_at: datetime) -> int | None:
        """The feed's digest that goes out then."""
        return await self._tx.scalar(
            select(FeedPostRow.id).where(
                FeedPostRow.feed_id == feed_id, FeedPostRow.is_digest, FeedPostRow.due_at == due_at
            )
        )

    async def get_post(self, guild_id: int, post_id: int, feed: Feed) -> FeedPost | None:
        """A feed's post with its entries, the oldest first."""
        row = await self._tx.scalar(
            select(FeedPostRow)
            .where(FeedPostRow.guild_id == guild_id, FeedPostRow.id == post_id)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        entries = tuple(entry for _, entry in await self.list_entries_of(post_id))
        return FeedPost(
            row.id, feed, entries, row.is_digest, row.due_at,
            ThreadState(row.thread_state), row.thread_id, row.author_called_at,
        )  # fmt: skip

    async def feed_of(self, guild_id: int, post_id: int) -> int | None:
        """The id of the feed a post belongs to."""
        return await self._tx.scalar(
            select(FeedPostRow.feed_id).where(FeedPostRow.guild_id == guild_id, FeedPostRow.id == post_id)
        )

    async def list_post_ids(self, feed_id: int, most: int | None = None) -> list[int]:
        """The feed's posts, the latest first."""
        found = await self._tx.scalars(
            select(FeedPostRow.id)
            .where(FeedPostRow.feed_id == feed_id)
            .order_by(FeedPostRow.due_at.desc(), FeedPostRow.id.desc())
            .limit(most)
        )
        return list(found)

    async def list_recent_post_ids(self, feed_id: int, since: datetime) -> list[int]:
        """The feed's posts that were or are due after that, the earliest first."""
        found = await self._tx.scalars(
            select(FeedPostRow.id)
            .where(FeedPostRow.feed_id == feed_id, FeedPostRow.due_at > since)
            .order_by(FeedPostRow.due_at, FeedPostRow.id)
        )
        return list(found)

    async def list_entries_of(self, post_id: int) -> list[tuple[int, Entry]]:
        """The entries of a post with their ids, the oldest first."""
        found = await self._tx.scalars(
            select(EntryRow)
            .join(DeliveryRow, DeliveryRow.entry_id == EntryRow.id)
            .where(DeliveryRow.post_id == post_id, DeliveryRow.state == DeliveryState.TAKEN)
            .order_by(EntryRow.id)
        )
        return [(row.id, _to_entry(row)) for row in found]

    async def set_post(self, guild_id: int, post_id: int, **values: Any) -> None:
        """Write columns of a post."""
        await self._tx.execute(
            update(FeedPostRow).where(FeedPostRow.guild_id == guild_id, FeedPostRow.id == post_id).values(**values)
        )

    async def delete_posts(self, post_ids: Sequence[int]) -> None:
        """Keep nothing of posts."""
        await self._tx.execute(delete(FeedPostRow).where(FeedPostRow.id.in_(post_ids)))

    async def delete_empty_posts(self, before: datetime) -> None:
        """Keep nothing of old posts whose entries are forgotten."""
        filled = select(DeliveryRow.post_id).where(DeliveryRow.post_id.is_not(None))
        await self._tx.execute(delete(FeedPostRow).where(FeedPostRow.due_at < before, FeedPostRow.id.not_in(filled)))

    async def list_wanting_thread(self, since: datetime) -> list[tuple[int, int]]:
        """Guild and id of posts due since then whose conversation is still to be opened."""
        found = await self._tx.execute(
            select(FeedPostRow.guild_id, FeedPostRow.id)
            .where(FeedPostRow.thread_state == ThreadState.WANTED, FeedPostRow.due_at >= since)
            .order_by(FeedPostRow.id)
        )
        return [(guild_id, post_id) for guild_id, post_id in found]

    async def list_open_threads(self, since: datetime) -> list[tuple[int, int, int]]:
        """Guild, post and thread of the conversations under posts due since then."""
        found = await self._tx.execute(
            select(FeedPostRow.guild_id, FeedPostRow.id, FeedPostRow.thread_id).where(
                FeedPostRow.thread_state == ThreadState.OPEN, FeedPostRow.due_at >= since
            )
        )
        return [(guild_id, post_id, thread_id) for guild_id, post_id, thread_id in found if thread_id is not None]

    # ------------------------------------------------------------- voices

    async def add_voice(self, guild_id: int, post_id: int, member_id: int) -> bool:
        """A member wrote under a post. False if that was known."""
        added = await self._tx.execute(
            insert(self._tx, FeedVoiceRow)
            .values(guild_id=guild_id, post_id=post_id, member_id=member_id)
            .on_conflict_do_nothing()
            .returning(FeedVoiceRow.member_id)
        )
        return added.scalar_one_or_none() is not None

    async def has_author_answered(self, post_id: int) -> bool:
        """Whether the author wrote under a post."""
        answered = select(FeedPostRow.id).where(FeedPostRow.id == post_id, FeedPostRow.author_answered_at.is_not(None))
        return await self._tx.scalar(answered) is not None

    async def count_voices(self, post_id: int) -> int:
        """How many members wrote under a post."""
        return await self._tx.scalar(select(func.count()).where(FeedVoiceRow.post_id == post_id)) or 0

    async def list_voices_of(self, guild_id: int, member_id: int) -> list[int]:
        """The posts a member wrote under."""
        found = await self._tx.scalars(
            select(FeedVoiceRow.post_id).where(FeedVoiceRow.guild_id == guild_id, FeedVoiceRow.member_id == member_id)
        )
        return list(found)

    async def list_voices(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who wrote under posts: the lowest `most` ids above `after`."""
        return await list_ids(self._tx, guild_id, (FeedVoiceRow.member_id,), after, most)

    async def delete_voices_of(self, guild_id: int, member_id: int) -> None:
        """Forget where a member wrote."""
        await self._tx.execute(
            delete(FeedVoiceRow).where(FeedVoiceRow.guild_id == guild_id, FeedVoiceRow.member_id == member_id)
        )


def _columns(entry: Entry, identity: Identity, digest: str) -> dict[str, Any]:
    return {
        "guid_key": identity.guid, "link_key": identity.link, "title_key": identity.title, "content_digest": digest,
        "title": entry.title, "link": entry.link, "author": entry.author, "summary": entry.summary,
        "image": entry.image, "published_at": entry.published_at,
    }  # fmt: skip


def _to_entry(row: EntryRow) -> Entry:
    return Entry(row.guid_key, row.link, row.title, row.published_at, row.author, row.summary, row.image)
