"""How Discord sees taking part."""

from bot.client import Tribekeeper
from cogs.engagement.counting import Counting
from cogs.engagement.settings import Engagement


async def setup(bot: Tribekeeper) -> None:
    """Start counting."""
    await bot.add_cog(Counting(bot))
    await bot.add_cog(Engagement(bot))
