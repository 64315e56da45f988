"""Which time zone a person means."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.communities import rules
from bot.communities.rules import Community


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("America/New_York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("new york", "America/New_York"),
        ("  New  York ", "America/New_York"),
        ("NEW_YORK", "America/New_York"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("utc", "UTC"),
        ("berlin", "Europe/Berlin"),
    ],
)
def test_a_zone_is_found_by_city_whatever_the_case_and_the_spaces(typed: str, zone: str) -> None:
    assert rules.find_time_zone(typed) == zone


@pytest.mark.parametrize("typed", ["", "  ", "Atlantis", "America", "posixrules", "localtime", "../../etc/passwd"])
def test_what_is_no_zone_is_not_found(typed: str) -> None:
    assert rules.find_time_zone(typed) is None


@given(st.sampled_from(rules.time_zone_names()))
def test_every_zone_that_is_offered_is_found_and_usable(name: str) -> None:
    assert rules.find_time_zone(name.lower().replace("_", " ")) == name
    assert Community(1, time_zone=name).zone.key == name
    assert name in rules.matching_time_zones(name)


@given(st.text())
def test_whatever_is_typed_is_answered(typed: str) -> None:
    found = rules.find_time_zone(typed)
    assert found is None or found in rules.time_zone_names()
    assert len(rules.similar_time_zones(typed)) <= 3
    assert len(rules.matching_time_zones(typed)) <= 25


def test_a_slip_of_the_finger_is_answered_with_the_near_zone() -> None:
    assert rules.similar_time_zones("new yrok")[0] == "America/New_York"
    assert rules.similar_time_zones("Berln")[0] == "Europe/Berlin"
    assert rules.similar_time_zones("qqqqq") == []


def test_while_typing_cities_that_begin_like_that_come_first() -> None:
    assert rules.matching_time_zones("new y") == ["America/New_York"]
    assert rules.matching_time_zones("lon")[0] == "Europe/London"
    assert len(rules.matching_time_zones("")) == 25


def test_a_community_without_a_zone_lives_in_utc() -> None:
    assert Community(1).zone.key == "UTC"


def test_local_time_is_the_wall_clock_there() -> None:
    winter, summer = datetime(2026, 1, 6, 3, 30, tzinfo=UTC), datetime(2026, 7, 7, 3, 30, tzinfo=UTC)
    assert rules.local_time("America/New_York", winter) == "22:30 on Monday"
    assert rules.local_time("America/New_York", summer) == "23:30 on Monday"
