"""A price from the form to the table: read, asked about, confirmed, kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.communities.errors import UnknownTimeZoneError
from bot.communities.rules import find_time_zone, similar_time_zones
from bot.errors import UserFacingError
from bot.local_time import AmbiguousTimeError, LocalTime, MidnightError, end_meant, read, start_meant, typed_again
from bot.money import currency_named, parse_amount, plain_amount
from bot.programs.rules import Price, Program
from bot.ui.times import ask_which, show
from bot.ui.views import BaseView, LastingItem
from cogs.programs.actions import host_guild, services_of, still_open
from cogs.programs.cards import called, confirmation, period, price_text
from cogs.programs.forms import PriceModal, TypedPrice
from cogs.programs.stalling import show_with_discounts, would_pause
from cogs.programs.views import ShowButton

Interaction = discord.Interaction[Any]
_STARTS, _UNTIL = "From", "Until"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a price belongs: in the place of that with the label `replacing`, if there is one. Dates are in `zone`."""

    program_id: int
    zone: str
    replacing: str | None = None


async def zone_for(interaction: Interaction, typed: str | None, price: Price | None = None) -> str:
    """The zone a host chose, or in which the price's dates are meant, or the guild's.

    Raises UnknownTimeZoneError, and UserFacingError where nobody ever chose one.
    """
    if typed is not None:
        name = find_time_zone(typed)
        if name is None:
            raise UnknownTimeZoneError(typed, similar_time_zones(typed))
        return name
    local = price and (price.until or price.starts)
    community = await services_of(interaction).communities.get(host_guild(interaction).id)
    zone = local.zone if local else community.time_zone
    if zone is None:
        raise UserFacingError(
            "In which time zone are your dates? Choose one with `/setup time_zone:` (a city near you will do), or for "
            "this price alone with `zone:` in `/program price add`."
        )
    return zone


def form_for(program: Program, zone: str, price: Price | None = None) -> PriceModal:
    """The form for one more price, or for changing one. Raises ArchivedError."""
    target = Target(still_open(program).id, zone, price.label if price else None)
    typed = typed_of(price) if price else TypedPrice(currency=program.prices[-1].currency if program.prices else "USD")
    return PriceModal("Change a price" if price else "Add a price", zone, typed, partial(take, target))


def typed_of(price: Price) -> TypedPrice:
    """What a host could have typed for a price."""
    return TypedPrice(
        price.label, plain_amount(price.amount, price.currency), price.currency,
        typed_again(price.starts) if price.starts else "",
        typed_again(price.until, is_end=True) if price.until else "",
    )  # fmt: skip


async def take(
    target: Target, interaction: Interaction, typed: TypedPrice, answers: Mapping[str, LocalTime] | None = None
) -> None:
    """Read what was typed; ask what could be two times, and then whether to keep the price.

    `answers` are the times that were asked about so far. Raises UserFacingError for what cannot be read or kept.
    """
    guild, answers = host_guild(interaction), answers or {}
    currency = currency_named(typed.currency)
    amount = parse_amount(typed.amount, currency)
    times: dict[str, LocalTime | None] = {}
    for name, text in ((_STARTS, typed.starts), (_UNTIL, typed.until)):
        try:
            times[name] = answers.get(name) or _time(name, text, target.zone, interaction)
        except (MidnightError, AmbiguousTimeError) as unclear:

            async def go_on(pressed: Interaction, local: LocalTime, name: str = name) -> None:
                await take(target, pressed, typed, {**answers, name: local})

            await ask_which(interaction, unclear, name, go_on)
            return
    price = Price(" ".join(typed.label.split()), amount, currency, times[_STARTS], times[_UNTIL])
    services = services_of(interaction)
    program = await services.programs.check_price(guild.id, target.program_id, price, target.replacing)
    lines = [confirmation(program, price, interaction.created_at, target.replacing)]
    lines += await would_pause(services, program, price, target.replacing)
    await show(interaction, "\n".join(lines), _Confirmation(target, typed, price))


def _time(name: str, text: str, zone: str, interaction: Interaction) -> LocalTime | None:
    if not text.strip():
        return None
    place = ZoneInfo(zone)
    reading = read(text, place, interaction.created_at)
    return (start_meant if name == _STARTS else end_meant)(reading, place)


class _Confirmation(BaseView):
    """The last question before a price is kept."""

    def __init__(self, target: Target, typed: TypedPrice, price: Price) -> None:
        super().__init__(timeout=900)
        self._target, self._typed, self._price = target, typed, price

    @ui.button(label="Keep it", style=discord.ButtonStyle.success)
    async def keep(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Keep the price."""
        guild, target = host_guild(interaction), self._target
        programs = services_of(interaction).programs
        program = await programs.put_price(guild.id, target.program_id, self._price, target.replacing)
        text = f"Kept for **{called(program)}**: {price_text(self._price)}, {period(program, self._price)}."
        await show_with_discounts(interaction, text, program, next_steps(program))

    @ui.button(label="Change it", style=discord.ButtonStyle.secondary)
    async def change(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Open the form once more, filled in."""
        host_guild(interaction)
        title = "Change a price" if self._target.replacing else "Add a price"
        form = PriceModal(title, self._target.zone, self._typed, partial(take, self._target))
        await interaction.response.send_modal(form)


class AddPriceButton(LastingItem[ui.Button[Any]], template=r"programs:price:(?P<program>\d+)"):
    """Opens the form for one more price."""

    def __init__(self, program_id: int) -> None:
        super().__init__(
            ui.Button(
                label="Add a price", style=discord.ButtonStyle.primary, custom_id=f"programs:price:{program_id}"
            )
        )  # fmt: skip
        self._program_id = program_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "AddPriceButton":
        """The button as it was pressed."""
        return cls(int(match["program"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form."""
        guild = host_guild(interaction)
        program = await services_of(interaction).programs.get(guild.id, self._program_id)
        await interaction.response.send_modal(form_for(program, await zone_for(interaction, None)))


def next_steps(program: Program) -> BaseView:
    """What a host may want to do next with a program."""
    return BaseView(timeout=None).add_item(AddPriceButton(program.id)).add_item(ShowButton(program.id))
