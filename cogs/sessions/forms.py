"""The form of a session, and the card on which a host sees it before it is kept."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.local_time import LocalTime
from bot.sessions.rules import LONGEST_DESCRIPTION, LONGEST_TITLE, MOST_HOSTS
from bot.ui.views import BaseModal, BaseView

Interaction = discord.Interaction[Any]

#: How long a host may look at a card before its buttons stop working, in seconds; Discord's own limit is the same.
_LOOKED_AT = 890.0


@dataclass(frozen=True, slots=True)
class Typed:
    """What a host typed into the form, as it was typed."""

    title: str = ""
    description: str = ""
    start: str = ""
    length: str = "60 min"
    host_ids: tuple[int, ...] = ()
    bots: bool = False


Submit = Callable[[Interaction, Typed], Awaitable[None]]
Act = Callable[[Interaction], Awaitable[None]]


class SessionModal(BaseModal):
    """What a session is about, when, and who hosts it."""

    def __init__(self, heading: str, typed: Typed, zone: str, submit: Submit) -> None:
        super().__init__(title=heading, timeout=None)
        self._heading, self._zone, self._submit = heading, zone, submit
        text = ui.TextInput["SessionModal"]
        self.name = text(custom_id="title", default=typed.title or None, max_length=LONGEST_TITLE)
        self.about = text(
            custom_id="description",
            style=discord.TextStyle.paragraph, required=False, max_length=LONGEST_DESCRIPTION,
            default=typed.description or None, placeholder="What will you talk about? What may people ask?",
        )  # fmt: skip
        self.start = text(custom_id="start", default=typed.start or None, max_length=60, placeholder="May 1 7pm")
        self.lasts = text(custom_id="length", default=typed.length or None, max_length=20, placeholder="60 min")
        self.hosts = ui.UserSelect["SessionModal"](
            custom_id="hosts",
            required=True, min_values=1, max_values=MOST_HOSTS,
            default_values=[discord.Object(host_id, type=discord.User) for host_id in typed.host_ids],
        )  # fmt: skip
        self.add_item(ui.Label(text="Title", component=self.name))
        self.add_item(ui.Label(text="Description", component=self.about))
        when = f"A date and a time in {zone}, as you would write it"[:100]
        self.add_item(ui.Label(text="Start", description=when, component=self.start))
        self.add_item(ui.Label(text="Length", component=self.lasts))
        self.add_item(ui.Label(text="Hosts", description=f"1 to {MOST_HOSTS}", component=self.hosts))

    @property
    def typed(self) -> Typed:
        """What was typed."""
        people = self.hosts.values
        return Typed(
            self.name.value, self.about.value, self.start.value, self.lasts.value,
            tuple(person.id for person in people), any(getattr(person, "bot", False) for person in people),
        )  # fmt: skip

    def again(self) -> "SessionModal":
        """The form with what was typed."""
        return SessionModal(self._heading, self.typed, self._zone, self._submit)

    async def on_submit(self, interaction: Interaction) -> None:
        """Hand on what was typed."""
        await self._submit(interaction, self.typed)


class Choice(BaseView):
    """Buttons of which one is pressed once; a second press, or a double click, does nothing more."""

    def __init__(self, choices: Sequence[tuple[str, discord.ButtonStyle, Act]]) -> None:
        super().__init__(timeout=_LOOKED_AT)
        self._is_made = False
        for label, style, act in choices:
            self.add_item(_ChoiceButton(label, style, act))

    async def make(self, interaction: Interaction, act: Act) -> None:
        """Do what was chosen, unless something was."""
        if self._is_made:
            await interaction.response.defer()
            return
        self._is_made = True
        try:
            await act(interaction)
        except Exception:
            self._is_made = False
            raise


class _ChoiceButton(ui.Button[Choice]):
    def __init__(self, label: str, style: discord.ButtonStyle, act: Act) -> None:
        super().__init__(label=label[:80], style=style)
        self._act = act

    async def callback(self, interaction: Interaction) -> None:
        assert self.view is not None, "the button stands in a view"
        await self.view.make(interaction, self._act)


def which_of_two(
    first: LocalTime, second: LocalTime, use: Callable[[Interaction, LocalTime], Awaitable[None]]
) -> Choice:
    """Asks which of two moments was meant where a time comes twice, or midnight may be either end of a day."""
    labels = [_label(first), _label(second)]

    def using(local: LocalTime) -> Act:
        async def act(interaction: Interaction) -> None:
            await use(interaction, local)

        return act

    return Choice([
        (labels[0], discord.ButtonStyle.primary, using(first)),
        (labels[1], discord.ButtonStyle.primary, using(second)),
    ])  # fmt: skip


def _label(local: LocalTime) -> str:
    zone = local.at.replace(tzinfo=ZoneInfo(local.zone), fold=local.fold).tzname() or ""
    return f"{local.at:%A, %B} {local.at.day}, {local.at:%H:%M} ({zone})"
