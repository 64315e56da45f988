"""How Discord sees taking part."""

from bot.client import Tribekeeper
from cogs.engagement.counting import Counting
from cogs.engagement.levels import Levels
from cogs.engagement.levels_settings import UseAnywayButton
from cogs.engagement.settings import Engagement
from cogs.engagement.taking_part import TakingPart


async def setup(bot: Tribekeeper) -> None:
    """Start counting, offer the card and the marks, and let roles follow levels."""
    bot.add_dynamic_items(UseAnywayButton)
    await bot.add_cog(Counting(bot))
    await bot.add_cog(Engagement(bot))
    await bot.add_cog(TakingPart(bot))
    await bot.add_cog(Levels(bot))
