"""Reads back what was written while nobody listened, page by page, and hands it to the tally."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.engagement.count_rules import KEPT, pause_after
from bot.engagement.tally import GuildTally
from bot.gateway import SeenMessage
from bot.snowflakes import snowflake_at

log = logging.getLogger(__name__)

#: What Discord gives at once.
PAGE = 100


@dataclass(frozen=True, slots=True)
class _Archive:
    """A channel's archived threads, the latest archived first, from that instant on backwards."""

    channel_id: int
    is_private: bool
    before: str | None = None


@dataclass(slots=True)
class _Looking:
    """What is found out so far: which threads were open at first, how far others are to be read, what is to be listed.

    It is worth nothing any more once there was another gap.
    """

    held: GuildTally
    gaps: int
    threads: list[discord.Thread]
    archives: list[_Archive]
    targets: dict[int, int] = field(default_factory=dict[int, int])

    def is_about(self, held: GuildTally) -> bool:
        """Whether nothing was missed since it began."""
        return self.held is held and self.gaps == held.gaps


class History:
    """Pages of history. `hold` puts a message into the tally."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._failing: dict[int, tuple[int, datetime]] = {}
        self._looking: dict[int, _Looking] = {}

    async def look(self, guild: discord.Guild, held: GuildTally, now: datetime) -> bool:
        """Go one step further in finding out which channels have something newer than what is counted.

        A step is one request, and as long as there are more of them nothing is written down. False where none can be
        made now. Raises DatabaseUnavailableError, and what `read_page` does.
        """
        looking = self._looking.get(guild.id)
        if looking is None or not looking.is_about(held):
            looking = _Looking(held, held.gaps, list(guild.threads), list(_archives(guild)))
            await self.bot.services.counts.begin(held, now)
            self._looking[guild.id] = looking
        elif looking.archives:
            archive = next((one for one in looking.archives if self._is_ready(one.channel_id)), None)
            if archive is None:
                return False
            await self._list(guild, looking, archive, snowflake_at(now - KEPT))
        if not looking.archives and looking.is_about(held):
            self._find(guild, held, looking)
            held.begin_reading(looking.targets, snowflake_at(now - KEPT))
            self.forget(guild.id)
        return True

    def forget(self, guild_id: int) -> None:
        """What was found out so far is not needed any more."""
        self._looking.pop(guild_id, None)

    def _find(self, guild: discord.Guild, held: GuildTally, looking: _Looking) -> None:
        # Threads that were opened or archived meanwhile stood in no list, so it is those of the beginning and of now.
        # One whose channel is gone has no history.
        threads = (thread for thread in (*looking.threads, *guild.threads) if thread.parent is not None)
        for channel in {channel.id: channel for channel in (*threads, *_channels(guild))}.values():
            held.parents[channel.id] = channel.parent_id if isinstance(channel, discord.Thread) else 0
            if channel.last_message_id is None or channel.last_message_id <= held.mark_of(channel.id):
                continue
            if channel.permissions_for(guild.me).read_message_history:
                looking.targets[channel.id] = channel.last_message_id
            else:
                log.warning("history not readable, a gap stays uncounted guild=%s channel=%s", guild.id, channel.id)

    async def _list(self, guild: discord.Guild, looking: _Looking, archive: _Archive, oldest: int) -> None:
        """Read the next part of a list of archived threads. What was archived before the gap has nothing new."""
        http, channel_id, held = self.bot.http, archive.channel_id, looking.held
        ask = http.get_private_archived_threads if archive.is_private else http.get_public_archived_threads
        try:
            # discord.py wants a snowflake there, and Discord an instant.
            part: Any = await ask(channel_id, cast(Any, archive.before), PAGE)
        except (discord.Forbidden, discord.NotFound):
            part = {"threads": []}
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            self._fail(guild, channel_id)
            raise
        self._failing.pop(channel_id, None)
        looking.archives.remove(archive)
        archived_at = None
        for thread in part["threads"]:
            archived_at = thread["thread_metadata"]["archive_timestamp"]
            if snowflake_at(datetime.fromisoformat(archived_at)) < max(held.counted_until(), oldest):
                return
            thread_id, newest = int(thread["id"]), int(thread["last_message_id"] or 0)
            held.parents[thread_id] = channel_id
            if newest > held.mark_of(thread_id):
                looking.targets[thread_id] = newest
        if part.get("has_more") and archived_at is not None:
            looking.archives.append(_Archive(channel_id, archive.is_private, archived_at))

    async def read_page(self, guild: discord.Guild, held: GuildTally) -> list[SeenMessage] | None:
        """The next page of the channel that is furthest behind, so that all of them advance together.

        One that failed comes after the others, and is left alone for a while; none is given up but where Discord says
        so. None where nothing can be read now.
        """
        ready = [channel_id for channel_id in held.reading if self._is_ready(channel_id)]
        if not ready:
            return None
        channel_id = min(ready, key=lambda one: (self._failures(one), held.reading[one]))
        try:
            page = await self.bot.http.logs_from(channel_id, PAGE, after=held.reading[channel_id])
        except discord.NotFound:
            self._failing.pop(channel_id, None)
            held.give_up(channel_id)
            return []
        except discord.Forbidden:
            self._failing.pop(channel_id, None)
            log.warning("history not readable, a gap stays uncounted guild=%s channel=%s", guild.id, channel_id)
            held.read(channel_id, 0, is_all=True)
            return []
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            self._fail(guild, channel_id)
            raise
        self._failing.pop(channel_id, None)
        messages = [SeenMessage(_as_event(payload, guild.id)) for payload in page]
        newest = max((message.id for message in messages), default=0)
        held.read(channel_id, newest, is_all=len(page) < PAGE)
        return messages

    def _failures(self, channel_id: int) -> int:
        return self._failing[channel_id][0] if channel_id in self._failing else 0

    def _is_ready(self, channel_id: int) -> bool:
        return channel_id not in self._failing or self._failing[channel_id][1] <= self.bot.services.clock.now()

    def _fail(self, guild: discord.Guild, channel_id: int) -> None:
        failures = self._failures(channel_id) + 1
        self._failing[channel_id] = failures, self.bot.services.clock.now() + pause_after(failures)
        log.warning("history not read yet guild=%s channel=%s failures=%s", guild.id, channel_id, failures)


def _channels(guild: discord.Guild) -> Iterator[discord.TextChannel | discord.VoiceChannel | discord.StageChannel]:
    """Where messages stand beside threads; a forum holds only posts, which are threads."""
    for channel in guild.channels:
        if isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
            yield channel


def _archives(guild: discord.Guild) -> Iterator[_Archive]:
    """The lists of archived threads the bot may read. Private ones are told and shown to those who manage threads."""
    for channel in guild.channels:
        if isinstance(channel, discord.TextChannel | discord.ForumChannel):
            mine = channel.permissions_for(guild.me)
            if mine.view_channel and mine.read_message_history:
                yield _Archive(channel.id, is_private=False)
                if mine.manage_threads and channel.type is discord.ChannelType.text:
                    yield _Archive(channel.id, is_private=True)


def _as_event(payload: Any, guild_id: int) -> Any:
    # History does not say which guild it is of.
    return payload | {"guild_id": str(guild_id)}
