"""Members say whether they come, with a button or in the list of Discord's event, and are reminded."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.local_time import end_of
from bot.sessions.rules import LONGEST_TITLE, Coming, Place, PlaceKind, Session
from bot.sessions.schedule_rules import LONGEST_LINK, PINGED_AT_ONCE
from cogs.sessions.cards import pinging
from cogs.sessions.words import changed_text, reminder_text
from tests.cogs.sessioning import cards, events, field_of, in_thread, known, plan, press, shown
from tests.simkit import Stage


async def soon(stage: Stage, minutes: int = 40, **how: object) -> Session:
    """A session that starts in so many minutes."""
    start = stage.now() + timedelta(minutes=minutes)
    return await plan(stage, start=f"{start:%Y-%m-%d %H:%M}", **how)


async def coming(stage: Stage, session: Session, answer: Coming = Coming.YES) -> list[int]:
    """Who said so."""
    return await stage.bot.services.sessions.list_coming(stage.guild.id, session.id, answer)


async def test_a_member_says_that_they_come_and_takes_it_back(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    told = await press(stage, maya, "I’m coming", session)
    assert f"<#{session.thread_id}>" in told
    assert f"https://discord.com/events/{stage.guild.id}/{session.event_id}" in told
    await stage.moment(5)
    assert field_of(cards(stage)[0], "Coming") == "1"
    await stage.restart()
    [card] = cards(stage)
    answer = shown(await maya.click(card, label="Maybe"))
    assert "You may come" in answer.content
    await stage.moment(5)
    assert field_of(cards(stage)[0], "Coming") == "0 · 1 maybe"
    taken_back = shown(await maya.click(answer, label="I can’t come"))
    assert "You are not coming" in taken_back.content
    assert await coming(stage, session) == await coming(stage, session, Coming.MAYBE) == []


def test_the_longest_reminder_and_the_longest_change_fit_in_a_message() -> None:
    link = "https://meet.example/" + "a" * (LONGEST_LINK - 21)
    starts = end_of(date(2027, 5, 1), ZoneInfo("America/New_York"))
    longest = Session(
        1, 2, "_" * LONGEST_TITLE, "", starts, timedelta(hours=1), Place(PlaceKind.LINK, None, link), (3,)
    )  # fmt: skip
    everybody = [2**63 - 1] * PINGED_AT_ONCE
    for text in (reminder_text(longest), changed_text(longest, "moved"), changed_text(longest, "on")):
        assert text is not None
        assert len(pinging(text, everybody).content or "") <= 2000


async def test_the_list_of_the_event_counts_and_leaving_it_does_too(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    [event] = events(stage)
    stage.forget_member(maya)
    await maya.subscribe_event(event)
    await stage.moment(5)
    assert await coming(stage, session) == [maya.id]
    assert field_of(cards(stage)[0], "Coming") == "1"
    await maya.unsubscribe_event(event)
    await stage.moment(5)
    assert await coming(stage, session) == []


async def test_what_happened_to_the_list_while_the_bot_was_away_is_caught_up_with(stage: Stage) -> None:
    maya, kofi, noor = [await stage.join(name) for name in ("maya", "kofi", "noor")]
    session = await plan(stage)
    [event] = events(stage)
    await kofi.subscribe_event(event)
    await noor.subscribe_event(event)
    await press(stage, noor, "I’m coming", session)
    await stage.bot.services.sessions.set_coming(stage.guild.id, session.id, noor.id, None, stage.now())
    backend, guild = stage.env.backend, stage.guild.id

    def meanwhile() -> None:
        backend.set_scheduled_event_subscription(guild, event.id, maya.id, True)
        backend.set_scheduled_event_subscription(guild, event.id, kofi.id, False)

    await stage.restart(while_away=meanwhile)
    await stage.moment(320)
    assert await coming(stage, session) == [maya.id]


async def test_without_the_role_nobody_comes_whichever_way(stage: Stage) -> None:
    maya, kofi, role = await stage.join("maya"), await stage.join("kofi"), stage.guild.create_role("Participants")
    session = await soon(stage, options={"link": "https://meet.example/secret", "role": role})
    assert f"This session is for members with {role.mention}" in await press(stage, maya, "I’m coming", session)
    [event] = events(stage)
    await maya.subscribe_event(event)
    await stage.moment()
    assert await coming(stage, session) == []
    await stage.give_role(maya, role)
    await stage.give_role(kofi, role)
    assert "https://meet.example/secret" in await press(stage, maya, "I’m coming", session)
    await press(stage, kofi, "I’m coming", session)
    await stage.take_role(kofi, role)
    await stage.bot.services.sessions.set_reminders(stage.guild.id, [timedelta(minutes=10)], stage.now())
    await stage.pass_time(31 * 60)
    [reminder] = in_thread(stage, session)
    assert maya.mention in reminder
    assert kofi.mention not in reminder
    assert "secret" not in reminder


async def test_only_those_who_come_are_pinged_in_the_thread_once_each_time(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "session reminders", before="20min, 5min")
    maya, kofi, noor = [await stage.join(name) for name in ("maya", "kofi", "noor")]
    session = await soon(stage)
    await press(stage, maya, "I’m coming", session)
    await press(stage, kofi, "Maybe", session)
    await stage.pass_time(15 * 60)
    assert in_thread(stage, session) == []
    await stage.pass_time(6 * 60)
    [first] = in_thread(stage, session)
    assert "starts <t:" in first
    assert (maya.mention in first, kofi.mention in first, noor.mention in first) == (True, True, False)
    await stage.restart()
    await stage.pass_time(16 * 60)
    assert len(in_thread(stage, session)) == 2
    assert (await known(stage, session)).starts_at > stage.now() - timedelta(minutes=5)


async def test_a_reminder_that_is_late_is_left_out(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "session reminders", before="20min")
    session = await soon(stage)
    await press(stage, await stage.join("maya"), "I’m coming", session)
    await stage.bot.close()
    stage.env.backend.advance_clock(28 * 60)
    await stage.restart()
    assert in_thread(stage, session) == []


async def test_nobody_is_reminded_where_nobody_comes(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "session reminders", before="20min")
    session = await soon(stage)
    await stage.pass_time(25 * 60)
    assert in_thread(stage, session) == []


async def test_who_waits_is_told_in_the_thread_when_a_place_is_free(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage, options={"link": "https://meet.example", "places": 1})
    await press(stage, maya, "I’m coming", session)
    assert "You are number 1 on the waiting list" in await press(stage, kofi, "I’m coming", session)
    await stage.moment(5)
    assert field_of(cards(stage)[0], "Coming") == "1 of 1 places · 1 on the waiting list"
    await stage.leave(maya)
    await stage.moment(5)
    [told] = in_thread(stage, session)
    assert told.startswith("A place is free")
    assert kofi.mention in told
    assert await coming(stage, session) == [kofi.id]


async def test_who_joined_the_list_of_a_full_session_reads_that_they_wait(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage, options={"link": "https://meet.example", "places": 1})
    await press(stage, maya, "I’m coming", session)
    [event] = events(stage)
    await kofi.subscribe_event(event)
    await stage.moment(5)
    [told] = in_thread(stage, session)
    assert "You are number 1 on the waiting list" in told
    assert kofi.mention in told


async def test_reminders_are_chosen_and_shown(stage: Stage) -> None:
    async def say(**options: str) -> str:
        return shown(await stage.carol.slash(stage.hosts, "session reminders", **options)).content

    assert "24 h, 1 h and 10 min before" in await say()
    assert "2 h and 5 min before" in await say(before="5min and 2 hours")
    assert "Nobody is reminded" in await say(before="none")
    for typed in ("whenever", "1h, 2h, 3h, 4h, 5h, 6h", "40d", "0m"):
        assert "Write up to 5 times" in await say(before=typed)
    assert len(stage.refusals()) == 4
