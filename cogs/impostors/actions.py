"""What hosts do about a look-alike. Nobody is kicked but by a press, and by a second one."""

import logging
from typing import Any

import discord

from bot.client import Services
from bot.impostors.errors import CannotKickError, NotForYouError
from bot.impostors.rules import Decision, KickFacts, KickObstacle, Lookalike, kick_obstacle
from bot.ui.people import find_member
from bot.ui.text import safe_name
from cogs.impostors.cards import User, alert_layout, name_of

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]


async def call_fine(interaction: Interaction, lookalike_id: int) -> None:
    """The host knows who this is: remember it and let the alert say so."""
    lookalike = await undecided(interaction, lookalike_id)
    newcomer, host = await _both(interaction, lookalike)
    services = _services(interaction)
    await services.impostors.decide(
        lookalike.guild_id, lookalike.id, Decision.FINE, interaction.user.id, services.clock.now()
    )
    end = f"✅ {interaction.user.mention} says: this is fine."
    await interaction.response.edit_message(view=alert_layout(newcomer, host, end))


async def kickable(interaction: Interaction, lookalike_id: int) -> tuple[Lookalike, discord.Member]:
    """Whom a kick would hit, as they are at this moment. Raises CannotKickError where it cannot be."""
    lookalike = await undecided(interaction, lookalike_id)
    guild, presser = interaction.guild, interaction.user
    assert guild is not None, "alerts stand in guilds"
    assert isinstance(presser, discord.Member), "alerts stand in guilds"
    try:
        target = await guild.fetch_member(lookalike.member_id)
    except discord.NotFound:
        raise CannotKickError(KickObstacle.TARGET_GONE, await _name(interaction, lookalike.member_id)) from None
    obstacle = kick_obstacle(
        KickFacts(
            target_owns=target.id == guild.owner_id,
            target_rank=target.top_role.position,
            presser_may=interaction.permissions.kick_members,
            presser_owns=presser.id == guild.owner_id,
            presser_rank=presser.top_role.position,
            bot_may=guild.me.guild_permissions.kick_members,
            bot_rank=guild.me.top_role.position,
        )
    )
    if obstacle is not None:
        raise CannotKickError(obstacle, name_of(target))
    return lookalike, target


async def kick(interaction: Interaction, lookalike_id: int, alert_id: int) -> None:
    """Kick, after everything was checked once more, and let the alert say so."""
    await interaction.response.defer()
    lookalike, target = await kickable(interaction, lookalike_id)
    _, host = await _both(interaction, lookalike)
    services, presser = _services(interaction), interaction.user
    await target.kick(reason=f"Looks like {host.name}; decided by {presser.name} ({presser.id})")
    await services.impostors.decide(
        lookalike.guild_id, lookalike.id, Decision.KICKED, presser.id, services.clock.now()
    )  # fmt: skip
    await interaction.edit_original_response(content=f"{name_of(target)} is kicked.", view=None)
    channel = interaction.client.get_partial_messageable(interaction.channel_id, guild_id=lookalike.guild_id)
    end = f"👢 {presser.mention} kicked {name_of(target)}."
    try:
        await channel.get_partial_message(alert_id).edit(
            view=alert_layout(target, host, end), allowed_mentions=discord.AllowedMentions.none()
        )
    except discord.HTTPException as error:
        # The kick is done and kept; an alert that was deleted, or may not be edited now, changes nothing about it.
        log.warning("alert not updated guild=%s status=%s", lookalike.guild_id, error.status)


async def undecided(interaction: Interaction, lookalike_id: int) -> Lookalike:
    """The look-alike, for somebody who may decide about it. Raises NotForYouError and what `undecided` raises."""
    assert interaction.guild_id is not None, "alerts stand in guilds"
    services, granted = _services(interaction), interaction.permissions
    if not (granted.manage_guild or granted.kick_members):
        community = await services.communities.get(interaction.guild_id)
        roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
        if community.host_role_id not in {role.id for role in roles}:
            raise NotForYouError
    return await services.impostors.undecided(interaction.guild_id, lookalike_id)


async def _both(interaction: Interaction, lookalike: Lookalike) -> tuple[User, User]:
    """The one who looks like a host, and the host; as accounts, should they have left."""
    assert interaction.guild is not None, "alerts stand in guilds"
    newcomer, host = [
        await find_member(interaction.guild, user_id) or await interaction.client.fetch_user(user_id)
        for user_id in (lookalike.member_id, lookalike.host_id)
    ]
    return newcomer, host


async def _name(interaction: Interaction, user_id: int) -> str:
    try:
        return safe_name((await interaction.client.fetch_user(user_id)).display_name)
    except discord.NotFound:
        return "This account"


def _services(interaction: Interaction) -> Services:
    return interaction.client.services
