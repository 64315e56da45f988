"""Q&A sessions as Discord sees them."""

from bot.client import Tribekeeper
from cogs.sessions.cog import Sessions
from cogs.sessions.coming_views import ComingButton
from cogs.sessions.events import Events
from cogs.sessions.notices import MendButton
from cogs.sessions.repeat import Repetitions
from cogs.sessions.threads import Threads


async def setup(bot: Tribekeeper) -> None:
    """Plan sessions."""
    bot.add_dynamic_items(ComingButton, MendButton)
    await bot.add_cog(Sessions(bot))
    await bot.add_cog(Threads(bot))
    await bot.add_cog(Events(bot))
    await bot.add_cog(Repetitions(bot))
