"""Members ask and vote on simulated Discord, with every button, menu and command there is for it."""

from typing import Any

import discord
import simcord

from bot.sessions.rules import Question, Session
from tests.cogs.sessioning import cards, home, in_thread, known, plan, shown, thread_of
from tests.simkit import Stage

TEXT = "How do I find time to write?"
ALIKE = "Where can I find the time to write?"
OTHER = "Which book changed your life the most?"


def in_place(stage: Stage, session: Session) -> list[discord.Message]:
    """The cards of questions in a session's thread, oldest first."""
    return cards(stage, thread_of(stage, session))


def words(message: discord.Message) -> str:
    """Everything a card says."""
    [embed] = message.embeds
    return "\n".join(
        [embed.title or "", embed.description or "", *(f"{one.name}: {one.value}" for one in embed.fields)]
    )


def labels(message: Any) -> list[str]:
    """What its buttons say."""
    rows = [row if isinstance(row, dict) else row.to_dict() for row in message.components]
    return [child["label"] for row in rows for child in row["components"] if child.get("label")]


async def questions_of(stage: Stage, session: Session) -> list[Question]:
    """Every question of a session that was not withdrawn."""
    return await stage.bot.services.moderation.list_all(stage.guild.id, session.id)


async def fill(
    stage: Stage, form: simcord.InteractionResult, by: simcord.MemberActor, text: str = TEXT, **typed: Any
) -> simcord.ResponseMessage:
    """A member fills in the form, and reads the answer."""
    assert form.modal is not None, shown(form).content
    answer = shown(await by.submit_modal(form, {"question": text} | typed))
    await stage.moment(5)
    return answer


async def ask(
    stage: Stage, session: Session, by: simcord.MemberActor, text: str = TEXT, **typed: Any
) -> simcord.ResponseMessage:
    """`/ask` and the form."""
    form = await by.slash(stage.welcome, "ask", session=str(session.id))
    return await fill(stage, form, by, text, **typed)


