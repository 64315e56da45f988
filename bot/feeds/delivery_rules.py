"""How what is new goes out to one guild: at once or held, at most one a day for a member, and later set right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: More new entries at once than this are held until a host decides; a setting of each feed.
FLOOD = 5
#: How long after it was posted a message follows what its entry says, and how often at most.
EDIT_WITHIN = timedelta(days=1)
BETWEEN_EDITS = timedelta(hours=1)
#: A member's own blog is shown this often at most.
BETWEEN_MEMBER_POSTS = timedelta(days=1)


class Plan(StrEnum):
    """What happens with new entries."""

    POST = "post"
    HOLD = "hold"


class Choice(StrEnum):
    """What a host decides about held entries."""

    POST_ALL = "post all"
    NEWEST_ONLY = "newest only"
    MARK_READ = "mark as read"


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of held deliveries, by id: these go out in this order, those never."""

    to_post: tuple[int, ...]
    read: tuple[int, ...]


def plan(new_count: int, held_count: int, flood_limit: int = FLOOD) -> Plan:
    """Whether a feed's new entries go out or are held: when there are too many, or when others are held before them.

    A limit of 0 holds nothing, except behind entries that are held already, for order's sake.
    """
    is_flood = new_count > flood_limit > 0
    return Plan.HOLD if is_flood or (new_count and held_count) else Plan.POST


def settle(held_ids: Sequence[int], choice: Choice) -> Settled:
    """Apply a host's choice to the ids of all held deliveries of a feed, the oldest first."""
    keeps = {Choice.POST_ALL: len(held_ids), Choice.NEWEST_ONLY: 1, Choice.MARK_READ: 0}[choice]
    split = max(0, len(held_ids) - keeps)
    return Settled(to_post=tuple(held_ids[split:]), read=tuple(held_ids[:split]))


def next_slot(last_at: datetime | None, due_at: datetime) -> datetime:
    """When the next post of a member's blog goes out: when it is due, but a day after the last one at the earliest.

    `last_at` is when the one before it went out, or will go out if it is still waiting. Ask again at the time of
    sending with when the last one *really* went out: after days without power several would be due together.
    """
    return due_at if last_at is None else max(due_at, last_at + BETWEEN_MEMBER_POSTS)


def edit_due_at(posted_at: datetime, last_edited_at: datetime | None, now: datetime) -> datetime | None:
    """When a message may be edited after what it shows has changed; None if never again."""
    earliest = now if last_edited_at is None else max(now, last_edited_at + BETWEEN_EDITS)
    return earliest if earliest - posted_at <= EDIT_WITHIN else None
