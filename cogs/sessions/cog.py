"""`/session`: members see what is planned, hosts plan it."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.sessions.rules import Coming, Session
from bot.ui.views import BaseView
from cogs.sessions.cards import Around, card
from cogs.sessions.changing import Changing
from cogs.sessions.choices import chosen_session, guild_of, may_host, session_choices
from cogs.sessions.create import Creating
from cogs.sessions.leading import Leading
from cogs.sessions.notices import MendButton
from cogs.sessions.questioning import Questioning
from cogs.sessions.repeat import Repeating
from cogs.sessions.words import line_of

Interaction = discord.Interaction[Any]

#: What any member may do. Discord guards a group of commands as a whole, so the others are guarded here.
FOR_EVERYBODY = frozenset({"list", "show", "questions"})
#: What a session's hosts may do without managing the server, too: these commands check it themselves.
FOR_ITS_HOSTS = frozenset({"edit", "cancel", "repeat", "open", "close", "recap", "recording", "export"})
#: How many names are shown of those who come.
_NAMED = 40
_LONGEST = 1900


class Sessions(
    Creating,
    Changing,
    Repeating,
    Leading,
    Questioning,
    commands.GroupCog,
    group_name="session",
    group_description="Live Q&A sessions",
):
    """List and show; the others add theirs."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass, but for what others may do, too. Raises MissingPermissions."""
        command = interaction.command
        name = command.name if command else ""
        if name not in FOR_EVERYBODY | FOR_ITS_HOSTS and not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command(name="list", description="See the sessions that are planned")
    async def list_(self, interaction: Interaction) -> None:
        """`/session list`"""
        guild, services = guild_of(interaction), self.bot.services
        ahead = await services.sessions.list_ahead(guild.id)
        lines: list[str] = []
        for session in ahead:
            line = line_of(session, await services.sessions.count_coming(guild.id, session.id))
            if sum(map(len, lines)) + len(line) > _LONGEST:
                lines.append(f"and {len(ahead) - len(lines)} later ones")
                break
            lines.append(line)
        await interaction.response.send_message(
            "\n".join(lines) or "No session is planned yet. `/session create` plans one; it is for hosts.",
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @app_commands.command(description="See a session: when, where, with whom, and who comes")
    @app_commands.describe(session="Which session")
    async def show(self, interaction: Interaction, session: str) -> None:
        """`/session show`"""
        services = self.bot.services
        known = await chosen_session(interaction, session)
        counts = await services.sessions.count_coming(known.guild_id, known.id)
        series = await services.series.find(known)
        embed = card(guild_of(interaction), known, Around(counts, pattern=series.pattern if series else ""))
        for answer, name in ((Coming.YES, "Coming"), (Coming.MAYBE, "Maybe"), (Coming.WAITING, "Waiting list")):
            if counts.get(answer):
                embed.add_field(name=f"{name} ({counts[answer]})", value=await self._names(known, answer), inline=False)
        view = discord.utils.MISSING
        if may_host(interaction, known) and await self._lacks_thread(known):
            view = BaseView(timeout=None).add_item(MendButton(known.id, "thread"))
        await interaction.response.send_message(
            embed=embed, view=view, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )

    async def _names(self, session: Session, answer: Coming) -> str:
        people = await self.bot.services.sessions.list_coming(session.guild_id, session.id, answer)
        more = f" and {len(people) - _NAMED} more" if len(people) > _NAMED else ""
        return " ".join(f"<@{member_id}>" for member_id in people[:_NAMED]) + more

    async def _lacks_thread(self, session: Session) -> bool:
        return session.thread_id is None and session.revision > 1 and not session.is_over

    @show.autocomplete("session")
    async def choose_any(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sessions that are planned, and the latest ones."""
        sessions, guild = self.bot.services.sessions, guild_of(interaction)
        ahead = await sessions.list_ahead(guild.id)
        return session_choices([*ahead, *await sessions.list_over(guild.id)], typed)
