"""The claim about cost, in its quick form. It looks at the ratio alone: seconds belong to the machine."""

from statistics import median

from tests.benchmarks.message_cost import OURS, QUICK, compare


def test_a_message_nobody_needs_costs_about_half_of_what_it_costs_a_stock_bot() -> None:
    [comparison] = compare(QUICK, OURS, turns=4)

    # Half, and what a busy machine adds: 0.59 was seen with every processor taken.
    assert median(comparison.ratios) < 0.65
