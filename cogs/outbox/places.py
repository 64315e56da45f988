"""Where a post can stand: in a channel, a thread or a direct conversation."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

import discord

from bot.outbox import rules
from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage


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

    def __init__(self, channel: discord.PartialMessageable | discord.DMChannel) -> None:
        self._channel = channel

    async def send(self, post: Post, message: OutgoingMessage) -> discord.Message:
        """Put the message there."""
        return await self._channel.send(nonce=rules.nonce(post), **message.arguments())

    def messages(self, since: datetime, until: datetime) -> AsyncIterator[discord.Message]:
        """The messages of that time, the oldest first."""
        return self._channel.history(after=since, before=until, limit=None)

    async def edit(self, message_id: int, message: OutgoingMessage) -> None:
        """Draw a message anew."""
        await self._channel.get_partial_message(message_id).edit(**message.changes())

    async def delete(self, message_id: int) -> None:
        """Take a message down."""
        await self._channel.get_partial_message(message_id).delete()
