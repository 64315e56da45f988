"""How a recap looks."""

import discord

from bot.sessions.recap_rules import Page
from bot.sessions.rules import Session
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_within, shortened

COLOUR = discord.Colour(0x4F6D8F)


def recap_message(session: Session, page: Page, number: int) -> OutgoingMessage:
    """A message of a recap. Who was answered while away is mentioned, once: later changes ping nobody."""
    part = f" ({number + 1})" if number else ""
    embeds = [
        discord.Embed(title=f"Recap: {safe_within(session.title, 230)}{part}", description=page.text, colour=COLOUR)
    ]
    content = None
    if page.pinged_ids:
        names = " ".join(f"<@{member_id}>" for member_id in page.pinged_ids)
        content = f"Answered while you were away: {names}"
    return OutgoingMessage(
        content,
        embeds if page.text else [],
        allowed_mentions=discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(member_id) for member_id in page.pinged_ids]
        ),
        title=shortened(f"Recap: {session.title}", 100),
    )