async def test_a_question_from_the_button_on_the_card_stands_in_the_thread(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    [announcement] = cards(stage)
    form = await maya.click(announcement, label="Ask a question")
    told = await fill(stage, form, maya, context="I work at night.")
    assert f"in <#{session.thread_id}>" in told.content
    assert "You have 2 more questions" in told.content
    [card] = in_place(stage, session)
    assert TEXT in words(card)
    assert f"asked by <@{maya.id}> · 0 votes" in words(card)
    assert "Context: I work at night." in words(card)
    assert labels(card) == ["Upvote", "⋯"]
    assert not card.mentions


async def test_ask_finds_the_next_session_and_says_so_when_there_is_none(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert "No Q&A is planned" in shown(await maya.slash(stage.welcome, "ask")).content
    session = await plan(stage)
    form = await maya.slash(stage.welcome, "ask")
    await fill(stage, form, maya)
    assert len(in_place(stage, session)) == 1
    stage.refusals()


async def test_similar_questions_are_offered_before_one_is_kept(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, session, maya)
    offered = await ask(stage, session, kofi, ALIKE)
    assert TEXT in offered.content
    assert ALIKE in offered.content
    assert labels(offered) == ["Upvote that one", "Ask anyway"]
    assert len(await questions_of(stage, session)) == 1
    await kofi.click(offered, label="Upvote that one")
    await stage.moment(5)
    [card] = in_place(stage, session)
    assert "1 vote" in words(card)
    assert labels(card)[0] == "Upvote · 1"
    again = await ask(stage, session, kofi, ALIKE)
    await kofi.click(again, label="Ask anyway")
    await stage.moment(5)
    assert len(in_place(stage, session)) == 2


async def test_votes_count_are_taken_back_and_work_after_a_restart(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, session, maya)
    [card] = in_place(stage, session)
    assert "own question" in shown(await maya.click(card, label="Upvote")).content
    await stage.restart()
    [card] = in_place(stage, session)
    assert "it has 1 vote now" in shown(await kofi.click(card, label="Upvote")).content
    await stage.moment(5)
    [card] = in_place(stage, session)
    assert "took your vote back" in shown(await kofi.click(card, label="Upvote · 1")).content
    await stage.moment(5)
    assert labels(in_place(stage, session)[0])[0] == "Upvote"
    stage.refusals()


async def test_who_asked_anonymously_is_named_nowhere(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    told = await ask(stage, session, maya, anonymous=True)
    assert "Your name is not shown." in told.content
    [card] = in_place(stage, session)
    assert "asked anonymously" in words(card)
    sheet = shown(await stage.carol.click(card, label="⋯"))
    for text in (words(card), str([embed.to_dict() for embed in sheet.embeds]), *in_thread(stage, session)):
        assert str(maya.id) not in text
        assert "maya" not in text.casefold()
    assert "for whoever asked" in shown(await kofi.click(card, label="⋯")).content
    stage.refusals()


async def test_a_session_may_take_questions_by_name_only(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage, options={"link": "https://meet.example", "anonymous": False})
    form = await maya.slash(stage.welcome, "ask")
    assert form.modal is not None
    assert "anonymous" not in str(form.modal)
    assert not session.allows_anonymous


async def test_the_limit_is_told_before_anything_is_typed(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage, options={"link": "https://meet.example", "questions": 1})
    form = await maya.slash(stage.welcome, "ask")
    assert "You have 1 of 1 question left" in str(form.modal)
    assert "That was your last one here" in (await fill(stage, form, maya)).content
    refused = shown(await maya.slash(stage.welcome, "ask", session=str(session.id)))
    assert "You have asked your question" in refused.content
    stage.refusals()


async def test_the_role_is_checked_at_every_press(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    role = stage.guild.create_role("Participants")
    session = await plan(stage, options={"link": "https://meet.example", "role": role})
    for member in (maya, kofi):
        await stage.give_role(member, role)
    await ask(stage, session, maya)
    [announcement] = cards(stage)
    form = await kofi.click(announcement, label="Ask a question")
    offered = await fill(stage, form, kofi, ALIKE)
    await stage.take_role(kofi, role)
    [card] = in_place(stage, session)
    refusals = [
        shown(await kofi.click(announcement, label="Ask a question")),
        shown(await kofi.slash(stage.welcome, "ask")),
        shown(await kofi.click(card, label="Upvote")),
        shown(await kofi.click(offered, label="Ask anyway")),
        shown(await kofi.click(offered, label="Upvote that one")),
    ]
    for refused in refusals:
        assert role.mention in refused.content
    assert len(await questions_of(stage, session)) == 1
    assert (await questions_of(stage, session))[0].votes == 0
    stage.refusals()


async def test_its_asker_changes_and_withdraws_a_question(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await ask(stage, session, maya)
    [card] = in_place(stage, session)
    mine = shown(await maya.click(card, label="⋯"))
    assert labels(mine) == ["Change it", "Withdraw it"]
    form = await maya.click(mine, label="Change it")
    await fill(stage, form, maya, OTHER)
    assert OTHER in words(in_place(stage, session)[0])
    listed = shown(await maya.slash(stage.welcome, "session questions"))
    assert OTHER in listed.content
    [question] = await questions_of(stage, session)
    chosen = await maya.select(listed, [str(question.id)])
    sure = await maya.click(_now(chosen, listed), label="Withdraw it")
    await maya.click(_now(sure, listed), label="Yes, withdraw it")
    await stage.moment(5)
    assert in_place(stage, session) == []


def _now(result: simcord.InteractionResult, before: simcord.ResponseMessage) -> Any:
    """The message only its reader sees, after it was written over."""
    return result.response or before


async def test_ones_own_message_is_asked_from_the_menu(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    message = await maya.send(stage.welcome, OTHER)
    form = await maya.context_menu(stage.welcome, "Ask in the next Q&A", message)
    assert OTHER in str(form.modal), "who points at their own words need not type them again"
    short = await maya.send(stage.welcome, "Why?")
    assert "Why?" not in str((await maya.context_menu(stage.welcome, "Ask in the next Q&A", short)).modal)
    await fill(stage, form, maya, OTHER)
    assert OTHER in words(in_place(stage, session)[0])


async def test_the_author_of_a_message_is_asked_first(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    message = await maya.send(stage.welcome, OTHER)
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    invitation = stage.welcome.history()[-1]
    assert invitation.content.startswith(f"<@{maya.id}>, <@{kofi.id}> would like")
    assert await questions_of(stage, session) == []
    again = shown(await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message))
    assert "was asked about this message already" in again.content
    assert f"Only <@{maya.id}>" in shown(await kofi.click(invitation, label="Ask it")).content
    form = await maya.click(invitation, label="Ask it")
    await fill(stage, form, maya, OTHER)
    [question] = await questions_of(stage, session)
    assert question.asker_id == maya.id
    assert invitation.id not in [one.id for one in stage.welcome.history()]
    stage.refusals()


async def test_the_author_may_say_no_and_a_bot_is_not_asked(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    message = await maya.send(stage.welcome, OTHER)
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    invitation = stage.welcome.history()[-1]
    await maya.click(invitation, label="I’d rather not")
    assert invitation.id not in [one.id for one in stage.welcome.history()]
    assert await questions_of(stage, session) == []
    [announcement] = cards(stage)
    by_bot = shown(await kofi.context_menu(home(stage), "Ask in the next Q&A", announcement))
    assert "not written by a member" in by_bot.content
    stage.refusals()


async def test_asked_before_the_thread_stood_it_stands_there_afterwards(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await ask(stage, session, maya)
    await stage.delete_channel(thread_of(stage, session))
    await stage.moment(5)
    [notice] = [message for message in stage.hosts.history() if "thread of" in message.content]
    await stage.carol.click(notice, label="Open a new thread")
    await stage.moment(10)
    [card] = in_place(stage, await known(stage, session))
    assert TEXT in words(card)
