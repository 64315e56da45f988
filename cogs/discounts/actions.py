"""What a button and a command do alike: give a member their code, or say why not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.utils import format_dt

from bot.client import Services
from bot.communities.rules import Community
from bot.discounts import rules
from bot.discounts.condition_rules import still_missing
from bot.discounts.errors import NotEligibleError
from bot.discounts.rules import Claimant, Claimed, Discount, DiscountState, Offer
from bot.errors import UserFacingError
from bot.programs.errors import NoSuchProgramError
from bot.programs.rules import Program
from bot.ui.people import is_staff
from cogs.discounts.cards import STATES, checklist_card, code_card
from cogs.discounts.words import called, off

Interaction = discord.Interaction[Any]

#: So many codes `/code mine` shows at once, each in a message of its own.
MOST_SHOWN = 10
#: Discord takes 2000 characters in a message; some are left for the last line.
_PAGE = 1900

NO_OFFERS = "There is no discount just now. Its card appears here when there is one."
NOT_NOW = "No code can be had just now:"
NO_CODES = "You have no code yet. `/code claim` shows what there is for you."


def claimant_of(member: discord.Member, community: Community, now: datetime) -> Claimant:
    """What Discord knows of somebody who wants a code."""
    role_ids = frozenset(role.id for role in member.roles)
    staff = is_staff(member, community.host_role_id)
    return Claimant(member.id, member.created_at, member.joined_at or now, role_ids, staff)


async def claimant_in(interaction: Interaction, now: datetime) -> Claimant:
    """Whoever presses a button or writes a command. Raises UserFacingError where they are no member any more."""
    member = interaction.user
    if not isinstance(member, discord.Member) or interaction.guild_id is None:
        raise UserFacingError("Codes are for members of this server. Join it, and come back.")
    return claimant_of(member, await services_of(interaction).communities.get(interaction.guild_id), now)


def pressed_at(interaction: Interaction) -> datetime:
    """When somebody pressed: what counts at a deadline, however long the bot takes to hear of it."""
    return min(interaction.created_at, services_of(interaction).clock.now())


async def give_code(interaction: Interaction, discount_id: int) -> None:
    """Show the member their code, which is the same each time; or, where they cannot have one, what is missing."""
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    assert interaction.guild_id is not None, "codes are given in guilds"
    services, now = services_of(interaction), pressed_at(interaction)
    try:
        claimant = await claimant_in(interaction, now)
        claimed = await services.discounts.claim(interaction.guild_id, discount_id, claimant, now)
    except NotEligibleError as refusal:
        await interaction.followup.send(
            embed=checklist_card(refusal), ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )
        return
    await show_codes(interaction, [claimed], now)


async def show_codes(interaction: Interaction, codes: Sequence[Claimed], now: datetime) -> None:
    """Show a member codes of their own, a card for each."""
    for claimed in codes:
        program = await program_of(services_of(interaction), claimed.discount.guild_id, claimed.discount.program_id)
        embed, view = code_card(claimed, program, now)
        await interaction.followup.send(
            embed=embed, view=view if view.children else discord.utils.MISSING, ephemeral=True
        )  # fmt: skip


async def program_of(services: Services, guild_id: int, program_id: int) -> Program | None:
    """A discount's program; None where it is gone."""
    try:
        return await services.programs.get(guild_id, program_id)
    except NoSuchProgramError:
        return None


def offer_line(offer: Offer) -> str:
    """A discount as it concerns one member: theirs already, theirs for the asking, or what is missing."""
    discount = offer.discount
    lead = f"**{called(discount)}** ({off(discount.percent, discount.amount_off, discount.currency)})"
    if offer.has_code:
        return f"{lead}: yours; `/code mine` shows it"
    if offer.checklist is None:
        return f"{lead}: a host took it back"
    if offer.checklist.is_met:
        return f"{lead}: `/code claim` gets it"
    return f"{lead}: {still_missing(offer.checklist)}"


def closed_line(discount: Discount, now: datetime) -> str:
    """A discount of which nobody gets a code now, and why."""
    lead = f"**{called(discount)}** ({off(discount.percent, discount.amount_off, discount.currency)})"
    match rules.state(discount, now):
        case DiscountState.SCHEDULED if discount.starts is not None:
            return f"{lead}: begins {format_dt(discount.starts.instant, 'F')}"
        case DiscountState.EMPTY:
            return f"{lead}: its codes are not here yet"
        case state:
            return f"{lead}: {STATES[state]}"


def others_text(discounts: Sequence[Discount]) -> str:
    """Which other codes somebody has, and how to see them."""
    number = "1 more code is" if len(discounts) == 1 else f"{len(discounts):,} more codes are"
    lead = f"{number} yours. `/code claim` with the name of its discount shows it:"
    return fitting([lead, *(f"• **{called(discount)}**" for discount in discounts)])


def fitting(lines: Sequence[str]) -> str:
    """The lines as one message, and how many are left out where it is full."""
    text, shown = lines[0], 1
    for line in lines[1:]:
        if len(text) + len(line) + 1 > _PAGE:
            break
        text, shown = f"{text}\n{line}", shown + 1
    left = len(lines) - shown
    return f"{text}\n…and {left:,} more." if left else text


def check_host(interaction: Interaction) -> None:
    """Raises MissingPermissions where somebody is no host any more since a card was shown to them."""
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])


def services_of(interaction: Interaction) -> Services:
    """The rooms' services."""
    return interaction.client.services
