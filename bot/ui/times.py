"""Local times as people see and choose them: echoed so that nobody misreads them, and asked where they could be two."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import discord
from discord import app_commands, ui

from bot.communities.rules import local_time, matching_time_zones
from bot.local_time import AmbiguousTimeError, LocalTime, MidnightError, described
from bot.ui.views import BaseView

Interaction = discord.Interaction[Any]
Then = Callable[[Interaction, LocalTime], Awaitable[None]]


def echoed(local: LocalTime, *, is_end: bool = False) -> str:
    """A time in the words of its zone, and in the reader's own time with how far away it is."""
    instant = local.instant
    reader = f"{discord.utils.format_dt(instant, 'F')}, {discord.utils.format_dt(instant, 'R')}"
    return f"{described(local, is_end=is_end)} (for you: {reader})"


def zone_choices(typed: str, now: datetime) -> list[app_commands.Choice[str]]:
    """The zones that what was typed so far may mean, each with the time there."""
    return [
        app_commands.Choice(name=f"{name} · {local_time(name, now)}", value=name) for name in matching_time_zones(typed)
    ]


async def show(interaction: Interaction, content: str, view: ui.View | None = None) -> None:
    """Answer only the person who acted: in the place of the message whose button was pressed, if there is one."""
    nobody = discord.AllowedMentions.none()
    if interaction.message is not None:
        await interaction.response.edit_message(content=content, view=view, allowed_mentions=nobody)
    else:
        await interaction.response.send_message(
            content, view=view or discord.utils.MISSING, ephemeral=True, allowed_mentions=nobody
        )


async def ask_which(interaction: Interaction, error: MidnightError | AmbiguousTimeError, what: str, then: Then) -> None:
    """Ask which of two times is meant by `what`, such as "Until", and go on with the answer."""
    view = BaseView(timeout=900)
    for label, local in _answers(error):
        view.add_item(_TimeButton(label, local, then))
    await show(interaction, f"**{what}**: {error.message}", view)


def _answers(error: MidnightError | AmbiguousTimeError) -> list[tuple[str, LocalTime]]:
    if isinstance(error, MidnightError):
        day = f"{error.day:%B} {error.day.day}"
        return [(f"End of {day}", error.end), (f"Start of {day}", error.start)]
    clock = f"{error.first.at:%H:%M}"
    return [(f"The first {clock}", error.first), (f"The second {clock}, an hour later", error.second)]


class _TimeButton(ui.Button[Any]):
    def __init__(self, label: str, local: LocalTime, then: Then) -> None:
        super().__init__(label=label, style=discord.ButtonStyle.primary)
        self._local, self._then = local, then

    async def callback(self, interaction: Interaction) -> None:
        await self._then(interaction, self._local)
