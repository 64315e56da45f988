"""Newcomers in a real community: many at once, while nobody looks, and gone again."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from tests.simkit import UNTIL_GREETED, Stage
from tests.simpast import present


async def test_whoever_joins_within_ten_seconds_is_greeted_together(stage: Stage) -> None:
    people = [stage.guild.add_member(stage.env.create_user(name)) for name in ("maya", "kofi", "ines")]
    await stage.moment(UNTIL_GREETED)
    [greeting] = stage.said(stage.welcome)
    maya, kofi, ines = (person.mention for person in people)
    assert f"{maya}, {kofi} and {ines}" in greeting
    message = stage.welcome.last_message
    assert message is not None
    assert {user.id for user in message.mentions} == {person.id for person in people}


async def test_one_who_leaves_within_ten_minutes_is_no_longer_named(stage: Stage) -> None:
    maya, kofi = (stage.guild.add_member(stage.env.create_user(name)) for name in ("maya", "kofi"))
    await stage.moment(UNTIL_GREETED)
    await stage.leave(maya)
    [greeting] = stage.said(stage.welcome)
    assert maya.mention not in greeting
    assert kofi.mention in greeting
    await stage.leave(kofi)
    assert stage.said(stage.welcome) == []


async def test_one_who_leaves_later_stays_greeted(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.pass_time(660)
    await stage.leave(maya)
    assert len(stage.said(stage.welcome)) == 1


async def test_one_who_comes_back_reads_other_words(stage: Stage) -> None:
    user = stage.env.create_user("maya")
    maya = await stage.enter(user)
    await stage.pass_time(3600)
    await stage.leave(maya)
    await stage.enter(user)
    first, second = stage.said(stage.welcome)
    assert "back" not in first
    assert "back" in second


async def test_those_who_joined_while_the_bot_was_away_are_greeted(stage: Stage) -> None:
    user = stage.env.create_user("maya")
    await stage.restart(while_away=lambda: stage.guild.add_member(user))
    [greeting] = stage.said(stage.welcome)
    assert user.mention in greeting
    await stage.restart()
    assert len(stage.said(stage.welcome)) == 1


async def test_those_who_joined_more_than_a_day_ago_are_only_recorded(stage: Stage) -> None:
    before = await present(stage)

    def long_ago() -> None:
        stage.guild.add_member(stage.env.create_user("maya"))
        stage.env.backend.advance_clock(25 * 3600)

    await stage.restart(while_away=long_ago)
    assert stage.said(stage.welcome) == []
    assert len(await present(stage)) == len(before) + 1


async def test_those_who_were_here_before_the_bot_are_not_greeted(stage: Stage) -> None:
    with stage.gateway_down():
        guild = stage.env.create_guild("Another")
        channel = guild.create_text_channel("welcome")
        guild.add_member(stage.env.create_user("maya"))
    stage.env.backend.advance_clock(60)
    stage.invite_bot_to(guild)
    await stage.moment()
    await stage.bot.services.communities.set_channel(guild.id, ChannelPurpose.GREETING, channel.id)
    await stage.restart()
    assert not any("Welcome" in text or "maya" in text for text in stage.said(channel))


async def test_rules_accepted_more_than_a_day_ago_are_only_recorded(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)

    def accept_long_ago() -> None:
        stage.env.backend.get_member(stage.guild.id, maya.id).pending = False
        stage.env.backend.advance_clock(49 * 3600)

    await stage.restart(while_away=accept_long_ago)
    assert stage.said(stage.welcome) == []
    assert await stage.bot.services.members.awaiting_screening(stage.guild.id) == []


async def test_one_who_left_while_awaited_is_awaited_no_longer(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    await stage.restart(while_away=lambda: stage.guild.remove_member(maya))
    assert await stage.bot.services.members.awaiting_screening(stage.guild.id) == []


async def test_when_screening_is_switched_off_nobody_is_stuck(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    await stage.switch_screening(on=False)
    await stage.moment(UNTIL_GREETED)
    [greeting] = stage.said(stage.welcome)
    assert maya.mention in greeting


async def test_when_screening_was_switched_off_meanwhile_nobody_is_stuck(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    await stage.switch_screening(on=False, told=False)
    await stage.restart()
    [greeting] = stage.said(stage.welcome)
    assert maya.mention in greeting


async def test_settings_are_shown_and_changed_in_words(stage: Stage) -> None:
    shown = await stage.carol.slash(stage.hosts, "greeting settings")
    assert shown.response is not None
    assert shown.ephemeral
    assert "**10 seconds**" in shown.response.content
    changed = await stage.carol.slash(
        stage.hosts, "greeting settings",
        together=0, most_joins=5, welcome_back=False, direct_message=True, forget_after=30,
    )  # fmt: skip
    assert changed.response is not None
    for words in ("greeted alone", "**5 joins**", "**not greeted**", "**also get one direct message**", "**30 days**"):
        assert words in changed.response.content


async def test_the_shortest_wait_for_an_answer_is_a_minute_and_only_zero_is_never(stage: Stage) -> None:
    for hours, words in ((0.001, "for **1 minute**"), (0.0, "Nobody is told")):
        changed = await stage.carol.slash(stage.hosts, "greeting settings", nudge_after=hours)
        assert changed.response is not None
        assert words in changed.response.content


async def with_direct_messages(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "greeting settings", direct_message=True)


async def test_no_direct_message_is_sent_unless_a_host_turned_it_on(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert not stage.direct_messages(maya)
    await with_direct_messages(stage)
    kofi = await stage.join("kofi")
    [(_, text)] = stage.direct_messages(kofi)
    assert "Bubble" in text
    assert "the only message" in text


async def test_direct_messages_go_out_at_most_every_ten_seconds(stage: Stage) -> None:
    await with_direct_messages(stage)
    people = [stage.guild.add_member(stage.env.create_user(f"person{number}")) for number in range(4)]
    await stage.pass_time(120)
    sent = sorted(at for person in people for at, _ in stage.direct_messages(person))
    assert len(sent) == 4
    assert all((later - earlier).total_seconds() >= 10 for earlier, later in pairwise(sent))


async def test_who_takes_no_direct_messages_is_remembered_and_not_tried_again(stage: Stage) -> None:
    await with_direct_messages(stage)
    stage.api.refuse_direct(code=50007)
    user = stage.env.create_user("maya")
    maya = await stage.enter(user)
    await stage.pass_time(3600)
    assert stage.api.refused_direct == 1
    await stage.leave(maya)
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(40 * 24 * 3600))
    await stage.enter(user)
    await stage.pass_time(60)
    assert stage.api.refused_direct == 1
    assert stage.said(stage.hosts) == [], "whether somebody takes messages is their own business"


async def test_opening_too_fast_backs_off(stage: Stage) -> None:
    await with_direct_messages(stage)
    stage.api.refuse_direct(code=40003, times=1)
    maya = await stage.join("maya")
    await stage.pass_time(120)
    assert not stage.direct_messages(maya)
    await stage.pass_time(600)
    assert len(stage.direct_messages(maya)) == 1


async def test_a_join_message_tells_of_a_join_in_a_large_guild(stage: Stage) -> None:
    """Where a list of members would be too long, Discord's own join messages are read instead."""
    stage.pretend_size(100_000)
    stage.announce_joins_in(stage.channels[ChannelPurpose.ANNOUNCEMENTS])
    await stage.moment()
    user = stage.env.create_user("maya")

    def join_with_message() -> None:
        stage.guild.add_member(user)
        stage.say_joined(stage.channels[ChannelPurpose.ANNOUNCEMENTS], user)

    stage.env.http_requests.clear()
    await stage.restart(while_away=join_with_message)
    [greeting] = stage.said(stage.welcome)
    assert user.mention in greeting
    assert not [call for call in stage.env.http_requests if call.path.endswith("/members")]


