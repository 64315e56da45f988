"""`run.py check`: what would keep the bot from working, as a table a person can read."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import discord
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app import INTENT_MISSING, NO_TOKEN, invite_link, run_loop, secrets_of, services_on
from bot.clock import Clock
from bot.communities.service import CommunityService
from bot.config import Settings, load_settings
from bot.db import Database, DatabaseUnavailableError
from bot.db.upgrade import FROM_NEWER_PROGRAM, check_writable, current_version, is_known, newest_version
from bot.discounts.key_service import KeyService
from bot.errors import OperatorError
from bot.feeds.post_rules import Feed
from bot.feeds.service import FeedService
from bot.log import configure
from bot.ui.permissions import problems_of

#: Discord does not answer, or not as it should.
_UNWELL = (discord.HTTPException, aiohttp.ClientError, OSError)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. Only `is_fine=False` makes the check fail."""

    subject: str
    is_fine: bool
    sentence: str


def main(console: Console | None = None) -> int:
    """Print the table; 0 where all is well, else 1."""
    console = console or Console()
    try:
        settings = load_settings()
    except OperatorError as error:
        _show(console, [Finding("Settings", False, error.message)])
        return 1
    configure("ERROR", settings.log_format, secrets_of(settings))
    findings = [Finding("Settings", True, "They can be read.")]
    run_loop(_collect(settings, findings))
    _show(console, findings)
    return 0 if all(finding.is_fine for finding in findings) else 1


async def _collect(settings: Settings, findings: list[Finding]) -> int:
    database = Database(settings.database)
    try:
        finding, has_tables = await _check_database(database)
        findings.append(finding)
        communities = CommunityService(database) if has_tables else None
        if has_tables:
            services = services_on(database, Clock(), settings)
            findings += [*await _check_blogs(services.feeds), await _check_key(services.discount_keys)]
        findings += [finding async for finding in _check_discord(settings, communities)]
    finally:
        await database.close()
    return 0


async def _check_database(database: Database) -> tuple[Finding, bool]:
    """What is to be said of the database, and whether settings can be read from it."""
    if database.file is not None and not database.file.exists():
        return Finding("Database", True, f"{database.file} will be created at the first start."), False
    try:
        version = await current_version(database)
        if version is None:
            return Finding("Database", True, "It is empty and will be set up at the first start."), False
        if not is_known(version):
            return Finding("Database", False, FROM_NEWER_PROGRAM), False
        await check_writable(database)
    except OperatorError as error:
        return Finding("Database", False, error.message), False
    if version != newest_version():
        # Its tables may not be the ones this program reads.
        sentence = "It can be reached, and will be migrated at the next start after a backup."
        return Finding("Database", True, sentence), False
    return Finding("Database", True, "It can be reached, is up to date, and takes writes."), True


async def _check_blogs(feeds: FeedService) -> list[Finding]:
    """How many blogs are followed, and what keeps which of them from being read."""
    try:
        count, troubled = await feeds.trouble()
    except DatabaseUnavailableError:
        return [Finding("Blogs", False, "They could not be looked up just now. Try again in a minute.")]
    if not count and not troubled:
        return [Finding("Blogs", True, "None is followed yet.")]
    fine = count - sum(not feed.is_paused for feed in troubled)
    found = [Finding("Blogs", True, f"{fine} of {count} that are followed can be read.")]
    return found + [Finding(feed.name, False, _trouble_of(feed)) for feed in troubled]


async def _check_key(keys: KeyService) -> Finding:
    """Whether the discount codes can be opened."""
    try:
        return Finding("Codes", True, await keys.verify())
    except OperatorError as error:
        return Finding("Codes", False, error.message)
    except DatabaseUnavailableError:
        return Finding("Codes", False, "They could not be looked up just now. Try again in a minute.")


def _trouble_of(feed: Feed) -> str:
    health = feed.source.health
    since = f" since {health.failing_since:%d %B %H:%M} UTC" if health.failing_since else ""
    if feed.is_paused:
        return f"I have stopped looking. {health.reason} /blog resume in its server tries again."
    return f"It cannot be read{since}. {health.reason}"


async def _check_discord(settings: Settings, communities: CommunityService | None) -> AsyncIterator[Finding]:
    token = settings.discord_token.get_secret_value()
    if not token:
        yield Finding("Token", False, NO_TOKEN.format(invite=invite_link()))
        return
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
        except discord.LoginFailure:
            yield Finding("Token", False, "Discord does not know it. Copy it again into DISCORD_TOKEN.")
            return
        except _UNWELL:
            yield Finding("Token", False, "Discord cannot be reached just now. Check the internet connection.")
            return
        yield Finding("Token", True, f"It belongs to {client.user}.")
        yield _check_intents(client)
        async for finding in _check_guilds(client, communities, invite_link(token)):
            yield finding


def _check_intents(client: discord.Client) -> Finding:
    flags = client.application_flags
    if flags.gateway_guild_members or flags.gateway_guild_members_limited:
        return Finding("Intents", True, "Server Members Intent is on.")
    return Finding("Intents", False, INTENT_MISSING)


async def _check_guilds(
    client: discord.Client, communities: CommunityService | None, invite: str
) -> AsyncIterator[Finding]:
    try:
        names = [(guild.id, guild.name) async for guild in client.fetch_guilds(limit=None)]
    except _UNWELL:
        yield Finding("Servers", False, "Discord does not list them just now. Try again in a minute.")
        return
    if not names:
        yield Finding("Servers", True, f"The bot is in no server yet. Invite it: {invite}")
    for guild_id, name in names:
        if communities is None:
            yield Finding(name, True, "Its channels can be looked at once the database is set up and up to date.")
            continue
        try:
            sentences = await _problems_in(client, guild_id, communities)
        except (*_UNWELL, DatabaseUnavailableError):
            yield Finding(name, False, "It could not be looked at just now. Try again in a minute.")
            continue
        yield Finding(name, not sentences, "\n".join(sentences) or "Every configured channel can be used.")


async def _problems_in(client: discord.Client, guild_id: int, communities: CommunityService) -> list[str]:
    community = await communities.get(guild_id)
    guild = await client.fetch_guild(guild_id)
    channels = {channel.id: channel for channel in await guild.fetch_channels()}
    assert client.user is not None, "the client has logged in"
    me = await guild.fetch_member(client.user.id)
    find: Callable[[int], discord.abc.GuildChannel | None] = channels.get
    return [_plain(problem.sentence, channels) for problem in problems_of(community, find, me)]


def _plain(sentence: str, channels: Mapping[int, discord.abc.GuildChannel]) -> str:
    """A sentence written for Discord, for a terminal: names instead of mentions, no stars."""
    for channel in channels.values():
        sentence = sentence.replace(channel.mention, f"#{channel.name}")
    return sentence.replace("*", "").replace("`", "")


def _show(console: Console, findings: list[Finding]) -> None:
    table = Table(title="Tribekeeper check", title_justify="left", show_lines=True, expand=False)
    table.add_column("")
    table.add_column("What", style="bold")
    table.add_column("State", overflow="fold")
    for finding in findings:
        mark = Text("ok", style="green") if finding.is_fine else Text("no", style="bold red")
        table.add_row(mark, Text(finding.subject), Text(finding.sentence))
    console.print(table)
