"""What Discord's answer to an attempt means, and what the host reads of it."""

import logging
from datetime import timedelta

import discord

from bot.outbox import rules
from bot.outbox.rules import Outcome, Post, PostState
from bot.ui.errors import ALREADY_ANSWERED
from bot.ui.permissions import how_to_grant, missing_in, needed_to_post_in
from cogs.outbox.forums import TagRequiredError
from cogs.outbox.places import THREAD_ARCHIVED

log = logging.getLogger(__name__)

#: Discord's words for: this member takes no direct messages from us; we open them too fast; we edit old ones too fast.
TAKES_NO_DIRECT = (50007, 50278)
DIRECT_TOO_FAST = 40003
EDITS_TOO_FAST = 30046
THREAD_LOCKED = 160005
#: Opening too fast leads to quarantine, so the first pause is as long as that after so many attempts: four minutes.
DIRECT_PATIENCE = 7
#: Where another channel is chosen for posts of a kind; for the others it is `/setup`.
CHOSEN_WITH = {"feeds:post": "/blog edit"}


def outcome_of(error: Exception, guild: discord.Guild, post: Post) -> Outcome:
    """What became of a post whose attempt ended in `error`."""
    match error:
        case discord.RateLimited():
            return rules.Postponed(timedelta(seconds=error.retry_after))
        case discord.HTTPException(code=code) if code in TAKES_NO_DIRECT and post.channel_id == rules.DIRECT:
            return rules.Closed()
        case discord.HTTPException(code=code) if code == DIRECT_TOO_FAST:
            return rules.Postponed(rules.pause_after(post.attempts + DIRECT_PATIENCE))
        case discord.HTTPException(code=code) if code == EDITS_TOO_FAST:
            return rules.Postponed(rules.LONGEST_PAUSE)
        case discord.HTTPException(code=code) if code == THREAD_LOCKED:
            return rules.Refused(f"<#{post.channel_id}> is locked. Unlock it in its menu.")
        case discord.HTTPException(code=code) if code == THREAD_ARCHIVED:
            return rules.Refused(f"<#{post.channel_id}> is closed, and I may not open it. Open it in its menu.")
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
        case TagRequiredError():
            return rules.Refused(
                f"<#{post.channel_id}> wants a tag on every post, and has none I could use. Grant me *Manage Channels* "
                "under *Edit Channel → Permissions*, so that I can make one, or there switch off *Require people to "
                "select tags when posting*."
            )
        case _:
            is_forum = isinstance(guild.get_channel(post.channel_id), discord.ForumChannel)
            return rules.Unsure(rules.ARRIVES_WITHIN) if is_forum else rules.Unsure()


def _reason(guild: discord.Guild, post: Post) -> str:
    """Why a post was refused, and what to grant, for the host."""
    if post.channel_id == rules.DIRECT:
        return "Discord did not let me write to them."
    channel = guild.get_channel_or_thread(post.channel_id)
    if channel is None:
        command = CHOSEN_WITH.get(post.kind, "/setup")
        return f"Its channel was deleted, or I cannot see it. Choose another one with `{command}`."
    needed = needed_to_post_in(channel)
    if post.state is PostState.REMOVING and isinstance(channel, discord.ForumChannel):
        needed = (*needed, "manage_threads")
    missing = missing_in(channel, needed)
    if not missing:
        return f"Discord did not let me write in {channel.mention}."
    return how_to_grant(channel.mention, missing)
