"""From what a host typed to a session that is kept: read, asked back, shown, and then done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord

from bot.communities.rules import ChannelPurpose, Community
from bot.errors import UserFacingError
from bot.local_time import (
    AmbiguousTimeError,
    LocalTime,
    MidnightError,
    UnreadableTimeError,
    long_date,
    read,
    start_meant,
    zone_name,
)
from bot.programs.rules import read_length
from bot.sessions.errors import NoHomeError, TooManyHostsError, UnusableSessionError
from bot.sessions.rules import Place, PlaceKind, Session
from bot.ui.permissions import NEEDED, how_to_grant, missing_in
from cogs.sessions.cards import Around, card
from cogs.sessions.choices import chosen_program, guild_of, services_of
from cogs.sessions.forms import Act, Choice, SessionModal, Typed, which_of_two
from cogs.sessions.notices import missing_for_event

Interaction = discord.Interaction[Any]
Venue = discord.VoiceChannel | discord.StageChannel
Styles = discord.ButtonStyle


@dataclass(frozen=True, slots=True)
class Options:
    """What a host chose beside the form; None where nothing was."""

    place: Venue | None = None
    link: str | None = None
    program: str | None = None
    role: discord.Role | None = None
    questions: int | None = None
    moderated: bool | None = None
    anonymous: bool | None = None
    places: int | None = None


#: Keeps a session for good, and says so.
Keep = Callable[[Interaction, Session], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A form on its way: its heading, what it changes, and what is done in the end, by the labels of the buttons."""

    heading: str
    base: Session
    known_start: str
    keep: tuple[tuple[str, Keep], ...]

    async def open(self, interaction: Interaction, typed: Typed) -> None:
        """Show the form."""
        community = await services_of(interaction).communities.get(guild_of(interaction).id)
        zone = f"{zone_name(community.zone.key)} time"
        await interaction.response.send_modal(SessionModal(self.heading, typed, zone, self.submitted))

    async def submitted(self, interaction: Interaction, typed: Typed) -> None:
        """Read what was typed, and ask where it may be two moments. Raises UserFacingError."""
        length = read_length(typed.length)
        if length is None:
            raise UnusableSessionError("I cannot read that length. Write it like `60`, `90 min` or `1 h 30 min`.")
        if typed.bots:
            raise TooManyHostsError
        community = await services_of(interaction).communities.get(guild_of(interaction).id)

        async def use(pressed: Interaction, starts: LocalTime) -> None:
            await self._show(pressed, typed, length, starts, community, is_answer=pressed is not interaction)

        try:
            starts = self._starts(interaction, typed, community)
        except AmbiguousTimeError as error:
            await _ask(interaction, error.first, error.second, f"{error.message.split(' Say')[0]} Which one?", use)
        except MidnightError as error:
            day = long_date(error.day)
            await _ask(interaction, error.start, error.end, f"At midnight {day} begins, and it ends. Which one?", use)
        else:
            await use(interaction, starts)

    def _starts(self, interaction: Interaction, typed: Typed, community: Community) -> LocalTime:
        if self.known_start and typed.start.strip() == self.known_start:
            return self.base.starts  # Nobody touched it, so nothing has to be asked once more.
        now = services_of(interaction).clock.now()
        reading = read(typed.start, community.zone, now)
        if reading.time is None and not reading.says_midnight:
            raise UnreadableTimeError(typed.start, "Write the time, too: `May 1 7pm` or `2026-05-01 19:00`.")
        return start_meant(reading, community.zone)

    async def _show(
        self,
        interaction: Interaction,
        typed: Typed,
        length: timedelta,
        starts: LocalTime,
        community: Community,
        *,
        is_answer: bool,
    ) -> None:
        guild, services = guild_of(interaction), services_of(interaction)
        draft = replace(
            self.base, title=" ".join(typed.title.split()), description=typed.description.strip(), starts=starts,
            length=length, host_ids=tuple(dict.fromkeys(typed.host_ids)),
        )  # fmt: skip
        services.sessions.check(draft, services.clock.now())
        program = await services.programs.get(guild.id, draft.program_id) if draft.program_id else None
        text = "\n".join(["This is how it looks. Is it right?", *_warnings(guild, draft, community)])
        answer: dict[str, Any] = {
            "content": text, "embed": card(guild, draft, Around(program=program.name if program else "")),
            "view": self._buttons(draft, typed), "allowed_mentions": discord.AllowedMentions.none(),
        }  # fmt: skip
        if is_answer:
            await interaction.response.edit_message(**answer)
        else:
            await interaction.response.send_message(**answer, ephemeral=True)

    def _buttons(self, draft: Session, typed: Typed) -> Choice:
        def keeping(keep: Keep) -> Act:
            async def act(interaction: Interaction) -> None:
                await keep(interaction, draft)

            return act

        view = Choice([
            (label, Styles.success if number == 0 else Styles.primary, keeping(keep))
            for number, (label, keep) in enumerate(self.keep)
        ])  # fmt: skip

        async def change(interaction: Interaction) -> None:
            await self.open(interaction, typed)

        # Whoever closes the form again can still press the other buttons, so this one does not count as a choice.
        view.add_item(ChangeButton(change))
        return view


