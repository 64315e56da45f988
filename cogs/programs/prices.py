"""`/program price`: what a program costs, and when."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.programs import rules
from bot.ui.text import shortened
from bot.ui.times import zone_choices
from cogs.programs import actions
from cogs.programs.cards import called, money, price_removal, price_text
from cogs.programs.pricing import form_for, zone_for
from cogs.programs.removing import ask_removal
from cogs.programs.stalling import show_with_discounts

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


class Prices(commands.Cog):
    """A part of the `/program` group."""

    bot: Tribekeeper
    price = app_commands.Group(name="price", description="What a program costs, and when")

    @price.command(name="add", description="Give a program a price for a time, such as early or late")
    @app_commands.describe(program="Which program", zone="Where your dates are meant; leave it out for this server’s")
    async def add_price(self, interaction: Interaction, program: str, zone: str | None = None) -> None:
        """`/program price add`"""
        found = await actions.chosen(interaction, program)
        await interaction.response.send_modal(form_for(found, await zone_for(interaction, zone)))

    @price.command(name="edit", description="Change a price of a program")
    @app_commands.describe(
        program="Which program", price="Which price", zone="Where your dates are meant; leave it out to keep it"
    )
    async def edit_price(self, interaction: Interaction, program: str, price: str, zone: str | None = None) -> None:
        """`/program price edit`"""
        found = await actions.chosen(interaction, program)
        old = actions.chosen_price(found, price)
        await interaction.response.send_modal(form_for(found, await zone_for(interaction, zone, old), old))

    @price.command(name="remove", description="Take a price from a program")
    @app_commands.describe(program="Which program", price="Which price")
    async def remove_price(self, interaction: Interaction, program: str, price: str) -> None:
        """`/program price remove`"""
        found = actions.still_open(await actions.chosen(interaction, program))
        old = actions.chosen_price(found, price)

        async def remove(confirmed: Interaction) -> None:
            changed = await self.bot.services.programs.remove_price(found.guild_id, found.id, old.label)
            text = f"{price_text(old)} is no longer a price of **{called(found)}**."
            await show_with_discounts(confirmed, text, changed)

        await ask_removal(interaction, price_removal(found, old, interaction.created_at), remove)

    @add_price.autocomplete("zone")
    @edit_price.autocomplete("zone")
    async def choose_zone(self, interaction: Interaction, typed: str) -> Choices:
        """Matching IANA names with the local time there."""
        return zone_choices(typed, interaction.created_at)

    @edit_price.autocomplete("price")
    @remove_price.autocomplete("price")
    async def choose_price(self, interaction: Interaction, typed: str) -> Choices:
        """The prices of the program that was chosen."""
        try:
            found = await actions.chosen(interaction, interaction.namespace.program or "")
        except UserFacingError:
            return []
        return [
            app_commands.Choice(name=shortened(f"{price.label} · {money(price)}", 100), value=price.label)
            for price in (found.prices if interaction.permissions.manage_guild else ())
            if rules.key(typed) in rules.key(price.label)
        ]

    @add_price.autocomplete("program")
    @edit_price.autocomplete("program")
    @remove_price.autocomplete("program")
    async def choose_program_to_price(self, interaction: Interaction, typed: str) -> Choices:
        """The programs here."""
        return actions.choices(await actions.known(interaction), typed)
