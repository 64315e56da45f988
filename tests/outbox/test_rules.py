"""What to do with a post, decided from plain values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import rules
from bot.outbox.rules import NOTICE, Post, PostState, Step

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
SNOWFLAKES = st.integers(min_value=1, max_value=2**63 - 1)


def post(**changes: object) -> Post:
    values: dict[str, object] = {
        "id": 1, "guild_id": 2, "channel_id": 3, "kind": "greeting", "subject_id": 4, "key": "k", "due_at": NOW,
    }  # fmt: skip
    return Post(**(values | changes))  # type: ignore[arg-type]


def test_a_due_post_is_sent() -> None:
    assert rules.next_step(post(), NOW) is Step.SEND


def test_a_post_past_its_latest_useful_time_is_skipped() -> None:
    late = post(useful_until=NOW + timedelta(hours=1))
    assert rules.next_step(late, NOW + timedelta(hours=1)) is Step.SEND
    assert rules.next_step(late, NOW + timedelta(hours=1, seconds=1)) is Step.SKIP


def test_a_post_without_a_latest_useful_time_is_given_up_after_a_day() -> None:
    assert rules.next_step(post(), NOW + timedelta(days=1)) is Step.SEND
    assert rules.next_step(post(), NOW + timedelta(days=1, seconds=1)) is Step.SKIP


def test_a_doubtful_post_is_sent_again_while_discord_remembers_its_nonce() -> None:
    assert rules.next_step(post(unsure_since=NOW), NOW + rules.NONCE_MEMORY) is Step.SEND


def test_a_doubtful_post_is_looked_for_once_discord_may_have_forgotten_its_nonce() -> None:
    assert rules.next_step(post(unsure_since=NOW), NOW + rules.NONCE_MEMORY + timedelta(seconds=1)) is Step.LOOK_FIRST


def test_without_a_nonce_a_doubtful_post_is_always_looked_for_first() -> None:
    assert rules.next_step(post(unsure_since=NOW), NOW, has_nonce=False) is Step.LOOK_FIRST
    assert rules.next_step(post(), NOW, has_nonce=False) is Step.SEND


def test_a_doubtful_post_is_looked_for_before_it_is_given_up() -> None:
    doubtful = post(unsure_since=NOW, useful_until=NOW)
    assert rules.next_step(doubtful, NOW + timedelta(seconds=1)) is Step.LOOK_FIRST


@given(SNOWFLAKES, SNOWFLAKES, SNOWFLAKES, SNOWFLAKES)
def test_a_nonce_fits_discord_and_tells_posts_and_channels_apart(a: int, b: int, c: int, d: int) -> None:
    one, other = rules.nonce(post(id=a % 10**12, channel_id=b)), rules.nonce(post(id=c % 10**12, channel_id=d))
    assert len(one) <= 25
    assert (one == other) == ((a % 10**12, b) == (c % 10**12, d))


@given(st.integers(min_value=0, max_value=10_000))
def test_pauses_grow_and_stay_bounded(attempts: int) -> None:
    assert rules.pause_after(attempts) <= rules.pause_after(attempts + 1) <= rules.LONGEST_PAUSE


@pytest.mark.parametrize(
    ("state", "kind", "told"),
    [
        (PostState.FAILED, "greeting", True),
        (PostState.SKIPPED, "greeting", True),
        (PostState.SENT, "greeting", False),
        (PostState.CANCELLED, "greeting", False),
        (PostState.FAILED, NOTICE, False),
    ],
)
def test_hosts_hear_of_posts_that_do_not_go_out_but_never_of_notices(state: PostState, kind: str, told: bool) -> None:
    assert rules.needs_notice(post(state=state, kind=kind)) is told
