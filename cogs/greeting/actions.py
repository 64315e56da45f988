"""What happens between members: introductions and hellos, from a button or a command alike."""

from typing import Any

import discord
from discord import app_commands

from bot.client import Services
from bot.communities.rules import ChannelPurpose
from bot.errors import UserFacingError
from bot.greeting.rules import Answers
from bot.greeting.service import Card
from bot.ui.permissions import how_to_grant
from bot.ui.text import shortened
from cogs.greeting.cards import introduction_card, resumed_text, skipped_text
from cogs.greeting.forms import IntroductionModal

#: Discord's answer where a message has a thread already.
THREAD_EXISTS = 160004

Interaction = discord.Interaction[Any]


async def open_introduction(interaction: Interaction) -> None:
    """Show the introduction's form, filled in where the member introduced themselves before."""
    told = await _services(interaction).greeting.introduction_of(*_who(interaction))
    known = told and Answers(told.working_on, told.learning, told.helping_with, told.blog_url or "", told.invited_by)
    await interaction.response.send_modal(IntroductionModal(known, introduce))


async def introduce(interaction: Interaction, answers: Answers) -> None:
    """Keep the introduction; its card is posted, or follows."""
    services = _services(interaction)
    guild_id, member_id = _who(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    card = await services.greeting.introduce(guild_id, member_id, answers, services.clock.now())
    if card is None:
        community = await services.communities.get(guild_id)
        where = f"<#{community.channels[ChannelPurpose.INTRODUCTIONS]}>"
        await interaction.followup.send(f"Thank you! Your introduction is on its way to {where}.", ephemeral=True)
    elif await _bring_up_to_date(interaction, card):
        await interaction.followup.send(f"Your introduction in <#{card.channel_id}> is up to date.", ephemeral=True)
    else:
        await services.greeting.repost_card(guild_id, member_id, services.clock.now())
        await interaction.followup.send("Your card was gone, so I am posting it anew.", ephemeral=True)


async def _bring_up_to_date(interaction: Interaction, card: Card) -> bool:
    """Draw the card anew. False if it was deleted."""
    guild_id, member_id = _who(interaction)
    introduction = await _services(interaction).greeting.introduction_of(guild_id, member_id)
    assert introduction is not None, "it was kept a moment ago"
    assert isinstance(interaction.user, discord.Member), "introductions are made in a guild"
    channel = interaction.client.get_partial_messageable(card.channel_id, guild_id=guild_id)
    try:
        await channel.get_partial_message(card.message_id).edit(embed=introduction_card(introduction, interaction.user))
    except discord.NotFound:
        return False
    return True


async def say_hello(interaction: Interaction, member_id: int) -> None:
    """Lead to the thread on the card, which the first hello opens."""
    services = _services(interaction)
    guild_id, greeter_id = _who(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await services.greeting.check_hello(guild_id, member_id, greeter_id)
    thread_id = await _thread_on_card(interaction, member_id)
    is_first = await services.greeting.say_hello(
        guild_id, member_id, greeter_id, thread_id=thread_id, now=services.clock.now()
    )
    lead = "Lovely. Say it in your own words in" if is_first else "You said hi already; the conversation is in"
    await interaction.followup.send(f"{lead} <#{thread_id}>.", ephemeral=True)


async def _thread_on_card(interaction: Interaction, member_id: int) -> int:
    message = interaction.message
    assert message is not None, "the button stands under a card"
    assert interaction.guild is not None, "cards stand in a guild"
    if message.flags.has_thread:
        return message.id
    member = interaction.guild.get_member(member_id)
    name = f"Say hi to {member.display_name}" if member else "Say hi"
    try:
        return (await message.create_thread(name=shortened(name, 100))).id
    except discord.Forbidden:
        missing = how_to_grant(f"<#{message.channel.id}>", ["Create Public Threads"])
        raise UserFacingError(f"I could not open the conversation. Please show this to a host: {missing}") from None
    except discord.HTTPException as error:
        # Somebody pressed at the same moment. A message's thread has the message's id.
        if error.code == THREAD_EXISTS:
            return message.id
        raise


async def decide_held(interaction: Interaction, *, greet: bool) -> None:
    """A host decides about held greetings; the question becomes the answer, for all hosts to see.

    Raises MissingPermissions, NothingHeldError.
    """
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
    guild_id, _ = _who(interaction)
    await interaction.response.defer()
    arrivals, now = _services(interaction).arrivals, _services(interaction).clock.now()
    if greet:
        text = resumed_text(await arrivals.resume_held(guild_id, now))
    else:
        text = skipped_text(await arrivals.skip_held(guild_id, now))
    await interaction.edit_original_response(content=f"{interaction.user.mention} decided. {text}", view=None)


def _services(interaction: Interaction) -> Services:
    return interaction.client.services


def _who(interaction: Interaction) -> tuple[int, int]:
    assert interaction.guild_id is not None, "this is offered in guilds only"
    return interaction.guild_id, interaction.user.id
