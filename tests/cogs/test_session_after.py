"""Who was there, and what stands in Discord once a session is over."""

from dataclasses import replace

import pytest

from bot.sessions.question_repository import QuestionRepository
from bot.sessions.rules import Place, PlaceKind, Question, QuestionState
from tests.cogs.leading import MINUTE, TITLE, Talk, answer
from tests.cogs.sessioning import cards, plan, thread_of
from tests.simkit import Stage

READERS, WORKSHOP = "How do I find my first readers?", "What comes after the workshop?"


@pytest.fixture
async def talk(stage: Stage) -> Talk:
    return await Talk.plan(stage)


async def attended(stage: Stage, talk: Talk) -> int:
    return (await stage.bot.services.live.board(stage.guild.id, talk.session_id)).attended


async def test_ten_minutes_on_the_stage_count_also_across_the_opening_and_a_restart(stage: Stage, talk: Talk) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await maya.join_voice(talk.talks)
    await kofi.join_voice(talk.talks)
    await talk.open()
    await stage.pass_time(4 * MINUTE)
    await kofi.leave_voice()
    await stage.restart()
    await stage.pass_time(5 * MINUTE)
    assert await attended(stage, talk) == 0
    await stage.pass_time(3 * MINUTE)
    assert await attended(stage, talk) == 1
    assert "1 took part" in talk.field("Questions")


async def test_a_message_in_the_thread_counts_also_one_the_bot_missed(stage: Stage, talk: Talk) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    thread = await talk.thread()
    await maya.send(thread, "Looking forward to it")
    await talk.open()
    await stage.moment()
    assert await attended(stage, talk) == 0
    await maya.send(thread, "Hello everybody")
    await stage.moment()
    assert await attended(stage, talk) == 1
    backend = stage.env.backend
    await stage.pass_time(MINUTE)
    await stage.restart(while_away=lambda: backend.create_message(thread.id, kofi.id, "I am here, too") and None)
    assert await attended(stage, talk) == 2


