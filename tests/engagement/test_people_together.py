"""Answers to newcomers, and conversations of those who agreed to notes."""

import asyncio
from datetime import datetime

import pytest

from bot.db import Database
from bot.snowflakes import snowflake_at
from tests.engagement.messages import (
    CAROL,
    DAY,
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
    Room,
    Writers,
    days_of,
    rows_of,
    while_counts_are_written,
)

LATER = NOON + HOUR


# ------------------------------------------------------------- newcomers


async def test_the_first_reply_to_a_message_of_somebodys_first_week_counts_once(
    database: Database, room: Room, writers: Writers
) -> None:
    await room.join(NOOR, NOON - 3 * DAY)
    writers.say(MAYA, NOON, to=NOOR)
    writers.say(KOFI, NOON + HOUR, to=NOOR)
    await writers.write(NOON + 2 * HOUR)
    writers.say(INES, NOON + 3 * HOUR, to=NOOR)
    await writers.write(NOON + 4 * HOUR)
    rows = await rows_of(database, "engagement_newcomers")
    assert [(row["newcomer_member_id"], row["answerer_id"]) for row in rows] == [(NOOR, MAYA)]


async def test_what_counts_is_when_the_answered_message_was_written(
    database: Database, room: Room, writers: Writers
) -> None:
    await room.join(NOOR, NOON - 10 * DAY)
    writers.say(MAYA, NOON, to=NOOR, answers=snowflake_at(NOON - 2 * DAY))
    await writers.write(LATER)
    assert await rows_of(database, "engagement_newcomers") == []
    writers.say(MAYA, LATER, to=NOOR, answers=snowflake_at(NOON - 4 * DAY))
    await writers.write(LATER + HOUR)
    assert len(await rows_of(database, "engagement_newcomers")) == 1


async def test_who_left_and_came_back_is_no_newcomer(database: Database, room: Room, writers: Writers) -> None:
    await room.join(NOOR, NOON - 400 * DAY)
    await room.leave(NOOR, NOON - 2 * DAY)
    await room.join(NOOR, NOON - DAY)
    writers.say(MAYA, NOON, to=NOOR)
    await writers.write(LATER)
    assert await rows_of(database, "engagement_newcomers") == []


async def test_after_a_host_answered_a_newcomer_nobody_else_is_the_first(
    database: Database, room: Room, writers: Writers
) -> None:
    role = writers.counts.tally.number_of(["1"])
    for newcomer in (NOOR, INES):
        await room.join(newcomer, NOON - DAY)
    writers.say(CAROL, NOON, roles=role, to=KOFI)
    writers.say(CAROL, NOON + 10 * SECOND, roles=role, to=NOOR)
    writers.say(MAYA, NOON + 20 * SECOND, to=NOOR)
    await writers.write(LATER, staff=[CAROL], staff_roles=[role])
    writers.say(KOFI, LATER, to=NOOR)
    writers.say(KOFI, LATER + MINUTE, to=INES)
    writers.say(CAROL, LATER + 2 * MINUTE, to=INES)
    await writers.write(LATER + HOUR, staff=[CAROL])
    rows = await rows_of(database, "engagement_newcomers")
    assert {row["newcomer_member_id"]: row.get("answerer_id") for row in rows} == {NOOR: None, INES: KOFI}
    assert CAROL not in {member for member, _ in await days_of(database)}


async def test_what_a_host_deletes_at_once_or_writes_where_nothing_counts_answers_nobody(
    database: Database, room: Room, writers: Writers
) -> None:
    await room.join(NOOR, NOON - DAY)
    await room.counts.ignore(GUILD, HELP, NOON - DAY)
    writers.held.deleted.add(writers.say(CAROL, NOON, to=NOOR))
    writers.say(CAROL, NOON, to=NOOR, channel=HELP)
    writers.say(MAYA, NOON + MINUTE, to=NOOR)
    await writers.write(LATER, staff=[CAROL])
    [row] = await rows_of(database, "engagement_newcomers")
    assert row["answerer_id"] == MAYA


async def test_an_introduction_that_was_answered_earlier_comes_first(
    database: Database, room: Room, writers: Writers
) -> None:
    await room.join(NOOR, NOON - DAY)
    writers.say(MAYA, NOON, to=NOOR)
    await writers.write(LATER)
    for answerer, at in ((KOFI, NOON - MINUTE), (INES, NOON + MINUTE), (NOOR, NOON - HOUR)):
        async with database.transaction() as tx:
            await room.counts.answered_newcomer(tx, GUILD, NOOR, answerer, at)
    [row] = await rows_of(database, "engagement_newcomers")
    assert (row["answerer_id"], row["at"]) == (KOFI, NOON - MINUTE)


