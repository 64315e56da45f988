"""What members do with their own questions: see, change and withdraw them."""

import re
from typing import Any

import discord
from discord import ui

from bot.sessions.question_rules import CHANGEABLE, Asker
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.text import shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions.choices import guild_of, services_of
from cogs.sessions.question_forms import Draft, QuestionModal
from cogs.sessions.question_words import one_line, own_line, question_embed, start_of
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

#: A list holds at most so many entries; a member asks at most 20 questions in a session.
_MOST = 25
_LONGEST = 3900
_LOOKS = {
    "edit": ("Change it", discord.ButtonStyle.primary),
    "withdraw": ("Withdraw it", discord.ButtonStyle.danger),
}


def asker_of(interaction: Interaction) -> Asker:
    """Whoever acts, with the roles they have at this moment."""
    member = interaction.user
    assert isinstance(member, discord.Member), "questions are asked in guilds"
    return Asker(member.id, frozenset(role.id for role in member.roles))


def is_changeable(question: Question) -> bool:
    """Whether an asker can still do something about a question."""
    return question.state in (*CHANGEABLE, QuestionState.MERGED)


class OwnButton(LastingItem[ui.Button[Any]], template=r"sessions:own:(?P<action>edit|withdraw):(?P<question>\d+)"):
    """Changes or withdraws one's own question."""

    def __init__(self, action: str, question_id: int) -> None:
        label, style = _LOOKS[action]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"sessions:own:{action}:{question_id}"))
        self._action = action
        self._question_id = question_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "OwnButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form, or take the question back."""
        if self._action == "edit":
            await change(interaction, self._question_id)
        else:
            await withdraw(interaction, self._question_id)


class OwnSelect(LastingItem[ui.Select[Any]], template=r"sessions:own:pick:(?P<session>\d+)"):
    """Chooses one of a member's own questions."""

    def __init__(self, session_id: int, options: list[discord.SelectOption]) -> None:
        super().__init__(
            ui.Select(
                custom_id=f"sessions:own:pick:{session_id}",
                placeholder="Change or withdraw one of them",
                options=options or [discord.SelectOption(label="…", value="0")],
            )
        )
        self._session_id = session_id

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> "OwnSelect":
        """The list as it was used."""
        return cls(int(match["session"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Show the question that was picked."""
        data: Any = interaction.data
        await show_one(interaction, int(data["values"][0]))


def own_buttons(question: Question) -> BaseView:
    """What an asker can do about a question; one that was merged into another can be withdrawn only."""
    view = BaseView(timeout=None)
    if question.state in CHANGEABLE:
        view.add_item(OwnButton("edit", question.id))
    if is_changeable(question):
        view.add_item(OwnButton("withdraw", question.id))
    return view


async def show_all(interaction: Interaction, session: Session) -> None:
    """A member's questions in a session, and how many are left."""
    services, member_id = services_of(interaction), interaction.user.id
    asked = await services.questions.asked_by(session.guild_id, session.id, member_id)
    if not asked:
        text = f"You have asked nothing for {called(session)} yet. `/ask` does, or the button on its card."
        await interaction.response.send_message(text, ephemeral=True)
        return
    lines: list[str] = []
    for number, (question, into) in enumerate(asked, 1):
        line = own_line(number, question, into)
        if sum(map(len, lines)) + len(lines) + len(line) > _LONGEST:
            lines.append("…")
            break
        lines.append(line)
    embed = discord.Embed(title=shortened(f"Your questions for {session.title}", 250), description="\n".join(lines))
    options = [
        discord.SelectOption(label=shortened(f"{number}. {one_line(question)}", 100), value=str(question.id))
        for number, (question, _) in enumerate(asked, 1)
        if is_changeable(question)
    ]
    view = BaseView(timeout=None)
    if options and not session.is_over:
        view.add_item(OwnSelect(session.id, options[:_MOST]))
    await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


async def show_one(interaction: Interaction, question_id: int) -> None:
    """One of a member's own questions, with what they can do about it. Raises NotYourQuestionError."""
    _, question = await services_of(interaction).questions.own(
        guild_of(interaction).id, question_id, interaction.user.id
    )
    await interaction.response.send_message(
        embed=question_embed(question), view=own_buttons(question), ephemeral=True
    )  # fmt: skip


async def change(interaction: Interaction, question_id: int) -> None:
    """Open the form with the question's words."""
    session, question = await services_of(interaction).questions.own(
        guild_of(interaction).id, question_id, interaction.user.id, to_change=True
    )

    async def save(submitted: Interaction, draft: Draft) -> None:
        services = services_of(submitted)
        changed = await services.questions.edit(
            session.guild_id, question_id, asker_of(submitted), draft.text, draft.context, services.clock.now()
        )
        again = " A host reads it anew before it is shown." if changed.state is QuestionState.PENDING else ""
        await answer(submitted, f"Changed.{again}")

    draft = Draft(question.text, question.context)
    hint = "Its votes stay." if question.votes else ""
    await interaction.response.send_modal(QuestionModal("Change your question", draft, save, hint=hint))


async def withdraw(interaction: Interaction, question_id: int) -> None:
    """Take the question back."""
    services, guild = services_of(interaction), guild_of(interaction)
    withdrawn = await services.questions.withdraw(guild.id, question_id, interaction.user.id, services.clock.now())
    await answer(interaction, f"Withdrawn: {start_of(withdrawn)}. You may ask another one instead.")


async def answer(interaction: Interaction, text: str) -> None:
    """Answer where only this member reads: in place of what they pressed, where that was theirs alone, too."""
    message = interaction.message
    if message is not None and message.flags.ephemeral and not interaction.response.is_done():
        await interaction.response.edit_message(content=text, embed=None, view=None)
    elif interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(
            text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )  # fmt: skip
