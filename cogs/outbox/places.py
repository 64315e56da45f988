"""Where a post can stand: in a channel, a thread or a direct conversation."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Protocol

import discord

from bot.outbox import rules
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage

#: Discord's word for: the thread is archived, so nothing in it can be changed.
THREAD_ARCHIVED = 50083


class Place(Protocol):
    """What the outbox does where a post stands."""

    #: Whether Discord takes a post only once, however often it is sent within minutes.
    has_nonce: bool

    async def send(self, post: Post, message: OutgoingMessage) -> discord.Message:
        """Put the message there."""
        ...

    def messages(self, since: datetime, until: datetime) -> AsyncIterator[discord.Message]:
        """What was put there in that time, and may be a post's message."""
        ...

    async def edit(self, message_id: int, message: OutgoingMessage) -> None:
        """Draw anew what stands there. Raises discord.NotFound where it is gone."""
        ...

    async def delete(self, message_id: int) -> None:
        """Take down what stands there. Raises discord.NotFound where it is gone."""
        ...


class InChannel:
    """A channel that takes messages. One in an archived thread opens it again; a locked thread refuses."""

    has_nonce = True

    def __init__(self, guild: discord.Guild, channel: discord.PartialMessageable | discord.DMChannel) -> None:
        self._guild = guild
        self._channel = channel

    async def send(self, post: Post, message: OutgoingMessage) -> discord.Message:
        """Put the message there."""
        return await self._channel.send(nonce=rules.nonce(post), **message.arguments())

    def messages(self, since: datetime, until: datetime) -> AsyncIterator[discord.Message]:
        """The messages of that time, the oldest first."""
        return self._channel.history(after=since, before=until, limit=None)

    async def edit(self, message_id: int, message: OutgoingMessage) -> None:
        """Draw a message anew."""
        standing = self._channel.get_partial_message(message_id)
        await even_if_archived(self._guild, self._channel.id, lambda: standing.edit(**message.changes()))

    async def delete(self, message_id: int) -> None:
        """Take a message down."""
        standing = self._channel.get_partial_message(message_id)
        await even_if_archived(self._guild, self._channel.id, standing.delete)


async def even_if_archived(guild: discord.Guild, thread_id: int, change: Callable[[], Awaitable[object]]) -> None:
    """Change something in a channel; an archived thread is opened for that. A message sent there opens it by itself.

    Raises what Discord said at first where the thread may not be opened.
    """
    try:
        await change()
    except discord.HTTPException as error:
        if error.code != THREAD_ARCHIVED:
            raise
        thread = await find_thread(guild, thread_id)
        try:
            await thread.edit(archived=False)
        except discord.Forbidden:
            raise error from None
        await change()


async def find_thread(guild: discord.Guild, thread_id: int) -> discord.Thread:
    """A thread; an archived one is not in memory."""
    thread = guild.get_thread(thread_id) or await guild.fetch_channel(thread_id)
    assert isinstance(thread, discord.Thread), "its id is that of a thread"
    return thread
