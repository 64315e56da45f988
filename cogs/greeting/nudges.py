"""The nudge: a last look for an answer that was missed, and how it reads."""

from contextlib import suppress
from datetime import datetime

import discord

from bot.client import Tribekeeper
from bot.greeting import answer_rules as rules
from bot.greeting.answer_rules import Nudge, OpenCard
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_name
from bot.ui.views import BaseView

#: How many messages after a card are looked through, in its thread and in its channel: five requests each.
MOST_READ = 500

_TYPED = (discord.MessageType.default, discord.MessageType.reply)


async def find_answer(bot: Tribekeeper, card: OpenCard) -> discord.Message | None:
    """The first answer to a card among what Discord still has: the bot may have been away when it was written.

    Raises discord.NotFound where the card is gone.
    """
    channel = bot.get_partial_messageable(card.channel_id, guild_id=card.guild_id)
    thread = bot.get_partial_messageable(card.message_id, guild_id=card.guild_id)
    found: list[discord.Message] = []
    # What the bot may not read cannot keep the hosts from hearing of it.
    with suppress(discord.Forbidden):
        await channel.fetch_message(card.message_id)
        found += await _first(channel, card, only_replies=True)
    # Nobody has opened a thread, or the bot may not see it.
    with suppress(discord.Forbidden, discord.NotFound):
        found += await _first(thread, card, only_replies=False)
    return min(found, key=lambda message: message.id, default=None)


async def _first(place: discord.PartialMessageable, card: OpenCard, *, only_replies: bool) -> list[discord.Message]:
    after = discord.Object(card.message_id)
    async for message in place.history(limit=MOST_READ, after=after, oldest_first=True):
        by_person = message.type in _TYPED and not message.author.bot and message.webhook_id is None
        if (not only_replies or _replies_to(message, card)) and rules.is_answer(
            card, message.author.id, by_person=by_person
        ):
            return [message]
    return []


def _replies_to(message: discord.Message, card: OpenCard) -> bool:
    # Forwarding a card refers to it, too, and answers nobody.
    reference = message.reference if message.type is discord.MessageType.reply else None
    return reference is not None and reference.message_id == card.message_id


def nudge_message(guild: discord.Guild, nudge: Nudge, member: discord.Member, now: datetime) -> OutgoingMessage:
    """Calls the hosts and greeters to a card. The newcomer is named and not pinged."""
    roles = [role for role in map(guild.get_role, nudge.role_ids) if role is not None]
    link = f"https://discord.com/channels/{guild.id}/{nudge.card.channel_id}/{nudge.card.message_id}"
    waited = rules.in_words(now - nudge.introduced_at)
    text = (
        f"{' '.join(role.mention for role in roles)} {safe_name(member.display_name)} introduced themselves {waited} "
        f"ago and nobody has answered yet. A hello from a person makes all the difference: {link}"
    )
    if unheard := [role.mention for role in roles if not _can_ping(guild, role)]:
        text += (
            f"\n-# I could not ping {' and '.join(unheard)}. To change that, allow anyone to mention the role under "
            "*Server Settings → Roles*."
        )
    return OutgoingMessage(
        text.strip(),
        view=BaseView(timeout=None).add_item(discord.ui.Button(label="Go to the introduction", url=link)),
        allowed_mentions=discord.AllowedMentions(everyone=False, users=False, roles=list(roles)),
    )


def _can_ping(guild: discord.Guild, role: discord.Role) -> bool:
    return role.mentionable or guild.me.guild_permissions.mention_everyone
