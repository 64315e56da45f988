"""How blog posts look."""

from urllib.parse import quote

import discord

from bot.feeds.documents import Entry
from bot.feeds.post_rules import Feed, FeedPost, digest_title, question_for, thread_name
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_name, safe_within, shortened
from bot.ui.views import BaseView
from cogs.feeds.views import FollowButton

COLOUR = discord.Colour(0xC0653A)
#: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
_TITLE, _FOOTER, _DESCRIPTION, _CONTENT = 256, 2048, 4096, 2000
#: A longer address in a digest would leave no room for the other posts.
_LINK = 500
#: https://discord.com/developers/docs/resources/channel#forum-tag-object
_TAG = 20


def post_message(guild: discord.Guild, post: FeedPost) -> OutgoingMessage:
    """A post as it stands in the channel. Only the role that was chosen for the feed is mentioned."""
    role = guild.get_role(post.feed.role_id or 0)
    view = None
    if role is not None and post.feed.has_follow_button:
        view = BaseView(timeout=None).add_item(FollowButton(post.feed.id))
    return OutgoingMessage(
        role.mention if role else None,
        [digest_card(post) if post.is_digest else entry_card(post.feed, post.entries[0])],
        view,
        discord.AllowedMentions(everyone=False, users=False, roles=[role] if role else False),
        title=thread_name(post),
        tag=post.feed.name[:_TAG],
        publish=True,
    )


def entry_card(feed: Feed, entry: Entry) -> discord.Embed:
    """One entry: title, author, blog, date in the reader's zone, summary, image."""
    byline = f"by {_author_of(feed, entry)}" if _author_of(feed, entry) else ""
    card = discord.Embed(
        title=safe_within(entry.title or feed.name, _TITLE),
        url=entry.link or feed.source.site or None,
        description="\n\n".join(filter(None, (entry.summary, byline))) or None,
        timestamp=entry.published_at,
        colour=COLOUR,
    )
    card.set_footer(text=shortened(feed.name, _FOOTER))
    if entry.image:
        card.set_image(url=entry.image)
    return card


def digest_card(post: FeedPost) -> discord.Embed:
    """Several entries in one card, the oldest first, as many as fit."""
    count = len(post.entries)
    lines: list[str] = []
    for number, entry in enumerate(post.entries):
        line = _glimpse(entry)
        if len("\n\n".join([*lines, line])) > _DESCRIPTION - 200:
            lines.append(f"and {count - number} more on the blog")
            break
        lines.append(line)
    author = _author_of(post.feed, None)
    card = discord.Embed(
        title=digest_title(post).capitalize(),
        url=post.feed.source.site or None,
        description="\n\n".join([*lines, *([f"by {author}"] if author else [])]),
        colour=COLOUR,
    )
    card.set_footer(text=shortened(post.feed.name, _FOOTER))
    first_image = next((entry.image for entry in post.entries if entry.image), None)
    return card.set_image(url=first_image) if first_image else card


def _glimpse(entry: Entry) -> str:
    title = safe_within(entry.title, _TITLE)
    # A bracket in the address would end the link early.
    link = quote(entry.link, safe=_IN_LINKS)
    head = f"**[{title}]({link})**" if 0 < len(link) <= _LINK else f"**{title}**"
    when = f" · {discord.utils.format_dt(entry.published_at, 'D')}" if entry.published_at else ""
    return f"{head}{when}"


_IN_LINKS = ":/?#@!$&'*+,;=%~-._"


def _author_of(feed: Feed, entry: Entry | None) -> str:
    if feed.author_id is not None:
        return f"<@{feed.author_id}>"
    return safe_name(entry.author) if entry is not None else ""


def question_message(post: FeedPost) -> OutgoingMessage:
    """The first words of the conversation under a post."""
    return OutgoingMessage(shortened(question_for(post, safe_name), _CONTENT))


def author_message(feed: Feed) -> OutgoingMessage:
    """Brings the author in, once somebody has written under their post."""
    return OutgoingMessage(
        f"<@{feed.author_id}>, somebody has written under your post.",
        allowed_mentions=discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(feed.author_id)] if feed.author_id else False
        ),
    )
