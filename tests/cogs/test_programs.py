"""Programs, as hosts write them down and members read them."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import simcord

from bot.local_time import LocalTime, described, end_of, local_time
from bot.programs import rules
from bot.programs.rules import Draft, Price
from bot.sessions.rules import LONGEST_TITLE
from tests.cogs.discounting import make
from tests.cogs.sessioning import LINK, in_zone, plan
from tests.cogs.teaching import (
    NAME,
    REGISTER,
    buttons,
    current,
    fields,
    filled,
    host,
    links,
    parts,
    press,
    price,
    record,
    refused,
    said,
    submit,
    texts,
    write,
)
from tests.simkit import Stage

NEW_YORK = ZoneInfo("America/New_York")
EARLY = Price("early", 9700, "USD", until=end_of(date(2026, 4, 15), NEW_YORK))
LATE = Price("late", 14700, "USD", until=end_of(date(2026, 4, 30), NEW_YORK))
EVERY_COMMAND: dict[str, dict[str, Any]] = {
    "create": {},
    "edit": {"program": NAME},
    "list": {},
    "archive": {"program": NAME},
    "price add": {"program": NAME},
    "price edit": {"program": NAME, "price": "late"},
    "price remove": {"program": NAME, "price": "late"},
    "recording add": {"program": NAME},
    "recording remove": {"program": NAME, "recording": "Week 1"},
    "recording list": {"program": NAME},
}


def local(instant: datetime) -> LocalTime:
    """The wall clock in New York at an instant, in whole seconds."""
    wall = instant.astimezone(NEW_YORK).replace(microsecond=0)
    return local_time(wall.date(), wall.time(), NEW_YORK)


async def read_as(member: simcord.MemberActor, stage: Stage, **options: Any) -> simcord.InteractionResult:
    return await member.slash(stage.welcome, "program show", **options)


async def test_a_host_writes_down_a_program_and_sees_what_comes_next(stage: Stage) -> None:
    role = stage.guild.create_role("Bubble 2026")
    form = await host(stage, "create")
    typed = {
        "Name": f"  {NAME} ", "What is it about?": "**Six** weeks", "What is included?": "Six live calls\n\nA workbook",
        "Where do people register?": "example.com/bubble", "Participant role": [role],
    }  # fmt: skip
    answer = await submit(form, stage.carol, typed)
    assert said(answer) == f"**{NAME}** is written down. Next, give it a price: early and late can be two."
    assert buttons(answer) == ["Add a price", "See how it looks"]
    program = await current(stage)
    assert (program.summary, program.included) == ("**Six** weeks", "Six live calls\nA workbook")
    assert (program.register_url, program.role_id) == (REGISTER, role.id)
    await stage.restart()
    card = await press(stage, answer, "See how it looks")
    assert texts(card)[0] == f"# {NAME}\n**Six** weeks"
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "new york")
    assert filled(await press(stage, answer, "Add a price"))["Currency"] == "USD"


async def test_every_field_has_an_example_and_every_form_fits(stage: Stage) -> None:
    program = await write(stage)
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "new york")
    await price(stage, program, LATE)
    for command in ("create", "edit", "price add", "price edit", "recording add"):
        form = await host(stage, command, **EVERY_COMMAND[command])
        assert form.modal is not None
        assert len(form.modal["title"]) <= 45
        for field in fields(form).values():
            assert field["type"] == 6 or len(field["placeholder"]) > 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"Name": " "}, "The name of the program is empty."),
        ({"Where do people register?": "ftp://example.com"}, "The link to register has to be a web address"),
        ({"Where do people register?": "soon"}, "The link to register has to be a web address"),
        ({"Name": "the OTHER one"}, "There is a program called **the OTHER one** already."),
    ],
)
async def test_bad_input_gets_one_sentence_and_the_form_comes_back_filled_in(
    stage: Stage, typed: dict[str, str], sentence: str
) -> None:
    await write(stage, "The other one")
    good = {"Name": NAME, "What is it about?": "Six weeks", "Where do people register?": REGISTER}
    answer = await submit(await host(stage, "create"), stage.carol, good | typed)
    assert refused(stage, answer).startswith(sentence)
    again = await press(stage, answer, "Try again, nothing is lost")
    expected = good | typed
    assert {label: filled(again)[label] for label in expected} == expected
    assert "is written down" in said(await submit(again, stage.carol, good))
    assert (await current(stage)).summary == "Six weeks"


async def test_everybodys_role_cannot_be_the_participant_role(stage: Stage) -> None:
    typed = {"Name": NAME, "Participant role": [stage.guild.default_role]}
    answer = await submit(await host(stage, "create"), stage.carol, typed)
    assert "every member would see the recordings" in refused(stage, answer)
    assert await stage.bot.services.programs.list_all(stage.guild.id) == []


async def test_a_program_is_edited_in_a_form_that_shows_how_it_is(stage: Stage) -> None:
    role = stage.guild.create_role("Bubble 2026")
    await write(stage, role_id=role.id)
    form = await host(stage, "edit", program="bubble")
    assert filled(form) == {
        "Name": NAME, "What is it about?": "**Six** weeks", "What is included?": "Six live calls\nA workbook",
        "Where do people register?": REGISTER,
    }  # fmt: skip
    assert fields(form)["Participant role"]["default_values"] == [{"id": role.id, "type": "role"}]
    answer = await submit(form, stage.carol, {"Name": "Break Out", "Participant role": [role]})
    assert said(answer) == "**Break Out** is changed."
    assert (await current(stage, "Break Out")).role_id == role.id


async def test_a_program_that_is_archived_or_gone_while_its_form_is_open_is_left_alone(stage: Stage) -> None:
    program = await write(stage)
    programs = stage.bot.services.programs
    form, another = await host(stage, "edit", program=NAME), await host(stage, "edit", program=NAME)
    await programs.archive(stage.guild.id, program.id, stage.now())
    assert "is archived, so nothing was changed" in refused(
        stage, await submit(form, stage.carol, {"Name": "Break Out"})
    )
    assert "is archived, so nothing" in refused(stage, await host(stage, "edit", program=NAME))
    async with stage.bot.services.database.transaction() as tx:
        await programs.forget_guild(tx, stage.guild.id)
    answer = await submit(another, stage.carol, {"Name": "Break Out"})
    assert "There is no such program here" in refused(stage, answer)
    assert filled(await press(stage, answer, "Try again, nothing is lost"))["Name"] == "Break Out"


async def test_a_member_reads_the_price_of_now_the_countdown_and_where_to_register(stage: Stage) -> None:
    program = await write(stage)
    await price(stage, program, LATE, EARLY)
    maya = await stage.join("maya")
    card = await read_as(maya, stage)
    ends = int(EARLY.ends.timestamp())
    assert texts(card) == [
        f"# {NAME}\n**Six** weeks",
        "**$97** · early\n"
        f"Until the end of Wednesday, April 15, 2026, New York time (for you: <t:{ends}:F>, <t:{ends}:R>).\n"
        "Then: **$147** · late.",
        "**What is included**\n- Six live calls\n- A workbook",
    ]
    assert links(card) == {"Register": REGISTER}
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
    told = f"**$147** · late\nUntil {described(until)} (for you: <t:{ends}:F>, <t:{ends}:R>)."
    assert await prices() == told
    await stage.pass_time((until.instant - stage.now()).total_seconds() - 1)
    assert await prices() == told
    await stage.pass_time(1)
    assert await prices() == "Registration is closed just now."


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
    assert texts(await read_as(maya, stage))[-1] == f"**Live Q&A**\n{line}"
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


async def test_a_link_or_text_that_tells_a_code_is_refused_and_not_lost(stage: Stage) -> None:
    program = await write(stage)
    await price(stage, program, LATE)
    await make(stage, program_id=program.id, secret="SOCIAL-50")
    for label, typed in (
        ("Name", "Take social-50"), ("What is it about?", "Use SOCIAL-50!"), ("What is included?", "SOCIAL-50"),
        ("Where do people register?", "https://example.com/?code=social-50"),
    ):  # fmt: skip
        answer = await submit(await host(stage, "edit", program="bubble"), stage.carol, {label: typed})
        sentence = refused(stage, answer)
        assert "has the code in it" in sentence
        assert "SOCIAL-50" not in sentence.upper()
        assert filled(await press(stage, answer, "Try again, nothing is lost"))[label] == typed
    answer = await submit(await host(stage, "edit", program="bubble"), stage.carol, {"Name": NAME})
    assert said(answer).startswith(f"**{NAME}** is changed.")


async def test_archiving_is_taken_back_with_a_press_and_nothing_is_lost(stage: Stage) -> None:
    program = await write(stage)
    await price(stage, program, LATE)
    whole = await current(stage)
    answer = await host(stage, "archive", program=NAME)
    assert "members see neither it nor its recordings" in said(answer)
    assert (await current(stage)).archived_at is not None
    assert "archived already" in said(await host(stage, "archive", program=NAME))
    await stage.restart()
    assert f"**{NAME}** is back" in said(await press(stage, answer, "Bring it back"))
    assert await current(stage) == whole


@pytest.mark.parametrize("command", EVERY_COMMAND)
async def test_everything_but_show_is_for_hosts(stage: Stage, command: str) -> None:
    program = await write(stage)
    await price(stage, program, LATE)
    await record(stage, program, 1)
    before = await current(stage)
    maya = await stage.join("maya")
    answer = await maya.slash(stage.welcome, f"program {command}", **EVERY_COMMAND[command])
    assert "*Manage Server*" in refused(stage, answer)
    assert await current(stage) == before
    for option in EVERY_COMMAND[command].keys() - {"program"}:
        assert await maya.autocomplete(stage.welcome, f"program {command}", option, "", program=NAME) == []


async def test_a_form_and_a_button_ask_anew_whether_this_is_a_host(stage: Stage) -> None:
    program = await write(stage)
    form, answer = await host(stage, "edit", program=NAME), await host(stage, "archive", program=NAME)
    await stage.bot.services.programs.restore(stage.guild.id, program.id)
    before = await current(stage)
    await stage.take_role(stage.carol, stage.host_role)
    assert "*Manage Server*" in refused(stage, await submit(form, stage.carol, {"Name": "Mine"}))
    assert "*Manage Server*" in refused(stage, await press(stage, answer, "Bring it back"))
    assert await current(stage) == before


async def test_the_longest_card_fits_into_discords_limits(stage: Stage) -> None:
    role = stage.guild.create_role("Bubble 2026")
    name = "*" * rules.LONGEST_NAME
    draft = Draft(
        name, "s" * rules.LONGEST_SUMMARY, "i\n" * (rules.LONGEST_INCLUDED // 2), "https://e.com/" + "a" * 486, role.id
    )
    programs = stage.bot.services.programs
    program = await programs.create(stage.guild.id, draft, stage.now())
    label = "_" * (rules.LONGEST_LABEL - 1)
    until = end_of(stage.now().date() + timedelta(days=30), NEW_YORK)
    for number, start in enumerate((None, until), start=1):
        long = Price(f"{label}{number}", 10**12 - number, "BHD", start, until if start is None else None)
        await programs.put_price(stage.guild.id, program.id, long)
    for _ in range(50):
        await programs.add_recording(
            stage.guild.id, program.id, "[" * rules.LONGEST_TITLE, "https://e.com/" + "b" * 286, "62 min", "p" * 50
        )
    await in_zone(stage)
    with_program = {"link": LINK, "program": name}
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
