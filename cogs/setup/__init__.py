"""Setting a community up inside Discord."""

from bot.client import Tribekeeper
from cogs.setup.cog import Setup
from cogs.setup.views import ChannelPicker, HostRolePicker, PanelButton


async def setup(bot: Tribekeeper) -> None:
    """Offer the set-up."""
    bot.add_dynamic_items(ChannelPicker, HostRolePicker, PanelButton)
    await bot.add_cog(Setup(bot))
