"""The benchmark of a round in its quick form. It looks at counts alone: seconds belong to the machine."""

from tests.benchmarks.feed_round import measure

FEEDS = 60


async def test_in_one_round_each_blog_is_asked_once_and_each_new_entry_becomes_one_post() -> None:
    one = await measure(FEEDS, guilds=6)
    assert (one.polls, one.requests, one.most) == (FEEDS, FEEDS, 1)
    assert one.posts == FEEDS // 5
