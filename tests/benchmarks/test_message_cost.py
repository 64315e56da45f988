"""The claim about cost, in its quick form. It looks at the ratio alone: seconds belong to the machine."""

from statistics import median

from tests.benchmarks.message_cost import COUNTING, OURS, QUICK, QUICK_COUNTED, compare


def test_a_message_nobody_needs_costs_about_half_of_what_it_costs_a_stock_bot() -> None:
    [comparison] = compare(QUICK, OURS, turns=4)

    # Half, and what a busy machine adds: 0.59 was seen with every processor taken.
    assert median(comparison.ratios) < 0.65


def test_a_message_that_counts_costs_less_than_two_thirds_with_its_place_on_disk() -> None:
    [comparison] = compare(QUICK_COUNTED, COUNTING, turns=3)

    # 0.55 in the long run; in the quick form what each transaction costs weighs more, as does a busy machine.
    assert median(comparison.ratios) < 0.85
