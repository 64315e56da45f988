"""What people do by hand in Discord, and what becomes of sessions then: each has a stated outcome."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.db import DatabaseUnavailableError, Transaction
from bot.sessions.repository import SessionRepository
from bot.sessions.rules import Coming, PlaceKind, Session, SessionState
from tests.cogs.sessioning import cards, events, field_of, home, in_thread, known, plan, press, thread_of
from tests.simkit import Stage

#: Until the bot has looked whether sessions and events are in step, in seconds.
LOOKED = 320.0


def told_hosts(stage: Stage, words: str) -> list[str]:
    """The notices to hosts that say so."""
    return [text for text in stage.said(stage.hosts) if words in text]


async def by_hand(stage: Stage, session: Session, **changes: object) -> None:
    """Somebody changes a session's event in Discord."""
    stage.env.backend.edit_scheduled_event(stage.guild.id, session.event_id or 0, changes)
    await stage.moment(5)


async def test_an_event_moved_by_hand_moves_the_session(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await press(stage, maya, "I’m coming", session)
    later = session.starts_at + timedelta(hours=2)
    await by_hand(
        stage, session, scheduled_start_time=later.isoformat(),
        scheduled_end_time=(later + timedelta(hours=1)).isoformat(), name="Another title",
    )  # fmt: skip
    moved = await known(stage, session)
    assert (moved.starts_at, moved.length, moved.title) == (later, timedelta(hours=1), "Another title")
    [told] = in_thread(stage, moved)
    assert f"<t:{int(later.timestamp())}:F>" in told
    assert maya.mention in told
    assert len(told_hosts(stage, "Somebody changed the event")) == 1
    assert f"<t:{int(later.timestamp())}:F>" in field_of(cards(stage)[0], "When")
    await stage.moment(LOOKED)
    assert len(told_hosts(stage, "Somebody changed the event")) == 1


async def test_an_event_changed_while_the_bot_was_away_changes_the_session_too(stage: Stage) -> None:
    session = await plan(stage)
    salon = stage.guild.create_stage_channel("Salon")
    await stage.moment()
    changes = {"entity_type": 1, "channel_id": salon.id, "entity_metadata": None}
    await stage.restart(
        while_away=lambda: stage.env.backend.edit_scheduled_event(stage.guild.id, session.event_id or 0, changes)
    )
    await stage.moment(LOOKED)
    place = (await known(stage, session)).place
    assert (place.kind, place.channel_id) == (PlaceKind.STAGE, salon.id)


async def test_an_event_deleted_by_hand_cancels_the_session_until_a_host_plans_it_after_all(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await press(stage, maya, "I’m coming", session)
    stage.env.backend.delete_scheduled_event(stage.guild.id, session.event_id or 0)
    await stage.moment(5)
    assert (await known(stage, session)).state is SessionState.CANCELLED
    assert "is cancelled" in in_thread(stage, session)[0]
    [notice] = [message for message in stage.hosts.history() if "Somebody deleted or cancelled" in message.content]
    await stage.restart()
    await stage.carol.click(notice, label="Plan it after all")
    await stage.moment(5)
    again = await known(stage, session)
    assert again.state is SessionState.PLANNED
    assert [event.id for event in events(stage)] == [again.event_id]
    assert "takes place after all" in in_thread(stage, session)[-1]
    assert maya.mention in in_thread(stage, session)[-1]
    assert next(button.label for row in cards(stage)[0].components for button in row.children) == "I’m coming"


async def test_an_event_cancelled_or_deleted_while_the_bot_was_away_cancels_its_session(stage: Stage) -> None:
    first, second = await plan(stage), await plan(stage, title="Another one")
    backend, guild = stage.env.backend, stage.guild.id

    def meanwhile() -> None:
        backend.edit_scheduled_event(guild, first.event_id or 0, {"status": 4})
        backend.delete_scheduled_event(guild, second.event_id or 0)

    await stage.restart(while_away=meanwhile)
    await stage.moment(LOOKED)
    for session in (first, second):
        assert (await known(stage, session)).state is SessionState.CANCELLED
    assert len(told_hosts(stage, "Somebody deleted or cancelled")) == 2


async def test_the_event_of_an_open_session_may_go_without_it(stage: Stage) -> None:
    session = await plan(stage)
    await open_it(stage, session)
    stage.env.backend.delete_scheduled_event(stage.guild.id, session.event_id or 0)
    await stage.moment(5)
    after = await known(stage, session)
    assert (after.state, after.event_id) == (SessionState.OPEN, None)
    assert told_hosts(stage, "Somebody deleted") == []


async def open_it(stage: Stage, session: Session) -> None:
    """The session is open, long before its start, as far as its event knows."""
    async with stage.bot.services.database.transaction() as tx:
        await SessionRepository(tx).mark(stage.guild.id, session.id, state=SessionState.OPEN)
    stage.bot.services.sessions.tell(stage.guild.id, session.id)
    await stage.moment()


async def test_the_event_starts_and_ends_with_the_session(stage: Stage) -> None:
    session = await plan(stage)
    await open_it(stage, session)
    [event] = events(stage)
    assert event.status == 2
    await stage.bot.services.live.close(stage.guild.id, session.id, stage.now())
    await stage.moment()
    assert event.status == 3


async def test_what_is_changed_about_an_open_session_reaches_its_event_and_back(stage: Stage) -> None:
    session = await plan(stage)
    await open_it(stage, session)
    [event] = events(stage)
    await stage.bot.services.live.lengthen(stage.guild.id, session.id, 0, stage.now())
    await stage.moment()
    longer = await known(stage, session)
    assert datetime.fromisoformat(event.scheduled_end_time) == longer.ends_at
    await stage.bot.services.sessions.edit(replace(longer, title="A better title"), stage.now())
    await stage.moment()
    assert (event.name, event.status) == ("A better title", 2)
    await by_hand(stage, session, name="The best title")
    assert (await known(stage, session)).title == "The best title"
    assert len(told_hosts(stage, "Somebody changed the event")) == 1


async def test_an_event_that_ends_by_itself_leaves_its_session_open_and_the_hosts_know(stage: Stage) -> None:
    session = await plan(stage)
    await open_it(stage, session)
    await by_hand(stage, session, status=3)
    after = await known(stage, session)
    assert (after.state, after.event_id) == (SessionState.OPEN, None)
    [told] = told_hosts(stage, "ended in Discord")
    assert "stays open for questions until you close it" in told


async def test_a_planned_session_whose_event_was_ended_too_early_gets_another(stage: Stage) -> None:
    session = await plan(stage)
    [first] = events(stage)
    await by_hand(stage, session, status=2)
    await by_hand(stage, session, status=3)
    [second] = events(stage)
    assert second.id != first.id
    after = await known(stage, session)
    assert (after.state, after.event_id) == (SessionState.PLANNED, second.id)


async def test_an_event_made_by_an_attempt_nobody_heard_of_is_not_made_twice(stage: Stage) -> None:
    session = await plan(stage)
    [event] = events(stage)
    async with stage.bot.services.database.transaction() as tx:
        await SessionRepository(tx).mark(stage.guild.id, session.id, event_id=None, event_told="")
    await stage.restart()
    await stage.moment(LOOKED)
    assert events(stage) == [event]
    assert (await known(stage, session)).event_id == event.id


async def test_a_deleted_thread_stops_reminders_until_a_host_opens_another(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await press(stage, maya, "I’m coming", session)
    await stage.delete_channel(thread_of(stage, session))
    await stage.moment(5)
    assert (await known(stage, session)).thread_id is None
    await stage.moment(LOOKED)
    assert home(stage).threads == []
    [notice] = [message for message in stage.hosts.history() if "was deleted. I remind nobody" in message.content]
    await stage.carol.click(notice, label="Open a new thread")
    await stage.moment(5)
    again = await known(stage, session)
    [card] = cards(stage)
    assert again.thread_id == card.id
    assert thread_of(stage, again).name == session.title
    assert field_of(card, "Coming") == "1"


async def test_a_thread_deleted_while_the_bot_was_away_is_missed(stage: Stage) -> None:
    session = await plan(stage)
    thread = thread_of(stage, session)
    await stage.restart(while_away=lambda: stage.env.backend.delete_channel(thread.id))
    await stage.moment(LOOKED)
    assert (await known(stage, session)).thread_id is None
    assert len(told_hosts(stage, "I remind nobody")) == 1


async def test_a_deleted_channel_of_questions_takes_the_thread_and_not_the_session(stage: Stage) -> None:
    session = await plan(stage)
    await stage.delete_channel(home(stage))
    await stage.moment(5)
    after = await known(stage, session)
    assert (after.state, after.thread_id) == (SessionState.PLANNED, None)
    assert len(told_hosts(stage, "I remind nobody")) == 1


async def test_a_deleted_voice_channel_leaves_the_session_without_a_place(stage: Stage) -> None:
    salon = stage.guild.create_voice_channel("Salon")
    session = await plan(stage, options={"place": salon})
    await stage.delete_channel(salon)
    await stage.moment(5)
    after = await known(stage, session)
    assert after.state is SessionState.PLANNED
    assert field_of(cards(stage)[0], "Where") == "To be announced"
    [event] = events(stage)
    assert event.entity_metadata == {"location": "To be announced"}
    assert after.event_id == event.id
    assert len(told_hosts(stage, "was to be held")) == 1


async def test_a_voice_channel_deleted_while_the_bot_was_away_leaves_the_session_without_a_place(stage: Stage) -> None:
    salon = stage.guild.create_voice_channel("Salon")
    session = await plan(stage, options={"place": salon})

    def meanwhile() -> None:
        stage.env.backend.delete_scheduled_event(stage.guild.id, session.event_id or 0)
        stage.env.backend.delete_channel(salon.id)

    await stage.restart(while_away=meanwhile)
    await stage.moment(LOOKED)
    after = await known(stage, session)
    assert (after.state, after.place.kind) == (SessionState.PLANNED, PlaceKind.LINK)
    assert [event.id for event in events(stage)] == [after.event_id]
    assert len(told_hosts(stage, "was to be held")) == 1


async def test_a_channel_deleted_after_the_last_host_left_leaves_every_session_there_without_a_place(
    stage: Stage,
) -> None:
    salon, walter = stage.guild.create_voice_channel("Salon"), await stage.join("walter")
    hostless = await plan(stage, hosts=[walter], options={"place": salon})
    other = await plan(stage, title="Another one", options={"place": salon})
    await stage.leave(walter)
    await stage.moment(5)
    await stage.delete_channel(salon)
    await stage.moment(5)
    for session in (hostless, other):
        after = await known(stage, session)
        assert (after.state, after.place.kind) == (SessionState.PLANNED, PlaceKind.LINK)
    assert len(told_hosts(stage, "was to be held")) == 2


async def test_what_happens_while_the_database_is_away_is_written_down_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya, walter = await stage.join("maya"), await stage.join("walter")
    first, second = await plan(stage, hosts=[walter, stage.carol]), await plan(stage, title="Another one")
    transaction = stage.bot.services.database.transaction

    @asynccontextmanager
    async def away() -> AsyncIterator[Transaction]:
        raise DatabaseUnavailableError
        yield

    monkeypatch.setattr(stage.bot.services.database, "transaction", away)
    backend, guild_id = stage.env.backend, stage.guild.id
    backend.delete_scheduled_event(guild_id, first.event_id or 0)
    backend.set_scheduled_event_subscription(guild_id, second.event_id or 0, maya.id, True)
    backend.delete_channel(thread_of(stage, second).id)
    backend.remove_member(guild_id, walter.id)
    for _ in range(100):  # Until all of it was heard, and could not be written down.
        await asyncio.sleep(0)
    monkeypatch.setattr(stage.bot.services.database, "transaction", transaction)
    await stage.moment(30)
    assert (await known(stage, first)).state is SessionState.CANCELLED
    assert (await known(stage, first)).host_ids == (stage.carol.id,)
    assert (await known(stage, second)).thread_id is None
    said, _ = await stage.bot.services.sessions.coming_of(stage.guild.id, second.id, maya.id)
    assert said is Coming.YES


async def test_a_host_who_leaves_hosts_no_more_and_the_last_one_is_missed(stage: Stage) -> None:
    walter = await stage.join("walter")
    session = await plan(stage, hosts=[walter, stage.carol])
    await stage.leave(walter)
    await stage.moment(5)
    assert (await known(stage, session)).host_ids == (stage.carol.id,)
    assert field_of(cards(stage)[0], "Host") == stage.carol.mention
    [told] = told_hosts(stage, "left this server, and hosts")
    assert stage.carol.mention in told


async def test_a_host_who_left_while_the_bot_was_away_is_missed(stage: Stage) -> None:
    walter = await stage.join("walter")
    session = await plan(stage, hosts=[walter])
    await stage.restart(while_away=lambda: stage.guild.remove_member(walter))
    await stage.moment(LOOKED)
    assert (await known(stage, session)).host_ids == ()
    assert len(told_hosts(stage, "nobody else hosts")) == 1
