"""What happens to members. Most of it is part of a larger transaction, so it takes that as `tx`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.db import Database, Transaction
from bot.members.repository import MemberRepository
from bot.members.rules import Member, is_same_stay
from bot.snowflakes import time_of


class MemberService:
    """Who is here, who passed the screening, who was greeted.

    `withdrawal_listeners` are called with guild and member, in the transaction in which a member takes back that they
    agreed to conversation notes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.withdrawal_listeners: list[Callable[[Transaction, int, int], Awaitable[None]]] = []

    async def awaiting_screening(self, guild_id: int) -> list[int]:
        """The ids of members who, as far as was seen, have not accepted the rules yet."""
        async with self._database.transaction() as tx:
            return await MemberRepository(tx).list_awaiting_screening(guild_id)

    async def departed(self, tx: Transaction, guild_id: int, before: datetime) -> list[int]:
        """The ids of members who left before that."""
        return await MemberRepository(tx).list_departed(guild_id, before)

    async def held(self, tx: Transaction, guild_id: int) -> list[tuple[int, datetime]]:
        """The ids of members about whose greeting a host decides, and since when; oldest first."""
        return await MemberRepository(tx).list_held(guild_id)

    async def count_joined(self, tx: Transaction, guild_id: int, since: datetime) -> int:
        """How many joined after that, whether or not they stayed."""
        return await MemberRepository(tx).count_joined(guild_id, since)

    async def get_in(self, tx: Transaction, guild_id: int, member_id: int) -> Member | None:
        """What is known of a member."""
        return await MemberRepository(tx).get_member(guild_id, member_id)

    async def count_arrivals(self, tx: Transaction, guild_id: int, since: datetime) -> tuple[int, int]:
        """How many joined since then, and how many of them were greeted. Who left again counts, too."""
        return await MemberRepository(tx).count_arrivals(guild_id, since)

    async def joined_at(self, tx: Transaction, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """When each of these members joined, as far as they are known."""
        return await MemberRepository(tx).list_joined_at(guild_id, member_ids)

    async def first_joined_at(self, tx: Transaction, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """When those of these members joined who were never here before, as far as they are known."""
        return await MemberRepository(tx).list_first_joined_at(guild_id, member_ids)

    async def join(
        self,
        tx: Transaction,
        guild_id: int,
        member_id: int,
        *,
        joined_at: datetime,
        pending: bool,
        now: datetime,
    ) -> bool:
        """A member joined. True if this is news and they can take part at once."""
        members = MemberRepository(tx)
        known = await members.get_member(guild_id, member_id)
        if known is not None and is_same_stay(known, joined_at):
            return False
        screened_at = None if pending else now
        await members.add_stay(Member(guild_id, member_id, joined_at, screened_at))
        return not pending

    async def pass_screening(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> bool:
        """A member accepted the rules. True if that is news of somebody who was awaited."""
        return await MemberRepository(tx).mark_screened(guild_id, member_id, now)

    async def greet(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> bool:
        """A greeting is decided. True the first time, and never again for the same stay."""
        return await MemberRepository(tx).mark_greeted(guild_id, member_id, now)

    async def take_greeting_back(self, tx: Transaction, guild_id: int, member_id: int) -> None:
        """The greeting never went out, or was taken down, so a later return may be greeted."""
        await MemberRepository(tx).mark_greeted(guild_id, member_id, None)

    async def hold(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """A host decides about this member's greeting."""
        await MemberRepository(tx).mark_held(guild_id, member_id, now)

    async def release_all(self, tx: Transaction, guild_id: int) -> None:
        """Nobody's greeting waits for a host any more."""
        await MemberRepository(tx).clear_held(guild_id)

    async def leave(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> bool:
        """A member left. True if that is news.

        Of somebody unknown it is kept, too: whatever else is kept of them is forgotten by it, and who comes back is
        known to do so. They joined after their account was made, and nothing closer is known.
        """
        return await MemberRepository(tx).mark_left(guild_id, member_id, time_of(member_id), now)

    async def agrees(self, guild_id: int, member_id: int) -> bool:
        """Whether a member agreed that conversations between them and others are noted."""
        async with self._database.transaction() as tx:
            member = await MemberRepository(tx).get_member(guild_id, member_id)
            return member is not None and member.consented_at is not None

    async def agreed_at(self, tx: Transaction, guild_id: int, member_ids: Sequence[int]) -> dict[int, datetime]:
        """Since when those of these members agree who do agree that conversations between them are noted."""
        return await MemberRepository(tx).list_consented_at(guild_id, member_ids)

    async def set_consent(
        self, guild_id: int, member_id: int, *, agrees: bool, joined_at: datetime, now: datetime
    ) -> None:
        """A member agrees, or no longer agrees, that conversations between them and others are noted."""
        async with self._database.transaction() as tx:
            await MemberRepository(tx).set_consent(guild_id, member_id, joined_at, now if agrees else None)
            if not agrees:
                for withdraw in self.withdrawal_listeners:
                    await withdraw(tx, guild_id, member_id)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """Everything kept about a member, for them to read; empty where there is nothing."""
        member = await MemberRepository(tx).get_member(guild_id, member_id)
        if member is None:
            return {}
        kept = {
            "joined": member.joined_at, "accepted the rules": member.screened_at, "greeted": member.greeted_at,
            "greeting held for a host": member.held_at, "left": member.left_at,
            "left before that": member.away_since, "greeted before that": member.greeted_before_at,
            "agreed to conversation notes": member.consented_at,
        }  # fmt: skip
        return {name: instant.isoformat() for name, instant in kept.items() if instant is not None}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who is here, as far as is known."""
        return await MemberRepository(tx).list_named(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Keep nothing about a member."""
        await MemberRepository(tx).delete(guild_id, [member_id])

    async def forget_departed(self, tx: Transaction, guild_id: int, member_id: int, before: datetime) -> bool:
        """Keep nothing about a member who left before that. False if they have come back meanwhile."""
        return await MemberRepository(tx).delete_departed(guild_id, member_id, before)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing about anybody in a guild."""
        await MemberRepository(tx).delete(guild_id)
