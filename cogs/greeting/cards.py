"""How greetings and introductions look."""

from collections.abc import Sequence

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.greeting import rules
from bot.greeting.answer_rules import in_words
from bot.greeting.rules import GreetingSettings, Introduction
from bot.ui.text import safe_name

QUESTIONS = {
    "working_on": "What are you working on?",
    "learning": "What would you like to learn?",
    "helping_with": "What can you help with?",
}
HELD_NO_LONGER = "Many people joined at once, and a host has decided: newcomers are greeted again."
COLOUR = discord.Colour(0xC0653A)


def greeting_text(
    guild: discord.Guild, community: Community, template: str, newcomers: Sequence[discord.Member]
) -> str:
    """The greeting of one or several newcomers with everything put in."""
    host_role = guild.get_role(community.host_role_id) if community.host_role_id else None
    introductions = community.channels.get(ChannelPurpose.INTRODUCTIONS)
    words = {
        "mention": rules.listed([member.mention for member in newcomers]),
        "name": rules.listed([safe_name(member.display_name) for member in newcomers]),
        "server": safe_name(guild.name),
        "count": f"{guild.member_count or 0:,}",
        "host": host_role.mention if host_role else "The host",
        "intro": f"<#{introductions}>" if introductions else "`/intro`",
    }
    return rules.compose_greeting(template, words)


def settings_text(guild: discord.Guild, settings: GreetingSettings, community: Community) -> str:
    """How newcomers are greeted, in words, with what changes it."""
    seconds = int(settings.together.total_seconds())
    greeters = guild.get_role(settings.greeter_role_id or 0)
    lines = [
        "Greetings are **paused**; `/greeting resume` starts them again." if settings.paused else "",
        f"Whoever joins within **{seconds} seconds** shares one greeting."
        if seconds
        else "Everybody is greeted alone.",
        f"More than **{settings.most_joins} joins** within a minute hold all greetings until a host decides."
        if settings.most_joins
        else "Greetings are never held, however many people join at once.",
        "Somebody who comes back within 30 days is "
        + ("**welcomed back**." if settings.welcome_back else "**not greeted** again."),
        "Newcomers **also get one direct message** from me."
        if settings.direct
        else "I send **no direct messages** to newcomers.",
        f"Hosts hear of an introduction that nobody answered for **{in_words(settings.nudge_after)}**."
        if settings.nudge_after
        else "Nobody is told of introductions that go unanswered.",
        f"Members volunteer to answer with `/greeting volunteer` and get {greeters.mention}."
        if greeters
        else "No role is chosen for members who volunteer to answer.",
        f"What I know about somebody who leaves I forget after **{community.keep.days} days**.",
    ]
    return "### How newcomers are greeted\n" + "\n".join(f"- {line}" for line in lines if line)


def direct_text(guild: discord.Guild, community: Community) -> str:
    """The one message a newcomer gets directly, where the host turned that on."""
    greeting = community.channels.get(ChannelPurpose.GREETING)
    where = f" People say hello in <#{greeting}>." if greeting else ""
    return (
        f"Welcome to **{safe_name(guild.name)}**! I am its bot.{where} To tell who you are, write `/intro` there; "
        "a person will answer you. This is the only message I send you without being asked."
    )


def held_text(most_joins: int, held: int) -> str:
    """What hosts read when so many people join at once that it may be a raid."""
    waiting = "Nobody waits yet" if not held else f"**{held}** wait so far"
    return (
        f"### Many people are joining at once\nMore than {most_joins} joined within a minute, which may be a raid. "
        f"I am holding all greetings until one of you decides. {waiting}.\n"
        "**Resume** greets those who are still here; **Skip these** greets only whoever joins from now on."
    )


def resumed_text(greeted: int) -> str:
    """What a host reads who let greetings go on."""
    held = {0: "", 1: " The one who waited is greeted now."}.get(greeted, f" The {greeted} who waited are greeted now.")
    return f"Newcomers are greeted again from now on.{held}"


def skipped_text(skipped: int) -> str:
    """What a host reads who let those go who waited."""
    held = {0: "Nobody had waited", 1: "The one who waited is not greeted"}
    return f"{held.get(skipped, f'The {skipped} who waited are not greeted')}. Whoever joins from now on is."


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
