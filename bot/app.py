"""The composition root: settings → database → services → bot. It starts and stops everything."""

import asyncio
import base64
import binascii
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord.ext import commands
from sqlalchemy.engine import URL

from bot import log as logs
from bot.client import Services, Tribekeeper
from bot.clock import Clock
from bot.communities.service import CommunityService
from bot.config import Settings, load_settings
from bot.db import Database, DatabaseUnavailableError
from bot.db.backup import backup as copy_database
from bot.db.upgrade import current_version, newest_version
from bot.discounts.card_service import CardService
from bot.discounts.import_service import ImportService
from bot.discounts.key_service import KeyService
from bot.discounts.privacy_service import DiscountPrivacyService
from bot.discounts.report_service import ReportService
from bot.discounts.service import DiscountService
from bot.engagement.count_service import CountService
from bot.engagement.standing_service import StandingService
from bot.errors import OperatorError
from bot.feeds.client import FeedClient
from bot.feeds.poll_service import PollService
from bot.feeds.post_service import PostService
from bot.feeds.privacy_service import FeedPrivacyService
from bot.feeds.reader import FeedReader
from bot.feeds.service import FeedService
from bot.greeting.answer_service import AnswerService
from bot.greeting.arrival_service import ArrivalService
from bot.greeting.service import GreetingService
from bot.impostors.service import ImpostorService
from bot.members.service import MemberService
from bot.outbox.service import OutboxService
from bot.privacy.service import Keeper, PrivacyService
from bot.programs.service import ProgramService
from bot.sessions.answering_service import AnsweringService
from bot.sessions.attendance_service import AttendanceService
from bot.sessions.event_service import EventService
from bot.sessions.leftover_service import LeftoverService
from bot.sessions.live_service import LiveService
from bot.sessions.moderation_service import ModerationService
from bot.sessions.privacy_service import SessionPrivacyService
from bot.sessions.question_service import QuestionService
from bot.sessions.recap_service import RecapService
from bot.sessions.series_service import SeriesService
from bot.sessions.service import SessionService
from bot.ui.permissions import INVITE_PERMISSIONS
from bot.ui.text import safe_within

log = logging.getLogger(__name__)

#: Seconds from the start of a stop: until then the bot may flush and say goodbye, and then it is over in any case.
FLUSH_WITHIN, END_WITHIN = 7.0, 8.5

NO_TOKEN = """\
Tribekeeper needs a bot token to go live.
  1. Open https://discord.com/developers/applications, press New Application, then Bot → Reset Token.
  2. On the same page switch on Server Members Intent (under Privileged Gateway Intents). No other one is needed.
  3. Copy .env.example to .env and put the token behind DISCORD_TOKEN=
  4. Invite the bot: {invite}
To look around first, run  python3 run.py rehearse  which needs no token."""
TOKEN_UNKNOWN = (
    "Discord does not know this token. Copy it again from https://discord.com/developers/applications "
    "(Bot → Reset Token) into DISCORD_TOKEN."
)
INTENT_MISSING = (
    "Discord refuses the connection because Server Members Intent is off. Switch it on at "
    "https://discord.com/developers/applications under Bot → Privileged Gateway Intents, then start me again."
)
UNREACHABLE = "I cannot reach Discord. Check the internet connection and start me again."
DISCORD_UNWELL = (
    "Discord does not let me in just now. https://discordstatus.com tells whether it is well; "
    "start me again in a few minutes."
)
DATABASE_AWAY = "The database stopped answering during the start. Check that nothing else uses it, and start me again."
UNFORESEEN = "Something nobody foresaw ended the bot. The log above tells what. Nothing is lost; start me again."


def build(settings: Settings, clock: Clock) -> Tribekeeper:
    """Put the bot together. It opens its database when it logs in and closes it when it is closed."""
    return Tribekeeper(services_on(Database(settings.database), clock, settings), settings)


