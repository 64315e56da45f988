"""A session is planned: read, shown, and then made in Discord."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.local_time import LocalTime
from bot.programs.rules import Draft
from bot.sessions.rules import Place, PlaceKind
from tests.cogs.sessioning import (
    FORM,
    LINK,
    ahead,
    cards,
    create,
    events,
    field_of,
    fill_in,
    home,
    in_zone,
    known,
    plan,
    shown,
)
from tests.simkit import Stage
from tests.simthreads import set_tags


async def test_a_session_gets_a_card_a_thread_and_an_event(stage: Stage) -> None:
    await in_zone(stage)
    walter = await stage.join("walter")
    session = await plan(stage, hosts=[stage.carol, walter])
    year = session.starts.at.year
    assert session.starts == LocalTime(datetime.fromisoformat(f"{year}-05-01 19:00"), "America/New_York")
    assert session.starts_at == datetime(year, 5, 1, 23, tzinfo=UTC)
    assert session.length == timedelta(minutes=90)
    assert session.host_ids == (stage.carol.id, walter.id)
    [event] = events(stage)
    assert (event.name, event.description) == (FORM["title"], FORM["description"])
    assert datetime.fromisoformat(event.scheduled_start_time) == session.starts_at
    assert datetime.fromisoformat(event.scheduled_end_time) == session.ends_at
    assert event.entity_metadata == {"location": LINK}
    assert session.event_id == event.id
    [card] = cards(stage)
    assert session.thread_id == card.id
    [thread] = home(stage).threads
    assert thread.name == FORM["title"]
    when = field_of(card, "When")
    assert f"<t:{int(session.starts_at.timestamp())}:F>" in when
    assert f"May 1, {year}, 19:00, New York time" in when
    assert field_of(card, "Hosts") == f"{stage.carol.mention}, {walter.mention}"
    assert field_of(card, "Where") == LINK
    assert [button.label for row in card.components for button in row.children] == [
        "I’m coming", "Maybe", "Ask a question",
    ]  # fmt: skip


async def test_nothing_is_kept_before_the_host_has_seen_it(stage: Stage) -> None:
    await in_zone(stage)
    answer = shown(await create(stage))
    assert "Is it right?" in answer.content
    assert "New York time" in field_of(answer, "When")  # type: ignore[arg-type]
    assert await ahead(stage) == []
    form = await stage.carol.click(answer, label="Change something")
    assert form.modal is not None
    fields = {label["component"]["custom_id"]: label["component"] for label in form.modal["components"]}
    assert fields["title"]["value"] == FORM["title"]
    assert fields["start"]["value"] == FORM["start"]
    assert fields["hosts"]["required"] is True
    again = shown(await fill_in(stage, form, title="Another title"))
    await stage.carol.click(again, label="Plan it")
    assert [session.title for session in await ahead(stage)] == ["Another title"]


async def test_without_a_zone_the_host_is_told_that_it_is_utc(stage: Stage) -> None:
    answer = shown(await create(stage))
    assert "I read your time as UTC" in answer.content


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"start": "soon enough"}, "I cannot read `soon enough` as a date."),
        ({"start": "May 1"}, "Write the time, too"),
        ({"start": "2020-05-01 19:00"}, "That time has passed."),
        ({"length": "long"}, "I cannot read that length."),
        ({"length": "2"}, "A session takes 5 minutes to 12 hours."),
        ({"length": "13 h"}, "A session takes 5 minutes to 12 hours."),
        ({"title": "   "}, "A session needs a title"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    stage: Stage, typed: dict[str, str], told: str
) -> None:
    await in_zone(stage)
    answer = shown(await create(stage, **typed))
    assert told in answer.content
    assert told in stage.refusals()[-1]
    form = await stage.carol.click(answer, label="Try again, nothing is lost")
    assert form.modal is not None
    good = shown(await fill_in(stage, form))
    await stage.carol.click(good, label="Plan it")
    assert len(await ahead(stage)) == 1


async def test_a_time_that_does_not_exist_is_refused_with_the_next_one(stage: Stage) -> None:
    await in_zone(stage)
    answer = shown(await create(stage, start="2027-03-14 02:30"))
    assert "02:30 does not exist on Sunday, March 14, 2027 in New York" in answer.content
    assert "03:00" in answer.content
    assert len(stage.refusals()) == 1
    assert await ahead(stage) == []


@pytest.mark.parametrize(("pressed", "hour"), [("(EDT)", 5), ("(EST)", 6)])
async def test_of_a_time_that_comes_twice_it_is_asked_which(stage: Stage, pressed: str, hour: int) -> None:
    await in_zone(stage)
    asked = shown(await create(stage, start="2027-11-07 01:30"))
    assert "01:30 comes twice on Sunday, November 7, 2027 in New York" in asked.content
    labels = [button["label"] for button in asked.components[0]["components"]]
    [label] = [label for label in labels if label.endswith(pressed)]
    result = await stage.carol.click(asked, label=label)
    answer = result.edited[-1] if getattr(result, "edited", None) else asked
    await stage.carol.click(answer, label="Plan it")
    [session] = await ahead(stage)
    assert session.starts_at == datetime(2027, 11, 7, hour, 30, tzinfo=UTC)


async def test_midnight_is_asked_too(stage: Stage) -> None:
    asked = shown(await create(stage, start="May 1 midnight"))
    assert "At midnight" in asked.content
    labels = [button["label"] for button in asked.components[0]["components"]]
    assert "May 1, 00:00" in labels[0]
    assert "May 2, 00:00" in labels[1]


@pytest.mark.parametrize("kind", [PlaceKind.STAGE, PlaceKind.VOICE])
async def test_it_may_be_held_in_a_stage_or_a_voice_channel(stage: Stage, kind: PlaceKind) -> None:
    make = stage.guild.create_stage_channel if kind is PlaceKind.STAGE else stage.guild.create_voice_channel
    channel = make("Salon")
    session = await plan(stage, options={"place": channel})
    assert session.place == Place(kind, channel.id)
    [event] = events(stage)
    assert event.channel_id == channel.id
    assert event.entity_type == (1 if kind is PlaceKind.STAGE else 2)
    [card] = cards(stage)
    assert field_of(card, "Where") == channel.mention


@pytest.mark.parametrize("options", [{}, {"link": "  "}])
async def test_it_has_to_be_held_somewhere(stage: Stage, options: dict[str, str]) -> None:
    answer = shown(await stage.carol.slash(stage.hosts, "session create", **options))
    assert "Where is it held?" in answer.content
    assert len(stage.refusals()) == 1


async def test_a_program_brings_its_role_and_keeps_the_link_among_its_members(stage: Stage) -> None:
    role = stage.guild.create_role("Participants")
    program = await stage.bot.services.programs.create(
        stage.guild.id, Draft("The Course", role_id=role.id), stage.now()
    )
    assert "The Course" in [
        choice["name"] for choice in await stage.carol.autocomplete(stage.hosts, "session create", "program", "cour")
    ]
    session = await plan(stage, options={"link": LINK, "program": str(program.id), "questions": 2, "moderated": True})
    assert (session.program_id, session.role_id) == (program.id, role.id)
    assert (session.questions_each, session.is_moderated) == (2, True)
    [card], [event] = cards(stage), events(stage)
    assert field_of(card, "Program") == "The Course"
    assert role.mention in field_of(card, "For")
    assert LINK not in str(card.embeds[0].to_dict())
    assert LINK not in str(event.entity_metadata)


async def test_in_a_forum_the_session_is_a_post(stage: Stage) -> None:
    forum = stage.guild.create_forum_channel("q-and-a")
    await set_tags(stage.env, forum, "Q&A")
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.QUESTIONS, forum.id)
    session = await plan(stage)
    [post] = forum.threads
    assert (post.id, post.name) == (session.thread_id, FORM["title"])


async def test_the_announcements_carry_a_copy_that_stays_true(stage: Stage) -> None:
    session = await plan(stage)
    [copy] = cards(stage, stage.channels[ChannelPurpose.ANNOUNCEMENTS])
    assert copy.embeds[0].title == FORM["title"]
    await stage.bot.services.sessions.cancel(stage.guild.id, session.id, stage.now())
    await stage.moment(5)
    [copy] = cards(stage, stage.channels[ChannelPurpose.ANNOUNCEMENTS])
    assert "Cancelled" in field_of(copy, "When")


async def test_without_a_channel_for_questions_the_host_is_told_what_to_do(bare_stage: Stage) -> None:
    channel = bare_stage.guild.create_text_channel("lounge")
    answer = shown(await bare_stage.carol.slash(channel, "session create", link=LINK))
    assert "Choose one for *Q&A* in `/setup`" in answer.content
    assert len(bare_stage.refusals()) == 1


async def test_without_the_permission_the_event_follows_when_it_is_granted(stage: Stage) -> None:
    await stage.take_from_bot("administrator", "manage_events", "create_events")
    answer = shown(await create(stage))
    assert "I cannot make an event in Discord without *Create Events*" in answer.content
    await stage.carol.click(answer, label="Plan it")
    await stage.moment(320)
    assert events(stage) == []
    assert [text for text in stage.said(stage.hosts) if "I could not make an event" in text]
    await stage.give_to_bot("manage_events")
    await stage.moment(320)
    [session] = await ahead(stage)
    assert [event.id for event in events(stage)] == [(await known(stage, session)).event_id]
    assert len([text for text in stage.said(stage.hosts) if "I could not make an event" in text]) == 1


async def test_only_hosts_plan_sessions(stage: Stage) -> None:
    maya = await stage.join("maya")
    answer = shown(await maya.slash(stage.welcome, "session create", link=LINK))
    assert "Manage Server" in answer.content
    assert stage.refusals()
    assert "No session is planned yet" in shown(await maya.slash(stage.welcome, "session list")).content
