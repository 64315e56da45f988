"""Q&A sessions as Discord sees them."""

from bot.client import Tribekeeper
from cogs.sessions.asking import Asking
from cogs.sessions.asking_steps import InviteButton
from cogs.sessions.attendance import Attendance
from cogs.sessions.cog import Sessions
from cogs.sessions.coming_views import ComingButton
from cogs.sessions.events import Events
from cogs.sessions.live import Live
from cogs.sessions.marking import AnswerSelect, Marking
from cogs.sessions.moderation import Moderation
from cogs.sessions.moderation_views import DecideButton, MergeSelect, ReviewSelect
from cogs.sessions.notices import MendButton
from cogs.sessions.own_questions import OwnButton, OwnSelect
from cogs.sessions.panel_views import HandSelect, LeftButton, PanelButton, QuestionSelect
from cogs.sessions.question_views import AskButton, MoreButton, VoteButton
from cogs.sessions.repeat import Repetitions
from cogs.sessions.threads import Threads


async def setup(bot: Tribekeeper) -> None:
    """Plan sessions."""
    bot.add_dynamic_items(ComingButton, MendButton)
    bot.add_dynamic_items(PanelButton, QuestionSelect, HandSelect, LeftButton, AnswerSelect)
    bot.add_dynamic_items(AskButton, InviteButton, VoteButton, MoreButton, OwnButton, OwnSelect)
    bot.add_dynamic_items(DecideButton, MergeSelect, ReviewSelect)
    await bot.add_cog(Sessions(bot))
    await bot.add_cog(Threads(bot))
    await bot.add_cog(Events(bot))
    await bot.add_cog(Repetitions(bot))
    await bot.add_cog(Live(bot))
    await bot.add_cog(Attendance(bot))
    await bot.add_cog(Marking(bot))
    await bot.add_cog(Asking(bot))
    await bot.add_cog(Moderation(bot))
