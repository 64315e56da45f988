"""When two join events speak of one stay, and how old an account is."""

from datetime import UTC, datetime, timedelta

from bot.members.rules import Member, account_made_at, is_same_stay

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def test_the_same_event_twice_is_one_stay() -> None:
    assert is_same_stay(Member(1, 2, joined_at=NOW), NOW)


def test_a_later_join_is_a_new_stay() -> None:
    assert not is_same_stay(Member(1, 2, joined_at=NOW), NOW + timedelta(microseconds=1))


def test_a_join_after_leaving_is_a_new_stay() -> None:
    assert not is_same_stay(Member(1, 2, joined_at=NOW, left_at=NOW + timedelta(days=1)), NOW)


def test_an_id_tells_when_its_account_was_made() -> None:
    # The example of https://discord.com/developers/docs/reference#snowflakes
    assert account_made_at(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)
