"""When a blog is asked again, when its trouble is told, and when it has moved."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.feeds.documents import Failure, Page, Trouble, Unchanged

#: How often a blog is asked unless a host says otherwise, and between what a host may choose.
INTERVAL = timedelta(minutes=10)
SHORTEST_INTERVAL, LONGEST_INTERVAL = timedelta(minutes=5), timedelta(days=1)
#: Up to this share of the waiting time is added by chance, so that blogs are not asked all at once.
JITTER = 0.1
#: Pauses after failures: 10 min · 2ⁿ, at most a day; what a server asks for with Retry-After is at most that, too.
BACKOFF, LONGEST_PAUSE = timedelta(minutes=10), timedelta(days=1)
#: How long a server may ask for patience with Cache-Control or a feed's `ttl`.
LONGEST_COURTESY = timedelta(hours=1)
#: The hosts are told after so many failures in a row, or so long after the first; after a week it is given up.
TOLD_AFTER_FAILURES, TOLD_AFTER = 3, timedelta(hours=6)
PAUSED_AFTER = timedelta(days=7)
#: A permanent redirect is believed when so many polls in a row saw it.
MOVED_AFTER_POLLS = 3


@dataclass(frozen=True, slots=True)
class Health:
    """How a source does.

    `looked_at` is the last poll. While it fails: `failures` in a row since `failing_since`, with the last `trouble` and
    its `reason` in plain words; `told_at` is when hosts were told of it, `stopped_at` when it was given up.
    `moving_to` is the address `moved_polls` polls in a row were sent to for good.
    """

    looked_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    trouble: Trouble | None = None
    reason: str = ""
    told_at: datetime | None = None
    stopped_at: datetime | None = None
    moving_to: str = ""
    moved_polls: int = 0


def next_poll_at(
    now: datetime,
    interval: timedelta,
    failures: int,
    retry_after: timedelta | None,
    max_age: timedelta | None,
    ttl: timedelta | None,
    jitter: float,
) -> datetime:
    """When to ask a blog again after a poll at `now`: never sooner than `interval`, and within a day.

    `failures` counts those in a row with this one, `jitter` is a random number from 0 up to 1. Sources: Retry-After in
    RFC 9110, 10.2.3; max-age in RFC 9111, 5.2.2.1; `ttl` in RSS 2.0.
    """
    nothing = timedelta()
    interval = min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
    backoff = BACKOFF * 2 ** min(failures, 10) if failures else nothing
    wait = max(interval, backoff, retry_after or nothing)
    # Capped before it is multiplied: a server may ask for more than a timedelta holds.
    wait = min(wait, LONGEST_PAUSE) * (1 + JITTER * jitter)
    courtesy = min(max(max_age or nothing, ttl or nothing), LONGEST_COURTESY)
    return now + min(max(wait, courtesy), LONGEST_PAUSE)


def after_poll(health: Health, outcome: Page | Unchanged | Failure, now: datetime) -> Health:
    """How a source does after a poll. A page that turned out to be no feed is to be given as a `Failure`.

    Any success ends a time of trouble. A failed poll saw no redirect, so it also starts the count of a move anew: a
    blog never moves to an address that was not read three times.
    """
    if isinstance(outcome, Failure):
        return replace(
            health,
            looked_at=now,
            failures=health.failures + 1,
            failing_since=health.failing_since or now,
            trouble=outcome.trouble,
            reason=outcome.reason,
            moving_to="",
            moved_polls=0,
        )
    target = outcome.moved_to or ""
    again = health.moved_polls if target == health.moving_to else 0
    return Health(looked_at=now, moving_to=target, moved_polls=again + 1 if target else 0)


def address_to_move_to(health: Health) -> str | None:
    """The new address of a source that has moved for good, else None. After a move its health starts anew."""
    return health.moving_to if health.moved_polls >= MOVED_AFTER_POLLS else None


def should_tell(health: Health, now: datetime) -> bool:
    """Whether hosts should hear now that a blog is in trouble: once in each time of trouble; a pause tells itself."""
    if health.failing_since is None or health.told_at is not None:
        return False
    if health.stopped_at is not None or should_pause(health, now):
        return False
    return health.failures >= TOLD_AFTER_FAILURES or now - health.failing_since >= TOLD_AFTER


def should_pause(health: Health, now: datetime) -> bool:
    """Whether a blog is to be given up, and hosts told how to resume: gone for good (410), or a week of failures.

    Fewer failures than would be told give nothing up: the bot itself may have been away for that week.
    """
    if health.failing_since is None or health.stopped_at is not None:
        return False
    has_failed_long = now - health.failing_since >= PAUSED_AFTER and health.failures >= TOLD_AFTER_FAILURES
    return health.trouble is Trouble.GONE or has_failed_long


def resumed(health: Health) -> Health:
    """The health of a source that a host wakes up: as if it had never been in trouble."""
    return Health(looked_at=health.looked_at)
