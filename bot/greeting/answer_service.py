"""What happens when a person answers an introduction, and when nobody does."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.db.statements import after_commit
from bot.engagement.count_service import CountService
from bot.greeting import answer_rules as rules
from bot.greeting.answer_repository import AnswerRepository
from bot.greeting.answer_rules import Introduced, Nudge, OpenCard, Statistics
from bot.greeting.repository import GreetingRepository
from bot.members.service import MemberService
from bot.outbox.rules import NewPost
from bot.outbox.service import OutboxService

INTRODUCTION = "greeting:introduction"
NUDGE = "greeting:nudge"


class AnswerService:
    """Introductions from the wait for a person to their first answer.

    `on_closed` is called with guild and member after each commit that ended such a wait; the cog sets it.
    """

    def __init__(
        self, database: Database, communities: CommunityService, members: MemberService, outbox: OutboxService,
        counts: CountService,
    ) -> None:  # fmt: skip
        self._database = database
        self._communities = communities
        self._members = members
        self._outbox = outbox
        self._counts = counts
        self.on_closed: Callable[[int, int], None] = lambda _guild_id, _member_id: None

    async def set_nudge(self, guild_id: int, nudge_after: timedelta) -> None:
        """Choose how long introductions wait until the hosts are nudged; 0 is never. Counts for those to come."""
        async with self._database.transaction() as tx:
            await AnswerRepository(tx).set_nudge(guild_id, nudge_after)

    async def set_greeter_role(self, guild_id: int, role_id: int | None) -> None:
        """Choose the role of the members who volunteer to answer, or none."""
        async with self._database.transaction() as tx:
            await AnswerRepository(tx).set_greeter_role(guild_id, role_id)

    async def expect(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """A member introduced themselves: decide that the hosts hear of it if no person answers in time."""
        settings = await GreetingRepository(tx).get_settings(guild_id)
        hosts = (await self._communities.get_in(tx, guild_id)).channels.get(ChannelPurpose.HOSTS)
        if hosts is None or not settings.nudge_after:
            return
        due_at = now + settings.nudge_after
        await self._outbox.post(
            tx,
            NewPost(
                guild_id, hosts, NUDGE, member_id, _nudge_key(member_id), due_at=due_at,
                useful_until=due_at + rules.NUDGE_USEFUL_FOR,
            ),
        )  # fmt: skip

    async def answer(self, guild_id: int, member_id: int, answerer_id: int, at: datetime) -> bool:
        """A person answered a member's introduction. True if they were the first."""
        async with self._database.transaction() as tx:
            return await self.answer_in(tx, guild_id, member_id, answerer_id, at)

    async def answer_in(self, tx: Transaction, guild_id: int, member_id: int, answerer_id: int, at: datetime) -> bool:
        """As `answer`, as part of a larger transaction. The nudge is taken back, and the first counts."""
        after_commit(tx, lambda: self.on_closed(guild_id, member_id))
        is_first = await AnswerRepository(tx).mark_answered(guild_id, member_id, answerer_id, at)
        if is_first:
            await self._outbox.cancel(tx, guild_id, _nudge_key(member_id), at)
            await self._counts.answered_newcomer(tx, guild_id, member_id, answerer_id, at)
        return is_first

    async def open_cards(self, now: datetime) -> list[OpenCard]:
        """The cards that stand and wait for a person, in all guilds of this process; one for each introduction."""
        since = now - rules.WATCHED_FOR
        async with self._database.transaction() as tx:
            waiting = await AnswerRepository(tx).list_waiting(since)
            sent = await self._outbox.list_sent(tx, INTRODUCTION, since) if waiting else []
        newest = {(post.guild_id, post.subject_id): post for post in sent}
        return [
            OpenCard(post.guild_id, post.subject_id, post.channel_id, post.message_id)
            for whose, post in newest.items()
            if whose in waiting and post.message_id is not None
        ]

    async def nudge(self, guild_id: int, member_id: int) -> Nudge | None:
        """What to tell the hosts of a member's introduction.

        None where there is nothing to tell: it was answered or taken back, its card does not stand, or nudges were
        switched off.
        """
        async with self._database.transaction() as tx:
            since = await AnswerRepository(tx).get_waiting_since(guild_id, member_id)
            card = await self._outbox.find_last_sent(tx, guild_id, INTRODUCTION, member_id)
            settings = await GreetingRepository(tx).get_settings(guild_id)
            community = await self._communities.get_in(tx, guild_id)
        if since is None or card is None or card.message_id is None or not settings.nudge_after:
            return None
        roles = dict.fromkeys(filter(None, (community.host_role_id, settings.greeter_role_id)))
        return Nudge(OpenCard(guild_id, member_id, card.channel_id, card.message_id), since, tuple(roles))

    async def statistics(self, guild_id: int, days: int, now: datetime) -> Statistics:
        """How newcomers fared in each period, and who answered most in the last `days` days, the busiest first."""
        async with self._database.transaction() as tx:
            answers = AnswerRepository(tx)
            told = await answers.list_introduced(guild_id, now - timedelta(days=max(rules.PERIODS)))
            joined_at = await self._members.joined_at(tx, guild_id, [member_id for member_id, _, _ in told])
            introduced = [Introduced(joined_at.get(member_id), at, answered) for member_id, at, answered in told]
            funnels = [
                rules.funnel_of(
                    period,
                    *await self._members.count_arrivals(tx, guild_id, now - timedelta(days=period)),
                    introduced,
                    now,
                )
                for period in rules.PERIODS
            ]
            # Some of them may have left, so a few more are asked for than will be named.
            most = rules.MOST_THANKED * 3
            answerers = await answers.list_answerers(guild_id, now - timedelta(days=days), most)
        return Statistics(funnels, answerers)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is known here about a member, ready for JSON; nobody else is named."""
        answers = AnswerRepository(tx)
        answered_at = await answers.get_answered_at(guild_id, member_id)
        given = [at.isoformat() for at in await answers.list_answers_of(guild_id, member_id)]
        told = {"first answered": answered_at.isoformat() if answered_at else None, "first to answer others": given}
        return {name: value for name, value in told.items() if value}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who answered is named where the introductions are."""
        return set()

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Forget whom the member answered, and take down what hosts were told of their introduction.

        That and when somebody was answered belongs to the one who was.
        """
        after_commit(tx, lambda: self.on_closed(guild_id, member_id))
        await self._outbox.remove(tx, guild_id, _nudge_key(member_id), now)
        await AnswerRepository(tx).forget_answerer(guild_id, member_id)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Forget every answer in a guild."""
        await AnswerRepository(tx).forget_all(guild_id)


def _nudge_key(member_id: int) -> str:
    return f"nudge:{member_id}"
