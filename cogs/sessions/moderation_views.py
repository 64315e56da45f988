"""What hosts press to decide about a question. All of it works after a restart."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.sessions.moderation_service import Dossier
from bot.sessions.question_errors import GoneQuestionError, state_text
from bot.sessions.question_rules import DECIDABLE
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.text import safe_within, shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions.choices import check_host, guild_of, services_of
from cogs.sessions.own_questions import answer
from cogs.sessions.question_forms import Draft, QuestionModal, ReasonModal
from cogs.sessions.question_words import host_embed, one_line, start_of

Interaction = discord.Interaction[Any]

#: What a list holds at most, and how many lists a message.
_MOST, _LISTS = 25, 5
_LOOKS = {
    "approve": ("Approve", discord.ButtonStyle.success),
    "decline": ("Decline", discord.ButtonStyle.danger),
    "edit": ("Edit", discord.ButtonStyle.secondary),
    "merge": ("Merge", discord.ButtonStyle.secondary),
    "unmask": ("Who asked?", discord.ButtonStyle.secondary),
}


class DecideButton(
    LastingItem[ui.Button[Any]],
    template=r"sessions:decide:(?P<action>approve|decline|edit|merge|unmask):(?P<question>\d+)",
):
    """Decides about one question."""

    def __init__(self, action: str, question_id: int) -> None:
        label, style = _LOOKS[action]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"sessions:decide:{action}:{question_id}"))
        self._action = action
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "DecideButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, unless another host was faster."""
        await hosted(interaction, self._question_id)
        await _ACTIONS[self._action](interaction, self._question_id)


