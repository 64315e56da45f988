"""How questions look in the session's thread, to the hosts, and to an asker whose question was declined."""

import discord

from bot.sessions.moderation_service import Dossier
from bot.sessions.question_errors import state_text
from bot.sessions.question_rules import SHOWN
from bot.sessions.rules import Question, QuestionState, Session, Unmasking
from bot.ui.messages import OutgoingMessage
from bot.ui.text import safe_within
from cogs.sessions.moderation_views import decide_buttons
from cogs.sessions.question_views import card_buttons
from cogs.sessions.question_words import answer_text, host_embed, question_embed, start_of
from cogs.sessions.words import called


def question_card(guild: discord.Guild, session: Session, question: Question) -> OutgoingMessage | None:
    """A question in the session's thread; None where it does not stand there."""
    if question.state not in SHOWN:
        return None
    embed = question_embed(question)
    if told := answer_text(guild, session, question):
        embed.add_field(name="Answer", value=told, inline=False)
    return OutgoingMessage(embeds=[embed], view=card_buttons(question))


def pending_message(dossier: Dossier) -> OutgoingMessage | None:
    """A question a host reads before it is shown, or what became of it; None where its asker withdrew it."""
    question = dossier.question
    if question.state is QuestionState.WITHDRAWN:
        return None
    embed = host_embed(dossier.session, question)
    if question.state is QuestionState.PENDING:
        return OutgoingMessage("A question waits for your approval.", embeds=[embed], view=decide_buttons(question))
    embed.add_field(name="Decided", value=state_text(question).capitalize(), inline=False)
    return OutgoingMessage("A question was read by a host.", embeds=[embed])


def declined_message(guild: discord.Guild, session: Session, question: Question) -> OutgoingMessage | None:
    """What an asker reads once a host declined; None where it is otherwise by now."""
    if question.state is not QuestionState.DECLINED:
        return None
    return OutgoingMessage(
        f"A host of {called(session)} in {safe_within(guild.name, 200)} declined your question "
        f"{start_of(question, 400)}\nThe reason: {safe_within(question.reason, 700)}\n"
        "Nobody else was told. It does not count: you may ask another one instead, there with `/ask`."
    )


def unmasked_message(session: Session, unmasking: Unmasking, question: Question) -> OutgoingMessage:
    """Which host looked up who asked anonymously, and why; not who asked."""
    host = f"<@{unmasking.host_id}>" if unmasking.host_id is not None else "A former host"
    return OutgoingMessage(
        f"{host} looked up who asked anonymously for {called(session)}: {start_of(question)}\n"
        f"The reason: {safe_within(unmasking.reason, 700)}\n-# For everybody else it stays anonymous."
    )
