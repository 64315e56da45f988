"""Hosts decide about questions: on the card in their channel, or on any they pick."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.sessions.moderation_service import Dossier
from bot.sessions.question_rules import DECIDABLE
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.messages import OutgoingMessage
from bot.ui.text import shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions.choices import check_host, guild_of, services_of
from cogs.sessions.panel_actions import now_of, seen
from cogs.sessions.question_cards import dossier_embed, short
from cogs.sessions.question_forms import QuestionModal, ReasonModal, Typed

Interaction = discord.Interaction[Any]
Action = Callable[[Interaction, int], Awaitable[None]]

_LOOKS = {
    "approve": ("Approve", discord.ButtonStyle.success),
    "decline": ("Decline", discord.ButtonStyle.danger),
    "edit": ("Edit", discord.ButtonStyle.secondary),
    "merge": ("Merge", discord.ButtonStyle.secondary),
    "unmask": ("Who asked?", discord.ButtonStyle.secondary),
}
#: What a list holds at most, with the last entry leading to more.
_MOST = 25
_MARKS = {
    QuestionState.PENDING: "waits for approval", QuestionState.NOW: "being answered", QuestionState.LATER: "for later",
    QuestionState.ANSWERED: "answered", QuestionState.SKIPPED: "skipped", QuestionState.DECLINED: "declined",
    QuestionState.MERGED: "merged",
}  # fmt: skip


class ModerateButton(
    LastingItem[ui.Button[Any]],
    template=r"sessions:moderate:(?P<action>approve|decline|edit|merge|unmask):(?P<question>\d+)",
):
    """One decision about a question."""

    def __init__(self, action: str, question_id: int) -> None:
        label, style = _LOOKS[action]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"sessions:moderate:{action}:{question_id}"))
        self._action, self._question_id = action, question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ModerateButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["question"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Decide, unless somebody was faster."""
        await _ACTIONS[self._action](interaction, self._question_id)


