"""What a program's host hears of its discounts: which ones a change holds up, why, and how they go on."""

from typing import Any

import simcord

from bot.discounts.rules import DiscountState, state
from bot.programs.rules import Price
from tests.cogs.discounting import BUBBLE, fill_in, make, program, run
from tests.cogs.discounting import press as press_in
from tests.cogs.teaching import buttons, host, press, refused, said, submit
from tests.simkit import Stage

WAITS = "fits again"


async def price_kept(stage: Stage, amount: str, answers: list[str]) -> simcord.InteractionResult:
    """What is said of the late price as it was changed; what is asked before is put into `answers`."""
    form = await host(stage, "price edit", program=BUBBLE, price="late", zone="UTC")
    asked = await submit(form, stage.carol, {"Amount": amount})
    answers.append(said(asked))
    return await press(stage, asked, "Keep it")


async def states(stage: Stage) -> dict[str, DiscountState]:
    known: list[Any] = await stage.bot.services.discounts.list_all(stage.guild.id)
    return {discount.name: state(discount, stage.now()) for discount in known}


async def test_archiving_names_the_discounts_that_pause_and_bringing_back_offers_to_resume_them(stage: Stage) -> None:
    await make(stage)
    await make(stage, name="Tenth", secret="OTHER")
    paused = await make(stage, name="Summer", secret="SUN")
    await run(stage, "discount pause", discount=str(paused.id))
    archived = await host(stage, "archive", program=BUBBLE)
    assert "⚠️ While it is archived, members get no codes of **Summer**, **Tenth** and **Spring**." in said(archived)
    back = await press(stage, archived, "Bring it back")
    assert "**Tenth** and **Spring** are still paused, and fit again." in said(back)
    listed = (await run(stage, "discount list")).content
    assert listed.count("It fits its program again: `/discount resume` continues.") == 2
    await stage.restart()
    resumed = await press(stage, back, "Give out codes again")
    assert said(resumed) == "**Tenth** and **Spring** go on: members get their codes again."
    running = DiscountState.RUNNING
    assert await states(stage) == {"Summer": DiscountState.PAUSED, "Tenth": running, "Spring": running}
    assert WAITS not in (await run(stage, "discount list")).content


async def test_a_program_without_discounts_says_nothing_of_them(stage: Stage) -> None:
    await program(stage)
    other = await program(stage, name="Another one")
    await make(stage, program_id=other.id)
    archived = await host(stage, "archive", program=BUBBLE)
    assert "⚠️" not in said(archived)
    back = await press(stage, archived, "Bring it back")
    assert said(back) == f"**{BUBBLE}** is back: members find it with `/program show` again."
    assert buttons(back) == []


async def test_a_mistyped_price_says_before_and_after_which_discounts_pause_and_offers_to_resume_them(
    stage: Stage,
) -> None:
    await make(stage)
    asked: list[str] = []
    kept = await price_kept(stage, "$8", asked)
    assert "⚠️ This pauses **Spring**: a discount has to stay below every price" in asked[0]
    assert "⚠️ **Spring** is paused: That is too much: the price “late” is $8" in said(kept)
    assert await states(stage) == {"Spring": DiscountState.PAUSED}
    right = await price_kept(stage, "$147", asked)
    assert "⚠️" not in asked[1]
    assert "**Spring** is still paused, and fits again." in said(right)
    await run(stage, "discount resume", discount="Spring")
    assert said(await press(stage, right, "Give out codes again")) == "None of them waits any more."


async def test_removing_a_price_says_what_that_means_for_the_discounts(stage: Stage) -> None:
    made = await program(stage, Price("late", 14700, "USD"), Price("late EU", 13900, "EUR"))
    await make(stage, program_id=made.id, amount_off=2000, currency="EUR")
    asked = await host(stage, "price remove", program=BUBBLE, price="late EU")
    removed = await press(stage, asked, "Remove it")
    assert "⚠️ **Spring**: The program has no price the amount could be taken from" in said(removed)
    await stage.bot.services.programs.put_price(stage.guild.id, made.id, Price("odd", 1000, "EUR"))
    await stage.bot.services.programs.put_price(stage.guild.id, made.id, Price("late EU", 13900, "EUR"))
    asked = await host(stage, "price remove", program=BUBBLE, price="odd")
    removed = await press(stage, asked, "Remove it")
    assert "**Spring** is still paused, and fits again." in said(removed)
    assert buttons(removed) == ["Give out codes again"]


async def test_only_hosts_let_discounts_go_on(stage: Stage) -> None:
    ben = await stage.join("ben")
    await stage.give_role(ben, stage.host_role)
    await make(stage)
    archived = await ben.slash(stage.hosts, "program archive", program=BUBBLE)
    back = await ben.click(archived.response.message if archived.response else None, label="Bring it back")
    await stage.take_role(ben, stage.host_role)
    pressed = await ben.click(back.response.message if back.response else None, label="Give out codes again")
    assert "Manage Server" in refused(stage, pressed)
    assert await states(stage) == {"Spring": DiscountState.PAUSED}


async def test_many_discounts_are_named_in_part(stage: Stage) -> None:
    for number in range(7):
        await make(stage, name=f"Number {number}", secret=f"NO-{number}")
    asked: list[str] = []
    kept = said(await price_kept(stage, "$8", asked))
    assert kept.count("is paused") == 5
    assert "…and others: `/discount list`." in kept
    assert "**Number 2** and 2 more" in asked[0]


async def test_a_paused_discount_that_is_changed_says_that_it_is_paused_still(stage: Stage) -> None:
    discount = await make(stage)
    await run(stage, "discount pause", discount=str(discount.id))
    form = await stage.carol.slash(stage.hosts, "discount edit", discount=str(discount.id))
    saved = await press_in(await fill_in(form, {}, by=stage.carol), "Save it", by=stage.carol)
    assert "It is still paused: `/discount resume` continues." in saved.content
