"""A planned session is changed, cancelled, listed and shown; its event, its card and its thread follow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.local_time import LocalTime
from bot.sessions.rules import Coming, Place, PlaceKind, Session, SessionState
from bot.sessions.schedule_rules import reminder_key
from tests.cogs.sessioning import (
    FORM,
    LINK,
    ahead,
    cards,
    events,
    field_of,
    fill_in,
    home,
    in_thread,
    in_zone,
    known,
    plan,
    press,
    shown,
)
from tests.simkit import Stage


async def edit(stage: Stage, session: Session, options: dict[str, object] | None = None, **typed: str) -> Session:
    """A host changes a session and saves it."""
    form = await stage.carol.slash(stage.hosts, "session edit", session=str(session.id), **(options or {}))
    assert form.modal is not None
    was = {label["component"]["custom_id"]: label["component"].get("value") for label in form.modal["components"]}
    filled = {name: was[name] or "" for name in FORM} | typed
    card = shown(await fill_in(stage, form, **filled))
    await stage.carol.click(card, label="Save")
    await stage.moment(5)
    return await known(stage, session)


async def test_another_time_moves_the_event_and_tells_those_who_come(stage: Stage) -> None:
    await in_zone(stage)
    session = await plan(stage)
    maya = await stage.join("maya")
    await press(stage, maya, "I’m coming", session)
    moved = await edit(stage, session, start=f"{session.starts.at.year}-05-02 18:00")
    assert moved.starts == LocalTime(
        datetime.fromisoformat(f"{session.starts.at.year}-05-02 18:00"), "America/New_York"
    )
    [event] = events(stage)
    assert datetime.fromisoformat(event.scheduled_start_time) == moved.starts_at
    assert datetime.fromisoformat(event.scheduled_end_time) - moved.starts_at == timedelta(minutes=90)
    [card] = cards(stage)
    assert f"<t:{int(moved.starts_at.timestamp())}:F>" in field_of(card, "When")
    [told] = in_thread(stage, moved)
    assert "was changed: it starts" in told
    assert maya.mention in told


async def test_another_title_renames_event_card_and_thread_and_pings_nobody(stage: Stage) -> None:
    session = await plan(stage)
    await press(stage, await stage.join("maya"), "I’m coming", session)
    changed = await edit(stage, session, title="Questions for Carol", description="", length="2 h")
    [event], [card], [thread] = events(stage), cards(stage), home(stage).threads
    assert event.name == card.embeds[0].title == thread.name == "Questions for Carol"
    assert not event.description
    assert changed.length == timedelta(hours=2)
    assert in_thread(stage, changed) == []


async def test_another_place_and_other_terms_are_kept(stage: Stage) -> None:
    session = await plan(stage)
    salon, role = stage.guild.create_voice_channel("Salon"), stage.guild.create_role("Participants")
    options = {"place": salon, "role": role, "questions": 1, "moderated": True, "anonymous": False, "places": 2}
    changed = await edit(stage, session, options)
    assert changed.place == Place(PlaceKind.VOICE, salon.id)
    assert (changed.role_id, changed.questions_each, changed.capacity) == (role.id, 1, 2)
    assert (changed.is_moderated, changed.allows_anonymous) == (True, False)
    [event] = events(stage)
    assert (event.channel_id, event.entity_type) == (salon.id, 2)
    everybody = await edit(stage, session, {"role": stage.guild.default_role, "places": 0})
    assert (everybody.role_id, everybody.capacity) == (None, None)


async def test_a_time_nobody_touched_is_not_asked_once_more(stage: Stage) -> None:
    await in_zone(stage)
    session = await plan(stage, start="2027-11-06 01:30")
    twice = LocalTime(datetime.fromisoformat("2027-11-07 01:30"), "America/New_York", fold=1)
    await stage.bot.services.sessions.edit(replace(session, starts=twice), stage.now())
    changed = await edit(stage, session, title="Late questions")
    assert changed.starts == twice
    assert changed.starts_at == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


async def test_a_cancelled_session_takes_its_event_along_and_tells_those_who_come(stage: Stage) -> None:
    session = await plan(stage)
    maya = await stage.join("maya")
    await press(stage, maya, "Maybe", session)
    asked = shown(await stage.carol.slash(stage.hosts, "session cancel", session=session.title[:9]))
    assert f"Cancel **{FORM['title']}**" in asked.content
    await stage.carol.click(asked, label="Cancel it")
    await stage.moment(5)
    assert events(stage) == []
    cancelled = await known(stage, session)
    assert (cancelled.state, cancelled.event_id) == (SessionState.CANCELLED, None)
    [told] = in_thread(stage, session)
    assert "is cancelled" in told
    assert maya.mention in told
    [card] = cards(stage)
    assert "Cancelled" in field_of(card, "When")
    assert card.components == []
    async with stage.bot.services.database.transaction() as tx:
        for minutes in (1440, 60, 10):
            key = reminder_key(session, minutes)
            assert await stage.bot.services.outbox.find_in(tx, stage.guild.id, key) is None


async def test_a_host_who_thinks_twice_keeps_it(stage: Stage) -> None:
    session = await plan(stage)
    asked = shown(await stage.carol.slash(stage.hosts, "session cancel", session=str(session.id)))
    await stage.carol.click(asked, label="Keep it")
    assert (await known(stage, session)).state is SessionState.PLANNED


async def test_its_hosts_may_change_it_and_other_members_may_not(stage: Stage) -> None:
    walter, maya = await stage.join("walter"), await stage.join("maya")
    session = await plan(stage, hosts=[walter])
    form = await walter.slash(stage.welcome, "session edit", session=str(session.id))
    assert form.modal is not None
    for command in ("edit", "cancel"):
        answer = shown(await maya.slash(stage.welcome, f"session {command}", session=str(session.id)))
        assert "Only the hosts of this session" in answer.content
    assert len(stage.refusals()) == 2
    picked = await walter.autocomplete(stage.welcome, "session edit", "session", "bubble")
    assert [choice["value"] for choice in picked] == [str(session.id)]
    assert await maya.autocomplete(stage.welcome, "session edit", "session", "") == []


async def test_everybody_sees_what_is_planned_and_who_comes(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await stage.bot.services.sessions.set_coming(stage.guild.id, session.id, maya.id, Coming.YES, stage.now())
    listed = shown(await maya.slash(stage.welcome, "session list")).content
    assert FORM["title"] in listed
    assert f"<#{session.thread_id}>" in listed
    [choice] = await maya.autocomplete(stage.welcome, "session show", "session", "break")
    card = shown(await maya.slash(stage.welcome, "session show", session=choice["value"]))
    names = {field.name: field.value for field in card.embeds[0].fields}
    assert names["Coming (1)"] == maya.mention
    unknown = shown(await maya.slash(stage.welcome, "session show", session="no such thing"))
    assert "There is no such session here" in unknown.content
    assert len(stage.refusals()) == 1


async def test_another_guild_s_session_does_not_exist_here(stage: Stage) -> None:
    session = await plan(stage)
    [event] = events(stage)
    other, lounge, _ = stage.another_guild("Elsewhere")
    await stage.moment()
    eve = other.add_member(stage.env.create_user("eve"), roles=[])
    await stage.env.settle()
    answer = shown(await eve.slash(lounge, "session show", session=str(session.id)))
    assert "There is no such session here" in answer.content
    assert len(stage.refusals()) == 1
    assert event in events(stage)


async def test_a_link_and_a_channel_cannot_both_be_its_place(stage: Stage) -> None:
    session = await plan(stage)
    salon = stage.guild.create_voice_channel("Salon")
    answer = await stage.carol.slash(
        stage.hosts, "session edit", session=str(session.id), place=salon, link="https://x.example"
    )
    assert "held in one place" in shown(answer).content
    assert len(stage.refusals()) == 1
    assert (await ahead(stage))[0].place.link == LINK
