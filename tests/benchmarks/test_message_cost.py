"""The claim about cost, in its quick form. It looks at the ratio alone: seconds belong to the machine."""

from statistics import median

from tests.benchmarks.message_cost import OURS, QUICK, compare


def test_a_message_nobody_needs_costs_clearly_less_than_it_costs_a_stock_bot() -> None:
    [comparison] = compare(QUICK, OURS, turns=3)

    assert median(comparison.ratios) < 0.7