class QuestionPicker(
    LastingItem[ui.Select[Any]], template=r"sessions:questions:(?P<purpose>look|merge):(?P<subject>\d+):(?P<start>\d+)"
):
    """A part of a session's questions (`look`), or of those a question may be merged with (`merge`)."""

    def __init__(self, purpose: str, subject_id: int, questions: Sequence[Question] = (), start: int = 0) -> None:
        rest = list(questions[start:])
        shown = rest if len(rest) <= _MOST else rest[: _MOST - 1]
        options = [_option(question, start + number) for number, question in enumerate(shown, 1)]
        if len(shown) < len(rest):
            more = f"More questions ({len(rest) - len(shown)})"
            options.append(discord.SelectOption(label=more, value=f"more:{start + len(shown)}"))
        super().__init__(
            ui.Select(
                custom_id=f"sessions:questions:{purpose}:{subject_id}:{start}",
                placeholder="Decide about a question" if purpose == "look" else "Merge with which one?",
                options=options or [discord.SelectOption(label="…", value="more:0")],
            )
        )
        self._purpose, self._subject_id = purpose, subject_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "QuestionPicker":
        """The list as it was used."""
        return cls(match["purpose"], int(match["subject"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Look at what was picked, merge with it, or show more to pick from."""
        data: Any = interaction.data
        [value] = data["values"]
        if value.startswith("more:"):
            await self._show_more(interaction, int(value.removeprefix("more:")))
        elif self._purpose == "look":
            await show_dossier(interaction, int(value))
        else:
            await _merge_with(interaction, self._subject_id, int(value))

    async def _show_more(self, interaction: Interaction, start: int) -> None:
        guild, services = guild_of(interaction), services_of(interaction)
        if self._purpose == "look":
            session = await services.sessions.get(guild.id, self._subject_id)
            check_host(interaction, session)
            questions = await services.moderation.list_all(guild.id, session.id)
        else:
            await _hosted(interaction, self._subject_id)
            _, questions = await services.moderation.list_to_merge(guild.id, self._subject_id)
        picker = QuestionPicker(self._purpose, self._subject_id, questions, min(start, len(questions) - 1))
        await interaction.response.edit_message(view=BaseView(timeout=None).add_item(picker))


def _option(question: Question, number: int) -> discord.SelectOption:
    votes = f"{question.votes + question.others} vote{'' if question.votes + question.others == 1 else 's'}"
    mark = f" · {_MARKS[question.state]}" if question.state in _MARKS else ""
    label = shortened(f"{number}. {' '.join(question.text.split())}", 100)
    return discord.SelectOption(label=label, description=votes + mark, value=str(question.id))


# ----------------------------------------------------------------- how it looks


def pending_message(guild: discord.Guild, dossier: Dossier) -> OutgoingMessage | None:
    """What hosts see of a question that waits for them, or what became of it; None once it was withdrawn."""
    if dossier.question.state is QuestionState.WITHDRAWN:
        return None
    is_waiting = dossier.question.state is QuestionState.PENDING
    content = "A question waits for you:" if is_waiting else None
    view = moderation_buttons(dossier.question) if is_waiting else None
    return OutgoingMessage(content, embeds=[dossier_embed(guild, dossier)], view=view)


def moderation_buttons(question: Question) -> BaseView | None:
    """What a host can decide about a question as it is now."""
    view = BaseView(timeout=None)
    actions: list[str] = []
    if question.state is QuestionState.PENDING:
        actions += ["approve", "decline", "edit", "merge"]
    elif question.state in DECIDABLE:
        actions += ["decline", "merge"]
    if question.is_anonymous and question.asker_id is not None:
        actions.append("unmask")
    for action in actions:
        view.add_item(ModerateButton(action, question.id))
    return view if actions else None


async def show_dossier(interaction: Interaction, question_id: int) -> None:
    """Show a host everything about a question, in a message only they see."""
    dossier = await _hosted(interaction, question_id)
    await interaction.response.send_message(
        embed=dossier_embed(guild_of(interaction), dossier),
        view=moderation_buttons(dossier.question) or discord.utils.MISSING,
        ephemeral=True,
    )


# ----------------------------------------------------------------- decisions


async def _hosted(interaction: Interaction, question_id: int) -> Dossier:
    """A question of a session whoever acts hosts. Raises GoneQuestionError, NotAHostError."""
    dossier = await services_of(interaction).moderation.look(guild_of(interaction).id, question_id)
    check_host(interaction, dossier.session)
    return dossier


async def _approve(interaction: Interaction, question_id: int) -> None:
    session = (await _hosted(interaction, question_id)).session
    await services_of(interaction).moderation.approve(session.guild_id, question_id, now_of(interaction))
    await seen(interaction, f"Approved. It is in {_thread(session)}.")


async def _decline(interaction: Interaction, question_id: int) -> None:
    session = (await _hosted(interaction, question_id)).session

    async def give(pressed: Interaction, reason: str) -> None:
        await _hosted(pressed, question_id)
        question = await services_of(pressed).moderation.decline(
            session.guild_id, question_id, reason, now_of(pressed)
        )  # fmt: skip
        await pressed.response.send_message(
            f"Declined: “{short(question, 300)}”. Whoever asked reads your reason, and nobody else does.",
            ephemeral=True,
        )

    form = ReasonModal("Decline this question", "Whoever asked reads it. What would help them?", give)
    await interaction.response.send_modal(form)


async def _edit(interaction: Interaction, question_id: int) -> None:
    dossier = await _hosted(interaction, question_id)

    async def submit(pressed: Interaction, filled: Typed) -> None:
        await _hosted(pressed, question_id)
        edited = await services_of(pressed).moderation.edit(
            dossier.session.guild_id, question_id, filled.text, filled.context, now_of(pressed)
        )
        await pressed.response.send_message(
            f"It reads “{short(edited, 300)}” now; what its asker wrote is kept. *Approve* shows it.", ephemeral=True
        )

    typed = Typed(dossier.question.text, dossier.question.context)
    hint = "What its asker wrote is kept, and stays visible to hosts."
    form = QuestionModal("Edit before it is shown", hint, typed, submit, offers_anonymous=False)
    await interaction.response.send_modal(form)


async def _merge(interaction: Interaction, question_id: int) -> None:
    await _hosted(interaction, question_id)
    _, others = await services_of(interaction).moderation.list_to_merge(guild_of(interaction).id, question_id)
    view = BaseView(timeout=None).add_item(QuestionPicker("merge", question_id, others))
    await interaction.response.send_message(
        "They become one question with the votes of both. The one asked first stays; who asked the others is counted "
        "and called when it is answered. The most alike come first:",
        view=view,
        ephemeral=True,
    )


async def _merge_with(interaction: Interaction, question_id: int, other_id: int) -> None:
    session = (await _hosted(interaction, question_id)).session
    stays = await services_of(interaction).moderation.merge(
        session.guild_id, question_id, other_id, now_of(interaction)
    )  # fmt: skip
    askers = f"{stays.others + 1} members ask it" if stays.others else "its asker had asked it twice"
    await seen(interaction, f"Merged: “{short(stays, 300)}” stays; {askers}.")


async def _unmask(interaction: Interaction, question_id: int) -> None:
    session = (await _hosted(interaction, question_id)).session

    async def give(pressed: Interaction, reason: str) -> None:
        await _hosted(pressed, question_id)
        asker_id = await services_of(pressed).moderation.unmask(
            session.guild_id, question_id, pressed.user.id, reason, now_of(pressed)
        )
        await pressed.response.send_message(
            f"<@{asker_id}> asked it. That you looked, and why, is kept and told to all hosts; for everybody else the "
            "question stays anonymous. Please keep it so.",
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    hint = "It is kept with your name, told to all hosts, and its asker can read it."
    await interaction.response.send_modal(ReasonModal("Who asked this anonymously?", hint, give))


def _thread(session: Session) -> str:
    return f"<#{session.thread_id}>" if session.thread_id else "the session’s thread as soon as that opens"


_ACTIONS: dict[str, Action] = {
    "approve": _approve, "decline": _decline, "edit": _edit, "merge": _merge, "unmask": _unmask,
}  # fmt: skip
