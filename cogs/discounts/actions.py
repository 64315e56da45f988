"""What a button and a command do alike: give a member their code, or say why not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.communities.rules import Community
from bot.discounts.errors import NotEligibleError
from bot.discounts.rules import Claimant, Claimed, Offer, distance
from bot.errors import UserFacingError
from bot.programs.errors import NoSuchProgramError
from bot.programs.rules import Program
from bot.ui.people import moderates
from cogs.discounts.cards import checklist_card, code_card
from cogs.discounts.words import called, off

Interaction = discord.Interaction[Any]

#: A message holds ten embeds.
MOST_SHOWN = 10

NO_OFFERS = "There is no discount just now. Its card appears here when there is one."
NO_CODES = "You have no code yet. `/code claim` shows what there is for you."


def claimant_of(member: discord.Member, community: Community, now: datetime) -> Claimant:
    """What Discord knows of somebody who wants a code."""
    role_ids = frozenset(role.id for role in member.roles)
    is_host = community.host_role_id in role_ids or moderates(member.guild_permissions)
    return Claimant(member.id, member.created_at, member.joined_at or now, role_ids, is_host)


async def claimant_in(interaction: Interaction, now: datetime) -> Claimant:
    """Whoever presses a button or writes a command. Raises UserFacingError where they are no member any more."""
    member = interaction.user
    if not isinstance(member, discord.Member) or interaction.guild_id is None:
        raise UserFacingError("Codes are for members of this server. Join it, and come back.")
    return claimant_of(member, await services_of(interaction).communities.get(interaction.guild_id), now)


async def give_code(interaction: Interaction, discount_id: int) -> None:
    """Show the member their code, which is the same each time; or, where they cannot have one, what is missing."""
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    assert interaction.guild_id is not None, "codes are given in guilds"
    services = services_of(interaction)
    now = services.clock.now()
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
    for claimed in codes[:MOST_SHOWN]:
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
    unmet = [checked for checked in (*offer.checklist.all_of, *offer.checklist.any_of) if not checked.is_met]
    blocking = set(offer.checklist.blocking)
    missing = [distance(checked) for checked in unmet if checked.condition in blocking]
    return f"{lead}: {' · '.join(dict.fromkeys(missing))}"


def check_host(interaction: Interaction) -> None:
    """Raises MissingPermissions where somebody is no host any more since a card was shown to them."""
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])


def services_of(interaction: Interaction) -> Services:
    """The rooms' services."""
    return interaction.client.services
