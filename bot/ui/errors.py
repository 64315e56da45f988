"""The one place that answers an error: a refusal in its own words, anything else calmly and with a reference."""

import logging
import secrets

import aiohttp
import discord
from discord import app_commands

from bot.errors import UserFacingError
from bot.ui.text import safe_name

log = logging.getLogger(__name__)

#: "Interaction has already been acknowledged": the member saw the answer (seen after a 502 that had been applied).
ALREADY_ANSWERED = 40060


async def reply_error(
    interaction: discord.Interaction, error: Exception, *, view: discord.ui.View | None = None
) -> None:
    """Answer `interaction`, only for the person who acted, with what went wrong; `view` may offer a way on."""
    cause = _cause_of(error)
    if isinstance(cause, discord.HTTPException) and cause.code == ALREADY_ANSWERED:
        return
    text = _explanation(cause) or _with_reference(interaction, cause)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, view=view or discord.utils.MISSING)
        else:
            await interaction.response.send_message(text, ephemeral=True, view=view or discord.utils.MISSING)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as failure:
        reason = getattr(failure, "status", type(failure).__name__)
        log.warning("error reply not delivered guild=%s reason=%s", interaction.guild_id, reason)


def is_refusal(error: BaseException) -> bool:
    """Whether nothing broke: a person was told "no", in a sentence that says why."""
    return isinstance(error, UserFacingError | app_commands.AppCommandError) and bool(_explanation(_cause_of(error)))


def _cause_of(error: Exception) -> Exception:
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def _explanation(error: Exception) -> str | None:
    match error:
        case UserFacingError():
            return error.message
        case app_commands.MissingPermissions():
            names = ", ".join(permission_name(name) for name in error.missing_permissions)
            return f"This is for people with the permission *{names}* in this server."
        case app_commands.NoPrivateMessage():
            return "This works in a server only, not in direct messages."
        case discord.Forbidden():
            return "Discord did not let me do that, because I lack a permission. `/setup` shows which one and where."
        case discord.NotFound():
            return "What this was about is gone: the message or channel was deleted in the meantime."
        case app_commands.TransformerError(type=discord.AppCommandOptionType.user, value=discord.User() as person):
            return f"{safe_name(person.display_name)} is not in this server. Choose somebody who is."
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "This command has changed since your Discord loaded it. Please try again in a minute."
        case _:
            return None


def _with_reference(interaction: discord.Interaction, error: Exception) -> str:
    reference = secrets.token_hex(3)
    command = interaction.command.qualified_name if interaction.command else "component"
    log.error("interaction failed ref=%s guild=%s on=%s", reference, interaction.guild_id, command, exc_info=error)
    return (
        "Something went wrong on my side, and nothing you typed was your fault. Please try again; if it happens "
        f"twice, tell the person who runs me the reference `{reference}`."
    )


def permission_name(name: str) -> str:
    """A permission as Discord's settings call it."""
    known = {"manage_guild": "Manage Server", "view_channel": "View Channel", "read_messages": "View Channel"}
    return known.get(name) or name.replace("_", " ").title()
