"""How an open session looks to its hosts, and how what they do looks in its thread."""

import discord

from bot.sessions.answering_service import Said
from bot.sessions.live_rules import Board, closes_at
from bot.sessions.rules import QuestionState, Session, SessionState
from bot.sessions.schedule_rules import PINGED_AT_ONCE
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_within
from bot.ui.views import BaseView
from cogs.sessions.live_words import asked_by, notes_text, question_text
from cogs.sessions.panel_views import PanelButton, QuestionSelect

#: Characters for a question and those who are called; the rest of the 2000 are for who answered, and where.
_SAID = 1700
COLOUR, CLOSED_COLOUR = discord.Colour(0x3BA55D), discord.Colour(0x747F8D)


def panel_message(board: Board) -> OutgoingMessage:
    """The hosts' panel; without buttons once the session is over."""
    session = board.session
    if session.state is not SessionState.OPEN:
        embed = discord.Embed(title=_title(session), description=_over(board), colour=CLOSED_COLOUR)
        return OutgoingMessage(embeds=[embed])
    embed = discord.Embed(title=_title(session), colour=COLOUR)
    embed.add_field(name="Now answering", value=_now(board), inline=False)
    embed.add_field(name="Next", value=_next(board), inline=False)
    if board.notes:
        embed.add_field(name="Notes, for hosts only", value=notes_text(board.notes), inline=False)
    embed.add_field(name="Time left", value=_time(session), inline=True)
    embed.add_field(name="Questions", value=_counts(board), inline=True)
    return OutgoingMessage(embeds=[embed], view=_buttons(board))


def _title(session: Session) -> str:
    return safe_within(f"{session.title}", 250)


def _over(board: Board) -> str:
    took_part = f"{board.attended} took part" if board.attended else "nobody was counted as taking part"
    return f"This session is over: {board.answered} answered, {took_part}."


def _now(board: Board) -> str:
    question = board.current
    if question is None:
        return "Nobody yet. *Answer now* takes the next one, and the list below any."
    since = discord.utils.format_dt(question.taken_at, "R") if question.taken_at else "just now"
    return f"{question_text(question)}\n{asked_by(question)} · taken by <@{question.answered_by_id}> {since}"


def _next(board: Board) -> str:
    if board.next is None:
        return "No question waits." if not board.waiting else "Only those that were put off; the list below has them."
    return f"{question_text(board.next)}\n{asked_by(board.next)}"


def _time(session: Session) -> str:
    ends = discord.utils.format_dt(session.ends_at, "R")
    added = session.extended_by.total_seconds() // 60
    lines = [f"It ends {ends}, at {discord.utils.format_dt(session.ends_at, 't')}"]
    if added:
        lines.append(f"{added:.0f} minutes were added")
    lines.append(f"I close it at {discord.utils.format_dt(closes_at(session), 't')} if nobody does")
    return "\n".join(lines)


def _counts(board: Board) -> str:
    parts = [f"{board.count(QuestionState.OPEN)} waiting", f"{board.answered} answered"]
    parts += [f"{count} skipped"] if (count := board.count(QuestionState.SKIPPED)) else []
    parts += [f"{count} for later"] if (count := board.count(QuestionState.LATER)) else []
    parts += [f"{board.pending} to approve"] if board.pending else []
    parts += [f"{board.attended} took part"] if board.attended else []
    return "\n".join(parts)


def _buttons(board: Board) -> BaseView:
    session, current, following = board.session, board.current, board.next
    about = current or following
    current_id, next_id, about_id = (one.id if one else 0 for one in (current, following, about))
    minutes = int(session.extended_by.total_seconds() // 60)
    view = BaseView(timeout=None)
    for action, first, second, works, row in (
        ("take", next_id, 0, current is None and following is not None, 0),
        ("done", current_id, 0, current is not None, 0),
        ("skip", about_id, 0, about is not None, 0),
        ("hand", current_id, 0, current is not None and len(session.host_ids) > 1, 0),
        ("later", about_id, 0, about is not None, 0),
        ("next", current_id, next_id, about is not None, 1),
        ("longer", minutes, 0, True, 1),
        ("note", about_id, 0, about is not None, 1),
        ("close", 0, 0, True, 1),
    ):
        view.add_item(PanelButton(action, session.id, first, second, disabled=not works, row=row))
    if board.waiting:
        view.add_item(QuestionSelect.of(board, 0, row=2))
    return view


def said_message(guild: discord.Guild, said: Said) -> OutgoingMessage | None:
    """What stands in the thread about a question that is answered, or was."""
    question, session = said.question, said.session
    host = f"<@{question.answered_by_id}>" if question.answered_by_id else "A host"
    called = said.asker_ids[:PINGED_AT_ONCE]
    calls = " ".join(f"<@{member_id}>" for member_id in called)
    # Whoever is called is called; the question stands on its card, too.
    words = question_text(question, min(1200, _SAID - len(calls)))
    by = asked_by(question)
    if question.state is QuestionState.NOW and said.is_latest:
        text = f"🎙️ **Now:** {words}\n-# {by} · {host} answers"
    elif question.state is QuestionState.ANSWERED and said.is_latest:
        text = f"✅ {words}\n-# {by} · answered by {host}"
        if question.is_written and question.answer_message_id:
            link = f"https://discord.com/channels/{guild.id}/{session.thread_id}/{question.answer_message_id}"
            text = f"✍️ {words}\n-# {by} · [answered in writing]({link}) by {host}"
    else:
        text = f"⏭️ {words}\n-# {by} · put off for now"
    return OutgoingMessage(
        f"{text}\n{calls}".strip(),
        allowed_mentions=discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(member_id) for member_id in called]
        ),
    )
