"""What the set-up panel and the first hello say."""

from datetime import datetime

import discord

from bot.communities.rules import ChannelPurpose, Community, local_time
from bot.ui.permissions import TITLES, problems_of
from bot.ui.text import safe_name
from cogs.setup.places import is_hidden

COLOUR = discord.Colour(0xC0653A)
WHAT_FOR = {
    ChannelPurpose.GREETING: "where newcomers are greeted",
    ChannelPurpose.INTRODUCTIONS: "where people introduce themselves",
    ChannelPurpose.BLOG: "where new posts appear",
    ChannelPurpose.MEMBER_BLOGS: "where posts of members’ own blogs appear; without it, among the introductions",
    ChannelPurpose.QUESTIONS: "where live Q&A happens",
    ChannelPurpose.ANNOUNCEMENTS: "where dates and deadlines are told",
    ChannelPurpose.HOSTS: "where I tell hosts what needs them; keep it private",
}


def deleted_text(purpose: ChannelPurpose) -> str:
    """The notice about a channel that is gone."""
    return (
        f"The channel for **{TITLES[purpose]}** was deleted, so nothing goes out there. Choose another with `/setup`."
    )


def heading(guild: discord.Guild, community: Community, now: datetime) -> str:
    """The panel's first lines."""
    return f"## Set up {safe_name(guild.name)}\n{_zone_line(community, now)}"


def hello_text(guild: discord.Guild) -> str:
    """The bot's first words in a guild."""
    return (
        f"## Hello, {safe_name(guild.name)}!\n"
        "I am Tribekeeper. I greet newcomers, so that one of you can answer them, and bring people into "
        "conversation with each other. I do not read what you write.\n\n"
        "**First step**, for whoever manages this server: let me create the channels I need, or open the panel "
        "and choose your own. You can change everything later with `/setup`."
    )


def _zone_line(community: Community, now: datetime) -> str:
    if community.time_zone is None:
        return "Time zone: not chosen yet, so I count in UTC. `/setup time_zone:` sets it; type a city near you."
    return f"Time zone: **{community.time_zone}**, where it is {local_time(community.time_zone, now)}."


def state_line(guild: discord.Guild, community: Community) -> str:
    """What is missing, each with the place to mend it; or that nothing is."""
    problems = [problem.sentence for problem in problems_of(community, guild.get_channel)]
    problems += _seen_by_the_wrong_people(guild, community)
    if problems:
        return "### What is missing\n" + "\n".join(f"⚠️ {problem}" for problem in problems)
    if ChannelPurpose.GREETING not in community.channels:
        return "Choose a channel for greetings and I start greeting newcomers there."
    return "✅ I may do everything I need in these channels."


def _seen_by_the_wrong_people(guild: discord.Guild, community: Community) -> list[str]:
    """What is wrong with who sees the channel for hosts."""
    channel = guild.get_channel(community.channels.get(ChannelPurpose.HOSTS, 0))
    role = guild.get_role(community.host_role_id or 0)
    if channel is None:
        return []
    title, where = f"**{TITLES[ChannelPurpose.HOSTS]}**", "*Edit Channel → Permissions*"
    if not is_hidden(channel):
        return [f"{title}: everybody can see {channel.mention}. Make it private under {where}."]
    if role is not None and not channel.permissions_for(role).view_channel:
        return [f"{title}: {role.mention} cannot see {channel.mention}. Grant the role *View Channel* under {where}."]
    return []
