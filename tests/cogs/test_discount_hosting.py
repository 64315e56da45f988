"""What hosts do with a discount that is there: they pause, resume and end it, name members, and take codes back."""

from tests.cogs.discounting import labels, make, press, run
from tests.simkit import Stage


async def test_a_discount_ends_only_once_a_host_was_asked_whether_it_shall(stage: Stage) -> None:
    discount = await make(stage)
    asked = await run(stage, "discount end", discount=str(discount.id))
    assert "cannot be undone" in asked.content
    assert "`/discount pause`" in asked.content
    kept = await press(asked, "Keep it", by=stage.carol)
    assert (kept.content, labels(kept)) == ("Nothing was changed.", [])
    asked = await run(stage, "discount end", discount=str(discount.id))
    [unchanged] = await stage.bot.services.discounts.list_all(stage.guild.id)
    assert unchanged.ended_at is None
    await stage.restart()
    assert "**Spring** is over" in (await press(asked, "End it for good", by=stage.carol)).content
    assert "ended for good" in (await run(stage, "discount end", discount=str(discount.id))).content
    assert stage.env.errors is not None
