"""`/program`: hosts write what is taught here, members read it."""

import asyncio
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.local_time import read
from bot.programs.rules import Draft, Program
from bot.ui.times import show
from bot.ui.views import BaseView
from cogs.programs import actions
from cogs.programs.cards import called, role_fault
from cogs.programs.forms import ProgramModal
from cogs.programs.prices import Prices
from cogs.programs.pricing import next_steps
from cogs.programs.recordings import Recordings
from cogs.programs.stalling import show_with_discounts
from cogs.programs.views import RestoreButton, list_page, send_page, show_card

Interaction = discord.Interaction[Any]

#: What any member may do. Discord guards a group of commands as a whole, so the others are guarded here.
FOR_EVERYBODY = frozenset({"program show"})


class Programs(
    Prices, Recordings, commands.GroupCog, group_name="program", group_description="What is taught here, and its prices"
):
    """Create, edit, show, list, archive; `Prices` and `Recordings` add theirs."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._programs = bot.services.programs

    async def cog_load(self) -> None:
        """Read a first date, which takes a quarter of a second, before anybody waits for one."""
        await asyncio.to_thread(read, "today", ZoneInfo("UTC"), self.bot.services.clock.now())

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass, but for what everybody may do. Raises MissingPermissions."""
        command = interaction.command
        if command is None or command.qualified_name not in FOR_EVERYBODY:
            actions.host_guild(interaction)
        return True

    @app_commands.command(description="Write down a program: its name, what it is about, where people register")
    async def create(self, interaction: Interaction) -> None:
        """`/program create`"""
        await interaction.response.send_modal(ProgramModal("A new program", Draft(""), self._create))

    async def _create(self, interaction: Interaction, draft: Draft) -> None:
        guild = actions.host_guild(interaction)
        await actions.check_role(interaction, draft.role_id)
        program = await self._programs.create(guild.id, draft, interaction.created_at)
        lead = f"**{called(program)}** is written down. Next, give it a price: early and late can be two."
        await show(interaction, "\n".join([lead, *_faults(guild, program)]), next_steps(program))

    @app_commands.command(description="Change what a program is about, its link or its participant role")
    @app_commands.describe(program="Which program")
    async def edit(self, interaction: Interaction, program: str) -> None:
        """`/program edit`"""
        found, guild = actions.still_open(await actions.chosen(interaction, program)), actions.host_guild(interaction)
        role = guild.get_role(found.role_id or 0)
        known = Draft(
            found.name, found.summary, found.included, found.register_url or "", role.id if role else None
        )  # fmt: skip
        await interaction.response.send_modal(ProgramModal("Change a program", known, partial(self._edit, found.id)))

    async def _edit(self, program_id: int, interaction: Interaction, draft: Draft) -> None:
        guild = actions.host_guild(interaction)
        await actions.check_role(interaction, draft.role_id)
        program = await self._programs.edit(guild.id, program_id, draft)
        lead = f"**{called(program)}** is changed."
        await show(interaction, "\n".join([lead, *_faults(guild, program)]), next_steps(program))

    @app_commands.command(name="show", description="See a program: what it is, what it costs now, where to register")
    @app_commands.describe(program="Which program; leave it out if there is only one")
    async def show_(self, interaction: Interaction, program: str | None = None) -> None:
        """`/program show`"""
        await show_card(interaction, await actions.chosen(interaction, program))

    @app_commands.command(name="list", description="See all programs with their prices, as only you will see them")
    async def list_(self, interaction: Interaction) -> None:
        """`/program list`"""
        await send_page(interaction, *await list_page(interaction))

    @app_commands.command(description="Put a program away, or bring it back; nothing of it is lost")
    @app_commands.describe(program="Which program")
    async def archive(self, interaction: Interaction, program: str) -> None:
        """`/program archive`"""
        found = await actions.chosen(interaction, program)
        text = f"**{called(found)}** is archived already."
        if found.archived_at is None:
            found = await self._programs.archive(found.guild_id, found.id, interaction.created_at)
            text = f"**{called(found)}** is archived: members see neither it nor its recordings. Nothing of it is lost."
        await show_with_discounts(interaction, text, found, BaseView(timeout=None).add_item(RestoreButton(found.id)))

    @edit.autocomplete("program")
    @show_.autocomplete("program")
    @archive.autocomplete("program")
    async def choose_program(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The programs here; archived ones for hosts only."""
        return actions.choices(await actions.known(interaction), typed)


def _faults(guild: discord.Guild, program: Program) -> list[str]:
    """What does not work yet, and what mends it."""
    is_open = guild.get_role(program.role_id or 0) is not None
    return [] if is_open else [f"-# Participants: {role_fault(program)}"]
