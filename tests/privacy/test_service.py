"""What is kept about a member is told whole, and deleted whole, in every table there is."""

import json
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import BigInteger, Table, select, update

from bot.app import services_on
from bot.client import Services
from bot.clock import Clock
from bot.communities.rules import ChannelPurpose
from bot.config import Settings
from bot.db import Base, Database, Transaction
from bot.outbox.rules import NewPost, PostState
from bot.sessions.announcing import SEAT
from tests.privacy.lives import (
    DAY,
    GUILD,
    HOSTS,
    INES,
    INTRODUCTIONS,
    KEY,
    KOFI,
    MAYA,
    OTHER_GUILD,
    SOON,
    WELCOME,
    live,
    send_all,
)

#: Columns with ids of something other than a member. A new column is either here or a member's, and then it is tested.
OTHER_IDS = {
    "id",
    "guild_id",
    "channel_id",
    "message_id",
    "greeting_id",
    "greeter_role_id",
    "application_id",
    "host_role_id",
    "subject_id",
    "source_id",
    "feed_id",
    "entry_id",
    "post_id",
    "thread_id",
    "role_id",
    "program_id",
    "since",
    "until",
    "amount",
    "amount_off",
    "discount_id",
    "code_id",
    "session_id",
    "event_id",
    "series_id",
    "model_id",
    "question_id",
    "merged_into_id",
    "answer_message_id",
}


@pytest.fixture
async def rooms(database: Database, now: datetime) -> AsyncIterator[Services]:
    """A guild in which Maya left a trace wherever one can be left."""
    rooms = services_on(database, Clock(lambda: now), Settings(discount_key=KEY))
    for guild_id in (GUILD, OTHER_GUILD):
        await rooms.communities.arrive(guild_id, "Bubble", now)
        for purpose, channel_id in {
            ChannelPurpose.GREETING: WELCOME, ChannelPurpose.INTRODUCTIONS: INTRODUCTIONS, ChannelPurpose.HOSTS: HOSTS,
        }.items():  # fmt: skip
            await rooms.communities.set_channel(guild_id, purpose, channel_id)
        await rooms.greeting.edit_template(guild_id, 1, "Hello {mention}")
        await rooms.greeting.change_arrivals(guild_id, direct=True)
        await live(rooms, guild_id, now)
    return rooms


async def traces(database: Database, member_id: int, guild_id: int = GUILD) -> set[str]:
    """Every table and column that holds the member's id, as a number or within a text."""
    found: set[str] = set()
    async with database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            for row in (await tx.execute(select(table))).mappings():
                if row.get("guild_id", guild_id) == guild_id:
                    found |= {f"{table.name}.{name}" for name, value in row.items() if str(member_id) in str(value)}
    return found


def member_columns(table: Table) -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for column in table.columns
        if isinstance(column.type, BigInteger) and column.name not in OTHER_IDS
    ]


async def test_every_column_for_members_is_filled_and_then_emptied(
    rooms: Services, database: Database, now: datetime
) -> None:
    expected = {name for table in Base.metadata.sorted_tables for name in member_columns(table)}
    before = await traces(database, MAYA)
    assert expected <= before, "a table about members has no data in this test: let `live` make some, and forget it"
    await rooms.privacy.forget(GUILD, MAYA, now)
    assert await traces(database, MAYA) == set()
    await send_all(rooms, now + DAY)
    assert await traces(database, MAYA) == set()


async def test_what_is_not_written_down_yet_is_forgotten_too(rooms: Services, now: datetime) -> None:
    held = rooms.counts.tally.of(GUILD)
    assert any(MAYA in messages for messages in held.minutes.values())
    await rooms.privacy.forget(GUILD, MAYA, now)
    assert not any(MAYA in messages for messages in held.minutes.values())
    assert not any(MAYA in members for members in (*held.active.values(), *held.counted.values()))


async def test_what_others_own_stays_theirs(rooms: Services, database: Database, now: datetime) -> None:
    await rooms.privacy.forget(GUILD, MAYA, now)
    kofi = await rooms.greeting.introduction_of(GUILD, KOFI)
    assert kofi is not None
    assert (kofi.working_on, kofi.invited_by) == ("A book", None)
    assert await traces(database, KOFI)
    assert await traces(database, MAYA, OTHER_GUILD), "another guild is another matter"


