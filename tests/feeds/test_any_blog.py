"""What holds for every blog, whatever faults its feed has: each post once, and in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.documents import Entry
from tests.feeds.diary import DAY, HOUR, MINUTE, Diary, following, post

LATER = st.sampled_from([MINUTE, HOUR, 10 * DAY])
#: Faults a feed may have from poll to poll: with some every post keeps its address, with others its title and date.
WITH_ADDRESS = ["kept", "shared guid", "new guids", "no guid", "tracked", "no date"]
WITH_DATE = ["kept", "shared guid", "new guids", "no guid", "tracked", "front page"]
FAULTS = st.sampled_from([WITH_ADDRESS, WITH_DATE]).flatmap(lambda some: st.lists(st.sampled_from(some), min_size=6))


def faulty(number: int, fault: str, poll: int) -> Entry:
    """A post as a feed with a fault shows it in a poll."""
    changes: dict[str, dict[str, object]] = {
        "kept": {},
        "shared guid": {"guid": "blog"},
        "new guids": {"guid": f"{poll}-{number}"},
        "no guid": {"guid": ""},
        "tracked": {"guid": "", "link": f"http://www.blog.example/posts/{number}/?utm_id={poll}"},
        "no date": {"guid": f"{poll}-{number}", "published_at": None},
        "front page": {"guid": "", "link": "https://blog.example"},
    }
    return post(number, **changes[fault])


@settings(deadline=None)
@given(st.data(), FAULTS)
def test_every_post_that_a_poll_saw_is_announced_once(data: st.DataObject, faults: list[str]) -> None:
    diary, written, announced = Diary(), data.draw(st.integers(0, 3)), list[str]()
    seen, first = set[int](), set[int]()
    for poll in range(data.draw(st.integers(1, 6))):
        written += data.draw(st.integers(0, 3)) if poll else 0
        numbers = data.draw(st.permutations(range(1, written + 1)))
        # Two at least: a guid that all share gives itself away only where two stand side by side.
        numbers = numbers[: data.draw(st.integers(2, 9))] if written > 1 else []
        announced += diary.poll([faulty(one, faults[poll], poll) for one in numbers], later=data.draw(LATER))
        seen |= set(numbers)
        first = first if poll else set(numbers)
    assert sorted(announced) == sorted(f"Post {one}" for one in seen - first)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=6), FAULTS, st.integers(2, 12))
def test_a_growing_blog_is_announced_in_order_whatever_its_feed_does(
    polls: list[tuple[int, bool]], faults: list[str], length: int
) -> None:
    diary, written, announced = following(post(1)), 1, list[str]()
    for poll, (more, is_ascending) in enumerate(polls):
        written += more
        newest = range(written, max(0, written - max(length, more)), -1)
        feed = [faulty(one, faults[poll], poll) for one in newest]
        is_dated = faults[poll] != "no date"
        announced += diary.poll(reversed(feed) if is_ascending and is_dated else feed)
    assert announced == [f"Post {one}" for one in range(2, written + 1)]
