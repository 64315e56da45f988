"""The form of a host's private note."""

from typing import Any

import discord
from discord import ui

from bot.sessions.live_rules import LONGEST_NOTE, LONGEST_TOPIC
from bot.ui.views import BaseModal
from cogs.sessions.panel_actions import keep_note

Interaction = discord.Interaction[Any]


class NoteModal(BaseModal):
    """A note about a question, and its topic in the recap."""

    def __init__(self, session_id: int, question_id: int, topic: str, text: str = "") -> None:
        super().__init__(title="A note about this question", timeout=None)
        self._session_id, self._question_id = session_id, question_id
        self.note = ui.TextInput["NoteModal"](
            custom_id="note", style=discord.TextStyle.paragraph, required=False, max_length=LONGEST_NOTE,
            default=text or None,
        )  # fmt: skip
        self.topic = ui.TextInput["NoteModal"](
            custom_id="topic", required=False, max_length=LONGEST_TOPIC, default=topic or None
        )
        self.add_item(ui.Label(text="Note", description="Only hosts see it", component=self.note))
        about = "The recap puts questions of one topic together"
        self.add_item(ui.Label(text="Topic", description=about, component=self.topic))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Keep both."""
        await keep_note(interaction, self._session_id, self._question_id, self.note.value, self.topic.value)

    def again(self) -> "NoteModal":
        """The same form, holding what was typed."""
        return NoteModal(self._session_id, self._question_id, self.topic.value, self.note.value)