async def test_what_the_bot_posted_about_a_member_is_taken_down_or_drawn_anew(rooms: Services, now: datetime) -> None:
    await rooms.privacy.forget(GUILD, MAYA, now)
    done = await send_all(rooms, now + DAY)
    assert sorted((post.state, post.kind) for post in done) == [
        (PostState.REMOVING, "feeds:author"),
        (PostState.REMOVING, "feeds:author"),
        (PostState.REMOVING, "feeds:post"),
        (PostState.REMOVING, "feeds:proposal"),
        (PostState.REMOVING, "feeds:question"),
        (PostState.REMOVING, "greeting:hello"),
        (PostState.REMOVING, "greeting:hello"),
        (PostState.REMOVING, "greeting:introduction"),
        (PostState.REMOVING, "impostors:alert"),
        (PostState.REMOVING, "impostors:alert"),
        (PostState.REMOVING, "sessions:question"),
        (PostState.REMOVING, "sessions:seat"),
        (PostState.REVISING, "feeds:post"),
        (PostState.REVISING, "greeting:introduction"),
        (PostState.REVISING, "greeting:introduction"),
        (PostState.REVISING, "greeting:welcome"),
        (PostState.REVISING, "sessions:announcement"),
        (PostState.REVISING, "sessions:announcement"),
        (PostState.REVISING, "sessions:now"),
        (PostState.REVISING, "sessions:now"),
        (PostState.REVISING, "sessions:panel"),
        (PostState.REVISING, "sessions:panel"),
        (PostState.REVISING, "sessions:question"),
        (PostState.REVISING, "sessions:question"),
        (PostState.REVISING, "sessions:question"),
        (PostState.REVISING, "sessions:unmasked"),
        # Those of the repetition are announced when their turn comes; and whoever waited has a place now.
        (PostState.WAITING, "sessions:announcement"),
        (PostState.WAITING, "sessions:announcement"),
        (PostState.WAITING, "sessions:seat"),
        (PostState.WAITING, "sessions:seat"),
    ]
    assert await send_all(rooms, now + DAY) == []


async def test_all_that_is_kept_is_told_and_can_be_written_as_json(rooms: Services) -> None:
    told = await rooms.privacy.tell(GUILD, MAYA)
    text = json.dumps(told)
    for words in (
        "A book",
        "Editing",
        "Titles",
        "https://example.com",
        "Hello {mention}",
        "joined",
        "agreed",
        "https://maya.example/feed",
        "Ten off",
        "replies given",
        "helpful marks",
        '"level": "',
        "How do I find time to write?",
        "A threat.",
        "Where do you find your readers?",
        "Mention the newsletter.",
        "Out of the bubble",
    ):
        assert words in text
    assert await rooms.privacy.tell(GUILD, 999) == {}


async def test_a_member_who_left_is_forgotten_when_the_time_is_over(
    rooms: Services, database: Database, now: datetime
) -> None:
    await rooms.communities.set_keep(GUILD, 7 * DAY)
    await rooms.arrivals.farewell(GUILD, MAYA, now + DAY)
    assert await rooms.privacy.forget_departed(GUILD, now + 8 * DAY) == 0
    assert await rooms.privacy.forget_departed(GUILD, now + 8 * DAY + SOON) == 1
    assert await traces(database, MAYA) == set()
    assert await traces(database, KOFI)


