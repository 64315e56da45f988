"""How the outbox speaks to hosts."""

import discord

from bot.communities.rules import ChannelPurpose
from bot.outbox.rules import Post, PostState
from bot.ui.messages import OutgoingMessage
from bot.ui.permissions import how_to_grant, is_forum, missing_in
from cogs.outbox.views import RetryButton

#: What a post of each kind is called.
NAMES = {
    "greeting:welcome": "a greeting",
    "greeting:introduction": "an introduction",
    "greeting:hello": "a hello under an introduction",
    "greeting:nudge": "a nudge about an unanswered introduction",
    "greeting:held": "a question about many newcomers",
    "setup:hello": "my first hello",
    **{f"setup:deleted:{purpose}": "a notice about a deleted channel" for purpose in ChannelPurpose},
    "impostors:alert": "an alert about a look-alike",
    "feeds:post": "a blog post",
    "feeds:question": "the question under a blog post",
    "feeds:author": "a call for the author under a blog post",
    "feeds:held": "a question about many new blog posts",
    "feeds:proposal": "a question about a member’s blog",
    "feeds:trouble": "a notice about a blog that cannot be read",
    "feeds:stopped": "a notice about a blog I have stopped reading",
    "feeds:unopened": "a notice about a missing conversation",
    "engagement:role": "a notice about the role of a level",
    "discounts:post": "the card of a discount",
    "sessions:announcement": "the announcement of a session",
    "sessions:news": "the announcement of a session",
    "sessions:reminder": "a reminder of a session",
    "sessions:changed": "a change of a session",
    "sessions:seat": "a word about a place in a session",
    "sessions:panel": "the hosts’ panel of a session",
    "sessions:now": "which question is being answered",
    "sessions:closed": "a question about what a session left unanswered",
    "sessions:closed_by_itself": "a notice that I closed a session",
    "sessions:question": "a question for a session",
    "sessions:pending": "a question that waits for approval",
    "sessions:unmasked": "a notice that somebody’s anonymity was lifted",
    "sessions:declined": "word to a member that their question was declined",
    "sessions:recap": "the recap of a session",
    "sessions:notice": "a notice about a session",
}


def notice_message(guild: discord.Guild, post: Post) -> OutgoingMessage | None:
    """Which post did not end as it should, why, and a button to try again where that may help; None where it did."""
    # Discord writes the names of archived threads, too, and says so of what was deleted.
    where, what = f"<#{post.channel_id}>", NAMES.get(post.kind, "a message")
    match post.state:
        case PostState.SKIPPED:
            due = discord.utils.format_dt(post.due_at, "R")
            return OutgoingMessage(f"I could not post {what} in {where} in time, so I left it out: it was due {due}.")
        case PostState.FAILED if post.message_id:
            text = f"I could not take down {what} in {where}, as I should. {post.reason or ''}"
        case PostState.FAILED:
            text = f"I could not post {what} in {where}. {post.reason or ''}"
        case _ if post.is_outdated:
            text = (
                f"For a week Discord has not let me update {what} in {where}, so it still says what was true before: "
                f"{link_to(guild, post)}. {post.reason} Then press *Try again*: I update all that waits for it there."
            )
        case _:
            return None
    view = discord.ui.View(timeout=None)
    view.add_item(RetryButton(post.id))
    return OutgoingMessage(text.strip(), view=view)


def link_to(guild: discord.Guild, post: Post) -> str:
    """The address of a post's message. In a forum that is a thread."""
    place = "" if is_forum(guild.get_channel(post.channel_id)) else f"/{post.channel_id}"
    return f"https://discord.com/channels/{guild.id}{place}/{post.message_id}"


def unpublished_message(guild: discord.Guild, post: Post) -> OutgoingMessage | None:
    """Which message was not published to followers, and what to grant; None where it is gone."""
    channel = guild.get_channel(post.channel_id)
    if channel is None or post.message_id is None:
        return None
    # Manage Messages is needed for other people's messages only.
    missing = missing_in(channel, ("view_channel", "send_messages"))
    why = how_to_grant(channel.mention, missing) if missing else "Discord did not take it."
    what = NAMES.get(post.kind, "a message")
    return OutgoingMessage(
        f"I posted {what} in {channel.mention}, but could not publish it to the followers: {link_to(guild, post)}. "
        f"{why} *Publish* under the message does it by hand."
    )
