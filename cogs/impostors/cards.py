"""What hosts and members read about look-alikes."""

from typing import Any

import discord
from discord import ui
from discord.utils import format_dt

from bot.impostors.rules import Host
from bot.ui.text import safe_name
from bot.ui.views import BaseLayout

COLOUR = discord.Colour(0xC0653A)
User = discord.User | discord.Member

NOTHING_HAPPENS = (
    "-# Nothing happens by itself. If they just share the name, press *This is fine* and I will not ask about it again."
)


def alert_layout(newcomer: User, host: User, end: str, buttons: ui.ActionRow[Any] | None = None) -> BaseLayout:
    """Both people side by side; `end` says what may be done, or what was decided."""
    box: ui.Container[BaseLayout] = ui.Container(accent_colour=COLOUR)
    box.add_item(
        ui.TextDisplay(
            f"### {name_of(newcomer)} looks like {name_of(host)}\n"
            "An impostor, the same person with another account, or somebody of the same name?"
        )
    )
    box.add_item(_section("The one who looks like a host", newcomer))
    box.add_item(_section("The host", host))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(end))
    if buttons is not None:
        box.add_item(buttons)
    return BaseLayout(timeout=None).add_item(box)


def _section(title: str, user: User) -> ui.Section[BaseLayout]:
    here = "not here any more"
    if isinstance(user, discord.Member):
        here = f"here since {format_dt(user.joined_at, 'R')}" if user.joined_at else "here"
    names = [f"**{name_of(user)}**", f"@{safe_name(user.name)}"]
    if user.global_name and user.global_name != user.display_name:
        names.insert(1, f"elsewhere **{safe_name(user.global_name)}**")
    text = (
        f"**{title}** · {user.mention}\n{' · '.join(names)}\n"
        f"Account made {format_dt(user.created_at, 'R')} · {here}"
    )  # fmt: skip
    return ui.Section(ui.TextDisplay(text), accessory=ui.Thumbnail(user.display_avatar.url))


def name_of(user: User) -> str:
    """What a person is called in this server, as plain text."""
    return safe_name(user.display_name)


def verdict(user: User, host: Host | None, host_role: discord.Role | None, *, is_own: bool = False) -> str:
    """Whether an account is a host here, and since when; `is_own` where somebody asks about their own."""
    account = f"{name_of(user)} ({user.mention}, @{safe_name(user.name)})"
    if user.bot:
        return f"**No.** {account} is a bot, not a person, and no host here."
    if host is not None:
        since = format_dt(host.since, "D")
        if not host.witnessed:
            since = f"at least {since}, when I first saw it"
        return f"**Yes.** {account} is a host here, since {since}."
    if is_own:
        return f"**No.** This is your own account, {account}, and it is not a host here."
    whom = f"somebody with the role {host_role.mention}" if host_role else "the owner of this server"
    return (
        f"**No.** {account} is not a host here. If this account says it is one, please tell {whom}, "
        "and send it neither money nor passwords."
    )
