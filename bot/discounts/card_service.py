"""The cards of discounts in channels: put there, and drawn anew when somebody, or time, changes what they say."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.config import ShardRange
from bot.db import Database, DatabaseUnavailableError, Transaction
from bot.db.statements import after_commit
from bot.discounts import rules
from bot.discounts.drafts import still_open
from bot.discounts.report_rules import AuditAction
from bot.discounts.repository import DiscountRepository
from bot.discounts.rules import Discount, DiscountState
from bot.outbox.rules import NewPost, Post, PostState
from bot.outbox.service import OutboxService
from bot.programs.rules import next_change
from bot.programs.service import ProgramService

log = logging.getLogger(__name__)

#: The kind of a discount's card; its subject is the discount's id.
POST = "discounts:post"


class CardService:
    """Cards with *Get my code*. `on_turn` is called after each commit that may have made one change sooner.

    The cog sets it. `shards` limits what time changes to the guilds of this process.
    """

    def __init__(
        self, database: Database, outbox: OutboxService, programs: ProgramService, shards: ShardRange | None = None
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._programs = programs
        self._shards = shards
        self.on_turn: Callable[[], None] = lambda: None

    async def post(
        self, guild_id: int, discount_id: int, channel_id: int, host_id: int, now: datetime, *, once_more: bool = False
    ) -> Post | None:
        """Decide to put a card in a channel.

        Where one was put before, that one is returned and nothing is decided, unless it shall be `once_more`. Raises
        NoSuchDiscountError, AlreadyOverError.
        """
        async with self._database.transaction() as tx:
            discounts = DiscountRepository(tx)
            discount = still_open((await discounts.get_locked(guild_id, discount_id)).discount, now)
            if not once_more and (known := await self._posted(tx, discount, channel_id)) is not None:
                return known
            key = _key(await discounts.add_post(discount, channel_id, now))
            await self._outbox.post(tx, NewPost(guild_id, channel_id, POST, discount_id, key, due_at=now))
            await discounts.add_audit(
                guild_id, AuditAction.POST, now, discount_id=discount_id, actor_id=host_id,
                details=f"in <#{channel_id}>",
            )  # fmt: skip
            return None

    async def _posted(self, tx: Transaction, discount: Discount, channel_id: int) -> Post | None:
        """The latest card in a channel that went out or is about to."""
        for post_id in reversed(await DiscountRepository(tx).list_posts(discount, channel_id)):
            post = await self._outbox.find_in(tx, discount.guild_id, _key(post_id))
            if post is not None and (post.message_id or post.state is PostState.WAITING):
                return post
        return None

    async def redraw(self, tx: Transaction, discount: Discount, now: datetime, within: timedelta = timedelta()) -> None:
        """How many are left has changed: every card is drawn anew, once for all that changes `within` a time."""
        for post_id in await DiscountRepository(tx).list_posts(discount):
            await self._outbox.revise(tx, discount.guild_id, _key(post_id), now, within)

    async def follow(self, tx: Transaction, discount: Discount, now: datetime) -> None:
        """Anything of a discount or its program is new: the cards show it, and when time changes them next is noted."""
        await self.redraw(tx, discount, now)
        instants = [local.instant for local in (discount.starts, discount.ends) if local is not None]
        program = await self._programs.get_in(tx, discount.guild_id, discount.program_id)
        if program is not None and (changes_at := next_change(program, now)):
            instants.append(changes_at)
        is_over = rules.state(discount, now) is DiscountState.ENDED
        turns_at = None if is_over else min((at for at in instants if at > now), default=None)
        await DiscountRepository(tx).set_turn(discount, turns_at)
        after_commit(tx, lambda: self.on_turn())

    async def turn(self, now: datetime) -> int:
        """Draw the cards anew that look otherwise because of the time: a start, an end, another price. How many.

        What came due while the bot was away is made up for by the first call. What fails stays due, and its log says
        why. Raises DatabaseUnavailableError.
        """
        async with self._database.transaction() as tx:
            due = await DiscountRepository(tx).list_turning(now)
        mine = [(guild_id, discount_id) for guild_id, discount_id in due if self._is_mine(guild_id)]
        for guild_id, discount_id in mine:
            try:
                async with self._database.transaction() as tx:
                    await self.follow(
                        tx, (await DiscountRepository(tx).get_locked(guild_id, discount_id)).discount, now
                    )
            except DatabaseUnavailableError:
                raise
            except Exception:
                log.exception("turn failed guild=%s discount=%s", guild_id, discount_id)
        return len(mine)

    async def next_turn_at(self) -> datetime | None:
        """When `turn` has something to do next, if ever."""
        async with self._database.transaction() as tx:
            turns = await DiscountRepository(tx).list_turns()
        return next((at for guild_id, at in turns if self._is_mine(guild_id)), None)

    def _is_mine(self, guild_id: int) -> bool:
        return self._shards is None or self._shards.has(guild_id)


def _key(post_id: int) -> str:
    """The key of a discount's card in the outbox."""
    return f"discounts:post:{post_id}"
