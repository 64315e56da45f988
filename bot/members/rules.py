"""What is known of a member."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One stay of a person in a guild. `screened_at` is None while the rules are not accepted yet."""

    guild_id: int
    member_id: int
    joined_at: datetime
    screened_at: datetime | None = None
    greeted_at: datetime | None = None
    left_at: datetime | None = None


def is_same_stay(known: Member, joined_at: datetime) -> bool:
    """Whether a join event speaks of the stay already known: Discord may send the same event twice."""
    return known.left_at is None and known.joined_at == joined_at
