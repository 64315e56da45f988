"""Discounts and codes as Discord sees them."""

from bot.client import Tribekeeper
from cogs.discounts.claim import Codes
from cogs.discounts.cog import Discounts
from cogs.discounts.ending import EndButton
from cogs.discounts.keeping import Keeping
from cogs.discounts.posting import PostAgainButton
from cogs.discounts.views import AuditButton, ChooseCode, GetCodeButton, ListButton


async def setup(bot: Tribekeeper) -> None:
    """Offer the commands, and keep posted cards as they should be."""
    bot.add_dynamic_items(GetCodeButton, ChooseCode, AuditButton, ListButton, EndButton, PostAgainButton)
    await bot.add_cog(Discounts(bot))
    await bot.add_cog(Codes(bot))
    await bot.add_cog(Keeping(bot))