async def test_coming_asking_and_being_there_count_as_taking_part_once_each(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    [announcement] = cards(stage)
    for label in ("I’m coming", "Maybe", "I’m coming"):
        await maya.click(announcement, label=label)
    form = await maya.click(announcement, label="Ask a question")
    await maya.submit_modal(form, {"question": READERS})
    await talk.open()
    for words in ("Hello everybody", "And hello again"):
        await maya.send(await talk.thread(), words)
        await stage.moment()
    card = await stage.bot.services.standing.card(stage.guild.id, maya.id, stage.now())
    assert (card.stored.rsvps, card.stored.questions, card.taking_part.sessions) == (1, 1, 1)


async def test_the_recap_stands_in_the_thread_and_mentions_once_who_was_away(stage: Stage, talk: Talk) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await talk.ask(maya, READERS, votes=1)
    await talk.ask(kofi, WORKSHOP)
    await kofi.join_voice(talk.talks)
    await talk.open()
    await talk.press("Next")
    await talk.press("Next")
    await talk.close()
    thread = await talk.thread()
    [recap] = [
        message for message in await talk.said() if message.embeds and "Recap" in (message.embeds[0].title or "")
    ]
    assert recap.content == f"Answered while you were away: {maya.mention}"
    assert recap.embeds[0].description == (
        f"2 questions answered with {stage.carol.mention} and {talk.walter.mention}.\n\n"
        f"**1.** {READERS}\nasked by {maya.mention}, answered by {stage.carol.mention}\n\n"
        f"**2.** {WORKSHOP}\nasked by {kofi.mention}, answered by {stage.carol.mention}\n\n"
        f"### Thank you\nFor asking: {maya.mention} and {kofi.mention}."
    )
    assert talk.pinged(thread.id) == [[str(maya.id)], [str(kofi.id)], [str(maya.id)]]
    told = await stage.carol.slash(
        stage.hosts, "session recording", session=str(talk.session_id), url="https://video.example/1", start="2:30"
    )
    assert "is in the recap" in answer(told)
    await stage.moment(5)
    [recap] = [
        message for message in await talk.said() if message.embeds and "Recap" in (message.embeds[0].title or "")
    ]
    assert "[Watch the recording](<https://video.example/1>)" in (recap.embeds[0].description or "")
    assert "at 2:3" in (recap.embeds[0].description or "")
    assert talk.pinged(thread.id)[3:] == []


async def test_a_host_marks_what_they_wrote_as_the_answer(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    question = await talk.ask(maya, READERS)
    await talk.open()
    await talk.close()
    kept = await stage.carol.click(stage.hosts.history()[-1], label="Leave open for written answers")
    assert "1 question was kept open" in answer(kept)
    thread = await talk.thread()
    wrote = await talk.walter.send(thread, "Ask in three small groups first.")
    shown = await talk.walter.context_menu(thread, "Mark as answer", wrote)
    assert shown.response is not None
    await talk.walter.select(shown.response, [str(question)])
    await stage.moment(5)
    answered = await talk.question(question)
    assert (answered.answered_by_id, answered.answer_message_id) == (talk.walter.id, wrote.id)
    assert talk.pinged(thread.id) == [[str(maya.id)]]
    [recap] = [
        message for message in await talk.said() if message.embeds and "Recap" in (message.embeds[0].title or "")
    ]
    assert "[in writing]" in (recap.embeds[0].description or "")


async def test_what_is_left_is_asked_in_the_next_session_with_a_press(stage: Stage, talk: Talk) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    question = await talk.ask(maya, READERS, votes=2)
    async with stage.bot.services.database.transaction() as tx:
        unread = Question(0, stage.guild.id, talk.session_id, kofi.id, WORKSHOP, stage.now())
        await QuestionRepository(tx).add_question(replace(unread, state=QuestionState.PENDING))
    await talk.open()
    await talk.close()
    [notice] = [message for message in stage.hosts.history() if "have no answer yet" in message.content]
    assert "Those that no host has read yet are in `/session questions`." in notice.content
    kept = await stage.carol.click(notice, label="Leave open for written answers")
    assert "1 question was kept open" in answer(kept)
    await stage.moment(5)
    [notice] = [message for message in stage.hosts.history() if "have no answer yet" in message.content]
    assert "They stay open in" in notice.content
    assert [button.label for row in notice.components for button in row.children] == ["Carry over to the next session"]
    following = await plan(stage, title="The next one")
    carried = await stage.carol.click(notice, label="Carry over to the next session")
    assert "**The next one**" in answer(carried)
    await stage.moment(5)
    assert (await talk.question(question)).session_id == following.id
    [card] = cards(stage, thread_of(stage, following))
    assert f"{READERS}\nasked by {maya.mention} · 2 votes" in (card.embeds[0].description or "")


async def test_after_its_thread_was_deleted_recap_and_recording_stand_in_the_channel(stage: Stage, talk: Talk) -> None:
    await talk.ask(await stage.join("maya"), READERS)
    await talk.open()
    await talk.press("Next")
    await talk.close()
    await stage.delete_channel(await talk.thread())
    await stage.moment(5)
    told = await stage.carol.slash(
        stage.hosts, "session recording", session=str(talk.session_id), url="https://video.example/1"
    )
    assert "is in the recap" in answer(told)
    await stage.moment(5)
    [recap] = [card for card in cards(stage) if "Recap" in (card.embeds[0].title or "")]
    assert "[Watch the recording](<https://video.example/1>)" in (recap.embeds[0].description or "")


async def test_who_is_in_the_new_place_or_thread_of_an_open_session_takes_part(stage: Stage, talk: Talk) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await talk.open()
    salon = stage.guild.create_voice_channel("salon")
    await maya.join_voice(salon)
    moved = replace(await talk.session(), place=Place(PlaceKind.VOICE, salon.id))
    await stage.bot.services.sessions.edit(moved, stage.now())
    await stage.pass_time(11 * MINUTE)
    assert await attended(stage, talk) == 1
    await stage.delete_channel(await talk.thread())
    await stage.moment(5)
    [notice] = [message for message in stage.hosts.history() if "I remind nobody" in message.content]
    await stage.carol.click(notice, label="Open a new thread")
    await stage.moment(5)
    await kofi.send(await talk.thread(), "Here we are again")
    await stage.moment()
    assert await attended(stage, talk) == 2


@pytest.mark.parametrize(("ending", "words"), [("md", READERS), ("csv", READERS), ("ics", "BEGIN:VEVENT")])
async def test_a_session_can_be_taken_along_as_a_file(stage: Stage, talk: Talk, ending: str, words: str) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    result = await stage.carol.slash(stage.hosts, "session export", session=str(talk.session_id), file=ending)
    message = result.followups[-1] if result.followups else result.response
    assert message is not None
    [file] = message.message.attachments
    assert file.filename.endswith(f".{ending}")
    assert words in (await file.read()).decode()


async def test_the_announcement_carries_the_session_for_calendars(stage: Stage, talk: Talk) -> None:
    [card] = cards(stage)
    [file] = card.attachments
    assert file.filename == "session.ics"
    content = (await file.read()).decode()
    assert f"SUMMARY:{TITLE}" in content
    assert f"discord.com/channels/{stage.guild.id}/{(await talk.session()).thread_id}" in content.replace("\r\n ", "")
