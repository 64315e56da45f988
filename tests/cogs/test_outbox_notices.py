"""Hosts hear of what could not go out, not be updated or not be taken down, and mend it with a press."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import discord
import pytest

from bot.greeting.arrival_service import DIRECT_GREETING, PREVIEW
from bot.outbox.rules import NOTICE, UNPUBLISHED, Post, PostState
from bot.ui.messages import OutgoingMessage
from cogs.outbox.cards import NAMES
from tests.cogs.test_outbox import KIND, revise, state_of, teach, with_status
from tests.simkit import Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, on_start=teach) as stage:
        await stage.set_up_channels()
        yield stage


async def test_a_post_that_came_through_before_a_refusal_is_found_when_a_host_tries_it_again(stage: Stage) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1)
    await stage.env.settle()
    stage.api.on_next_send(with_status(403, 50013))
    await stage.pass_time(600)
    assert (await state_of(stage, 1)).state is PostState.FAILED
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert stage.said(stage.welcome) == ["post 1"]
    assert (await state_of(stage, 1)).message_id == stage.welcome.history()[-1].id


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003), (400, 50035)])
async def test_a_refused_post_is_never_retried_and_the_host_is_told(stage: Stage, status: int, code: int) -> None:
    stage.api.on_next_send(with_status(status, code))
    await stage.say(KIND, 1)
    await stage.pass_time(4 * 3600)
    assert stage.said(stage.welcome) == []
    assert (await state_of(stage, 1)).attempts == 1
    [notice] = stage.said(stage.hosts)
    assert stage.welcome.mention in notice


async def test_the_host_reads_which_permission_to_grant_and_can_try_again(stage: Stage) -> None:
    await stage.deny(stage.welcome, "send_messages")
    await stage.say(KIND, 1)
    await stage.moment(5)
    [notice] = stage.said(stage.hosts)
    assert "*Send Messages*" in notice
    assert stage.welcome.mention in notice
    assert "Edit Channel → Permissions" in notice
    await stage.allow(stage.welcome)
    await stage.restart()
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert stage.said(stage.welcome) == ["post 1"]


async def test_after_a_week_in_which_discord_let_nothing_be_updated_the_host_reads_what_is_old_and_mends_it(
    stage: Stage,
) -> None:
    for subject in (1, 2):
        await stage.say(KIND, subject)
    await stage.moment(5)

    async def draw_anew(_guild: discord.Guild, post: Post) -> OutgoingMessage:
        return OutgoingMessage(f"post {post.subject_id} is new")

    await stage.deny(stage.welcome, "view_channel")
    await revise(stage, 1, 2)
    await stage.moment(5)
    assert stage.said(stage.hosts) == []
    week = timedelta(days=7).total_seconds()
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(week))
    await stage.moment(5)
    [notice] = stage.said(stage.hosts)
    link = f"https://discord.com/channels/{stage.guild.id}/{stage.welcome.id}/{(await state_of(stage, 1)).message_id}"
    assert notice.startswith(
        f"For a week Discord has not let me update a message in {stage.welcome.mention}, so it still says what was "
        f"true before: {link}. I lack *View Channel*"
    )
    assert notice.endswith("Then press *Try again*: I update all that waits for it there.")
    stage.bot.renderers[KIND] = draw_anew
    await stage.allow(stage.welcome)
    await stage.carol.click(stage.hosts.last_message, label="Try again")
    await stage.moment(5)
    assert stage.said(stage.welcome) == ["post 1 is new", "post 2 is new"]
    assert stage.said(stage.hosts) == ["Trying again. If Discord refuses for another week, I say so here."]


async def test_a_deleted_channel_is_told_by_name_of_its_purpose(stage: Stage) -> None:
    await stage.delete_channel(stage.welcome)
    await stage.moment()
    [notice] = stage.said(stage.hosts)
    assert "Greetings" in notice
    assert "/setup" in notice


async def test_a_post_past_its_latest_useful_time_is_skipped_and_told(stage: Stage) -> None:
    until = stage.now() + timedelta(minutes=10)
    await stage.say(KIND, 1, due_at=until - timedelta(minutes=5), useful_until=until)
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3600))
    await stage.moment(5)
    assert stage.said(stage.welcome) == []
    assert (await state_of(stage, 1)).state is PostState.SKIPPED
    [notice] = stage.said(stage.hosts)
    assert "left it out" in notice


async def test_a_doubtful_post_past_its_time_is_looked_for_before_it_is_skipped(stage: Stage) -> None:
    stage.api.cut_after_accepting()
    await stage.say(KIND, 1, useful_until=stage.now() + timedelta(minutes=1))
    await stage.env.settle()
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3600))
    await stage.moment(5)
    assert (await state_of(stage, 1)).state is PostState.SENT
    assert stage.said(stage.hosts) == []


async def test_a_post_with_nothing_to_say_any_more_is_left_out_in_silence(stage: Stage) -> None:
    async def nothing(_guild: discord.Guild, _post: Post) -> None:
        return None

    stage.bot.renderers[KIND] = nothing
    await stage.say(KIND, 1)
    await stage.moment(5)
    assert (await state_of(stage, 1)).state is PostState.CANCELLED
    assert stage.said(stage.hosts) == []


async def test_every_kind_of_post_has_a_name_that_hosts_know(stage: Stage) -> None:
    # Of notices about posts and of what only one person reads no notice is sent.
    unnamed = {NOTICE, UNPUBLISHED, DIRECT_GREETING, PREVIEW, KIND}
    assert set(stage.bot.renderers) - set(NAMES) == unnamed
