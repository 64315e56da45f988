"""`/program show`: the card, as members read it."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.local_time import LocalTime, described, end_of, local_time
from bot.programs import rules
from bot.programs.rules import Draft, Price
from bot.sessions.rules import LONGEST_TITLE
from tests.cogs.sessioning import LINK, in_zone, plan
from tests.cogs.teaching import (
    EARLY,
    EARLY_EU,
    LATE,
    NAME,
    NEW_YORK,
    REGISTER,
    host,
    links,
    parts,
    press,
    price,
    read_as,
    record,
    said,
    texts,
    write,
)
from tests.simkit import Stage

#: A program in whose form no room is left.
LONGEST = Draft(
    "*" * rules.LONGEST_NAME, "s" * rules.LONGEST_SUMMARY, "i\n" * (rules.LONGEST_INCLUDED // 2),
    "https://e.com/" + "a" * (rules.LONGEST_URL - 14),
)  # fmt: skip


def local(instant: datetime) -> LocalTime:
    """The wall clock in New York at an instant, in whole seconds."""
    wall = instant.astimezone(NEW_YORK).replace(microsecond=0)
    return local_time(wall.date(), wall.time(), NEW_YORK)


async def test_a_member_reads_the_price_of_now_the_countdown_and_where_to_register(stage: Stage) -> None:
    program = await write(stage)
    await price(stage, program, LATE, EARLY)
    maya = await stage.join("maya")
    card = await read_as(maya, stage)
    ends = int(EARLY.ends.timestamp())
    assert texts(card) == [
        f"# {NAME}\n**Six** weeks",
        "## $97 · early\n"
        f"Until the end of Wednesday, April 15, 2026, New York time (for you: <t:{ends}:F>, <t:{ends}:R>).\n"
        "Then: **$147** · late.",
        "### What is included\n- Six live calls\n- A workbook",
    ]
    assert links(card) == {"Register": REGISTER}
    kinds = [part["type"] for part in parts(card.response.components)]  # type: ignore[union-attr]
    container, text, separator, row, button = 17, 10, 14, 1, 2
    assert kinds == [container, text, separator, text, separator, text, row, button]
    assert (card.response.message.mentions, card.response.flags.components_v2) == ([], True)  # type: ignore[union-attr]


async def test_the_card_follows_the_clock(stage: Stage) -> None:
    program = await write(stage)
    starts, until = local(stage.now() + timedelta(minutes=20)), local(stage.now() + timedelta(minutes=40))
    await price(stage, program, Price("late", 14700, "USD", starts, until))

    async def prices() -> str:
        return texts(await read_as(stage.carol, stage))[1]

    begins, ends = int(starts.instant.timestamp()), int(until.instant.timestamp())
    assert (await prices()).startswith(f"From {described(starts)} (for you: <t:{begins}:F>, <t:{begins}:R>): **$147**")
    await stage.pass_time((starts.instant - stage.now()).total_seconds())
    told = f"## $147 · late\nUntil {described(until)} (for you: <t:{ends}:F>, <t:{ends}:R>)."
    assert await prices() == told
    await stage.pass_time((until.instant - stage.now()).total_seconds() - 1)
    assert await prices() == told
    assert links(await read_as(stage.carol, stage)) == {"Register": REGISTER}
    await stage.pass_time(1)
    assert await prices() == "Registration is closed just now."
    card = await read_as(stage.carol, stage)
    assert links(card) == {}
    assert "-# For hosts: its last price is over, so the link to register is hidden." in texts(card)[-1]


async def test_the_card_names_the_next_sessions_of_the_program_and_of_no_other(stage: Stage) -> None:
    await write(stage)
    await in_zone(stage)
    maya = await stage.join("maya")
    assert "Live Q&A" not in "".join(texts(await read_as(maya, stage)))
    with_program = {"link": LINK, "program": NAME}
    soon = local(stage.now() + timedelta(minutes=20)).at
    opening = await plan(stage, options=with_program, title="*Opening* night", start=f"{soon:%Y-%m-%d %H:%M}")
    await plan(stage, title="For everybody")
    await stage.bot.services.sessions.cancel(
        stage.guild.id, (await plan(stage, options=with_program, title="Not after all")).id, stage.now()
    )
    starts = int(opening.starts_at.timestamp())
    line = f"- \\*Opening\\* night · <t:{starts}:F> (<t:{starts}:R>) · <#{opening.thread_id}>"
    assert texts(await read_as(maya, stage))[-1] == f"### Live Q&A\n{line}"
    for month in ("June", "July", "August"):
        await plan(stage, options=with_program, title=month, start=f"{month} 1 7pm")
    *_, july, rest = texts(await read_as(maya, stage))[-1].splitlines()
    assert july.startswith("- July · <t:")
    assert rest == "…and 1 more: `/session list`."
    await stage.bot.services.live.open(stage.guild.id, opening.id, stage.now())
    assert texts(await read_as(maya, stage))[-1].splitlines()[1] == (
        f"- \\*Opening\\* night · **open now** · <#{opening.thread_id}>"
    )


async def test_a_program_without_price_link_and_summary_is_still_a_card(stage: Stage) -> None:
    await stage.bot.services.programs.create(stage.guild.id, Draft("Zen of *drafts*"), stage.now())
    maya = await stage.join("maya")
    card = await read_as(maya, stage)
    assert texts(card) == ["# Zen of \\*drafts\\*"]
    assert links(card) == {}


async def test_a_currency_whose_prices_are_over_closes_nothing_as_long_as_another_one_counts(stage: Stage) -> None:
    program = await write(stage)
    over = replace(EARLY, until=end_of(date(2025, 12, 1), NEW_YORK))
    await price(stage, program, over, replace(EARLY_EU, until=None))
    assert texts(await host(stage, "show"))[1] == "## €89 · early EU"
    await stage.bot.services.programs.remove_price(stage.guild.id, program.id, "early EU")
    assert texts(await host(stage, "show"))[1] == "Registration is closed just now."


async def test_the_longest_card_fits_into_discords_limits(stage: Stage) -> None:
    role = stage.guild.create_role("Bubble 2026")
    programs = stage.bot.services.programs
    program = await programs.create(stage.guild.id, replace(LONGEST, role_id=role.id), stage.now())
    label = "_" * (rules.LONGEST_LABEL - 1)
    until = end_of(stage.now().date() + timedelta(days=30), NEW_YORK)
    for number, start in enumerate((None, until), start=1):
        long = Price(f"{label}{number}", 10**12 - number, "BHD", start, until if start is None else None)
        await programs.put_price(stage.guild.id, program.id, long)
    for number in range(50):
        link = f"https://e.com/{number:b>286}"
        await programs.add_recording(stage.guild.id, program.id, "[" * rules.LONGEST_TITLE, link, "62 min", "p" * 50)
    await in_zone(stage)
    with_program = {"link": LINK, "program": LONGEST.name}
    for day in range(1, 5):
        await plan(stage, options=with_program, title="_" * LONGEST_TITLE, start=f"May {day} 7pm")
    await stage.give_role(stage.carol, role)
    card = await host(stage, "show")
    assert sum(map(len, texts(card))) <= 4000
    assert len(list(parts(card.response.components))) <= 40  # type: ignore[union-attr]
    assert re.search(r"\n…and 4\d more\.$", texts(card)[-1])
    page = await press(stage, card, "All recordings")
    assert len(said(page)) <= 2000
    assert len(said(await host(stage, "list"))) <= 2000


@pytest.mark.parametrize("number", [2, rules.MOST_PRICES // 2])
async def test_prices_in_many_currencies_are_told_in_short_and_fit_into_discords_limits(
    stage: Stage, number: int
) -> None:
    program = await stage.bot.services.programs.create(stage.guild.id, LONGEST, stage.now())
    for code in ("USD", "BHD", "EUR", "KWD", "GBP")[:number]:
        early, late = (f"{code}{day}{'_' * (rules.LONGEST_LABEL - 5)}" for day in (15, 30))
        await price(stage, program, Price(early, 10**12 - 1, code, until=EARLY.until))
        await price(stage, program, Price(late, 10**12 - 2, code, until=LATE.until))
    await in_zone(stage)
    for day in range(1, 5):
        await plan(stage, options={"link": LINK, "program": LONGEST.name}, title="_" * 100, start=f"May {day} 7pm")
    for week in range(50):
        await record(stage, program, week, passcode="p" * 50)
    card = texts(await host(stage, "show"))
    assert sum(map(len, card)) <= 4000
    first, *also = card[1].split("\n\n")
    assert first.startswith("## $9,999,999,999.99 · USD15")
    assert len(card[1]) <= 700
    if number > 2:
        assert also == [
            "Also: **BHD999,999,999.999**, **€9,999,999,999.99**, **KWD999,999,999.999**, **£9,999,999,999.99**."
        ]
