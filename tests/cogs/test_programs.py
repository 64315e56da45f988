"""Programs, as hosts write them down, change them and put them away."""

from typing import Any

import pytest

from tests.cogs.discounting import make
from tests.cogs.teaching import (
    LATE,
    NAME,
    REGISTER,
    buttons,
    current,
    fields,
    filled,
    host,
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


async def test_the_role_of_a_bot_cannot_be_the_participant_role(stage: Stage) -> None:
    own = stage.guild.roles[stage.env.backend.bot_user.name]
    answer = await submit(await host(stage, "create"), stage.carol, {"Name": NAME, "Participant role": [own]})
    assert f"{own.mention} is the role of a bot, so no member can have it" in refused(stage, answer)
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
