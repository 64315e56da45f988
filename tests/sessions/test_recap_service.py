"""The recap from the close to its last change, on real databases."""

from datetime import datetime, timedelta

import pytest

from bot.db import Database
from bot.outbox.rules import PostState
from bot.programs.rules import Draft
from bot.sessions.errors import NoSuchSessionError
from bot.sessions.live_errors import BadLinkError, NotClosedError
from bot.sessions.recap_service import RECAP
from bot.sessions.rules import Session
from tests.sessions.live_room import CAROL, GUILD, HOUR, KOFI, MAYA, MINUTE, NOOR, OTHER, THREAD, Room


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.set_up(now)
    return room


async def played(room: Room, now: datetime, questions: int = 1, text: str = "?" * 20, **how: object) -> Session:
    """A session in which so many questions were answered, one each minute, and which is closed."""
    session = await room.plan(now, **how)
    asked = [await room.ask(session, 100 + n, f"{text} {n}", now) for n in range(questions)]
    await room.live.open(GUILD, session.id, now)
    for minute, question in enumerate(asked, 1):
        await room.answering.take(GUILD, session.id, question.id, CAROL, now + minute * MINUTE)
        await room.answering.finish(GUILD, session.id, question.id, now + minute * MINUTE)
    await room.send_all(now + questions * MINUTE)
    return await room.live.close(GUILD, session.id, now + HOUR)


async def test_the_recap_is_decided_together_with_the_close(room: Room, now: datetime) -> None:
    session = await played(room, now)
    recap = await room.post(f"session:{session.id}:recap")
    assert recap is not None
    assert (recap.kind, recap.channel_id, recap.subject_id, recap.state) == (
        RECAP,
        THREAD,
        session.id,
        PostState.WAITING,
    )
    shown = await room.recaps.page(GUILD, recap.key, session.id)
    assert shown is not None
    card = await room.post("question:1")
    assert card is not None
    assert f"https://discord.com/channels/{GUILD}/{THREAD}/{card.message_id}" in shown[1].text
    assert shown[1].pinged_ids == (100,)


async def test_a_session_without_an_answer_has_no_recap(room: Room, now: datetime) -> None:
    session = await played(room, now, questions=0)
    assert await room.post(f"session:{session.id}:recap") is None


async def test_a_long_recap_becomes_messages_that_hold_every_question_once(room: Room, now: datetime) -> None:
    session = await played(room, now, questions=60, text="How do I find readers for something so long? " * 6)
    pages: list[str] = []
    number = 0
    while post := await room.post(f"session:{session.id}:recap" + (f":{number + 1}" if number else "")):
        shown = await room.recaps.page(GUILD, post.key, session.id)
        assert shown is not None
        pages.append(shown[1].text)
        number += 1
    assert len(pages) > 2
    whole = "\n".join(pages)
    assert [f"**{n}.** " in whole for n in range(1, 61)] == [True] * 60
    assert await room.recaps.page(GUILD, f"session:{session.id}:recap:{number + 1}", session.id) is None


async def test_an_anonymous_asker_is_neither_thanked_nor_pinged(room: Room, now: datetime) -> None:
    session = await room.plan(now)
    secret = await room.ask(session, NOOR, "Is it normal to be afraid?", now, anonymous=True)
    same = await room.ask(session, KOFI, "Is it normal to be so afraid?", now)
    await room.merge(same, secret)
    await room.live.open(GUILD, session.id, now)
    await room.answering.take(GUILD, session.id, secret.id, CAROL, now)
    await room.live.close(GUILD, session.id, now + HOUR)
    shown = await room.recaps.page(GUILD, f"session:{session.id}:recap", session.id)
    assert shown is not None
    assert shown[1].pinged_ids == (KOFI,)
    assert f"<@{NOOR}>" not in shown[1].text
    assert f"For asking: <@{KOFI}>." in shown[1].text
    assert NOOR not in (await room.recaps.export(GUILD, session.id)).member_ids


async def test_the_recording_is_added_to_the_recap_and_the_program_and_can_be_replaced(
    room: Room, now: datetime
) -> None:
    program = await room.programs.create(GUILD, Draft("Writing course"), now)
    session = await played(room, now, program_id=program.id)
    await room.send_all(now + HOUR)
    link = "https://video.example/1"
    await room.recaps.set_recording(GUILD, session.id, link, None, now + 2 * HOUR)
    recap = await room.post(f"session:{session.id}:recap")
    assert recap is not None
    assert recap.state is PostState.REVISING
    shown = await room.recaps.page(GUILD, recap.key, session.id)
    assert shown is not None
    assert link in shown[1].text
    assert "at 1:00" in shown[1].text
    [kept] = await room.programs.list_recordings(GUILD, program.id)
    assert (kept.link, kept.title) == (link, "Break Out of Your Bubble (2026-04-01)")
    for _ in range(2):
        await room.recaps.set_recording(GUILD, session.id, f"{link}2", timedelta(minutes=5), now + 2 * HOUR)
    shown = await room.recaps.page(GUILD, recap.key, session.id)
    assert shown is not None
    assert "at 6:00" in shown[1].text
    assert [one.link for one in await room.programs.list_recordings(GUILD, program.id)] == [f"{link}2"]


async def test_a_recording_needs_a_link_and_a_session_that_is_over(room: Room, now: datetime) -> None:
    session = await played(room, now)
    with pytest.raises(BadLinkError):
        await room.recaps.set_recording(GUILD, session.id, "my computer", None, now)
    planned = await room.plan(now + 2 * HOUR)
    with pytest.raises(NotClosedError):
        await room.recaps.set_recording(GUILD, planned.id, "https://video.example/1", None, now)
    with pytest.raises(NoSuchSessionError):
        await room.recaps.set_recording(OTHER, session.id, "https://video.example/1", None, now)


async def test_an_archived_program_does_not_keep_the_recording_from_the_recap(room: Room, now: datetime) -> None:
    program = await room.programs.create(GUILD, Draft("Writing course"), now)
    session = await played(room, now, program_id=program.id)
    await room.programs.archive(GUILD, program.id, now)
    changed = await room.recaps.set_recording(GUILD, session.id, "https://video.example/1", None, now)
    assert changed.recording_url == "https://video.example/1"


async def test_a_session_whose_thread_is_gone_is_told_of_in_the_channel_for_questions(
    room: Room, now: datetime
) -> None:
    session = await played(room, now, thread_id=None)
    recap = await room.post(f"session:{session.id}:recap")
    assert recap is not None
    assert recap.channel_id == 21


async def test_an_export_names_everybody_it_may(room: Room, now: datetime) -> None:
    session = await played(room, now, questions=2)
    export = await room.recaps.export(GUILD, session.id)
    assert [question.text[-1] for question in export.questions] == ["0", "1"]
    assert export.member_ids == [CAROL, 31, 100, 101]
    assert MAYA not in export.member_ids
