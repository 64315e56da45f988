"""What stands on the card of a member's own code or link, besides the code."""

from datetime import timedelta

import simcord

from bot.discounts.rules import CodeKind
from bot.local_time import LocalTime
from bot.programs.rules import Price
from tests.cogs.discounting import BUBBLE, SHOWN, board, labels, make, post, press, program, run, words
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


async def link_of(stage: Stage, member: simcord.MemberActor) -> tuple[str, str]:
    """The label and the address of the one button under a member's own link."""
    [row] = (await run(stage, "code claim", by=member)).components
    [button] = row["components"]
    return button["label"], button["url"]


async def test_the_button_of_a_link_says_what_is_paid_there(stage: Stage) -> None:
    maya, secret = await stage.join("maya"), "https://example.com/?c=SOCIAL"
    made = await program(stage, Price("late", 14700, "USD"), Price("late EU", 13900, "EUR"))
    percent = {"amount_off": None, "percent": 10, "currency": ""}
    await make(stage, program_id=made.id, kind=CodeKind.LINK, secret=secret, **percent)
    assert await link_of(stage, maya) == ("Register for $132.30 or €125.10", secret)
    for price in ("late", "late EU"):
        await stage.bot.services.programs.remove_price(stage.guild.id, made.id, price)
    assert await link_of(stage, maya) == ("Register with the discount", secret)


async def test_the_card_of_a_link_speaks_of_a_link_and_leads_nowhere_past_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, kind=CodeKind.LINK, secret="https://example.com/?c=SOCIAL", cap=1)
    await run(stage, "discount post", discount=str(discount.id), channel=board(stage))
    await stage.moment(5)
    assert labels(post(stage)) == ["Get my link"]
    assert "you alone see your link" in words(post(stage))
    await press(post(stage), "Get my link", by=maya)
    await stage.moment(SHOWN)
    assert labels(post(stage)) == ["All taken"]
    assert "**All links are taken.**" in words(post(stage))
    ben = await stage.join("ben")
    assert "All of this discount is given out." in (await run(stage, "code claim", by=ben)).content
    assert stage.refusals()


def later(stage: Stage, minutes: float) -> LocalTime:
    return LocalTime((stage.now() + timedelta(minutes=minutes)).replace(tzinfo=None), "UTC")


async def test_while_no_price_counts_the_cards_say_that_registration_is_closed(stage: Stage) -> None:
    maya, until, starts = await stage.join("maya"), later(stage, 2), later(stage, 5)
    made = await program(stage, Price("early", 9700, "USD", until=until), Price("late", 14700, "USD", starts))
    discount = await make(stage, program_id=made.id)
    await run(stage, "discount post", discount=str(discount.id), channel=board(stage))
    await stage.moment(5)
    assert "closed" not in words(post(stage))
    await stage.pass_time(130)
    opens = f"Registration is closed just now. It opens <t:{int(starts.instant.timestamp())}:F>"
    own = await run(stage, "code claim", by=maya)
    for card in (post(stage), own):
        assert opens in words(card)
        assert "Register" not in labels(card)
    await stage.pass_time(180)
    own = await run(stage, "code mine", by=maya)
    for card in (post(stage), own):
        assert "$147 → **$97**" in words(card)
        assert "closed" not in words(card)
        assert "Register" in labels(card)
    await stage.bot.services.programs.remove_price(stage.guild.id, made.id, "late")
    assert "Registration is closed just now.\n" in words(await run(stage, "code mine", by=maya))
