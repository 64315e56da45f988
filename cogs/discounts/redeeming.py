"""Sales from the file of a shop: what would be noted is shown first; a host says yes."""

from typing import Any

import discord
from discord import ui

from bot.discounts.rules import Discount, counted
from bot.discounts.sale_rules import RedemptionPlan
from bot.ui.views import BaseView
from cogs.discounts.actions import check_host, services_of
from cogs.discounts.importing import PATIENCE
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]


def plan_text(discount: Discount, plan: RedemptionPlan) -> str:
    """What a file would do."""
    name = called(discount)
    lines = [f"This file has {counted(plan.new, 'new sale')} with **{name}**." if plan.new else _nothing(name)]
    waits = ["-# Nothing is noted yet."] if plan.new or plan.completed else []
    return "\n".join([*lines, *_notes(plan), *waits])


def _nothing(name: str) -> str:
    return f"This file has no new sale with **{name}**."


def _notes(plan: RedemptionPlan) -> list[str]:
    notes: list[str] = []
    if plan.repeated:
        verb = "repeats" if plan.repeated == 1 else "repeat"
        notes.append(f"{counted(plan.repeated, 'line')} {verb} a sale of the file; each sale counts once.")
    if plan.already_known:
        notes.append(f"I know {counted(plan.already_known, 'line')} of it already.")
    if plan.completed:
        notes.append(f"It tells the code or the order of {counted(plan.completed, 'sale')} I know without.")
    if plan.without_claim:
        notes.append(
            f"{counted(plan.without_claim, 'code')} of it nobody claimed here; what is used I give to nobody any more."
        )
    if plan.void:
        notes.append(f"I leave {counted(plan.void, 'order')} out, as refunded, cancelled or never paid.")
    if plan.gone:
        notes.append(f"{counted(plan.gone, 'sale')} of those I had noted; I take that back.")
    if plan.foreign:
        notes.append(f"I leave {counted(plan.foreign, 'line')} out, with codes of something else.")
    return notes


def _noted(discount: Discount, plan: RedemptionPlan) -> str:
    name = called(discount)
    if not plan.is_news:
        done = f"All of it was noted with **{name}** before."
    elif plan.new or plan.completed:
        noted = counted(plan.new, "sale") if plan.new else f"more about {counted(plan.completed, 'sale')}"
        done = f"✅ Noted {noted} with **{name}**."
    else:
        done = f"✅ Took back {counted(plan.gone, 'sale')} with **{name}**."
    return f"{done} `/discount report` shows the whole."


class RedeemView(BaseView):
    """Note the sales, or leave it."""

    def __init__(self, discount: Discount, content: bytes) -> None:
        super().__init__(timeout=PATIENCE)
        self._discount = discount
        self._content = content
        self._is_running = False

    @ui.button(label="Note these", style=discord.ButtonStyle.success)
    async def note_these(self, interaction: Interaction, _button: ui.Button["RedeemView"]) -> None:
        """Note them, once."""
        check_host(interaction)
        await interaction.response.defer()
        if self._is_running:
            return
        self._is_running = True
        services, discount = services_of(interaction), self._discount
        try:
            plan = await services.discount_reports.apply_redemptions(
                discount.guild_id, discount.id, self._content, interaction.user.id, services.clock.now()
            )
        finally:
            self._is_running = False
        await interaction.edit_original_response(content=_noted(discount, plan), view=None)
        self.stop()

    @ui.button(label="Leave it", style=discord.ButtonStyle.secondary)
    async def leave(self, interaction: Interaction, _button: ui.Button["RedeemView"]) -> None:
        """Note nothing."""
        await interaction.response.edit_message(content="Nothing was noted.", view=None)
        self.stop()
