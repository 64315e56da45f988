"""The claim about cost, in its quick form. It looks at the ratio alone: seconds belong to the machine."""

from tests.benchmarks.message_cost import COUNTING, OURS, QUICK, QUICK_COUNTED, Contestant, Flood, compare

#: A machine that is busy with something else for a while makes either bot look dear; so it is measured again.
TRIES = 6


def was_below(limit: float, flood: Flood, contestant: Contestant, turns: int) -> bool:
    return any(compare(flood, contestant, turns=turns)[0].best < limit for _ in range(TRIES))


def test_a_message_nobody_needs_costs_about_half_of_what_it_costs_a_stock_bot() -> None:
    assert was_below(0.55, QUICK, OURS, turns=4)


def test_a_message_that_counts_and_is_on_disk_costs_little_more() -> None:
    assert was_below(0.6, QUICK_COUNTED, COUNTING, turns=3)
