"""Raids on real databases: greetings are held, hosts are told, and decide once."""

from datetime import datetime

import pytest

from bot.greeting.arrival_service import HELD
from bot.greeting.errors import NothingHeldError
from bot.outbox.rules import PostState, Sent
from tests.greeting.test_arrival_service import DAY, GUILD, HOSTS, HOUR, MINUTE, SECOND, SOON, Door, door

__all__ = ["door"]


async def raid(door: Door, now: datetime) -> None:
    for number in range(1, 21):
        await door.join(now + number * 2 * SECOND, member=number)


async def test_a_raid_holds_what_has_not_gone_out_and_tells_the_hosts_once(door: Door, now: datetime) -> None:
    await door.join(now, member=99)
    assert await door.greetings(now + SOON) == [[99]]
    at = now + 20 * SECOND
    await raid(door, at)
    assert await door.greetings(now + HOUR) == []
    [notice] = await door.due(now + HOUR, HELD)
    assert notice.channel_id == HOSTS
    assert await door.arrivals.count_held(GUILD) == 20


async def test_the_notice_follows_those_who_wait_at_most_every_ten_seconds(door: Door, now: datetime) -> None:
    await raid(door, now)
    start, drawn = now + MINUTE, 0
    [notice] = await door.due(start, HELD)
    await door.send(notice, start)
    for number in range(60):
        at = start + number * SECOND / 2
        await door.join(at, member=1000 + number)
        for post in await door.due(at, HELD):
            drawn += 1
            await door.outbox.finish_attempt(post, Sent(post.message_id or 0), at)
    assert drawn == 2
    [last] = await door.due(start + MINUTE, HELD)
    assert last.state is PostState.REVISING
    await door.outbox.finish_attempt(last, Sent(last.message_id or 0), start + MINUTE)
    await door.leave(start + MINUTE, member=1000)
    [last] = await door.due(start + 2 * MINUTE, HELD)
    await door.arrivals.skip_held(GUILD, start + 2 * MINUTE)
    assert await door.due(start + HOUR, HELD) == [], "the notice is the answer now"


async def test_a_decision_by_command_lets_the_notice_follow(door: Door, now: datetime) -> None:
    await raid(door, now)
    [notice] = await door.due(now + MINUTE, HELD)
    await door.send(notice, now + MINUTE)
    await door.arrivals.resume(GUILD, now + MINUTE)
    [notice] = await door.due(now + MINUTE, HELD)
    assert notice.state is PostState.REVISING


async def test_the_first_decision_about_a_raid_counts(door: Door, now: datetime) -> None:
    await raid(door, now)
    assert await door.arrivals.resume_held(GUILD, now + MINUTE) == 20
    for decide in (door.arrivals.resume_held, door.arrivals.skip_held):
        with pytest.raises(NothingHeldError):
            await decide(GUILD, now + MINUTE)
    assert await door.greetings(now + HOUR) == [list(range(1, 21))]


async def test_a_host_lets_greetings_go_on_and_everybody_who_stayed_is_greeted(door: Door, now: datetime) -> None:
    await raid(door, now)
    await door.leave(now + MINUTE, member=20)
    assert await door.arrivals.resume(GUILD, now + MINUTE) == 19
    assert await door.arrivals.resume(GUILD, now + MINUTE) == 0
    assert await door.greetings(now + HOUR) == [list(range(1, 20))]
    assert await door.join(now + HOUR, member=77)


async def test_a_host_skips_those_who_waited(door: Door, now: datetime) -> None:
    await raid(door, now)
    held = await door.arrivals.count_held(GUILD)
    assert await door.arrivals.skip_held(GUILD, now + MINUTE) == held
    assert await door.arrivals.resume(GUILD, now + MINUTE) == 0
    assert await door.join(now + MINUTE + SECOND, member=77), "the joins that were decided about are over"


async def test_whoever_was_held_for_a_day_is_only_recorded(door: Door, now: datetime) -> None:
    await raid(door, now)
    assert await door.arrivals.resume(GUILD, now + 2 * DAY) == 0
