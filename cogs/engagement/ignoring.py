"""`/engagement ignore`: channels in which taking part is not counted."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper

Interaction = discord.Interaction[Any]
#: Where a message could be counted; a category stands for nothing by itself.
Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
#: Discord shows at most 2000 characters; more channels than this are given as a number.
MOST_LISTED = 50


class Ignoring(commands.Cog):
    """A part of the `/engagement` group."""

    bot: Tribekeeper

    @app_commands.command(description="Do not count what is written in a channel and its threads")
    @app_commands.describe(channel="The channel, for example the one for bot commands; leave it out to see the list")
    async def ignore(self, interaction: Interaction, channel: Place | None = None) -> None:
        """`/engagement ignore [channel]`"""
        guild, counts = _guild(interaction), self.bot.services.counts
        if channel is None:
            await interaction.response.send_message(_list_text(guild, await counts.ignored(guild.id)), ephemeral=True)
            return
        await counts.ignore(guild.id, channel.id, interaction.created_at)
        await interaction.response.send_message(
            f"From now on nothing in {channel.mention} counts as taking part. `/engagement unignore` counts it again.",
            ephemeral=True,
        )

    @app_commands.command(description="Count what is written in a channel again")
    @app_commands.describe(channel="The channel you ignored before")
    async def unignore(self, interaction: Interaction, channel: str) -> None:
        """`/engagement unignore channel`"""
        guild, counts = _guild(interaction), self.bot.services.counts
        ignored = await counts.ignored(guild.id)
        chosen = next((one for one in ignored if channel in (str(one), f"<#{one}>", _name(guild, one))), None)
        if chosen is None:
            await interaction.response.send_message(
                f"That channel is not ignored. {_list_text(guild, ignored)}", ephemeral=True
            )
            return
        await counts.unignore(guild.id, chosen, interaction.created_at)
        await interaction.response.send_message(
            f"What is written in {_mention(guild, chosen)} counts again, from now on.", ephemeral=True
        )

    @unignore.autocomplete("channel")
    async def choose_ignored(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The ignored channels by name."""
        guild = _guild(interaction)
        names = {one: _name(guild, one) for one in await self.bot.services.counts.ignored(guild.id)}
        found = [(name, one) for one, name in names.items() if typed.casefold().lstrip("#") in name.casefold()]
        return [app_commands.Choice(name=name, value=str(one)) for name, one in sorted(found)[:25]]


def _list_text(guild: discord.Guild, ignored: list[int]) -> str:
    if not ignored:
        return "I count in every channel I can see. `/engagement ignore` with a channel leaves it out."
    shown = ", ".join(_mention(guild, one) for one in ignored[:MOST_LISTED])
    more = f" and {len(ignored) - MOST_LISTED} more" if len(ignored) > MOST_LISTED else ""
    return f"I do not count in {shown}{more}, nor in threads there. `/engagement unignore` counts in one of them again."


def _mention(guild: discord.Guild, channel_id: int) -> str:
    channel = guild.get_channel_or_thread(channel_id)
    return channel.mention if channel else "a channel that is gone"


def _name(guild: discord.Guild, channel_id: int) -> str:
    channel = guild.get_channel_or_thread(channel_id)
    # Two channels that are gone are told apart by nothing but their place in the list, and either will do.
    return f"#{channel.name}"[:100] if channel else "a channel that is gone"


def _guild(interaction: Interaction) -> discord.Guild:
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild
