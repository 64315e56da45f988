"""What a feed is to a guild, and what becomes of an entry there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.communities.rules import ChannelPurpose, Community
from bot.feeds.digest_rules import DigestMode
from bot.feeds.documents import Entry
from bot.feeds.health_rules import Health

MOST_FEEDS = 100
DEFAULT_QUESTION = "What does this bring up for you?"
#: Discord's longest name of a thread, https://discord.com/developers/docs/resources/channel#channel-object
LONGEST_THREAD_NAME = 100


_UNKNOWN = Health()


class FeedState(StrEnum):
    """Whether a feed is followed. `PROPOSED`: a member asks for it. The three pauses: by a host, after a week of
    trouble, and because the blog says it is gone for good."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    FAILED = "failed"
    GONE = "gone"


class DeliveryState(StrEnum):
    """What became of an entry in one guild."""

    TAKEN = "taken"
    HELD = "held"
    READ = "read"


class ThreadState(StrEnum):
    """The conversation under a post: still to be opened, open, or impossible there."""

    WANTED = "wanted"
    OPEN = "open"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Source:
    """An address that is fetched, and how it does."""

    id: int
    url: str
    title: str = ""
    site: str = ""
    health: Health = _UNKNOWN

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or self.url


@dataclass(frozen=True, slots=True)
class Feed:
    """One guild's following of a source.

    `author_id` is the member who writes it, `owner_id` the member who shared it as their own; `role_id` is mentioned
    with each post, and members give it to themselves with a button if `has_follow_button`.
    """

    id: int
    guild_id: int
    source: Source
    channel_id: int
    state: FeedState = FeedState.ACTIVE
    author_id: int | None = None
    owner_id: int | None = None
    role_id: int | None = None
    has_follow_button: bool = True
    question: str = DEFAULT_QUESTION
    interval_minutes: int = 10
    flood_limit: int = 5
    digest: DigestMode = DigestMode.OFF
    digest_hour: int = 9
    digest_weekday: int = 0

    @property
    def name(self) -> str:
        """What to call it."""
        return self.source.name

    @property
    def is_paused(self) -> bool:
        """Whether nothing goes out until a host resumes it."""
        return self.state in (FeedState.PAUSED, FeedState.FAILED, FeedState.GONE)


@dataclass(frozen=True, slots=True)
class FeedPost:
    """A message about the entries of a feed, more than one only in a digest."""

    id: int
    feed: Feed
    entries: tuple[Entry, ...]
    is_digest: bool
    due_at: datetime
    thread_state: ThreadState = ThreadState.WANTED
    thread_id: int | None = None
    author_called_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """When a post was or is due, and when it was last edited or will be."""

    guild_id: int
    post_id: int
    is_digest: bool
    due_at: datetime
    edited_at: datetime | None

    @property
    def key(self) -> str:
        """Its key in the outbox."""
        return post_key(self.post_id)


@dataclass(frozen=True, slots=True)
class LastPost:
    """What came of a feed's last post. `voices` counts the members who wrote under it, without the author."""

    channel_id: int
    message_id: int
    voices: int
    author_answered: bool


@dataclass(frozen=True, slots=True)
class FeedOverview:
    """A line of `/blog list`. `held` counts the entries that wait for a host, who is asked in `asked_in`, a channel."""

    feed: Feed
    held: int
    last: LastPost | None
    asked_in: int | None = None


def post_key(post_id: int) -> str:
    """The key of a post in the outbox."""
    return f"feed-post:{post_id}"


def question_key(post_id: int) -> str:
    """The key of the question under a post."""
    return f"feed-question:{post_id}"


def author_key(post_id: int) -> str:
    """The key of the call for a post's author."""
    return f"feed-author:{post_id}"


def proposal_key(feed_id: int) -> str:
    """The key of the question to hosts about a member's blog."""
    return f"feed-proposal:{feed_id}"


def place_of_members(community: Community) -> int | None:
    """The channel in which members' own blogs appear."""
    channels = community.channels
    return channels.get(ChannelPurpose.MEMBER_BLOGS) or channels.get(ChannelPurpose.INTRODUCTIONS)


def digest_title(post: FeedPost) -> str:
    """What a digest is called: `3 new posts`."""
    return "a new post" if len(post.entries) == 1 else f"{len(post.entries)} new posts"


def thread_name(post: FeedPost) -> str:
    """The name of the conversation under a post, at most 100 characters."""
    name = f"{post.feed.name}: {digest_title(post)}" if post.is_digest else post.entries[0].title
    name = " ".join(name.split()) or post.feed.name
    return name if len(name) <= LONGEST_THREAD_NAME else name[: LONGEST_THREAD_NAME - 1].rstrip() + "…"


def question_for(post: FeedPost, escape: Callable[[str], str]) -> str:
    """The question under a post, with the entry's title, escaped, where the host wants it."""
    title = post.feed.name if post.is_digest else post.entries[0].title
    return post.feed.question.replace("{title}", escape(title))
