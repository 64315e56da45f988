"""All SQL of what is to be published to followers."""

from datetime import datetime

from sqlalchemy import func, select, update

from bot.config import ShardRange
from bot.db import Transaction
from bot.db.statements import on_shards
from bot.outbox.models import PostRow
from bot.outbox.rules import Post, Publication


class PublicationRepository:
    """The queue of messages for followers, in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_publication(self, post: Post, now: datetime) -> None:
        """The post's message is to be published, unless that was decided before."""
        await self._tx.execute(
            update(PostRow)
            .where(PostRow.id == post.id, PostRow.publish_since.is_(None))
            .values(publish_since=now, publish_at=now)
        )

    async def list_due(self, now: datetime, shards: ShardRange | None, limit: int) -> list[Publication]:
        """The oldest message of each channel that may be published now."""
        is_due = PostRow.publish_at <= now
        oldest = select(func.min(PostRow.id)).where(is_due, on_shards(PostRow.guild_id, shards))
        found = await self._tx.scalars(
            select(PostRow)
            .where(PostRow.id.in_(oldest.group_by(PostRow.channel_id)))
            .order_by(PostRow.publish_at, PostRow.id)
            .limit(limit)
        )
        return [
            Publication(row.id, row.guild_id, row.channel_id, row.message_id, row.publish_since, row.publish_tries)
            for row in found
            if row.message_id is not None and row.publish_since is not None
        ]

    async def next_due_at(self, shards: ShardRange | None, after: datetime | None = None) -> datetime | None:
        """The earliest instant, later than `after`, at which some message may be published."""
        earliest = select(func.min(PostRow.publish_at, type_=PostRow.due_at.type))
        is_later = PostRow.publish_at.is_not(None) if after is None else PostRow.publish_at > after
        return await self._tx.scalar(earliest.where(is_later, on_shards(PostRow.guild_id, shards)))

    async def mark_tried(self, publication: Publication, again_at: datetime | None) -> None:
        """An attempt to publish is over; None where it was the last one."""
        await self._tx.execute(
            update(PostRow)
            .where(PostRow.id == publication.post_id, PostRow.publish_at.is_not(None))
            .values(publish_at=again_at, publish_tries=publication.tries + 1)
        )
