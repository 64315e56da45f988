"""A press of something the bot has forgotten is answered, once, and so is a press of what it still knows."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import ui

from bot.client import Tribekeeper
from bot.ui.forgotten import FORGOTTEN
from bot.ui.views import BaseLayout, BaseView, LastingItem
from tests.interactions import pressed
from tests.live import awake, is_asked
from tests.loopback import LoopbackDiscord, World
from tests.reading import only_answer
from tests.simkit import Stage, open_stage

Interaction = discord.Interaction[Any]
HERE = "Here I am."


class Asking(BaseView):
    """Asks something, for three minutes."""

    @ui.button(label="Save it")
    async def save(self, interaction: Interaction, _button: ui.Button["Asking"]) -> None:
        self.stop()  # from here on it is not waited for
        await interaction.response.send_message(HERE, ephemeral=True)

    @ui.select(placeholder="Which", options=[discord.SelectOption(label="This one")])
    async def choose(self, interaction: Interaction, _select: ui.Select["Asking"]) -> None:
        await interaction.response.send_message(HERE, ephemeral=True)


class Kept(BaseView):
    """Works for ever: the bot tells discord.py of it at each start."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Save it", custom_id="test:kept")
    async def save(self, interaction: Interaction, _button: ui.Button["Kept"]) -> None:
        await interaction.response.send_message(HERE, ephemeral=True)


class Lasting(LastingItem[ui.Button[Any]], template=r"test:lasting:(?P<number>\d+)"):
    """Works for ever: all it knows stands in its custom id."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label="Save it", custom_id=f"test:lasting:{number}"))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "Lasting":
        return cls(int(match["number"]))

    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.send_message(HERE, ephemeral=True)


def teach(bot: Tribekeeper) -> None:
    """Commands that show something to press."""
    bot.add_dynamic_items(Lasting)
    bot.add_view(Kept())

    @bot.tree.command(description="Asks")
    async def asks(interaction: Interaction) -> None:
        await interaction.response.send_message("Sure?", view=Asking())

    @bot.tree.command(description="Asks, after a while, in a layout")
    async def layout(interaction: Interaction) -> None:
        await interaction.response.defer()
        row: ui.ActionRow[Any] = ui.ActionRow(ui.Button(label="Save it"))
        await interaction.followup.send(view=BaseLayout().add_item(row))

    @bot.tree.command(description="Shows what is kept")
    async def kept(interaction: Interaction) -> None:
        await interaction.response.send_message("Sure?", view=Kept())

    @bot.tree.command(description="Shows what lasts")
    async def lasting(interaction: Interaction) -> None:
        await interaction.response.send_message("Sure?", view=ui.View(timeout=None).add_item(Lasting(7)))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


async def press(stage: Stage) -> str:
    """What Carol reads when she presses "Save it"."""
    return only_answer(await stage.carol.click(stage.welcome.last_message, label="Save it"))


@pytest.mark.parametrize("command", ["asks", "layout"])
async def test_after_a_restart_a_press_of_what_was_asked_before_is_answered(stage: Stage, command: str) -> None:
    await stage.carol.slash(stage.welcome, command)
    await stage.restart()
    assert await press(stage) == FORGOTTEN


async def test_after_a_restart_a_choice_from_a_menu_is_answered(stage: Stage) -> None:
    await stage.carol.slash(stage.welcome, "asks")
    await stage.restart()
    assert only_answer(await stage.carol.select(stage.welcome.last_message, ["This one"])) == FORGOTTEN


async def test_what_has_waited_too_long_says_so(stage: Stage) -> None:
    await stage.carol.slash(stage.welcome, "asks")
    await stage.pass_time(181)
    assert await press(stage) == FORGOTTEN


async def test_what_is_done_says_so_and_its_own_press_was_answered_by_itself(stage: Stage) -> None:
    await stage.carol.slash(stage.welcome, "asks")
    assert await press(stage) == HERE
    assert await press(stage) == FORGOTTEN


@pytest.mark.parametrize("command", ["kept", "lasting"])
async def test_what_works_for_ever_answers_for_itself_before_and_after_a_restart(stage: Stage, command: str) -> None:
    await stage.carol.slash(stage.welcome, command)
    assert await press(stage) == HERE
    await stage.restart()
    assert await press(stage) == HERE


async def test_a_press_of_another_bots_button_is_not_answered(tmp_path: Path) -> None:
    world = World()
    guild = world.add_guild()
    world.add_channel(guild)
    discord_api = LoopbackDiscord(world)
    async with awake(tmp_path, discord_api):
        member = world.add_member(guild)
        for application_id in (world.next_id(), world.bot.id):
            press = pressed(world, guild, member, "test:unknown") | {"application_id": str(application_id)}
            await discord_api.gateway.dispatch("INTERACTION_CREATE", press)
        await is_asked(discord_api, "POST", "/interactions/*")
    [answer] = discord_api.asked("POST", "/interactions/*")
    assert press["id"] in answer.path
