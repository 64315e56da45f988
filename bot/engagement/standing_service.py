"""What happens to standing: it is asked for, a mark raises it, and levels follow it. No Discord call is made here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.engagement import rules
from bot.engagement.errors import CannotMarkError, MarkedTodayError, NotCountedHereError, UnsoundThresholdsError
from bot.engagement.rules import Card, Level, LevelSettings, MarkObstacle, Standing, TakingPart, Thresholds
from bot.engagement.standing_repository import StandingRepository
from bot.members.service import MemberService
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService

#: The kind of the notice that a level's role cannot be given; its subject is the level.
ROLE_FAULT = "engagement:role"
#: How many members are looked at in one transaction.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Members whose levels were brought up to date; `after_id` is where the next ones begin, None after the last."""

    member_ids: Sequence[int]
    after_id: int | None


class StandingService:
    """Standing and levels.

    `on_touched` is called after each commit that may have changed somebody's level, or noticed that it has changed,
    with the guild and its members; the cog sets it.
    """

    def __init__(
        self, database: Database, communities: CommunityService, members: MemberService, outbox: OutboxService
    ) -> None:
        self._database = database
        self._communities = communities
        self._members = members
        self._outbox = outbox
        self.on_touched: Callable[[int, Collection[int]], None] = lambda _guild_id, _member_ids: None

    async def taking_part_in(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> TakingPart:
        """What a member did in the 28 days, by the guild's clock, that end with the present one."""
        return (await self.taking_part_of(tx, guild_id, [member_id], now)).get(member_id, TakingPart())

    async def taking_part_of(
        self, tx: Transaction, guild_id: int, member_ids: Sequence[int], now: datetime
    ) -> dict[int, TakingPart]:
        """As `taking_part_in`, of some hundred members at once; who did nothing is left out."""
        since = rules.first_day(await self._today(tx, guild_id, now))
        return await StandingRepository(tx).list_taking_part(guild_id, member_ids, since)

    async def level_in(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> Level:
        """The level of a member as it is now."""
        return (await self.levels_in(tx, guild_id, [member_id], now))[member_id]

    async def levels_in(
        self, tx: Transaction, guild_id: int, member_ids: Sequence[int], now: datetime
    ) -> dict[int, Level]:
        """As `level_in`, of some hundred members at once."""
        settings = await StandingRepository(tx).get_settings(guild_id)
        found = await self._standings(tx, guild_id, member_ids, settings.thresholds, now)
        return {member_id: standing.level for member_id, (_, standing) in found.items()}

    async def settings(self, guild_id: int) -> LevelSettings:
        """What the hosts chose about levels."""
        async with self._database.transaction() as tx:
            return await StandingRepository(tx).get_settings(guild_id)

    async def set_thresholds(self, guild_id: int, thresholds: Thresholds) -> None:
        """Choose where levels begin. Raises UnsoundThresholdsError."""
        if not thresholds.are_sound:
            raise UnsoundThresholdsError
        async with self._database.transaction() as tx:
            await StandingRepository(tx).set_thresholds(guild_id, thresholds)

    async def set_role(self, guild_id: int, level: Level, role_id: int | None, now: datetime) -> None:
        """Choose the role of a level, or that it has none; a notice about the one before is taken down."""
        async with self._database.transaction() as tx:
            await StandingRepository(tx).set_role(guild_id, level, role_id)
            await self._outbox.remove(tx, guild_id, _fault_key(level), now)

    async def set_stacks(self, guild_id: int, stacks: bool) -> None:
        """Choose whether the roles of lower levels are kept."""
        async with self._database.transaction() as tx:
            await StandingRepository(tx).set_stacks(guild_id, stacks)

    async def card(self, guild_id: int, member_id: int, now: datetime) -> Card:
        """Everything a member sees of their standing, as it is now."""
        async with self._database.transaction() as tx:
            standings = StandingRepository(tx)
            settings = await standings.get_settings(guild_id)
            found = await self._standings(tx, guild_id, [member_id], settings.thresholds, now)
            member = await self._members.get_in(tx, guild_id, member_id)
            known = await standings.list_standings(guild_id, [member_id])
            taking_part, standing = found[member_id]
            if standing.level is not known.get(member_id, Standing()).level:
                after_commit(tx, lambda: self.on_touched(guild_id, [member_id]))
            return Card(
                taking_part,
                standing,
                settings.thresholds,
                agrees=member is not None and member.consented_at is not None,
                stored=await standings.get_stored(guild_id, member_id),
            )

    async def mark_helpful(
        self, guild_id: int, giver_id: int, receiver_id: int, now: datetime, *, channel_ids: Collection[int] = ()
    ) -> None:
        """One member found another one helpful; `channel_ids` is where the message stands, its parent among them.

        Raises CannotMarkError for oneself, NotCountedHereError in an ignored channel, MarkedTodayError after the first
        one of a day.
        """
        if giver_id == receiver_id:
            raise CannotMarkError(MarkObstacle.OWN)
        async with self._database.transaction() as tx:
            standings = StandingRepository(tx)
            if await standings.is_ignored(guild_id, channel_ids):
                raise NotCountedHereError
            if not await standings.add_mark(guild_id, giver_id, receiver_id, await self._today(tx, guild_id, now)):
                raise MarkedTodayError(f"<@{receiver_id}>")
            after_commit(tx, lambda: self.on_touched(guild_id, [receiver_id]))

    async def reconsider(self, guild_id: int, member_ids: Sequence[int], now: datetime) -> list[int]:
        """These members, `AT_ONCE` at most, may have another level now. The ids of those who do."""
        async with self._database.transaction() as tx:
            thresholds = (await StandingRepository(tx).get_settings(guild_id)).thresholds
            return await self._bring_up_to_date(tx, guild_id, member_ids, thresholds, now)

    async def reconsider_falling(self, guild_id: int, now: datetime) -> list[int]:
        """Some members may have been too low for their level long enough. The ids of those who fell."""
        async with self._database.transaction() as tx:
            standings = StandingRepository(tx)
            falling = await standings.list_falling(guild_id, now - rules.GRACE, AT_ONCE)
            thresholds = (await standings.get_settings(guild_id)).thresholds
            return await self._bring_up_to_date(tx, guild_id, falling, thresholds, now)

    async def reconsider_next(self, guild_id: int, after_id: int, now: datetime) -> Page:
        """A new day began in the guild, so anybody may have another level: the next members, by id, are looked at."""
        async with self._database.transaction() as tx:
            standings = StandingRepository(tx)
            takers = await standings.list_takers(guild_id, after_id, AT_ONCE)
            thresholds = (await standings.get_settings(guild_id)).thresholds
            await self._bring_up_to_date(tx, guild_id, takers, thresholds, now)
            known = await standings.list_standings(guild_id, takers)
        return Page(list(known), takers[-1] if len(takers) == AT_ONCE else None)

    async def levels(self, guild_id: int, member_ids: Collection[int]) -> dict[int, Level]:
        """The levels of these members as they were last brought up to date."""
        async with self._database.transaction() as tx:
            known = await StandingRepository(tx).list_standings(guild_id, member_ids)
        return {member_id: known.get(member_id, Standing()).level for member_id in member_ids}

    async def shown(self, guild_id: int, member_ids: Collection[int]) -> None:
        """These members wear what their levels give them, so who is *New* again need not be remembered."""
        async with self._database.transaction() as tx:
            await StandingRepository(tx).delete_new(guild_id, member_ids)

    async def tell_role_fault(self, guild_id: int, level: Level, now: datetime) -> None:
        """The role of a level cannot be given: the hosts are told once; a notice that stands is drawn anew."""
        async with self._database.transaction() as tx:
            channel_id = (await self._communities.get_in(tx, guild_id)).channels.get(ChannelPurpose.HOSTS)
            if channel_id is None:
                return
            new = NewPost(guild_id, channel_id, ROLE_FAULT, int(level), _fault_key(level), due_at=now)
            if not await self._outbox.post(tx, new):
                await self._outbox.revise(tx, guild_id, new.key, now)

    async def role_works(self, guild_id: int, level: Level, now: datetime) -> None:
        """The role of a level can be given: a notice that it could not is taken down."""
        async with self._database.transaction() as tx:
            await self._outbox.remove(tx, guild_id, _fault_key(level), now)

    async def today(self, guild_id: int, now: datetime) -> date:
        """The present day by the guild's clock."""
        async with self._database.transaction() as tx:
            return await self._today(tx, guild_id, now)

    async def _today(self, tx: Transaction, guild_id: int, now: datetime) -> date:
        return now.astimezone((await self._communities.get_in(tx, guild_id)).zone).date()

    async def _standings(
        self, tx: Transaction, guild_id: int, member_ids: Sequence[int], thresholds: Thresholds, now: datetime
    ) -> dict[int, tuple[TakingPart, Standing]]:
        """What each of the members did, and the level that gives them now."""
        did = await self.taking_part_of(tx, guild_id, member_ids, now)
        known = await StandingRepository(tx).list_standings(guild_id, member_ids)
        result: dict[int, tuple[TakingPart, Standing]] = {}
        for member_id in member_ids:
            taking_part, before = did.get(member_id, TakingPart()), known.get(member_id, Standing())
            score = rules.standing(taking_part)
            level, below = rules.next_level(before.level, before.below_since, score, thresholds, now)
            result[member_id] = taking_part, Standing(level, below)
        return result

    async def _bring_up_to_date(
        self, tx: Transaction, guild_id: int, member_ids: Sequence[int], thresholds: Thresholds, now: datetime
    ) -> list[int]:
        """Keep the level each of the members has now. The ids of those who have another one than before."""
        standings = StandingRepository(tx)
        known = await standings.list_standings(guild_id, member_ids)
        found = await self._standings(tx, guild_id, member_ids, thresholds, now)
        news = {
            member_id: standing
            for member_id, (_, standing) in found.items()
            if standing != known.get(member_id, Standing())
        }
        await standings.set_standings(guild_id, news)
        return [
            member_id
            for member_id, standing in news.items()
            if standing.level is not known.get(member_id, Standing()).level
        ]


def _fault_key(level: Level) -> str:
    return f"level-role:{int(level)}"
