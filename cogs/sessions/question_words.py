"""Questions in the words members read."""

import discord

from bot.outbox.rules import Post
from bot.sessions.question_errors import state_text
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.text import safe_within
from cogs.sessions.live_words import asked_by
from cogs.sessions.words import called

COLOUR, ANSWERED_COLOUR = discord.Colour(0x4F6D8F), discord.Colour(0x3BA55D)
PENDING_COLOUR, OVER_COLOUR = discord.Colour(0xC27C0E), discord.Colour(0x747F8D)
#: An embed's description takes 4096 characters, and escaping at most doubles a question; a field takes 1024.
_FIELD = 1024

_COLOURS = {
    QuestionState.PENDING: PENDING_COLOUR,
    QuestionState.ANSWERED: ANSWERED_COLOUR,
    QuestionState.NOW: ANSWERED_COLOUR,
    QuestionState.DECLINED: OVER_COLOUR,
    QuestionState.MERGED: OVER_COLOUR,
    QuestionState.WITHDRAWN: OVER_COLOUR,
}


def question_embed(question: Question) -> discord.Embed:
    """A question as anybody may read it, with its context and who asked, unless that is nobody's business."""
    embed = discord.Embed(
        description=f"**{safe_within(question.text, 3900)}**", colour=_COLOURS.get(question.state, COLOUR)
    )
    if question.context:
        embed.add_field(name="Context", value=safe_within(question.context, _FIELD), inline=False)
    who = asked_by(question)
    embed.add_field(name="Asked", value=who.removeprefix("asked ").capitalize(), inline=False)
    return embed


def host_embed(session: Session, question: Question) -> discord.Embed:
    """As `question_embed`, with what only hosts read: which session, and what its asker wrote before it was edited."""
    embed = question_embed(question)
    embed.title = safe_within(session.title, 250)
    if question.original is not None:
        embed.add_field(name="As its asker wrote it", value=safe_within(question.original, _FIELD), inline=False)
    return embed


def answer_text(guild: discord.Guild, session: Session, question: Question) -> str:
    """Where an answered question has its answer; empty where it has none."""
    host = f" by <@{question.answered_by_id}>" if question.answered_by_id is not None else ""
    match question.state:
        case QuestionState.NOW:
            return f"🎙️ Being answered now{host}"
        case QuestionState.ANSWERED if question.answer_message_id is not None:
            link = f"https://discord.com/channels/{guild.id}/{session.thread_id}/{question.answer_message_id}"
            return f"✍️ [Answered in writing]({link}){host}"
        case QuestionState.ANSWERED:
            return f"✅ Answered live{host}"
        case QuestionState.LATER:
            return "Will be answered later"
        case _:
            return ""


def one_line(question: Question) -> str:
    """The words of a question in one line, as they are."""
    return " ".join(question.text.split())


def start_of(question: Question, longest: int = 150) -> str:
    """The first words of a question, in one line."""
    return f"“{safe_within(one_line(question), longest)}”"


def kept_text(session: Session, question: Question, left: int) -> str:
    """What an asker reads once a question is kept."""
    thread = f"<#{session.thread_id}>" if session.thread_id is not None else "the session’s thread, once it is open"
    if question.state is QuestionState.PENDING:
        where = f"Thank you! A host reads your question first; then it stands in {thread}."
    else:
        where = f"Thank you! Your question is in {thread}."
    name = " Nobody sees your name." if question.is_anonymous else ""
    return f"{where}{name} {left_text(session, left)}"


def left_text(session: Session, left: int) -> str:
    """How many questions a member may still ask."""
    match left:
        case 0:
            return f"That was the last of your {session.questions_each}." if session.questions_each > 1 else ""
        case 1:
            return f"You can ask 1 more for {called(session)}."
        case _:
            return f"You can ask {left} more for {called(session)}."


def vote_text(question: Question, *, votes: bool) -> str:
    """What a voter reads."""
    people = 1 + question.others + question.votes
    if votes:
        return f"Your vote counts: {people} people want to hear this answered. Press again to take it back."
    return "You took your vote back. Press again, and it counts once more."


def own_line(number: int, question: Question, into: Question | None) -> str:
    """One of a member's own questions, and where it stands."""
    lines = [f"{number}. {start_of(question)}: {state_text(question)}."]
    if question.is_anonymous:
        lines.append("-# Asked anonymously: nobody sees your name.")
    if question.state is QuestionState.DECLINED and question.reason:
        lines.append(f"-# The host’s reason: {safe_within(question.reason, 350)}")
    if into is not None:
        lines.append(f"-# It counts towards {start_of(into)}, {state_text(into)}.")
    if question.original is not None:
        lines.append("-# A host changed its words before it was shown. Yours are kept.")
    return "\n".join(lines)


def question_of(post: Post) -> int:
    """The question a post is about, whose id stands in the key."""
    return int(post.key.split(":")[1])
