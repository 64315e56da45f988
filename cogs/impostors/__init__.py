"""Look-alikes of hosts, and `/verify`, as Discord sees them."""

from bot.client import Tribekeeper
from cogs.impostors.cog import Impostors
from cogs.impostors.views import AlertButton, ConfirmButton


async def setup(bot: Tribekeeper) -> None:
    """Start looking out for impostors."""
    bot.add_dynamic_items(AlertButton, ConfirmButton)
    await bot.add_cog(Impostors(bot))
