"""`/engagement`: what hosts choose about taking part."""

from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from cogs.engagement.ignoring import Ignoring, Interaction
from cogs.engagement.levels_settings import LevelsSettings


@app_commands.default_permissions(manage_guild=True)
class Engagement(
    LevelsSettings, Ignoring, commands.GroupCog, group_name="engagement", group_description="What counts as taking part"
):
    """For hosts. Each part adds its commands."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass. Raises MissingPermissions."""
        if not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True
