"""Taking part as it is counted from what members do, and what hosts choose about it."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import simcord
from simcord.backend.serializers import channel_payload

from cogs.engagement.counting import Counting
from cogs.engagement.history import History
from tests.cogs.discounting import make_impatient
from tests.cogs.taking_part import WRITTEN, counted, counting, taking_part_of
from tests.engagement.messages import rows_of
from tests.reading import texts
from tests.simkit import Stage


@pytest.fixture
async def maya(stage: Stage) -> simcord.MemberActor:
    return await stage.join("maya")


@pytest.fixture
async def kofi(stage: Stage) -> simcord.MemberActor:
    return await stage.join("kofi")


async def test_a_message_a_reply_and_a_thread_are_counted(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    said = await maya.send(stage.welcome, "Hello")
    await kofi.send(stage.welcome, "Welcome!", reply_to=said)
    thread = await stage.open_thread(stage.welcome, said, kofi)
    await stage.pass_time(60)
    await maya.send(thread, "Thank you")
    assert await counted(stage) == {
        maya.id: {"active": True, "replies_received": 1, "threads_joined": 1},
        kofi.id: {"active": True, "replies_given": 1},
    }


async def test_joining_a_thread_without_a_word_counts_nothing(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    said = await maya.send(stage.welcome, "Hello")
    await stage.open_thread(stage.welcome, said, kofi)
    assert set(await counted(stage)) == {maya.id}


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda backend, thread: backend.announce_thread_create(thread), id="it is opened"),
        pytest.param(lambda backend, thread: backend.announce_channel_update(thread.id), id="it is open again"),
    ],
)
async def test_a_thread_the_bot_hears_of_after_its_first_message_is_one(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor, tell: Callable[[Any, Any], None]
) -> None:
    backend, threads = stage.env.backend, list[Any]()
    await stage.carol.slash(stage.hosts, "engagement ignore", channel=stage.introductions)
    for channel, member in ((stage.welcome, maya), (stage.introductions, kofi)):
        thread = backend.create_thread(channel.id, "A thread", member.id, broadcast=False)
        await member.send(simcord.ChannelHandle(stage.env, stage.guild, thread), "Hello")
        threads.append(thread)
    for thread in threads:
        tell(backend, thread)
    assert await counted(stage) == {maya.id: {"active": True, "threads_joined": 1}}


async def test_a_message_deleted_within_a_minute_does_not_count_and_later_it_does(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    soon, late = await maya.send(stage.welcome, "Oops"), await kofi.send(stage.welcome, "Hello")
    await stage.pass_time(30)
    await maya.delete(soon)
    await stage.pass_time(31)
    await kofi.delete(late)
    assert set(await counted(stage)) == {kofi.id}


async def test_a_message_deleted_within_a_minute_while_nobody_listened_does_not_count(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    soon = await maya.send(stage.welcome, "Oops")
    await kofi.send(stage.welcome, "Hello")
    with stage.gateway_down():
        await maya.delete(soon)
    await counting(stage).on_shard_connect(0)
    assert await counted(stage) == {kofi.id: {"active": True}}


async def test_what_was_written_during_a_restart_is_read_back(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    await maya.send(stage.welcome, "Before")
    await stage.pass_time(WRITTEN)
    held = await maya.send(stage.welcome, "Held when the bot stops")
    with stage.gateway_down():
        await kofi.send(stage.welcome, "Nobody hears it", reply_to=held)
    await stage.restart()
    assert await counted(stage) == {
        maya.id: {"active": True, "replies_received": 1},
        kofi.id: {"active": True, "replies_given": 1},
    }
    assert await counted(stage) == {
        maya.id: {"active": True, "replies_received": 1},
        kofi.id: {"active": True, "replies_given": 1},
    }, "once"


async def test_a_thread_whose_channel_is_gone_keeps_nobody_from_being_counted(
    stage: Stage, maya: simcord.MemberActor
) -> None:
    channel = stage.guild.create_text_channel("short-lived")
    said = await maya.send(channel, "Hello")
    thread = await stage.open_thread(channel, said, maya)
    with stage.gateway_down():
        await maya.send(thread, "Nobody hears it")
    left_behind = channel_payload(stage.env.backend, stage.env.backend.get_channel(thread.id))
    await stage.delete_channel(channel)
    stage.env.backend.emit("THREAD_UPDATE", left_behind)
    await counting(stage).on_shard_connect(0)
    await maya.send(stage.welcome, "Hello")
    assert set(await counted(stage)) == {maya.id}


async def test_what_is_read_back_is_written_down_part_by_part(
    stage: Stage, maya: simcord.MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.pass_time(WRITTEN)
    with stage.gateway_down():
        for channel in (stage.welcome, stage.introductions, stage.hosts):
            await maya.send(channel, "Nobody hears it")
    steps: list[str] = []
    for where, name in ((History, "read_page"), (Counting, "write")):
        do = getattr(where, name)

        async def noted(self: Any, *given: Any, do: Any = do, name: str = name) -> Any:
            steps.append(name)
            return await do(self, *given)

        monkeypatch.setattr(where, name, noted)
    monkeypatch.setattr("cogs.engagement.counting.PAGES_AT_ONCE", 1)
    await stage.restart()
    assert set(await counted(stage)) == {maya.id}
    assert steps.count("read_page") >= 3
    assert ("read_page", "read_page") not in pairwise(steps)


async def test_a_locked_database_loses_nothing(stage: Stage, maya: simcord.MemberActor) -> None:
    await maya.send(stage.welcome, "Hello")
    await make_impatient(stage)
    with stage.database_locked():
        await stage.pass_time(WRITTEN)
    assert set(await counted(stage)) == {maya.id}


async def test_the_first_reply_in_somebodys_first_week_is_an_answer_to_a_newcomer(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    said = await maya.send(stage.welcome, "Hello")
    await kofi.send(stage.welcome, "Welcome!", reply_to=said)
    await counted(stage)
    [row] = await rows_of(stage.bot.services.database, "engagement_newcomers", stage.guild.id)
    assert (row["newcomer_member_id"], row["answerer_id"]) == (maya.id, kofi.id)


async def test_a_reply_in_somebodys_first_week_after_a_hosts_is_not_the_first(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    said = await maya.send(stage.welcome, "Hello")
    await stage.carol.send(stage.welcome, "Welcome!", reply_to=said)
    await kofi.send(stage.welcome, "Welcome from me, too!", reply_to=said)
    await counted(stage)
    assert (await taking_part_of(stage, kofi)).newcomers_answered == 0


async def test_where_old_counts_cannot_be_deleted_those_of_other_guilds_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.another_guild("Second")
    await stage.env.settle()
    asked: list[int] = []

    async def clean(guild_id: int, _now: Any) -> None:
        asked.append(guild_id)
        raise RuntimeError

    monkeypatch.setattr(stage.bot.services.counts, "clean", clean)
    await stage.pass_time(6 * 3600 + 600)
    assert set(asked) == {guild.id for guild in stage.bot.guilds}


async def test_a_guild_that_removes_the_bot_is_held_no_longer(stage: Stage, maya: simcord.MemberActor) -> None:
    await maya.send(stage.welcome, "Hello")
    stage.remove_bot_from(stage.guild)
    await stage.env.settle()
    assert stage.bot.services.counts.tally.find(stage.guild.id) is None


# ------------------------------------------------------------- /engagement ignore


async def test_a_host_leaves_a_channel_out_and_takes_it_in_again(stage: Stage, maya: simcord.MemberActor) -> None:
    chosen = await stage.carol.slash(stage.hosts, "engagement ignore", channel=stage.welcome)
    assert "nothing in" in texts(chosen.response)
    await maya.send(stage.welcome, "Hello")
    assert await counted(stage) == {}
    seen = await stage.carol.slash(stage.hosts, "engagement ignore")
    assert f"<#{stage.welcome.id}>" in texts(seen.response)
    again = await stage.carol.slash(stage.hosts, "engagement unignore", channel=str(stage.welcome.id))
    assert "counts again" in texts(again.response)
    await maya.send(stage.welcome, "Hello")
    assert set(await counted(stage)) == {maya.id}


async def test_a_channel_is_left_out_from_the_moment_a_host_says_so_until_they_take_it_in_again(
    stage: Stage, maya: simcord.MemberActor, kofi: simcord.MemberActor
) -> None:
    await maya.send(stage.welcome, "Before")
    await stage.moment(30)
    await stage.carol.slash(stage.hosts, "engagement ignore", channel=stage.welcome)
    await kofi.send(stage.welcome, "Meanwhile")
    await stage.moment(30)
    await stage.carol.slash(stage.hosts, "engagement unignore", channel=str(stage.welcome.id))
    assert set(await counted(stage)) == {maya.id}


async def test_the_ignored_channels_are_offered_by_name(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "engagement ignore", channel=stage.welcome)
    offered = await stage.carol.autocomplete(stage.hosts, "engagement unignore", "channel", "")
    assert [choice["value"] for choice in offered] == [str(stage.welcome.id)]


async def test_a_channel_that_is_not_ignored_is_answered_with_the_list(stage: Stage) -> None:
    answer = await stage.carol.slash(stage.hosts, "engagement unignore", channel="general")
    assert "not ignored" in texts(answer.response)
    assert "every channel" in texts(answer.response)


async def test_a_member_cannot_choose_what_counts(stage: Stage, maya: simcord.MemberActor) -> None:
    with pytest.raises(simcord.SetupError):
        await maya.slash(stage.welcome, "engagement ignore")


async def test_where_the_bot_was_just_invited_it_counts_from_that_moment(stage: Stage) -> None:
    guild, _, _ = stage.another_guild("Second")
    await stage.env.settle()
    assert stage.bot.services.counts.tally.of(guild.id).since is not None
