"""A session from its opening to its close, as its hosts and members see it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from bot.db import DatabaseUnavailableError
from bot.sessions.answering_service import Said
from bot.sessions.live_service import LiveService
from bot.sessions.redrawing import CARDS_WITHIN, Redrawing
from bot.sessions.rules import LONGEST_QUESTION, Place, PlaceKind, Question, QuestionState, Session, SessionState
from bot.sessions.schedule_rules import moment_of
from cogs.sessions.panel import said_message
from tests.cogs.leading import MINUTE, Talk, answer
from tests.cogs.sessioning import events, known
from tests.reading import texts
from tests.simkit import Stage

READERS, WORKSHOP = "How do I find my first readers?", "What comes after the workshop?"


@pytest.fixture
async def talk(stage: Stage) -> Talk:
    return await Talk.plan(stage)


async def test_the_panel_shows_what_hosts_need(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, WORKSHOP, votes=1)
    await talk.ask(maya, READERS, votes=3)
    await talk.open()
    assert "Nobody yet" in talk.field("Now answering")
    assert READERS in talk.field("Next")
    assert f"asked by {maya.mention} · 3 votes" in talk.field("Next")
    ends = int((await talk.session()).ends_at.timestamp())
    assert f"<t:{ends}:R>" in talk.field("Time left")
    assert talk.field("Questions") == "2 waiting\n0 answered"
    labels = [item.label for row in talk.panel.components for item in row.children if hasattr(item, "label")]
    assert labels == [
        "Answer now", "Answered", "Skip", "Hand to co-host", "Follow up later", "Next", "+10 min", "Note", "Close",
    ]  # fmt: skip


async def test_a_session_opens_by_itself_at_its_start_and_its_event_begins(stage: Stage, talk: Talk) -> None:
    await stage.pass_time(31 * MINUTE)
    assert (await talk.session()).state is SessionState.OPEN
    assert len(talk.panels()) == 1
    [event] = events(stage)
    assert event.status == discord.EventStatus.active.value


async def test_taking_a_question_tells_the_thread_and_pings_the_asker_once(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    question = await talk.ask(maya, READERS)
    await talk.open()
    await talk.press("Answer now")
    thread = await talk.thread()
    [now] = [message for message in await talk.said() if READERS in message.content]
    assert now.content.startswith(f"🎙️ **Now:** {READERS}")
    assert talk.pinged(thread.id) == [[str(maya.id)]]
    assert READERS in talk.field("Now answering")
    assert (await talk.question(question)).taken_at is not None
    await talk.press("Skip")
    [now] = [message for message in await talk.said() if READERS in message.content]
    assert "put off for now" in now.content
    result = await stage.carol.select(talk.panel, [str(question)])
    assert READERS in str(result.response.embeds[0].to_dict())  # type: ignore[union-attr]
    await stage.carol.click(result.response, label="Answer now")  # type: ignore[arg-type]
    await stage.moment(2)
    said = [message.content for message in await talk.said() if READERS in message.content]
    assert ["Now:" in text for text in said] == [False, True]
    assert talk.pinged(thread.id) == [[str(maya.id)]]
    await talk.press("Answered")
    said = [message.content for message in await talk.said() if READERS in message.content]
    assert said[-1].startswith("✅")


def test_however_many_asked_it_what_is_said_fits_and_calls_whole_names(stage: Stage) -> None:
    number = 2**63 - 1
    question = Question(
        number, number, 1, number, "_" * LONGEST_QUESTION, stage.now(), topic="*" * 50, answered_by_id=number,
        state=QuestionState.ANSWERED, is_written=True, answer_message_id=number, others=99, votes=99_999,
    )  # fmt: skip
    place = Place(PlaceKind.LINK, link="https://meet.example")
    session = Session(
        1, number, "Q&A", "", moment_of(stage.now(), ZoneInfo("UTC")), timedelta(hours=1), place, (number,),
        thread_id=number,
    )  # fmt: skip
    message = said_message(stage.env.bot.guilds[0], Said(session, question, True, tuple(range(number - 60, number))))
    assert message is not None
    assert len(message.content or "") <= 2000
    assert (message.content or "").count("<@") == 2 + 50
    assert (message.content or "").endswith(">")


async def test_an_anonymous_asker_is_not_pinged_nor_shown_to_hosts(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS, anonymous=True)
    await talk.open()
    assert "asked anonymously" in talk.field("Next")
    await talk.press("Answer now")
    assert talk.pinged((await talk.thread()).id) == []
    everything = str([texts(message) + str(message.embeds) for message in [*await talk.said(), talk.panel]])
    assert str(maya.id) not in everything


async def test_the_second_of_two_hosts_sees_what_happened(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    first, second = await talk.ask(maya, READERS, votes=1), await talk.ask(maya, WORKSHOP)
    await talk.open()
    stale = talk.panel
    await stage.carol.click(stale, label="Next")
    late = await talk.walter.click(stale, custom_id=f"sessions:panel:take:{talk.session_id}:{first}:0")
    assert f"{stage.carol.mention} is answering “{READERS}”" in answer(late)
    await stage.moment(2)
    stale = talk.panel
    await stage.carol.click(stale, label="Next")
    late = await talk.walter.click(stale, label="Next")
    assert f"“{READERS}” was answered by {stage.carol.mention}" in answer(late)
    assert (await talk.question(second)).state is QuestionState.NOW
    await stage.moment(2)
    stale = talk.panel
    await stage.carol.click(stale, label="+10 min")
    assert "Time was added meanwhile" in answer(await talk.walter.click(stale, label="+10 min"))


async def test_a_member_cannot_lead(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    await talk.open()
    assert "Only the hosts" in answer(await maya.click(talk.panel, label="Answer now"))
    assert "Only the hosts" in answer(await maya.slash(stage.welcome, "session close", session=str(talk.session_id)))
    assert len(stage.env.errors) == 1  # the refusal, which simcord counts


async def test_a_co_host_without_rights_in_the_server_leads_too(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    question = await talk.ask(maya, READERS)
    await talk.open()
    await talk.press("Answer now", by=talk.walter)
    await talk.press("Hand to co-host", by=talk.walter)
    assert (await talk.question(question)).answered_by_id == stage.carol.id
    assert f"taken by {stage.carol.mention}" in talk.field("Now answering")


async def test_notes_are_shown_to_hosts_only(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    await talk.open()
    form = await stage.carol.click(talk.panel, label="Note")
    await stage.carol.submit_modal(form, {"note": "Mention the list of forums", "topic": "Readers"})
    await stage.moment(2)
    assert talk.field("Notes, for hosts only") == f"{stage.carol.mention}: Mention the list of forums"
    assert talk.field("Next").startswith("**Readers:**")
    await talk.press("Answer now")
    assert "list of forums" not in str([message.content for message in await talk.said()])


async def test_new_votes_reach_the_panel(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    await talk.open()
    await talk.ask(maya, WORKSHOP, votes=2)
    session = await talk.session()
    async with stage.bot.services.database.transaction() as tx:
        # As the service of questions does with every vote.
        await Redrawing(stage.bot.services.outbox).panel(tx, session, stage.now(), CARDS_WITHIN)
    await stage.moment(5)
    assert WORKSHOP in talk.field("Next")


async def test_of_sixty_questions_any_can_be_picked(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    ids = [await talk.ask(maya, f"{READERS} Number {number}") for number in range(60)]
    await talk.open()
    more = await stage.carol.select(talk.panel, ["more:24"])
    assert more.response is not None
    lists = [item for row in more.response.message.components for item in row.children]
    assert [len(one.options) for one in lists] == [25, 12]
    picked = await stage.carol.select(more.response, [str(ids[-1])], custom_id=f"sessions:pick:{talk.session_id}:48")
    assert picked.response is not None
    await stage.carol.click(picked.response, label="Answer now")
    await stage.moment(2)
    assert "Number 59" in talk.field("Now answering")


async def test_the_panel_is_posted_anew_before_it_is_an_hour_old(stage: Stage, talk: Talk) -> None:
    await talk.open()
    first = talk.panel
    await stage.pass_time(51 * MINUTE)
    assert talk.panel.id != first.id
    await talk.press("+10 min")
    assert "10 minutes were added" in talk.field("Time left")


async def test_the_panel_is_posted_anew_after_a_restart_also_if_the_database_came_late(
    stage: Stage, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.open()
    before, real = talk.panel, LiveService.post_panels
    failures = [DatabaseUnavailableError()]

    async def post_panels(service: LiveService, now: datetime, *, all_of_them: bool = False) -> None:
        if failures and all_of_them:
            raise failures.pop()
        await real(service, now, all_of_them=all_of_them)

    monkeypatch.setattr(LiveService, "post_panels", post_panels)
    await stage.restart()
    await stage.moment(10)
    assert failures == []
    assert talk.panel.id != before.id


async def test_a_restart_in_the_middle_costs_nothing(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    question, waiting = await talk.ask(maya, READERS, votes=1), await talk.ask(maya, WORKSHOP)
    await talk.open()
    await talk.press("Answer now")
    before = talk.panel
    await stage.restart()
    assert talk.panel.id != before.id
    assert READERS in talk.field("Now answering")
    assert WORKSHOP in talk.field("Next")
    await talk.press("Next", by=talk.walter)
    assert (await talk.question(question)).state is QuestionState.ANSWERED
    assert (await talk.question(waiting)).answered_by_id == talk.walter.id
    assert talk.pinged((await talk.thread()).id) == [[str(maya.id)], [str(maya.id)]]


async def test_nobody_closed_it_so_the_bot_does_and_says_so(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    await talk.open()
    await stage.pass_time(119 * MINUTE)
    assert (await talk.session()).state is SessionState.OPEN
    await stage.pass_time(3 * MINUTE)
    assert (await talk.session()).state is SessionState.CLOSED
    assert talk.panels() == []
    [notice] = [text for text in stage.said(stage.hosts) if "Nobody closed" in text]
    assert "1 question has no answer yet" in notice
    assert READERS in notice


async def test_opening_again_brings_a_deleted_panel_back(stage: Stage, talk: Talk) -> None:
    await talk.open()
    first = talk.panel
    result = await stage.carol.slash(stage.hosts, "session open", session=str(talk.session_id))
    assert "posted its panel anew" in answer(result)
    await stage.moment(2)
    assert talk.panel.id != first.id


async def test_after_the_hosts_channel_was_deleted_the_panel_comes_to_the_new_one(stage: Stage, talk: Talk) -> None:
    maya = await stage.join("maya")
    await talk.ask(maya, READERS)
    await talk.open()
    await stage.delete_channel(stage.hosts)
    office = stage.guild.create_text_channel("office")
    await stage.moment()
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, office.id)
    await stage.pass_time(51 * MINUTE)
    [panel] = [message for message in office.history() if "+10 min" in texts(message)]
    await stage.carol.click(panel, label="Answer now")
    assert (await talk.session()).state is SessionState.OPEN
    [question] = await stage.bot.services.moderation.list_all(stage.guild.id, talk.session_id)
    assert question.state is QuestionState.NOW


async def test_starting_the_event_in_discord_opens_the_session(stage: Stage) -> None:
    talk = await Talk.plan(stage)  # here, as a fixture lives in another time than the bot
    session = await known(stage, await talk.session())
    stage.env.backend.edit_scheduled_event(stage.guild.id, session.event_id or 0, {"status": 2})
    await stage.moment(5)
    assert (await talk.session()).state is SessionState.OPEN
    assert len(talk.panels()) == 1


async def test_who_manages_the_event_behind_a_link_needs_no_channel(stage: Stage) -> None:
    talk = await Talk.plan(stage, kind=PlaceKind.LINK)
    await talk.open()
    assert len(talk.panels()) == 1
