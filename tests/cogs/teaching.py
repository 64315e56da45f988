"""What tests of programs do again and again: fill in forms, press buttons, read cards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import simcord

from bot.local_time import end_of
from bot.programs.rules import Draft, Price, Program
from tests.simkit import Stage

NAME = "Break Out of Your Bubble"
REGISTER = "https://example.com/bubble"
NEW_YORK = ZoneInfo("America/New_York")
EARLY = Price("early", 9700, "USD", until=end_of(date(2026, 4, 15), NEW_YORK))
LATE = Price("late", 14700, "USD", until=end_of(date(2026, 4, 30), NEW_YORK))
EARLY_EU = replace(EARLY, label="early EU", amount=8900, currency="EUR")
LATE_EU = replace(LATE, label="late EU", amount=13900, currency="EUR")


async def write(stage: Stage, name: str = NAME, **more: Any) -> Program:
    """A program, as if a host had written it down."""
    draft = Draft(name, "**Six** weeks", "Six live calls\nA workbook", REGISTER, **more)
    return await stage.bot.services.programs.create(stage.guild.id, draft, stage.now())


async def price(stage: Stage, program: Program, *prices: Price) -> None:
    """Give a program prices."""
    for one in prices:
        await stage.bot.services.programs.put_price(stage.guild.id, program.id, one)


async def record(stage: Stage, program: Program, number: int, *, passcode: str = "") -> None:
    """Give a program a recording."""
    await stage.bot.services.programs.add_recording(
        stage.guild.id, program.id, f"Week {number}", f"https://example.com/week/{number}", "62 min", passcode
    )


async def current(stage: Stage, name: str = NAME) -> Program:
    """The program as it is now."""
    programs = await stage.bot.services.programs.list_all(stage.guild.id)
    return next(program for program in programs if program.name == name)


async def host(stage: Stage, command: str, **options: Any) -> simcord.InteractionResult:
    """The host uses a command."""
    return await stage.carol.slash(stage.hosts, f"program {command}", **options)


async def read_as(member: simcord.MemberActor, stage: Stage, **options: Any) -> simcord.InteractionResult:
    """A member reads a program's card."""
    return await member.slash(stage.welcome, "program show", **options)


def said(result: simcord.InteractionResult) -> str:
    """The text that was answered, which only the person who acted can see."""
    answers = [result.response] if result.response else result.followups
    assert answers, "nothing was answered"
    assert answers[-1].ephemeral
    return answers[-1].content


def refused(stage: Stage, result: simcord.InteractionResult) -> str:
    """The answer to what was not done: a refusal in plain words, and no form."""
    stage.refusals()  # those of commands and forms are to be read
    assert result.modal is None
    assert "reference" not in said(result)
    return said(result)


def fields(form: simcord.InteractionResult) -> dict[str, dict[str, Any]]:
    """The fields of a form by their labels."""
    assert form.modal is not None, "no form was opened"
    return {label["label"]: label["component"] for label in form.modal["components"]}


def filled(form: simcord.InteractionResult) -> dict[str, Any]:
    """What the fields of a form hold when it opens, by their labels."""
    return {label: field.get("value", "") for label, field in fields(form).items() if field["type"] == 4}


async def submit(
    form: simcord.InteractionResult, by: simcord.MemberActor, typed: dict[str, Any]
) -> simcord.InteractionResult:
    """Fill in a form by its labels and send it; what is not named stays as it was."""
    shown = fields(form)
    assert typed.keys() <= shown.keys()
    kept = {field["custom_id"]: field["value"] for field in shown.values() if field.get("value")}
    return await by.submit_modal(form, kept | {shown[label]["custom_id"]: value for label, value in typed.items()})


async def press(stage: Stage, result: simcord.InteractionResult, label: str) -> simcord.InteractionResult:
    """The host presses a button under an answer."""
    answer = result.response or result.followups[-1]
    return await stage.carol.click(answer.message, label=label)


def texts(result: simcord.InteractionResult) -> list[str]:
    """Every text of a card, in order."""
    answer = result.response or result.followups[-1]
    assert answer.ephemeral
    return [part["content"] for part in parts(answer.components) if "content" in part]


def links(result: simcord.InteractionResult) -> dict[str, str]:
    """Every link button of a card by its label."""
    answer = result.response or result.followups[-1]
    return {part["label"]: part["url"] for part in parts(answer.components) if part.get("url")}


def buttons(result: simcord.InteractionResult) -> list[str]:
    """The labels of the buttons under an answer."""
    answer = result.response or result.followups[-1]
    return [part["label"] for part in parts(answer.components) if part["type"] == 2]


def parts(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component of a message, those within others too."""
    for component in components:
        yield component
        yield from parts(component.get("components", []))
