"""Questions when something comes in between: a restart, closed direct messages, many hands at once."""

from bot.sessions.rules import QuestionState
from tests.cogs.sessioning import cards, plan, shown
from tests.cogs.test_session_moderation import LINK, moderated, pending, press
from tests.cogs.test_session_questions import ALIKE, OTHER, TEXT, ask, fill, in_place, labels, questions_of, words
from tests.simkit import Stage


async def test_many_votes_within_three_seconds_are_one_edit_of_the_card(stage: Stage) -> None:
    maya = await stage.join("maya")
    crowd = [stage.guild.add_member(stage.env.create_user(f"voter{number}")) for number in range(12)]
    await stage.moment(20)
    session = await plan(stage)
    await ask(stage, session, maya)
    [card] = in_place(stage, session)

    def edits() -> int:
        calls = [call for call in stage.env.http_requests if call.method == "PATCH"]
        return sum(call.path.endswith(f"/messages/{card.id}") for call in calls)

    before = edits()
    for voter in crowd:
        await voter.click(card, label="Upvote")
    await stage.moment(4)
    assert labels(in_place(stage, session)[0])[0] == "Upvote · 12"
    assert edits() - before == 1


async def test_what_is_too_short_is_not_lost(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    refused = await ask(stage, session, maya, "   Why?                ", context="I write at night.")
    assert "at least 15 characters" in refused.content
    again = await maya.click(refused, label="Try again, nothing is lost")
    assert "I write at night." in str(again.modal)
    await fill(stage, again, maya)
    assert [question.text for question in await questions_of(stage, session)] == [TEXT]
    stage.refusals()


async def test_a_similar_question_is_asked_anyway_by_who_wants_it_so(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, session, maya)
    offered = await ask(stage, session, kofi, ALIKE)
    await kofi.click(offered, label="Ask anyway")
    await stage.moment(5)
    assert [question.text for question in await questions_of(stage, session)] == [TEXT, ALIKE]


async def test_who_is_asked_about_a_message_writes_it_themselves_also_after_a_restart(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    message = await maya.send(stage.welcome, OTHER)
    await kofi.context_menu(stage.welcome, "Ask in the next Q&A", message)
    invitation = stage.welcome.history()[-1]
    assert OTHER not in invitation.content
    assert OTHER not in str((await maya.click(invitation, label="Ask it")).modal)
    await stage.restart()
    form = await maya.click(invitation, label="Ask it")
    assert OTHER not in str(form.modal)
    await fill(stage, form, maya, OTHER)
    assert OTHER in words(in_place(stage, session)[0])


async def test_who_takes_no_direct_messages_still_finds_the_reason(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    await ask(stage, session, maya)
    stage.env.inject_error(
        "POST", f"/channels/{maya.user.dm_channel.id}/messages", status=403, code=50007,
        message="Cannot send messages to this user", times=None,
    )  # fmt: skip
    hosts_read = len(stage.hosts.history())
    await press(stage, pending(stage)[0], "Decline", reason="Too private, sorry.")
    await stage.moment(15)
    listed = shown(await maya.slash(stage.welcome, "session questions"))
    assert "a host declined it: Too private, sorry." in listed.content
    assert len(stage.hosts.history()) == hosts_read, "whose question it was is told to nobody"


async def test_what_its_asker_withdraws_is_taken_from_the_hosts_too(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    await ask(stage, session, maya)
    [question] = await questions_of(stage, session)
    assert len(pending(stage)) == 1
    await stage.bot.services.questions.withdraw(stage.guild.id, question.id, maya.id, stage.now())
    await stage.moment(5)
    assert pending(stage) == []


async def test_a_cohost_who_does_not_manage_the_server_decides(stage: Stage) -> None:
    maya, walter = await stage.join("maya"), await stage.join("walter")
    session = await plan(stage, hosts=[stage.carol, walter], options={"link": LINK, "moderated": True})
    await ask(stage, session, maya)
    await walter.click(pending(stage)[0], label="Approve")
    await stage.moment(5)
    assert TEXT in words(in_place(stage, session)[0])


async def test_what_is_answered_stays_as_it_was_asked(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await ask(stage, session, maya)
    [card] = in_place(stage, session)
    mine = shown(await maya.click(card, label="⋯"))
    [question] = await questions_of(stage, session)
    services, now = stage.bot.services, session.starts_at
    await services.live.open(stage.guild.id, session.id, now)
    await services.answering.take(stage.guild.id, session.id, question.id, stage.carol.id, now)
    await services.answering.finish(stage.guild.id, session.id, question.id, now)
    refused = shown(await maya.click(mine, label="Change it"))
    assert "cannot be changed any more: it was answered" in refused.content
    assert "it was answered" in shown(await maya.click(card, label="Upvote")).content
    [kept] = await questions_of(stage, session)
    assert (kept.text, kept.state) == (TEXT, QuestionState.ANSWERED)
    stage.refusals()


async def test_the_card_of_the_session_still_asks_after_a_restart(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await stage.restart()
    [announcement] = cards(stage)
    await fill(stage, await maya.click(announcement, label="Ask a question"), maya)
    assert TEXT in words(in_place(stage, session)[0])
