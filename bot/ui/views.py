"""Base classes of everything a person can press or fill in: an error in them is answered, never swallowed."""

from typing import Any, Generic, TypeVar

import discord
from discord import ui

from bot.ui.errors import reply_error

ItemT = TypeVar("ItemT", bound=ui.Item[Any])


class BaseView(ui.View):
    """Buttons and selects under a message."""

    async def on_error(self, interaction: discord.Interaction, error: Exception, item: ui.Item[Any], /) -> None:
        """Answer the error."""
        await reply_error(interaction, error)


class BaseLayout(ui.LayoutView):
    """A message made of components."""

    async def on_error(self, interaction: discord.Interaction, error: Exception, item: ui.Item[Any], /) -> None:
        """Answer the error."""
        await reply_error(interaction, error)


class BaseModal(ui.Modal):
    """A form. What was typed is never lost: a subclass's `again` opens it once more, filled in."""

    async def on_error(self, interaction: discord.Interaction, error: Exception, /) -> None:
        """Answer the error, with a button that opens the form again."""
        await reply_error(interaction, error, view=_TryAgain(self))

    def again(self) -> "BaseModal":
        """The same form, holding what was typed."""
        raise NotImplementedError


class _TryAgain(BaseView):
    # Discord does not allow a form in answer to a form, so a button stands between them.
    def __init__(self, modal: BaseModal) -> None:
        super().__init__(timeout=900)
        self._modal = modal

    @ui.button(label="Try again, nothing is lost", style=discord.ButtonStyle.primary)
    async def try_again(self, interaction: discord.Interaction, _button: ui.Button["_TryAgain"]) -> None:
        await interaction.response.send_modal(self._modal.again())


class LastingItem(ui.DynamicItem[ItemT], Generic[ItemT], template="unused"):
    """A button or select that works for ever, also after a restart: all it knows stands in its custom id."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was pressed; discord.py only logs errors of dynamic items, so they are answered here."""
        try:
            await self.pressed(interaction)
        except Exception as error:
            await reply_error(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """What happens on a press."""
        raise NotImplementedError
