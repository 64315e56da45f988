"""Whether a person answered an introduction, how long that took, and how many newcomers come that far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

#: The periods people are counted over, in days.
PERIODS = (7, 30, 90)
#: With fewer members than this a chart says less than a sentence.
CHART_FROM = 10
#: How many of those who answered most are named.
MOST_THANKED = 3
#: How long an unanswered introduction is watched.
WATCHED_FOR = timedelta(days=90)
#: A nudge that comes later than this after its time helps nobody.
NUDGE_USEFUL_FOR = timedelta(hours=24)

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenCard:
    """The card of an introduction that no person has answered yet. A thread on it would have the message's id."""

    guild_id: int
    member_id: int
    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Nudge:
    """What the hosts are told: whose card has waited since when, and the roles that are called, each once."""

    card: OpenCard
    introduced_at: datetime
    role_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Introduced:
    """A member who introduced themselves. `joined_at` is None for one who was here before the bot."""

    joined_at: datetime | None
    introduced_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far those came who joined in the last `days` days, and are perhaps gone again.

    `median_wait` is the median time from an introduction to the first answer by a person, None without answers.
    """

    days: int
    joined: int
    greeted: int
    introduced: int
    answered: int
    median_wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """A funnel for each period, the shortest first, and who answered most, in no order that means anything."""

    funnels: Sequence[Funnel]
    answerers: Sequence[int]


def is_answer(card: OpenCard, author_id: int, *, by_person: bool) -> bool:
    """Whether a message to the card counts: a person wrote it, and not the one who waits for an answer."""
    return by_person and author_id != card.member_id


def funnel_of(days: int, joined: int, greeted: int, introduced: Sequence[Introduced], now: datetime) -> Funnel:
    """The funnel of the last `days` days, of which `joined` and `greeted` are counted already."""
    since = now - timedelta(days=days)
    came = [one for one in introduced if one.joined_at is not None and one.joined_at >= since]
    # Discord's clock, which an answer is dated by, may be a little behind ours.
    waits = [
        max((one.answered_at - one.introduced_at).total_seconds(), 0.0) for one in came if one.answered_at is not None
    ]
    return Funnel(days, joined, greeted, len(came), len(waits), timedelta(seconds=median(waits)) if waits else None)


def is_worth_a_chart(funnels: Sequence[Funnel], members: int) -> bool:
    """Whether a chart of these would show more than its axes."""
    return members >= CHART_FROM and any(funnel.joined for funnel in funnels)


def in_words(span: timedelta) -> str:
    """A length of time as people say it, in its two largest units: `3 hours`, `1 day 4 hours`."""
    if span < _MINUTE:
        return "less than a minute"
    largest, smaller = (("day", _DAY), ("hour", _HOUR)) if span >= _DAY else (("hour", _HOUR), ("minute", _MINUTE))
    rest = span % largest[1]
    counts = ((span // largest[1], largest[0]), (rest // smaller[1], smaller[0]))
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in counts if count)