class ChangeButton(discord.ui.Button[Choice]):
    """Opens the form once more."""

    def __init__(self, change: Act) -> None:
        super().__init__(label="Change something", style=Styles.secondary)
        self._change = change

    async def callback(self, interaction: Interaction) -> None:
        """Open it."""
        await self._change(interaction)


async def _ask(
    interaction: Interaction,
    first: LocalTime,
    second: LocalTime,
    question: str,
    use: Callable[[Interaction, LocalTime], Awaitable[None]],
) -> None:
    await interaction.response.send_message(question, view=which_of_two(first, second, use), ephemeral=True)


def _warnings(guild: discord.Guild, session: Session, community: Community) -> list[str]:
    warnings: list[str] = []
    if community.time_zone is None:
        warnings.append("I read your time as UTC: no time zone was chosen yet. `/setup` chooses one.")
    if missing := missing_for_event(guild, session):
        names = ", ".join(f"*{name}*" for name in missing)
        warnings.append(f"I cannot make an event in Discord without {names}. It follows as soon as I am granted that.")
    return [f"⚠️ {warning}" for warning in warnings]


async def with_options(interaction: Interaction, session: Session, options: Options) -> Session:
    """A session with what was chosen beside the form. Raises UserFacingError with what does not work."""
    changes: dict[str, Any] = {}
    if options.place is not None and options.link is not None:
        raise UserFacingError("Choose a channel or write a link, not both: a session is held in one place.")
    if options.place is not None:
        is_stage = isinstance(options.place, discord.StageChannel)
        changes["place"] = Place(PlaceKind.STAGE if is_stage else PlaceKind.VOICE, options.place.id)
    if options.link is not None:
        changes["place"] = Place(PlaceKind.LINK, None, options.link.strip())
    if options.program is not None:
        program = await chosen_program(interaction, options.program)
        changes |= {"program_id": program.id, "role_id": program.role_id}
    if options.role is not None:
        changes["role_id"] = None if options.role.is_default() else options.role.id
    chosen = {
        "questions_each": options.questions, "is_moderated": options.moderated, "allows_anonymous": options.anonymous,
    }  # fmt: skip
    changes |= {name: value for name, value in chosen.items() if value is not None}
    if options.places is not None:
        changes["capacity"] = options.places or None
    return replace(session, **changes)


def check_home(guild: discord.Guild, community: Community) -> None:
    """Raise NoHomeError or UserFacingError where a session's thread cannot be opened."""
    channels = community.channels
    home = channels.get(ChannelPurpose.QUESTIONS) or channels.get(ChannelPurpose.ANNOUNCEMENTS)
    channel = guild.get_channel(home or 0)
    if channel is None:
        raise NoHomeError
    if missing := missing_in(channel, NEEDED[ChannelPurpose.QUESTIONS]):
        raise UserFacingError(how_to_grant(channel.mention, missing))
