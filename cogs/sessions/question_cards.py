"""How questions look: in the session's thread, to the hosts who decide, and to whoever asked."""

import discord

from bot.sessions.moderation_service import Dossier
from bot.sessions.question_errors import state_text
from bot.sessions.rules import Question, QuestionState, Session, Unmasking
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_within, shortened
from cogs.sessions.live_words import asked_by
from cogs.sessions.words import called

_COLOURS = {
    QuestionState.PENDING: discord.Colour(0xC9A227),
    QuestionState.NOW: discord.Colour(0x3BA55D),
    QuestionState.ANSWERED: discord.Colour(0x3BA55D),
    QuestionState.DECLINED: discord.Colour(0x747F8D),
}
_COLOUR = discord.Colour(0x4F6D8F)
#: A question of 1000 characters, escaped, still fits.
_TEXT, _FIELD, _LINE = 2100, 1024, 120


def question_embed(guild: discord.Guild, session: Session, question: Question) -> discord.Embed:
    """A question as everybody sees it."""
    lines = [safe_within(question.text, _TEXT), f"{asked_by(question)}"]
    if standing := _standing(guild, session, question):
        lines.append(standing)
    embed = discord.Embed(description="\n".join(lines), colour=_COLOURS.get(question.state, _COLOUR))
    if question.topic:
        embed.title = safe_within(question.topic, 120)
    if question.context:
        embed.add_field(name="Context", value=safe_within(question.context, _FIELD), inline=False)
    return embed


def _standing(guild: discord.Guild, session: Session, question: Question) -> str:
    host = f" by <@{question.answered_by_id}>" if question.answered_by_id else ""
    match question.state:
        case QuestionState.NOW:
            return f"🎙️ **Being answered now**{host}"
        case QuestionState.ANSWERED if question.is_written and question.answer_message_id:
            where = session.thread_id
            link = f"https://discord.com/channels/{guild.id}/{where}/{question.answer_message_id}"
            return f"✍️ [Answered in writing]({link}){host}"
        case QuestionState.ANSWERED:
            return f"✅ Answered{host}"
        case QuestionState.LATER:
            return "⏳ Will be answered later"
        case _:
            return ""


def dossier_embed(guild: discord.Guild, dossier: Dossier) -> discord.Embed:
    """A question as hosts see it while they decide; the asker of an anonymous one is not named here either."""
    question = dossier.question
    embed = question_embed(guild, dossier.session, question)
    embed.set_footer(text=shortened(dossier.session.title, 200))
    embed.add_field(name="State", value=_capital(state_text(question)) + ".", inline=False)
    if question.original is not None:
        embed.add_field(name="As its asker wrote it", value=safe_within(question.original, _FIELD), inline=False)
    if question.reason:
        embed.add_field(name="Reason", value=safe_within(question.reason, _FIELD), inline=False)
    if dossier.into is not None:
        embed.add_field(name="Merged into", value=short(dossier.into), inline=False)
    if dossier.merged:
        lines = [f"- {short(one)} ({_who(one)})" for one in dossier.merged[:6]]
        if len(dossier.merged) > len(lines):
            lines.append(f"and {len(dossier.merged) - len(lines)} more")
        embed.add_field(name="Merged with it", value=shortened("\n".join(lines), _FIELD), inline=False)
    if dossier.unmaskings:
        lines = [_lifted(one) for one in dossier.unmaskings[-5:]]
        embed.add_field(name="Anonymity lifted", value=shortened("\n".join(lines), _FIELD), inline=False)
    return embed


def declined_message(guild: discord.Guild, session: Session, question: Question) -> OutgoingMessage:
    """What an asker reads directly once a host declined."""
    return OutgoingMessage(
        f"Your question for {called(session)} in **{safe_within(guild.name, 200)}** was not taken:\n"
        f"> {short(question, 500)}\n"
        f"The host’s reason: {safe_within(question.reason, 700)}\n"
        "It does not count towards your questions, so you may ask another one there with `/ask`."
    )


def unmasked_message(unmasking: Unmasking, question: Question) -> OutgoingMessage:
    """What the hosts read once one of them lifted a question's anonymity: everything but whose it is."""
    return OutgoingMessage(
        f"🔎 {_host(unmasking)} looked who asked “{short(question, 300)}”, which was asked anonymously.\n"
        f"Reason: {safe_within(unmasking.reason, 700)}\n"
        "-# This is kept. Whoever asked can read it with `/privacy`; for everybody else the question stays anonymous."
    )


def own_line(question: Question, into: Question | None) -> str:
    """One of a member's questions, in a list only they see."""
    anonymous = " (anonymously)" if question.is_anonymous else ""
    line = f"- “{short(question)}”{anonymous}: {state_text(question)}"
    if into is not None:
        line += f", “{short(into, 80)}”; {state_text(into)}"
    if question.reason:
        line += f": {safe_within(question.reason, 200)}"
    return f"{line} · {question.votes} vote{'' if question.votes == 1 else 's'}"


def short(question: Question, longest: int = _LINE) -> str:
    """The beginning of a question, in one line."""
    return safe_within(" ".join(question.text.split()), longest)


def _lifted(unmasking: Unmasking) -> str:
    return f"{discord.utils.format_dt(unmasking.at, 'f')} by {_host(unmasking)}: {safe_within(unmasking.reason, 150)}"


def _host(unmasking: Unmasking) -> str:
    return f"<@{unmasking.host_id}>" if unmasking.host_id else "A former host"


def _who(question: Question) -> str:
    if question.is_anonymous:
        return "anonymous"
    return f"<@{question.asker_id}>" if question.asker_id else "a former member"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
