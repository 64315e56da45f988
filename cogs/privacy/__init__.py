"""`/privacy`: what is kept about a member, in their hands."""

from bot.client import Tribekeeper
from cogs.privacy.cog import Privacy


async def setup(bot: Tribekeeper) -> None:
    """Offer it."""
    await bot.add_cog(Privacy(bot))
