"""Standing: what taking part is worth, which level that is, and when a level changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

#: How far back taking part counts, the present day among them.
WINDOW = timedelta(days=28)
#: A level is lost only by who stays below this many tenths of its threshold …
TENTHS_KEPT = 9
#: … for this long.
GRACE = timedelta(days=14)


class Level(IntEnum):
    """How much somebody takes part; ordered, and kept as a number."""

    NEW = 0
    PRESENT = 1
    CONTRIBUTING = 2
    CONNECTING = 3

    @property
    def title(self) -> str:
        """The level as people read it."""
        return self.name.capitalize()


#: The levels somebody rises to. Everybody is *New* who is nothing else, so it takes no points and has no role.
ABOVE_NEW = (Level.PRESENT, Level.CONTRIBUTING, Level.CONNECTING)


class Part(StrEnum):
    """What standing is made of; named as the attributes of `TakingPart`."""

    ACTIVE_DAYS = "active_days"
    PARTNERS = "partners"
    NEWCOMERS_ANSWERED = "newcomers_answered"
    HELPFUL_MARKS = "helpful_marks"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Weight:
    """What one of a part is worth in points, and how many of them count at most."""

    points: int
    most: int


WEIGHTS: dict[Part, Weight] = {
    Part.ACTIVE_DAYS: Weight(points=1, most=20),
    Part.PARTNERS: Weight(points=3, most=12),
    Part.NEWCOMERS_ANSWERED: Weight(points=4, most=5),
    Part.HELPFUL_MARKS: Weight(points=3, most=8),
    Part.SESSIONS: Weight(points=2, most=4),
}

#: The standing of somebody who did all that counts.
HIGHEST = sum(weight.points * weight.most for weight in WEIGHTS.values())


@dataclass(frozen=True, slots=True)
class TakingPart:
    """What a member did within the window: numbers of days, people and sessions, never of messages.

    `partners`: different people with whom replies went both ways, where both agreed that this is noted.
    `newcomers_answered`: people whose first human answer it was. `helpful_marks`: different people who gave one.
    """

    active_days: int = 0
    partners: int = 0
    newcomers_answered: int = 0
    helpful_marks: int = 0
    sessions: int = 0

    def number_of(self, part: Part) -> int:
        """How many of a part there are, also beyond what counts."""
        return getattr(self, part)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The standing from which on each level is reached; *New* begins at 0."""

    present: int = 8
    contributing: int = 20
    connecting: int = 40

    def of(self, level: Level) -> int:
        """The standing that a level takes, in points."""
        return (0, self.present, self.contributing, self.connecting)[level]

    @property
    def are_sound(self) -> bool:
        """Whether each level takes more than the one before, and somebody can reach them all."""
        return 0 < self.present < self.contributing < self.connecting <= HIGHEST


@dataclass(frozen=True, slots=True)
class LevelSettings:
    """What a guild's hosts chose: where levels begin, and which role shows each.

    `stacks`: whether the roles of lower levels are kept besides the one of one's own.
    """

    thresholds: Thresholds = field(default_factory=Thresholds)
    stacks: bool = False
    roles: Mapping[Level, int] = field(default_factory=dict[Level, int])


class MarkObstacle(StrEnum):
    """Why a message cannot be marked as helpful."""

    OWN = "own"
    BOT = "bot"
    SYSTEM = "system"
    GONE = "gone"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """Whose message somebody wants to mark. `is_typed`: a person wrote it, not Discord ("... joined the server")."""

    is_own: bool
    is_by_bot: bool
    is_typed: bool
    is_author_here: bool
    is_author_host: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The level somebody has as it was last seen, and since when they are too low for it."""

    level: Level = Level.NEW
    below_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """How much is stored about a member, in rows and in what the days add up to."""

    days: int = 0
    replies_given: int = 0
    replies_received: int = 0
    threads_joined: int = 0
    questions: int = 0
    rsvps: int = 0
    newcomers_answered: int = 0
    marks_given: int = 0
    marks_received: int = 0
    conversations: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a member sees of their standing. `agrees`: whether conversations with them may be noted."""

    taking_part: TakingPart
    standing: Standing
    thresholds: Thresholds
    agrees: bool
    stored: Stored

    @property
    def score(self) -> int:
        """The standing in points."""
        return standing(self.taking_part)

    @property
    def next_level(self) -> Level | None:
        """The level above; None at the top."""
        level = self.standing.level
        return None if level is Level.CONNECTING else Level(level + 1)

    @property
    def is_blank(self) -> bool:
        """Whether the member has not done anything yet that is counted."""
        return self.stored == Stored() and self.taking_part == TakingPart() and self.standing == Standing()


@dataclass(frozen=True, slots=True)
class Step:
    """One more of a part: what it adds to the standing, in points."""

    part: Part
    points: int


