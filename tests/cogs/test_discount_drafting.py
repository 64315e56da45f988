"""What a host types about a discount, and what it means: to the instant, and to the cent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.discounts.rules import CodeKind, Discount, Draft
from bot.errors import UserFacingError
from bot.local_time import LocalTime
from bot.programs.rules import Price, Program
from cogs.discounts.drafting import Sketch, TwoTimesError, Typed, carried_over, draft_of, read_off, sketch_of

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
PROGRAM = Program(1, 2, "Break Out of Your Bubble", prices=(Price("late", 14700, "USD"),))
SKETCH = Sketch(PROGRAM, CodeKind.SHARED, "America/New_York", Typed("Spring", "$50", "", "April 30", "SOCIAL"))


def typed(**fields: str) -> Sketch:
    return replace(SKETCH, typed=replace(SKETCH.typed, **fields))


def ends_at(sketch: Sketch) -> datetime:
    ends = draft_of(sketch, NOW).ends
    assert ends is not None
    return ends.instant


def asked(sketch: Sketch) -> TwoTimesError:
    with pytest.raises(TwoTimesError) as raised:
        draft_of(sketch, NOW)
    return raised.value


def test_a_date_alone_ends_with_that_day_in_the_hosts_zone() -> None:
    assert ends_at(SKETCH) == datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_a_date_alone_starts_with_that_day() -> None:
    starts = draft_of(typed(starts="April 10"), NOW).starts
    assert starts is not None
    assert starts.instant == datetime(2026, 4, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "instant"),
    [
        ("End of April 30", datetime(2026, 5, 1, 4, tzinfo=UTC)),
        ("Start of April 30", datetime(2026, 4, 30, 4, tzinfo=UTC)),
    ],
)
def test_midnight_is_asked_and_each_answer_counts(label: str, instant: datetime) -> None:
    sketch = typed(ends="April 30 midnight")
    question = asked(sketch)
    assert "Midnight can be either end of Thursday, April 30, 2026" in question.message
    assert ends_at(sketch.answered(question, dict(question.choices)[label])) == instant


def test_an_answer_counts_for_what_was_asked_only() -> None:
    sketch = typed(ends="April 30 midnight")
    question = asked(sketch)
    answered = sketch.answered(question, question.choices[0][1])
    asked(replace(answered, typed=replace(answered.typed, ends="April 29 midnight")))
    asked(replace(answered, zone="Europe/Berlin"))


def test_a_time_that_comes_twice_is_asked() -> None:
    sketch = typed(ends="November 1 2026 1:30")
    question = asked(sketch)
    assert "01:30 comes twice" in question.message
    instants = {label: ends_at(sketch.answered(question, meant)) for label, meant in question.choices}
    assert instants == {
        "The first time": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        "The second time": datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    }


def test_a_time_that_is_skipped_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserFacingError, match="02:30 does not exist"):
        draft_of(typed(ends="March 14 2027 2:30"), NOW)


@pytest.mark.parametrize("text", ["in 2 hours", "today", "tomorrow", "April 1"])
def test_what_a_card_showed_is_meant_until_the_form_is_filled_in_again(text: str) -> None:
    sketch, late = typed(ends=text), NOW + timedelta(hours=15, minutes=50)
    draft, later = draft_of(sketch, late), late + timedelta(minutes=20)
    assert draft_of(replace(sketch.showing(draft), note="For you", cap=9), later).ends == draft.ends
    assert draft_of(sketch.showing(draft).typed_anew(sketch.typed), later).ends != draft.ends


def test_without_times_it_runs_from_now_on() -> None:
    draft = draft_of(typed(ends=" "), NOW)
    assert (draft.starts, draft.ends) == (None, None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("34%", (34, None, "USD")), ("34 % off", (34, None, "USD")), ("50% OFF", (50, None, "USD")),
        ("$50", (None, 5000, "USD")), ("$50 Off", (None, 5000, "USD")), ("49.50 off", (None, 4950, "USD")),
        ("€50", (None, 5000, "EUR")), ("50 EUR OFF", (None, 5000, "EUR")),
    ],
)  # fmt: skip
def test_an_amount_or_a_part_is_taken_off(text: str, meant: tuple[int | None, int | None, str]) -> None:
    assert read_off(text, ["USD", "EUR"]) == meant


@pytest.mark.parametrize("text", ["", "a lot", "0%", "100%", "-5%", "33.3%", "٣%", "%"])
def test_what_is_no_reduction_is_refused(text: str) -> None:
    with pytest.raises(UserFacingError):
        read_off(text, ["USD"])


@pytest.mark.parametrize(
    ("text", "currencies", "sentence"),
    [
        ("£20", ["USD"], r"No price of the program is in British pounds\. Write an amount in US dollars, or"),
        ("20 CHF off", ["USD", "EUR"], r"is in Swiss francs\. Write an amount in US dollars or euros, or"),
        ("$20", ["EUR"], "is in US dollars"),
        ("¥2000", ["EUR"], "is in Japanese yen"),
        ("$20.999", ["USD"], "USD has 2 decimals"),
        ("$20.999", ["CAD"], "CAD has 2 decimals"),
        ("20 quid", ["USD"], "I cannot read"),
        ("101%", ["USD"], "from 1% to 99%"),
        ("0%", ["USD"], "from 1% to 99%"),
        ("-3%", ["USD"], "from 1% to 99%"),
        ("33.3%", ["USD"], "whole number"),
    ],
)
def test_what_would_be_a_reduction_is_said_where_none_was_typed(
    text: str, currencies: list[str], sentence: str
) -> None:
    with pytest.raises(UserFacingError, match=sentence):
        read_off(text, currencies)


def test_the_code_is_in_no_text_of_a_sketch() -> None:
    assert "SOCIAL" not in repr(SKETCH)
    assert "SOCIAL" not in repr(draft_of(SKETCH, NOW))


def kept(draft: Draft) -> Discount:
    return Discount(
        7, 2, draft.program_id, draft.name, draft.kind, draft.percent, draft.amount_off, draft.currency, draft.starts,
        draft.ends, draft.cap, draft.note, draft.conditions,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ends"), [("", ""), ("April 10", "April 30"), ("April 10 9am", "April 30 18:00"), ("", "May 1")]
)
@pytest.mark.parametrize("off", ["34%", "$50", "49.50"])
def test_a_discount_opened_again_and_saved_is_the_same(starts: str, ends: str, off: str) -> None:
    draft = draft_of(typed(starts=starts, ends=ends, off=off), NOW)
    again = draft_of(sketch_of(kept(draft), PROGRAM, "UTC"), NOW)
    assert again == replace(draft, secret="")


def test_a_bare_number_is_in_the_currency_the_discount_has_already() -> None:
    program = replace(PROGRAM, prices=(*PROGRAM.prices, Price("late", 13900, "EUR")))
    discount = kept(draft_of(replace(typed(off="€40"), program=program), NOW))
    again = sketch_of(discount, program, "UTC")
    draft = draft_of(replace(again, typed=replace(again.typed, off="45")), NOW)
    assert (draft.amount_off, draft.currency) == (4500, "EUR")
    assert draft_of(replace(again, typed=replace(again.typed, off="$45")), NOW).currency == "USD"
    assert draft_of(sketch_of(discount, PROGRAM, "UTC"), NOW).currency == "EUR"


def test_a_bare_number_is_in_the_currency_of_a_price_that_counts_while_the_discount_runs() -> None:
    over = Price("early", 9700, "USD", until=LocalTime(datetime.fromisoformat("2026-03-01"), "UTC"))
    sketch = replace(typed(off="10"), program=replace(PROGRAM, prices=(over, Price("late", 14700, "EUR"))))
    draft = draft_of(sketch, NOW)
    assert (draft.amount_off, draft.currency) == (1000, "EUR")
    assert draft_of(replace(sketch, typed=replace(sketch.typed, off="$10")), NOW).currency == "USD"


def test_what_a_host_changed_goes_on_top_of_what_others_changed() -> None:
    discount = kept(draft_of(typed(ends="April 30", off="$50"), NOW))
    mine = sketch_of(discount, PROGRAM, "UTC")
    assert carried_over(mine, mine) == mine
    mine = replace(mine, typed=replace(mine.typed, name="Autumn", off="20%"), note="For you")
    later = LocalTime(datetime(2026, 6, 1), "America/New_York")  # noqa: DTZ001 - a wall clock has no zone
    others = sketch_of(replace(discount, ends=later, amount_off=4000, cap=9, revision=3), PROGRAM, mine.zone)
    both = carried_over(mine, others)
    draft = draft_of(both, NOW)
    assert (draft.name, draft.percent, draft.note, draft.ends, draft.cap) == ("Autumn", 20, "For you", later, 9)
    assert both.revision == 3


def test_the_second_of_two_equal_times_stays_the_second() -> None:
    second = LocalTime(datetime(2026, 11, 1, 1, 30), "America/New_York", 1)  # noqa: DTZ001 - a wall clock has no zone
    discount = replace(kept(draft_of(SKETCH, NOW)), ends=second)
    assert draft_of(sketch_of(discount, PROGRAM, "UTC"), NOW).ends == second


def test_in_another_zone_the_instant_stays_the_same() -> None:
    discount = kept(draft_of(SKETCH, NOW))
    there = sketch_of(discount, PROGRAM, "Europe/Berlin", is_asked_for=True)
    assert there.typed.ends == "2026-05-01 06:00"
    assert ends_at(there) == ends_at(SKETCH)
