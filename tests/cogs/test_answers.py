"""Introductions that a person answers, and those that nobody answers, as members and hosts meet them."""

import asyncio
from datetime import timedelta

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.outbox.rules import PostState
from cogs.greeting.answers import OpenCards
from tests.cogs.test_introductions import filled, introduce
from tests.simkit import Stage

HOUR = 3600


@pytest.fixture
async def maya(stage: Stage) -> simcord.MemberActor:
    """Maya has introduced herself."""
    maya = await stage.join("maya")
    await introduce(stage, maya)
    return maya


def card_of(stage: Stage) -> discord.Message:
    card = stage.introductions.history()[0]
    assert card.embeds
    return card


async def open_thread(stage: Stage, by: simcord.MemberActor) -> simcord.ChannelHandle:
    """Somebody opens a thread on the card by hand, as Discord offers."""
    return await stage.open_thread(stage.introductions, card_of(stage), by)


async def answered_by(stage: Stage, member: simcord.MemberActor) -> list[int]:
    """Who, after all, is known to have answered."""
    await stage.env.settle()
    statistics = await stage.bot.services.answers.statistics(stage.guild.id, 7, stage.now())
    assert (statistics.funnels[0].answered == 1) == (
        await stage.bot.services.answers.nudge(stage.guild.id, member.id) is None
    )
    return list(statistics.answerers)


async def state_of_nudge(stage: Stage, member: simcord.MemberActor) -> PostState:
    async with stage.bot.services.database.transaction() as tx:
        post = await stage.bot.services.outbox.find_in(tx, stage.guild.id, f"nudge:{member.id}")
    assert post is not None
    return post.state


def waiting(stage: Stage) -> OpenCards:
    return stage.bot.get_cog("FirstAnswers").waiting  # type: ignore[union-attr]


# ------------------------------------------------------------- what counts as an answer


