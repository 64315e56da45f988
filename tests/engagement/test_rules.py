"""What taking part is worth, and when a level changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engagement import rules
from bot.engagement.rules import Level, MarkFacts, MarkObstacle, Part, Step, TakingPart, Thresholds

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
USUAL = Thresholds()

numbers = st.integers(min_value=0, max_value=60)
anything = st.builds(TakingPart, numbers, numbers, numbers, numbers, numbers)
sound = st.lists(st.integers(1, rules.HIGHEST), min_size=3, max_size=3, unique=True).map(
    lambda three: Thresholds(*sorted(three))
)


@pytest.mark.parametrize(
    ("taking_part", "points"),
    [
        (TakingPart(), 0),
        (TakingPart(active_days=1), 1),
        (TakingPart(partners=1), 3),
        (TakingPart(newcomers_answered=1), 4),
        (TakingPart(helpful_marks=1), 3),
        (TakingPart(sessions=1), 2),
        (TakingPart(active_days=12, partners=3, newcomers_answered=1, helpful_marks=2, sessions=1), 33),
    ],
)
def test_each_part_has_its_weight(taking_part: TakingPart, points: int) -> None:
    assert rules.standing(taking_part) == points


@pytest.mark.parametrize(
    ("part", "most", "points"),
    [
        (Part.ACTIVE_DAYS, 20, 20),
        (Part.PARTNERS, 12, 36),
        (Part.NEWCOMERS_ANSWERED, 5, 20),
        (Part.HELPFUL_MARKS, 8, 24),
        (Part.SESSIONS, 4, 8),
    ],
)
def test_each_part_has_an_end(part: Part, most: int, points: int) -> None:
    assert rules.standing(replace(TakingPart(), **{part: most})) == points
    assert rules.standing(replace(TakingPart(), **{part: most - 1})) < points
    assert rules.standing(replace(TakingPart(), **{part: most + 1})) == points


def test_somebody_who_did_everything_has_the_highest_standing() -> None:
    assert rules.standing(TakingPart(28, 100, 100, 100, 100)) == rules.HIGHEST == 108


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0, Level.NEW),
        (7, Level.NEW),
        (8, Level.PRESENT),
        (19, Level.PRESENT),
        (20, Level.CONTRIBUTING),
        (39, Level.CONTRIBUTING),
        (40, Level.CONNECTING),
        (108, Level.CONNECTING),
    ],
)
def test_a_level_begins_at_its_threshold(score: int, level: Level) -> None:
    assert rules.level_of(score, USUAL) is level


def test_levels_read_as_words() -> None:
    assert [level.title for level in Level] == ["New", "Present", "Contributing", "Connecting"]


def test_thresholds_are_sound_only_where_each_level_takes_more_and_can_be_reached() -> None:
    assert USUAL.are_sound
    for unsound in ((0, 20, 40), (8, 8, 40), (20, 8, 40), (8, 40, 20), (8, 20, 109), (-3, 20, 40)):
        assert not Thresholds(*unsound).are_sound


@pytest.mark.parametrize("below_since", [None, NOW - 3 * DAY])
def test_a_rise_shows_at_once_also_over_several_levels(below_since: datetime | None) -> None:
    assert rules.next_level(Level.NEW, below_since, 41, USUAL, NOW) == (Level.CONNECTING, None)
    assert rules.next_level(Level.PRESENT, below_since, 20, USUAL, NOW) == (Level.CONTRIBUTING, None)


@pytest.mark.parametrize(("score", "is_kept"), [(39, True), (36, True), (35, False)])
def test_nine_tenths_of_a_threshold_keep_the_level(score: int, is_kept: bool) -> None:
    long_ago = NOW - 30 * DAY
    level, since = rules.next_level(Level.CONNECTING, long_ago, score, USUAL, NOW)
    assert (level is Level.CONNECTING) is is_kept
    assert since is None, "35 points are enough for Contributing"


def test_a_fall_takes_fourteen_days_below() -> None:
    level, since = rules.next_level(Level.CONTRIBUTING, None, 10, USUAL, NOW)
    assert (level, since) == (Level.CONTRIBUTING, NOW)
    almost = NOW + 14 * DAY - timedelta(seconds=1)
    assert rules.next_level(level, since, 10, USUAL, almost) == (Level.CONTRIBUTING, NOW)
    assert rules.next_level(level, since, 10, USUAL, NOW + 14 * DAY) == (Level.PRESENT, None)
    assert rules.falls_at(since) == NOW + 14 * DAY
    assert rules.falls_at(None) is None


def test_who_recovers_for_a_day_has_fourteen_days_again() -> None:
    assert rules.next_level(Level.CONTRIBUTING, NOW - 13 * DAY, 18, USUAL, NOW) == (Level.CONTRIBUTING, None)
    assert rules.next_level(Level.CONTRIBUTING, None, 10, USUAL, NOW + DAY) == (Level.CONTRIBUTING, NOW + DAY)


def test_who_stays_away_falls_step_by_step_and_no_further_than_new() -> None:
    level, since, seen = Level.CONNECTING, None, list[tuple[int, Level]]()
    for day in range(70):
        before = level
        level, since = rules.next_level(level, since, 0, USUAL, NOW + day * DAY)
        if level is not before:
            seen.append((day, level))
    assert seen == [(14, Level.CONTRIBUTING), (28, Level.PRESENT), (42, Level.NEW)]
    assert since is None


def test_what_raises_the_standing_most_comes_first() -> None:
    assert rules.best_steps(TakingPart(partners=2)) == [
        Step(Part.NEWCOMERS_ANSWERED, 4),
        Step(Part.HELPFUL_MARKS, 3),
        Step(Part.PARTNERS, 3),
        Step(Part.SESSIONS, 2),
        Step(Part.ACTIVE_DAYS, 1),
    ]


def test_what_has_reached_its_end_is_not_advised() -> None:
    done = TakingPart(active_days=20, partners=12, newcomers_answered=5, helpful_marks=8, sessions=3)
    assert rules.best_steps(done) == [Step(Part.SESSIONS, 2)]
    assert rules.best_steps(replace(done, sessions=4)) == []


def test_the_way_to_a_level_is_told_in_points() -> None:
    assert rules.points_to(Level.CONTRIBUTING, 14, USUAL) == 6
    assert rules.points_to(Level.PRESENT, 14, USUAL) == 0


def test_the_window_holds_twenty_eight_days_with_the_present_one() -> None:
    today = date(2026, 4, 28)
    assert rules.first_day(today) == date(2026, 4, 1)


def test_what_keeps_a_level_is_nine_tenths_of_its_threshold() -> None:
    assert [rules.keeps(level, USUAL) for level in Level] == [0, 8, 18, 36]
    assert rules.next_level(Level.PRESENT, None, 7, USUAL, NOW) == (Level.PRESENT, NOW)


@given(anything, st.sampled_from(Part), numbers)
def test_standing_never_falls_by_taking_part(before: TakingPart, part: Part, more: int) -> None:
    after = replace(before, **{part: before.number_of(part) + more})
    assert rules.standing(after) >= rules.standing(before)
    assert 0 <= rules.standing(after) <= rules.HIGHEST


@given(anything)
def test_the_best_step_adds_what_it_says_and_no_other_adds_more(before: TakingPart) -> None:
    gains = {
        part: rules.standing(replace(before, **{part: before.number_of(part) + 1})) - rules.standing(before)
        for part in Part
    }
    steps = rules.best_steps(before)
    assert {step.part: step.points for step in steps} == {part: gain for part, gain in gains.items() if gain}
    if steps:
        assert steps[0].points == max(gains.values())


@given(
    st.sampled_from(Level),
    st.none() | st.integers(0, 60).map(lambda days: NOW - days * DAY),
    st.integers(0, rules.HIGHEST),
    st.integers(0, rules.HIGHEST),
    sound,
)
def test_a_level_never_falls_by_taking_part(
    known: Level, below_since: datetime | None, score: int, more: int, thresholds: Thresholds
) -> None:
    less, _ = rules.next_level(known, below_since, score, thresholds, NOW)
    level, _ = rules.next_level(known, below_since, score + more, thresholds, NOW)
    assert level >= less


@given(
    st.sampled_from(Level), st.lists(st.tuples(st.integers(1, 20), st.integers(0, rules.HIGHEST)), max_size=20), sound
)
def test_nobody_falls_without_fourteen_days_below_and_nobody_has_less_than_they_reach(
    known: Level, seen: list[tuple[int, int]], thresholds: Thresholds
) -> None:
    level, since, now, low = known, None, NOW, list[datetime]()
    for days, score in seen:
        now += days * DAY
        low = [*low, now] if score < thresholds.of(level) * 0.9 else []
        after, since = rules.next_level(level, since, score, thresholds, now)
        assert after >= rules.level_of(score, thresholds)
        if after < level:
            assert after == level - 1
            assert now - low[0] >= 14 * DAY
            low = [now]
        level = after


FINE = MarkFacts(is_own=False, is_by_bot=False, is_typed=True, is_author_here=True, is_author_host=False)


@pytest.mark.parametrize(
    ("facts", "obstacle"),
    [
        (FINE, None),
        (replace(FINE, is_own=True), MarkObstacle.OWN),
        (replace(FINE, is_by_bot=True), MarkObstacle.BOT),
        (replace(FINE, is_by_bot=True, is_author_here=False), MarkObstacle.BOT),
        (replace(FINE, is_typed=False, is_own=True), MarkObstacle.SYSTEM),
        (replace(FINE, is_author_here=False), MarkObstacle.GONE),
        (replace(FINE, is_author_host=True), MarkObstacle.HOST),
        (replace(FINE, is_author_host=True, is_own=True), MarkObstacle.OWN),
    ],
)
def test_marks_are_for_members_who_are_here_and_no_hosts(facts: MarkFacts, obstacle: MarkObstacle | None) -> None:
    assert rules.mark_obstacle(facts) is obstacle


@pytest.mark.parametrize(
    ("level", "stacked", "replaced"),
    [
        (Level.NEW, set(), set()),
        (Level.PRESENT, {Level.PRESENT}, {Level.PRESENT}),
        (Level.CONTRIBUTING, {Level.PRESENT}, {Level.PRESENT}),
        (Level.CONNECTING, {Level.PRESENT, Level.CONNECTING}, {Level.CONNECTING}),
    ],
)
def test_roles_stack_or_replace_one_another(level: Level, stacked: set[Level], replaced: set[Level]) -> None:
    with_role = [Level.PRESENT, Level.CONNECTING]
    assert rules.worn_levels(level, with_role, stacks=True) == stacked
    assert rules.worn_levels(level, with_role, stacks=False) == replaced


def test_without_roles_nothing_is_worn() -> None:
    assert rules.worn_levels(Level.CONNECTING, [], stacks=True) == set()
    assert rules.worn_levels(Level.CONNECTING, [], stacks=False) == set()