class MergeSelect(LastingItem[ui.Select[Any]], template=r"sessions:merge:(?P<question>\d+):(?P<start>\d+)"):
    """Chooses which other question asks the same."""

    def __init__(self, question_id: int, start: int, others: Sequence[Question]) -> None:
        super().__init__(_select(f"sessions:merge:{question_id}:{start}", "Merge it with", start, others))
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "MergeSelect":
        """The list as it was used."""
        return cls(int(match["question"]), int(match["start"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Make one of both."""
        session = await hosted(interaction, self._question_id)
        data: Any = interaction.data
        services = services_of(interaction)
        kept = await services.moderation.merge(
            session.guild_id, self._question_id, int(data["values"][0]), services.clock.now()
        )
        others = "1 other" if kept.others == 1 else f"{kept.others} others"
        await answer(interaction, f"Merged. {start_of(kept)} stays, asked by its first asker and {others}.")


class ReviewSelect(LastingItem[ui.Select[Any]], template=r"sessions:review:(?P<session>\d+):(?P<start>\d+)"):
    """Chooses a question to decide about."""

    def __init__(self, session_id: int, start: int, questions: Sequence[Question]) -> None:
        super().__init__(_select(f"sessions:review:{session_id}:{start}", "Pick a question", start, questions))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ReviewSelect":
        """The list as it was used."""
        return cls(int(match["session"]), int(match["start"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Show it with what can be decided."""
        data: Any = interaction.data
        question_id = int(data["values"][0])
        await hosted(interaction, question_id)
        dossier = await services_of(interaction).moderation.look(guild_of(interaction).id, question_id)
        await show_dossier(interaction, dossier)


def _select(custom_id: str, what: str, start: int, questions: Sequence[Question]) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=shortened(one_line(one), 100),
            description=shortened(f"{one.votes} votes · {state_text(one)}", 100),
            value=str(one.id),
        )
        for one in questions
    ]
    return ui.Select(
        custom_id=custom_id,
        placeholder=what if start == 0 else f"{what}: from number {start + 1} on",
        options=options or [discord.SelectOption(label="…", value="0")],
    )


def lists(select: type[MergeSelect] | type[ReviewSelect], about_id: int, questions: Sequence[Question]) -> BaseView:
    """Lists of questions to pick one from."""
    view = BaseView(timeout=None)
    for start in range(0, min(len(questions), _MOST * _LISTS), _MOST):
        view.add_item(select(about_id, start, questions[start : start + _MOST]))
    return view


async def hosted(interaction: Interaction, question_id: int) -> Session:
    """The session of a question, where whoever asks hosts it. Raises GoneQuestionError, NotAHostError."""
    found = await services_of(interaction).questions.find(guild_of(interaction).id, question_id)
    if found is None:
        raise GoneQuestionError
    check_host(interaction, found[0])
    return found[0]


def decide_buttons(question: Question) -> BaseView:
    """What a host may decide about a question as it is now."""
    view = BaseView(timeout=None)
    is_pending = question.state is QuestionState.PENDING
    actions = ("approve", "decline", "edit", "merge") if is_pending else ("decline", "merge")
    for action in actions if question.state in DECIDABLE else ():
        view.add_item(DecideButton(action, question.id))
    if question.is_anonymous and question.asker_id is not None:
        view.add_item(DecideButton("unmask", question.id))
    return view


async def show_dossier(interaction: Interaction, dossier: Dossier) -> None:
    """All about a question, for a host."""
    question = dossier.question
    embed = host_embed(dossier.session, question)
    embed.add_field(name="Where it stands", value=state_text(question).capitalize(), inline=False)
    if question.reason:
        embed.add_field(name="Reason", value=safe_within(question.reason, 700), inline=False)
    if dossier.into is not None:
        embed.add_field(name="Merged into", value=start_of(dossier.into, 400), inline=False)
    if dossier.merged:
        merged = "\n".join(f"- {start_of(one, 150)}" for one in dossier.merged[:5])
        more = f"\n- and {len(dossier.merged) - 5} more" if len(dossier.merged) > 5 else ""
        embed.add_field(name="Merged with it", value=merged + more, inline=False)
    if dossier.unmaskings:
        embed.add_field(name="Who looked who asked", value=_looked(dossier), inline=False)
    await interaction.response.send_message(embed=embed, view=decide_buttons(question), ephemeral=True)


def _looked(dossier: Dossier) -> str:
    lines = [
        f"{f'<@{one.host_id}>' if one.host_id else 'A former host'}, {discord.utils.format_dt(one.at, 'd')}: "
        f"{safe_within(one.reason, 150)}"
        for one in dossier.unmaskings[-4:]
    ]
    return "\n".join(lines)


async def _approve(interaction: Interaction, question_id: int) -> None:
    services = services_of(interaction)
    await services.moderation.approve(guild_of(interaction).id, question_id, services.clock.now())
    await answer(interaction, "Approved. It stands in the session’s thread.")


async def _decline(interaction: Interaction, question_id: int) -> None:
    async def decline(submitted: Interaction, reason: str) -> None:
        await hosted(submitted, question_id)
        services = services_of(submitted)
        await services.moderation.decline(guild_of(submitted).id, question_id, reason, services.clock.now())
        await answer(submitted, "Declined. Its asker reads your reason, and may ask something else.")

    await interaction.response.send_modal(ReasonModal("Decline a question", "Its asker reads it, nobody else", decline))


async def _edit(interaction: Interaction, question_id: int) -> None:
    guild = guild_of(interaction)
    question = (await services_of(interaction).moderation.look(guild.id, question_id)).question

    async def save(submitted: Interaction, draft: Draft) -> None:
        await hosted(submitted, question_id)
        services = services_of(submitted)
        await services.moderation.edit(guild.id, question_id, draft.text, draft.context, services.clock.now())
        await answer(submitted, "Saved. What its asker wrote is kept. *Approve* shows it.")

    draft = Draft(question.text, question.context)
    await interaction.response.send_modal(QuestionModal("Edit a question", draft, save))


async def _merge(interaction: Interaction, question_id: int) -> None:
    _, others = await services_of(interaction).moderation.list_to_merge(guild_of(interaction).id, question_id)
    await interaction.response.send_message(
        "Which one asks the same? Whoever asked first is named, and the others are counted. The most alike come first.",
        view=lists(MergeSelect, question_id, others),
        ephemeral=True,
    )


async def _unmask(interaction: Interaction, question_id: int) -> None:
    async def unmask(submitted: Interaction, reason: str) -> None:
        await hosted(submitted, question_id)
        services = services_of(submitted)
        asker_id = await services.moderation.unmask(
            guild_of(submitted).id, question_id, submitted.user.id, reason, services.clock.now()
        )
        await submitted.response.send_message(
            f"<@{asker_id}> asked it. For everybody else it stays anonymous. The other hosts know that you looked, and "
            "why; so may the asker.",
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    about = "Kept with your name; all hosts read it, and the asker may"
    await interaction.response.send_modal(ReasonModal("See who asked", about, unmask))


_ACTIONS = {"approve": _approve, "decline": _decline, "edit": _edit, "merge": _merge, "unmask": _unmask}
