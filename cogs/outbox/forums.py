"""Where a post can stand: in a forum, as a thread with a title whose first message it is.

A thread has the id of its first message, so one id leads to both.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import discord

from bot.outbox.rules import Post
from bot.ui.messages import OutgoingMessage
from bot.ui.text import shortened
from cogs.outbox.places import even_if_archived, find_thread

log = logging.getLogger(__name__)

#: https://discord.com/developers/docs/resources/channel (channel object, forum tag object).
LONGEST_TITLE, LONGEST_TAG, MOST_TAGS = 100, 20, 20


class TagRequiredError(Exception):
    """The forum wants a tag on every post, and none can be had."""


class InForum:
    """A forum or media channel."""

    has_nonce = False

    def __init__(self, forum: discord.ForumChannel) -> None:
        self._forum = forum

    async def send(self, post: Post, message: OutgoingMessage) -> discord.Message:
        """Open a forum post. Raises TagRequiredError."""
        tags = await self._tags(message.tag)
        if self._forum.flags.require_tag and not tags:
            raise TagRequiredError
        made = await self._forum.create_thread(name=title_of(message), applied_tags=tags, **message.arguments())
        return made.message

    async def messages(self, since: datetime, until: datetime) -> AsyncIterator[discord.Message]:
        """The first message of each post the bot opened in that time."""
        async for thread in self._threads(since):
            is_own = thread.parent_id == self._forum.id and thread.owner_id == self._forum.guild.me.id
            if is_own and since <= discord.utils.snowflake_time(thread.id) <= until:
                with suppress(discord.NotFound):  # Somebody deleted it, or the whole post.
                    yield await thread.fetch_message(thread.id)

    async def edit(self, message_id: int, message: OutgoingMessage) -> None:
        """Draw the first message anew, with its title."""
        thread = await find_thread(self._forum.guild, message_id)
        title = title_of(message)

        async def draw() -> None:
            if thread.name != title:
                await thread.edit(name=title)
            await thread.get_partial_message(message_id).edit(**message.changes())

        await even_if_archived(self._forum.guild, message_id, draw)

    async def delete(self, message_id: int) -> None:
        """Take the whole post down; where the bot may not, at least its own words."""
        thread = await find_thread(self._forum.guild, message_id)
        try:
            await thread.delete()
        except discord.Forbidden:
            with suppress(discord.HTTPException):
                first = thread.get_partial_message(message_id)
                await even_if_archived(self._forum.guild, message_id, first.delete)
            raise

    async def _threads(self, since: datetime) -> AsyncIterator[discord.Thread]:
        for thread in await self._forum.guild.active_threads():
            yield thread
        # The latest archived come first, and what was archived before `since` was opened before it, too.
        async for thread in self._forum.archived_threads(limit=None):
            if thread.archive_timestamp < since:
                return
            yield thread

    async def _tags(self, name: str | None) -> list[discord.ForumTag]:
        if name is None:
            return []
        name = name[:LONGEST_TAG].strip()
        tag = _find(self._forum, name) or await self._new_tag(name)
        mine = self._forum.permissions_for(self._forum.guild.me)
        return [tag] if tag and (mine.manage_threads or not tag.moderated) else []

    async def _new_tag(self, name: str) -> discord.ForumTag | None:
        if not self._forum.permissions_for(self._forum.guild.me).manage_channels:
            return None
        # Discord takes the whole list of tags, so an outdated one would delete those made meanwhile.
        forum = await self._forum.guild.fetch_channel(self._forum.id)
        assert isinstance(forum, discord.ForumChannel), "a forum stays one"
        if (tag := _find(forum, name)) or len(forum.available_tags) >= MOST_TAGS:
            return tag
        try:
            return await forum.create_tag(name=name)
        except discord.HTTPException as error:
            if error.status >= 500:
                raise
            log.warning("tag not made guild=%s forum=%s code=%s", forum.guild.id, forum.id, error.code)
            return None


def title_of(message: OutgoingMessage) -> str:
    """What a forum post is called: its title, else the first words that are there."""
    words = [message.title, *(message.content or "").splitlines(), *(embed.title for embed in message.embeds)]
    return shortened(next((word.strip() for word in words if word and word.strip()), "News"), LONGEST_TITLE)


def _find(forum: discord.ForumChannel, name: str) -> discord.ForumTag | None:
    return next((tag for tag in forum.available_tags if tag.name.casefold() == name.casefold()), None)
