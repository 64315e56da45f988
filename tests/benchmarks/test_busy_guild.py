"""The benchmark of a busy guild in its quick form. It looks at what was counted and at a ratio: seconds belong to the
machine."""

from statistics import median

from tests.benchmarks.busy_guild import AUTHORS, measure


async def test_commands_are_answered_and_everybody_is_counted_in_the_middle_of_a_flood() -> None:
    one = await measure(2500, 4)
    assert one.counted == AUTHORS
    # Three times as long with this flood on one half of a machine; the rest is for what else a machine has to do.
    assert median(one.waits) < 20 * median(one.idle_waits)
