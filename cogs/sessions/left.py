"""What hosts are told when a session is over, and asked about the questions it left."""

from collections.abc import Sequence

import discord

from bot.sessions.rules import CLOSED_AFTER, Question, QuestionState, Session
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_name
from bot.ui.views import BaseView
from cogs.sessions.live_words import question_text
from cogs.sessions.panel_views import LeftButton

#: How many of the questions are listed.
_LISTED = 8


def closed_message(
    session: Session, left: Sequence[Question], following: Session | None, *, by_itself: bool
) -> OutgoingMessage:
    """How the session ended, what is unanswered, and the buttons that decide about it."""
    title = f"**{safe_name(session.title)}**"
    if session.opened_at is None:
        how = f"{title} was never opened: I was away until long after its end. So I closed it."
    elif by_itself:
        minutes = int(CLOSED_AFTER.total_seconds() // 60)
        how = f"Nobody closed {title}, so I did, {minutes} minutes after its end."
    else:
        how = f"{title} is closed."
    if not left:
        return OutgoingMessage(f"{how} No question is left.")
    pending = sum(question.state is QuestionState.PENDING for question in left)
    later = sum(question.state is QuestionState.LATER for question in left)
    is_undecided = pending + later < len(left)
    count = "1 question has" if len(left) == 1 else f"{len(left)} questions have"
    lines = [f"{how} {count} no answer yet:"]
    lines += [f"- {question_text(question, 120)}" for question in left[:_LISTED]]
    lines += [f"- and {len(left) - _LISTED} more"] if len(left) > _LISTED else []
    if following is not None:
        when = discord.utils.format_dt(following.starts_at, "F")
        lines.append(f"The next session is **{safe_name(following.title)}**, {when}.")
    if pending:
        lines.append("Those that no host has read yet are in `/session questions`.")
    if later and not is_undecided:
        thread = f"<#{session.thread_id}>" if session.thread_id else "the thread"
        lines.append(f"They stay open in {thread}: answer there, then use *Apps → Mark as answer* on your message.")
    view = BaseView(timeout=None).add_item(LeftButton("carry", session.id))
    if is_undecided:
        view.add_item(LeftButton("keep", session.id))
    return OutgoingMessage("\n".join(lines), view=view)
