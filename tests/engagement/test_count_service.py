"""What counts, and that it counts once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.db import Database, DatabaseUnavailableError
from bot.engagement.count_rules import KEPT
from bot.snowflakes import snowflake_at
from tests.engagement.messages import (
    DAY,
    GENERAL,
    GUILD,
    HELP,
    HOUR,
    INES,
    KOFI,
    MAYA,
    MINUTE,
    NOON,
    NOOR,
    SECOND,
    THREAD,
    Room,
    Writers,
    days_of,
    rows_of,
)

LATER = NOON + HOUR


async def test_a_day_with_a_message_is_active_however_many_there_were(database: Database, writers: Writers) -> None:
    for minutes in range(5):
        writers.say(MAYA, NOON + minutes * MINUTE)
    writers.say(MAYA, NOON + DAY)
    assert await writers.write(NOON + 2 * DAY) == 6
    assert await days_of(database) == {
        (MAYA, "2026-04-01"): {"active": True},
        (MAYA, "2026-04-02"): {"active": True},
    }


async def test_a_day_is_one_of_the_guilds_own_zone(database: Database, writers: Writers) -> None:
    writers.zone = ZoneInfo("America/New_York")
    writers.say(MAYA, datetime.fromisoformat("2026-04-02T03:59:00Z"))
    writers.say(KOFI, datetime.fromisoformat("2026-04-02T04:00:00Z"))
    await writers.write(NOON + 2 * DAY)
    assert set(await days_of(database)) == {(MAYA, "2026-04-01"), (KOFI, "2026-04-02")}


async def test_replies_are_counted_for_both(database: Database, writers: Writers) -> None:
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(MAYA, NOON + MINUTE, to=KOFI)
    writers.say(KOFI, NOON + 2 * MINUTE, to=KOFI)
    await writers.write(LATER)
    assert await days_of(database) == {
        (MAYA, "2026-04-01"): {"active": True, "replies_given": 2},
        (KOFI, "2026-04-01"): {"active": True, "replies_received": 2},
    }, "and nobody replies to themselves"


async def test_only_the_first_message_of_a_member_in_a_clock_minute_counts(
    database: Database, writers: Writers
) -> None:
    late = writers.message_id(NOON + 50 * SECOND)
    writers.say(MAYA, NOON + 5 * SECOND, channel=HELP)
    writers.say(MAYA, NOON + 50 * SECOND, to=KOFI, message_id=late)
    writers.say(MAYA, NOON + 60 * SECOND, to=KOFI)
    await writers.write(LATER)
    assert (await days_of(database))[MAYA, "2026-04-01"]["replies_given"] == 1


async def test_of_messages_that_come_in_another_order_the_first_written_counts(
    database: Database, writers: Writers
) -> None:
    writers.say(MAYA, NOON + 50 * SECOND)
    writers.say(MAYA, NOON + 5 * SECOND, channel=HELP, to=KOFI)
    await writers.write(LATER)
    assert (await days_of(database))[MAYA, "2026-04-01"]["replies_given"] == 1


async def test_bots_hosts_and_staff_are_not_counted(database: Database, writers: Writers) -> None:
    host_roles = writers.counts.tally.number_of(["1", "2"])
    writers.say(0, NOON)
    writers.say(MAYA, NOON, roles=host_roles)
    writers.say(INES, NOON)
    writers.say(KOFI, NOON, to=INES)
    await writers.write(LATER, staff=[INES], staff_roles=[host_roles])
    assert await days_of(database) == {(KOFI, "2026-04-01"): {"active": True, "replies_given": 1}}


async def test_ignored_channels_and_their_threads_count_for_nothing(
    database: Database, room: Room, writers: Writers
) -> None:
    writers.held.parents |= {THREAD: HELP, GENERAL: 0}
    await room.counts.ignore(GUILD, HELP, NOON)
    await room.counts.ignore(GUILD, HELP, LATER)
    assert await room.counts.ignored(GUILD) == [HELP]
    writers.say(MAYA, NOON, channel=HELP)
    writers.say(KOFI, NOON, channel=THREAD)
    writers.say(INES, NOON, channel=THREAD)
    writers.say(INES, NOON + SECOND, channel=GENERAL)
    await writers.write(LATER)
    assert set(await days_of(database)) == {(INES, "2026-04-01")}
    await room.counts.unignore(GUILD, HELP, LATER)
    writers.say(MAYA, LATER, channel=HELP)
    await writers.write(LATER + HOUR)
    assert set(await days_of(database)) == {(INES, "2026-04-01"), (MAYA, "2026-04-01")}


async def test_a_channel_is_ignored_from_one_moment_to_another_whenever_it_is_written_down(
    database: Database, room: Room, writers: Writers
) -> None:
    writers.held.parents |= {THREAD: HELP, HELP: 0}
    for since, until in ((10, 30), (90, 150)):
        await room.counts.ignore(GUILD, HELP, NOON + since * SECOND)
        await room.counts.unignore(GUILD, HELP, NOON + until * SECOND)
    assert await room.counts.ignored(GUILD) == []
    for number, second in enumerate((9, 10, 29, 30, 89, 90, 149, 150)):
        writers.say(100 + number, NOON + second * SECOND, channel=(HELP, THREAD)[number % 2])
        writers.say(200 + number, NOON + second * SECOND)
    await writers.write(LATER)
    assert {member for member, _ in await days_of(database)} == {100, 103, 104, 107, *range(200, 208)}
    marks = {row["channel_id"]: row["message_id"] for row in await rows_of(database, "engagement_watermarks")}
    assert marks[HELP] > snowflake_at(NOON + 149 * SECOND), "and nothing is read again"


async def test_what_was_ignored_once_is_forgotten_when_it_is_not_read_back_any_more(
    database: Database, room: Room, now: datetime
) -> None:
    await room.counts.ignore(GUILD, HELP, now)
    await room.counts.unignore(GUILD, HELP, now + DAY)
    await room.counts.ignore(GUILD, HELP, now + 2 * DAY)
    for days, left in ((28, 2), (31, 1)):
        await room.counts.clean(GUILD, now + days * DAY)
        assert len(await rows_of(database, "engagement_ignored")) == left
    assert await room.counts.ignored(GUILD) == [HELP]


async def test_a_message_deleted_within_a_minute_was_never_written(database: Database, writers: Writers) -> None:
    gone = writers.say(MAYA, NOON, to=KOFI)
    writers.say(MAYA, NOON + 10 * SECOND, to=INES)
    writers.held.deleted.add(gone)
    await writers.write(LATER)
    days = await days_of(database)
    assert days[MAYA, "2026-04-01"]["replies_given"] == 1
    assert days[INES, "2026-04-01"]["replies_received"] == 1
    assert (KOFI, "2026-04-01") not in days
    assert not writers.held.deleted


async def test_nothing_is_written_before_it_can_no_longer_be_deleted_in_time(
    database: Database, writers: Writers
) -> None:
    writers.say(MAYA, NOON + 59 * SECOND)
    assert await writers.write(NOON + 119 * SECOND) == 0
    assert await writers.write(NOON + 120 * SECOND) == 1


async def test_a_thread_is_joined_once_by_writing_in_it(database: Database, room: Room, writers: Writers) -> None:
    writers.held.parents[THREAD] = GENERAL
    writers.say(MAYA, NOON, channel=THREAD)
    writers.say(MAYA, NOON + DAY, channel=THREAD)
    writers.say(KOFI, NOON, channel=THREAD)
    await writers.write(NOON + 2 * DAY)
    writers = await room.restart()
    writers.held.parents[THREAD] = GENERAL
    writers.say(MAYA, NOON + 3 * DAY, channel=THREAD)
    await writers.write(NOON + 4 * DAY)
    days = await days_of(database)
    assert [(key, counts.get("threads_joined", 0)) for key, counts in days.items()] == [
        ((MAYA, "2026-04-01"), 1),
        ((MAYA, "2026-04-02"), 0),
        ((MAYA, "2026-04-04"), 0),
        ((KOFI, "2026-04-01"), 1),
    ]


async def test_events_told_twice_change_nothing_before_or_after_they_are_written(
    database: Database, room: Room, writers: Writers
) -> None:
    told = writers.say(MAYA, NOON, to=KOFI)
    writers.say(MAYA, NOON, to=KOFI, message_id=told)
    await writers.write(LATER)
    before = await days_of(database)
    writers.say(MAYA, NOON, to=KOFI, message_id=told)
    await writers.write(LATER)
    assert await days_of(database) == before
    writers = await room.restart()
    writers.say(MAYA, NOON, to=KOFI, message_id=told)
    await writers.write(LATER)
    assert await days_of(database) == before
    assert before[MAYA, "2026-04-01"]["replies_given"] == 1


async def test_what_comes_late_for_a_minute_on_disk_obeys_the_rule_of_the_minute(
    database: Database, writers: Writers
) -> None:
    writers.say(MAYA, NOON, to=KOFI)
    await writers.write(LATER)
    writers.say(MAYA, NOON + SECOND, to=KOFI)
    writers.say(INES, NOON + SECOND, to=KOFI)
    await writers.write(LATER)
    days = await days_of(database)
    assert days[KOFI, "2026-04-01"]["replies_received"] == 2
    assert days[MAYA, "2026-04-01"]["replies_given"] == 1


async def test_where_nothing_was_counted_before_counting_begins_now(database: Database, room: Room) -> None:
    writers = Writers(room.counts)
    await room.counts.begin(writers.held, NOON)
    writers.held.begin_reading({GENERAL: snowflake_at(NOON - HOUR)}, 0)
    assert not writers.held.reading
    writers.say(MAYA, NOON - HOUR)
    writers.say(KOFI, NOON + HOUR)
    await writers.write(NOON + DAY)
    assert set(await days_of(database)) == {(KOFI, "2026-04-01")}


async def test_nothing_is_lost_while_the_database_is_away(
    database: Database, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers.say(MAYA, NOON, to=KOFI)

    def away() -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr(database, "transaction", away)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailableError):
            await writers.write(LATER)
    monkeypatch.undo()
    assert await writers.write(LATER) == 1
    assert (await days_of(database))[MAYA, "2026-04-01"]["replies_given"] == 1


async def test_marks_and_counts_are_written_together_or_not_at_all(
    database: Database, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers.say(MAYA, NOON, to=KOFI)
    before = await rows_of(database, "engagement_watermarks")

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(writers.counts, "_converse", fail)
    with pytest.raises(RuntimeError):
        await writers.write(LATER)
    assert await days_of(database) == {}
    assert await rows_of(database, "engagement_watermarks") == before
    monkeypatch.undo()
    assert await writers.write(LATER) == 1
    assert len(await rows_of(database, "engagement_watermarks")) == len(before) + 1


async def test_after_a_gap_only_what_may_have_been_deleted_unheard_is_let_go_and_told_again(
    database: Database, writers: Writers
) -> None:
    writers.say(MAYA, NOON - 2 * MINUTE)
    gone, newest = writers.say(KOFI, NOON - MINUTE, channel=HELP), writers.say(INES, NOON)
    writers.held.look_again()
    writers.held.begin_reading({}, 0)
    assert writers.held.targets == {HELP: gone, GENERAL: newest}
    for channel in (HELP, GENERAL):
        writers.held.read(channel, 0, is_all=True)
    writers.say(INES, NOON, message_id=newest)
    await writers.write(LATER)
    assert {member for member, _ in await days_of(database)} == {MAYA, INES}


# ------------------------------------------------------------- sessions, and what is deleted


async def test_questions_rsvps_and_attendance_add_up(database: Database, room: Room) -> None:
    for counts in ({"question": 1}, {"question": 1, "rsvp": 1}, {"attended": 1}):
        async with database.transaction() as tx:
            await room.counts.count_session(tx, GUILD, MAYA, NOON, **counts)
    assert await days_of(database) == {(MAYA, "2026-04-01"): {"questions": 2, "rsvps": 1, "sessions": 1}}


async def test_a_session_credits_no_staff(database: Database, room: Room) -> None:
    room.counts.is_staff = lambda community, member_id: (community.guild_id, member_id) == (GUILD, KOFI)
    async with database.transaction() as tx:
        for member_id in (MAYA, KOFI):
            await room.counts.count_session(tx, GUILD, member_id, NOON, question=1, rsvp=1, attended=1)
    assert await days_of(database) == {(MAYA, "2026-04-01"): {"questions": 1, "rsvps": 1, "sessions": 1}}


async def test_after_28_days_it_is_gone(database: Database, room: Room, writers: Writers) -> None:
    for member in (MAYA, KOFI):
        await room.agree(member, NOON - DAY)
    await room.join(NOOR, NOON - DAY)
    writers.held.parents[THREAD] = GENERAL
    writers.say(MAYA, NOON, to=KOFI, channel=THREAD)
    writers.say(KOFI, NOON + MINUTE, to=MAYA)
    writers.say(MAYA, NOON + 2 * MINUTE, to=NOOR)
    await writers.write(LATER)
    tables = ("days", "threads", "newcomers", "replies", "partners", "watermarks")
    await room.counts.clean(GUILD, NOON + KEPT)
    assert all([await rows_of(database, f"engagement_{name}") for name in tables])
    await room.counts.clean(GUILD, NOON + KEPT + 2 * DAY)
    assert [await rows_of(database, f"engagement_{name}") for name in tables[:-1]] == [[]] * 5
    [left] = await rows_of(database, "engagement_watermarks")
    assert left["channel_id"] == GUILD, "the guild's own mark tells that counting goes on"


async def test_forgetting_a_member_reaches_what_is_not_written_yet(
    database: Database, room: Room, writers: Writers
) -> None:
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(KOFI, NOON + MINUTE, to=MAYA)
    async with database.transaction() as tx:
        await room.counts.forget(tx, GUILD, MAYA, NOON)
    await writers.write(LATER)
    assert await days_of(database) == {(KOFI, "2026-04-01"): {"active": True}}
    assert MAYA not in writers.held.counted.get(0, set())


async def test_another_guild_is_another_matter(database: Database, room: Room, writers: Writers) -> None:
    other = Writers(room.counts, GUILD + 1)
    await other.begin()
    writers.say(MAYA, NOON)
    other.say(MAYA, NOON)
    await writers.write(LATER)
    await other.write(LATER)
    async with database.transaction() as tx:
        await room.counts.forget_guild(tx, GUILD)
    assert await days_of(database) == {}
    assert set(await days_of(database, GUILD + 1)) == {(MAYA, "2026-04-01")}


async def test_twenty_thousand_members_in_one_minute_are_written(database: Database, writers: Writers) -> None:
    for member in range(1, 20_001):
        writers.say(member, NOON + timedelta(milliseconds=member % 60_000))
    assert await writers.write(LATER) == 20_000
    assert len(await days_of(database)) == 20_000
