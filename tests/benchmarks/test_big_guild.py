"""The benchmark of a big guild in its quick form. It looks at a ratio: what a bot weighs depends on the machine."""

from tests.benchmarks.big_guild import measure


async def test_members_who_take_part_weigh_next_to_nothing() -> None:
    one = await measure(members=10_000, active=2_000)
    # 100 MB would hold the bot and the whole guild, ten times this; the limit here is what the bot weighs by itself.
    assert one.guild < one.empty / 4