async def test_one_who_comes_back_while_others_are_forgotten_is_not(
    rooms: Services, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = now + 91 * DAY
    for member in (MAYA, KOFI):
        await rooms.arrivals.farewell(GUILD, member, now)
    departed = rooms.members.departed

    async def list_and_come_back(tx: Transaction, guild_id: int, before: datetime) -> list[int]:
        found = await departed(tx, guild_id, before)
        await rooms.members.join(tx, guild_id, MAYA, joined_at=back, pending=False, now=back)
        return found

    monkeypatch.setattr(rooms.members, "departed", list_and_come_back)
    assert await rooms.privacy.forget_departed(GUILD, back) == 1
    assert await traces(database, KOFI) == set()
    assert (await rooms.privacy.tell(GUILD, MAYA))["Your membership"]["joined"] == back.isoformat()


async def test_whoever_is_named_in_any_column_is_found_and_forgotten_after_leaving(
    rooms: Services, database: Database, now: datetime
) -> None:
    """Each of them has a trace in one place only: the member's row is none of it, but for the table of members."""
    names = [name for table in Base.metadata.sorted_tables for name in member_columns(table)]
    strangers = {name: 200_000_000_000_000_000 + number for number, name in enumerate(names)}
    for name, stranger in strangers.items():
        await name_instead(database, name, stranger)
    seat = NewPost(GUILD, 60, SEAT, 1, "session:1:seat:300000000000000000:1", now)
    await rooms.outbox.post_alone(seat)
    found, end = await rooms.privacy.present(GUILD, now)
    assert [name for name, stranger in strangers.items() if stranger not in found] == []
    assert 300_000_000_000_000_000 in found
    assert end is None

    gone = [*strangers.values(), 300_000_000_000_000_000]
    for stranger in gone:
        await rooms.arrivals.farewell(GUILD, stranger, now)
    assert await rooms.privacy.present(GUILD, now + DAY) == ([one for one in found if one not in gone], None)
    assert await rooms.privacy.forget_departed(GUILD, now + 90 * DAY + SOON) == len(gone)
    assert [stranger for stranger in gone if await traces(database, stranger)] == []


async def test_those_of_whom_something_is_kept_are_looked_through_part_by_part(rooms: Services, now: datetime) -> None:
    everybody, _ = await rooms.privacy.present(GUILD, now)
    assert {MAYA, KOFI, INES} <= set(everybody)
    parts, after = list[list[int]](), 0
    await rooms.arrivals.farewell(GUILD, KOFI, now)
    while after is not None:
        part, after = await rooms.privacy.present(GUILD, now + DAY, after=after, most=2)
        parts.append(part)
    assert max(map(len, parts)) == 2
    assert [one for part in parts for one in part] == [one for one in everybody if one != KOFI]


async def name_instead(database: Database, name: str, member_id: int) -> None:
    """Let one row of the guild name somebody else in this column."""
    table = Base.metadata.tables[name.partition(".")[0]]
    column = table.columns[name.partition(".")[2]]
    async with database.transaction() as tx:
        where = table.c.guild_id == GUILD, column.is_not(None), column < 200_000_000_000_000_000
        if "left_at" in table.columns:
            where = *where, table.c.left_at.is_(None)
        row = (await tx.execute(select(*table.primary_key).where(*where).limit(1))).one()
        this_one = [key == value for key, value in zip(table.primary_key, row, strict=True)]
        await tx.execute(update(table).where(*this_one).values({column: member_id}))


async def test_a_guild_that_removed_the_bot_is_forgotten_after_a_month(
    rooms: Services, database: Database, now: datetime
) -> None:
    await rooms.outbox.leave_guild(GUILD, now)
    assert await rooms.privacy.forget_left_guilds(now + 30 * DAY) == []
    assert await rooms.privacy.forget_left_guilds(now + 30 * DAY + SOON) == [GUILD]
    async with database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            if "guild_id" in table.columns:
                left = set((await tx.execute(select(table.c.guild_id))).scalars())
                assert left == {OTHER_GUILD}, table.name


async def test_a_guild_that_came_back_in_time_keeps_everything(rooms: Services, now: datetime) -> None:
    await rooms.outbox.leave_guild(GUILD, now)
    await rooms.communities.arrive(GUILD, "Bubble", now + DAY)
    assert await rooms.privacy.forget_left_guilds(now + 60 * DAY) == []


async def test_consent_is_off_until_given_and_can_be_taken_back(rooms: Services, now: datetime) -> None:
    stranger = 100_000_000_000_000_077
    assert not await rooms.members.agrees(GUILD, stranger)
    await rooms.members.set_consent(GUILD, stranger, agrees=True, joined_at=now, now=now)
    assert await rooms.members.agrees(GUILD, stranger)
    await rooms.members.set_consent(GUILD, stranger, agrees=False, joined_at=now, now=now)
    assert not await rooms.members.agrees(GUILD, stranger)
