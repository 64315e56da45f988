"""`/discount import`: codes from a file. What would be imported is shown first; a host says yes."""

from contextlib import suppress
from typing import Any

import aiohttp
import discord
from discord import app_commands, ui

from bot.client import Services
from bot.discounts.errors import FileTooLargeError, UnreadableFileError
from bot.discounts.report_rules import ImportPlan
from bot.discounts.rules import Discount, counted
from bot.discounts.tables import LARGEST_FILE
from bot.ui.views import BaseView
from cogs.discounts.actions import check_host, services_of
from cogs.discounts.choosing import Choices
from cogs.discounts.part import Part
from cogs.discounts.progress import Progress
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]

#: How long the report waits for a host, in seconds; until then the file is kept in memory.
PATIENCE = 900.0


class Importing(Part):
    """Import."""

    @app_commands.command(
        name="import", description="Take unique codes from a file; you see a report before anything is kept"
    )
    @app_commands.describe(
        discount="Which discount, one with a pool of codes",
        file="A CSV or text file, one code on each line, at most 2 MB",
    )
    async def import_(self, interaction: Interaction, discount: str, file: discord.Attachment) -> None:
        """`/discount import`"""
        chosen = await self.begin(interaction, discount)
        content = await content_of(file)
        plan = await self.bot.services.code_imports.plan(chosen.guild_id, chosen.id, content)
        text = (
            f"**{called(chosen)}** can get {counted(plan.new, 'new code')} from this file."
            if plan.new
            else f"This file has no new code for **{called(chosen)}**."
        )
        lines = [text, *_notes(plan)]
        if plan.is_titled:
            lines.append("The first line is a title, so it is no code.")
        if plan.spent:
            lines.append(f"I leave {counted(plan.spent, 'code')} out that the file says cannot be used any more.")
        if plan.new:
            lines.append("-# Nothing is kept yet.")
        view = ImportView(chosen, content) if plan.new else None
        await interaction.followup.send("\n".join(lines), view=view or discord.utils.MISSING, ephemeral=True)

    @import_.autocomplete("discount")
    async def choose_discount_to_fill(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts there are."""
        return await self.matching(interaction, typed)


def _notes(plan: ImportPlan) -> list[str]:
    notes: list[str] = []
    if plan.repeated:
        verb = "repeats" if plan.repeated == 1 else "repeat"
        notes.append(f"{counted(plan.repeated, 'line')} {verb} a code of the file; each code counts once.")
    if plan.already_known:
        stay = "it stays as it is" if plan.already_known == 1 else "they stay as they are"
        notes.append(f"I know {counted(plan.already_known, 'code')} of it already, and {stay}.")
    if plan.elsewhere:
        verb = "belongs" if plan.elsewhere == 1 else "belong"
        notes.append(f"I leave {counted(plan.elsewhere, 'code')} of it out that {verb} to another discount.")
    if plan.shared:
        notes.append(f"I leave {counted(plan.shared, 'code')} of it out that everybody gets from another discount.")
    return notes


async def content_of(file: discord.Attachment) -> bytes:
    """What is in an attachment. Raises FileTooLargeError, and UnreadableFileError where it cannot be fetched."""
    if file.size > LARGEST_FILE:
        raise FileTooLargeError
    try:
        return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise UnreadableFileError("Discord did not give me that file. Please attach it once more.") from None


class ImportView(BaseView):
    """Import the file, or leave it."""

    def __init__(self, discount: Discount, content: bytes) -> None:
        super().__init__(timeout=PATIENCE)
        self._discount = discount
        self._content = content
        self._is_running = False

    @ui.button(label="Import these", style=discord.ButtonStyle.success)
    async def import_these(self, interaction: Interaction, _button: ui.Button["ImportView"]) -> None:
        """Import, showing how far it is."""
        check_host(interaction)
        await interaction.response.defer()
        if self._is_running:
            return
        self._is_running = True
        try:
            await self._import(interaction)
        finally:
            self._is_running = False

    @ui.button(label="Leave it", style=discord.ButtonStyle.secondary)
    async def leave(self, interaction: Interaction, _button: ui.Button["ImportView"]) -> None:
        """Import nothing."""
        await interaction.response.edit_message(content="Nothing was imported.", view=None)
        self.stop()

    async def _import(self, interaction: Interaction) -> None:
        services, name = services_of(interaction), called(self._discount)
        await interaction.edit_original_response(content=f"Importing into **{name}** …", view=None)
        progress = Progress(interaction, f"Importing into **{name}**")
        try:
            plan = await self._apply(services, interaction, progress)
        except Exception:
            # All or nothing: it can be tried again with the same file.
            with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
                await interaction.edit_original_response(content=f"Nothing was imported into **{name}**.", view=self)
            raise
        lines = [
            f"✅ **{name}** has {counted(plan.new, 'new code')}.", *_notes(plan),
            "`/discount post` shows it to everybody; a card that stands already follows by itself.",
        ]  # fmt: skip
        await interaction.edit_original_response(content="\n".join(lines), view=None)
        self.stop()

    async def _apply(self, services: Services, interaction: Interaction, progress: Progress) -> ImportPlan:
        guild_id, now = self._discount.guild_id, services.clock.now()
        return await services.code_imports.apply(
            guild_id, self._discount.id, self._content, interaction.user.id, now, progress.show
        )
