"""The buttons under what is told of programs. All work after a restart, and each press checks anew who may see what."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from discord import ui

from bot.programs.rules import Program, Recording
from bot.ui.paging import paged, turned_to
from bot.ui.views import BaseView, LastingItem
from cogs.programs.actions import card_for, host_guild, known, recordings_for, services_of, visible
from cogs.programs.cards import called, list_entry, recording_line
from cogs.programs.stalling import show_with_discounts

Interaction = discord.Interaction[Any]


class ShowButton(LastingItem[ui.Button[Any]], template=r"programs:show:(?P<program>\d+)"):
    """Shows a program's card to whoever presses."""

    def __init__(self, program_id: int) -> None:
        super().__init__(ui.Button(label="See how it looks", custom_id=f"programs:show:{program_id}"))
        self._program_id = program_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ShowButton":
        """The button as it was pressed."""
        return cls(int(match["program"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the card."""
        await show_card(interaction, await visible(interaction, self._program_id))


class RestoreButton(LastingItem[ui.Button[Any]], template=r"programs:restore:(?P<program>\d+)"):
    """Brings an archived program back."""

    def __init__(self, program_id: int) -> None:
        super().__init__(ui.Button(label="Bring it back", custom_id=f"programs:restore:{program_id}"))
        self._program_id = program_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "RestoreButton":
        """The button as it was pressed."""
        return cls(int(match["program"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Bring it back."""
        program = await services_of(interaction).programs.restore(host_guild(interaction).id, self._program_id)
        text = f"**{called(program)}** is back: members find it with `/program show` again."
        await show_with_discounts(interaction, text, program)


class RecordingsButton(
    LastingItem[ui.Button[Any]],
    template=r"programs:recordings:(?P<way>all|back|next):(?P<program>\d+):(?P<page>\d{1,3})",
):
    """Opens a program's recordings, or turns their page. Only for participants, and for hosts."""

    def __init__(self, program_id: int, way: str = "all", page: int = 0, *, disabled: bool = False) -> None:
        label = "All recordings" if way == "all" else way.title()
        custom_id = f"programs:recordings:{way}:{program_id}:{page}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, disabled=disabled))
        self._program_id, self._way, self._page = program_id, way, page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "RecordingsButton":
        """The button as it was pressed."""
        return cls(int(match["program"]), match["way"], int(match["page"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page: under the card as a message of its own, else in place of the page before."""
        text, view = recordings_page(*await recordings_for(interaction, self._program_id), self._page)
        if self._way == "all":
            await send_page(interaction, text, view)
        else:
            await interaction.response.edit_message(content=text, view=view)


class ListPageButton(LastingItem[ui.Button[Any]], template=r"programs:list:(?P<way>back|next):(?P<page>\d{1,3})"):
    """Turns a page of `/program list`, which is read anew."""

    def __init__(self, way: str, page: int, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=way.title(), custom_id=f"programs:list:{way}:{page}", disabled=disabled))
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ListPageButton":
        """The button as it was pressed."""
        return cls(match["way"], int(match["page"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page."""
        text, view = await list_page(interaction, self._page)
        await interaction.response.edit_message(content=text, view=view)


async def show_card(interaction: Interaction, program: Program) -> None:
    """Show a program to whoever acts, and to nobody else."""
    layout = await card_for(interaction, program, RecordingsButton(program.id))
    await interaction.response.send_message(
        view=layout, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )  # fmt: skip


async def send_page(interaction: Interaction, text: str, view: ui.View | None) -> None:
    """Show a page to whoever acts, and to nobody else."""
    await interaction.response.send_message(
        text, view=view or discord.utils.MISSING, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )


def recordings_page(program: Program, recordings: Sequence[Recording], number: int = 0) -> tuple[str, BaseView | None]:
    """A page of a program's recordings, or the last one there is, and what turns it."""
    if not recordings:
        return f"**{called(program)}** has no recordings yet.", None
    pages = paged([f"**Recordings of {called(program)}**", *map(recording_line, recordings)])
    return turned_to(pages, number, partial(RecordingsButton, program.id))


async def list_page(interaction: Interaction, number: int = 0) -> tuple[str, BaseView | None]:
    """A page of all programs, for hosts, and what turns it."""
    guild = host_guild(interaction)
    entries: list[str] = []
    for program in await known(interaction):
        role = guild.get_role(program.role_id or 0)
        entries.append(list_entry(program, interaction.created_at, role.mention if role else None))
    # What follows a list right away, without an empty line, is drawn as a part of its last point.
    pages = paged(entries, "\n\n") or ["There is no program here yet. `/program create` starts one."]
    return turned_to(pages, number, ListPageButton)
