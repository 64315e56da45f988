"""The bot as Discord meets it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.clock import Clock
from bot.communities.service import CommunityService
from bot.config import Settings
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.discounts.card_service import CardService
from bot.discounts.import_service import ImportService
from bot.discounts.key_service import KeyService
from bot.discounts.report_service import ReportService
from bot.discounts.service import DiscountService
from bot.engagement.count_service import CountService
from bot.engagement.standing_service import StandingService
from bot.event_interest import tell_every_interest
from bot.feeds.poll_service import PollService
from bot.feeds.post_service import PostService
from bot.feeds.service import FeedService
from bot.gateway import SeenMessage
from bot.greeting.answer_service import AnswerService
from bot.greeting.arrival_service import ArrivalService
from bot.greeting.service import GreetingService
from bot.impostors.service import ImpostorService
from bot.member_events import tell_every_member_update
from bot.members.service import MemberService
from bot.outbox.rules import Post
from bot.outbox.service import OutboxService
from bot.privacy.service import PrivacyService
from bot.programs.service import ProgramService
from bot.sessions.answering_service import AnsweringService
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.event_service import EventService
from bot.sessions.leftover_service import LeftoverService
from bot.sessions.live_service import LiveService
from bot.sessions.moderation_service import ModerationService
from bot.sessions.question_service import QuestionService
from bot.sessions.recap_service import RecapService
from bot.sessions.series_service import SeriesService
from bot.sessions.service import SessionService
from bot.ui.command_tree import CommandTree, digest_of
from bot.ui.forgotten import answer_forgotten
from bot.ui.messages import OutgoingMessage
from bot.unrepeated import unrepeated

if TYPE_CHECKING:
    from discord.types.message import Message as MessagePayload

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.outbox",
    "cogs.setup",
    "cogs.greeting",
    "cogs.impostors",
    "cogs.feeds",
    "cogs.engagement",
    "cogs.programs",
    "cogs.discounts",
    "cogs.sessions",
    "cogs.privacy",
)

#: Members for joins and screening (privileged); messages to count taking part, without their content; scheduled events
#: and who is in a voice channel for the sessions.
INTENTS = discord.Intents(
    guilds=True, members=True, guild_messages=True, guild_scheduled_events=True, voice_states=True
)

#: Draws a post as it should look now; None where there is nothing to say any more.
Renderer = Callable[[discord.Guild, Post], Awaitable[OutgoingMessage | None]]
#: Sees every message of a guild at once and must return at once.
MessageObserver = Callable[[SeenMessage], None]
#: Tells a member, a line for each, which codes they can get.
OfferTeller = Callable[[discord.Guild, discord.Member, datetime], Awaitable[list[str]]]
#: Hears that a post now stands in its channel, as the message with that id, and must return at once.
SentListener = Callable[[Post, int], None]


@dataclass(frozen=True, slots=True)
class Services:
    """What the cogs may ask for."""

    database: Database
    clock: Clock
    communities: CommunityService
    members: MemberService
    outbox: OutboxService
    arrivals: ArrivalService
    answers: AnswerService
    greeting: GreetingService
    impostors: ImpostorService
    feeds: FeedService
    feed_posts: PostService
    polls: PollService
    programs: ProgramService
    standing: StandingService
    discount_keys: KeyService
    discount_cards: CardService
    discounts: DiscountService
    code_imports: ImportService
    discount_reports: ReportService
    sessions: SessionService
    session_events: EventService
    series: SeriesService
    attendance: AttendanceService
    live: LiveService
    answering: AnsweringService
    leftovers: LeftoverService
    recaps: RecapService
    questions: QuestionService
    moderation: ModerationService
    privacy: PrivacyService
    counts: CountService


class Tribekeeper(commands.AutoShardedBot):
    """A client that keeps little in memory and spends little on messages.

    `renderers` maps a post's kind to the function that draws it; `message_observers` see each message of a guild at
    once, as a `SeenMessage`; `sent_listeners` maps a post's kind to whom the outbox tells that such a post was sent;
    `offer_tellers` say which codes a member can get.
    There is no `on_message` here: it never comes, nor does `wait_for("message")` end.
    """

    def __init__(self, services: Services, settings: Settings) -> None:
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=CommandTree,
            intents=INTENTS,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags(joined=True, voice=False),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=discord.app_commands.AppCommandContext(guild=True),
            allowed_installs=discord.app_commands.AppInstallationType(guild=True),
            http_trace=unrepeated(),
            **_shards(settings),
        )
        self.services = services
        self.settings = settings
        self.renderers: dict[str, Renderer] = {}
        self.message_observers: list[MessageObserver] = []
        self.sent_listeners: dict[str, SentListener] = {}
        self.offer_tellers: list[OfferTeller] = []
        tell_every_member_update(self)
        tell_every_interest(self)
        answer_forgotten(self)
        # In discord.py's place, which would build a `discord.Message` and start a task for each listener: that is
        # about half of what a message costs. Nothing here needs the cache entries it would make on the way.
        assert "MESSAGE_CREATE" in self._connection.parsers, "discord.py parses events differently now"
        self._connection.parsers["MESSAGE_CREATE"] = self._see

    async def setup_hook(self) -> None:
        """Bring the database up to date, load the cogs, and tell Discord the commands if they changed.

        Raises OperatorError where the database cannot be used, or the key to the codes is missing.
        """
        await upgrade(
            self.services.database,
            backup_dir=self.settings.backup_dir,
            backups_kept=self.settings.backups_kept,
            now=self.services.clock.now(),
        )
        await self.services.discount_keys.verify()
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self._tell_commands()

    async def _tell_commands(self) -> None:
        assert self.application_id is not None, "set_up happens after the login"
        digest = digest_of(self.tree)
        if await self.services.communities.commands_digest(self.application_id) == digest:
            return
        await self.tree.sync()
        await self.services.communities.commands_synced(self.application_id, digest)
        log.info("commands synced count=%s", len(self.tree.get_commands()))

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Tell listeners of everything but each frame's kind, which would come with every message and for nobody."""
        if event != "socket_event_type":
            super().dispatch(event, *args, **kwargs)

    def _see(self, payload: "MessagePayload") -> None:
        if not self.message_observers or "guild_id" not in payload:
            return
        message = SeenMessage(payload)
        for observer in self.message_observers:
            try:
                observer(message)
            except Exception:
                log.exception("message observer failed message=%s", payload["id"])

    async def draw(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Draw a post with the renderer its kind was registered with. Raises KeyError for an unknown kind."""
        return await self.renderers[post.kind](guild, post)

    async def preview(self, guild: discord.Guild, kind: str, subject_id: int) -> OutgoingMessage | None:
        """Draw what a post of this kind would look like, without one."""
        now = self.services.clock.now()
        return await self.draw(guild, Post(0, guild.id, 0, kind, subject_id, "preview", due_at=now))

    async def on_ready(self) -> None:
        """Say in the log that the work begins."""
        log.info("ready guilds=%s shards=%s", len(self.guilds), self.shard_count)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log a listener's error without its arguments, which may hold members' words."""
        log.exception("event failed event=%s", event_method)

    async def close(self) -> None:
        """Stop taking work, finish what is under way (the cogs do when unloaded), and close the database."""
        await super().close()
        await self.services.database.close()


def _shards(settings: Settings) -> dict[str, Any]:
    shards = settings.shards
    return {"shard_count": settings.shard_count} | ({"shard_ids": list(shards.ids)} if shards else {})
