"""The buttons and lists of the hosts' panel. All work after a restart, and each names the question it was drawn for."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.sessions.answering_service import Sheet
from bot.sessions.live_errors import NoCoHostError
from bot.sessions.live_rules import Board
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.people import find_members
from bot.ui.text import safe_name, safe_within, shortened
from bot.ui.views import BaseView, LastingItem
from cogs.sessions import panel_actions
from cogs.sessions.choices import guild_of, services_of
from cogs.sessions.live_forms import NoteModal
from cogs.sessions.live_words import asked_by, notes_text, question_text
from cogs.sessions.panel_actions import hosted, now_of, seen

Interaction = discord.Interaction[Any]
#: A press, the session, and what the host saw: question or number, and a second question.
Action = Callable[[Interaction, int, int, int], Awaitable[None]]

_LOOKS = {
    "take": ("Answer now", discord.ButtonStyle.primary),
    "done": ("Answered", discord.ButtonStyle.success),
    "skip": ("Skip", discord.ButtonStyle.secondary),
    "hand": ("Hand to co-host", discord.ButtonStyle.secondary),
    "later": ("Follow up later", discord.ButtonStyle.secondary),
    "next": ("Next", discord.ButtonStyle.primary),
    "longer": ("+10 min", discord.ButtonStyle.secondary),
    "note": ("Note", discord.ButtonStyle.secondary),
    "close": ("Close", discord.ButtonStyle.danger),
    "end": ("Close the session", discord.ButtonStyle.danger),
}
#: What a list holds at most, https://discord.com/developers/docs/components/reference#string-select
_MOST = 25
#: A message has five rows; the picker keeps one free.
_LISTS = 4
_COLOUR = discord.Colour(0x3BA55D)
_MARKS = {QuestionState.SKIPPED: "skipped", QuestionState.LATER: "for later"}


class PanelButton(
    LastingItem[ui.Button[Any]],
    template=r"sessions:panel:(?P<action>[a-z]+):(?P<session>\d+):(?P<first>\d+):(?P<second>\d+)",
):
    """Does something about an open session; `first` and `second` are what the host saw when they pressed."""

    def __init__(
        self, action: str, session_id: int, first: int, second: int, *, disabled: bool = False, row: int | None = None
    ) -> None:
        label, style = _LOOKS[action]
        custom_id = f"sessions:panel:{action}:{session_id}:{first}:{second}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled, row=row))
        self._action = action
        self._session_id = session_id
        self._first = first
        self._second = second

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "PanelButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["session"]), int(match["first"]), int(match["second"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, unless another host was faster."""
        await _ACTIONS[self._action](interaction, self._session_id, self._first, self._second)


