"""The outbox at work: due posts go out, and hosts hear of those that could not."""

from bot.client import Tribekeeper
from cogs.outbox.cog import Outbox
from cogs.outbox.views import RetryButton


async def setup(bot: Tribekeeper) -> None:
    """Start the outbox."""
    bot.add_dynamic_items(RetryButton)
    await bot.add_cog(Outbox(bot))
