"""What a host reads on the card before a discount is made or changed."""

from typing import Any

import pytest
import simcord

from bot.discounts.rules import Discount
from tests.cogs.discounting import board, fill_in, make, open_form, press, run, words
from tests.simkit import Stage

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