async def test_after_a_host_answered_an_introduction_nobody_else_is_the_first(
    database: Database, room: Room, writers: Writers
) -> None:
    room.counts.is_staff = lambda _community, member_id: member_id == CAROL
    risen: list[int] = []
    room.counts.on_counted = lambda _guild_id, member_ids: risen.extend(member_ids)
    await room.join(NOOR, NOON - DAY)
    async with database.transaction() as tx:
        await room.counts.answered_newcomer(tx, GUILD, NOOR, CAROL, NOON)
    assert risen == [], "and the host is credited with nothing"
    writers.say(MAYA, NOON + MINUTE, to=NOOR)
    await writers.write(LATER)
    [row] = await rows_of(database, "engagement_newcomers")
    assert (row["newcomer_member_id"], row.get("answerer_id")) == (NOOR, None)


# ------------------------------------------------------------- conversations


async def test_two_who_replied_to_each_other_within_72_hours_are_partners_once_a_day(
    room: Room, writers: Writers
) -> None:
    for member in (MAYA, KOFI):
        await room.agree(member, NOON - DAY)
    writers.say(MAYA, NOON, to=KOFI)
    await writers.write(LATER)
    assert await room.partners() == []
    for hours in (1, 2, 72, 73):
        writers.say(KOFI, NOON + hours * HOUR, to=MAYA)
    writers.say(MAYA, NOON + 3 * HOUR, to=KOFI)
    await writers.write(NOON + 5 * DAY)
    assert await room.partners() == [(MAYA, KOFI, "2026-04-01"), (MAYA, KOFI, "2026-04-04")]


async def test_a_reply_after_more_than_72_hours_is_no_conversation(room: Room, writers: Writers) -> None:
    for member in (MAYA, KOFI):
        await room.agree(member, NOON - DAY)
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(KOFI, NOON + 72 * HOUR + MINUTE, to=MAYA)
    await writers.write(NOON + 5 * DAY)
    assert await room.partners() == []


@pytest.mark.parametrize("agreeing", [{}, {MAYA: NOON - DAY}, {MAYA: NOON - DAY, KOFI: NOON + 30 * MINUTE}])
async def test_nothing_is_noted_unless_both_had_agreed_when_they_wrote(
    database: Database, room: Room, writers: Writers, agreeing: dict[int, datetime]
) -> None:
    for member, at in agreeing.items():
        await room.agree(member, at)
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(KOFI, NOON + MINUTE, to=MAYA)
    await writers.write(LATER)
    assert await room.partners() == []
    assert await rows_of(database, "engagement_replies") == []


async def test_who_agrees_once_more_has_agreed_all_the_while(room: Room, writers: Writers) -> None:
    for member in (MAYA, KOFI):
        await room.agree(member, NOON - DAY)
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(KOFI, NOON + MINUTE, to=MAYA)
    await room.agree(MAYA, NOON + 2 * MINUTE)
    await writers.write(LATER)
    assert await room.partners() == [(MAYA, KOFI, "2026-04-01")]


async def test_who_takes_their_agreement_back_is_in_no_note_any_more(
    database: Database, room: Room, writers: Writers
) -> None:
    for member in (MAYA, KOFI, INES):
        await room.agree(member, NOON - DAY)
    for first, second in ((MAYA, KOFI), (KOFI, INES)):
        writers.say(first, NOON, to=second)
        writers.say(second, NOON + MINUTE, to=first)
    await writers.write(LATER)
    assert len(await room.partners()) == 2
    await room.agree(MAYA, LATER, agrees=False)
    assert await room.partners() == [(KOFI, INES, "2026-04-01")]
    assert {row["from_id"] for row in await rows_of(database, "engagement_replies")} == {KOFI, INES}


async def test_who_takes_their_agreement_back_while_it_is_noted_is_in_no_note(
    database: Database, room: Room, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in (MAYA, KOFI):
        await room.agree(member, NOON - DAY)
    writers.say(MAYA, NOON, to=KOFI)
    writers.say(KOFI, NOON + MINUTE, to=MAYA)
    withdrawn = asyncio.Event()

    async def withdraw() -> None:
        await room.agree(MAYA, LATER, agrees=False)
        withdrawn.set()

    while_counts_are_written(monkeypatch, withdraw)
    await writers.write(LATER)
    await withdrawn.wait()
    assert await room.partners() == []
    assert await rows_of(database, "engagement_replies") == []
