"""All SQL of posts; that of their publication stands beside it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, null, select, update

from bot.config import ShardRange
from bot.db import Transaction
from bot.db.statements import changed_rows, insert, list_ids, on_shards
from bot.outbox.models import ClosedDirectRow, PostRow
from bot.outbox.rules import CHANGING, DIRECT, OPEN, NewPost, Post, PostState


class OutboxRepository:
    """Posts in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add_post(self, new: NewPost) -> bool:
        """Keep a post. False if its guild has one with that key already."""
        result = await self._tx.execute(
            insert(self._tx, PostRow)
            .values(
                guild_id=new.guild_id, channel_id=new.channel_id, kind=new.kind, subject_id=new.subject_id,
                key=new.key, due_at=new.due_at, useful_until=new.useful_until, state=PostState.WAITING,
            )
            .on_conflict_do_nothing(index_elements=["guild_id", "key"])
        )  # fmt: skip
        return changed_rows(result) == 1

    async def get_post(self, guild_id: int, post_id: int) -> Post | None:
        """The guild's post with that id."""
        return _fact(await self._tx.scalar(select(PostRow).where(PostRow.guild_id == guild_id, PostRow.id == post_id)))

    async def get_by_key(self, guild_id: int, key: str) -> Post | None:
        """The guild's post with that key."""
        return _fact(await self._tx.scalar(select(PostRow).where(*_with_key(guild_id, key))))

    async def list_keys_with(self, guild_id: int, part: str) -> list[str]:
        """The keys of the guild's posts of which `part` is a part; colons separate these."""
        inside = (":" + PostRow.key + ":").contains(f":{part}:", autoescape=True)
        found = await self._tx.scalars(select(PostRow.key).where(PostRow.guild_id == guild_id, inside))
        return list(found)

    async def list_keys_of(self, guild_id: int, kinds: Collection[str]) -> list[str]:
        """The keys of the guild's posts of these kinds."""
        return list(
            await self._tx.scalars(select(PostRow.key).where(PostRow.guild_id == guild_id, PostRow.kind.in_(kinds)))
        )

    async def list_due(self, now: datetime, shards: ShardRange | None, limit: int) -> list[Post]:
        """What may be done now: of each channel the next message to go out, and the next change of what stands there.

        Messages go out in order, the first by due time, then by age: one that must wait holds up the later ones. A
        change that must wait holds up nothing.
        """
        is_ready = PostRow.retry_at.is_(None) | (PostRow.retry_at <= now)
        first = (
            select(PostRow.id, _turn().label("turn"))
            .where(
                PostRow.state.in_(OPEN), PostRow.due_at <= now, _goes_out() | is_ready,
                on_shards(PostRow.guild_id, shards),
            )
            .subquery()
        )  # fmt: skip
        found = await self._tx.scalars(
            select(PostRow)
            .join(first, first.c.id == PostRow.id)
            .where(first.c.turn == 1, is_ready)
            .order_by(_goes_out().desc(), PostRow.due_at, PostRow.id)
            .limit(limit)
        )
        return [_to_fact(row) for row in found]

    async def next_due_at(
        self, shards: ShardRange | None, *, direct: bool, after: datetime | None = None
    ) -> datetime | None:
        """The earliest instant, later than `after`, at which some post may be tried: a direct message, or any other."""
        lane = PostRow.channel_id == DIRECT if direct else PostRow.channel_id != DIRECT
        when = func.coalesce(PostRow.retry_at, PostRow.due_at, type_=PostRow.due_at.type)
        some = (
            select(when.label("at"), _turn().label("turn"), _goes_out().label("goes_out"))
            .where(PostRow.state.in_(OPEN), lane, on_shards(PostRow.guild_id, shards))
            .subquery()
        )
        at = some.c.at
        earliest = select(func.min(at, type_=PostRow.due_at.type)).where((some.c.turn == 1) | ~some.c.goes_out)
        return await self._tx.scalar(earliest if after is None else earliest.where(at > after))

    async def last_direct_at(self) -> datetime | None:
        """When a direct message was tried or ended last, in any guild."""
        when = func.coalesce(PostRow.finished_at, PostRow.unsure_since, type_=PostRow.due_at.type)
        return await self._tx.scalar(
            select(func.max(when, type_=PostRow.due_at.type)).where(PostRow.channel_id == DIRECT, PostRow.attempts > 0)
        )

    async def mark_attempt(self, post: Post, fingerprint: str, now: datetime) -> bool:
        """An attempt starts. False if the post is not waiting any more, or another process has taken it."""
        fingerprints = ",".join(sorted({*post.fingerprints, fingerprint}))
        return await self._change(
            *_unchanged(post), PostRow.attempts == post.attempts,
            attempts=post.attempts + 1, unsure_since=post.unsure_since or now, fingerprints=fingerprints,
        )  # fmt: skip

    async def mark_unsure(self, post: Post, retry_at: datetime) -> None:
        """The attempt may or may not have been applied; the doubt that `mark_attempt` wrote down stays."""
        await self._change(*_unchanged(post), retry_at=retry_at, attempts=post.attempts + 1)

    async def mark_postponed(self, post: Post, retry_at: datetime) -> None:
        """The attempt was surely not applied, so there is only as much doubt as before it."""
        await self._change(
            *_unchanged(post), retry_at=retry_at, unsure_since=post.unsure_since, attempts=post.attempts + 1
        )

    async def mark_finished(
        self,
        post: Post,
        state: PostState,
        now: datetime,
        *,
        message_id: int | None = None,
        reason: str | None = None,
    ) -> bool:
        """The post has come to its end, with only as much doubt as before it. False if it changed meanwhile."""
        return await self._change(
            *_unchanged(post),
            state=state, finished_at=now, message_id=message_id, reason=reason and reason[:1000],
            unsure_since=post.unsure_since,
        )  # fmt: skip

    async def mark_open(self, post: Post, state: PostState, now: datetime) -> None:
        """A failed post gets another chance. What was in doubt before Discord refused it still is."""
        await self._change(*_in_state(post, PostState.FAILED), state=state, retry_at=now, reason=None, finished_at=None)

    async def mark_revising(self, post: Post, due_at: datetime) -> None:
        """The message that stands in the channel is to be drawn anew. Attempts to do so are counted anew, too."""
        await self._change(
            *_in_state(post, PostState.SENT),
            state=PostState.REVISING, due_at=due_at, retry_at=None, reason=None, attempts=1,
        )  # fmt: skip

    async def mark_refused_revising(self, guild_id: int, channel_id: int, now: datetime) -> None:
        """Every message in a channel that Discord did not let be drawn anew gets another chance."""
        await self._change(
            PostRow.guild_id == guild_id, PostRow.channel_id == channel_id,
            PostRow.state.in_([PostState.SENT, PostState.REVISING]), PostRow.reason.is_not(None),
            state=PostState.REVISING, due_at=now, retry_at=None, reason=None,
        )  # fmt: skip

    async def mark_changed(self, post: Post) -> None:
        """What is to be sent or drawn anew has changed: an attempt that is under way draws what was before."""
        await self._change(*_in_state(post, PostState.WAITING, PostState.REVISING), revision=PostRow.revision + 1)

    async def mark_refused(self, post: Post, reason: str, retry_at: datetime) -> None:
        """Discord did not let the message be drawn anew."""
        await self._change(*_unchanged(post), reason=reason[:1000], retry_at=retry_at)

    async def mark_sooner(self, post: Post, due_at: datetime) -> None:
        """A message that is to be drawn anew later is drawn sooner; one that was refused is tried at once."""
        retry_at = case((PostRow.reason.is_(None), PostRow.retry_at), else_=null())
        await self._change(*_in_state(post, PostState.REVISING), due_at=due_at, retry_at=retry_at, reason=None)

    async def has_changed(self, post: Post) -> bool:
        """Whether it changed since it was read as `post`."""
        revision = await self._tx.scalar(select(PostRow.revision).where(PostRow.id == post.id))
        return revision != post.revision

    async def mark_revised(self, post: Post) -> None:
        """The message that stands in the channel is to be left as it is."""
        await self._change(*_in_state(post, PostState.REVISING), state=PostState.SENT, reason=None)

    async def mark_removing(self, post: Post, now: datetime) -> None:
        """The message is to go. Of the post only what leads to the message is kept."""
        await self._change(
            PostRow.id == post.id,
            state=PostState.REMOVING, key=f"removing:{post.id}", subject_id=0,
            due_at=now, retry_at=None, reason=None, publish_at=None,
        )  # fmt: skip

    async def delete(self, post: Post) -> None:
        """Nothing of the post is kept."""
        await self._tx.execute(delete(PostRow).where(PostRow.id == post.id))

    async def delete_guild(self, guild_id: int) -> None:
        """Nothing of a guild is kept."""
        for table in (PostRow, ClosedDirectRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id))

    async def add_closed(self, guild_id: int, member_id: int) -> None:
        """Remember that a member takes no direct messages."""
        await self._tx.execute(
            insert(self._tx, ClosedDirectRow).values(guild_id=guild_id, member_id=member_id).on_conflict_do_nothing()
        )

    async def is_closed(self, guild_id: int, member_id: int) -> bool:
        """Whether a member takes no direct messages."""
        return await self._tx.get(ClosedDirectRow, (guild_id, member_id)) is not None

    async def list_closed(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Members who take no direct messages: the lowest `most` ids above `after`."""
        return await list_ids(self._tx, guild_id, (ClosedDirectRow.member_id,), after, most)

    async def remove_closed(self, guild_id: int, member_id: int) -> None:
        """Forget that again."""
        await self._tx.execute(
            delete(ClosedDirectRow).where(ClosedDirectRow.guild_id == guild_id, ClosedDirectRow.member_id == member_id)
        )

    async def cancel(self, guild_id: int, key: str, now: datetime) -> bool:
        """Take back a post that was not tried yet."""
        return await self._change(*_untried(guild_id, key), state=PostState.CANCELLED, finished_at=now)

    async def cancel_refused(self, guild_id: int, key: str, now: datetime) -> bool:
        """Take back a post that Discord refused: there is no doubt that it does not stand."""
        return await self._change(
            *_with_key(guild_id, key), PostRow.state == PostState.FAILED, PostRow.message_id.is_(None),
            state=PostState.CANCELLED, finished_at=now,
        )  # fmt: skip

    async def cancel_all(self, guild_id: int, now: datetime) -> None:
        """Take back everything that waits to go out in a guild."""
        waits = PostRow.state == PostState.WAITING
        await self._change(PostRow.guild_id == guild_id, waits, state=PostState.CANCELLED, finished_at=now)
        await self._change(PostRow.guild_id == guild_id, publish_at=None)

    async def put_off_changes(self, guild_id: int, until: datetime | None) -> None:
        """What stands in a guild is drawn anew or taken down no sooner than then."""
        await self._change(PostRow.guild_id == guild_id, PostRow.state.in_(CHANGING), retry_at=until)

    async def reschedule(self, guild_id: int, key: str, due_at: datetime, useful_until: datetime | None) -> bool:
        """Move a post that was not tried yet."""
        return await self._change(*_untried(guild_id, key), due_at=due_at, useful_until=useful_until)

    async def list_sent(self, kind: str, since: datetime, shards: ShardRange | None) -> list[Post]:
        """The posts of a kind that were sent since then, the oldest first."""
        found = await self._tx.scalars(
            select(PostRow)
            .where(
                PostRow.kind == kind, PostRow.state == PostState.SENT, PostRow.finished_at >= since,
                on_shards(PostRow.guild_id, shards),
            )
            .order_by(PostRow.id)
        )  # fmt: skip
        return [_to_fact(row) for row in found]

    async def get_last_sent(self, guild_id: int, kind: str, subject_id: int) -> Post | None:
        """The latest post of a kind about something that was sent in a guild."""
        return _fact(
            await self._tx.scalar(
                select(PostRow)
                .where(
                    PostRow.guild_id == guild_id, PostRow.kind == kind,
                    PostRow.subject_id == subject_id, PostRow.state == PostState.SENT,
                )
                .order_by(PostRow.id.desc())
                .limit(1)
            )
        )  # fmt: skip

    async def list_message_ids(self, guild_id: int, channel_id: int, since: datetime) -> set[int]:
        """The messages in a channel that are known to belong to posts finished since then."""
        found = await self._tx.scalars(
            select(PostRow.message_id).where(
                PostRow.guild_id == guild_id, PostRow.channel_id == channel_id,
                PostRow.message_id.is_not(None), PostRow.finished_at >= since,
            )
        )  # fmt: skip
        return {message_id for message_id in found if message_id is not None}

    async def _change(self, *which: ColumnElement[bool], **values: Any) -> bool:
        """Change the posts of which all this is true. Whether there was one."""
        return changed_rows(await self._tx.execute(update(PostRow).where(*which).values(**values))) > 0


def _in_state(post: Post, *states: PostState) -> tuple[ColumnElement[bool], ...]:
    return PostRow.id == post.id, PostRow.state.in_(states)


def _unchanged(post: Post) -> tuple[ColumnElement[bool], ...]:
    return _in_state(post, post.state)


def _with_key(guild_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return PostRow.guild_id == guild_id, PostRow.key == key


def _untried(guild_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return *_with_key(guild_id, key), PostRow.state == PostState.WAITING, PostRow.unsure_since.is_(None)


def _goes_out() -> ColumnElement[bool]:
    return PostRow.state == PostState.WAITING


def _turn() -> ColumnElement[int]:
    return func.row_number().over(partition_by=(PostRow.channel_id, _goes_out()), order_by=(PostRow.due_at, PostRow.id))


def _fact(row: PostRow | None) -> Post | None:
    return None if row is None else _to_fact(row)


def _to_fact(row: PostRow) -> Post:
    return Post(
        id=row.id, guild_id=row.guild_id, channel_id=row.channel_id, kind=row.kind, subject_id=row.subject_id,
        key=row.key, due_at=row.due_at, useful_until=row.useful_until, state=PostState(row.state),
        attempts=row.attempts, retry_at=row.retry_at, unsure_since=row.unsure_since,
        fingerprints=frozenset(filter(None, row.fingerprints.split(","))),
        message_id=row.message_id, reason=row.reason, revision=row.revision,
    )  # fmt: skip
