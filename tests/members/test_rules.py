"""When two join events speak of one stay."""

from datetime import UTC, datetime, timedelta

from bot.members.rules import Member, is_same_stay

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def test_the_same_event_twice_is_one_stay() -> None:
    assert is_same_stay(Member(1, 2, joined_at=NOW), NOW)


def test_a_later_join_is_a_new_stay() -> None:
    assert not is_same_stay(Member(1, 2, joined_at=NOW), NOW + timedelta(microseconds=1))


def test_a_join_after_leaving_is_a_new_stay() -> None:
    assert not is_same_stay(Member(1, 2, joined_at=NOW, left_at=NOW + timedelta(days=1)), NOW)
