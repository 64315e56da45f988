"""What stands on the card of a member's own code or link, besides the code."""

from bot.programs.rules import Price
from tests.cogs.discounting import BUBBLE, make, run, words
from tests.simkit import Stage


async def test_a_price_that_falls_to_the_discount_promises_nothing_for_nothing(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage)
    await run(stage, "code claim", by=maya)
    for amount in (800, 5000):
        wrong = Price("late", amount, "USD")
        await stage.bot.services.programs.put_price(stage.guild.id, discount.program_id, wrong, replacing="late")
        said = words(await run(stage, "code mine", by=maya))
        assert f"**{BUBBLE}**: $50 off" in said
        assert "→" not in said
