"""The benchmark of a big guild in its quick form: a tenth of the members, and of the memory they may take."""

from tests.benchmarks.big_guild import measure


async def test_members_who_take_part_weigh_next_to_nothing() -> None:
    one = await measure(members=10_000, active=2_000)
    assert one.guild < 10, "100 MB are for 100,000 members, of whom 20,000 take part"
