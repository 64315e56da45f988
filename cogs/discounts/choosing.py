"""Which discount, program or time zone was meant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.communities.rules import find_time_zone, local_time, matching_time_zones
from bot.discounts import rules
from bot.discounts.errors import NoSuchDiscountError
from bot.discounts.rules import Discount
from bot.errors import UserFacingError
from bot.programs.errors import NoSuchProgramError
from bot.programs.rules import Program
from bot.ui.text import shortened
from cogs.discounts.cards import STATES

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


def guild_of(interaction: Interaction) -> discord.Guild:
    """The guild a command was used in."""
    assert interaction.guild is not None, "this is offered in guilds only"
    return interaction.guild


async def chosen_discount(services: Services, guild_id: int, typed: str) -> Discount:
    """The discount picked from the list, or whose name was typed, or a part that no other has.

    Raises NoSuchDiscountError.
    """
    return _chosen(await services.discounts.list_all(guild_id), typed)


def _chosen(known: Sequence[Discount], typed: str) -> Discount:
    wanted = typed.strip().casefold()
    picked = [discount for discount in known if str(discount.id) == wanted]
    named = [discount for discount in known if discount.name.casefold() == wanted]
    alike = [discount for discount in known if wanted and wanted in discount.name.casefold()]
    # What was picked comes as an id, which another discount may have for its name.
    found = picked or named or alike
    if not found:
        raise NoSuchDiscountError
    if len(found) > 1:
        raise UserFacingError("Several discounts are called so. Pick one from the list that appears while you type.")
    return found[0]


def discount_choices(discounts: Sequence[Discount], typed: str, now: datetime) -> Choices:
    """The discounts to pick from, in their order."""
    wanted = typed.strip().casefold()
    return [
        app_commands.Choice(
            name=shortened(f"{discount.name} · {STATES[rules.state(discount, now)]}", 100), value=str(discount.id)
        )
        for discount in discounts
        if wanted in discount.name.casefold()
    ][:25]


async def chosen_program(services: Services, guild_id: int, typed: str) -> Program:
    """The program picked from the list, or whose name was typed. Raises NoSuchProgramError."""
    wanted, known = typed.strip().casefold(), await services.programs.list_active(guild_id)
    picked = [program for program in known if str(program.id) == wanted]
    named = [program for program in known if program.name.casefold() == wanted]
    if not (picked or named):
        raise NoSuchProgramError
    return (picked or named)[0]


def program_choices(programs: Sequence[Program], typed: str) -> Choices:
    """The programs to pick from."""
    wanted = typed.strip().casefold()
    return [
        app_commands.Choice(name=shortened(program.name, 100), value=str(program.id))
        for program in programs
        if wanted in program.name.casefold()
    ][:25]


def chosen_zone(typed: str) -> str:
    """The IANA name of the zone that was meant. Raises UserFacingError."""
    found = find_time_zone(typed)
    if found is None:
        raise UserFacingError("I do not know that time zone. Type a city near you and pick one from the list.")
    return found


def zone_choices(typed: str, now: datetime) -> Choices:
    """Matching zones with the time there."""
    return [
        app_commands.Choice(name=f"{name} · {local_time(name, now)}", value=name) for name in matching_time_zones(typed)
    ]
