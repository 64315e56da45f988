"""Buttons, selects and forms: an error in them is answered, and what was typed is not lost."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from discord import ui

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.ui.views import BaseLayout, BaseModal, BaseView, LastingItem
from tests.reading import only_answer
from tests.simkit import Stage, open_stage

Interaction = discord.Interaction[Any]
REFUSAL = "Not on Sundays."
CALM = "Something went wrong on my side"


class FailingButton(ui.Button[Any]):
    """Refuses, or fails."""

    async def callback(self, interaction: Interaction) -> None:
        raise UserFacingError(REFUSAL) if self.label == "Refuse" else LookupError("a bug")


class FailingForever(LastingItem[ui.Button[Any]], template=r"test:(?P<how>refuse|fail)"):
    """Refuses, or fails, also after a restart."""

    def __init__(self, how: str) -> None:
        super().__init__(ui.Button(label=how.title(), custom_id=f"test:{how}"))
        self.how = how

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "FailingForever":
        return cls(match["how"])

    async def pressed(self, interaction: Interaction) -> None:
        raise UserFacingError(REFUSAL) if self.how == "refuse" else LookupError("a bug")


class Form(BaseModal, title="A form"):
    """Takes a number, and fails for one."""

    def __init__(self, typed: str = "") -> None:
        super().__init__(timeout=None)
        self.number = ui.TextInput["Form"](default=typed or None)
        self.add_item(ui.Label(text="A number", component=self.number))

    def again(self) -> "Form":
        return Form(self.number.value)

    async def on_submit(self, interaction: Interaction) -> None:
        match self.number.value:
            case "1":
                await interaction.response.send_message("Thank you.", ephemeral=True)
            case "2":
                await interaction.response.defer(ephemeral=True, thinking=True)
                raise LookupError("a bug")
            case _:
                raise UserFacingError("Type 1, please.")


def teach(bot: Tribekeeper) -> None:
    """Commands that show what fails when it is used."""
    bot.add_dynamic_items(FailingForever)

    @bot.tree.command(description="Shows buttons")
    async def buttons(interaction: Interaction) -> None:
        view = BaseView().add_item(FailingButton(label="Refuse")).add_item(FailingButton(label="Fail"))
        await interaction.response.send_message("Press", view=view)

    @bot.tree.command(description="Shows a layout with buttons")
    async def layout(interaction: Interaction) -> None:
        row: ui.ActionRow[Any] = ui.ActionRow(FailingButton(label="Refuse"), FailingButton(label="Fail"))
        await interaction.response.send_message(view=BaseLayout().add_item(row))

    @bot.tree.command(description="Shows buttons that last")
    async def lasting(interaction: Interaction) -> None:
        view = ui.View(timeout=None).add_item(FailingForever("refuse")).add_item(FailingForever("fail"))
        await interaction.response.send_message("Press", view=view)

    @bot.tree.command(description="Opens a form")
    async def form(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


def field_of(form: simcord.InteractionResult) -> dict[str, Any]:
    """The one field of the form."""
    assert form.modal is not None
    [label] = form.modal["components"]
    return label["component"]


async def fill_in(stage: Stage, form: simcord.InteractionResult, number: str) -> simcord.InteractionResult:
    """Carol types a number and sends the form."""
    return await stage.carol.submit_modal(form, {field_of(form)["custom_id"]: number})


@pytest.mark.parametrize("command", ["buttons", "layout", "lasting"])
async def test_an_error_behind_a_button_is_answered(stage: Stage, command: str) -> None:
    await stage.carol.slash(stage.welcome, command)
    message = stage.welcome.last_message
    assert only_answer(await stage.carol.click(message, label="Refuse")) == REFUSAL
    assert CALM in only_answer(await stage.carol.click(message, label="Fail"))
    assert stage.env.errors is not None


async def test_a_lasting_button_answers_its_errors_after_a_restart_too(stage: Stage) -> None:
    await stage.carol.slash(stage.welcome, "lasting")
    await stage.restart()
    assert only_answer(await stage.carol.click(stage.welcome.last_message, label="Refuse")) == REFUSAL
    assert CALM in only_answer(await stage.carol.click(stage.welcome.last_message, label="Fail"))
    assert stage.env.errors is not None


@pytest.mark.parametrize(("number", "words"), [("7", "Type 1, please."), ("2", CALM)])
async def test_after_an_error_a_form_can_be_opened_again_with_what_was_typed(
    stage: Stage, number: str, words: str
) -> None:
    refused = await fill_in(stage, await stage.carol.slash(stage.welcome, "form"), number)
    assert words in only_answer(refused)
    [shown] = [*filter(None, [refused.response]), *refused.followups]
    for _ in range(2):  # the button stays, should the form be closed by mistake
        again = await stage.carol.click(shown, label="Try again, nothing is lost")
        assert field_of(again)["value"] == number
    assert only_answer(await fill_in(stage, again, "1")) == "Thank you."
    assert stage.env.errors is not None


async def test_a_form_that_was_filled_in_well_offers_nothing_again(stage: Stage) -> None:
    thanked = await fill_in(stage, await stage.carol.slash(stage.welcome, "form"), "1")
    assert thanked.response is not None
    assert thanked.response.components == []
