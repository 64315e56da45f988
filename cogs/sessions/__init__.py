"""Q&A sessions as Discord sees them."""

from bot.client import Tribekeeper
from cogs.sessions.attendance import Attendance
from cogs.sessions.cog import Sessions
from cogs.sessions.coming_views import ComingButton
from cogs.sessions.events import Events
from cogs.sessions.live import Live
from cogs.sessions.marking import AnswerSelect, Marking
from cogs.sessions.notices import MendButton
from cogs.sessions.panel_views import HandSelect, LeftButton, PanelButton, QuestionSelect
from cogs.sessions.repeat import Repetitions
from cogs.sessions.threads import Threads


async def setup(bot: Tribekeeper) -> None:
    """Plan sessions."""
    bot.add_dynamic_items(ComingButton, MendButton)
    bot.add_dynamic_items(PanelButton, QuestionSelect, HandSelect, LeftButton, AnswerSelect)
    await bot.add_cog(Sessions(bot))
    await bot.add_cog(Threads(bot))
    await bot.add_cog(Events(bot))
    await bot.add_cog(Repetitions(bot))
    await bot.add_cog(Live(bot))
    await bot.add_cog(Attendance(bot))
    await bot.add_cog(Marking(bot))
