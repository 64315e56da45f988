"""Members ask for the next session, from wherever they are, and see what became of it."""

from datetime import timedelta

import pytest

from bot.sessions.rules import QuestionState
from tests.cogs.questioning import (
    LIKE_READERS,
    READERS,
    TITLES,
    ask,
    asked,
    in_thread,
    label_of,
    modal_of,
    plan,
    who_asked,
)
from tests.cogs.sessioning import cards, field_of, known, shown
from tests.simkit import Stage


async def test_a_question_stands_in_the_thread_and_its_asker_hears_what_is_left(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    told = shown(await ask(stage, maya, READERS, context="I write about *bees*."))
    assert f"<#{session.thread_id}>" in told.content
    assert "You can ask 2 more" in told.content
    [card] = in_thread(stage, session)
    assert card.embeds[0].description == f"**{READERS}**"
    assert field_of(card, "Context") == r"I write about \*bees\*."
    assert who_asked(card) == f"By {maya.mention} · 0 votes"


async def test_the_button_on_the_card_asks_also_after_a_restart(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await stage.restart()
    [card] = cards(stage)
    form = modal_of(await maya.click(card, label="Ask a question"))
    await maya.submit_modal(form, {"question": TITLES})
    await stage.moment(2)
    assert [question.text for question in await asked(stage, session)] == [TITLES]


async def test_without_a_session_there_is_a_sentence(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert "No session is planned just now" in shown(await maya.slash(stage.welcome, "ask")).content
    assert "No session is planned just now" in shown(await maya.slash(stage.welcome, "session questions")).content


async def test_the_question_goes_to_the_session_that_was_chosen(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    choices = await maya.autocomplete(stage.welcome, "ask", "session", "bubble")
    assert [choice["value"] for choice in choices] == [str(session.id)]
    await ask(stage, maya, READERS, session=session)
    assert len(await asked(stage, session)) == 1


async def test_whoever_asked_all_they_may_is_told_before_they_type(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage, questions=1)
    form = modal_of(await maya.slash(stage.welcome, "ask"))
    assert form.modal is not None
    assert "You can ask 1 here" in str(form.modal)
    await maya.submit_modal(form, {"question": READERS})
    await stage.moment(2)
    refused = shown(await maya.slash(stage.welcome, "ask"))
    assert f"You have asked your question for **{session.title}**" in refused.content


async def test_what_is_too_short_is_not_lost(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    refused = await ask(stage, maya, "   Why?                ")
    assert "at least 15 characters" in shown(refused).content
    again = modal_of(await maya.click(shown(refused), label="Try again, nothing is lost"))
    await maya.submit_modal(again, {"question": TITLES})
    await stage.moment(2)
    assert [question.text for question in await asked(stage, session)] == [TITLES]


async def test_the_role_is_checked_at_every_press(stage: Stage) -> None:
    maya, kofi, role = await stage.join("maya"), await stage.join("kofi"), stage.guild.create_role("Participants")
    await stage.give_role(maya, role)
    session = await plan(stage, role=role)
    needed = f"This session is for members with {role.mention}"
    assert needed in shown(await kofi.slash(stage.welcome, "ask")).content
    [card] = cards(stage)
    assert needed in shown(await kofi.click(card, label="Ask a question")).content
    form = modal_of(await maya.slash(stage.welcome, "ask"))
    await stage.take_role(maya, role)
    assert needed in shown(await maya.submit_modal(form, {"question": READERS})).content
    await stage.give_role(maya, role)
    await ask(stage, maya, READERS)
    [question] = in_thread(stage, session)
    assert needed in shown(await kofi.click(question, label="Upvote")).content


async def test_similar_questions_are_offered_before_anything_is_kept(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, maya, READERS)
    offer = shown(await ask(stage, kofi, LIKE_READERS))
    assert "Others asked nearly the same" in str(offer.embeds[0].title)
    assert READERS in str(offer.embeds[0].description)
    assert LIKE_READERS in str(offer.embeds[0].fields[0].value)
    assert len(await asked(stage, session)) == 1
    voted = await kofi.click(offer, label="Upvote that one")
    assert "You still have all your questions" in str(shown(voted).content)
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert label_of(card, "sessions:vote") == "Upvote · 1"


async def test_a_similar_question_can_be_asked_anyway_once(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, maya, READERS)
    offer = shown(await ask(stage, kofi, LIKE_READERS))
    kept = await kofi.click(offer, label="Ask anyway")
    assert "You can ask 2 more" in shown(kept).content
    await stage.moment(2)
    assert [question.text for question in await asked(stage, session)] == [READERS, LIKE_READERS]


async def test_an_anonymous_question_names_nobody_anywhere(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    told = shown(await ask(stage, maya, READERS, anonymous=True))
    assert "Nobody sees your name" in told.content
    [card] = in_thread(stage, session)
    assert who_asked(card) == "Anonymously · 0 votes"
    dossier = shown(await stage.carol.click(card, label="Manage"))
    seen = [str(card.embeds[0].to_dict()), str(dossier.embeds[0].to_dict())]
    seen.append(str(shown(await kofi.click(card, label="Upvote")).content))
    assert not any(str(maya.id) in text or "maya" in text for text in seen)


async def test_where_names_are_wanted_the_form_offers_no_other_way(stage: Stage) -> None:
    maya = await stage.join("maya")
    await plan(stage, anonymous=False)
    form = modal_of(await maya.slash(stage.welcome, "ask"))
    assert form.modal is not None
    assert "anonymous" not in str(form.modal)


async def test_ones_own_message_opens_the_form_with_its_words(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    message = await maya.send(stage.welcome, READERS)
    form = modal_of(await maya.context_menu(stage.welcome, "Ask in the next Q&A", message))
    assert form.modal is not None
    assert form.modal["components"][0]["component"]["value"] == READERS
    await maya.submit_modal(form, {"question": READERS})
    await stage.moment(2)
    assert len(in_thread(stage, session)) == 1


async def test_whoever_wrote_a_message_is_asked_first_and_only_they_decide(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    message = await maya.send(stage.welcome, f"{READERS} ```ping @everyone```")
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    invitation = stage.welcome.history()[-1]
    assert invitation.content.startswith(f"{maya.mention}, {kofi.mention} would like to hear an answer")
    assert await asked(stage, session) == []
    assert f"This is for {maya.mention} to decide" in shown(await kofi.click(invitation, label="Ask it")).content
    await stage.restart()
    form = modal_of(await maya.click(invitation, label="Ask it"))
    assert form.modal is not None
    assert form.modal["components"][0]["component"]["value"].startswith(READERS)
    await maya.submit_modal(form, {"question": READERS, "anonymous": True})
    await stage.moment(2)
    [card] = in_thread(stage, session)
    assert who_asked(card) == "Anonymously · 0 votes"
    [closed] = [one for one in stage.welcome.history() if one.id == invitation.id]
    assert (closed.content, closed.embeds, closed.components) == (f"{maya.mention} has answered.", [], [])


async def test_an_invitation_that_is_declined_says_no_more_and_is_not_repeated_at_once(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    message = await maya.send(stage.welcome, READERS)
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    invitation = stage.welcome.history()[-1]
    again = await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    assert "was asked about a message just now" in shown(again).content
    await maya.click(invitation, label="No, thank you")
    [closed] = [one for one in stage.welcome.history() if one.id == invitation.id]
    assert closed.content == f"{maya.mention} has answered."
    assert await asked(stage, session) == []
    await stage.pass_time(timedelta(minutes=11).total_seconds())
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    assert "would like to hear an answer" in stage.welcome.history()[-1].content


@pytest.mark.parametrize("by_bot", [True, False])
async def test_what_no_person_wrote_or_has_no_words_is_not_asked(stage: Stage, by_bot: bool) -> None:
    kofi = await stage.join("kofi")
    session = await plan(stage)
    if by_bot:
        [message], expected = cards(stage)[:1], "has no text"
        robot = await stage.join("robot", bot=True)
        message, expected = await robot.send(stage.welcome, READERS), "A person did not write this"
    else:
        message = await kofi.send(stage.welcome, "", attachments=[("a.png", b"x")])
        expected = "has no text"
    assert expected in shown(await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)).content
    assert await asked(stage, session) == []


async def test_a_member_sees_changes_and_withdraws_what_they_asked(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    assert "You have asked nothing" in shown(await maya.slash(stage.welcome, "session questions")).content
    told = shown(await ask(stage, maya, READERS))
    [question] = await asked(stage, session)
    form = modal_of(await maya.click(told, label="Change it"))
    changed = await maya.submit_modal(form, {"question": TITLES, "context": "I have twelve."})
    assert shown(changed).content == "Changed."
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert (card.embeds[0].description, field_of(card, "Context")) == (f"**{TITLES}**", "I have twelve.")
    await stage.restart()
    own = shown(await maya.slash(stage.welcome, "session questions"))
    assert "it waits in the list" in str(own.embeds[0].description)
    one = shown(await maya.select(own, [str(question.id)]))
    assert "Withdrawn" in shown(await maya.click(one, label="Withdraw it")).content
    await stage.moment(5)
    assert in_thread(stage, session) == []
    assert "You have asked nothing" in shown(await kofi.slash(stage.welcome, "session questions")).content


async def test_only_its_asker_and_hosts_manage_a_question(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, maya, READERS)
    [card] = in_thread(stage, session)
    assert "Only whoever asked this" in shown(await kofi.click(card, label="Manage")).content
    own = shown(await maya.click(card, label="Manage"))
    assert label_of_response(own, "Withdraw it")


def label_of_response(message: object, label: str) -> bool:
    """Whether an answer has a button with this label."""
    return label in str(getattr(message, "components", ""))


async def test_what_was_answered_cannot_be_changed_any_more(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    told = shown(await ask(stage, maya, READERS))
    [question] = await asked(stage, session)
    services = stage.bot.services
    await stage.pass_time((session.starts_at - stage.now()).total_seconds() - 600)
    await services.live.open(stage.guild.id, session.id, stage.now())
    await services.answering.take(stage.guild.id, session.id, question.id, stage.carol.id, stage.now())
    assert "it is being answered right now" in shown(await maya.click(told, label="Change it")).content
    await services.answering.finish(stage.guild.id, session.id, question.id, stage.now())
    assert "it was answered" in shown(await maya.click(told, label="Withdraw it")).content
    await stage.moment(70)
    [card] = in_thread(stage, await known(stage, session))
    assert "Answered live" in field_of(card, "Answer")
    assert (await asked(stage, session))[0].state is QuestionState.ANSWERED
