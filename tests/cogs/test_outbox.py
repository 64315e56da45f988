"""Automatic messages under every fault: never lost, never doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.client import Tribekeeper
from bot.db import DatabaseUnavailableError
from bot.outbox.rules import Post, PostState
from bot.ui.messages import OutgoingMessage
from tests.simkit import Stage, open_stage

KIND = "test:post"


async def draw(_guild: discord.Guild, post: Post) -> OutgoingMessage:
    return OutgoingMessage(f"post {post.subject_id}")


def teach(bot: Tribekeeper) -> None:
    bot.renderers[KIND] = draw
    bot.services.database.busy_timeout = 0.1


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


async def state_of(stage: Stage, subject: int) -> Post:
    outbox = stage.bot.services.outbox
    async with stage.bot.services.database.transaction() as tx:
        post = await outbox.find_in(tx, stage.guild.id, f"{KIND}:{subject}")
    assert post is not None
    return post


def with_status(status: int, code: int = 0) -> Callable[[Callable[[], Any]], Any]:
    from simcord.backend.errors import BackendError

    def happen(_apply: Callable[[], Any]) -> Any:
        raise BackendError(status, code, "injected")

    return happen


async def test_a_due_post_goes_out_once(stage: Stage) -> None:
    await stage.say(KIND, 1)
    await stage.pass_time(3600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_a_post_goes_out_at_its_time_and_not_before(stage: Stage) -> None:
    await stage.say(KIND, 1, due_at=stage.now() + timedelta(hours=20))
    await stage.pass_time(20 * 3600 - 60)
    assert stage.said(stage.welcome) == []
    await stage.pass_time(61)
    assert stage.said(stage.welcome) == ["post 1"]


async def test_posts_decided_out_of_order_go_out_in_order(stage: Stage) -> None:
    await stage.say(KIND, 2, due_at=stage.now() + timedelta(seconds=20))
    await stage.say(KIND, 1, due_at=stage.now() + timedelta(seconds=10))
    await stage.pass_time(60)
    assert stage.said(stage.welcome) == ["post 1", "post 2"]


async def test_a_cut_after_discord_accepted_does_not_double_the_post(stage: Stage) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1)
    await stage.pass_time(600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).message_id == stage.welcome.history()[-1].id


async def test_many_cuts_longer_than_discord_remembers_do_not_double_the_post(stage: Stage) -> None:
    stage.api.remembers_nonces = False
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1)
    await stage.moment(0.5)
    stage.env.inject_error("*", "/channels/*", status=503, times=12)
    await stage.pass_time(3600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_a_cut_before_discord_accepted_does_not_lose_the_post(stage: Stage) -> None:
    stage.api.cut_before_accepting(times=5)
    await stage.say(KIND, 1)
    await stage.pass_time(3600)
    assert stage.said(stage.welcome) == ["post 1"]


async def test_a_post_that_never_arrived_is_sent_after_looking_in_vain(stage: Stage) -> None:
    stage.api.cut_before_accepting(times=9)
    await stage.say(KIND, 1)
    await stage.say(KIND, 2, key="the same words elsewhere", channel_id=stage.hosts.id)
    await stage.pass_time(3600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert stage.said(stage.hosts) == ["post 2"]


async def test_a_crash_between_sending_and_marking_does_not_double_the_post(stage: Stage) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1)
    await stage.env.settle()
    await stage.restart()
    await stage.pass_time(600)
    assert stage.said(stage.welcome) == ["post 1"]


@pytest.mark.parametrize("away", [timedelta(seconds=30), timedelta(hours=3)])
async def test_after_a_crash_and_a_long_absence_the_own_message_is_found(stage: Stage, away: timedelta) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1)
    await stage.env.settle()
    backend = stage.env.backend
    await stage.restart(while_away=lambda: backend.advance_clock(away.total_seconds()))
    await stage.pass_time(600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_an_attempt_after_more_than_a_day_of_doubts_is_found_too(stage: Stage) -> None:
    stage.api.remembers_nonces = False
    stage.api.cut_before_accepting()
    await stage.say(KIND, 1, useful_until=stage.now() + timedelta(days=3))
    await stage.env.settle()
    stage.api.cut_after_accepting()
    backend = stage.env.backend
    await stage.restart(while_away=lambda: backend.advance_clock(timedelta(hours=30).total_seconds()))
    await stage.pass_time(600)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_the_same_words_of_another_post_are_not_taken_for_the_own_message(stage: Stage) -> None:
    await stage.say(KIND, 1, key="the first")
    await stage.moment()
    stage.api.cut_before_accepting(times=9)
    await stage.say(KIND, 1, key="the second")
    await stage.pass_time(3600)
    assert stage.said(stage.welcome) == ["post 1", "post 1"]


async def test_a_server_error_then_success_sends_once(stage: Stage) -> None:
    stage.api.on_next_send(with_status(500))
    await stage.say(KIND, 1)
    await stage.pass_time(60)
    assert stage.said(stage.welcome) == ["post 1"]


async def test_too_many_requests_delay_a_post_and_keep_the_order(stage: Stage) -> None:
    stage.api.on_next_send(with_status(429), times=2)
    await stage.say(KIND, 1)
    await stage.say(KIND, 2)
    await stage.moment(2)
    assert stage.said(stage.welcome) == []
    await stage.pass_time(120)
    assert stage.said(stage.welcome) == ["post 1", "post 2"]
    assert (await state_of(stage, 1)).attempts == 3


async def test_a_channel_that_is_slowed_down_holds_up_no_other(stage: Stage) -> None:
    stage.api.on_next_send(with_status(429), times=1)
    await stage.say(KIND, 1)
    await stage.say(KIND, 2, channel_id=stage.introductions.id)
    await stage.moment(2)
    assert stage.said(stage.welcome) == []
    assert stage.said(stage.introductions) == ["post 2"]


async def revise(stage: Stage, *subjects: int) -> None:
    services = stage.bot.services
    async with services.database.transaction() as tx:
        for subject in subjects:
            await services.outbox.revise(tx, stage.guild.id, f"{KIND}:{subject}", stage.now())


@pytest.mark.parametrize("way", ["refused", "under way"])
async def test_what_is_new_goes_out_before_old_messages_are_drawn_anew(stage: Stage, way: str) -> None:
    old = range(1, 13)
    for subject in old:
        await stage.say(KIND, subject)
    await stage.moment(5)

    may_draw = asyncio.Event()

    async def draw_slowly(guild: discord.Guild, post: Post) -> OutgoingMessage:
        if way == "under way" and post.state is PostState.REVISING:
            await stage.env.external_wait(may_draw.wait(), reason="Discord takes its time")
        return OutgoingMessage(f"post {post.subject_id + (post.state is PostState.REVISING) * 100}")

    stage.bot.renderers[KIND] = draw_slowly
    if way == "refused":
        path = f"/channels/{stage.welcome.id}/messages/{stage.welcome.history()[0].id}"
        stage.env.inject_error("PATCH", path, status=400, code=30046, message="too fast", times=1)
    await revise(stage, *old)
    await stage.say(KIND, 50)
    await stage.say(KIND, 51, due_at=stage.now() + timedelta(seconds=20))
    await stage.moment()
    assert stage.said(stage.welcome)[-1] == "post 50"
    await stage.pass_time(20)
    assert stage.said(stage.welcome)[-1] == "post 51", "at its time, whatever is under way"
    if way == "refused":
        assert stage.said(stage.welcome)[:12] == ["post 1", *(f"post {100 + subject}" for subject in old[1:])]
    may_draw.set()
    await stage.pass_time(700)
    assert stage.said(stage.welcome) == [*(f"post {100 + subject}" for subject in old), "post 50", "post 51"]


async def test_posts_due_while_the_bot_was_away_go_out_at_the_start_in_order(stage: Stage) -> None:
    await stage.say(KIND, 2, due_at=stage.now() + timedelta(minutes=20))
    await stage.say(KIND, 1, due_at=stage.now() + timedelta(minutes=10))
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3600))
    await stage.moment(5)
    assert stage.said(stage.welcome) == ["post 1", "post 2"]


async def test_a_post_is_drawn_as_it_should_look_when_it_goes_out(stage: Stage) -> None:
    words = ["old"]

    async def current(_guild: discord.Guild, _post: Post) -> OutgoingMessage:
        return OutgoingMessage(words[0])

    stage.bot.renderers[KIND] = current
    await stage.say(KIND, 1, due_at=stage.now() + timedelta(hours=1))
    words[0] = "new"
    await stage.pass_time(3700)
    assert stage.said(stage.welcome) == ["new"]


async def test_a_drawing_that_fails_is_tried_again_and_holds_up_no_other_channel(stage: Stage) -> None:
    failures = [1, 1]

    async def shaky(_guild: discord.Guild, post: Post) -> OutgoingMessage:
        if post.subject_id == 1 and failures:
            failures.pop()
            raise LookupError
        return OutgoingMessage(f"post {post.subject_id}")

    stage.bot.renderers[KIND] = shaky
    await stage.say(KIND, 1)
    await stage.say(KIND, 2, channel_id=stage.introductions.id)
    await stage.moment(2)
    assert stage.said(stage.introductions) == ["post 2"]
    await stage.pass_time(300)
    assert stage.said(stage.welcome) == ["post 1"]


async def test_a_drawing_that_never_works_is_tried_less_and_less_often(stage: Stage) -> None:
    await stage.say(KIND, 1)
    await stage.moment(5)
    tries: list[int] = []

    async def broken(_guild: discord.Guild, post: Post) -> OutgoingMessage:
        tries.append(post.id)
        raise LookupError

    stage.bot.renderers[KIND] = broken
    await revise(stage, 1)
    await stage.pass_time(2 * 3600)
    assert 10 < len(tries) < 20, "half a minute later at first, and every ten minutes in the end"
    stage.bot.renderers[KIND] = draw
    await stage.pass_time(700)
    assert (await state_of(stage, 1)).state is PostState.SENT


async def test_a_database_locked_for_a_while_delays_posts_and_loses_none(stage: Stage) -> None:
    await stage.say(KIND, 1, due_at=stage.now() + timedelta(seconds=5))
    with stage.database_locked():
        await stage.pass_time(8)
        assert stage.said(stage.welcome) == []
    await stage.pass_time(120)
    assert stage.said(stage.welcome) == ["post 1"]


@pytest.mark.parametrize("while_it", ["is drawn", "is written down as sent"])
async def test_a_database_that_goes_away_while_a_post_is_under_way_delays_it_without_noise(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, while_it: str
) -> None:
    outbox, is_away = stage.bot.services.outbox, [True]

    async def drawn(guild: discord.Guild, post: Post) -> OutgoingMessage:
        if while_it == "is drawn" and is_away and is_away.pop():
            raise DatabaseUnavailableError
        return await draw(guild, post)

    async def finish(*what: Any) -> None:
        if while_it == "is written down as sent" and is_away and is_away.pop():
            raise DatabaseUnavailableError
        await finish_attempt(*what)

    finish_attempt = outbox.finish_attempt
    monkeypatch.setattr(outbox, "finish_attempt", finish)
    stage.bot.renderers[KIND] = drawn
    await stage.say(KIND, 1)
    await stage.moment(10)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).state is PostState.SENT
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