def services_on(database: Database, clock: Clock, settings: Settings) -> Services:
    """Every room's service on one database."""
    communities = CommunityService(database)
    members = MemberService(database)
    outbox = OutboxService(database, communities, settings.shards)
    arrivals = ArrivalService(database, communities, members, outbox)
    counts = CountService(database, communities, members)
    answers = AnswerService(database, communities, members, outbox, counts)
    greeting = GreetingService(database, communities, outbox, answers)
    impostors = ImpostorService(database, communities, outbox)
    standing = StandingService(database, communities, members, outbox)
    client = FeedClient(settings.user_agent, settings.feed_allowed_hosts)
    reader = FeedReader()
    feed_posts = PostService(database, communities, outbox)
    feeds = FeedService(database, communities, outbox, feed_posts, client, reader)
    polls = PollService(database, communities, outbox, feed_posts, client, reader, settings.shards)
    programs = ProgramService(database)
    keys = KeyService(database, settings.discount_keys)
    cards = CardService(database, outbox, programs, settings.shards)
    discounts = DiscountService(database, keys, members, cards, greeting, standing, programs, clock)
    code_imports = ImportService(database, keys, cards)
    discount_reports = ReportService(database, communities, cards, keys, discounts)
    sessions = SessionService(database, communities, outbox)
    session_events = EventService(database, communities, outbox, sessions)
    series = SeriesService(database, communities, outbox, sessions)
    attendance = AttendanceService(database, settings.shards)
    recaps = RecapService(database, communities, outbox, programs, safe_within)
    live = LiveService(database, communities, outbox, attendance, recaps.write, settings.shards)
    live.change_listeners.append(sessions.tell)
    answering = AnsweringService(database, outbox, attendance, recaps.write)
    leftovers = LeftoverService(database, outbox, recaps.write)
    questions = QuestionService(database, communities, outbox, attendance)
    moderation = ModerationService(database, communities, outbox)
    session_events.thread_listeners.append(questions.thread_opened)
    sessions.coming_listeners.append(partial(counts.count_session, rsvp=1))
    questions.asked_listeners.append(partial(counts.count_session, question=1))
    attendance.attended_listeners.append(partial(counts.count_session, attended=1))
    # As a member reads them; a room comes before those it asks.
    keepers: dict[str, Keeper] = {
        "Your introduction": greeting,
        "Answers": answers,
        "Greetings for you": arrivals,
        "Hosts and look-alikes": impostors,
        "Blogs": FeedPrivacyService(outbox),
        "Codes": DiscountPrivacyService(discounts, keys),
        "Q&A sessions": SessionPrivacyService(communities, outbox, questions, recaps.write),
        "Programs": programs,
        "Taking part": counts,
        "Messages to you": outbox,
        "Your membership": members,
    }
    privacy = PrivacyService(database, communities, members, keepers)
    return Services(
        database, clock, communities, members, outbox, arrivals, answers, greeting, impostors, feeds, feed_posts, polls,
        programs, standing, keys, cards, discounts, code_imports, discount_reports, sessions, session_events, series,
        attendance, live, answering, leftovers, recaps, questions, moderation, privacy, counts,
    )  # fmt: skip


def main() -> int:
    """Run the live bot until it is told to stop. The exit status."""
    return with_settings(_live)


def backup(target: Path | None) -> int:
    """Copy the database while the bot runs; without `target`, into the folder of backups. The exit status."""
    return with_settings(lambda settings: _backup(settings, target))


def rotate_key() -> int:
    """Keep the discount codes by a new key. The exit status."""
    return with_settings(_rotate_key)


def with_settings(command: Callable[[Settings], Coroutine[Any, Any, int]]) -> int:
    """Run `command(settings)`, saying in one sentence on standard error what keeps it from running."""
    try:
        settings = load_settings()
        logs.configure(settings.log_level, settings.log_format, secrets_of(settings))
        return run_loop(command(settings))
    except OperatorError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - the operator's terminal
        return 1


def secrets_of(settings: Settings) -> list[str]:
    """What must never stand in a log."""
    token, password = settings.discord_token.get_secret_value(), settings.database.password
    secrets = [token, *settings.discount_keys]
    # The address as it was typed, too: there the password may be percent-encoded.
    return [*secrets, settings.database_url.get_secret_value(), str(password)] if password else secrets


