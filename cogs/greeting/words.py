"""`/greeting`: hosts choose the words newcomers read."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.greeting import rules
from bot.greeting.errors import NoSuchTemplateError
from bot.ui.text import shortened
from bot.ui.views import BaseView
from cogs.greeting.cards import greeting_text, resumed_text
from cogs.greeting.forms import TemplateModal
from cogs.greeting.settings import Settings
from cogs.greeting.stats import Stats
from cogs.greeting.views import IntroduceButton
from cogs.greeting.volunteer import Volunteer

Interaction = discord.Interaction[Any]

#: What any member may do. Discord guards a group of commands as a whole, so the others are guarded here.
FOR_EVERYBODY = frozenset({"volunteer"})


class GreetingWords(
    Settings, Stats, Volunteer, commands.GroupCog, group_name="greeting", group_description="How newcomers are greeted"
):
    """Edit, preview, pause and resume; `Settings`, `Stats` and `Volunteer` add theirs."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._greeting = bot.services.greeting

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass, but for what everybody may do. Raises MissingPermissions."""
        command = interaction.command
        if (command is None or command.name not in FOR_EVERYBODY) and not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command(description="Change what newcomers read, or add another greeting")
    @app_commands.describe(greeting="Which one; leave it out for the first")
    async def edit(self, interaction: Interaction, greeting: app_commands.Range[int, 1] = 1) -> None:
        """`/greeting edit`"""
        settings = await self._greeting.settings(_guild(interaction).id)
        if greeting > min(len(settings.templates) + 1, rules.MOST_TEMPLATES):
            raise NoSuchTemplateError(len(settings.templates))
        text = settings.templates[greeting - 1] if greeting <= len(settings.templates) else ""
        await interaction.response.send_modal(TemplateModal(greeting, text, self.save))

    @edit.autocomplete("greeting")
    async def choose_greeting(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        """The greetings by their first words, and a place for one more."""
        settings = await self._greeting.settings(_guild(interaction).id)
        choices = [
            app_commands.Choice(name=shortened(f"{number}. {text}", 100), value=number)
            for number, text in enumerate(settings.templates, start=1)
        ]
        if len(choices) < rules.MOST_TEMPLATES:
            choices.append(app_commands.Choice(name="Add a new greeting", value=len(choices) + 1))
        return [choice for choice in choices if typed.casefold() in choice.name.casefold()]

    async def save(self, interaction: Interaction, number: int, words: str) -> None:
        """Keep a greeting's words and show how they will look."""
        guild_id = _guild(interaction).id
        had = len((await self._greeting.settings(guild_id)).templates)
        settings = await self._greeting.edit_template(guild_id, number, words)
        if words.strip():
            lead = f"Saved. Greeting {number} of {len(settings.templates)} looks like this:"
            await self._show(interaction, words.strip(), lead)
        else:
            left = "The usual words are back." if had <= 1 else f"{len(settings.templates)} are left."
            await interaction.response.send_message(f"That greeting is removed. {left}", ephemeral=True)

    @app_commands.command(description="See the next greeting, as only you will see it")
    @app_commands.describe(member="Whom to greet in the preview; leave it out for yourself")
    async def preview(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        """`/greeting preview`"""
        settings = await self._greeting.settings(_guild(interaction).id)
        lead = "The next newcomer reads this" + (", once greetings are resumed:" if settings.paused else ":")
        await self._show(interaction, rules.choose_template(settings), lead, member)

    @app_commands.command(description="Stop greeting newcomers for now")
    async def pause(self, interaction: Interaction) -> None:
        """`/greeting pause`"""
        await self._greeting.set_paused(_guild(interaction).id, True)
        await interaction.response.send_message(
            "Greetings are paused. Whoever joins now is not greeted; `/greeting resume` starts again.",
            ephemeral=True,
        )

    @app_commands.command(description="Greet newcomers again")
    async def resume(self, interaction: Interaction) -> None:
        """`/greeting resume`"""
        greeted = await self.bot.services.arrivals.resume(_guild(interaction).id, interaction.created_at)
        await interaction.response.send_message(resumed_text(greeted), ephemeral=True)

    async def _show(
        self, interaction: Interaction, template: str, lead: str, member: discord.Member | None = None
    ) -> None:
        guild = _guild(interaction)
        community = await self.bot.services.communities.get(guild.id)
        newcomer = member or interaction.user
        assert isinstance(newcomer, discord.Member), "greetings are given in a guild"
        await interaction.response.send_message(lead, ephemeral=True)
        await interaction.followup.send(
            greeting_text(guild, community, template, [newcomer]),
            view=BaseView(timeout=None).add_item(IntroduceButton()),
            ephemeral=True,
        )


def _guild(interaction: Interaction) -> discord.Guild:
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild
