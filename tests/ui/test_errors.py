"""What a person reads when something went wrong, and what stands in the log."""

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from tests.interactions import slash
from tests.live import awake, is_asked, until
from tests.loopback import Cut, LoopbackDiscord, World
from tests.reading import only_answer
from tests.simkit import Stage, open_stage

Interaction = discord.Interaction[Any]
SECRET = "what somebody typed"


def teach(bot: Tribekeeper) -> None:
    """Commands that fail, each in its way."""

    @bot.tree.command(description="Refuses in words of its own")
    async def refuses(interaction: Interaction) -> None:
        raise UserFacingError("Not on Sundays. Come back tomorrow.")

    @bot.tree.command(description="Fails before it answers")
    async def fails(interaction: Interaction) -> None:
        raise LookupError("a bug")

    @bot.tree.command(description="Fails after it asked for patience")
    async def fails_late(interaction: Interaction, words: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        raise LookupError("a bug")

    @bot.tree.command(description="Answers")
    async def answers(interaction: Interaction) -> None:
        await interaction.response.send_message("Here I am.", ephemeral=True)

    @bot.tree.command(description="Writes into the channel")
    async def writes(interaction: Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.channel.send("Hello")

    @bot.tree.command(description="Looks for a message that is gone")
    async def looks(interaction: Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.channel.fetch_message(1)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


async def test_a_refusal_is_shown_as_it_stands_and_is_no_matter_for_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await stage.carol.slash(stage.welcome, "refuses")
    assert only_answer(answer) == "Not on Sundays. Come back tomorrow."
    assert stage.refusals()
    assert "Sundays" not in caplog.text


@pytest.mark.parametrize(("command", "typed"), [("fails", {}), ("fails_late", {"words": SECRET})])
async def test_an_unforeseen_error_is_answered_with_a_reference_that_stands_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture, command: str, typed: dict[str, str]
) -> None:
    answer = await stage.carol.slash(stage.welcome, command, **typed)
    shown = only_answer(answer)
    assert "Something went wrong on my side" in shown
    assert "a bug" not in shown
    found = re.search(r"reference `([0-9a-f]{6})`", shown)
    assert found is not None
    [record] = [record for record in caplog.records if record.name == "bot.ui.errors"]
    assert record.getMessage() == f"interaction failed ref={found[1]} guild={stage.guild.id} on={command}"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)
    assert SECRET not in caplog.text
    assert stage.env.errors


async def test_an_answer_that_arrived_all_the_same_is_done(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.env.inject_error("POST", "/interactions/*", status=400, code=40060)
    answer = await stage.carol.slash(stage.welcome, "answers")
    assert answer.followups == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert stage.env.errors


async def test_a_missing_permission_of_the_bot_leads_to_setup(stage: Stage) -> None:
    await stage.deny(stage.welcome, "send_messages")
    shown = only_answer(await stage.carol.slash(stage.welcome, "writes"))
    assert "I lack a permission" in shown
    assert "`/setup`" in shown
    assert stage.env.errors


async def test_something_deleted_in_the_meantime_is_told(stage: Stage) -> None:
    assert "is gone" in only_answer(await stage.carol.slash(stage.welcome, "looks"))
    assert stage.env.errors


async def test_an_answer_that_cannot_be_delivered_is_noted_and_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    guild = world.add_guild()
    world.add_channel(guild)
    discord_api = LoopbackDiscord(world)
    discord_api.faults.add("POST", "/interactions/*", Cut(applied=False))
    async with awake(tmp_path, discord_api):
        interaction = slash(world, guild, world.add_member(guild), "setup")
        await discord_api.gateway.dispatch("INTERACTION_CREATE", interaction)
        await is_asked(discord_api, "POST", "/interactions/*")
        await until(lambda: "error reply not delivered" in caplog.text)
    assert "Traceback" not in caplog.text
