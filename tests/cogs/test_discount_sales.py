"""`/discount redeemed` with the file of a shop: what it says before and after it is noted."""

import simcord

from bot.discounts.rules import Discount
from tests.cogs.discounting import make, press, run
from tests.simkit import Stage


async def sales(stage: Stage, discount: Discount, content: bytes) -> simcord.ResponseMessage:
    """The answer to the file of a shop."""
    return await run(stage, "discount redeemed", discount=str(discount.id), file=("sales.csv", content))


async def test_a_row_that_is_there_twice_is_not_known_before_it_is_noted(stage: Stage) -> None:
    discount = await make(stage)
    plan = await sales(stage, discount, b"order id,date\n1001,2026-01-01\n1001,2026-01-01\n")
    assert "1 new sale " in plan.content
    assert "1 line repeats a sale of the file; each sale counts once." in plan.content
    assert "I know" not in plan.content


async def test_what_was_noted_meanwhile_is_not_noted_again(stage: Stage) -> None:
    discount = await make(stage)
    plans = [await sales(stage, discount, b"order id,date\n1001,2026-01-01\n") for _ in range(2)]
    assert "✅ Noted 1 sale with **Spring**." in (await press(plans[0], "Note these", by=stage.carol)).content
    again = await press(plans[1], "Note these", by=stage.carol)
    assert "All of it was noted with **Spring** before." in again.content
    assert "Noted 0" not in again.content


async def test_refunded_orders_are_left_out_and_the_host_hears_of_them(stage: Stage) -> None:
    discount = await make(stage)
    plan = await sales(stage, discount, b"order id,date,status\n1,2026-01-01,paid\n2,,refunded\n3,,voided\n")
    assert "1 new sale " in plan.content
    assert "I leave 2 orders out, as refunded, cancelled or never paid." in plan.content
    assert "✅ Noted 1 sale with **Spring**." in (await press(plan, "Note these", by=stage.carol)).content
    none = await sales(stage, discount, b"order id,date,status\n4,2026-01-01,Cancelled\n")
    assert "no new sale" in none.content
    assert "I leave 1 order out" in none.content


async def test_a_refund_of_what_was_noted_takes_that_back_when_a_host_says_so(stage: Stage) -> None:
    discount = await make(stage)
    paid, refunded = (f"order id,date,status\n1,2026-01-01,{status}\n".encode() for status in ("paid", "refunded"))
    await press(await sales(stage, discount, paid), "Note these", by=stage.carol)
    plan = await sales(stage, discount, refunded)
    assert "1 sale of those I had noted; I take that back." in plan.content
    assert "✅ Took back 1 sale with **Spring**." in (await press(plan, "Note these", by=stage.carol)).content
    assert "0 redeemed" in (await run(stage, "discount report", discount=str(discount.id))).content
