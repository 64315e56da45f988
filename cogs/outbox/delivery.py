"""One attempt to send one post."""

import logging
from contextlib import suppress
from datetime import timedelta

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.outbox import rules
from bot.outbox.rules import Outcome, Post, PostState, Step
from bot.ui.errors import ALREADY_ANSWERED
from bot.ui.messages import OutgoingMessage, fingerprint_of
from bot.ui.permissions import how_to_grant, missing_in

log = logging.getLogger(__name__)

#: Discord's clock and ours may differ, so the search for the own message starts this much earlier.
CLOCK_DIFFERENCE = timedelta(minutes=5)
#: An attempt is over after this, with all the tries discord.py makes by itself.
ATTEMPT_TAKES = timedelta(minutes=15)
#: A guild or renderer that is not there now may be there after this pause.
LATER = timedelta(seconds=30)
#: Discord's words for: this member takes no direct messages from us; we open them too fast; we edit old ones too fast.
TAKES_NO_DIRECT = (50007, 50278)
DIRECT_TOO_FAST = 40003
EDITS_TOO_FAST = 30046
#: Opening too fast leads to quarantine, so the first pause is as long as that after so many attempts: four minutes.
DIRECT_PATIENCE = 7

Channel = discord.PartialMessageable | discord.DMChannel

_NEEDED = ("view_channel", "send_messages", "embed_links", "read_message_history")


