"""What a post is recognised by, when it may go out, and what becomes of it in one guild."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.delivery_rules import (
    BETWEEN_EDITS,
    BETWEEN_MEMBER_POSTS,
    EDIT_WITHIN,
    Choice,
    Plan,
    edit_due_at,
    next_slot,
    plan,
    settle,
)
from bot.feeds.documents import Entry
from bot.feeds.identity_rules import LONGEST_KEY, Identity, canonical_link, digest_of, identity_of
from bot.feeds.rules import FUTURE_HORIZON, due_at, oldest_first
from tests.feeds.diary import DAY, HOUR, MINUTE, START, post, posts


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/a/Post",
        "http://example.org/a/Post",
        "https://www.example.org/a/Post",
        "HTTPS://Example.ORG./a/Post/",
        "https://example.org:443/a/Post#comments",
        "http://example.org:80/a/Post?",
        "https://me@example.org/a/%50ost?utm_source=rss&UTM_Medium=feed",
        "https://example.org/a/Post?fbclid=1&gclid=2&mc_cid=3&mc_eid=4&ref=home",
        "  https://example.org/a/Post?source=rss-4a1b2c------2  ",
        "https://example.org/a/Post?source=rss",
    ],
)
def test_an_address_is_one_however_it_is_written(link: str) -> None:
    assert canonical_link(link) == "example.org/a/Post"


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://example.org/?p=12", "example.org?p=12"),
        ("https://example.org/?page=2&id=7&p=1&utm_id=3", "example.org?id=7&p=1&page=2"),
        ("https://example.org/a?source=news", "example.org/a?source=news"),
        ("https://example.org/a?source=rssless", "example.org/a?source=rssless"),
        ("https://example.org/a?reference=1&preference=2", "example.org/a?preference=2&reference=1"),
        ("https://example.org/a?empty=&flag", "example.org/a?empty=&flag"),
        ("https://example.org/A/b", "example.org/A/b"),
        ("https://example.org:8080/a", "example.org:8080/a"),
        ("https://www.com/a", "www.com/a"),
        ("https://bücher.example/a", "xn--bcher-kva.example/a"),
        ("https://example.org/käse", "example.org/k%C3%A4se"),
        ("https://example.org/k%c3%a4se", "example.org/k%C3%A4se"),
        ("https://example.org/a?q=x%26y", "example.org/a?q=x%26y"),
        ("https://[::1]:99/a", "::1:99/a"),
        ("https://[broken/a", "https://[broken/a"),
        ("https://example.org:port/a", "https://example.org:port/a"),
        ("mailto:someone@example.org", "mailto:someone@example.org"),
        ("", ""),
    ],
)
def test_what_tells_pages_apart_is_kept(link: str, canonical: str) -> None:
    assert canonical_link(link) == canonical


def test_bytes_of_different_old_encodings_stay_different() -> None:
    assert canonical_link("https://example.org/%E4") != canonical_link("https://example.org/%F6")


@given(st.text())
def test_any_text_has_a_canonical_form(text: str) -> None:
    assert isinstance(canonical_link(text), str)
    assert isinstance(canonical_link(f"https://{text}"), str)


@given(
    st.from_regex(
        r"https?://(www\.)?[a-z]{1,5}\.org(/[a-zA-Z%é ]{0,5}){0,3}(\?[a-z]=[a-z0-9+é&]{0,5})?", fullmatch=True
    )
)
def test_a_canonical_form_is_its_own(link: str) -> None:
    once = canonical_link(link)
    assert canonical_link(f"https://{once}") == once


def test_the_keys_of_an_entry() -> None:
    entry = Entry(" 7 ", "https://www.example.org/a/", "  Ｈello  WORLD ", datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert identity_of(entry) == Identity("7", "example.org/a", "hello world|2026-01-02T03:04:05+00:00")


def test_an_instant_is_the_same_key_in_every_zone() -> None:
    here, there = (timezone(timedelta(hours=hours)) for hours in (-9, 13))
    assert identity_of(post(1, published_at=START.astimezone(here))) == identity_of(
        post(1, published_at=START.astimezone(there))
    )


@pytest.mark.parametrize("changes", [{"title": " "}, {"published_at": None}])
def test_a_title_needs_a_date_and_a_date_a_title(changes: dict[str, object]) -> None:
    assert identity_of(post(1, **changes)).title == ""


@pytest.mark.parametrize(
    ("link", "site"),
    [
        ("https://example.org", ""),
        ("http://www.example.org/?utm_source=rss#top", ""),
        ("https://example.org/blog/", "https://example.org/blog"),
    ],
)
def test_the_front_page_is_nobodys_own_address(link: str, site: str) -> None:
    assert identity_of(post(1, link=link), site).link == ""


@pytest.mark.parametrize("guid", ["g" * (LONGEST_KEY + 1), "nul\0", "half a pair \ud800"])
def test_a_key_that_a_database_may_refuse_is_kept_as_its_hash(guid: str) -> None:
    key = identity_of(post(1, guid=guid)).guid
    assert len(key) == 64
    assert key.isalnum()
    assert key != identity_of(post(1, guid=guid + "x")).guid


def test_a_digest_is_of_what_a_post_says() -> None:
    digest = digest_of(post(1))
    same = [{"image": "https://x/1.png"}, {"link": ""}, {"guid": ""}, {"published_at": START - 100 * DAY}]
    assert {digest_of(post(1, **one)) for one in same} == {digest}
    other = [{"title": "Other"}, {"summary": "Other"}, {"published_at": START}, {"published_at": None}]
    assert len({digest_of(post(1, **one)) for one in other} | {digest}) == 5
    assert digest_of(post(1, title="a", summary="bc")) != digest_of(post(1, title="ab", summary="c"))


# When, and in which order.


@pytest.mark.parametrize(
    ("published_at", "seen_at", "due"),
    [
        (None, START, START),
        (START - DAY, START, START),
        (START + HOUR, START, START + HOUR),
        (START + FUTURE_HORIZON, START, START + FUTURE_HORIZON),
        (START + FUTURE_HORIZON + MINUTE, START, START),
        (START + FUTURE_HORIZON, START - MINUTE, START),
    ],
)
def test_an_entry_is_due_on_its_date(published_at: datetime | None, seen_at: datetime, due: datetime) -> None:
    assert due_at(published_at, seen_at, START) == due


@given(st.permutations(range(6)))
def test_dates_decide_the_order(numbers: list[int]) -> None:
    assert oldest_first(posts(*numbers), START) == posts(*range(6))


@given(st.integers(0, 8), st.sets(st.integers(0, 7)))
def test_missing_dates_do_not_change_the_order_of_a_feed(length: int, undated: set[int]) -> None:
    line = [post(one, published_at=None) if one in undated else post(one) for one in range(length)]
    assert oldest_first(line[::-1], START) == line


def test_a_date_nobody_believes_does_not_decide_the_order() -> None:
    odd = post(2, published_at=START + 400 * DAY)
    assert oldest_first([post(3), odd, post(1)], START) == [post(1), odd, post(3)]


def test_one_wrong_date_does_not_turn_a_feed_around() -> None:
    feed = [post(5, published_at=None), post(4), post(9), post(3), post(2), post(1)]
    assert oldest_first(feed, START)[-2:] == [post(5, published_at=None), post(9)]


# In one guild.


@pytest.mark.parametrize(
    ("new", "held", "limit", "planned"),
    [
        (5, 0, 5, Plan.POST),
        (6, 0, 5, Plan.HOLD),
        (1, 1, 5, Plan.HOLD),
        (0, 3, 5, Plan.POST),
        (2, 0, 1, Plan.HOLD),
        (500, 0, 0, Plan.POST),
        (1, 7, 0, Plan.HOLD),
    ],
)
def test_too_many_at_once_are_held_and_who_comes_later_waits_behind(
    new: int, held: int, limit: int, planned: Plan
) -> None:
    assert plan(new, held, limit) is planned


def test_the_limit_is_five_unless_a_host_says_otherwise() -> None:
    assert [plan(new, 0) for new in (5, 6)] == [Plan.POST, Plan.HOLD]


@pytest.mark.parametrize(
    ("choice", "to_post", "read"),
    [
        (Choice.POST_ALL, (4, 7, 9), ()),
        (Choice.NEWEST_ONLY, (9,), (4, 7)),
        (Choice.MARK_READ, (), (4, 7, 9)),
    ],
)
def test_a_host_decides_about_held_entries(choice: Choice, to_post: tuple[int, ...], read: tuple[int, ...]) -> None:
    settled = settle([4, 7, 9], choice)
    assert (settled.to_post, settled.read) == (to_post, read)


@given(st.lists(st.integers()), st.sampled_from(Choice))
def test_no_held_entry_is_lost_or_sent_twice(held: list[int], choice: Choice) -> None:
    settled = settle(held, choice)
    assert [*settled.read, *settled.to_post] == held


def test_a_members_blog_is_shown_at_once_and_then_once_a_day() -> None:
    assert next_slot(None, START) == START
    assert next_slot(START - HOUR, START) == START + 23 * HOUR
    assert next_slot(START - 2 * DAY, START) == START


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=10))
def test_a_members_posts_queue_a_day_apart_and_none_is_lost(minutes: list[int]) -> None:
    last, slots = None, list[datetime]()
    for arrival in sorted(minutes):
        last = next_slot(last, START + arrival * MINUTE)
        slots.append(last)
    assert all(b - a >= BETWEEN_MEMBER_POSTS for a, b in pairwise(slots))
    assert all(slot >= START + arrival * MINUTE for slot, arrival in zip(slots, sorted(minutes), strict=True))


def test_a_message_is_edited_at_once_the_first_time() -> None:
    assert edit_due_at(START, None, START + MINUTE) == START + MINUTE


def test_a_second_edit_waits_until_an_hour_after_the_first() -> None:
    edited = START + HOUR
    assert edit_due_at(START, edited, edited + MINUTE) == edited + BETWEEN_EDITS
    assert edit_due_at(START, edited, edited + BETWEEN_EDITS) == edited + BETWEEN_EDITS


def test_a_message_is_not_edited_after_a_day() -> None:
    assert edit_due_at(START, None, START + EDIT_WITHIN) == START + EDIT_WITHIN
    assert edit_due_at(START, None, START + EDIT_WITHIN + timedelta(seconds=1)) is None
    edited = START + EDIT_WITHIN - MINUTE
    assert edit_due_at(START, edited, edited) is None
