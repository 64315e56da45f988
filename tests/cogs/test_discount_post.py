"""A discount's card in a channel: what everybody sees, and how it changes by itself."""

from datetime import timedelta

import discord
import pytest

from bot.discounts.rules import Discount
from bot.local_time import LocalTime
from bot.programs.rules import Draft, Price
from tests.cogs.discounting import (
    LINK,
    SHOWN,
    board,
    labels,
    make,
    post,
    press,
    program,
    run,
    words,
)
from tests.simkit import Stage

#: Until a card that changes by itself has changed.
LOOKED = 10.0


def later(stage: Stage, **much: float) -> LocalTime:
    return LocalTime((stage.now() + timedelta(**much)).replace(tzinfo=None), "UTC")


async def put_up(stage: Stage, discount: Discount) -> None:
    """The host posts a discount in the channel for it."""
    said = await run(stage, "discount post", discount=str(discount.id), channel=board(stage))
    assert "appears in" in said.content, said.content
    await stage.moment(5)


def card(stage: Stage) -> str:
    return words(post(stage))


def is_pressable(stage: Stage) -> bool:
    """Whether *Get my code* can be pressed; a card that is over has no such button."""
    buttons = [part for row in post(stage).components if isinstance(row, discord.ActionRow) for part in row.children]
    return any(isinstance(part, discord.Button) and not part.url and not part.disabled for part in buttons)


async def test_the_card_says_what_it_costs_what_is_left_and_until_when(stage: Stage) -> None:
    ends = later(stage, days=2)
    await put_up(stage, await make(stage, codes=["ONE-1", "TWO-2"], ends=ends, note="For *you*"))
    said, instant = card(stage), int(ends.instant.timestamp())
    for part in ("$147 → **$97**", "**2 are left.**", f"(for you: <t:{instant}:F>, <t:{instant}:R>)", "For *you*"):
        assert part in said
    assert labels(post(stage)) == ["Get my code", "Register"]
    assert LINK in str([row.to_dict() for row in post(stage).components])


async def test_the_button_works_after_a_restart_and_the_card_counts(stage: Stage) -> None:
    maya = await stage.join("maya")
    await put_up(stage, await make(stage, codes=["ONE-1", "TWO-2"]))
    await stage.restart()
    assert "-" in words(await press(post(stage), "Get my code", by=maya))
    await stage.moment(SHOWN)
    assert "**1 is left.**" in card(stage)


