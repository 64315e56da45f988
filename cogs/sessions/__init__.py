"""Q&A sessions as Discord sees them."""

from bot.client import Tribekeeper
from cogs.sessions.asking import Asking
from cogs.sessions.attendance import Attendance
from cogs.sessions.cog import Sessions
from cogs.sessions.comers import Comers
from cogs.sessions.coming_views import ComingButton
from cogs.sessions.events import Events
from cogs.sessions.live import Live
from cogs.sessions.marking import AnswerSelect, Marking
from cogs.sessions.moderation import ModerateButton, QuestionPicker
from cogs.sessions.notices import MendButton
from cogs.sessions.panel_views import HandSelect, LeftButton, PanelButton, QuestionSelect
from cogs.sessions.question_views import AskButton, InvitationButton, MoreButton, OwnButton, OwnSelect, VoteButton
from cogs.sessions.repeat import Repetitions
from cogs.sessions.threads import Threads


async def setup(bot: Tribekeeper) -> None:
    """Plan sessions."""
    bot.add_dynamic_items(ComingButton, MendButton)
    bot.add_dynamic_items(PanelButton, QuestionSelect, HandSelect, LeftButton, AnswerSelect)
    bot.add_dynamic_items(AskButton, VoteButton, MoreButton, OwnButton, OwnSelect, InvitationButton)
    bot.add_dynamic_items(ModerateButton, QuestionPicker)
    await bot.add_cog(Sessions(bot))
    await bot.add_cog(Threads(bot))
    await bot.add_cog(Events(bot))
    await bot.add_cog(Comers(bot))
    await bot.add_cog(Repetitions(bot))
    await bot.add_cog(Asking(bot))
    await bot.add_cog(Live(bot))
    await bot.add_cog(Attendance(bot))
    await bot.add_cog(Marking(bot))
