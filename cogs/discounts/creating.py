"""From a form to a discount: what is unclear is asked, what it means is shown, and a host confirms."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.client import Services
from bot.discounts.errors import CapTooSmallError, CodeInPublicError, NoteTooLongError
from bot.discounts.rules import CodeKind, Discount
from bot.errors import UserFacingError
from bot.programs.errors import NoSuchProgramError
from bot.ui.errors import reply_error
from bot.ui.views import BaseView
from cogs.discounts.actions import check_host, program_of, services_of
from cogs.discounts.conditions import ConditionsView
from cogs.discounts.confirming import draft_card
from cogs.discounts.drafting import Sketch, TwoTimesError, carried_over, draft_of, sketch_of
from cogs.discounts.forms import DetailsModal, DiscountModal
from cogs.discounts.pressing import DoButton
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]

#: How long a card waits for a host, in seconds.
PATIENCE = 3600.0


def form_for(sketch: Sketch) -> DiscountModal:
    """The form a discount begins with."""
    return DiscountModal(sketch, go_on)


async def sketch_now(services: Services, discount: Discount, zone: str, *, is_asked_for: bool = False) -> Sketch:
    """As `sketch_of`, with the program as it is now. Raises NoSuchProgramError."""
    program = await program_of(services, discount.guild_id, discount.program_id)
    if program is None:
        raise NoSuchProgramError
    return sketch_of(discount, program, zone, is_asked_for=is_asked_for)


async def go_on(interaction: Interaction, sketch: Sketch) -> None:
    """Ask what is unclear, or show what was typed as a card to confirm.

    A refusal is answered with a way back to the form: nothing typed is lost.
    """
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
    services, now = services_of(interaction), services_of(interaction).clock.now()
    try:
        draft = draft_of(sketch, now)
        before = await services.discounts.check(
            sketch.program.guild_id, draft, now, sketch.discount_id, sketch.revision
        )  # fmt: skip
    except TwoTimesError as question:
        await _show(interaction, question.message, None, QuestionView(sketch, question))
    except UserFacingError as error:
        await reply_error(interaction, error, view=ChangeView(sketch, error))
    else:
        card = draft_card(draft, sketch.program, now, before)
        await _show(interaction, None, card, ConfirmView(sketch.showing(draft)))


async def _show(interaction: Interaction, text: str | None, card: discord.Embed | None, view: ui.View | None) -> None:
    await interaction.edit_original_response(
        content=text, embed=card, view=view, allowed_mentions=discord.AllowedMentions.none()
    )  # fmt: skip


class _SketchView(BaseView):
    """Something that is asked about a sketch."""

    def __init__(self, sketch: Sketch) -> None:
        super().__init__(timeout=PATIENCE)
        self.sketch = sketch

    def add_button(
        self,
        label: str,
        pressed: Callable[[Interaction], Awaitable[None]],
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        """A button that does `pressed`."""
        self.add_item(DoButton(label, pressed, style))

    async def change(self, interaction: Interaction) -> None:
        """Open the form again, with what was typed."""
        await interaction.response.send_modal(form_for(await self._sketch_now(interaction)))

    async def details(self, interaction: Interaction) -> None:
        """Ask for the note and the limit."""
        await interaction.response.send_modal(DetailsModal(await self._sketch_now(interaction), go_on))

    async def _sketch_now(self, interaction: Interaction) -> Sketch:
        """What a host changed so far; all the rest is as the discount is now."""
        sketch = self.sketch
        if sketch.discount_id is None:
            return sketch
        services = services_of(interaction)
        discount = await services.discounts.get(sketch.program.guild_id, sketch.discount_id)
        return carried_over(sketch, await sketch_now(services, discount, sketch.zone, is_asked_for=True))


class ChangeView(_SketchView):
    """The ways back to the forms, under a refusal: the first is to the form it is about."""

    def __init__(self, sketch: Sketch, refusal: UserFacingError) -> None:
        super().__init__(sketch)
        first, other = self.change, ("Note and limit", self.details)
        if _is_about_details(refusal):
            first, other = self.details, ("Name, amount and times", self.change)
        self.add_button("Change it, nothing is lost", first, discord.ButtonStyle.primary)
        self.add_button(*other)


def _is_about_details(refusal: UserFacingError) -> bool:
    """Whether it is about what is written in the form of the note and the limit."""
    is_in_note = isinstance(refusal, CodeInPublicError) and refusal.where == "note"
    return is_in_note or isinstance(refusal, NoteTooLongError | CapTooSmallError)


class QuestionView(_SketchView):
    """Which of two times was meant."""

    def __init__(self, sketch: Sketch, question: TwoTimesError) -> None:
        super().__init__(sketch)
        for label, meant in question.choices:
            self.add_button(label, _answering(sketch.answered(question, meant)), discord.ButtonStyle.primary)
        self.add_button("Write another time", self.change)


def _answering(sketch: Sketch) -> Callable[[Interaction], Awaitable[None]]:
    async def pressed(interaction: Interaction) -> None:
        await go_on(interaction, sketch)

    return pressed


class ConfirmView(_SketchView):
    """Create or save it, or change something first."""

    def __init__(self, sketch: Sketch) -> None:
        super().__init__(sketch)
        self._is_done = False
        label = "Create it" if sketch.discount_id is None else "Save it"
        self.add_button(label, self.confirm, discord.ButtonStyle.success)
        self.add_button("Change", self.change)
        self.add_button("Note and limit", self.details)
        self.add_button("Who gets it", self.conditions)
        self.add_button("Cancel", self.cancel)

    async def confirm(self, interaction: Interaction) -> None:
        """Write it down, once: a second press before the first is done does nothing."""
        check_host(interaction)
        await interaction.response.defer()
        if self._is_done:
            return
        self._is_done = True
        try:
            discount = await _keep(interaction, self.sketch)
        except UserFacingError as error:
            self._is_done = False
            await reply_error(interaction, error, view=ChangeView(self.sketch, error))
            return
        except BaseException:
            self._is_done = False
            raise
        await _show(interaction, _kept(discount, is_new=self.sketch.discount_id is None), None, None)

    async def conditions(self, interaction: Interaction) -> None:
        """Show who gets it, to change that."""
        assert interaction.guild is not None, "discounts are made in guilds"
        view = ConditionsView(self.sketch, interaction.guild, go_on, PATIENCE)
        await interaction.response.edit_message(content=view.text, embed=None, view=view)

    async def cancel(self, interaction: Interaction) -> None:
        """Keep nothing."""
        await interaction.response.edit_message(content="Nothing was changed.", embed=None, view=None)


async def _keep(interaction: Interaction, sketch: Sketch) -> Discount:
    services, now = services_of(interaction), services_of(interaction).clock.now()
    guild_id, host_id = sketch.program.guild_id, interaction.user.id
    draft = draft_of(sketch, now)
    if sketch.discount_id is None:
        return await services.discounts.create(guild_id, draft, host_id, now)
    return await services.discounts.edit(guild_id, sketch.discount_id, draft, host_id, now, sketch.revision)


def _kept(discount: Discount, *, is_new: bool) -> str:
    name = called(discount)
    if not is_new:
        paused = " It is still paused: `/discount resume` continues." if discount.paused else ""
        return f"**{name}** is saved. Its card, where it was posted, follows by itself.{paused}"
    post = "`/discount post` shows it to everybody, with a button."
    if discount.kind is CodeKind.POOL:
        return f"**{name}** is made. It needs its codes now: `/discount import` takes them from a file. Then {post}"
    return f"**{name}** is made. {post} Until then members find it with `/code claim`."
