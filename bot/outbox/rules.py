"""What to do with a post now, and what an attempt to send it means."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Discord remembers a nonce for "the past few minutes"; two is surely among them.
NONCE_MEMORY = timedelta(minutes=2)
#: What was cut off may still arrive at Discord. Where no nonce guards it, it is looked for no sooner than this.
ARRIVES_WITHIN = timedelta(seconds=15)
#: A post without a latest useful time is given up this long after it was due.
GIVE_UP_AFTER = timedelta(days=1)
#: The longest pause between two attempts.
LONGEST_PAUSE = timedelta(minutes=10)
#: A message Discord lets nobody edit now is tried again so often, for so long: what is missing may be granted again.
REVISED_AGAIN_AFTER = timedelta(hours=1)
REVISED_FOR = timedelta(days=7)
#: The kind of the notices the outbox itself sends to hosts.
NOTICE = "outbox:notice"
#: The kind of the notices that a message was not published to followers.
UNPUBLISHED = "outbox:unpublished"
#: Stands in the place of a channel for a direct message to the member who is the post's subject.
DIRECT = 0
#: The time between two direct messages, in all guilds together: bots that hurry are quarantined.
BETWEEN_DIRECT = timedelta(seconds=10)


class PostState(StrEnum):
    """Where a post stands; `OPEN` lists the states in which something is still to be done."""

    WAITING = "waiting"
    SENT = "sent"
    REVISING = "revising"
    REMOVING = "removing"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: The message stands, and is to be drawn anew or taken down.
CHANGING = (PostState.REVISING, PostState.REMOVING)
OPEN = (PostState.WAITING, *CHANGING)


@dataclass(frozen=True, slots=True)
class NewPost:
    """A message to be sent by itself. `key` is unique in its guild; `kind` names who draws it, `subject_id` what of."""

    guild_id: int
    channel_id: int
    kind: str
    subject_id: int
    key: str
    due_at: datetime
    useful_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is kept.

    `unsure_since` is the start of the first attempt whose outcome is not known, `fingerprints` what those
    attempts looked like, `retry_at` the earliest next attempt, `reason` why Discord refused the last one, in words for
    the host, and `revision` how often what it says has changed.
    """

    id: int
    guild_id: int
    channel_id: int
    kind: str
    subject_id: int
    key: str
    due_at: datetime
    useful_until: datetime | None = None
    state: PostState = PostState.WAITING
    attempts: int = 0
    retry_at: datetime | None = None
    unsure_since: datetime | None = None
    fingerprints: frozenset[str] = frozenset()
    message_id: int | None = None
    reason: str | None = None
    revision: int = 0

    @property
    def is_outdated(self) -> bool:
        """Whether its message stands as it was before a change that Discord did not take."""
        return self.state is PostState.SENT and self.reason is not None

    @property
    def lane(self) -> tuple[int, bool]:
        """Posts of one lane are taken one after another: in a channel what is to go out, and what stands there.

        A message that may stand or not is looked for after the attempt to send it, so that is in the first one.
        """
        stands = self.message_id is not None
        return self.channel_id, stands and self.channel_id != DIRECT


class Step(StrEnum):
    """What to do with a due post."""

    SEND = "send"
    LOOK_FIRST = "look first"
    SKIP = "skip"
    REVISE = "revise"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Sent:
    """The message stands in the channel. `is_outdated`: it comes from an earlier attempt, and looked otherwise then.

    `publish`: it is to be published to the channel's followers.
    """

    message_id: int
    is_outdated: bool = False
    publish: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord will not take it, however often it is tried; `reason` is for the host."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Surely not sent; to be tried again after `pause`."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody can say whether it was sent; to be settled after a pause, and not before `at_least`."""

    at_least: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Its renderer says there is nothing to send any more."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """Its latest useful time has passed."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The member takes no direct messages."""


Outcome = Sent | Refused | Postponed | Unsure | Withdrawn | TooLate | Closed


@dataclass(frozen=True, slots=True)
class Publication:
    """A post's message that is to be published to followers, since when, and how often that was tried."""

    post_id: int
    guild_id: int
    channel_id: int
    message_id: int
    since: datetime
    tries: int = 0

    @property
    def lane(self) -> int:
        """Messages of one lane are published one after another: those of a channel."""
        return self.channel_id


class Published(StrEnum):
    """What came of an attempt to publish: it is over, or Discord forbids it, or it is to be tried again."""

    DONE = "done"
    REFUSED = "refused"
    AGAIN = "again"


def publish_again_at(publication: Publication, now: datetime) -> datetime | None:
    """When to try again what could not be published at `now`: after 32, 64 … seconds, and never after a day."""
    return now + pause_after(publication.tries + 5) if now - publication.since < GIVE_UP_AFTER else None


def next_step(post: Post, now: datetime, *, has_nonce: bool = True) -> Step:
    """Decide what to do with a due post. Without a nonce Discord would take it twice, so a doubt is settled first."""
    match post.state:
        case PostState.REVISING:
            return Step.REVISE
        case PostState.REMOVING:
            return Step.REMOVE if post.message_id else Step.LOOK_FIRST
        case _:
            pass
    if post.unsure_since is not None:
        is_guarded = has_nonce and now - post.unsure_since <= NONCE_MEMORY
        if not is_guarded or is_too_late(post, now):
            return Step.LOOK_FIRST
    return Step.SKIP if is_too_late(post, now) else Step.SEND


def is_too_late(post: Post, now: datetime) -> bool:
    """Whether sending it now would help nobody."""
    return now > last_attempt_by(post)


def last_attempt_by(post: Post) -> datetime:
    """The last instant at which an attempt to send it begins."""
    return post.useful_until or post.due_at + GIVE_UP_AFTER


def revise_again_at(post: Post, now: datetime) -> datetime | None:
    """When to try again to draw a message anew that Discord did not let us edit at `now`; never where it took long."""
    return now + REVISED_AGAIN_AFTER if now - post.due_at < REVISED_FOR else None


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the given number of attempts: 2, 4, 8 … seconds."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_PAUSE)


def nonce(post: Post) -> str:
    """The nonce of a post: the same for each attempt, at most 25 characters, different for each channel.

    Discord checks nonces per author, not per channel, so the channel is part of it.
    """
    return f"{_base36(post.channel_id)}-{_base36(post.id)}"


def needs_notice(post: Post) -> bool:
    """Whether the host should hear of this post's end. A direct message is between the bot and the member."""
    is_theirs = post.kind not in (NOTICE, UNPUBLISHED) and post.channel_id != DIRECT
    return is_theirs and (post.is_outdated or post.state in (PostState.FAILED, PostState.SKIPPED))


def notice_key(post: Post, now: datetime) -> str:
    """The key of the notice about a post that ended at `now`.

    What keeps one message of a channel from being changed does so for most others, so one notice a day tells of all.
    """
    return f"outdated:{post.channel_id}:{now:%Y%m%d}" if post.is_outdated else f"notice:{post.id}:{now:%Y%m%d%H%M%S}"


def state_after_retry(post: Post) -> PostState | None:
    """What is to be done once more with a post, if anything: only a removal can fail while its message stands."""
    if post.is_outdated:
        return PostState.REVISING
    if post.state is not PostState.FAILED:
        return None
    return PostState.REMOVING if post.message_id else PostState.WAITING


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"
