"""A session is planned: read, shown, and then made in Discord."""

from datetime import UTC, datetime, timedelta

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from bot.local_time import LocalTime
from bot.sessions.rules import Place, PlaceKind, SessionState
from tests.cogs.sessioning import FORM, LINK, ahead, cards, create, events, field_of, home, in_zone, plan, shown
from tests.simkit import Stage


async def test_a_session_gets_a_card_a_thread_and_an_event(stage: Stage) -> None:
    await in_zone(stage)
    walter = await stage.join("walter")
    session = await plan(stage, hosts=[stage.carol, walter])
    year = session.starts.at.year
    assert session.starts == LocalTime(datetime(year, 5, 1, 19), "America/New_York")
    assert session.starts_at == datetime(year, 5, 1, 23, tzinfo=UTC)
    assert session.length == timedelta(minutes=90)
    assert session.host_ids == (stage.carol.id, walter.id)
    [event] = events(stage)
    assert event.name == FORM["title"]
    assert event.description == FORM["description"]
    assert datetime.fromisoformat(event.scheduled_start_time) == session.starts_at
    assert datetime.fromisoformat(event.scheduled_end_time) == session.ends_at
    assert event.entity_metadata == {"location": LINK}
    assert session.event_id == event.id
    [card] = cards(stage)
    assert session.thread_id == card.id
    [thread] = home(stage).threads
    assert thread.name == FORM["title"]
    assert f"<t:{int(session.starts_at.timestamp())}:F>" in field_of(card, "When")
    assert f"Friday, May 1, {year}, 19:00, New York time" in field_of(card, "When") or "New York" in field_of(
        card, "When"
    )
    assert field_of(card, "Hosts") == f"{stage.carol.mention}, {walter.mention}"
    labels = [button.label for row in card.components for button in row.children]
    assert labels == ["I’m coming", "Maybe", "Ask a question"]
