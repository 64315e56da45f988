"""Programs being written, priced, put away and forgotten, on real databases."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.db import Database, Transaction
from bot.local_time import end_of, local_time, start_of
from bot.programs import rules
from bot.programs.errors import (
    ArchivedError,
    BadLinkError,
    EndsBeforeStartError,
    LabelTakenError,
    NamelessError,
    NameTakenError,
    NoSuchPriceError,
    NoSuchProgramError,
    NoSuchRecordingError,
    SameRecordingError,
    TooManyError,
    UnreadableLengthError,
)
from bot.programs.rules import Draft, Price
from bot.programs.service import ProgramService

GUILD, OTHER_GUILD, ROLE = 10, 11, 7
NEW_YORK = ZoneInfo("America/New_York")
BUBBLE = Draft("Break Out of Your Bubble", "**Six** weeks", "Calls\nNotes", "https://example.com/bubble", ROLE)
EARLY = Price("early", 9700, "USD", until=end_of(date(2026, 4, 15), NEW_YORK))
LATE = Price("late", 14700, "USD", EARLY.until, end_of(date(2026, 4, 30), NEW_YORK))
RECORDING = ("Week 1", "https://example.com/1", "62 min", "s3cret")


@pytest.fixture
def programs(database: Database) -> ProgramService:
    return ProgramService(database)


async def test_a_program_is_kept_as_it_was_written(programs: ProgramService, now: datetime) -> None:
    created = await programs.create(GUILD, BUBBLE, now)
    assert await programs.get(GUILD, created.id) == created
    assert (created.name, created.summary, created.included) == (BUBBLE.name, BUBBLE.summary, BUBBLE.included)
    assert (created.register_url, created.role_id, created.archived_at) == (BUBBLE.register_url, ROLE, None)
    edited = await programs.edit(GUILD, created.id, Draft("Break Out"))
    assert edited == await programs.get(GUILD, created.id)
    assert (edited.name, edited.summary, edited.register_url, edited.role_id) == ("Break Out", "", None, None)


async def test_names_are_unique_in_a_guild_whatever_the_case(programs: ProgramService, now: datetime) -> None:
    first = await programs.create(GUILD, BUBBLE, now)
    with pytest.raises(NameTakenError, match="`/program edit`"):
        await programs.create(GUILD, replace(BUBBLE, name="break  out of YOUR bubble"), now)
    other = await programs.create(GUILD, Draft("Straße"), now)
    with pytest.raises(NameTakenError):
        await programs.edit(GUILD, other.id, Draft("BREAK OUT OF YOUR BUBBLE"))
    assert (await programs.edit(GUILD, first.id, replace(BUBBLE, name="BREAK OUT of your bubble"))).id == first.id
    assert (await programs.create(OTHER_GUILD, BUBBLE, now)).guild_id == OTHER_GUILD
    await programs.archive(GUILD, other.id, now)
    with pytest.raises(NameTakenError, match="archived"):
        await programs.create(GUILD, Draft("STRASSE"), now)


async def test_two_hosts_at_once_do_not_get_two_programs_of_one_name(programs: ProgramService, now: datetime) -> None:
    done = await asyncio.gather(*(programs.create(GUILD, BUBBLE, now) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, NameTakenError) for one in done) == 4
    assert len(await programs.list_all(GUILD)) == 1


async def test_what_cannot_be_a_program_is_refused(programs: ProgramService, now: datetime) -> None:
    with pytest.raises(NamelessError):
        await programs.create(GUILD, Draft("  "), now)
    with pytest.raises(BadLinkError, match="link to register"):
        await programs.create(GUILD, Draft("A", register_url="ftp://example.com"), now)
    assert await programs.list_all(GUILD) == []


async def test_there_is_an_end_to_programs(
    programs: ProgramService, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_PROGRAMS", 2)
    for name in ("A", "B"):
        await programs.create(GUILD, Draft(name), now)
    with pytest.raises(TooManyError, match=r"2 programs .* `/program edit` makes one of them"):
        await programs.create(GUILD, Draft("C"), now)


async def test_an_archived_program_is_out_of_sight_and_comes_back_whole(
    programs: ProgramService, now: datetime
) -> None:
    first = await programs.create(GUILD, BUBBLE, now)
    second = await programs.create(GUILD, Draft("Zen of drafts"), now)
    whole = await programs.put_price(GUILD, first.id, LATE)
    archived = await programs.archive(GUILD, first.id, now)
    assert archived.archived_at == now
    assert await programs.archive(GUILD, first.id, now + timedelta(days=1)) == archived
    assert await programs.list_active(GUILD) == [second]
    assert await programs.list_all(GUILD) == [second, archived]
    assert await programs.restore(GUILD, first.id) == whole
    assert await programs.list_active(GUILD) == [whole, second]


async def test_nothing_is_written_into_an_archived_program(programs: ProgramService, now: datetime) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    await programs.put_price(GUILD, program.id, LATE)
    await programs.archive(GUILD, program.id, now)
    for change in (
        programs.edit(GUILD, program.id, BUBBLE),
        programs.put_price(GUILD, program.id, EARLY),
        programs.check_price(GUILD, program.id, EARLY),
        programs.remove_price(GUILD, program.id, "late"),
        programs.add_recording(GUILD, program.id, *RECORDING),
    ):
        with pytest.raises(ArchivedError, match="bring it back"):
            await change


async def test_prices_are_kept_as_local_times(programs: ProgramService, now: datetime) -> None:
    second_half_past_one = local_time(date(2026, 11, 1), time(1, 30), NEW_YORK, 1)
    autumn = Price("autumn", 150, "JPY", start_of(date(2026, 10, 1), NEW_YORK), second_half_past_one)
    program = await programs.create(GUILD, BUBBLE, now)
    for price in (EARLY, LATE, autumn):
        await programs.put_price(GUILD, program.id, price)
    kept = (await programs.get(GUILD, program.id)).prices
    assert kept == (EARLY, LATE, autumn)
    assert kept[2].ends == second_half_past_one.instant


async def test_a_price_is_changed_in_its_place_and_removed(programs: ProgramService, now: datetime) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    for price in (EARLY, LATE):
        await programs.put_price(GUILD, program.id, price)
    sooner = replace(EARLY, label="Early Bird", amount=8700)
    assert (await programs.put_price(GUILD, program.id, sooner, "EARLY")).prices == (sooner, LATE)
    same_name = replace(sooner, amount=7700)
    assert (await programs.put_price(GUILD, program.id, same_name, "early bird")).prices == (same_name, LATE)
    assert (await programs.remove_price(GUILD, program.id, "early bird")).prices == (LATE,)
    with pytest.raises(NoSuchPriceError):
        await programs.remove_price(GUILD, program.id, "early bird")
    with pytest.raises(NoSuchPriceError):
        await programs.put_price(GUILD, program.id, sooner, "early bird")


async def test_what_cannot_be_a_price_is_refused_when_checked_and_when_kept(
    programs: ProgramService, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    for price in (EARLY, LATE):
        await programs.put_price(GUILD, program.id, price)
    backwards = replace(LATE, label="x", until=LATE.starts)
    for put in (programs.check_price, programs.put_price):
        with pytest.raises(LabelTakenError, match="LATE"):
            await put(GUILD, program.id, replace(LATE, label="LATE"))
        with pytest.raises(LabelTakenError):
            await put(GUILD, program.id, replace(EARLY, label="late"), "early")
        with pytest.raises(EndsBeforeStartError):
            await put(GUILD, program.id, backwards)
        with pytest.raises(NamelessError):
            await put(GUILD, program.id, replace(LATE, label=" "))
        with monkeypatch.context() as patched:
            patched.setattr(rules, "MOST_PRICES", 2)
            with pytest.raises(TooManyError, match="2 prices"):
                await put(GUILD, program.id, replace(LATE, label="third"))
    assert (await programs.get(GUILD, program.id)).prices == (EARLY, LATE)
    await programs.check_price(GUILD, program.id, replace(LATE, label="third"))
    assert len((await programs.get(GUILD, program.id)).prices) == 2


async def test_the_same_price_pressed_twice_at_once_is_kept_once(programs: ProgramService, now: datetime) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    done = await asyncio.gather(
        *(programs.put_price(GUILD, program.id, LATE) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, LabelTakenError) for one in done) == 3
    assert (await programs.get(GUILD, program.id)).prices == (LATE,)


async def test_each_change_that_shows_is_told_in_its_transaction(
    programs: ProgramService, database: Database, now: datetime
) -> None:
    told: list[tuple[int, int, int]] = []

    async def hear(tx: Transaction, guild_id: int, program_id: int) -> None:
        program = await programs.get_in(tx, guild_id, program_id)
        assert program is not None
        told.append((guild_id, program_id, len(program.prices)))

    program = await programs.create(GUILD, BUBBLE, now)
    programs.changed_listeners.append(hear)
    await programs.put_price(GUILD, program.id, LATE)
    await programs.put_price(GUILD, program.id, replace(LATE, amount=1), "late")
    await programs.remove_price(GUILD, program.id, "late")
    await programs.edit(GUILD, program.id, BUBBLE)
    await programs.archive(GUILD, program.id, now)
    await programs.restore(GUILD, program.id)
    assert told == [(GUILD, program.id, prices) for prices in (1, 1, 0, 0, 0, 0)]


async def test_a_change_that_a_listener_refuses_is_not_made(programs: ProgramService, now: datetime) -> None:
    async def refuse(_tx: Transaction, _guild_id: int, _program_id: int) -> None:
        raise RuntimeError("no")

    program = await programs.create(GUILD, BUBBLE, now)
    programs.changed_listeners.append(refuse)
    with pytest.raises(RuntimeError):
        await programs.put_price(GUILD, program.id, LATE)
    assert (await programs.get(GUILD, program.id)).prices == ()


async def test_recordings_are_kept_in_order_and_removed(
    programs: ProgramService, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    first = await programs.add_recording(GUILD, program.id, *RECORDING)
    second = await programs.add_recording(GUILD, program.id, " Week  2 ", "example.com/2", "1:00:00")
    assert await programs.list_recordings(GUILD, program.id) == [first, second]
    assert (first.title, first.length, first.passcode) == ("Week 1", timedelta(minutes=62), "s3cret")
    assert (second.title, second.link, second.passcode) == ("Week 2", "https://example.com/2", "")
    monkeypatch.setattr(rules, "MOST_RECORDINGS", 2)
    with pytest.raises(TooManyError, match=r"2 recordings .* Remove one of them first"):
        await programs.add_recording(GUILD, program.id, *RECORDING)
    assert await programs.remove_recording(GUILD, program.id, first.id) == first
    assert await programs.list_recordings(GUILD, program.id) == [second]
    with pytest.raises(NoSuchRecordingError):
        await programs.remove_recording(GUILD, program.id, first.id)


async def test_what_cannot_be_a_recording_is_refused(programs: ProgramService, now: datetime) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    with pytest.raises(NamelessError, match="title"):
        await programs.add_recording(GUILD, program.id, " ", "example.com", "5")
    with pytest.raises(BadLinkError, match="link of the recording"):
        await programs.add_recording(GUILD, program.id, "A", "file:///etc/passwd", "5")
    for length in ("long", "1:30"):
        with pytest.raises(UnreadableLengthError, match="62 min"):
            await programs.add_recording(GUILD, program.id, "A", "example.com", length)
    assert await programs.list_recordings(GUILD, program.id) == []


async def test_a_recording_is_kept_once_also_if_it_is_sent_twice_at_the_same_moment(
    programs: ProgramService, now: datetime
) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    twice = (programs.add_recording(GUILD, program.id, *RECORDING) for _ in range(2))
    answers = await asyncio.gather(*twice, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [SameRecordingError]
    assert len(await programs.list_recordings(GUILD, program.id)) == 1
    await programs.add_recording(GUILD, program.id, RECORDING[0], "example.com/another", "5")
    await programs.add_recording(GUILD, program.id, "Another", *RECORDING[1:])


async def test_a_program_of_another_guild_or_of_none_is_not_found(programs: ProgramService, now: datetime) -> None:
    program = await programs.create(GUILD, BUBBLE, now)
    recording = await programs.add_recording(GUILD, program.id, *RECORDING)
    for call in (
        programs.get(OTHER_GUILD, program.id),
        programs.get(GUILD, program.id + 1),
        programs.edit(OTHER_GUILD, program.id, BUBBLE),
        programs.archive(OTHER_GUILD, program.id, now),
        programs.restore(OTHER_GUILD, program.id),
        programs.put_price(OTHER_GUILD, program.id, LATE),
        programs.remove_price(OTHER_GUILD, program.id, "late"),
        programs.add_recording(OTHER_GUILD, program.id, *RECORDING),
    ):
        with pytest.raises(NoSuchProgramError):
            await call
    with pytest.raises(NoSuchRecordingError):
        await programs.remove_recording(OTHER_GUILD, program.id, recording.id)
    assert await programs.list_recordings(OTHER_GUILD, program.id) == []
    assert await programs.list_all(OTHER_GUILD) == []


async def test_a_guild_that_is_forgotten_leaves_nothing_and_its_numbers_are_not_given_again(
    programs: ProgramService, database: Database, now: datetime
) -> None:
    kept = await programs.create(OTHER_GUILD, BUBBLE, now)
    program = await programs.create(GUILD, BUBBLE, now)
    await programs.put_price(GUILD, program.id, LATE)
    await programs.add_recording(GUILD, program.id, *RECORDING)
    async with database.transaction() as tx:
        assert await programs.tell(tx, GUILD, 1) == {}
        await programs.forget(tx, GUILD, 1, now)
        await programs.forget_guild(tx, GUILD)
    async with database.transaction() as tx:
        for table in ("programs", "program_prices", "program_recordings"):
            left = await tx.scalar(text(f"SELECT count(*) FROM {table} WHERE guild_id = {GUILD}"))
            assert left == 0, table
    with pytest.raises(NoSuchProgramError):
        await programs.put_price(GUILD, program.id, LATE)
    assert await programs.list_all(OTHER_GUILD) == [kept]
    assert (await programs.create(GUILD, BUBBLE, now)).id > program.id


async def test_the_longest_texts_fit(programs: ProgramService, now: datetime) -> None:
    name = "ΐ" * rules.LONGEST_NAME  # folding its case makes three letters of each
    draft = Draft(name, "s" * rules.LONGEST_SUMMARY, "i" * rules.LONGEST_INCLUDED, "https://e.com/" + "a" * 486)
    program = await programs.create(GUILD, draft, now)
    label = "ΐ" * rules.LONGEST_LABEL
    await programs.put_price(GUILD, program.id, replace(LATE, label=label, amount=10**12 - 1))
    await programs.put_price(GUILD, program.id, replace(LATE, label=label), label)
    passcode, link = "p" * rules.LONGEST_PASSCODE, "https://e.com/" + "a" * 286
    await programs.add_recording(GUILD, program.id, "t" * rules.LONGEST_TITLE, link, "24h", passcode)
    [recording] = await programs.list_recordings(GUILD, program.id)
    assert (recording.link, recording.passcode) == (link, passcode)
    assert (await programs.get(GUILD, program.id)).price(label) is not None
