"""`/program price`: from a form to a price, with every instant told before it is kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import simcord

from bot.local_time import end_of, local_time, start_of
from bot.programs.rules import Program
from tests.cogs.teaching import (
    EARLY,
    LATE,
    LATE_EU,
    NAME,
    NEW_YORK,
    buttons,
    current,
    filled,
    host,
    press,
    price,
    read_as,
    refused,
    said,
    submit,
    texts,
    write,
)
from tests.simkit import Stage

TYPED = {"Name of the price": "late", "Amount": "147", "Until": "April 30"}


@pytest.fixture
async def program(stage: Stage) -> Program:
    """The program, in a guild whose dates are meant in New York."""
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "new york")
    return await write(stage)


async def add(stage: Stage, typed: dict[str, str], **options: Any) -> simcord.InteractionResult:
    return await submit(await host(stage, "price add", program=NAME, **options), stage.carol, TYPED | typed)


async def test_break_out_of_your_bubble_gets_its_two_prices_inside_discord(stage: Stage, program: Program) -> None:
    early = await add(stage, {"Name of the price": "early", "Amount": "$97", "Until": "April 15"})
    ends = int(EARLY.ends.timestamp())
    assert said(early) == (
        f"Shall I keep this price of **{NAME}**?\n"
        "**$97** · early\n"
        "From: right away\n"
        f"Until: the end of Wednesday, April 15, 2026, New York time (for you: <t:{ends}:F>, <t:{ends}:R>)"
    )
    assert buttons(early) == ["Keep it", "Change it"]
    assert (await current(stage)).prices == ()
    kept = await press(stage, early, "Keep it")
    assert said(kept) == (
        f"Kept for **{NAME}**: **$97** · early, until the end of Wednesday, April 15, 2026, New York time."
    )
    form = await press(stage, kept, "Add a price")
    late = await submit(form, stage.carol, TYPED | {"From": "end of April 15"})
    assert "From: the start of Thursday, April 16, 2026, New York time (for you: " in said(late)
    done = await press(stage, late, "Keep it")
    assert (await current(stage)).prices == (EARLY, replace(LATE, starts=EARLY.until))
    assert "## $97 · early" in texts(await press(stage, done, "See how it looks"))[1]
    assert (await current(stage)).prices[1].ends == datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "until"),
    [
        ("End of April 30", end_of(date(2026, 4, 30), NEW_YORK)),
        ("Start of April 30", start_of(date(2026, 4, 30), NEW_YORK)),
    ],
)
async def test_midnight_is_asked_with_two_buttons(stage: Stage, program: Program, answer: str, until: Any) -> None:
    asked = await add(stage, {"Until": "April 30 at midnight Eastern"})
    assert said(asked).startswith("**Until**: Midnight can be the start or the end of Thursday, April 30, 2026.")
    assert buttons(asked) == ["End of April 30", "Start of April 30"]
    confirmed = await press(stage, asked, answer)
    assert f"<t:{int(until.instant.timestamp())}:F>" in said(confirmed)
    await press(stage, confirmed, "Keep it")
    assert (await current(stage)).prices == (replace(LATE, until=until),)


async def test_a_time_that_comes_twice_is_asked_with_two_buttons_for_start_and_end(
    stage: Stage, program: Program
) -> None:
    asked = await add(stage, {"From": "2026-11-01 01:30", "Until": "2026-11-01 01:45"})
    assert said(asked).startswith("**From**: 01:30 comes twice on Sunday, November 1, 2026 in New York")
    asked = await press(stage, asked, "The first 01:30")
    assert said(asked).startswith("**Until**: 01:45 comes twice")
    confirmed = await press(stage, asked, "The second 01:45, an hour later")
    assert "01:30 (EDT), New York time" in said(confirmed)
    assert "01:45 (EST), New York time" in said(confirmed)
    await press(stage, confirmed, "Keep it")
    [kept] = (await current(stage)).prices
    day = date(2026, 11, 1)
    assert kept.starts == local_time(day, time(1, 30), NEW_YORK, 0)
    assert kept.until == local_time(day, time(1, 45), NEW_YORK, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"Amount": "a lot"}, "I cannot read `a lot` as an amount."),
        ({"Amount": "0"}, "It has to be more than zero."),
        ({"Currency": "doubloons"}, "I do not know the currency `doubloons`."),
        ({"Amount": "€ 97"}, "It is in euros, and the currency is USD."),
        ({"Until": "soon"}, "I cannot read `soon` as a date."),
        ({"From": "2026-03-08 02:30"}, "02:30 does not exist on Sunday, March 8, 2026 in New York"),
        ({"From": "May 1", "Until": "April 30"}, "This price would end before it starts."),
        ({"Name of the price": " "}, "The name of the price is empty."),
        ({"Name of the price": "EARLY"}, "There is a price called **EARLY** already."),
    ],
)
async def test_bad_input_gets_one_sentence_and_the_form_comes_back_filled_in(
    stage: Stage, program: Program, typed: dict[str, str], sentence: str
) -> None:
    await price(stage, program, EARLY)
    answer = await add(stage, typed)
    assert sentence in refused(stage, answer)
    again = await press(stage, answer, "Try again, nothing is lost")
    assert filled(again) == {"Currency": "USD", "From": ""} | TYPED | typed
    better = {"From": "", "Currency": "$"} | TYPED
    await press(stage, await submit(again, stage.carol, better), "Keep it")
    assert (await current(stage)).prices == (EARLY, LATE)


async def test_a_confirmation_can_be_changed_before_anything_is_kept(stage: Stage, program: Program) -> None:
    confirmed = await add(stage, {"Amount": "1470"})
    form = await press(stage, confirmed, "Change it")
    assert filled(form) == {"Currency": "USD", "From": ""} | TYPED | {"Amount": "1470"}
    await press(stage, await submit(form, stage.carol, {"Amount": "147"}), "Keep it")
    assert (await current(stage)).prices == (LATE,)


async def test_a_price_is_changed_in_a_form_that_shows_how_it_is(stage: Stage, program: Program) -> None:
    await price(stage, program, EARLY, replace(LATE, starts=EARLY.until))
    form = await host(stage, "price edit", program=NAME, price="LATE")
    assert filled(form) == {
        "Name of the price": "late", "Amount": "147", "Currency": "USD", "From": "2026-04-16", "Until": "2026-04-30",
    }  # fmt: skip
    confirmed = await submit(form, stage.carol, {"Amount": "157.50", "Name of the price": "Late"})
    assert "**$157.50** · Late" in said(confirmed)
    assert "counts at the same time" not in said(confirmed)
    await press(stage, confirmed, "Keep it")
    assert [(one.label, one.amount) for one in (await current(stage)).prices] == [("early", 9700), ("Late", 15750)]


async def test_a_price_keeps_its_zone_unless_another_one_is_chosen(stage: Stage, program: Program) -> None:
    await price(stage, program, LATE)
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "berlin")
    form = await host(stage, "price edit", program=NAME, price="late")
    assert "New York time" in said(await submit(form, stage.carol, {}))
    form = await host(stage, "price edit", program=NAME, price="late", zone="berlin")
    await press(stage, await submit(form, stage.carol, {}), "Keep it")
    assert (await current(stage)).prices == (replace(LATE, until=end_of(date(2026, 4, 30), ZoneInfo("Europe/Berlin"))),)
    choices = await stage.carol.autocomplete(stage.hosts, "program price add", "zone", "tokyo", program=NAME)
    assert choices[0]["value"] == "Asia/Tokyo"
    assert "I do not know the time zone" in refused(
        stage, await host(stage, "price add", program=NAME, zone="Atlantis")
    )


async def test_without_a_time_zone_dates_are_not_guessed(stage: Stage) -> None:
    await write(stage)
    assert "`/setup time_zone:`" in refused(stage, await host(stage, "price add", program=NAME))
    await press(stage, await add(stage, {}, zone="new york"), "Keep it")
    assert (await current(stage)).prices == (LATE,)


async def test_a_price_that_is_over_or_counts_beside_another_one_is_said_before_it_is_kept(
    stage: Stage, program: Program
) -> None:
    assert "This is over already" in said(await add(stage, {"Until": "2025-04-30"}))
    over = replace(EARLY, label="first", until=end_of(date(2025, 4, 15), NEW_YORK))
    await price(stage, program, over)
    assert "counts at the same time" not in said(await add(stage, {}))
    await price(stage, program, EARLY)
    told = said(await add(stage, {})).splitlines()[-1]
    assert told == "-# **$97** · early counts at the same time. Of the two, the one that ends first is shown."
    assert "counts at the same time" not in said(await add(stage, {"From": "April 16"}))


async def test_of_two_that_end_together_what_tells_which_one_is_shown_is_said(stage: Stage, program: Program) -> None:
    await price(stage, program, LATE)
    typed = {"Name of the price": "last"}
    assert "the one that starts later is shown." in said(await add(stage, typed | {"From": "April 28"}))
    assert "the one that was added first is shown." in said(await add(stage, typed))


async def test_a_time_without_a_price_between_two_is_said_before_one_is_kept(stage: Stage, program: Program) -> None:
    await price(stage, program, EARLY)
    confirmed = said(await add(stage, {"From": "April 18"}))
    starts = int(start_of(date(2026, 4, 18), NEW_YORK).instant.timestamp())
    assert confirmed.splitlines()[-1] == (
        f"⚠️ From <t:{int(EARLY.ends.timestamp())}:F> to <t:{starts}:F>, between **$97** · early and **$147** · late, "
        "no price counts. Members see only when the next one starts."
    )
    assert "no price counts" not in said(await add(stage, {"From": "end of April 15"}))
    assert "no price counts" not in said(await add(stage, {"From": "April 18", "Currency": "EUR"}))


async def test_a_price_without_dates_counts_always_only_if_it_is_alone(stage: Stage, program: Program) -> None:
    kept = await press(stage, await add(stage, {"Until": ""}), "Keep it")
    assert said(kept).endswith("**$147** · late, always.")
    await price(stage, program, EARLY, replace(LATE_EU, until=None))
    listed = said(await host(stage, "list"))
    assert "**$147** · late · whenever no other price counts" in listed
    assert "**€139** · late EU · always" in listed


async def test_prices_in_two_currencies_count_side_by_side_and_each_tells_what_comes_then(
    stage: Stage, program: Program
) -> None:
    await price(stage, program, EARLY, LATE)
    typed = {"Name of the price": "early EU", "Amount": "€89", "Currency": "EUR", "Until": "April 15"}
    confirmed = await add(stage, typed)
    assert "counts at the same time" not in said(confirmed)
    await press(stage, confirmed, "Keep it")
    await price(stage, program, LATE_EU)
    maya = await stage.join("maya")
    ends = int(EARLY.ends.timestamp())
    until = f"Until the end of Wednesday, April 15, 2026, New York time (for you: <t:{ends}:F>, <t:{ends}:R>)."
    assert texts(await read_as(maya, stage))[1] == (
        f"## $97 · early\n{until}\nThen: **$147** · late.\n\n## €89 · early EU\n{until}\nThen: **€139** · late EU."
    )
    listed = said(await host(stage, "list"))
    assert [line.split(" · ")[1] for line in listed.splitlines() if line.endswith(" · now")] == ["early", "early EU"]


async def test_a_price_is_removed_and_suggested_by_name(stage: Stage, program: Program) -> None:
    await price(stage, program, EARLY, LATE)
    for command in ("price edit", "price remove"):
        found = await stage.carol.autocomplete(stage.hosts, f"program {command}", "price", "la", program=NAME)
        assert [(choice["name"], choice["value"]) for choice in found] == [("late · $147", "late")]
    assert await stage.carol.autocomplete(stage.hosts, "program price edit", "price", "", program="rivers") == []
    asked = await host(stage, "price remove", program=NAME, price="late")
    assert said(asked) == (
        f"Shall I remove this price of **{NAME}**?\n"
        "**$147** · late · until the end of Thursday, April 30, 2026, New York time"
    )
    assert (await current(stage)).prices == (EARLY, LATE)
    answer = await press(stage, asked, "Remove it")
    assert said(answer) == f"**$147** · late is no longer a price of **{NAME}**."
    assert (await current(stage)).prices == (EARLY,)
    assert "no such price" in refused(stage, await host(stage, "price remove", program=NAME, price="late"))


async def test_what_is_missing_without_a_price_is_said_before_it_is_removed(stage: Stage, program: Program) -> None:
    middle = replace(LATE, label="middle", starts=EARLY.until, until=start_of(date(2026, 4, 20), NEW_YORK))
    await price(stage, program, EARLY, middle, replace(LATE, starts=middle.until))
    asked = said(await host(stage, "price remove", program=NAME, price="middle"))
    assert "between **$97** · early and **$147** · late, no price counts." in asked
    assert "the only one that counts now" not in asked
    only = await host(stage, "price remove", program=NAME, price="early")
    assert said(only).splitlines()[-1] == "⚠️ It is the only one that counts now."
    await stage.take_role(stage.carol, stage.host_role)
    assert "*Manage Server*" in refused(stage, await press(stage, only, "Remove it"))
    assert len((await current(stage)).prices) == 3


async def test_what_changes_while_a_price_waits_for_its_yes_is_noticed(stage: Stage, program: Program) -> None:
    programs = stage.bot.services.programs
    first, second = await add(stage, {}), await add(stage, {})
    await press(stage, first, "Keep it")
    assert "a price called **late** already" in refused(stage, await press(stage, second, "Keep it"))
    waiting = await add(stage, {"Name of the price": "last"})
    await programs.archive(stage.guild.id, program.id, stage.now())
    answer = await press(stage, waiting, "Keep it")
    assert "is archived, so nothing was changed" in refused(stage, answer)
    assert "is archived" in refused(stage, await host(stage, "price add", program=NAME))
    async with stage.bot.services.database.transaction() as tx:
        await programs.forget_guild(tx, stage.guild.id)
    assert "There is no such program" in refused(stage, await press(stage, waiting, "Keep it"))


async def test_a_price_waits_for_a_host_only(stage: Stage, program: Program) -> None:
    asked, waiting = await add(stage, {"Until": "April 30 midnight"}), await add(stage, {})
    await stage.take_role(stage.carol, stage.host_role)
    for answer, label in ((asked, "End of April 30"), (waiting, "Keep it"), (waiting, "Change it")):
        assert "*Manage Server*" in refused(stage, await press(stage, answer, label))
    assert (await current(stage)).prices == ()


async def test_discounts_hear_of_a_price_that_changed(stage: Stage, program: Program) -> None:
    told: list[tuple[int, int]] = []

    async def hear(_tx: Any, guild_id: int, program_id: int) -> None:
        told.append((guild_id, program_id))

    stage.bot.services.programs.changed_listeners.append(hear)
    confirmed = await add(stage, {})
    assert told == []
    await press(stage, confirmed, "Keep it")
    assert told == [(stage.guild.id, program.id)]
