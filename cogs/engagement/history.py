"""Reads back what was written while nobody listened, page by page, and hands it to the tally."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.engagement.count_rules import KEPT, pause_after, snowflake_at
from bot.engagement.tally import GuildTally
from bot.gateway import SeenMessage

log = logging.getLogger(__name__)

#: What Discord gives at once.
PAGE = 100


class History:
    """Pages of history. `hold` puts a message into the tally."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._failing: dict[int, tuple[int, datetime]] = {}

    async def look(self, guild: discord.Guild, held: GuildTally, now: datetime) -> None:
        """Find out which channels have something newer than what is counted. Raises DatabaseUnavailableError."""
        await self.bot.services.counts.begin(held, now)
        targets: dict[int, int] = {}
        for channel in _places(guild):
            held.parents[channel.id] = channel.parent_id if isinstance(channel, discord.Thread) else 0
            if channel.last_message_id is None or channel.last_message_id <= held.mark_of(channel.id):
                continue
            if channel.permissions_for(guild.me).read_message_history:
                targets[channel.id] = channel.last_message_id
            else:
                log.warning("history not readable, a gap stays uncounted guild=%s channel=%s", guild.id, channel.id)
        held.begin_reading(targets, snowflake_at(now - KEPT))

    async def read_page(self, guild: discord.Guild, held: GuildTally) -> list[SeenMessage] | None:
        """The next page of the channel that is furthest behind, so that all of them advance together.

        One that failed is left alone for a while, and none is given up but where Discord says so. None where nothing
        can be read now.
        """
        ready = [channel_id for channel_id in held.reading if self._is_ready(channel_id)]
        if not ready:
            return None
        channel_id = min(ready, key=held.reading.__getitem__)
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

    def _is_ready(self, channel_id: int) -> bool:
        _, again_at = self._failing.get(channel_id, (0, None))
        return again_at is None or again_at <= self.bot.services.clock.now()

    def _fail(self, guild: discord.Guild, channel_id: int) -> None:
        failures = self._failing.get(channel_id, (0, None))[0] + 1
        self._failing[channel_id] = failures, self.bot.services.clock.now() + pause_after(failures)
        log.warning("history not read yet guild=%s channel=%s failures=%s", guild.id, channel_id, failures)


def _places(guild: discord.Guild) -> Iterator[discord.TextChannel | discord.VoiceChannel | discord.StageChannel | Any]:
    """Where messages stand; a forum holds only posts, which are threads."""
    for channel in guild.channels:
        if isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel):
            yield channel
    yield from guild.threads


def _as_event(payload: Any, guild_id: int) -> Any:
    # History does not say which guild it is of.
    return payload | {"guild_id": str(guild_id)}
