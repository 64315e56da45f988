"""What hosts read about their blogs."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import discord

from bot.communities.rules import ChannelPurpose
from bot.feeds.digest_rules import DigestMode
from bot.feeds.documents import Entry
from bot.feeds.post_rules import Feed, FeedOverview, FeedState
from bot.ui.permissions import NEEDED, how_to_grant, missing_in
from bot.ui.text import safe_within, shortened

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: How many held entries are named.
_NAMED = 8
#: Of a blog's name, in characters; the name of a blog without a title is its address.
_NAME = 150
#: Of an address, so that every text with one fits in a message.
_ADDRESS = 500


def called(feed: Feed) -> str:
    """A blog's name, safe to show and not too long."""
    return safe_within(feed.name, _NAME)


def held_text(feed: Feed, held: Sequence[Entry]) -> str:
    """Many entries came at once."""
    titles = [f"- {safe_within(entry.title, 120)}" for entry in held[-_NAMED:]]
    earlier = [f"- and {len(held) - _NAMED} earlier ones"] if len(held) > _NAMED else []
    return "\n".join([
        f"**{called(feed)}** has {len(held)} new posts at once, so I wait for you. Shall I post them?",
        *reversed(titles), *earlier,
    ])  # fmt: skip


def proposal_text(feed: Feed, *, is_empty: bool) -> str:
    """A member shares their own blog."""
    return (
        f"<@{feed.owner_id}> would like to share their own blog: **{called(feed)}** "
        f"({_link(feed.source.site or feed.source.url)}). If you approve, new posts appear in <#{feed.channel_id}>, "
        "one a day at most, with their name and without a ping. "
        + ("It has no posts yet." if is_empty else "This is its newest post:")
    )


def trouble_text(feed: Feed) -> str:
    """A blog cannot be read."""
    name, source = called(feed), feed.source.health
    if not source.failures:
        return f"**{name}** could not be read for a while, and can be read again. Nothing was lost."
    since = discord.utils.format_dt(source.failing_since, "R") if source.failing_since else "a while ago"
    return (
        f"I have not been able to read **{name}** ({_link(feed.source.url)}) since {since}. {source.reason} I keep "
        "trying, and post what I missed as soon as it works again."
    )


def stopped_text(feed: Feed) -> str:
    """A blog is not looked at any more."""
    name = called(feed)
    if feed.state is FeedState.GONE:
        return (
            f"**{name}** says that it is gone for good, so I have stopped looking. `/blog unfollow` removes it; should "
            "it come back, `/blog resume` continues."
        )
    return (
        f"I could not read **{name}** for a week, so I have stopped trying. {feed.source.health.reason} Once it works "
        "again, `/blog resume` continues where it stopped."
    )


def unopened_text(feed: Feed, channel: discord.abc.GuildChannel) -> str:
    """No conversation could be opened under a post."""
    missing = missing_in(channel, NEEDED[ChannelPurpose.BLOG])
    why = how_to_grant(channel.mention, missing) if missing else f"Discord did not let me do that in {channel.mention}."
    return f"I could not open a conversation under a post of **{called(feed)}**. {why}"


def feed_lines(overview: FeedOverview) -> str:
    """A feed in `/blog list`."""
    feed = overview.feed
    head = f"**{called(feed)}** → <#{feed.channel_id}>{_who(feed)} · {_rhythm(feed)}"
    return "\n".join(filter(None, [head, _health(feed), _held(overview), _last(overview)]))


def _held(overview: FeedOverview) -> str:
    if not overview.held:
        return ""
    waiting = "⏳ one post waits" if overview.held == 1 else f"⏳ {overview.held} posts wait"
    if overview.feed.is_paused:
        return f"{waiting} until then."
    if overview.asked_in is None:
        return f"{waiting} for you to decide. Choose a channel for hosts in `/setup`; `/blog list` then asks there."
    return f"{waiting} for you to decide: I ask in <#{overview.asked_in}>."


def _who(feed: Feed) -> str:
    by = f" · by <@{feed.author_id}>" if feed.author_id else ""
    return by + (f" · pings <@&{feed.role_id}>" if feed.role_id else "")


def _rhythm(feed: Feed) -> str:
    at = f"{feed.digest_hour:02}:00"
    if feed.digest is DigestMode.DAILY:
        return f"together every day at {at}"
    if feed.digest is DigestMode.WEEKLY:
        return f"together every {_WEEKDAYS[feed.digest_weekday]} at {at}"
    minutes = feed.interval_minutes
    return f"looked at every {minutes} minutes" if minutes < 120 else f"looked at every {minutes / 60:g} hours"


def _health(feed: Feed) -> str:
    source = feed.source.health
    looked = discord.utils.format_dt(source.looked_at, "R") if source.looked_at else "not yet"
    match feed.state:
        case FeedState.PAUSED:
            return "⏸️ Paused. `/blog resume` continues."
        case FeedState.FAILED:
            return f"🛑 Stopped after a week of trouble. {source.reason} `/blog resume` tries again."
        case FeedState.GONE:
            return "🛑 The blog says that it is gone for good. `/blog unfollow` removes it."
        case _ if source.failures:
            since = discord.utils.format_dt(source.failing_since, "R") if source.failing_since else "just now"
            return f"⚠️ Cannot be read since {since}. {source.reason}"
        case _:
            return f"✅ Fine, last read {looked}."


def _last(overview: FeedOverview) -> str:
    last, feed = overview.last, overview.feed
    if last is None:
        return "Nothing posted yet."
    link = f"https://discord.com/channels/{feed.guild_id}/{last.channel_id}/{last.message_id}"
    wrote = "nobody has written yet" if not last.voices else f"{_people(last.voices)} wrote under it"
    answered = ""
    if feed.author_id is not None and last.voices:
        answered = ", and the author answered" if last.author_answered else ", and the author has not answered yet"
    return f"Last post: {link} · {wrote}{answered}"


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _link(url: str) -> str:
    """An address without its preview; a long one is only named."""
    return f"<{url}>" if len(url) <= _ADDRESS else f"`{shortened(url, _ADDRESS)}`"


def settings_text(feed: Feed, zone: ZoneInfo) -> str:
    """How a blog is followed, in words."""
    lines = [
        f"**{called(feed)}** ({_link(feed.source.url)}) appears in <#{feed.channel_id}>, {_rhythm(feed)}"
        + (f", by the clock of {zone.key}." if feed.digest is not DigestMode.OFF else "."),
        f"Written by <@{feed.author_id}>, whom I call once somebody writes under a post."
        if feed.author_id
        else "Nobody here is named as its author; `author:` names one.",
        _role_line(feed),
        f"Under each post I ask: {feed.question}",
        f"More than {feed.flood_limit} new posts at once are held until you decide."
        if feed.flood_limit
        else "However many posts come at once, all go out.",
    ]
    return "\n".join(lines)


def _role_line(feed: Feed) -> str:
    if not feed.role_id:
        return "No role is mentioned."
    button = "and members can give it to themselves" if feed.has_follow_button else "and only hosts give it"
    return f"Each post mentions <@&{feed.role_id}>, {button}."
