"""All SQL of sources and the feeds that follow them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update

from bot.config import ShardRange
from bot.db import Transaction
from bot.db.statements import insert, list_ids, on_shards
from bot.feeds.digest_rules import DigestMode
from bot.feeds.documents import Document, Page, Trouble, Validators
from bot.feeds.health_rules import LONGEST_PAUSE, Health
from bot.feeds.models import FeedRow, SourceRow
from bot.feeds.post_rules import Feed, FeedState, Source


class FeedRepository:
    """Sources and feeds in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # ------------------------------------------------------------- sources

    async def add_source(self, url: str, title: str, site: str, next_poll_at: datetime) -> tuple[int, bool]:
        """The source with this address and whether it is new."""
        added = await self._tx.execute(
            insert(self._tx, SourceRow)
            .values(url=url, title=title, site=site, next_poll_at=next_poll_at)
            .on_conflict_do_nothing(index_elements=["url"])
            .returning(SourceRow.id)
        )
        new_id = added.scalar_one_or_none()
        if new_id is not None:
            return new_id, True
        return (await self._tx.scalars(select(SourceRow.id).where(SourceRow.url == url))).one(), False

    async def list_polls(
        self, source_ids: Sequence[int]
    ) -> list[tuple[Source, Validators, str, timedelta, timedelta | None]]:
        """What polls of sources need: the source, what lets its server say that nothing changed, the digest of the
        body read last, the interval that the most eager follower wants, and the one that the blog asks for."""
        eager = func.min(FeedRow.interval_minutes)
        found = await self._tx.execute(
            select(SourceRow, eager)
            .join(FeedRow, (FeedRow.source_id == SourceRow.id) & (FeedRow.state == FeedState.ACTIVE))
            .where(SourceRow.id.in_(source_ids))
            .group_by(SourceRow.id)
            .execution_options(populate_existing=True)
        )
        return [
            (
                _to_source(row), Validators(row.etag, row.last_modified), row.body_digest, timedelta(minutes=minutes),
                None if row.ttl_seconds is None else timedelta(seconds=row.ttl_seconds),
            )
            for row, minutes in found
        ]  # fmt: skip

    async def claim_due(self, now: datetime, until: datetime, shards: ShardRange | None, limit: int) -> list[int]:
        """Take sources that are due and followed, so that nobody else does before `until`."""
        # What is due later than any pause lasts was planned by a clock that was wrong.
        is_due = (SourceRow.next_poll_at <= now) | (SourceRow.next_poll_at > now + LONGEST_PAUSE)
        followed = select(FeedRow.source_id).where(
            FeedRow.state == FeedState.ACTIVE, on_shards(FeedRow.guild_id, shards)
        )
        due = (
            select(SourceRow.id).where(is_due, SourceRow.id.in_(followed)).order_by(SourceRow.next_poll_at).limit(limit)
        )
        claimed = await self._tx.scalars(
            update(SourceRow).where(SourceRow.id.in_(due), is_due).values(next_poll_at=until).returning(SourceRow.id)
        )
        return list(claimed)

    async def next_poll_at(self, shards: ShardRange | None) -> datetime | None:
        """When the next source is due, if one is followed."""
        followed = select(FeedRow.source_id).where(
            FeedRow.state == FeedState.ACTIVE, on_shards(FeedRow.guild_id, shards)
        )
        return await self._tx.scalar(
            select(func.min(SourceRow.next_poll_at, type_=SourceRow.next_poll_at.type)).where(
                SourceRow.id.in_(followed)
            )
        )

    async def set_health(self, source_id: int, health: Health, next_poll_at: datetime) -> None:
        """Write down how a source does, and when it is looked at next."""
        await self._set_source(
            source_id,
            next_poll_at=next_poll_at,
            looked_at=health.looked_at, failures=health.failures, failing_since=health.failing_since,
            trouble=health.trouble or "", reason=health.reason[:300], told_at=health.told_at,
            moving_to=health.moving_to, moved_polls=health.moved_polls,
        )  # fmt: skip

    async def set_page(self, source_id: int, page: Page) -> None:
        """Write down what lets its server say that nothing changed, and what lets us see that."""
        validators = page.validators
        await self._set_source(
            source_id, etag=validators.etag, last_modified=validators.last_modified, body_digest=page.digest
        )

    async def set_document(self, source_id: int, document: Document) -> None:
        """Write down what a blog says of itself; a title is not forgotten because it is left out for once."""
        seconds = None if document.ttl is None else int(document.ttl.total_seconds())
        title = {"title": document.title} if document.title else {}
        await self._set_source(source_id, site=document.site, ttl_seconds=seconds, **title)

    async def move(self, source_id: int, url: str) -> None:
        """A source stands at another address now."""
        await self._set_source(source_id, url=url)

    async def _set_source(self, source_id: int, **values: Any) -> None:
        await self._tx.execute(update(SourceRow).where(SourceRow.id == source_id).values(**values))

    async def poll_by(self, source_id: int, at: datetime) -> None:
        """Look at a source at that time at the latest."""
        await self._tx.execute(
            update(SourceRow).where(SourceRow.id == source_id, SourceRow.next_poll_at > at).values(next_poll_at=at)
        )

    async def is_known(self, url: str) -> bool:
        """Whether a source has this address."""
        return await self._tx.scalar(select(SourceRow.id).where(SourceRow.url == url)) is not None

    async def delete_unfollowed(self) -> None:
        """Keep nothing of sources that nobody follows."""
        await self._tx.execute(delete(SourceRow).where(SourceRow.id.not_in(select(FeedRow.source_id))))

    # ------------------------------------------------------------- feeds

    async def add_feed(
        self, guild_id: int, source_id: int, channel_id: int, now: datetime, **values: Any
    ) -> int | None:
        """Follow a source in a guild: the feed's id, or None if the guild does already."""
        added = await self._tx.execute(
            insert(self._tx, FeedRow)
            .values(guild_id=guild_id, source_id=source_id, channel_id=channel_id, followed_at=now, **values)
            .on_conflict_do_nothing(index_elements=["guild_id", "source_id"])
            .returning(FeedRow.id)
        )
        return added.scalar_one_or_none()

    async def count_feeds(self, guild_id: int) -> int:
        """How many feeds a guild has, proposed ones included."""
        return await self._tx.scalar(select(func.count()).where(FeedRow.guild_id == guild_id)) or 0

    async def get_feed(self, guild_id: int, feed_id: int) -> Feed | None:
        """The guild's feed with this id."""
        return await self._one(FeedRow.guild_id == guild_id, FeedRow.id == feed_id)

    async def get_feed_of(self, guild_id: int, source_id: int) -> Feed | None:
        """The guild's feed of a source."""
        return await self._one(FeedRow.guild_id == guild_id, FeedRow.source_id == source_id)

    async def get_proposal(self, guild_id: int, url: str) -> Feed | None:
        """The blog at an address that a member shared in a guild, while no host has answered."""
        return await self._one(FeedRow.guild_id == guild_id, SourceRow.url == url, FeedRow.state == FeedState.PROPOSED)

    async def has_proposed(self, guild_id: int, member_id: int) -> bool:
        """Whether a blog that this member shared waits for a host."""
        waiting = select(FeedRow.id).where(
            FeedRow.guild_id == guild_id, FeedRow.owner_id == member_id, FeedRow.state == FeedState.PROPOSED
        )
        return await self._tx.scalar(waiting) is not None

    async def list_feeds(self, guild_id: int) -> list[Feed]:
        """The guild's feeds, the oldest first."""
        return await self._all(FeedRow.guild_id == guild_id)

    async def list_followers(self, source_id: int) -> list[Feed]:
        """Every guild's feed of a source, but for those that were only proposed."""
        return await self._all(FeedRow.source_id == source_id, FeedRow.state != FeedState.PROPOSED)

    async def list_in_trouble(self) -> list[Feed]:
        """The feeds that are not read: those whose source fails now, and those that were paused for it."""
        return await self._all(
            (SourceRow.failures > 0) & (FeedRow.state == FeedState.ACTIVE)
            | FeedRow.state.in_([FeedState.FAILED, FeedState.GONE])
        )

    async def count_active(self) -> int:
        """How many feeds are followed, in all guilds."""
        return await self._tx.scalar(select(func.count()).where(FeedRow.state == FeedState.ACTIVE)) or 0

    async def list_writing(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who writes or shared a blog: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, (FeedRow.author_id, FeedRow.owner_id), after, most)

    async def list_feeds_of(self, guild_id: int, member_id: int) -> list[Feed]:
        """The feeds a member writes or shared."""
        return await self._all(
            FeedRow.guild_id == guild_id, (FeedRow.author_id == member_id) | (FeedRow.owner_id == member_id)
        )

    async def set_feed(self, guild_id: int, feed_id: int, **values: Any) -> None:
        """Write columns of a feed."""
        await self._tx.execute(
            update(FeedRow).where(FeedRow.guild_id == guild_id, FeedRow.id == feed_id).values(**values)
        )

    async def change_state(self, guild_id: int, feed_id: int, before: Sequence[FeedState], after: FeedState) -> bool:
        """Change one feed's state. False if it was in none of those before."""
        changed = await self._tx.scalars(
            update(FeedRow)
            .where(FeedRow.guild_id == guild_id, FeedRow.id == feed_id, FeedRow.state.in_(before))
            .values(state=after)
            .returning(FeedRow.id)
        )
        return changed.one_or_none() is not None

    async def delete_feed(self, guild_id: int, feed_id: int) -> None:
        """Keep nothing of a feed; of its source neither, if nobody else follows it."""
        await self._tx.execute(delete(FeedRow).where(FeedRow.guild_id == guild_id, FeedRow.id == feed_id))
        await self.delete_unfollowed()

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await self._tx.execute(delete(FeedRow).where(FeedRow.guild_id == guild_id))
        await self.delete_unfollowed()

    async def _one(self, *conditions: ColumnElement[bool]) -> Feed | None:
        found = (await self._tx.execute(_feeds().where(*conditions))).one_or_none()
        return None if found is None else _to_feed(*found)

    async def _all(self, *conditions: ColumnElement[bool]) -> list[Feed]:
        found = await self._tx.execute(_feeds().where(*conditions).order_by(FeedRow.id))
        return [_to_feed(feed, source) for feed, source in found]


def _feeds() -> Select[FeedRow, SourceRow]:
    statement = select(FeedRow, SourceRow).join(SourceRow, SourceRow.id == FeedRow.source_id)
    return statement.execution_options(populate_existing=True)


def _to_source(row: SourceRow) -> Source:
    health = Health(
        row.looked_at, row.failures, row.failing_since, Trouble(row.trouble) if row.trouble else None, row.reason,
        row.told_at, None, row.moving_to, row.moved_polls,
    )  # fmt: skip
    return Source(row.id, row.url, row.title, row.site, health)


def _to_feed(row: FeedRow, source: SourceRow) -> Feed:
    return Feed(
        id=row.id, guild_id=row.guild_id, source=_to_source(source), channel_id=row.channel_id,
        state=FeedState(row.state), author_id=row.author_id, owner_id=row.owner_id, role_id=row.role_id,
        has_follow_button=row.has_follow_button, question=row.question, interval_minutes=row.interval_minutes,
        flood_limit=row.flood_limit, digest=DigestMode(row.digest), digest_hour=row.digest_hour,
        digest_weekday=row.digest_weekday,
    )  # fmt: skip
