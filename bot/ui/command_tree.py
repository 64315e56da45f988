"""The slash commands: told to Discord only when they changed, and never failing in silence."""

import hashlib
import json
from typing import Any

import discord
from discord import app_commands

from bot.ui.errors import reply_error


class CommandTree(app_commands.CommandTree):
    """Commands for guilds only; errors are answered by the one function that does."""

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Answer the error."""
        await reply_error(interaction, error)


def digest_of(tree: app_commands.CommandTree[Any]) -> str:
    """A fingerprint of all commands as Discord would be told them, in hexadecimal."""
    told = sorted((command.to_dict(tree) for command in tree.get_commands()), key=lambda command: command["name"])
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