class Delivery:
    """Sends posts, looking for the own message first where it may have been sent already."""

    def __init__(self, bot: Tribekeeper) -> None:
        self._bot = bot
        self._outbox = bot.services.outbox
        self._clock = bot.services.clock

    async def deliver(self, post: Post) -> None:
        """Take a due post one step further and write down what came of it."""
        outcome = await self._attempt(post)
        await self._outbox.finish_attempt(post, outcome, self._clock.now())
        if isinstance(outcome, rules.Sent) and (listener := self._bot.sent_listeners.get(post.kind)):
            listener(post, outcome.message_id)
        log.info(
            "post %s kind=%s guild=%s channel=%s post=%s",
            type(outcome).__name__.lower(), post.kind, post.guild_id, post.channel_id, post.id,
        )  # fmt: skip

    async def _attempt(self, post: Post) -> Outcome:
        guild = self._bot.get_guild(post.guild_id)
        if guild is None:
            return rules.Postponed(LATER)
        try:
            channel = await self._channel(post)
            match rules.next_step(post, self._clock.now()):
                case Step.LOOK_FIRST:
                    return await self._look(guild, channel, post)
                case Step.SKIP:
                    return rules.TooLate()
                case Step.SEND:
                    return await self._draw_and_send(guild, channel, post)
                case Step.REVISE:
                    return await self._revise(guild, channel, post)
                case Step.REMOVE:
                    return await self._remove(channel, post.message_id)
        except (
            discord.HTTPException,
            discord.RateLimited,
            aiohttp.ClientError,
            OSError,
            TimeoutError,
        ) as error:
            return self._outcome_of(error, guild, post)

    async def _channel(self, post: Post) -> Channel:
        if post.channel_id == rules.DIRECT:
            return await self._bot.create_dm(discord.Object(post.subject_id))
        return self._bot.get_partial_messageable(post.channel_id, guild_id=post.guild_id)

    async def _look(self, guild: discord.Guild, channel: Channel, post: Post) -> Outcome:
        found = await self._find_own(channel, post)
        if post.state is PostState.REMOVING:
            return await self._remove(channel, found)
        if found is not None:
            # It was drawn a while ago, so what it says may have changed.
            return rules.Sent(found, is_outdated=True)
        if rules.is_too_late(post, self._clock.now()):
            return rules.TooLate()
        return await self._draw_and_send(guild, channel, post)

    async def _draw_and_send(self, guild: discord.Guild, channel: Channel, post: Post) -> Outcome:
        message = await self._draw(guild, post)
        if isinstance(message, rules.Withdrawn) and post.unsure_since is not None:
            return await self._remove(channel, await self._find_own(channel, post))
        return message if not isinstance(message, OutgoingMessage) else await self._send(channel, post, message)

    async def _draw(self, guild: discord.Guild, post: Post) -> OutgoingMessage | Outcome:
        try:
            message = await self._bot.draw(guild, post)
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            raise
        except Exception:
            log.exception("post not drawn kind=%s guild=%s post=%s", post.kind, post.guild_id, post.id)
            return rules.Postponed(rules.pause_after(post.attempts + 4))
        return message or rules.Withdrawn()

    async def _send(self, channel: Channel, post: Post, message: OutgoingMessage) -> Outcome:
        if not await self._outbox.begin_attempt(post, message.fingerprint(), self._clock.now()):
            return rules.Postponed(LATER)
        sent = await channel.send(nonce=rules.nonce(post), **message.arguments())
        # After a doubt, Discord may give back what an earlier attempt sent.
        is_outdated = post.unsure_since is not None and fingerprint_of(sent) != message.fingerprint()
        return rules.Sent(sent.id, is_outdated)

    async def _revise(self, guild: discord.Guild, channel: Channel, post: Post) -> Outcome:
        assert post.message_id is not None, "only what was sent is revised"
        message = await self._draw(guild, post)
        if isinstance(message, rules.Withdrawn):
            return await self._remove(channel, post.message_id)
        if not isinstance(message, OutgoingMessage):
            return message
        arguments = message.arguments()
        arguments.setdefault("view", None)  # buttons it no longer has go
        with suppress(discord.NotFound):  # Somebody deleted it; there is nothing left to keep up to date.
            await channel.get_partial_message(post.message_id).edit(**arguments)
        return rules.Sent(post.message_id)

    async def _remove(self, channel: Channel, message_id: int | None) -> Outcome:
        with suppress(discord.NotFound):
            if message_id is not None:
                await channel.get_partial_message(message_id).delete()
        return rules.Withdrawn()

    async def _find_own(self, channel: Channel, post: Post) -> int | None:
        """The id of the message that belongs to `post`, if one of its attempts came through after all."""
        assert post.unsure_since is not None, "there is a doubt to settle"
        assert self._bot.user is not None, "posts are sent after the login"
        since = post.unsure_since - CLOCK_DIFFERENCE
        until = post.unsure_since + rules.GIVE_UP_AFTER + ATTEMPT_TAKES
        taken = await self._outbox.known_messages(post, since - rules.GIVE_UP_AFTER)
        async for message in channel.history(after=since, before=until, limit=None):
            is_own = message.author.id == self._bot.user.id and message.id not in taken
            if is_own and fingerprint_of(message) in post.fingerprints:
                return message.id
        return None

    def _outcome_of(self, error: Exception, guild: discord.Guild, post: Post) -> Outcome:
        match error:
            case discord.RateLimited():
                return rules.Postponed(timedelta(seconds=error.retry_after))
            case discord.HTTPException(code=code) if code in TAKES_NO_DIRECT and post.channel_id == rules.DIRECT:
                return rules.Closed()
            case discord.HTTPException(code=code) if code == DIRECT_TOO_FAST:
                return rules.Postponed(rules.pause_after(post.attempts + DIRECT_PATIENCE))
            case discord.HTTPException(code=code) if code == EDITS_TOO_FAST:
                return rules.Postponed(rules.LONGEST_PAUSE)
            case discord.NotFound() if post.state is PostState.REMOVING:
                return rules.Withdrawn()  # The whole channel is gone.
            case discord.Forbidden() | discord.NotFound():
                return rules.Refused(_reason(guild, post))
            case discord.HTTPException(status=429):
                return rules.Postponed(rules.pause_after(post.attempts + 3))
            case discord.HTTPException() if error.status < 500 and error.code != ALREADY_ANSWERED:
                log.error(
                    "post refused kind=%s post=%s status=%s code=%s",
                    post.kind,
                    post.id,
                    error.status,
                    error.code,
                )
                return rules.Refused(f"Discord did not accept the message (error {error.code}).")
            case _:
                return rules.Unsure()


def _reason(guild: discord.Guild, post: Post) -> str:
    """Why a post was refused, and what to grant, for the host."""
    if post.channel_id == rules.DIRECT:
        return "Discord did not let me write to them."
    channel = guild.get_channel_or_thread(post.channel_id)
    if channel is None:
        return "Its channel was deleted, or I cannot see it. Choose another one with `/setup`."
    missing = missing_in(channel, _NEEDED)
    if not missing:
        return f"Discord did not let me write in {channel.mention}."
    return how_to_grant(channel.mention, missing)
