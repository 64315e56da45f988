"""Taking part as Discord sees it: one's own card, thanks, levels and their roles."""

from bot.client import Tribekeeper
from cogs.engagement.levels import Levels
from cogs.engagement.taking_part import TakingPart


async def setup(bot: Tribekeeper) -> None:
    """Offer the card and the marks, and let roles follow levels."""
    await bot.add_cog(TakingPart(bot))
    await bot.add_cog(Levels(bot))
