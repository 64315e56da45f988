"""What happens to what was seen: it is counted once, written down in batches, and forgotten after 28 days."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any
from zoneinfo import ZoneInfo

from bot.communities.rules import Community
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.engagement import count_rules as rules
from bot.engagement.count_rules import Answer, Forgotten, MinuteReckoning, Reckoning, Reply, Surroundings
from bot.engagement.repository import CountRepository
from bot.engagement.standing_repository import StandingRepository
from bot.engagement.tally import GuildTally, Tally
from bot.members.service import MemberService
from bot.snowflakes import snowflake_at

#: After so many messages others get their turn.
AT_ONCE = 1000


class ForgottenMeanwhileError(Exception):
    """Somebody was forgotten while a batch was being written down, so it is undone and made anew."""


class CountService:
    """Counts members' taking part.

    `tally` holds what is not written down yet. `is_staff` tells whether a member of a guild has its role of hosts or
    one with powers, as far as is known; `on_counted` is called after each commit with a guild and those of its members
    whose standing may have risen. Cogs set them.
    """

    def __init__(self, database: Database, communities: CommunityService, members: MemberService) -> None:
        self._database = database
        self._communities = communities
        self._members = members
        self.tally = Tally()
        # One for all who are forgotten until the next start, so that each author is hashed once.
        self._salt = token_bytes(16)
        self.is_staff: Callable[[Community, int], bool] = lambda _community, _member_id: False
        self.on_counted: Callable[[int, Collection[int]], None] = lambda _guild_id, _member_ids: None
        members.withdrawal_listeners.append(self.withdraw)

    # Where counting stands

    async def begin(self, guild: GuildTally, now: datetime) -> None:
        """Read what is counted in a guild already. Where nothing ever was, counting begins now."""
        async with self._database.transaction() as tx:
            counts = CountRepository(tx)
            marks = await counts.list_marks(guild.guild_id)
            if guild.guild_id not in marks:
                marks[guild.guild_id] = snowflake_at(now)
                await counts.set_marks(guild.guild_id, marks)
        guild.since = marks.pop(guild.guild_id)
        guild.marks = marks

    async def count_from(self, guild_id: int, at: datetime) -> None:
        """Count what was written since that instant, too, in a guild where nothing is counted yet."""
        async with self._database.transaction() as tx:
            counts = CountRepository(tx)
            await counts.remove_all_marks(guild_id)
            await counts.set_marks(guild_id, {guild_id: snowflake_at(at)})
        guild = self.tally.of(guild_id)
        guild.marks, guild.since = {}, None
        guild.look_again()

    async def ignored(self, guild_id: int) -> list[int]:
        """The channels in which, as in their threads, nothing is counted."""
        async with self._database.transaction() as tx:
            return await CountRepository(tx).list_ignored(guild_id)

    async def ignore(self, guild_id: int, channel_id: int, now: datetime) -> None:
        """Count nothing in a channel and its threads from now on; what was written there before still counts."""
        async with self._database.transaction() as tx:
            await CountRepository(tx).add_ignored(guild_id, channel_id, snowflake_at(now))

    async def unignore(self, guild_id: int, channel_id: int, now: datetime) -> None:
        """Count in a channel again; what was written there meanwhile stays uncounted."""
        async with self._database.transaction() as tx:
            await CountRepository(tx).end_ignored(guild_id, channel_id, snowflake_at(now))

    # Writing down

    async def write(
        self,
        guild: GuildTally,
        minutes: Mapping[int, int],
        zone: ZoneInfo,
        staff: Collection[int] = (),
        staff_roles: Collection[int] = (),
    ) -> int:
        """Write down these minutes of a guild, as `ripe` gave them, in one transaction. How many messages that were.

        `zone` is the guild's, `staff` are members who are not counted, `staff_roles` the tally's numbers of roles that
        make somebody one. The marks move in the same transaction, so whatever happens, each message is counted once.
        Raises DatabaseUnavailableError; then everything is still held.
        """
        oldest = rules.first_of(min(minutes))
        async with self._database.transaction() as tx:
            counts = CountRepository(tx)
            ignored = await counts.list_spans(guild.guild_id)
            forgotten = await counts.list_forgotten(guild.guild_id, oldest)
        reckoning = Reckoning(
            Surroundings(
                zone, frozenset(staff), frozenset(staff_roles), ignored, guild.parents, guild.marks, guild.since or 0,
                guild.active,
            )
        )  # fmt: skip
        # Before the transaction, because nobody else can write during one.
        await _reckon(reckoning, guild, minutes, forgotten)
        try:
            async with self._database.transaction() as tx:
                counts = CountRepository(tx)
                await counts.lock(guild.guild_id)
                if await counts.list_forgotten(guild.guild_id, oldest) != forgotten:
                    raise ForgottenMeanwhileError
                await self._write(tx, guild.guild_id, reckoning)
        except ForgottenMeanwhileError:
            return 0
        guild.written(minutes, reckoning)
        return sum(minutes.values()) // rules.WIDTH

    async def _write(self, tx: Transaction, guild_id: int, reckoning: Reckoning) -> None:
        counts, risen = CountRepository(tx), set[int]().union(*reckoning.active.values())
        if reckoning.threads:
            known = await counts.list_joined(guild_id, {thread_id for _, thread_id in reckoning.threads})
            joined = {whose: day for whose, day in reckoning.threads.items() if whose not in known}
            await counts.add_joined(guild_id, joined)
            for (member_id, _), day in joined.items():
                reckoning.counts_of(member_id, day).threads_joined += 1
        for day, member_ids in reckoning.active.items():
            await counts.mark_active(guild_id, day, member_ids)
        for day, members in reckoning.days.items():
            await counts.add_days(guild_id, day, members)
        if reckoning.replies:
            risen |= await self._answer_newcomers(tx, guild_id, reckoning.replies)
            risen |= await self._converse(tx, guild_id, reckoning.replies)
        self._tell_counted(tx, guild_id, risen)
        await counts.set_marks(guild_id, reckoning.newest)

    def _tell_counted(self, tx: Transaction, guild_id: int, member_ids: Collection[int]) -> None:
        if member_ids:
            after_commit(tx, lambda: self.on_counted(guild_id, member_ids))

    async def _answer_newcomers(self, tx: Transaction, guild_id: int, replies: Iterable[Reply]) -> set[int]:
        joined_at = await self._members.first_joined_at(tx, guild_id, sorted({reply.to_id for reply in replies}))
        answers = list(rules.first_answers(replies, joined_at))
        await CountRepository(tx).add_answers(guild_id, answers)
        return {answer.answerer_id for answer in answers} - {rules.NOBODY}

    async def _converse(self, tx: Transaction, guild_id: int, replies: Iterable[Reply]) -> set[int]:
        people = sorted({member_id for reply in replies for member_id in (reply.from_id, reply.to_id)})
        noted = rules.exchanges(replies, await self._members.agreed_at(tx, guild_id, people))
        if not noted:
            return set()
        counts = CountRepository(tx)
        await counts.add_exchanges(guild_id, noted)
        talking = {member_id for one in noted for member_id in (one.from_id, one.to_id)}
        days, span = [one.day for one in noted], rules.CONVERSATION + timedelta(days=1)
        around = await counts.list_exchanges(guild_id, talking, min(days) - span, max(days) + span)
        pairs = list(rules.conversations(around))
        await counts.add_partners(guild_id, pairs)
        return {member_id for low_id, high_id, _ in pairs for member_id in (low_id, high_id)}

    # What other rooms see

    async def answered_newcomer(
        self, tx: Transaction, guild_id: int, newcomer_id: int, answerer_id: int, at: datetime
    ) -> None:
        """A person was the first to answer a newcomer's introduction. Counts once for each newcomer.

        Staff get no credit, but after them nobody else is the first.
        """
        if answerer_id == newcomer_id:
            return
        community = await self._communities.get_in(tx, guild_id)
        credited = rules.NOBODY if self.is_staff(community, answerer_id) else answerer_id
        day = at.astimezone(community.zone).date()
        await CountRepository(tx).add_answers(guild_id, [Answer(newcomer_id, credited, day, at)])
        self._tell_counted(tx, guild_id, {credited} - {rules.NOBODY})

    async def count_session(
        self, tx: Transaction, guild_id: int, member_id: int, at: datetime, *, question: int = 0, rsvp: int = 0,
        attended: int = 0,
    ) -> None:  # fmt: skip
        """A member asked questions for a session, said they would come, or attended; 1 for each, as it happens.

        Not for staff.
        """
        community = await self._communities.get_in(tx, guild_id)
        if self.is_staff(community, member_id):
            return
        day = at.astimezone(community.zone).date()
        await CountRepository(tx).add_session(
            guild_id, member_id, day, questions=question, rsvps=rsvp, sessions=attended
        )
        self._tell_counted(tx, guild_id, [member_id])

    # Telling and forgetting

    async def clean(self, guild_id: int, now: datetime) -> None:
        """Delete what is older than 28 days."""
        async with self._database.transaction() as tx:
            today = now.astimezone((await self._communities.get_in(tx, guild_id)).zone).date()
            counts, oldest = CountRepository(tx), snowflake_at(now - rules.KEPT - timedelta(days=1))
            await counts.delete_older(guild_id, today - rules.KEPT)
            await counts.remove_marks(guild_id, oldest)
            await counts.remove_spans(guild_id, oldest)
            await counts.remove_forgotten(guild_id, oldest)
        guild = self.tally.find(guild_id)
        if guild is not None:
            guild.forget_marks(oldest)

    async def withdraw(self, tx: Transaction, guild_id: int, member_id: int) -> None:
        """A member no longer agrees to conversation notes: delete those they are in."""
        counts = CountRepository(tx)
        await counts.lock(guild_id)
        await counts.delete_pairs(guild_id, member_id)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is counted of a member, ready for JSON; nobody else is named."""
        counts = CountRepository(tx)
        days = {
            str(row["day"]): {
                name.replace("_", " "): int(value)
                for name, value in row.items()
                if name not in ("guild_id", "member_id", "day") and value
            }
            for row in await counts.list_days(guild_id, member_id)
        }
        naming = await counts.count_naming(guild_id, member_id)
        told: dict[str, Any] = {"days": days}
        told |= {_TOLD[name]: count for name, count in naming.items() if name in _TOLD}
        standing = (await StandingRepository(tx).list_standings(guild_id, [member_id])).get(member_id)
        if standing is not None:
            told["level"] = standing.level.title
            told["too few points for it since"] = standing.below_since and standing.below_since.isoformat()
        return {name: value for name, value in told.items() if value}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whose taking part is counted, and whom that names."""
        return await CountRepository(tx).list_named(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Delete everything that names a member, here and in memory. History brings nothing of it back."""
        counts = CountRepository(tx)
        await counts.lock(guild_id)
        await counts.delete_member(guild_id, member_id)
        await counts.add_forgotten(guild_id, rules.forgotten_at(now, member_id, self._salt))
        guild = self.tally.find(guild_id)
        if guild is not None:
            after_commit(tx, lambda: guild.forget(member_id))

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Delete everything of a guild."""
        await CountRepository(tx).delete_guild(guild_id)
        after_commit(tx, lambda: self.tally.drop(guild_id))


_TOLD = {
    "engagement_threads": "threads you wrote in",
    "engagement_newcomers": "first answers to newcomers, yours or to you",
    "engagement_helpful": "helpful marks you gave or got",
    "engagement_replies": "days with replies between you and somebody who agreed to notes, too",
    "engagement_partners": "days in conversation with somebody who agreed to notes, too",
}


async def _reckon(
    reckoning: Reckoning, guild: GuildTally, minutes: Mapping[int, int], forgotten: Collection[Forgotten]
) -> None:
    """Go through whole minutes part by part, so that nothing else waits for long."""
    for minute, length in minutes.items():
        part = MinuteReckoning(reckoning, minute, guild.counted.get(minute, set[int]()), guild.deleted)
        messages = guild.minutes[minute]
        for start in range(0, length, AT_ONCE * rules.WIDTH):
            some = messages[start : min(start + AT_ONCE * rules.WIDTH, length)]
            if forgotten:
                rules.without_forgotten(some, forgotten)
            part.look(some)
            await asyncio.sleep(0)
        authors = part.authors()
        for start in range(0, len(authors), AT_ONCE):
            part.settle(authors[start : start + AT_ONCE])
            await asyncio.sleep(0)
