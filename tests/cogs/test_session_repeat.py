"""Office hours: a session that is repeated, of which one is skipped and one is moved."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cogs.sessioning import ahead, cards, events, field_of, in_zone, plan, shown
from tests.simkit import Stage


async def test_office_hours_have_four_events_and_queues_ahead_also_when_one_is_skipped(stage: Stage) -> None:
    await in_zone(stage)
    start = stage.now() + timedelta(days=2)
    session = await plan(stage, start=f"{start:%Y-%m-%d} 19:00", title="Office hours")
    answer = await stage.carol.slash(stage.hosts, "session repeat", session=str(session.id), how="every week")
    assert "is repeated every week" in shown(answer).content
    await stage.moment(5)
    planned = await ahead(stage)
    assert len(planned) == 4
    assert {one.starts.at.hour for one in planned} == {19}
    assert {event.id for event in events(stage)} == {one.event_id for one in planned}
    assert len({one.event_id for one in planned}) == 4
    [card] = cards(stage)  # The others are announced a week before they begin.
    assert field_of(card, "Repeated") == "Every week"
    asked = shown(await stage.carol.slash(stage.hosts, "session cancel", session=str(planned[1].id)))
    assert "The others stay" in asked.content
    await stage.carol.click(asked, label="Skip it")
    await stage.moment(5)
    after = await ahead(stage)
    assert len(after) == 4
    assert planned[1].id not in {one.id for one in after}
    assert after[-1].starts.at == planned[-1].starts.at + timedelta(weeks=1)
    assert len(events(stage)) == 4
    stopped = await stage.carol.slash(stage.hosts, "session repeat", session=str(session.id), how="stop")
    assert "What is planned stays" in shown(stopped).content
    await stage.moment(700)
    assert len(await ahead(stage)) == 4


@pytest.mark.parametrize("change", ["2027-03-14", "2027-11-07"])
async def test_seven_in_the_evening_stays_seven_over_the_change_of_clocks(stage: Stage, change: str) -> None:
    await in_zone(stage)
    first = date.fromisoformat(change) - timedelta(days=10)  # a Thursday; the clocks change on a Sunday
    session = await plan(stage, start=f"{first} 19:00", title="Office hours")
    await stage.carol.slash(stage.hosts, "session repeat", session=str(session.id), how="every week")
    await stage.moment(5)
    starts = sorted(datetime.fromisoformat(event.scheduled_start_time) for event in events(stage))
    local = [start.astimezone(ZoneInfo("America/New_York")) for start in starts]
    assert [(one.date(), one.hour) for one in local] == [(first + timedelta(weeks=week), 19) for week in range(4)]
    assert len({start.astimezone(UTC).hour for start in starts}) == 2


async def test_a_change_may_be_saved_for_one_or_for_all(stage: Stage) -> None:
    session = await plan(stage, title="Office hours")
    await stage.carol.slash(stage.hosts, "session repeat", session=str(session.id), how="every month by weekday")
    form = await stage.carol.slash(stage.hosts, "session edit", session=str(session.id))
    assert form.modal is not None
    was = {label["component"]["custom_id"]: label["component"].get("value") for label in form.modal["components"]}
    typed = {name: was[name] or "" for name in ("description", "start", "length")}
    card = shown(await stage.carol.submit_modal(form, typed | {"title": "Tea and questions", "hosts": [stage.carol]}))
    await stage.carol.click(card, label="Save for all to come")
    await stage.moment(5)
    assert {one.title for one in await ahead(stage)} == {"Tea and questions"}
    assert {event.name for event in events(stage)} == {"Tea and questions"}
