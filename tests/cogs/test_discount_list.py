"""`/discount list`, page by page, and what it says of a discount that does not fit its program any more."""

from datetime import timedelta

from bot.local_time import LocalTime
from bot.programs.rules import Price
from tests.cogs.discounting import make, press, program, run
from tests.simkit import Stage

NO_PRICE = "⚠️ The program has no price the amount could be taken from"


async def test_the_list_shows_every_discount_and_its_state(stage: Stage) -> None:
    assert "There is no discount yet" in (await run(stage, "discount list")).content
    maya = await stage.join("maya")
    spring = await make(stage, name="Spring", cap=5)
    await run(stage, "code claim", by=maya)
    await make(stage, name="Readers", secret="OTHER")
    await run(stage, "discount pause", discount=str(spring.id))
    said = (await run(stage, "discount list")).content
    assert "**Readers** is running" in said
    assert "**Spring** is paused · Break Out of Your Bubble" in said
    assert "1 member got it · 4 left" in said
    assert "⚠️" not in said
    for number in range(20):
        await make(stage, name=f"Number {number:02}", secret=f"NO{number:02}", note="")
    first = await run(stage, "discount list")
    assert "Page 1 of" in first.content
    assert "**Spring**" in (await press(first, "Next", by=stage.carol)).content


async def test_a_program_that_loses_its_last_price_in_a_currency_shows_on_the_list_and_the_report(stage: Stage) -> None:
    made = await program(stage, Price("late", 14700, "USD"), Price("late EU", 13900, "EUR"))
    discount = await make(stage, program_id=made.id, amount_off=2000, currency="EUR")
    await make(stage, program_id=made.id, name="Tenth", amount_off=None, percent=10, currency="", secret="MORE-10")
    programs = stage.bot.services.programs
    await programs.remove_price(stage.guild.id, made.id, "late EU")
    said = (await run(stage, "discount list")).content
    assert said.count(NO_PRICE) == 1
    assert NO_PRICE in said.partition("**Spring** is running")[2]
    assert NO_PRICE in (await run(stage, "discount report", discount=str(discount.id))).content
    until = LocalTime((stage.now() + timedelta(hours=1)).replace(tzinfo=None), "UTC")
    await programs.put_price(stage.guild.id, made.id, Price("early EU", 8900, "EUR", until=until))
    assert NO_PRICE not in (await run(stage, "discount list")).content
    await stage.pass_time(3600)
    assert NO_PRICE in (await run(stage, "discount list")).content, "it was the last one, and is over"
    await stage.bot.services.discounts.end(stage.guild.id, discount.id, stage.carol.id, stage.now())
    assert "⚠️" not in (await run(stage, "discount list")).content


async def test_the_list_says_why_a_discount_cannot_go_on(stage: Stage) -> None:
    made = await program(stage)
    await make(stage, program_id=made.id)
    await stage.bot.services.programs.put_price(stage.guild.id, made.id, Price("late", 4000, "USD"), replacing="late")
    said = (await run(stage, "discount list")).content
    assert "**Spring** is paused" in said
    assert "⚠️ That is too much: the price “late” is $40" in said
    await stage.bot.services.programs.archive(stage.guild.id, made.id, stage.now())
    assert "⚠️ That program is archived" in (await run(stage, "discount list")).content
