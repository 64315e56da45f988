"""*Mark as answer*: a host's message in a session's thread answers a question."""

import re
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client import Tribekeeper
from bot.sessions.live_errors import NotAnAnswerError
from bot.sessions.rules import Question, Session
from bot.ui.text import safe_within, shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions.choices import check_host, guild_of, services_of

Interaction = discord.Interaction[Any]

#: What a list holds at most, and how many lists a message.
_MOST, _LISTS = 25, 5


class Marking(commands.Cog):
    """The message menu."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._menu = app_commands.ContextMenu(name="Mark as answer", callback=self.mark)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Offer the menu."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Offer it no longer."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def mark(self, interaction: Interaction, message: discord.Message) -> None:
        """Mark the answer to the question the message replies to, or ask which one it answers."""
        session = await _session_of(interaction, message)
        answered = message.reference.message_id if message.reference else None
        leftovers = self.bot.services.leftovers
        waiting = await leftovers.find_by_card(session.guild_id, session.id, answered)
        if not waiting:
            raise NotAnAnswerError("Every question of this session has its answer.")
        if answered is not None and len(waiting) == 1:
            await keep_answer(interaction, session.id, waiting[0].id, message.id, message.author.id)
            return
        view = BaseView(timeout=None)
        for start in range(0, min(len(waiting), _MOST * _LISTS), _MOST):
            part = waiting[start : start + _MOST]
            view.add_item(AnswerSelect(session.id, message.id, message.author.id, start, part))
        await interaction.response.send_message("Which question does it answer?", view=view, ephemeral=True)


async def _session_of(interaction: Interaction, message: discord.Message) -> Session:
    """The session in whose thread a host's message stands. Raises NotAnAnswerError, NotAHostError."""
    guild = guild_of(interaction)
    session = await services_of(interaction).sessions.find_by_thread(guild.id, message.channel.id)
    if session is None:
        raise NotAnAnswerError("This works on messages in the thread of a session.")
    check_host(interaction, session)
    author = message.author
    manages = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
    if author.bot or not (author.id in session.host_ids or manages):
        raise NotAnAnswerError("Only what a host of this session wrote can be marked as an answer.")
    return session


async def keep_answer(
    interaction: Interaction, session_id: int, question_id: int, message_id: int, author_id: int
) -> None:
    """Keep that a message answers a question."""
    guild, services = guild_of(interaction), services_of(interaction)
    check_host(interaction, await services.sessions.get(guild.id, session_id))
    question = await services.leftovers.answer_in_writing(
        guild.id, session_id, question_id, author_id, message_id, services.clock.now()
    )
    told = f"Marked as the answer to “{safe_within(' '.join(question.text.split()), 200)}”."
    if interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(content=told, view=None)
    else:
        await interaction.response.send_message(told, ephemeral=True)


class AnswerSelect(
    LastingItem[ui.Select[Any]],
    template=r"sessions:answer:(?P<session>\d+):(?P<message>\d+):(?P<author>\d+):(?P<start>\d+)",
):
    """Chooses which question a message answers."""

    def __init__(self, session_id: int, message_id: int, author_id: int, start: int, questions: list[Question]) -> None:
        options = [
            discord.SelectOption(label=shortened(" ".join(question.text.split()), 100), value=str(question.id))
            for question in questions
        ]
        super().__init__(
            ui.Select(
                custom_id=f"sessions:answer:{session_id}:{message_id}:{author_id}:{start}",
                placeholder="Pick the question" if start == 0 else f"Questions from number {start + 1} on",
                options=options or [discord.SelectOption(label="…", value="0")],
            )
        )
        self._session_id, self._message_id, self._author_id = session_id, message_id, author_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "AnswerSelect":
        """The list as it was used."""
        return cls(int(match["session"]), int(match["message"]), int(match["author"]), int(match["start"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Keep the answer."""
        data: Any = interaction.data
        question_id = int(data["values"][0])
        await keep_answer(interaction, self._session_id, question_id, self._message_id, self._author_id)
