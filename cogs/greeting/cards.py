"""How greetings and introductions look."""

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.greeting import rules
from bot.greeting.rules import Introduction
from bot.ui.text import safe_name

QUESTIONS = {
    "working_on": "What are you working on?",
    "learning": "What would you like to learn?",
    "helping_with": "What can you help with?",
}
COLOUR = discord.Colour(0xC0653A)


def greeting_text(guild: discord.Guild, community: Community, template: str, member: discord.Member) -> str:
    """The greeting with everything put in."""
    host_role = guild.get_role(community.host_role_id) if community.host_role_id else None
    introductions = community.channels.get(ChannelPurpose.INTRODUCTIONS)
    words = {
        "mention": member.mention,
        "name": safe_name(member.display_name),
        "server": safe_name(guild.name),
        "count": f"{guild.member_count or 0:,}",
        "host": host_role.mention if host_role else "The host",
        "intro": f"<#{introductions}>" if introductions else "`/intro`",
    }
    return rules.compose_greeting(template, words)


def introduction_card(introduction: Introduction, member: discord.Member) -> discord.Embed:
    """The card of an introduction."""
    card = discord.Embed(title=f"Meet {safe_name(member.display_name)}", description=member.mention, colour=COLOUR)
    card.set_thumbnail(url=member.display_avatar.url)
    for name, question in QUESTIONS.items():
        card.add_field(name=question, value=getattr(introduction, name), inline=False)
    if introduction.blog_url:
        card.add_field(name="Blog", value=introduction.blog_url, inline=False)
    if introduction.invited_by:
        card.add_field(name="Heard of us from", value=f"<@{introduction.invited_by}>", inline=False)
    return card
