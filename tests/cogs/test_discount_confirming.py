"""What a host reads on the card before a discount is made or changed."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import simcord

from bot.discounts.rules import Discount
from bot.local_time import LocalTime, end_of, start_of
from bot.programs.rules import Price
from tests.cogs.discounting import board, fill_in, make, open_form, press, program, run, words
from tests.simkit import Stage

NEW_YORK = ZoneInfo("America/New_York")
TYPED = {"Its name": "Spring", "How much": "$50", "The code": "SOCIAL"}


@pytest.fixture(autouse=True)
async def _in_new_york(stage: Stage) -> None:
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "America/New_York")


async def change(stage: Stage, discount: Discount, typed: dict[str, Any]) -> simcord.ResponseMessage:
    """The card before a discount is changed."""
    form = await stage.carol.slash(board(stage), "discount edit", discount=str(discount.id))
    return await fill_in(form, typed, by=stage.carol)


async def test_a_change_shows_what_was_before_and_who_has_a_code_already(stage: Stage) -> None:
    discount = await make(stage, note="For *you*")
    assert "Before:" not in words(await change(stage, discount, {}))
    await run(stage, "code claim", by=await stage.join("maya"))
    shown = await change(stage, discount, {"How much": "$20", "Ends": "April 30", "Its name": "Summer"})
    said = words(shown)
    assert "$20 off\nlate: $147 → **$127**\n-# Before: $50 off · late: $147 → **$97**" in said
    assert "\n-# Before: Only when you say so" in said
    assert "It was called “Spring” before." in said
    assert "1 member has it already: their card changes, too." in said
    assert "the one you typed" not in said
    assert said.count("Before:") == 2
    await run(stage, "code claim", by=await stage.join("ben"))
    form = await stage.carol.click(shown, label="Note and limit")
    said = words(await fill_in(form, {"Note": "", "How many": "7"}, by=stage.carol))
    assert "Note\nNone\n-# Before: For *you*" in said
    assert "For 7 members at most\n-# Before: One code for everybody" in said
    assert "2 members have it already: their cards change, too." in said


async def test_another_code_is_told_without_the_code(stage: Stage) -> None:
    discount = await make(stage)
    said = words(await change(stage, discount, {"The code": "OTHER-1"}))
    assert "The code changes to the one you typed." in said
    assert "OTHER-1" not in said
    assert "has it already" not in said


@pytest.mark.parametrize(("kind", "cap"), [("shared", None), ("shared", 5), ("pool", None)])
async def test_only_what_can_be_taken_up_ends_when_all_are_taken(stage: Stage, kind: str, cap: int | None) -> None:
    form = await open_form(stage, kind, **({"cap": cap} if cap else {}))
    typed = {label: text for label, text in TYPED.items() if kind == "shared" or label != "The code"}
    said = words(await fill_in(form, typed, by=stage.carol))
    assert "Only when you say so" in said
    assert ("or when all are taken" in said) is (kind == "pool" or cap is not None)


async def test_what_is_shown_as_before_is_the_discount_as_it_is_when_it_is_asked(stage: Stage) -> None:
    discount = await make(stage)
    shown = await change(stage, discount, {"How much": "$20"})
    await press(shown, "Save it", by=stage.carol)
    said = words(await change(stage, discount, {"How much": "$30"}))
    assert "-# Before: $20 off · " in said


def end(day: int) -> LocalTime:
    return end_of(date(2027, 4, day), NEW_YORK)


async def asked(stage: Stage, **typed: str) -> str:
    """What stands on the card of a new discount."""
    return words(await fill_in(await open_form(stage), TYPED | typed, by=stage.carol))


async def test_a_discount_that_outlives_the_prices_is_told_so_before_it_is_made(stage: Stage) -> None:
    starts = start_of(date(2027, 4, 12), NEW_YORK)
    await program(stage, Price("early", 9700, "USD", until=end(9)), Price("late", 14700, "USD", starts, end(20)))
    since, until, last = (int(local.instant.timestamp()) for local in (end(9), starts, end(20)))
    said = await asked(stage, Ends="April 25, 2027")
    gap = f"⚠️ No price counts from <t:{since}:F> until <t:{until}:F>, so there is nothing to take off then."
    assert f"{gap}\n⚠️ No price counts from <t:{last}:F> until <t:" in said
    assert f"⚠️ No price counts from <t:{last}:F> on, " in await asked(stage)
    assert "⚠️" not in await asked(stage, Ends="April 5, 2027")
    assert "⚠️" not in await asked(stage, Starts="April 12, 2027", Ends="April 20, 2027")


async def test_where_two_prices_are_lowered_the_host_reads_how_to_leave_out_the_first(stage: Stage) -> None:
    await program(stage, Price("early", 9700, "USD", until=end(15)), Price("late", 14700, "USD"))
    begins = "the start of Friday, April 16, 2027, New York time"
    hint = f"Not for “early”? Let it start with the next price: {begins}."
    assert hint in await asked(stage)
    assert hint in await asked(stage, Ends="April 16, 2027")
    for typed in ({"Ends": "April 15, 2027"}, {"Starts": "April 16, 2027"}):
        assert "Not for" not in await asked(stage, **typed)


async def test_the_next_price_is_found_behind_a_gap(stage: Stage) -> None:
    starts = start_of(date(2027, 4, 18), NEW_YORK)
    await program(stage, Price("early", 9700, "USD", until=end(15)), Price("late", 14700, "USD", starts))
    assert "Let it start with the next price: the start of Sunday, April 18, 2027, New York time." in await asked(stage)
