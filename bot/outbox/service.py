"""What happens to posts."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.communities.rules import KEEP_GUILD, ChannelPurpose
from bot.communities.service import CommunityService
from bot.config import ShardRange
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.outbox import rules
from bot.outbox.errors import NoLongerUsefulError, NotRetryableError
from bot.outbox.publication_repository import PublicationRepository
from bot.outbox.repository import OutboxRepository
from bot.outbox.rules import NewPost, Outcome, Post, PostState, Publication, Published


class OutboxService:
    """Posts from the decision to send them to their end.

    `on_change` is called after each commit that may have made something due sooner, `on_publish` after each that left a
    message to be published; the cog sets them.
    `shards` limits the work to the guilds of this process. `spacing` says of a kind of post how long after a drawing
    the next one may come, given the message; without it, what changed during a drawing is drawn at once.
    """

    def __init__(self, database: Database, communities: CommunityService, shards: ShardRange | None = None) -> None:
        self._database = database
        self._communities = communities
        self._shards = shards
        self.on_change: Callable[[], None] = lambda: None
        self.on_publish: Callable[[], None] = lambda: None
        self.spacing: dict[str, Callable[[int, datetime], timedelta]] = {}

    async def post(self, tx: Transaction, new: NewPost) -> bool:
        """Decide that something must be said, in the transaction that decides it. False if the key is known."""
        after_commit(tx, lambda: self.on_change())
        return await OutboxRepository(tx).add_post(new)

    async def post_alone(self, new: NewPost) -> bool:
        """As `post`, where nothing else is decided."""
        async with self._database.transaction() as tx:
            return await self.post(tx, new)

    async def cancel(self, tx: Transaction, guild_id: int, key: str, now: datetime) -> bool:
        """Take back a post. False if it was tried already, or never was."""
        return await OutboxRepository(tx).cancel(guild_id, key, now)

    async def withdraw(self, tx: Transaction, guild_id: int, key: str, now: datetime) -> bool:
        """As `cancel`, but also takes back a post that Discord refused."""
        posts = OutboxRepository(tx)
        return await posts.cancel(guild_id, key, now) or await posts.cancel_refused(guild_id, key, now)

    async def reschedule(
        self, tx: Transaction, guild_id: int, key: str, due_at: datetime, useful_until: datetime | None = None
    ) -> bool:
        """Move a post to another time. False if it was tried already, or never was."""
        after_commit(tx, lambda: self.on_change())
        return await OutboxRepository(tx).reschedule(guild_id, key, due_at, useful_until)

    async def revise(
        self, tx: Transaction, guild_id: int, key: str, now: datetime, within: timedelta = timedelta()
    ) -> None:
        """What a post says has changed: where its message stands, it is drawn anew, or taken down if nothing is left.

        A post that has not gone out is drawn when it goes; if it is just going, it is drawn anew afterwards. All
        changes `within` that time share one drawing at its end.
        """
        posts = OutboxRepository(tx)
        post = await posts.get_by_key(guild_id, key)
        if post is None:
            return
        if post.state is PostState.SENT:
            await posts.mark_revising(post, now + within)
            after_commit(tx, lambda: self.on_change())
        else:
            await posts.mark_changed(post)
            if post.state is PostState.REVISING and (now + within < post.due_at or post.reason):
                await posts.mark_sooner(post, now + within)
                after_commit(tx, lambda: self.on_change())

    async def drop(self, tx: Transaction, guild_id: int, key: str) -> None:
        """Keep nothing of a post; if its message stands, it stays."""
        posts = OutboxRepository(tx)
        post = await posts.get_by_key(guild_id, key)
        if post is not None:
            await posts.delete(post)

    async def list_keys_naming(self, tx: Transaction, guild_id: int, member_id: int) -> list[str]:
        """The keys of a guild's posts that hold a member's id as one of their parts."""
        return await OutboxRepository(tx).list_keys_with(guild_id, str(member_id))

    async def list_keys_of(self, tx: Transaction, guild_id: int, kinds: Collection[str]) -> list[str]:
        """The keys of a guild's posts of these kinds."""
        return await OutboxRepository(tx).list_keys_of(guild_id, kinds)

    async def stop_revising(self, tx: Transaction, guild_id: int, key: str) -> None:
        """What a post says is said otherwise: its message is left as it is."""
        post = await OutboxRepository(tx).get_by_key(guild_id, key)
        if post is not None:
            await OutboxRepository(tx).mark_revised(post)

    async def remove(self, tx: Transaction, guild_id: int, key: str, now: datetime) -> None:
        """Take a post's message down, wherever it stands, and keep nothing of the post."""
        posts = OutboxRepository(tx)
        post = await posts.get_by_key(guild_id, key)
        if post is None:
            return
        if post.message_id or (post.state is PostState.WAITING and post.unsure_since):
            await posts.mark_removing(post, now)
            after_commit(tx, lambda: self.on_change())
        else:
            await posts.delete(post)

    async def takes_direct(self, tx: Transaction, guild_id: int, member_id: int) -> bool:
        """Whether a member may be sent a direct message, as far as Discord has told."""
        return not await OutboxRepository(tx).is_closed(guild_id, member_id)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is kept about a member here."""
        takes = await self.takes_direct(tx, guild_id, member_id)
        return {} if takes else {"takes no direct messages": True}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who takes no direct messages."""
        return await OutboxRepository(tx).list_closed(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Keep nothing about a member but the posts, which their owners take down."""
        await OutboxRepository(tx).remove_closed(guild_id, member_id)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await OutboxRepository(tx).delete_guild(guild_id)

    async def leave_guild(self, guild_id: int, now: datetime) -> None:
        """The bot was removed from a guild: nothing more is sent there. What stands waits until it comes back."""
        async with self._database.transaction() as tx:
            await self._communities.leave(tx, guild_id, now)
            await OutboxRepository(tx).cancel_all(guild_id, now)
            await OutboxRepository(tx).put_off_changes(guild_id, now + KEEP_GUILD)

    async def enter_guild(self, guild_id: int) -> None:
        """The bot is in a guild, perhaps again: what stands there is brought up to date."""
        async with self._database.transaction() as tx:
            await OutboxRepository(tx).put_off_changes(guild_id, None)
            after_commit(tx, lambda: self.on_change())

    async def list_due(self, now: datetime, limit: int = 100) -> list[Post]:
        """What may be tried now: of each channel the next message, and the next change of what stands there."""
        async with self._database.transaction() as tx:
            posts = OutboxRepository(tx)
            due = await posts.list_due(now, self._shards, limit)
            if any(post.channel_id == rules.DIRECT for post in due) and now < await self._direct_from(posts, now):
                return [post for post in due if post.channel_id != rules.DIRECT]
            return due

    async def next_due_at(self, after: datetime | None = None) -> datetime | None:
        """When, later than `after`, the next post may be tried, if there is one."""
        async with self._database.transaction() as tx:
            posts = OutboxRepository(tx)
            instants = [await posts.next_due_at(self._shards, direct=False, after=after)]
            if direct := await posts.next_due_at(self._shards, direct=True):
                instants.append(await self._direct_from(posts, direct))
            return min((at for at in instants if at and (after is None or at > after)), default=None)

    async def _direct_from(self, posts: OutboxRepository, due_at: datetime) -> datetime:
        last = await posts.last_direct_at()
        return max(due_at, last + rules.BETWEEN_DIRECT) if last else due_at

    async def find_in(self, tx: Transaction, guild_id: int, key: str) -> Post | None:
        """The post with this key."""
        return await OutboxRepository(tx).get_by_key(guild_id, key)

    async def list_sent(self, tx: Transaction, kind: str, since: datetime) -> list[Post]:
        """The posts of a kind this process sent since then, in all its guilds, the oldest first."""
        return await OutboxRepository(tx).list_sent(kind, since, self._shards)

    async def find_last_sent(self, tx: Transaction, guild_id: int, kind: str, subject_id: int) -> Post | None:
        """The latest post of a kind about a subject that stands in its channel, or stood there."""
        return await OutboxRepository(tx).get_last_sent(guild_id, kind, subject_id)

    async def find(self, guild_id: int, post_id: int) -> Post | None:
        """The post with this id."""
        async with self._database.transaction() as tx:
            return await OutboxRepository(tx).get_post(guild_id, post_id)

    async def known_messages(self, post: Post, since: datetime) -> set[int]:
        """Messages in the post's channel that belong to other posts."""
        async with self._database.transaction() as tx:
            return await OutboxRepository(tx).list_message_ids(post.guild_id, post.channel_id, since)

    async def begin_attempt(self, post: Post, fingerprint: str, now: datetime) -> bool:
        """Write down that `post` is about to be sent looking like `fingerprint`. False if it is not ours to send."""
        async with self._database.transaction() as tx:
            return await OutboxRepository(tx).mark_attempt(post, fingerprint, now)

    async def finish_attempt(self, post: Post, outcome: Outcome, now: datetime) -> None:
        """Write down what came of it, and tell the host where the post will not go out.

        `post` is as it was read before the attempt: an attempt that surely failed leaves no doubt behind.
        """
        async with self._database.transaction() as tx:
            posts = OutboxRepository(tx)
            match outcome:
                case rules.Sent(message_id, is_outdated, publish):
                    await posts.mark_finished(post, PostState.SENT, now, message_id=message_id)
                    if publish:
                        await PublicationRepository(tx).add_publication(post, now)
                        after_commit(tx, lambda: self.on_publish())
                    if is_outdated or await posts.has_changed(post):
                        between = self.spacing.get(post.kind)
                        await posts.mark_revising(post, now + between(message_id, now) if between else now)
                case rules.Withdrawn() if post.state is PostState.REMOVING:
                    await posts.delete(post)
                case rules.Withdrawn():
                    await posts.mark_finished(post, PostState.CANCELLED, now)
                case rules.Postponed(pause):
                    await posts.mark_postponed(post, now + pause)
                case rules.Unsure(at_least):
                    await posts.mark_unsure(post, now + max(at_least, rules.pause_after(post.attempts + 1)))
                case rules.TooLate():
                    await self._give_up(tx, post, PostState.SKIPPED, now)
                case rules.Closed():
                    await posts.mark_finished(post, PostState.FAILED, now, reason="Takes no direct messages.")
                    await posts.add_closed(post.guild_id, post.subject_id)
                case rules.Refused(reason) if post.state is PostState.REVISING:
                    if again_at := rules.revise_again_at(post, now):
                        await posts.mark_refused(post, reason, again_at)
                    else:
                        await self._give_up(tx, post, PostState.SENT, now, reason)
                case rules.Refused(reason):
                    await self._give_up(tx, post, PostState.FAILED, now, reason)

    async def _give_up(
        self, tx: Transaction, post: Post, state: PostState, now: datetime, reason: str | None = None
    ) -> None:
        """The post ends without what it was for; the hosts hear of each such end, also after another chance."""
        ended = replace(post, state=state, reason=reason)
        is_over = await OutboxRepository(tx).mark_finished(post, state, now, message_id=post.message_id, reason=reason)
        if is_over and rules.needs_notice(ended):
            await self._notify_hosts(tx, ended, rules.NOTICE, rules.notice_key(ended, now), now)

    async def list_to_publish(self, now: datetime, limit: int = 100) -> list[Publication]:
        """The next message of each channel that may be published to followers now."""
        async with self._database.transaction() as tx:
            return await PublicationRepository(tx).list_due(now, self._shards, limit)

    async def next_publish_at(self, after: datetime | None = None) -> datetime | None:
        """When, later than `after`, the next message may be published, if there is one."""
        async with self._database.transaction() as tx:
            return await PublicationRepository(tx).next_due_at(self._shards, after)

    async def finish_publishing(self, publication: Publication, outcome: Published, now: datetime) -> None:
        """Write down what came of publishing a message; the hosts hear once a day where that does not work."""
        again_at = rules.publish_again_at(publication, now) if outcome is Published.AGAIN else None
        async with self._database.transaction() as tx:
            await PublicationRepository(tx).mark_tried(publication, again_at)
            post = await OutboxRepository(tx).get_post(publication.guild_id, publication.post_id)
            if post is not None and outcome is not Published.DONE and again_at is None:
                key = f"unpublished:{post.channel_id}:{now:%Y-%m-%d}"
                await self._notify_hosts(tx, post, rules.UNPUBLISHED, key, now)

    async def retry(self, guild_id: int, post_id: int, now: datetime) -> Post:
        """Give a failed post another chance, or all that waits to be drawn anew in the channel of an outdated one.

        The post as it was. Raises NotRetryableError, NoLongerUsefulError.
        """
        async with self._database.transaction() as tx:
            posts = OutboxRepository(tx)
            post = await posts.get_post(guild_id, post_id)
            state = post and rules.state_after_retry(post)
            if post is None or state is None:
                raise NotRetryableError
            if state is PostState.WAITING and rules.is_too_late(post, now):
                raise NoLongerUsefulError
            if post.is_outdated:
                await posts.mark_refused_revising(guild_id, post.channel_id, now)
            else:
                await posts.mark_open(post, state, now)
            after_commit(tx, lambda: self.on_change())
            return post

    async def _notify_hosts(self, tx: Transaction, post: Post, kind: str, key: str, now: datetime) -> None:
        community = await self._communities.get_in(tx, post.guild_id)
        channel_id = community.channels.get(ChannelPurpose.HOSTS)
        if channel_id is None:
            return
        await self.post(tx, NewPost(post.guild_id, channel_id, kind, post.id, key, due_at=now))
