"""The slash commands as Discord is told of them."""

from collections.abc import Iterator
from typing import Any

import discord
from discord import app_commands

from bot.ui.command_tree import CommandTree, digest_of
from tests.simkit import Stage

#: For whoever is in the guild; every other command is for hosts. Of `/greeting` only *volunteer* is: Discord shows or
#: hides a group as a whole, so it guards its other commands itself (tests/cogs/test_volunteer.py).
FOR_MEMBERS = {
    "intro", "greeting", "blog", "privacy", "verify", "program", "me", "code", "Mark as helpful", "session",
    "Mark as answer", "ask", "Ask in the next Q&A",
}  # fmt: skip


def told(stage: Stage) -> dict[str, dict[str, Any]]:
    """Every command by name, as Discord gets it."""
    return {command.name: command.to_dict(stage.bot.tree) for command in stage.bot.tree.get_commands()}


def described(options: list[dict[str, Any]]) -> Iterator[str]:
    """The description of everything below a command."""
    for option in options:
        yield option["description"]
        yield from described(option.get("options", []))


async def test_every_command_works_in_guilds_only(bare_stage: Stage) -> None:
    commands = told(bare_stage)
    assert commands
    for command in commands.values():
        assert command["contexts"] == [0]
        assert command["integration_types"] == [0]


async def test_commands_for_hosts_are_hidden_from_members(bare_stage: Stage) -> None:
    manage_guild = discord.Permissions(manage_guild=True).value
    shown_to = {name: command["default_member_permissions"] for name, command in told(bare_stage).items()}
    assert {name for name, permissions in shown_to.items() if permissions is None} == FOR_MEMBERS
    assert {permissions for name, permissions in shown_to.items() if name not in FOR_MEMBERS} == {manage_guild}


async def test_everything_a_person_can_choose_is_described(bare_stage: Stage) -> None:
    typed = [command for command in told(bare_stage).values() if "options" in command]  # menus are described by a name
    for command in typed:
        for description in [command["description"], *described(command["options"])]:
            assert 5 < len(description) <= 100
            assert description != "…"


def small_tree(*, description: str = "Greets", names: tuple[str, ...] = ("hello", "bye")) -> CommandTree:
    """A tree of two commands."""
    tree = CommandTree(discord.Client(intents=discord.Intents.none()))

    async def act(interaction: discord.Interaction) -> None: ...

    for name in names:
        tree.add_command(app_commands.Command(name=name, description=description, callback=act))
    return tree


async def test_the_digest_changes_with_the_content_and_with_nothing_else() -> None:
    digest = digest_of(small_tree())
    assert len(digest) == 64
    assert digest == digest_of(small_tree())
    assert digest == digest_of(small_tree(names=("bye", "hello")))
    assert digest != digest_of(small_tree(description="Waves"))
    assert digest != digest_of(small_tree(names=("hello",)))


async def test_the_digest_of_all_commands_is_the_same_after_a_restart(stage: Stage) -> None:
    before = digest_of(stage.bot.tree)
    await stage.restart()
    assert digest_of(stage.bot.tree) == before
