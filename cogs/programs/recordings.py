"""`/program recording`: hosts look after what participants can listen to again."""

from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.errors import UserFacingError
from bot.programs import rules
from bot.programs.rules import Program
from bot.ui.text import safe_name, shortened
from bot.ui.times import show
from cogs.programs import actions
from cogs.programs.cards import called, recording_line, role_fault
from cogs.programs.forms import RecordingModal, TypedRecording
from cogs.programs.removing import ask_removal
from cogs.programs.views import recordings_page, send_page

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


class Recordings(commands.Cog):
    """A part of the `/program` group."""

    bot: Tribekeeper
    recording = app_commands.Group(name="recording", description="What participants can listen to again")

    @recording.command(name="add", description="Give participants one more recording")
    @app_commands.describe(program="Which program")
    async def add_recording(self, interaction: Interaction, program: str) -> None:
        """`/program recording add`"""
        found = actions.still_open(await actions.chosen(interaction, program))
        await interaction.response.send_modal(RecordingModal(TypedRecording(), partial(self._add, found)))

    async def _add(self, program: Program, interaction: Interaction, typed: TypedRecording) -> None:
        guild = actions.host_guild(interaction)
        programs = self.bot.services.programs
        kept = await programs.add_recording(
            guild.id, program.id, typed.title, typed.link, typed.length, typed.passcode
        )  # fmt: skip
        program = await programs.get(guild.id, program.id)
        role = guild.get_role(program.role_id or 0)
        seen = (
            f"Whoever has {role.mention} sees it" if role else f"⚠️ Participants: {role_fault(program)} Then it is seen"
        )
        what = f"“{safe_name(kept.title)}” ({rules.length_text(kept.length)})"
        text = f"{what} is a recording of **{called(program)}** now. {seen} with `/program show`."
        await show(interaction, text)

    @recording.command(name="remove", description="Take a recording away")
    @app_commands.describe(program="Which program", recording="Which recording")
    async def remove_recording(self, interaction: Interaction, program: str, recording: str) -> None:
        """`/program recording remove`"""
        found = await actions.chosen(interaction, program)
        programs = self.bot.services.programs
        meant = actions.chosen_recording(await programs.list_recordings(found.guild_id, found.id), recording)

        async def remove(confirmed: Interaction) -> None:
            gone = await programs.remove_recording(found.guild_id, found.id, meant.id)
            await show(confirmed, f"“{safe_name(gone.title)}” is no longer a recording of **{called(found)}**.")

        question = f"Shall I remove this recording of **{called(found)}**?\n{recording_line(meant)}"
        await ask_removal(interaction, question, remove)

    @recording.command(name="list", description="See all recordings of a program, as only you will see them")
    @app_commands.describe(program="Which program")
    async def list_recordings(self, interaction: Interaction, program: str) -> None:
        """`/program recording list`"""
        found = await actions.chosen(interaction, program)
        await send_page(interaction, *recordings_page(*await actions.recordings_for(interaction, found.id)))

    @remove_recording.autocomplete("recording")
    async def choose_recording(self, interaction: Interaction, typed: str) -> Choices:
        """The recordings of the program that was chosen."""
        if not interaction.permissions.manage_guild:
            return []
        try:
            found = await actions.chosen(interaction, interaction.namespace.program or "")
        except UserFacingError:
            return []
        recordings = await self.bot.services.programs.list_recordings(found.guild_id, found.id)
        return [
            app_commands.Choice(
                name=shortened(f"{recording.title} · {rules.length_text(recording.length)}", 100),
                value=str(recording.id),
            )
            for recording in recordings
            if rules.key(typed) in rules.key(recording.title)
        ][:25]

    @add_recording.autocomplete("program")
    @remove_recording.autocomplete("program")
    @list_recordings.autocomplete("program")
    async def choose_recorded_program(self, interaction: Interaction, typed: str) -> Choices:
        """The programs here."""
        return actions.choices(await actions.known(interaction), typed)
