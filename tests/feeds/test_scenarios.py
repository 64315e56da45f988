"""Blogs over time: what is announced, in which order, over several polls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.feeds.documents import Entry
from bot.feeds.rules import KEPT_AFTER_GONE
from tests.feeds.diary import DAY, MINUTE, START, Diary, following, post, posts

# The first poll, and order.


def test_the_first_poll_announces_nothing_and_remembers_everything() -> None:
    diary = Diary()
    assert diary.poll(posts(3, 2, 1)) == []
    assert len(diary.known) == 3
    assert diary.poll(posts(3, 2, 1)) == []


def test_the_first_post_of_a_blog_that_was_empty_is_announced() -> None:
    diary = Diary()
    assert diary.poll([]) == []
    assert diary.poll(posts(1)) == ["Post 1"]


def test_all_that_appeared_while_the_bot_was_away_comes_oldest_first() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll(posts(6, 5, 4, 3, 2, 1), later=30 * DAY) == ["Post 3", "Post 4", "Post 5", "Post 6"]


def test_a_poll_without_news_changes_nothing_in_memory() -> None:
    diary = following(*posts(2, 1))
    diary.poll(posts(2, 1))
    found = diary.findings
    assert not any((found.new, found.silent, found.changed, found.gone, found.back, found.forgotten))


def test_a_feed_that_lists_the_oldest_first_is_read_that_way() -> None:
    diary = following(*posts(1, 2))
    undated = post(5, published_at=None)
    assert diary.poll([*posts(1, 2, 3, 4), undated]) == ["Post 3", "Post 4", "Post 5"]


def test_undated_posts_come_from_the_feeds_end_up() -> None:
    diary = following(*posts(1, published_at=None))
    assert diary.poll(posts(4, 3, 2, 1, published_at=None)) == ["Post 2", "Post 3", "Post 4"]


def test_an_undated_post_stays_between_its_neighbours() -> None:
    diary = following(*posts(1))
    feed = [post(5), post(4, published_at=None), post(3), post(2, published_at=None), post(1)]
    assert diary.poll(feed) == ["Post 2", "Post 3", "Post 4", "Post 5"]


def test_posts_of_one_day_come_from_the_feeds_end_up() -> None:
    diary = following()
    day = START - DAY
    assert diary.poll(posts(3, 2, 1, published_at=day)) == ["Post 1", "Post 2", "Post 3"]


def test_a_date_of_another_zone_is_the_instant_it_means() -> None:
    diary = following()
    late = post(1, published_at=datetime(2026, 3, 30, 10, 0, tzinfo=timezone(timedelta(hours=-11))))
    early = post(2, published_at=datetime(2026, 3, 30, 20, 0, tzinfo=timezone(timedelta(hours=14))))
    assert diary.poll([late, early]) == ["Post 2", "Post 1"]
    in_utc = [replace(one, guid="", link="", published_at=one.published_at.astimezone(UTC)) for one in (late, early)]  # type: ignore[union-attr]
    assert diary.poll(in_utc) == []


def test_a_reordered_feed_repeats_nothing() -> None:
    diary = following(*posts(3, 2, 1))
    assert diary.poll(posts(1, 3, 2)) == []
    assert diary.poll(posts(2, 4, 1, 3)) == ["Post 4"]


# One key is enough.


@pytest.mark.parametrize(
    "kept",
    [
        {"guid": post(2).guid},
        {"link": "http://www.blog.example/posts/2/?utm_source=rss#comments"},
        {"title": "  POST 2 ", "published_at": post(2).published_at},
    ],
)
def test_a_post_is_known_by_any_of_its_keys(kept: dict[str, object]) -> None:
    diary = following(*posts(2, 1))
    other = post(2, guid="other", link="https://other.example/x", title="Other", published_at=START, summary="Other.")
    assert diary.poll([other, post(1)]) == ["Other"]
    diary = following(*posts(2, 1))
    assert diary.poll([replace(other, **kept), post(1)]) == []  # type: ignore[arg-type]


# Guids that identify nothing.


def test_a_guid_that_all_posts_share_identifies_nothing() -> None:
    diary = following(*posts(2, 1, guid="blog"))
    assert diary.poll(posts(3, 2, 1, guid="blog")) == ["Post 3"]
    assert diary.poll(posts(4, 3, 2, guid="blog")) == ["Post 4"]
    assert diary.poll(posts(5, guid="blog")) == ["Post 5"], "alone in the feed, but shared in memory"
    assert diary.poll(posts(4, 3, guid="blog")) == []


def test_a_guid_that_a_new_post_takes_from_an_old_one_identifies_nothing() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll([post(3, guid=post(2).guid), *posts(2, 1)]) == ["Post 3"]
    assert diary.poll([post(3, guid=post(2).guid), *posts(1)]) == []


def test_posts_that_share_guid_and_link_are_told_apart_by_title_and_date() -> None:
    same = {"guid": "blog", "link": "https://blog.example/"}
    diary = following(*posts(2, 1, **same))
    assert diary.poll(posts(4, 3, 2, **same)) == ["Post 3", "Post 4"]
    assert diary.poll(posts(4, **same)) == []


def test_posts_that_share_guid_and_link_and_have_no_date_are_told_apart_by_what_they_say() -> None:
    same = {"guid": "blog", "link": "https://blog.example/", "published_at": None}
    diary = following(*posts(2, 1, **same))
    assert diary.poll(posts(3, 2, 1, **same)) == ["Post 3"]
    assert diary.poll(posts(1, 3, **same)) == []
    assert diary.poll(posts(2, **same)) == []


@pytest.mark.parametrize(
    "shared",
    [{"guid": "blog", "link": "https://blog.example/"}, {"guid": "", "link": "https://blog.example/photos"}],
)
def test_a_key_that_is_shared_in_memory_speaks_against_nothing(shared: dict[str, object]) -> None:
    diary = following(post(9), *posts(2, 1, published_at=None, **shared))
    assert diary.poll([post(9), post(2, published_at=None, **shared)]) == []
    assert diary.poll([post(9), post(3, published_at=None, **shared)]) == ["Post 3"]


# Links that identify nothing.


def test_posts_that_all_link_to_the_front_page_are_told_apart() -> None:
    same = {"guid": "", "link": "https://www.blog.example/?utm_source=rss"}
    diary = following(post(1, **same))
    assert diary.poll([post(2, **same)]) == ["Post 2"]
    assert diary.poll([post(3, **same), post(2, **same)]) == ["Post 3"]


def test_a_podcast_whose_episodes_lead_to_one_page_is_told_apart_by_guid() -> None:
    same = {"link": "https://blog.example/listen", "published_at": None}
    diary = following(post(1, **same))
    assert diary.poll(posts(2, 1, **same)) == ["Post 2"]
    assert diary.poll(posts(3, **same)) == ["Post 3"], "alone in the feed, but its address is shared in memory"
    assert diary.poll(posts(3, 2, 1, **same)) == []


def test_an_address_that_a_new_post_shares_with_a_known_one_identifies_nothing() -> None:
    same = {"guid": "", "link": "https://blog.example/notes"}
    diary = following(post(1, **same))
    assert diary.poll(posts(2, 1, **same)) == ["Post 2"]
    assert diary.poll(posts(2, 1, **same)) == []


@pytest.mark.parametrize("shared", [{"guid": "blog"}, {"link": "https://blog.example/photos"}])
def test_posts_that_say_the_same_are_told_apart_by_the_key_that_is_their_own(shared: dict[str, object]) -> None:
    same = {"title": "Photo", "summary": "", "published_at": None, **shared}
    diary = following(*posts(2, 1, **same))
    assert diary.poll(posts(3, 2, **same)) == ["Photo"]
    assert diary.poll(posts(3, 2, 1, **same)) == []


def test_a_new_post_at_the_address_a_known_one_left_is_new() -> None:
    latest = "https://blog.example/latest"
    diary = following(post(1, link=latest))
    assert diary.poll([post(2, link=latest), post(1)]) == ["Post 2"]
    assert diary.poll([post(3, link=latest), post(2), post(1)]) == ["Post 3"]


# Everything changes its name.


def test_keys_that_a_feed_leaves_out_for_once_are_not_forgotten() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll(posts(2, 1, guid="", published_at=None)) == []
    assert diary.poll(posts(2, 1, link="", title="")) == []
    assert diary.poll(posts(2, 1, guid="", link="")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"guid": "https://blog.example/?p={}", "link": "http://www.blog.example/posts/{}/"},
        {"guid": "new-{}", "link": "https://blog.example/posts/{}?utm_source=rss&utm_medium=feed#more"},
        {"guid": "new-{}", "link": "https://new.example/writing/{}"},
        {"guid": "", "link": "https://new.example/writing/{}"},
        {"guid": "new-{}", "link": ""},
    ],
)
def test_a_blog_that_renames_all_its_posts_repeats_nothing(changes: dict[str, str]) -> None:
    def renamed(*numbers: int) -> list[Entry]:
        return [post(one, **{key: value.format(one) for key, value in changes.items()}) for one in numbers]

    diary = following(*posts(3, 2, 1))
    assert diary.poll(renamed(3, 2, 1)) == []
    assert diary.poll(renamed(4, 3, 2)) == ["Post 4"]
    assert diary.poll(posts(4, 3, 2)) == []


def test_a_blog_that_is_renamed_twice_is_known_by_its_last_names() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll([post(one, guid=f"b{one}", published_at=None) for one in (2, 1)]) == []
    assert diary.poll([post(one, guid=f"b{one}", link="", title="", published_at=None) for one in (2, 1)]) == []


def test_a_blog_without_dates_that_renames_all_its_posts_repeats_nothing() -> None:
    diary = following(*posts(3, 2, 1, published_at=None))
    moved = [post(one, guid=f"n{one}", link=f"https://new.example/{one}", published_at=None) for one in (3, 2, 1)]
    assert diary.poll(moved) == []


def test_a_post_that_moved_with_its_title_and_date_is_known() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll([post(2), post(1, guid="moved", link="https://elsewhere.example/1")]) == []


def test_the_same_title_every_week_is_a_new_post_every_week() -> None:
    weekly = {"title": "Weekly links", "summary": "Links."}
    diary = following(post(1, **weekly))
    assert diary.poll(posts(2, 1, **weekly)) == ["Weekly links"]
    assert diary.poll(posts(3, 2, 1, **weekly)) == ["Weekly links"]
    assert diary.poll(posts(3, 2, 1, **weekly)) == []


def test_one_post_listed_twice_is_announced_once() -> None:
    diary = following(*posts(1))
    sound = post(2, guid="2-mp3", link="https://blog.example/2.mp3")
    assert diary.poll([sound, post(2), post(2), post(1)]) == ["Post 2"]
    assert diary.poll([post(2), sound, post(1)]) == []
    assert diary.poll([replace(sound, title="Edited"), post(2, title="Edited"), post(1)]) == []
    assert [change.id for change in diary.findings.changed] == [2]


def test_one_post_listed_in_several_wordings_is_announced_once() -> None:
    diary = following(*posts(1))
    assert diary.poll([post(2, summary="A"), post(2, summary="B"), post(2, summary="C"), post(1)]) == ["Post 2"]
    assert diary.poll([post(2, summary="B"), post(2, summary="A"), post(2, summary="C"), post(1)]) == []


def test_many_posts_of_one_title_and_one_instant_are_all_announced() -> None:
    same = {"title": "Photo", "published_at": START - DAY}
    diary = following(*posts(1))
    assert diary.poll([*posts(4, 3, 2, **same), post(1)]) == ["Photo"] * 3
    assert diary.poll([*posts(4, 3, 2, **same), post(1)]) == []
    assert diary.poll([*posts(5, 4, 3, 2, **same), post(1)]) == ["Photo"]


# What a feed leaves out.


def test_posts_without_a_guid_are_known_by_their_address() -> None:
    diary = following(*posts(2, 1, guid=""))
    assert diary.poll(posts(3, 2, 1, guid="")) == ["Post 3"]
    assert diary.poll(posts(3, 2, 1, guid="", title="Edited", published_at=None)) == []


def test_posts_without_a_link_are_known_by_their_guid() -> None:
    diary = following(*posts(2, 1, link=""))
    assert diary.poll(posts(3, 2, 1, link="")) == ["Post 3"]


def test_posts_without_guid_and_link_are_known_by_title_and_date() -> None:
    bare = {"guid": "", "link": ""}
    diary = following(*posts(2, 1, **bare))
    assert diary.poll(posts(3, 2, 1, **bare)) == ["Post 3"]
    assert diary.poll(posts(3, 2, 1, summary="Edited", **bare)) == []


def test_posts_without_title_guid_and_link_are_known_by_what_they_say() -> None:
    bare = {"guid": "", "link": "", "title": ""}
    diary = following(*posts(2, 1, **bare))
    assert diary.poll(posts(3, 2, 1, **bare)) == ["What post 3 is about."]
    assert diary.poll(posts(1, 3, 2, **bare)) == []


def test_an_entry_that_says_nothing_is_ignored() -> None:
    diary = following()
    assert diary.poll([Entry("", "", ""), Entry("", "", "", published_at=START)]) == []
    assert diary.known == {}


# Vanishing and coming back.


def test_a_feed_that_was_empty_for_a_while_repeats_nothing() -> None:
    diary = following(*posts(3, 2, 1))
    assert diary.poll([]) == []
    assert diary.poll([], later=40 * DAY) == []
    assert diary.poll(posts(4, 3, 2, 1), later=40 * DAY) == ["Post 4"]


def test_a_shortened_feed_that_grows_again_repeats_nothing() -> None:
    diary = following(*posts(4, 3, 2, 1))
    assert diary.poll(posts(5)) == ["Post 5"]
    assert diary.poll(posts(5, 4, 3, 2, 1), later=KEPT_AFTER_GONE) == []


def test_a_post_is_forgotten_when_it_was_gone_for_ninety_days() -> None:
    diary = following(*posts(2, 1))
    diary.poll(posts(2))
    diary.poll(posts(2), later=KEPT_AFTER_GONE)
    assert len(diary.known) == 2
    diary.poll(posts(2), later=MINUTE)
    assert [one.guid for one in diary.known.values()] == [post(2).guid]
    assert diary.poll(posts(2, 1)) == ["Post 1"]


def test_coming_back_starts_the_ninety_days_anew() -> None:
    diary = following(*posts(2, 1))
    for feed in (posts(2), posts(2, 1), posts(2), posts(2)):
        diary.poll(feed, later=60 * DAY)
    assert len(diary.known) == 2


def test_nothing_is_forgotten_of_what_stood_in_the_feed_when_it_was_last_read() -> None:
    diary = following(*posts(2, 1))
    assert diary.poll(posts(3), later=300 * DAY) == ["Post 3"]
    assert diary.findings.forgotten == frozenset()
    assert diary.poll(posts(3, 2, 1)) == []


def test_a_post_that_returns_after_a_long_silence_of_the_feed_is_known() -> None:
    diary = following(*posts(2, 1))
    diary.poll(posts(2))
    assert diary.poll(posts(2, 1), later=300 * DAY) == []


def test_a_vanished_post_is_left_alone() -> None:
    diary = following(*posts(2, 1))
    diary.poll(posts(2))
    assert not diary.findings.changed
