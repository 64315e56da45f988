"""The buttons and lists members find on questions. All of them work after a restart."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.errors import UserFacingError
from bot.sessions.question_rules import CHANGEABLE
from bot.sessions.rules import WAITING_STATES, Question, QuestionState, Session
from bot.ui.text import shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions import question_actions
from cogs.sessions.choices import may_host
from cogs.sessions.moderation import show_dossier
from cogs.sessions.question_cards import own_line, short

Interaction = discord.Interaction[Any]

#: What a list holds at most, https://discord.com/developers/docs/components/reference#string-select
_MOST = 25
_OWN = {
    "edit": ("Change it", discord.ButtonStyle.primary),
    "ask": ("Withdraw it", discord.ButtonStyle.secondary),
    "withdraw": ("Yes, withdraw it", discord.ButtonStyle.danger),
}


class AskButton(LastingItem[ui.Button[Any]], template=r"sessions:ask:(?P<session>\d+)"):
    """Opens the form of a question for a session; it stands on the session's card."""

    def __init__(self, session_id: int) -> None:
        super().__init__(ui.Button(label="Ask a question", emoji="❓", custom_id=f"sessions:ask:{session_id}"))
        self._session_id = session_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "AskButton":
        """The button as it was pressed."""
        return cls(int(match["session"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        await question_actions.begin(interaction, self._session_id)


class VoteButton(LastingItem[ui.Button[Any]], template=r"sessions:vote:(?P<question>\d+)"):
    """Says that a member wants to hear the answer, too, or takes that back."""

    def __init__(self, question_id: int, votes: int = 0) -> None:
        label = f"Upvote · {votes}" if votes else "Upvote"
        style = discord.ButtonStyle.primary
        super().__init__(ui.Button(label=label, emoji="👍", style=style, custom_id=f"sessions:vote:{question_id}"))
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "VoteButton":
        """The button as it was pressed."""
        return cls(int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Vote, or take the vote back."""
        await question_actions.vote(interaction, self._question_id)


class MoreButton(LastingItem[ui.Button[Any]], template=r"sessions:more:(?P<question>\d+)"):
    """What its asker and the hosts can do with a question."""

    def __init__(self, question_id: int) -> None:
        super().__init__(ui.Button(label="⋯", custom_id=f"sessions:more:{question_id}"))
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "MoreButton":
        """The button as it was pressed."""
        return cls(int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show it to who may do something, in a message only they see."""
        session, question = await question_actions.found(interaction, self._question_id)
        if question.asker_id == interaction.user.id:
            await show_own(interaction, session, question)
        elif may_host(interaction, session):
            await show_dossier(interaction, question.id)
        else:
            raise UserFacingError("This is for whoever asked, and for the hosts. *Upvote* is for you.")


class OwnButton(LastingItem[ui.Button[Any]], template=r"sessions:own:(?P<action>edit|ask|withdraw):(?P<question>\d+)"):
    """Changes or withdraws a question; before it is withdrawn, its asker is asked once more."""

    def __init__(self, action: str, question_id: int) -> None:
        label, style = _OWN[action]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"sessions:own:{action}:{question_id}"))
        self._action, self._question_id = action, question_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "OwnButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Do it."""
        match self._action:
            case "edit":
                await question_actions.begin_edit(interaction, self._question_id)
            case "ask":
                _, question = await question_actions.own(interaction, self._question_id)
                votes = f" Its {question.votes} votes go with it." if question.votes > 1 else ""
                sure = BaseView(timeout=None).add_item(OwnButton("withdraw", question.id))
                await question_actions.tell(interaction, f"Withdraw “{short(question, 300)}”?{votes}", sure)
            case _:
                await question_actions.withdraw(interaction, self._question_id)


class OwnSelect(LastingItem[ui.Select[Any]], template=r"sessions:mine:(?P<session>\d+)"):
    """Chooses one of a member's questions."""

    def __init__(self, session_id: int, questions: Sequence[Question]) -> None:
        options = [
            discord.SelectOption(label=shortened(" ".join(question.text.split()), 100), value=str(question.id))
            for question in questions[-_MOST:]
        ]
        super().__init__(
            ui.Select(
                custom_id=f"sessions:mine:{session_id}",
                placeholder="Change or withdraw one of yours",
                options=options or [discord.SelectOption(label="…", value="0")],
            )
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "OwnSelect":
        """The list as it was used."""
        return cls(int(match["session"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Show the one that was chosen."""
        data: Any = interaction.data
        await show_own(interaction, *await question_actions.own(interaction, int(data["values"][0])))


class InvitationButton(
    LastingItem[ui.Button[Any]], template=r"sessions:invited:(?P<answer>yes|no):(?P<session>\d+):(?P<author>\d+)"
):
    """The author of a message asks it, or would rather not."""

    def __init__(self, answer: str, session_id: int, author_id: int) -> None:
        label, style = {
            "yes": ("Ask it", discord.ButtonStyle.primary),
            "no": ("I’d rather not", discord.ButtonStyle.secondary),
        }[answer]
        custom_id = f"sessions:invited:{answer}:{session_id}:{author_id}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id))
        self._answer, self._session_id, self._author_id = answer, session_id, author_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "InvitationButton":
        """The button as it was pressed."""
        return cls(match["answer"], int(match["session"]), int(match["author"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form for the author, who writes the question as they want it; or take the invitation away."""
        if interaction.user.id != self._author_id:
            raise UserFacingError(f"Only <@{self._author_id}> can say that. Your own questions go through `/ask`.")
        if self._answer == "yes":
            await question_actions.begin(interaction, self._session_id, invitation=interaction.message)
        else:
            await interaction.response.defer()
            await interaction.delete_original_response()


def card_buttons(session: Session, question: Question) -> BaseView | None:
    """What stands under a question's card; nothing once it is answered or its session cancelled."""
    if question.state not in WAITING_STATES:
        return None
    return BaseView(timeout=None).add_item(VoteButton(question.id, question.votes)).add_item(MoreButton(question.id))


async def show_own(interaction: Interaction, session: Session, question: Question) -> None:
    """Show a member a question of theirs, with what they can do."""
    view = BaseView(timeout=None)
    if question.state in CHANGEABLE:
        view.add_item(OwnButton("edit", question.id))
    if question.state in (*CHANGEABLE, QuestionState.MERGED):
        view.add_item(OwnButton("ask", question.id))
    line = own_line(question, None).removeprefix("- ")
    await question_actions.tell(interaction, line, view if view.children else None)