async def test_a_message_in_the_cards_thread_is_an_answer(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    thread = await open_thread(stage, maya)
    await stage.pass_time(600)
    await kofi.send(thread, "Rivers! Tell me more.")
    assert await answered_by(stage, maya) == [kofi.id]
    assert await state_of_nudge(stage, maya) is PostState.CANCELLED
    await stage.pass_time(4 * HOUR)
    assert stage.said(stage.hosts) == []


async def test_a_reply_to_the_card_is_an_answer(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
    assert await answered_by(stage, maya) == [kofi.id]


async def test_a_press_on_say_hi_is_an_answer(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.carol.click(card_of(stage), label="Say hi")
    await stage.moment()
    assert await answered_by(stage, maya) == [stage.carol.id]
    await stage.pass_time(4 * HOUR)
    assert stage.said(stage.hosts) == []


async def test_the_time_of_the_first_answer_is_the_messages_own(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    await stage.pass_time(1800)
    answer = await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
    await stage.carol.send(stage.introductions, "Hello!", reply_to=card_of(stage))
    await stage.pass_time(600)
    [week, *_] = (await stage.bot.services.answers.statistics(stage.guild.id, 7, stage.now())).funnels
    assert week.median_wait is not None
    assert abs(week.median_wait - (answer.created_at - card_of(stage).created_at)) < timedelta(seconds=2)
    assert await answered_by(stage, maya) == [kofi.id]


async def test_what_the_newcomer_adds_is_no_answer(stage: Stage, maya: simcord.MemberActor) -> None:
    thread = await open_thread(stage, maya)
    await maya.send(thread, "I forgot to say…")
    await maya.send(stage.introductions, "…this.", reply_to=card_of(stage))
    assert await answered_by(stage, maya) == []


async def test_what_bots_and_webhooks_write_is_no_answer(stage: Stage, maya: simcord.MemberActor) -> None:
    other_bot = await stage.join("another bot", bot=True)
    thread = await open_thread(stage, maya)
    await other_bot.send(thread, "Beep.")
    await stage.guild.create_webhook(stage.introductions).send("Boop.")
    assert await answered_by(stage, maya) == []
    await stage.pass_time(3 * HOUR + 60)
    assert len(stage.said(stage.hosts)) == 1


async def test_other_messages_are_no_answer_and_start_no_work(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    own = await kofi.send(stage.introductions, "Nice weather.")
    await stage.carol.send(stage.introductions, "Indeed.", reply_to=own)
    await kofi.forward(card_of(stage), stage.introductions)
    assert await answered_by(stage, maya) == []

    class Elsewhere:
        channel_id, reply_to_id = stage.introductions.id, own.id

    before = asyncio.all_tasks()
    stage.bot.get_cog("FirstAnswers").observe(Elsewhere())  # type: ignore[union-attr]
    assert asyncio.all_tasks() == before


async def test_only_cards_that_wait_are_kept_in_memory(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    await introduce(stage, kofi)
    assert len(waiting(stage)) == 2
    await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
    await stage.env.settle()
    assert len(waiting(stage)) == 1
    await stage.carol.click(stage.introductions.history()[1], label="Say hi")
    assert not waiting(stage)
    ines = await stage.join("ines")
    await introduce(stage, ines)
    stage.remove_bot_from(stage.guild)
    await stage.env.settle()
    assert not waiting(stage)


async def test_an_answer_after_a_restart_is_noticed(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    await stage.restart()
    await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
    assert await answered_by(stage, maya) == [kofi.id]


async def test_an_answer_to_a_card_posted_anew_is_noticed(stage: Stage, maya: simcord.MemberActor) -> None:
    kofi = await stage.join("kofi")
    stage.env.backend.delete_message(stage.introductions.id, card_of(stage).id)
    await introduce(stage, maya)
    assert len(waiting(stage)) == 1
    await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
    assert await answered_by(stage, maya) == [kofi.id]


async def test_an_answer_that_cannot_be_written_down_now_is_found_later(
    stage: Stage, maya: simcord.MemberActor, caplog: pytest.LogCaptureFixture
) -> None:
    kofi = await stage.join("kofi")
    await stage.bot.services.database.engine.dispose()
    stage.bot.services.database.busy_timeout = 0.1
    with stage.database_locked():
        await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
        await asyncio.sleep(0.5)
        await stage.env.settle()
    assert "answer not written down" in caplog.text
    assert waiting(stage)
    await stage.pass_time(3 * HOUR + 60)
    assert await answered_by(stage, maya) == [kofi.id]
    assert stage.said(stage.hosts) == []


# ------------------------------------------------------------- the nudge


async def test_after_three_hours_without_an_answer_the_hosts_get_one_nudge(
    stage: Stage, maya: simcord.MemberActor
) -> None:
    await stage.pass_time(3 * HOUR - 60)
    assert stage.said(stage.hosts) == []
    await stage.pass_time(120)
    await stage.restart()
    await stage.pass_time(25 * HOUR)
    [nudge] = stage.said(stage.hosts)
    link = card_of(stage).jump_url
    assert nudge.startswith(f"{stage.host_role.mention} maya introduced themselves 3 hours ago and nobody has answered")
    assert link in nudge
    assert len(stage.said(stage.welcome)) == len(stage.said(stage.introductions)) == 1, "nothing is said elsewhere"
    message = stage.hosts.last_message
    assert message is not None
    [button] = message.components[0].children  # type: ignore[union-attr]
    assert (button.label, button.url) == ("Go to the introduction", link)  # type: ignore[union-attr]


async def test_a_restart_in_the_meantime_changes_nothing(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.pass_time(2 * HOUR)
    await stage.restart()
    await stage.pass_time(2 * HOUR)
    assert len(stage.said(stage.hosts)) == 1


async def test_the_nudge_pings_hosts_and_greeters_and_never_the_newcomer(stage: Stage) -> None:
    greeters = stage.guild.create_role("Greeters", mentionable=True)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, greeters.id)
    await stage.take_from_bot("administrator", "mention_everyone")
    maya = await stage.join("@everyone **maya**")
    await introduce(stage, maya)
    await stage.pass_time(3 * HOUR + 60)
    sent = next(call for call in reversed(stage.env.http_requests) if call.json and "nobody has" in str(call.json))
    assert sent.json["allowed_mentions"] == {"parse": [], "roles": [stage.host_role.id, greeters.id]}
    assert f"{stage.host_role.mention} {greeters.mention}" in sent.json["content"]
    assert str(maya.id) not in sent.json["content"]
    assert "**maya**" not in sent.json["content"]
    assert f"could not ping {stage.host_role.mention}." in sent.json["content"], "only this role cannot be mentioned"
    assert "*Server Settings → Roles*" in sent.json["content"]


async def test_roles_that_are_gone_are_not_called(stage: Stage) -> None:
    await stage.bot.services.communities.set_host_role(stage.guild.id, None)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, 12345678901234567)
    await introduce(stage, await stage.join("maya"))
    await stage.pass_time(3 * HOUR + 60)
    [nudge] = stage.said(stage.hosts)
    assert nudge.startswith("maya introduced themselves")


async def test_an_edit_does_not_nudge_again(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.pass_time(3 * HOUR + 60)
    form = await maya.slash(stage.welcome, "intro")
    await maya.submit_modal(form, filled(form, told=["Another book", "x", "y"]))
    await stage.pass_time(8 * HOUR)
    assert len(stage.said(stage.hosts)) == 1


@pytest.mark.parametrize("where", ["thread", "channel"])
async def test_an_answer_that_was_missed_while_the_bot_was_away_is_found_before_the_nudge(
    stage: Stage, maya: simcord.MemberActor, where: str
) -> None:
    kofi = await stage.join("kofi")
    thread = await open_thread(stage, maya)
    with stage.gateway_down():
        await maya.send(thread, "Anybody here?")
        await kofi.send(stage.introductions, "I wonder who else is around.")
        if where == "thread":
            await kofi.send(thread, "Rivers! Tell me more.")
        else:
            await kofi.send(stage.introductions, "Welcome!", reply_to=card_of(stage))
        await stage.carol.send(stage.introductions, "Hello!", reply_to=card_of(stage))
    assert await answered_by(stage, maya) == []
    await stage.restart()
    await stage.pass_time(4 * HOUR)
    assert stage.said(stage.hosts) == []
    assert await answered_by(stage, maya) == [kofi.id], "Carol came second"


async def test_what_the_bot_may_not_read_does_not_hold_the_nudge_back(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.deny(stage.introductions, "read_message_history")
    await stage.pass_time(3 * HOUR + 60)
    assert len(stage.said(stage.hosts)) == 1


async def test_for_one_who_left_nobody_is_nudged(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.leave(maya)
    await stage.pass_time(4 * HOUR)
    assert stage.said(stage.hosts) == []
    assert await state_of_nudge(stage, maya) is PostState.CANCELLED


async def test_for_a_card_that_was_removed_nobody_is_nudged(stage: Stage, maya: simcord.MemberActor) -> None:
    stage.env.backend.delete_message(stage.introductions.id, card_of(stage).id)
    await stage.pass_time(4 * HOUR)
    assert stage.said(stage.hosts) == []
    assert await state_of_nudge(stage, maya) is PostState.CANCELLED


async def test_nudges_can_be_switched_off(stage: Stage) -> None:
    await stage.bot.services.answers.set_nudge(stage.guild.id, timedelta(0))
    await introduce(stage, await stage.join("maya"))
    await stage.pass_time(8 * HOUR)
    assert stage.said(stage.hosts) == []


async def test_a_nudge_that_cannot_be_posted_is_called_by_its_name(stage: Stage, maya: simcord.MemberActor) -> None:
    lounge = stage.guild.create_text_channel("other hosts")
    await stage.deny(stage.hosts, "send_messages")
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, lounge.id)
    await stage.pass_time(4 * HOUR)
    assert "a nudge about an unanswered introduction" in stage.said(lounge)[0]
