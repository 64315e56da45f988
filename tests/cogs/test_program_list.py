"""Which programs there are: found by name, suggested, and read page by page."""

import re
from datetime import timedelta
from itertools import pairwise

import simcord

from bot.local_time import end_of
from bot.programs import rules
from bot.programs.rules import Draft, Price
from tests.cogs.teaching import (
    EARLY,
    LATE,
    NAME,
    NEW_YORK,
    REGISTER,
    host,
    press,
    price,
    read_as,
    refused,
    said,
    texts,
    write,
)
from tests.simkit import Stage


async def test_which_program_is_meant_is_found_by_a_part_of_its_name_and_asked_where_it_could_be_two(
    stage: Stage,
) -> None:
    maya = await stage.join("maya")
    assert refused(stage, await read_as(maya, stage)) == "There is no program here yet."
    assert "`/program create`" in refused(stage, await host(stage, "show"))
    await write(stage)
    await write(stage, "Break In")
    assert texts(await read_as(maya, stage, program="break in"))[0].startswith("# Break In")
    assert texts(await read_as(maya, stage, program="bubble"))[0].startswith(f"# {NAME}")
    assert refused(stage, await read_as(maya, stage, program="break")) == (
        f"Which one do you mean? **Break In**, **{NAME}**"
    )
    assert "Which one do you mean?" in refused(stage, await read_as(maya, stage))
    assert "There is no such program here" in refused(stage, await read_as(maya, stage, program="rivers"))


async def test_programs_are_suggested_by_name_and_archived_ones_to_hosts_only(stage: Stage) -> None:
    program = await write(stage)
    await write(stage, "Zen of drafts")
    await stage.bot.services.programs.archive(stage.guild.id, program.id, stage.now())
    maya = await stage.join("maya")

    async def suggested(to: simcord.MemberActor, command: str, typed: str) -> list[str]:
        found = await to.autocomplete(stage.welcome, f"program {command}", "program", typed)
        return [choice["name"] for choice in found]

    assert await suggested(maya, "show", "") == ["Zen of drafts"]
    for command in ("show", "edit", "archive", "price add", "recording list"):
        assert await suggested(stage.carol, command, "") == ["Zen of drafts", f"{NAME} (archived)"]
        assert await suggested(stage.carol, command, "BUBBLE") == [f"{NAME} (archived)"]
    assert "There is no such program" in refused(stage, await read_as(maya, stage, program=NAME))
    assert "Only hosts see this: it is archived" in texts(await host(stage, "show", program=NAME))[-1]


async def test_the_hosts_list_tells_prices_roles_and_what_is_missing(stage: Stage) -> None:
    assert said(await host(stage, "list")) == "There is no program here yet. `/program create` starts one."
    role = stage.guild.create_role("Bubble 2026")
    program = await write(stage, role_id=role.id)
    await price(stage, program, EARLY, LATE)
    gone = await write(stage, "Archived one")
    await stage.bot.services.programs.archive(stage.guild.id, gone.id, stage.now())
    await write(stage, "Zen of drafts", role_id=999)
    since = int(stage.now().timestamp())
    assert said(await host(stage, "list")) == (
        f"**{NAME}** · <{REGISTER}>\n"
        "- **$97** · early · until the end of Wednesday, April 15, 2026, New York time · now\n"
        "- **$147** · late · until the end of Thursday, April 30, 2026, New York time\n"
        f"- Participants: {role.mention}\n\n"
        f"**Zen of drafts** · <{REGISTER}>\n"
        "- No price yet; `/program price add` gives it one.\n"
        "- Participants: the role was deleted, so nobody sees recordings. `/program edit` chooses another one.\n\n"
        f"**Archived one** · archived <t:{since}:R>"
    )


async def test_a_long_list_is_read_page_by_page_also_after_a_restart(stage: Stage) -> None:
    for number in range(1, 31):
        await write(stage, f"Program {number:02}")
    first = await host(stage, "list")
    assert "Program 01" in said(first)
    assert "-# Page 1 of " in said(first)
    await stage.restart()
    second = await press(stage, first, "Next")
    assert "-# Page 2 of " in said(second)
    assert "Program 01" not in said(second)
    assert "Program 01" in said(await press(stage, second, "Back"))


async def test_a_program_with_as_many_prices_as_there_can_be_is_listed_on_several_pages(stage: Stage) -> None:
    programs, label = stage.bot.services.programs, "_" * (rules.LONGEST_LABEL - 2)
    draft = Draft("*" * rules.LONGEST_NAME, register_url="https://e.com/" + "a" * (rules.LONGEST_URL - 14))
    program = await programs.create(stage.guild.id, draft, stage.now())
    ends = [end_of(stage.now().date() + timedelta(days=30 * number), NEW_YORK) for number in range(1, 12)]
    for number, (start, until) in enumerate(pairwise(ends)):
        await price(stage, program, Price(f"{label}{number:02}", 10**12 - number, "BHD", start, until))
    page, read = await host(stage, "list"), list[str]()
    while True:
        assert len(said(page)) <= 2000
        read.append(said(page))
        if not re.search(r"Page (\d) of (?!\1)", read[-1]):
            break
        page = await press(stage, page, "Next")
    assert len(read) > 1
    for number in range(rules.MOST_PRICES):
        assert sum(f"{number:02} · from" in text for text in read) == 1
    assert "- Participants: " in read[-1]
