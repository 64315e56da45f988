"""One attempt to send one post."""

import logging
from contextlib import suppress
from datetime import timedelta

import aiohttp
import discord

from bot.client import Tribekeeper
from bot.outbox import rules
from bot.outbox.rules import Outcome, Post, PostState, Step
from bot.rounds import PASSING
from bot.ui.messages import OutgoingMessage, fingerprint_of
from cogs.outbox.forums import InForum, TagRequiredError
from cogs.outbox.outcomes import outcome_of
from cogs.outbox.places import InChannel, Place

log = logging.getLogger(__name__)

#: Discord's clock and ours may differ, so the search for the own message starts this much earlier.
CLOCK_DIFFERENCE = timedelta(minutes=5)
#: An attempt is over after this, with all the tries discord.py makes by itself.
ATTEMPT_TAKES = timedelta(minutes=15)
#: A guild or renderer that is not there now may be there after this pause.
LATER = timedelta(seconds=30)


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
            place = await self._place(guild, post)
            match rules.next_step(post, self._clock.now(), has_nonce=place.has_nonce):
                case Step.LOOK_FIRST:
                    return await self._look(guild, place, post)
                case Step.SKIP:
                    return rules.TooLate()
                case Step.SEND:
                    return await self._draw_and_send(guild, place, post)
                case Step.REVISE:
                    return await self._revise(guild, place, post)
                case Step.REMOVE:
                    return await self._remove(place, post.message_id)
        except (
            discord.HTTPException,
            discord.RateLimited,
            aiohttp.ClientError,
            OSError,
            TimeoutError,
            TagRequiredError,
        ) as error:
            return outcome_of(error, guild, post)

    async def _place(self, guild: discord.Guild, post: Post) -> Place:
        if post.channel_id == rules.DIRECT:
            return InChannel(guild, await self._bot.create_dm(discord.Object(post.subject_id)))
        if isinstance(forum := guild.get_channel(post.channel_id), discord.ForumChannel):
            return InForum(forum)
        return InChannel(guild, self._bot.get_partial_messageable(post.channel_id, guild_id=post.guild_id))

    async def _look(self, guild: discord.Guild, place: Place, post: Post) -> Outcome:
        found = await self._find_own(place, post)
        if post.state is PostState.REMOVING:
            return await self._remove(place, found)
        if found is not None:
            # It was drawn a while ago, so what it says may have changed.
            return rules.Sent(found, is_outdated=True)
        if rules.is_too_late(post, self._clock.now()):
            return rules.TooLate()
        return await self._draw_and_send(guild, place, post)

    async def _draw_and_send(self, guild: discord.Guild, place: Place, post: Post) -> Outcome:
        message = await self._draw(guild, post)
        if isinstance(message, rules.Withdrawn) and post.unsure_since is not None:
            return await self._remove(place, await self._find_own(place, post))
        return message if not isinstance(message, OutgoingMessage) else await self._send(guild, place, post, message)

    async def _draw(self, guild: discord.Guild, post: Post) -> OutgoingMessage | Outcome:
        try:
            message = await self._bot.draw(guild, post)
        except PASSING:
            raise
        except Exception:
            log.exception("post not drawn kind=%s guild=%s post=%s", post.kind, post.guild_id, post.id)
            return rules.Postponed(rules.pause_after(post.attempts + 4))
        return message or rules.Withdrawn()

    async def _send(self, guild: discord.Guild, place: Place, post: Post, message: OutgoingMessage) -> Outcome:
        if not await self._outbox.begin_attempt(post, message.fingerprint(), self._clock.now()):
            return rules.Postponed(LATER)
        sent = await place.send(post, message)
        # After a doubt, Discord may give back what an earlier attempt sent.
        is_outdated = post.unsure_since is not None and fingerprint_of(sent) != message.fingerprint()
        return rules.Sent(sent.id, is_outdated, _goes_to_followers(guild, post, message))

    async def _revise(self, guild: discord.Guild, place: Place, post: Post) -> Outcome:
        assert post.message_id is not None, "only what was sent is revised"
        message = await self._draw(guild, post)
        if isinstance(message, rules.Withdrawn):
            return await self._remove(place, post.message_id)
        if not isinstance(message, OutgoingMessage):
            return message
        with suppress(discord.NotFound):  # Somebody deleted it; there is nothing left to keep up to date.
            await place.edit(post.message_id, message)
        return rules.Sent(post.message_id, publish=_goes_to_followers(guild, post, message))

    async def _remove(self, place: Place, message_id: int | None) -> Outcome:
        with suppress(discord.NotFound):
            if message_id is not None:
                await place.delete(message_id)
        return rules.Withdrawn()

    async def _find_own(self, place: Place, post: Post) -> int | None:
        """The id of the message that belongs to `post`, if one of its attempts came through after all."""
        assert post.unsure_since is not None, "there is a doubt to settle"
        assert self._bot.user is not None, "posts are sent after the login"
        since = post.unsure_since - CLOCK_DIFFERENCE
        until = rules.last_attempt_by(post) + ATTEMPT_TAKES
        taken = await self._outbox.known_messages(post, since - rules.GIVE_UP_AFTER)
        async for message in place.messages(since, until):
            is_own = message.author.id == self._bot.user.id and message.id not in taken
            if is_own and fingerprint_of(message) in post.fingerprints:
                return message.id
        return None


def _goes_to_followers(guild: discord.Guild, post: Post, message: OutgoingMessage) -> bool:
    channel = guild.get_channel(post.channel_id)
    return message.publish and isinstance(channel, discord.TextChannel) and channel.is_news()
