"""An evening's use leaves nothing behind but the world itself."""

import asyncio
import threading
import time
from statistics import median

import pytest

from bot.errors import UserFacingError
from bot.programs.service import ProgramService
from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage


async def test_nothing_piles_up_over_three_hundred_actions(stage: Stage):
    scenes = Scenes(stage)
    maya = next(person for person in stage.world.people.values() if person.name == "Maya")
    lounge = stage.world.channels["lounge"]
    took: list[float] = []
    tasks, threads = 0, 0
    for turn in range(60):
        began = time.perf_counter()
        await scenes.join(f"Guest {turn}", with_rules=turn % 3 == 0)
        await scenes.switch(lounge.id, maya.id)
        async with stage.acting():
            await maya.actor.send(lounge, f"Good evening, guest {turn}.")
        await scenes.advance(10)
        await scenes.switch(None, stage.world.newest.id if stage.world.newest else None)
        await scenes.leave()
        if turn % 20 == 10:
            await scenes.restart()
        await stage.tick()
        took.append(time.perf_counter() - began)
        if turn == 15:
            tasks, threads = len(asyncio.all_tasks()), threading.active_count()
    backend = stage.env.backend
    assert len(stage.activity.entries) == 200
    assert len(backend.transcript) == len(backend.http_requests) == 0
    assert len(backend.interactions) <= 500
    assert stage.env.errors == []
    assert len(asyncio.all_tasks()) <= tasks + 2
    assert threading.active_count() <= threads + 2
    assert median(took[-10:]) < 4 * median(took[3:13])


async def test_an_impostor_of_the_host_is_shown_to_the_host_and_stays(stage: Stage):
    scenes = Scenes(stage)
    await scenes.join("Carol (official)", with_rules=False)
    assert "impostor" in {step.id for step in stage.tour.steps if stage.tour.is_done(step)}
    [told] = [entry for entry in stage.activity.entries if "looks like" in entry.quote]
    assert told.channel_id == stage.world.purposes["hosts"]
    await scenes.advance(60)
    assert stage.world.newest is not None
    assert stage.world.newest.id in stage.world.guild.member_ids()


async def test_one_whom_the_host_kicks_is_gone_from_the_stage(stage: Stage):
    scenes = Scenes(stage)
    await scenes.join("Caro1", with_rules=False)
    fake = stage.world.newest
    assert fake is not None
    async with stage.acting():
        alert = stage.world.channels["hosts"].last_message
        assert alert is not None
        asked = await stage.world.host.actor.click(alert, label="Kick")
        assert asked.response is not None
        await stage.world.host.actor.click(asked.response, label="Kick them")
    assert fake.id not in stage.world.people
    assert stage.viewer is stage.world.host
    assert "Caro1 is not here any more" in [entry.text for entry in stage.activity.entries]


async def test_a_member_who_may_not_use_a_command_is_refused_and_nothing_counts_as_broken(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    maya = next(person for person in stage.world.people.values() if person.name == "Maya")
    async with stage.acting():
        refused = await maya.actor.slash(stage.world.channels["lounge"], "program list")
    assert refused.response is not None
    assert refused.response.content == "This is for people with the permission *Manage Server* in this server."
    assert [entry for entry in stage.activity.entries if entry.kind == "trouble"] == []
    assert caplog.records == []


async def test_a_mistake_in_the_bot_is_told_on_the_page_and_in_the_terminal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def stumble(*_: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(ProgramService, "list_all", stumble)
    async with stage.acting():
        await stage.world.host.actor.slash(stage.world.channels["lounge"], "program list")
    [trouble] = [entry for entry in stage.activity.entries if entry.kind == "trouble"]
    assert trouble.text == "Something went wrong in the bot (LookupError). The terminal has the details."
    assert "a bug" in caplog.text


async def test_a_command_on_a_message_is_answered_to_whom_you_are(stage: Stage):
    scenes, lounge = Scenes(stage), stage.world.channels["lounge"]
    await scenes.switch(lounge.id, None)
    kofi = next(message for message in lounge.history() if message.author.display_name == "Kofi")
    assert "Mark as helpful" in scenes.menu()
    await scenes.use_menu(kofi.id, "Mark as helpful")
    answered, asked = list(stage.activity.entries)[:2]
    assert asked.text == "Carol chose “Mark as helpful” for a message"
    assert answered.text == "Tribekeeper answered only Carol"
    assert "Kofi was helpful" in answered.quote


async def test_the_form_that_a_command_on_a_message_opens_stands_on_the_stage(stage: Stage):
    scenes, lounge = Scenes(stage), stage.world.channels["lounge"]
    maya = next(person for person in stage.world.people.values() if person.name == "Maya")
    await scenes.switch(lounge.id, maya.id)
    own = next(message for message in lounge.history() if message.author.id == maya.id)
    await scenes.use_menu(own.id, "Ask in the next Q&A")
    assert stage._preview is not None
    shown = await stage._preview.snapshot()
    assert shown["modal"]["payload"]["title"].startswith("Ask:")


async def test_one_who_has_yet_to_accept_the_rules_finds_no_command_on_a_message(stage: Stage):
    scenes = Scenes(stage)
    await scenes.join("Noor", with_rules=True)
    assert scenes.menu() == []
    with pytest.raises(UserFacingError, match="Noor cannot use that command here"):
        await scenes.use_menu(1, "Mark as helpful")


async def test_time_does_not_move_twice_at_once(stage: Stage):
    scenes = Scenes(stage)
    long_way = asyncio.create_task(scenes.advance(1440))
    await asyncio.sleep(0.05)
    with pytest.raises(UserFacingError, match="already moving"):
        await scenes.advance(10)
    await long_way


async def test_a_jump_arrives_to_the_second_however_it_is_cut(stage: Stage):
    before = stage.env.now()
    await stage.passage.advance(3601.3)
    assert abs((stage.env.now() - before).total_seconds() - 3601.3) < 0.1


async def test_people_can_act_while_a_day_passes(stage: Stage):
    scenes = Scenes(stage)
    day = asyncio.create_task(scenes.advance(1440))
    await asyncio.sleep(0.05)
    await scenes.join("Noor", with_rules=False)
    assert not day.done()
    await day
    assert "join" in {step.id for step in stage.tour.steps if stage.tour.is_done(step)}


async def test_the_bot_remembers_across_a_restart(stage: Stage):
    scenes = Scenes(stage)
    await scenes.join("Noor", with_rules=True)
    await scenes.restart()
    await scenes.accept_rules()
    greetings = [entry for entry in stage.activity.entries if entry.kind == "bot"]
    assert len(greetings) == 1
    assert "Noor" in greetings[0].quote
