"""A session as a file."""

import io
from dataclasses import replace
from datetime import datetime

import discord

from bot.sessions.calendar import FILE_NAME, calendar_file
from bot.sessions.recap_rules import as_csv, as_markdown
from bot.sessions.recap_service import Export
from bot.sessions.rules import Place, PlaceKind, Session
from bot.sessions.schedule_rules import is_secret
from bot.ui.people import MEMBERS_AT_ONCE, find_members
from bot.ui.text import shortened

#: The formats `/session export` offers, as they are chosen.
FORMATS = {"Markdown": "md", "CSV": "csv", "Calendar": "ics"}


async def export_file(guild: discord.Guild, export: Export, ending: str) -> discord.File:
    """The questions of a session as Markdown or CSV. Who left the guild is a former member."""
    names: dict[int, str] = {}
    for start in range(0, len(export.member_ids), MEMBERS_AT_ONCE):
        found = await find_members(guild, export.member_ids[start : start + MEMBERS_AT_ONCE])
        names.update({member.id: member.display_name for member in found})

    def name(member_id: int | None) -> str:
        return names.get(member_id or 0, "a former member")

    if ending == "csv":
        # Spreadsheets take a file for UTF-8 where it begins with this mark.
        content = as_csv(export.recap.session, export.questions, name).encode("utf-8-sig")
    else:
        content = as_markdown(export.recap, name, export.questions).encode()
    return discord.File(io.BytesIO(content), f"session-{export.recap.session.id}.{ending}")


def calendar(guild: discord.Guild, session: Session, now: datetime, *, for_everybody: bool) -> tuple[str, bytes]:
    """The name and content of a session's calendar file, with its place by name and a link to its thread.

    `for_everybody`: a link that only those who come may see is left out.
    """
    channel = guild.get_channel(session.place.channel_id or 0)
    place = f"#{channel.name} on {guild.name}" if channel else ""
    if for_everybody and session.place.kind is PlaceKind.LINK and is_secret(session):
        session = replace(session, place=Place(PlaceKind.LINK))
    link = f"https://discord.com/channels/{guild.id}/{session.thread_id}" if session.thread_id else ""
    return FILE_NAME, calendar_file(session, link, now, shortened(place, 200))