async def test_a_guild_that_cannot_be_looked_at_holds_up_no_other(stage: Stage) -> None:
    stage.env.inject_error("GET", f"/guilds/{stage.guild.id}/members", status=500, times=1)
    user = stage.env.create_user("maya")
    await stage.restart(while_away=lambda: stage.guild.add_member(user))
    kofi = await stage.join("kofi")
    assert any(kofi.mention in text for text in stage.said(stage.welcome))


async def test_one_who_joins_while_the_database_is_locked_is_greeted_afterwards(stage: Stage) -> None:
    stage.bot.services.database.busy_timeout = 0.05
    await stage.bot.services.database.engine.dispose()
    user = stage.env.create_user("maya")
    with stage.database_locked():
        stage.guild.add_member(user)
        await stage.env.settle()
        arrivals = stage.bot.get_cog("Arrivals")
        for _ in range(200):  # SQLite waits for the lock in real time.
            if arrivals._behind:  # type: ignore[union-attr]
                break
            await asyncio.to_thread(time.sleep, 0.05)
    await stage.pass_time(600)
    await stage.moment(UNTIL_GREETED)
    [greeting] = stage.said(stage.welcome)
    assert user.mention in greeting


async def test_a_greeting_taken_down_by_hand_is_no_trouble(stage: Stage) -> None:
    maya = await stage.join("maya")
    message = stage.welcome.last_message
    assert isinstance(message, discord.Message)
    stage.env.backend.delete_message(stage.welcome.id, message.id)
    await stage.leave(maya)
    await stage.pass_time(60)
    assert stage.said(stage.hosts) == []


async def test_one_who_leaves_while_the_bot_catches_up_is_not_taken_for_a_newcomer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, listed = stage.bot.get_guild(stage.guild.id), discord.Guild.fetch_members
    arrivals = stage.bot.get_cog("Arrivals")
    assert guild is not None
    with stage.gateway_down():
        gone = stage.guild.add_member(stage.env.create_user("maya"))

    async def leave_once_listed(guild: discord.Guild, **options: Any) -> AsyncIterator[discord.Member]:
        members = [member async for member in listed(guild, **options)]
        stage.guild.remove_member(gone)
        await asyncio.sleep(0.05)
        for member in members:
            yield member

    monkeypatch.setattr(discord.Guild, "fetch_members", leave_once_listed)
    await arrivals._catch_up_safely(guild)  # type: ignore[union-attr]
    assert gone.id not in await present(stage)
