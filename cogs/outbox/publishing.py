"""One attempt to publish one message to the followers of its announcement channel."""

import logging

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.outbox.rules import Publication, Published

log = logging.getLogger(__name__)

#: Discord's words for: this message was published before.
ALREADY_PUBLISHED = 40033


class Publisher:
    """Publishes messages. Discord allows ten an hour in a channel, so one may wait an hour inside discord.py."""

    def __init__(self, bot: Tribekeeper) -> None:
        self._bot = bot
        self._outbox = bot.services.outbox

    async def publish(self, publication: Publication) -> None:
        """Publish a message, and write down what came of it."""
        outcome = await self._attempt(publication)
        await self._outbox.finish_publishing(publication, outcome, self._bot.services.clock.now())
        log.info(
            "publication %s guild=%s channel=%s post=%s",
            outcome.value, publication.guild_id, publication.channel_id, publication.post_id,
        )  # fmt: skip

    async def _attempt(self, publication: Publication) -> Published:
        channel = self._bot.get_partial_messageable(publication.channel_id, guild_id=publication.guild_id)
        try:
            await channel.get_partial_message(publication.message_id).publish()
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            return _outcome_of(error)
        return Published.DONE


def _outcome_of(error: Exception) -> Published:
    match error:
        case discord.Forbidden():
            return Published.REFUSED
        case discord.NotFound():
            return Published.DONE  # Nothing is left to publish.
        case discord.HTTPException(status=status, code=code) if status < 500 and status != 429:
            if code != ALREADY_PUBLISHED:  # It may be no announcement channel any more.
                log.warning("not published status=%s code=%s", status, code)
            return Published.DONE
        case _:
            return Published.AGAIN
