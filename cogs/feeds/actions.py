"""What the buttons of the feeds do."""

from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.errors import UserFacingError
from bot.feeds.delivery_rules import Choice
from bot.ui.permissions import fault_of
from cogs.feeds import following
from cogs.feeds.notices import called

Interaction = discord.Interaction[Any]


async def toggle_role(interaction: Interaction, feed_id: int) -> None:
    """Give the member the feed's role, or take it back."""
    guild, member = interaction.guild, interaction.user
    assert guild is not None, "posts stand in guilds only"
    assert isinstance(member, discord.Member), "posts stand in guilds only"
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = _services(interaction)
    feed = await services.feeds.find(guild.id, feed_id)
    role = guild.get_role(feed.role_id or 0) if feed else None
    if feed is None or role is None or not feed.has_follow_button:
        raise UserFacingError("This blog has no role to follow it with any more.")
    if fault := fault_of(role, await services.communities.get(guild.id), "/blog edit"):
        raise UserFacingError(f"I cannot give you that role. If you are not a host, please show this to one: {fault}")
    follows = role not in member.roles
    if follows and await services.programs.with_role(guild.id, role.id):
        raise UserFacingError(
            f"I cannot give you that role. If you are not a host, please show this to one: {role.mention} is the "
            "participant role of a program. `/blog edit` chooses another one for this blog."
        )
    try:
        await (member.add_roles if follows else member.remove_roles)(role, reason="The Follow button under a post")
    except discord.Forbidden:
        raise UserFacingError("Discord did not let me change your roles. Please show this to a host.") from None
    name = called(feed)
    answer = (
        f"You follow **{name}** now: each new post mentions you. Press once more to stop."
        if follows
        else f"You do not follow **{name}** any more."
    )
    await interaction.followup.send(answer, ephemeral=True)


async def decide_held(interaction: Interaction, feed_id: int, choice: Choice) -> None:
    """A host decides about entries that came all at once."""
    guild, services = host_guild(interaction), _services(interaction)
    now = services.clock.now()
    feed = await services.feeds.get(guild.id, feed_id)
    count = await services.feed_posts.decide_held(feed, choice, now)
    who = interaction.user.mention
    what = {
        Choice.POST_ALL: f"let all {count} go out, the oldest first",
        Choice.NEWEST_ONLY: "let the newest go out and marked the others as read",
        Choice.MARK_READ: "marked them as read; nothing goes out",
    }[choice]
    await interaction.response.edit_message(
        content=f"{called(feed)} had many new posts at once. {who} {what}.",
        view=None,
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def answer_proposal(interaction: Interaction, feed_id: int, *, approve: bool) -> None:
    """A host answers a member who shared their blog."""
    guild, services = host_guild(interaction), _services(interaction)
    feed = await services.feeds.decide(guild.id, feed_id, approve=approve, now=services.clock.now())
    who, owner = interaction.user.mention, f"<@{feed.owner_id}>"
    answer = (
        f"{who} approved {owner}’s blog **{called(feed)}**. New posts appear in <#{feed.channel_id}>, one a "
        "day at most."
        if approve
        else f"{who} declined {owner}’s blog **{called(feed)}**. I did not tell them; a word from you would be kind."
    )
    if approve and (fault := following.fault_of_channel(guild, feed)):
        answer += f"\n⚠️ {fault}"
    await interaction.response.edit_message(
        content=answer, embeds=[], view=None, allowed_mentions=discord.AllowedMentions.none()
    )


def host_guild(interaction: Interaction) -> discord.Guild:
    """The guild in which a host acts. Raises MissingPermissions for others."""
    assert interaction.guild is not None, "notices stand in guilds only"
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild


def _services(interaction: Interaction) -> Services:
    return interaction.client.services