def run_loop(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` in uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def invite_link(token: str = "") -> str:
    """The link that adds the bot to a server. The application's id is the first part of the token."""
    try:
        client_id: int | str = int(base64.b64decode(token.split(".")[0] + "==", validate=False))
    except (binascii.Error, ValueError):
        client_id = "YOUR_APPLICATION_ID"
    return (
        f"https://discord.com/oauth2/authorize?client_id={client_id}"
        f"&scope=bot+applications.commands&permissions={INVITE_PERMISSIONS.value}"
    )


async def _live(settings: Settings) -> int:
    token = settings.discord_token.get_secret_value()
    if not token:
        raise OperatorError(NO_TOKEN.format(invite=invite_link()))
    bot = build(settings, Clock())
    bot.add_listener(calm_collector, "on_ready")
    running = asyncio.create_task(bot.start(token))
    status = 1
    # The signals stay caught until the end, so that an impatient second Ctrl-C does not cut the flushing short.
    with _signals_calling(running.cancel):
        try:
            await running
            status = 0
        except asyncio.CancelledError:
            log.info("stopping")
            status = 0
        except Exception as error:
            raise OperatorError(_sentence_for(error)) from None
        finally:
            _end_surely(status)
            await _close_in_time(bot)
    return status


async def calm_collector() -> None:
    """Let the garbage collector look no more at what Discord told at the start: that stays, and is much.

    With 5,000 members one look at all of it takes 75 ms, in which nobody is answered.
    """
    gc.unfreeze()  # After a new session much of it may be gone.
    gc.collect()
    gc.freeze()


def _sentence_for(error: Exception) -> str:
    """What the operator can do about an error that ended the bot. One that nobody foresaw goes to the log."""
    match error:
        case OperatorError():
            return error.message
        case commands.ExtensionFailed(original=Exception() as cause):
            return _sentence_for(cause)
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            return TOKEN_UNKNOWN
        case discord.PrivilegedIntentsRequired():
            return INTENT_MISSING
        case aiohttp.ClientConnectionError() | OSError():
            return UNREACHABLE
        case discord.HTTPException(status=status) if status == 429 or status >= 500:
            return DISCORD_UNWELL
        case discord.GatewayNotFound() | discord.ConnectionClosed():
            return DISCORD_UNWELL
        case DatabaseUnavailableError():
            return DATABASE_AWAY
        case _:
            log.critical("ended by an unforeseen error", exc_info=error)
            return UNFORESEEN


@contextmanager
def _signals_calling(stop: Callable[[], object]) -> Generator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    # Windows has no signal handlers in the loop; there Ctrl-C cancels the runner's task instead.
    with suppress(NotImplementedError):
        for number in signals:
            loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


def _end_surely(status: int) -> None:
    """End the process when the time for a stop is over, whatever still hangs: a task, or a thread Python waits for.

    The database survives that as it survives a power cut, and what was under way is checked at the next start.
    """

    def end() -> None:
        log.warning("stopped by force")
        os._exit(status)

    timer = threading.Timer(END_WITHIN, end)
    timer.daemon = True
    timer.start()


async def _close_in_time(bot: Tribekeeper) -> None:
    try:
        await asyncio.wait_for(bot.close(), FLUSH_WITHIN)
    except TimeoutError:
        log.warning("stopped before everything was flushed; what was under way is checked at the next start")
        with suppress(TimeoutError):  # where only Discord kept silent, the database can still be closed
            await asyncio.wait_for(bot.services.database.close(), 1.0)


async def _backup(settings: Settings, target: Path | None) -> int:
    database = Database(settings.database)
    suffix = "db" if database.is_sqlite else "dump"
    name = database.file.stem if database.file else _name_of(database.url)
    key = KeyService(database, settings.discount_keys).file or "DISCOUNT_KEY"
    target = target or settings.backup_dir / f"{name}-{datetime.now():%Y%m%d-%H%M%S}.{suffix}"  # noqa: DTZ005 - the operator's clock
    try:
        await copy_database(database, target)
    finally:
        await database.close()
    print(f"The backup is in {target}.")  # noqa: T201 - the operator's terminal
    # Together they would tell everything to whoever finds them.
    print(f"It leaves out the key to the discount codes: keep {key} apart from it, you need both.")  # noqa: T201
    return 0


async def _rotate_key(settings: Settings) -> int:
    database = Database(settings.database)
    try:
        if database.file is not None and not database.file.exists():
            raise OperatorError(f"There is no database at {database.file} yet, so there is no key to change.")
        if await current_version(database) != newest_version():
            raise OperatorError("The database has another version than this program. Start the bot once, then do this.")
        print(await KeyService(database, settings.discount_keys).rotate())  # noqa: T201 - the operator's terminal
    except DatabaseUnavailableError:
        raise OperatorError("The database did not answer, so I changed nothing. Stop the bot and try again.") from None
    finally:
        await database.close()
    return 0


def _name_of(url: URL) -> str:
    return url.database or "tribekeeper"
