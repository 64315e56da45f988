"""What is known of a member."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Who comes back within this time is welcomed back; later, as someone new.
REMEMBERED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Member:
    """One stay of a person in a guild.

    `screened_at` is None while the rules are not accepted yet, `held_at` is set while a host has yet to decide about
    their greeting. `away_since` and `greeted_before_at` tell of the stay before: when it ended, and whether they were
    greeted then. `consented_at` is when they agreed that conversations between them and others may be noted.
    """

    guild_id: int
    member_id: int
    joined_at: datetime
    screened_at: datetime | None = None
    greeted_at: datetime | None = None
    held_at: datetime | None = None
    left_at: datetime | None = None
    away_since: datetime | None = None
    greeted_before_at: datetime | None = None
    consented_at: datetime | None = None


def is_same_stay(known: Member, joined_at: datetime) -> bool:
    """Whether a join event speaks of the stay already known: Discord may send the same event twice."""
    return known.left_at is None and known.joined_at == joined_at


def is_back(member: Member) -> bool:
    """Whether somebody who was greeted not long ago has come back, rather than somebody new."""
    if member.greeted_before_at is None or member.away_since is None:
        return False
    return member.joined_at - member.away_since <= REMEMBERED_FOR
