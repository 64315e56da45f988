"""The claim about cost, in its quick form. It looks at the ratio alone: seconds belong to the machine."""

from tests.benchmarks.message_cost import COUNTING, OURS, QUICK, QUICK_COUNTED, compare


def test_a_message_nobody_needs_costs_about_half_of_what_it_costs_a_stock_bot() -> None:
    [comparison] = compare(QUICK, OURS, turns=4)

    # Half, and what a busy machine adds: 0.59 was seen with every processor taken.
    assert comparison.best < 0.65


def test_a_message_that_counts_and_is_on_disk_costs_little_more() -> None:
    [comparison] = compare(QUICK_COUNTED, COUNTING, turns=3)

    # At most 0.6 in the long form, and what a busy machine adds: 0.68 was seen with every processor taken.
    assert comparison.best < 0.75
