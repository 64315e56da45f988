"""Programs as Discord sees them."""

from bot.client import Tribekeeper
from cogs.programs.cog import Programs
from cogs.programs.pricing import AddPriceButton
from cogs.programs.stalling import ResumeButton
from cogs.programs.views import ListPageButton, RecordingsButton, RestoreButton, ShowButton


async def setup(bot: Tribekeeper) -> None:
    """Show programs, and let hosts write them."""
    bot.add_dynamic_items(AddPriceButton, ListPageButton, RecordingsButton, RestoreButton, ResumeButton, ShowButton)
    await bot.add_cog(Programs(bot))