def standing(taking_part: TakingPart) -> int:
    """How much somebody takes part, in points from 0 to `HIGHEST`; more of anything never makes it less.

    Active days ×1 (20 of them count) + conversation partners ×3 (12) + newcomers answered ×4 (5) + helpful marks from
    different members ×3 (8) + Q&A sessions attended ×2 (4), all over the last 28 days.

    What is counted, and what is not, follows research; the weights themselves are this project's choice:

    - Newcomers who are answered come back more often, so an answer to one weighs most: Joyce & Kraut, "Predicting
      Continued Participation in Newsgroups", JCMC 11(3), 2006, doi:10.1111/j.1083-6101.2006.00033.x; Arguello et al.,
      "Talk to Me", CHI 2006, doi:10.1145/1124772.1124916.
    - People stay for bonds with particular people, so different partners count and not how much is said to one: Ren,
      Kraut & Kiesler, "Applying Common Identity and Bond Theory to Design of Online Communities", Organization Studies
      28(3), 2007, doi:10.1177/0170840607076007.
    - What is rewarded by number is done for the number's sake, so volume weighs nothing, every part has an end, and
      marks count once for each giver: Campbell, "Assessing the Impact of Planned Social Change", Evaluation and
      Program Planning 2(1), 1979, doi:10.1016/0149-7189(79)90048-X; Kraut & Resnick, "Building Successful Online
      Communities", MIT Press 2012, chapter 2.
    """
    return sum(points_of(part, taking_part) for part in Part)


def points_of(part: Part, taking_part: TakingPart) -> int:
    """What a part adds to the standing."""
    return WEIGHTS[part].points * min(taking_part.number_of(part), WEIGHTS[part].most)


def level_of(score: int, thresholds: Thresholds) -> Level:
    """The highest level this standing reaches, without regard to what was before."""
    return max(level for level in Level if score >= thresholds.of(level))


def next_level(
    known: Level, below_since: datetime | None, score: int, thresholds: Thresholds, now: datetime
) -> tuple[Level, datetime | None]:
    """The level somebody has from now on, and since when they are too low for it (None if they are not).

    A rise shows at once. Who is below 0.9 of their level's threshold for 14 days falls by one level, and for the next
    one the time begins anew: nobody knows since when they are too low for that.
    """
    reached = level_of(score, thresholds)
    if reached > known:
        return reached, None
    if not _is_too_low(score, thresholds.of(known)):
        return known, None
    since = below_since or now
    if now - since < GRACE:
        return known, since
    fallen = Level(known - 1)
    return fallen, now if _is_too_low(score, thresholds.of(fallen)) else None


def _is_too_low(score: int, threshold: int) -> bool:
    return score * 10 < threshold * TENTHS_KEPT


def keeps(level: Level, thresholds: Thresholds) -> int:
    """The lowest standing with which somebody keeps a level they have."""
    return next(score for score in range(thresholds.of(level) + 1) if not _is_too_low(score, thresholds.of(level)))


def falls_at(below_since: datetime | None) -> datetime | None:
    """When somebody falls who stays as low as they are; None if they do not."""
    return None if below_since is None else below_since + GRACE


def best_steps(taking_part: TakingPart) -> list[Step]:
    """One more of each part that still counts, by what it adds; the most first.

    Of two that add the same, the one of which less is there comes first, so that the advice does not repeat itself.
    """
    steps = [Step(part, weight.points) for part, weight in WEIGHTS.items() if taking_part.number_of(part) < weight.most]
    return sorted(steps, key=lambda step: (-step.points, taking_part.number_of(step.part)))


def points_to(level: Level, score: int, thresholds: Thresholds) -> int:
    """How many points are missing to a level; 0 if none are."""
    return max(0, thresholds.of(level) - score)


def first_day(today: date) -> date:
    """The oldest day that counts."""
    return today - WINDOW + timedelta(days=1)


def mark_obstacle(facts: MarkFacts) -> MarkObstacle | None:
    """What keeps a message from being marked as helpful; None if nothing does. Hosts give marks and get none."""
    obstacles = {
        MarkObstacle.BOT: facts.is_by_bot,
        MarkObstacle.SYSTEM: not facts.is_typed,
        MarkObstacle.OWN: facts.is_own,
        MarkObstacle.GONE: not facts.is_author_here,
        MarkObstacle.HOST: facts.is_author_host,
    }
    return next((obstacle for obstacle, stands in obstacles.items() if stands), None)


def worn_levels(level: Level, with_role: Collection[Level], *, stacks: bool) -> set[Level]:
    """Of the levels that have a role, those whose role a member of `level` wears.

    Where roles replace one another that is the highest they reached: a level without a role takes nothing away.
    """
    reached = {known for known in with_role if known <= level}
    return reached if stacks or not reached else {max(reached)}
