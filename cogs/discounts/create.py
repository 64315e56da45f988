"""`/discount create` and `/discount edit`."""

from typing import Any, Literal

import discord
from discord import app_commands

from bot.discounts.errors import AlreadyOverError
from bot.discounts.rules import LARGEST_CAP, LONGEST_NOTE, CodeKind
from cogs.discounts.choosing import (
    Choices,
    chosen_discount,
    chosen_program,
    chosen_zone,
    guild_of,
    program_choices,
    zone_choices,
)
from cogs.discounts.creating import form_for, sketch_now
from cogs.discounts.drafting import NoPricesError, Sketch
from cogs.discounts.part import Part

Interaction = discord.Interaction[Any]

_KINDS = {
    "one code for everybody": CodeKind.SHARED,
    "a pool of unique codes": CodeKind.POOL,
    "a link with the discount": CodeKind.LINK,
}


class Creating(Part):
    """Create and edit."""

    @app_commands.command(description="Make a discount: a form, and then a card that you confirm")
    @app_commands.describe(
        program="What becomes cheaper",
        kind="What members get",
        cap="How many members may have it; leave it out for no limit",
        note="A few words for its card; everybody reads them",
        time_zone="The zone your dates are meant in; leave it out for this server's",
    )
    async def create(
        self,
        interaction: Interaction,
        program: str,
        kind: Literal["one code for everybody", "a pool of unique codes", "a link with the discount"],
        cap: app_commands.Range[int, 1, LARGEST_CAP] | None = None,
        note: app_commands.Range[str, 1, LONGEST_NOTE] | None = None,
        time_zone: str | None = None,
    ) -> None:
        """`/discount create`"""
        guild, services = guild_of(interaction), self.bot.services
        chosen = await chosen_program(services, guild.id, program)
        if not chosen.prices:
            raise NoPricesError(chosen.name)
        zone = await self._zone(guild.id, time_zone)
        sketch = Sketch(chosen, _KINDS[kind], zone, cap=cap, note=note or "")
        await interaction.response.send_modal(form_for(sketch))

    @app_commands.command(description="Change a discount: the form as it was filled in, and a card that you confirm")
    @app_commands.describe(
        discount="Which discount",
        time_zone="The zone your dates are meant in; leave it out for the one of the discount",
    )
    async def edit(self, interaction: Interaction, discount: str, time_zone: str | None = None) -> None:
        """`/discount edit`"""
        guild, services = guild_of(interaction), self.bot.services
        chosen = await chosen_discount(services, guild.id, discount)
        if chosen.ended_at is not None:
            raise AlreadyOverError(by_host=True)
        zone = await self._zone(guild.id, time_zone)
        sketch = await sketch_now(services, chosen, zone, is_asked_for=time_zone is not None)
        await interaction.response.send_modal(form_for(sketch))

    async def _zone(self, guild_id: int, typed: str | None) -> str:
        if typed is not None:
            return chosen_zone(typed)
        return (await self.bot.services.communities.get(guild_id)).zone.key

    @create.autocomplete("program")
    async def choose_program(self, interaction: Interaction, typed: str) -> Choices:
        """The programs there are."""
        return program_choices(await self.bot.services.programs.list_active(guild_of(interaction).id), typed)

    @edit.autocomplete("discount")
    async def choose_discount_to_edit(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts there are."""
        return await self.matching(interaction, typed)

    @create.autocomplete("time_zone")
    @edit.autocomplete("time_zone")
    async def choose_time_zone(self, interaction: Interaction, typed: str) -> Choices:
        """Matching zones."""
        return zone_choices(typed, interaction.created_at)