class QuestionSelect(
    LastingItem[ui.Select[Any]], template=r"sessions:pick:(?P<session>\d+):(?P<start>\d+)"
):  # fmt: skip
    """A part of the questions that wait, to pick one from."""

    def __init__(
        self, session_id: int, start: int, options: list[discord.SelectOption], row: int | None = None, length: int = 0
    ) -> None:
        super().__init__(
            ui.Select(
                custom_id=f"sessions:pick:{session_id}:{start}",
                placeholder="Pick any question" if start == 0 else f"Questions from number {start + 1} on",
                options=options or [discord.SelectOption(label="…", value="more:0")],
                row=row,
            )
        )
        self._session_id = session_id
        self.length = length

    @classmethod
    def of(cls, board: Board, start: int, *, row: int) -> "QuestionSelect":
        """The questions from this place on; the last entry leads to what has no room."""
        waiting = list(board.waiting[start:])
        shown = waiting if len(waiting) <= _MOST else waiting[: _MOST - 1]
        options = [_option(question, start + number) for number, question in enumerate(shown, 1)]
        if len(shown) < len(waiting):
            more = f"More questions ({len(waiting) - len(shown)})"
            options.append(discord.SelectOption(label=more, value=f"more:{start + len(shown)}"))
        return cls(board.session.id, start, options, row, len(shown))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "QuestionSelect":
        """The list as it was used."""
        return cls(int(match["session"]), int(match["start"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Show what was picked, or more to pick from."""
        data: Any = interaction.data
        [value] = data["values"]
        if value.startswith("more:"):
            await show_more(interaction, self._session_id, int(value.removeprefix("more:")))
        else:
            await show_sheet(interaction, self._session_id, int(value))


def _option(question: Question, number: int) -> discord.SelectOption:
    mark = f" · {_MARKS[question.state]}" if question.state in _MARKS else ""
    votes = question.votes + question.others
    return discord.SelectOption(
        label=shortened(f"{number}. {' '.join(question.text.split())}", 100),
        description=f"{votes} vote{'' if votes == 1 else 's'}{mark}",
        value=str(question.id),
    )


class HandSelect(LastingItem[ui.Select[Any]], template=r"sessions:hand:(?P<session>\d+):(?P<question>\d+)"):
    """Chooses which of several co-hosts goes on."""

    def __init__(self, session_id: int, question_id: int, hosts: list[tuple[int, str]]) -> None:
        options = [discord.SelectOption(label=shortened(name, 100), value=str(host_id)) for host_id, name in hosts]
        super().__init__(
            ui.Select(
                custom_id=f"sessions:hand:{session_id}:{question_id}",
                placeholder="Who goes on?",
                options=options or [discord.SelectOption(label="…", value="0")],
            )
        )
        self._session_id = session_id
        self._question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "HandSelect":
        """The list as it was used."""
        return cls(int(match["session"]), int(match["question"]), [])

    async def pressed(self, interaction: Interaction) -> None:
        """Hand the question over."""
        data: Any = interaction.data
        await panel_actions.hand_to(interaction, self._session_id, self._question_id, int(data["values"][0]))


class LeftButton(LastingItem[ui.Button[Any]], template=r"sessions:left:(?P<action>carry|keep):(?P<session>\d+)"):
    """Decides what becomes of the questions a session left unanswered."""

    def __init__(self, action: str, session_id: int) -> None:
        label, style = {
            "carry": ("Carry over to the next session", discord.ButtonStyle.primary),
            "keep": ("Leave open for written answers", discord.ButtonStyle.secondary),
        }[action]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"sessions:left:{action}:{session_id}"))
        self._action = action
        self._session_id = session_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "LeftButton":
        """The button as it was pressed."""
        return cls(match["action"], int(match["session"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Do what was chosen."""
        await panel_actions.decide_left(interaction, self._session_id, carry=self._action == "carry")


def picker(board: Board, start: int) -> BaseView:
    """Lists of the questions from this place on."""
    view = BaseView(timeout=None)
    for row in range(_LISTS):
        if start < len(board.waiting):
            select = QuestionSelect.of(board, start, row=row)
            view.add_item(select)
            start += select.length
    return view


def sheet_message(sheet: Sheet) -> tuple[discord.Embed, BaseView]:
    """All about one question, for a host, with what can be done about it."""
    question, session = sheet.question, sheet.session
    embed = discord.Embed(description=question_text(question, 2000), colour=_COLOUR)
    if question.context:
        embed.add_field(name="Context", value=safe_within(question.context, 1000), inline=False)
    embed.add_field(name="Asked", value=asked_by(question), inline=False)
    if sheet.notes:
        embed.add_field(name="Notes, for hosts only", value=notes_text(sheet.notes), inline=False)
    view = BaseView(timeout=None)
    for action in ("take", "skip", "later", "note"):
        view.add_item(PanelButton(action, session.id, question.id, 0))
    return embed, view


async def hand(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """Hand over to the other host; of several the host chooses. Raises NoCoHostError."""
    session = await hosted(interaction, session_id)
    answering = services_of(interaction).answering
    sheet = await answering.sheet(session.guild_id, session_id, question_id)
    others = [host_id for host_id in session.host_ids if host_id != sheet.question.answered_by_id]
    if not others:
        raise NoCoHostError
    if len(others) == 1:
        await answering.hand_over(session.guild_id, session_id, question_id, others[0], now_of(interaction))
        await seen(interaction, "Handed over.")
        return
    members = await find_members(guild_of(interaction), others)
    view = BaseView(timeout=None)
    view.add_item(HandSelect(session_id, question_id, [(member.id, member.display_name) for member in members]))
    await interaction.response.send_message("Who goes on with this question?", view=view, ephemeral=True)


async def note(interaction: Interaction, session_id: int, question_id: int, _second: int) -> None:
    """Ask for a note about a question, and its topic."""
    session = await hosted(interaction, session_id)
    sheet = await services_of(interaction).answering.sheet(session.guild_id, session_id, question_id)
    await interaction.response.send_modal(NoteModal(session_id, question_id, sheet.question.topic))


async def close(interaction: Interaction, session_id: int, _first: int, _second: int) -> None:
    """Ask whether the session is really over."""
    session = await hosted(interaction, session_id)
    text, view = await closing_question(interaction, session)
    await interaction.response.send_message(text, view=view, ephemeral=True)


async def closing_question(interaction: Interaction, session: Session) -> tuple[str, BaseView]:
    """What a host is asked before a session is closed."""
    left = await services_of(interaction).live.left(session.guild_id, session.id)
    told = {0: "Every question has its answer.", 1: "1 question has no answer yet."}
    open_ones = told.get(left, f"{left} questions have no answer yet.")
    text = f"Close **{safe_name(session.title)}**? {open_ones} The recap goes out at once."
    return text, BaseView(timeout=None).add_item(PanelButton("end", session.id, 0, 0))


async def show_sheet(interaction: Interaction, session_id: int, question_id: int) -> None:
    """Show a host all about a question they picked."""
    session = await hosted(interaction, session_id)
    sheet = await services_of(interaction).answering.sheet(session.guild_id, session_id, question_id)
    embed, view = sheet_message(sheet)
    await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


async def show_more(interaction: Interaction, session_id: int, start: int) -> None:
    """Show the questions for which a list had no room."""
    session = await hosted(interaction, session_id)
    board = await services_of(interaction).live.board(session.guild_id, session_id)
    view = picker(board, start)
    if not view.children:
        await interaction.response.send_message("There are no more questions just now.", ephemeral=True)
        return
    await interaction.response.send_message("More questions, by votes:", view=view, ephemeral=True)


_ACTIONS: dict[str, Action] = {
    "take": panel_actions.take, "done": panel_actions.done, "skip": panel_actions.skip, "later": panel_actions.later,
    "next": panel_actions.go_on, "hand": hand, "longer": panel_actions.longer, "note": note, "close": close,
    "end": panel_actions.end,
}  # fmt: skip