async def test_the_card_says_when_all_are_taken_and_when_there_are_more(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1"])
    await put_up(stage, discount)
    await press(post(stage), "Get my code", by=maya)
    await stage.moment(SHOWN)
    assert "All codes are taken" in card(stage)
    assert labels(post(stage)) == ["All taken", "Register"]
    await stage.bot.services.code_imports.apply(
        stage.guild.id, discount.id, b"TWO-2", stage.carol.id, stage.now(), _quietly
    )
    await stage.moment(SHOWN)
    assert "**1 is left.**" in card(stage)


async def test_the_card_of_a_pool_that_was_never_filled_says_that_its_codes_are_to_come(stage: Stage) -> None:
    discount = await make(stage, codes=[])
    await put_up(stage, discount)
    assert "Its codes are not here yet" in card(stage)
    assert "taken" not in card(stage)
    assert not is_pressable(stage)
    await stage.bot.services.code_imports.apply(
        stage.guild.id, discount.id, b"ONE-1", stage.carol.id, stage.now(), _quietly
    )
    await stage.moment(SHOWN)
    assert "**1 is left.**" in card(stage)
    assert is_pressable(stage)


async def _quietly(done: int, of: int) -> None: ...


async def test_the_card_changes_at_the_start_and_at_the_end_by_itself(stage: Stage) -> None:
    starts, ends = later(stage, minutes=2), later(stage, minutes=5)
    await put_up(stage, await make(stage, starts=starts, ends=ends))
    assert f"Starts <t:{int(starts.instant.timestamp())}:F>" in card(stage)
    await stage.pass_time(120 + LOOKED)
    assert "Starts" not in card(stage)
    await stage.pass_time(180)
    assert "This is over" in card(stage)
    assert labels(post(stage)) == []


async def test_an_end_the_bot_was_away_for_is_made_up_for(stage: Stage) -> None:
    await put_up(stage, await make(stage, ends=later(stage, minutes=10)))
    await stage.restart(while_away=lambda: stage.env.backend.clock.advance(3600))
    await stage.moment(LOOKED)
    assert "This is over" in card(stage)


async def test_the_card_follows_pause_resume_and_end(stage: Stage) -> None:
    discount = await make(stage)
    await put_up(stage, discount)
    for command, said in (("pause", "Paused for the moment"), ("resume", "Press the button"), ("end", "This is over")):
        asked = await run(stage, f"discount {command}", discount=str(discount.id))
        if command == "end":
            await press(asked, "End it for good", by=stage.carol)
        await stage.moment(5)
        assert said in card(stage)
        assert is_pressable(stage) is (command == "resume")


async def test_the_card_changes_also_after_the_bot_was_removed_and_invited_back(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1", "TWO-2", "THREE-3"])
    await put_up(stage, discount)
    await press(post(stage), "Get my code", by=maya)
    stage.remove_bot_from(stage.guild)
    await stage.moment(60)
    stage.invite_bot_to(stage.guild)
    await stage.moment(SHOWN)
    assert "**2 are left.**" in card(stage)
    await stage.bot.services.discounts.end(stage.guild.id, discount.id, stage.carol.id, stage.now())
    await stage.moment(SHOWN)
    assert "This is over" in card(stage)


async def test_the_card_ends_once_the_bot_may_see_its_channel_again(stage: Stage) -> None:
    await put_up(stage, await make(stage, ends=later(stage, minutes=10)))
    await stage.deny(board(stage), "view_channel")
    await stage.pass_time(700)
    await stage.allow(board(stage))
    await stage.pass_time(3600)
    assert "This is over" in card(stage)
    assert not is_pressable(stage)


async def test_the_card_follows_the_price(stage: Stage) -> None:
    made = await program(stage)
    await put_up(stage, await make(stage, program_id=made.id))
    await stage.bot.services.programs.put_price(stage.guild.id, made.id, Price("late", 20000, "USD"), replacing="late")
    await stage.moment(SHOWN)
    assert "$200 → **$150**" in card(stage)


async def test_a_discount_takes_off_the_price_of_its_own_currency_and_a_percentage_off_each(stage: Stage) -> None:
    ends = later(stage, minutes=5)
    made = await program(
        stage, Price("early", 9700, "USD", until=ends), Price("late", 14700, "USD"),
        Price("early EU", 8900, "EUR", until=ends), Price("late EU", 13900, "EUR"),
    )  # fmt: skip
    await put_up(stage, await make(stage, program_id=made.id, amount_off=2000, currency="EUR"))
    assert "€89 → **€69**" in card(stage)
    assert "$" not in card(stage)
    maya = await stage.join("maya")
    assert f"**{made.name}**: €89 → **€69**" in words(await press(post(stage), "Get my code", by=maya))
    await stage.pass_time(300 + LOOKED)
    assert "€139 → **€119**" in card(stage)
    await make(stage, program_id=made.id, name="Tenth", amount_off=None, percent=10, currency="", secret="MORE-10")
    got = await run(stage, "code claim", by=maya, discount="tenth")
    assert f"**{made.name}**: $147 → **$132.30** · €139 → **€125.10**" in words(got)


async def test_the_card_follows_a_price_that_changes_in_one_currency_alone(stage: Stage) -> None:
    ends = later(stage, minutes=2)
    early, late = Price("early EU", 8900, "EUR", until=ends), Price("late EU", 13900, "EUR")
    made = await program(stage, Price("always", 9700, "USD", until=later(stage, days=1)), early, late)
    await put_up(stage, await make(stage, program_id=made.id, amount_off=2000, currency="EUR"))
    assert "€89 → **€69**" in card(stage)
    await stage.pass_time(120 + LOOKED)
    assert "€139 → **€119**" in card(stage)


async def test_what_hosts_and_readers_wrote_mentions_nobody_and_hides_nothing(stage: Stage) -> None:
    made = await stage.bot.services.programs.create(stage.guild.id, Draft("@everyone [free](https://x.y)"), stage.now())
    await stage.bot.services.programs.put_price(stage.guild.id, made.id, Price("late", 14700, "USD"))
    await put_up(stage, await make(stage, program_id=made.id, name="**@here**"))
    assert "@everyone" not in card(stage)
    assert "@here" not in card(stage)
    assert not post(stage).mention_everyone


async def test_a_card_that_cannot_be_drawn_anew_is_tried_again_without_haste(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await put_up(stage, await make(stage, ends=later(stage, minutes=1)))
    cards = stage.bot.services.discount_cards

    async def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(cards, "redraw", fail)
    await stage.pass_time(60 + 300)
    assert 4 <= caplog.text.count("turn failed") <= 6
    monkeypatch.undo()
    await stage.pass_time(60 + LOOKED)
    assert "This is over" in card(stage)


async def test_a_second_card_in_a_channel_is_asked_about_and_comes_if_it_is_wanted(stage: Stage) -> None:
    discount = await make(stage)
    await put_up(stage, discount)
    first = post(stage)
    asked = await run(stage, "discount post", discount=str(discount.id), channel=board(stage))
    assert f"has a card in {board(stage).mention} already: {first.jump_url}. " in asked.content
    await stage.moment(5)
    assert post(stage).id == first.id, "there is one card"
    await stage.restart()
    assert "appears in" in (await press(asked, "Post one more", by=stage.carol)).content
    await stage.moment(5)
    assert len([message for message in board(stage).history() if message.embeds]) == 2
    elsewhere = await run(stage, "discount post", discount=str(discount.id), channel=stage.hosts)
    assert "appears in" in elsewhere.content


async def test_one_more_card_comes_only_for_a_host_of_what_runs_where_the_bot_may_write(stage: Stage) -> None:
    discount, ben = await make(stage), await stage.join("ben")
    await put_up(stage, discount)
    await stage.give_role(ben, stage.host_role)
    asked = await run(stage, "discount post", by=ben, discount=str(discount.id), channel=board(stage))
    await stage.deny(board(stage), "send_messages")
    assert "I lack *Send Messages*" in (await press(asked, "Post one more", by=ben)).content
    await stage.allow(board(stage))
    await stage.take_role(ben, stage.host_role)
    assert "Manage Server" in (await press(asked, "Post one more", by=ben)).content
    await stage.give_role(ben, stage.host_role)
    await stage.bot.services.discounts.end(stage.guild.id, discount.id, stage.carol.id, stage.now())
    assert "ended for good" in (await press(asked, "Post one more", by=ben)).content


async def test_the_card_of_a_forum_is_linked_as_its_post(stage: Stage) -> None:
    discount, forum = await make(stage), stage.guild.create_forum_channel("offers")
    await stage.env.settle()
    await run(stage, "discount post", discount=str(discount.id), channel=forum)
    await stage.moment(5)
    [thread] = forum.threads
    asked = await run(stage, "discount post", discount=str(discount.id), channel=forum)
    assert f"already: https://discord.com/channels/{stage.guild.id}/{thread.id}. " in asked.content


async def test_a_channel_where_the_bot_may_not_write_is_told_at_once(stage: Stage) -> None:
    discount = await make(stage)
    await stage.deny(board(stage), "send_messages")
    said = await run(stage, "discount post", discount=str(discount.id), channel=board(stage))
    assert "I lack *Send Messages*" in said.content
    assert stage.refusals()


async def test_a_channel_that_is_deleted_before_the_card_appears_is_told_to_the_hosts(stage: Stage) -> None:
    discount = await make(stage)
    channel = stage.guild.create_text_channel("offers")
    await stage.env.settle()
    await stage.bot.services.discount_cards.post(
        stage.guild.id, discount.id, channel.id, stage.carol.id, stage.now() + timedelta(seconds=30)
    )
    await stage.delete_channel(channel)
    await stage.moment(60)
    assert any("the card of a discount" in said for said in stage.said(stage.hosts))


async def test_a_card_whose_channel_is_gone_hinders_nobody(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1"])
    channel = stage.guild.create_text_channel("offers")
    await stage.env.settle()
    await run(stage, "discount post", discount=str(discount.id), channel=channel)
    await stage.moment(5)
    await stage.delete_channel(channel)
    assert "ONE-1" in words(await run(stage, "code claim", by=maya))
    await stage.moment(SHOWN)


async def test_what_keeps_a_posted_card_from_giving_codes_is_told_with_the_card(stage: Stage) -> None:
    maya, empty = await stage.join("maya"), await make(stage, name="Empty", codes=[])
    taken = await make(stage, name="Taken", codes=["ONE-1"])
    await run(stage, "code claim", by=maya, discount="Taken")
    fine = await make(stage, name="Fine")

    async def told(discount: Discount) -> str:
        return (await run(stage, "discount post", discount=str(discount.id), channel=board(stage))).content

    assert "⚠️ It has no codes yet: `/discount import` takes them from a file." in await told(empty)
    assert "⚠️ All of it is taken, and its card says so." in await told(taken)
    assert "⚠️" not in await told(fine)
    archived = await make(stage, name="Archived", secret="OTHER")
    await stage.bot.services.programs.archive(stage.guild.id, archived.program_id, stage.now())
    said = await told(archived)
    assert "⚠️ It is paused, and its card says so until `/discount resume`." in said
    assert "⚠️ That program is archived" in said
    asked = await run(stage, "discount post", discount=str(fine.id), channel=board(stage))
    assert "⚠️ It is paused" in (await press(asked, "Post one more", by=stage.carol)).content


async def test_a_card_where_not_everybody_sees_it_is_told(stage: Stage) -> None:
    discount, seen = await make(stage), discord.PermissionOverwrite(view_channel=True)
    hidden = discord.PermissionOverwrite(view_channel=False)
    for_few = {stage.guild.default_role: hidden, stage.carol: seen, stage.bot.user: seen}
    backstage = stage.guild.create_text_channel("backstage", overwrites=for_few)
    await stage.env.settle()
    for channel, warned in ((board(stage), False), (backstage, True)):
        said = await run(stage, "discount post", discount=str(discount.id), channel=channel)
        assert "appears in" in said.content
        assert (f"⚠️ Not everybody can see {channel.mention}." in said.content) is warned
