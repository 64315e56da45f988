"""The conversation under each post: opened with the host's question, and the author called in once."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.feeds.post_rules import FeedPost, thread_name
from bot.feeds.post_service import AUTHOR, POST, QUESTION, UNOPENED, WATCHED_FOR
from bot.gateway import SeenMessage
from bot.outbox.rules import Post
from bot.rounds import PASSING, Rounds
from bot.ui.messages import OutgoingMessage
from cogs.feeds.cards import author_message, question_message
from cogs.feeds.notices import unopened_text

log = logging.getLogger(__name__)

#: How soon the bot tries again what failed, in seconds.
TRY_AGAIN = 60.0
#: Discord's clock and ours may differ, so what was missed is looked for from this much earlier.
CLOCK_DIFFERENCE = timedelta(minutes=5)
#: How many missed messages of a conversation are looked at.
MOST_MISSED = 200
#: How long a stop waits for what is being written down, in seconds.
FLUSH_WITHIN = 2.0
#: "A thread has already been created for this message": an earlier attempt came through after all.
ALREADY_OPEN = 160004


class Conversations(commands.Cog):
    """Opens conversations and hears who takes part, without looking at any other message for longer."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._posts = bot.services.feed_posts
        self._rounds = Rounds(bot, self.open_wanted)
        self._under_way: set[asyncio.Task[None]] = set()
        #: Guild and post by thread, and who was heard there already.
        self._threads: dict[int, tuple[int, int]] = {}
        self._heard: dict[int, set[int]] = {}
        #: Since when the bot has missed what was written in a guild, and in a thread it could not catch up with yet.
        self._missed_since: dict[int, datetime] = {}
        self._behind: dict[int, datetime] = {}

    async def cog_load(self) -> None:
        """Register what this cog draws, and listen to the conversations that are open."""
        self.bot.renderers[QUESTION] = self.draw_question
        self.bot.renderers[AUTHOR] = self.draw_author
        self.bot.renderers[UNOPENED] = self.draw_unopened
        self.bot.sent_listeners[POST] = self.post_stands
        self._posts.on_opened = self.listen
        now = self.bot.services.clock.now()
        for guild_id, post_id, thread_id in await self._posts.open_threads(now):
            self.listen(guild_id, post_id, thread_id)
            if guild_id not in self._missed_since:
                self._missed_since[guild_id] = (await self.bot.services.communities.get(guild_id)).seen_at or now
        self.bot.message_observers.append(self.observe)
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Let what is under way be written down."""
        self.bot.message_observers.remove(self.observe)
        self._posts.on_opened = lambda _guild_id, _post_id, _thread_id: None
        self._rounds.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    # ------------------------------------------------------------- opening

    def post_stands(self, _post: Post, _message_id: int) -> None:
        """A post was sent: open its conversation now rather than at the next look."""
        self._rounds.wake()

    async def open_wanted(self) -> float | None:
        """Open the conversations that are missing, and listen no longer to those from long ago.

        In how many seconds to try again what failed, if anything did.
        """
        oldest = discord.utils.time_snowflake(self.bot.services.clock.now() - WATCHED_FOR)
        for thread_id in [thread_id for thread_id in self._threads if thread_id < oldest]:
            self._drop(thread_id)
        all_open = await self._open_all()
        behind, self._behind = self._behind, {}
        for thread_id, since in behind.items():
            if thread_id in self._threads:
                await self._catch_up(thread_id, since)
        return None if all_open and not self._behind else TRY_AGAIN

    async def _open_all(self) -> bool:
        """Whether none is missing any more."""
        wanting = await self._posts.wanting_thread(self.bot.services.clock.now())
        still_missing = len(wanting)
        for post, channel_id, message_id in wanting:
            try:
                await self._open(post, channel_id, message_id)
                still_missing -= 1
            except PASSING:
                log.warning("conversation not opened yet guild=%s post=%s", post.feed.guild_id, post.id)
            except Exception:
                log.exception("conversation not opened guild=%s post=%s", post.feed.guild_id, post.id)
        return not still_missing

    async def _open(self, post: FeedPost, channel_id: int, message_id: int) -> None:
        guild, now = self.bot.get_guild(post.feed.guild_id), self.bot.services.clock.now()
        if guild is None:
            return
        if not post.entries:  # They were posted once more on purpose, and are talked about there.
            await self._posts.without_thread(post, now, tell=False)
            return
        if not isinstance(guild.get_channel(channel_id), discord.ForumChannel):  # A forum's post is a thread already.
            channel = self.bot.get_partial_messageable(channel_id, guild_id=guild.id)
            try:
                await channel.get_partial_message(message_id).create_thread(name=thread_name(post))
            except (discord.Forbidden, discord.NotFound) as error:
                # Who deleted the message knows that there is nothing to talk under any more.
                await self._posts.without_thread(post, now, tell=isinstance(error, discord.Forbidden))
                return
            except discord.HTTPException as error:
                if error.code != ALREADY_OPEN:
                    raise
        # A thread on a message has the message's id.
        await self._posts.opened(post, message_id, now)

    # ------------------------------------------------------------- listening

    def listen(self, guild_id: int, post_id: int, thread_id: int) -> None:
        """Hear who writes in this thread."""
        self._threads[thread_id] = guild_id, post_id

    def observe(self, message: SeenMessage) -> None:
        """One look into a dict for every message; a task only for a voice that was not heard there before."""
        if message.channel_id in self._threads and message.is_by_person:
            self._hear(message.channel_id, message.author_id)

    def _hear(self, thread_id: int, member_id: int) -> None:
        heard = self._heard.setdefault(thread_id, set())
        if member_id not in heard:
            heard.add(member_id)
            self._start(self._write_down(thread_id, *self._threads[thread_id], member_id))

    async def _write_down(self, thread_id: int, guild_id: int, post_id: int, member_id: int) -> None:
        try:
            await self._posts.hear(guild_id, post_id, member_id, self.bot.services.clock.now())
        except Exception:
            # Their next message may do.
            self._heard.get(thread_id, set()).discard(member_id)
            log.exception("voice not written down guild=%s post=%s", guild_id, post_id)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """From now on the bot hears nothing there."""
        now = self.bot.services.clock.now()
        for guild_id in {guild_id for guild_id, _ in self._threads.values()}:
            guild = self.bot.get_guild(guild_id)
            if guild is not None and guild.shard_id == shard_id:
                self._missed_since.setdefault(guild_id, now)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Discord has told what was written meanwhile."""
        for guild_id in list(self._missed_since):
            guild = self.bot.get_guild(guild_id)
            if guild is not None and guild.shard_id == shard_id:
                del self._missed_since[guild_id]

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Hear who wrote while the bot was away."""
        missed, self._missed_since = self._missed_since, {}
        for thread_id, (guild_id, _) in list(self._threads.items()):
            if guild_id in missed and thread_id in self._threads:
                await self._catch_up(thread_id, missed[guild_id] - CLOCK_DIFFERENCE)
        if self._behind:
            self._rounds.wake()

    async def _catch_up(self, thread_id: int, since: datetime) -> None:
        guild = self.bot.get_guild(self._threads[thread_id][0])
        thread = guild.get_thread(thread_id) if guild else None
        # What nobody wrote in since needs no request; an archived thread comes back into memory when somebody writes.
        if thread is None or thread.last_message_id is None:
            return
        if discord.utils.snowflake_time(thread.last_message_id) < since:
            return
        try:
            async for message in thread.history(after=since, limit=MOST_MISSED):
                is_spoken = message.type in (discord.MessageType.default, discord.MessageType.reply)
                if is_spoken and not message.author.bot and message.webhook_id is None:
                    self._hear(thread_id, message.author.id)
        except (discord.Forbidden, discord.NotFound):
            log.warning("conversation not caught up guild=%s thread=%s", thread.guild.id, thread_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            self._behind[thread_id] = since

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """There is nothing to hear any more."""
        self._drop(payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed, and hears nothing there."""
        for thread_id in [thread_id for thread_id, (guild_id, _) in self._threads.items() if guild_id == guild.id]:
            self._drop(thread_id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot may have been there before."""
        for guild_id, post_id, thread_id in await self._posts.open_threads(self.bot.services.clock.now()):
            if guild_id == guild.id:
                self.listen(guild_id, post_id, thread_id)

    def _drop(self, thread_id: int) -> None:
        self._threads.pop(thread_id, None)
        self._heard.pop(thread_id, None)

    # ------------------------------------------------------------- what is said

    async def draw_question(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """The host's question under a post; None where nothing is left of the post."""
        found = await self._posts.get(guild.id, post.subject_id)
        return question_message(found) if found is not None and found.entries else None

    async def draw_author(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Calls the author; None if nobody is named as such any more."""
        found = await self._posts.get(guild.id, post.subject_id)
        return author_message(found.feed) if found is not None and found.feed.author_id is not None else None

    async def draw_unopened(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Tells the host that no conversation could be opened, and what to grant."""
        feed = await self.bot.services.feeds.find(guild.id, post.subject_id)
        channel = guild.get_channel(feed.channel_id) if feed else None
        return OutgoingMessage(unopened_text(feed, channel)) if feed is not None and channel is not None else None
