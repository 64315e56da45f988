"""A whole session on simulated Discord, with a crowd and with what goes wrong on such evenings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import simcord

from bot.sessions.rules import SessionState
from tests.cogs.evening import Evening, everything_in, recap_told
from tests.cogs.leading import Talk, answer
from tests.cogs.sessioning import FORM, events, fill_in, in_zone, known, plan, press, shown
from tests.simkit import Stage
from tests.simthreads import begin_session

ZONE = "America/New_York"
TITLE = "Break Out, Live"
MEMBERS, QUESTIONS, VOTES = 40, 60, 500
#: These members ask without their name and nothing else.
HIDDEN = range(35, 40)


def clock_time(stage: Stage, minutes: int) -> str:
    """So many minutes from now, as a host types it."""
    return f"{(stage.now() + timedelta(minutes=minutes)).astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}"


async def begin(stage: Stage) -> Evening:
    """Carol plans the session with Walter, then changes her mind: earlier, under another name, and with Ines, too."""
    await in_zone(stage, ZONE)
    talks = stage.guild.create_stage_channel("talks")
    walter, ines = await stage.join("walter"), await stage.join("ines")
    session = await plan(
        stage, hosts=[stage.carol, walter], options={"place": talks}, start=clock_time(stage, 180), length="2 h"
    )
    people = [stage.guild.add_member(stage.env.create_user(f"member{n}"), roles=[]) for n in range(MEMBERS)]
    await stage.env.settle()
    assert "You are coming" in await press(stage, people[0], "I’m coming", session)
    form = await stage.carol.slash(stage.hosts, "session edit", session=str(session.id))
    card = shown(
        await fill_in(
            stage, form, hosts=[stage.carol, walter, ines], title=TITLE, description=FORM["description"],
            start=clock_time(stage, 50), length="2 h",
        )
    )  # fmt: skip
    await stage.carol.click(card, label="Save")
    await stage.moment(5)
    changed = await known(stage, session)
    assert (changed.title, changed.host_ids) == (TITLE, (stage.carol.id, walter.id, ines.id))
    assert [event.name for event in events(stage)] == [TITLE]
    talk = Talk(stage, talks, walter)
    talk.session_id = session.id
    return Evening(talk, [stage.carol, walter, ines], people)


async def gather(evening: Evening) -> None:
    """What members ask and want to hear before it begins."""
    for number in range(45):
        asker = evening.people[number % MEMBERS]
        await evening.ask(asker, anonymous=number in HIDDEN or number % 9 == 4, by_hand=number % 9 == 0)
    await evening.stage.pass_time(120)
    await evening.vote(250, by_hand=8)


async def first_half(evening: Evening) -> None:
    """Three hosts take turns, put off, hand over and note a topic; members go on asking and voting."""
    carol, walter, ines = evening.hosts
    await evening.come(*evening.people[:20])
    await evening.talk.open()
    evening.is_open = True
    evening.panel_is_true()
    await evening.press("Answer now", carol)
    await evening.note("Money", by=walter)
    for number in range(6):
        await evening.press("Next", evening.hosts[number % 3])
    await evening.press("Skip", walter)
    await evening.press("Answer now", ines)
    await evening.hand_over(ines, to=walter)
    for number in range(45, 53):
        await evening.ask(evening.people[number - 45], anonymous=number % 4 == 0, by_hand=number % 4 == 1)
    await evening.vote(130, by_hand=6)
    evening.panel_is_true()
    for number in range(7):
        await evening.press("Next", evening.hosts[number % 3])
    await evening.press("Follow up later", carol)
    await evening.press("Answer now", carol)


async def two_at_once(evening: Evening) -> None:
    """Two hosts press on the same panel: the first is heard, the second told what happened."""
    carol, walter, _ = evening.hosts
    stale, before = evening.talk.panel, evening.now
    assert before is not None
    await carol.click(stale, label="Next")
    evening.happened("Next", carol)
    late = await walter.click(stale, label="Next")
    assert before.host is not None
    assert f"“{before.text}” was answered by {before.host.mention}" in answer(late)
    await evening.stage.moment(2)
    evening.panel_is_true()


async def broken(evening: Evening) -> None:
    """The bot is stopped and started; then the gateway is silent for a while; then answers are lost on the wire."""
    stage, people = evening.stage, evening.people
    _, walter, ines = evening.hosts
    before, thread = evening.talk.panel, evening.thread(await evening.session())

    def write(member: simcord.MemberActor) -> None:
        stage.env.backend.create_message(thread.id, member.id, "I am listening.")
        evening.active.add(member.id)

    await stage.restart(while_away=lambda: write(people[21]))
    assert evening.talk.panel.id != before.id
    evening.panel_is_true()
    for number in range(53, QUESTIONS):
        await evening.ask(people[number - 45], anonymous=number == 55, by_hand=number == 54)
    await evening.vote(60, by_hand=3)
    await evening.press("Next", walter)
    await evening.press("Next", ines)

    stage.bot.dispatch("shard_disconnect", 0)
    with stage.gateway_down():
        await evening.come(people[22])
        write(people[23])
        await people[3].leave_voice()
        evening.there.discard(people[3].id)
        evening.active.add(people[3].id)  # there for more than ten minutes before
        await stage.pass_time(30)
    await begin_session(stage.env, stage.guild)
    stage.bot.dispatch("ready")
    await stage.moment(30)
    await evening.vote(VOTES - evening.votes, by_hand=3)

    stage.api.cut_after_accepting()
    await evening.press("Next", walter)
    stage.api.cut_before_accepting()
    await evening.press("Next", ines)
    await stage.moment(60)
    evening.panel_is_true()


async def second_half(evening: Evening) -> None:
    """Some more answers, among them what was put off before; time is added; then Walter closes."""
    carol, walter, _ = evening.hosts
    await evening.note("Friends", by=carol)
    for number in range(8):
        await evening.press("Next", evening.hosts[number % 3])
    await evening.note("Money", by=walter)
    await evening.press("Answered", walter)
    [skipped] = [one for one in evening.asked if one.standing == "skipped"]
    await evening.pick(skipped, by=walter)
    await evening.talk.press("+10 min", carol)
    assert "10 minutes were added" in evening.talk.field("Time left")
    await evening.stage.pass_time(600)
    asked = await evening.talk.press("Close", walter)
    assert asked.response is not None
    await walter.click(asked.response, label="Close the session")
    evening.finish()
    evening.is_open = False
    await evening.stage.moment(120)
    assert (await evening.session()).state is SessionState.CLOSED


async def answer_one_in_writing(evening: Evening) -> None:
    """What is left stays open in the thread, and Walter answers the one most wanted."""
    stage, walter = evening.stage, evening.hosts[1]
    session = await evening.session()
    thread = evening.thread(session)
    [notice] = [message for message in stage.hosts.history() if "have no answer yet" in message.content]
    kept = await walter.click(notice, label="Leave open for written answers")
    left = [one for one in evening.asked if one.standing in ("open", "later")]
    assert f"{len(left)} questions were kept open" in answer(kept)
    for one in left:
        one.standing = "later"
    wanted = min((one for one in left if not one.takings), key=lambda one: (-len(one.voters), one.id))
    wrote = await walter.send(thread, "Begin with one page a day.")
    lists = await walter.context_menu(thread, "Mark as answer", wrote)
    assert lists.response is not None
    first = f"sessions:answer:{session.id}:{wrote.id}:{walter.id}:0"
    await walter.select(lists.response, [str(wanted.id)], custom_id=first)
    wanted.standing = "now"
    wanted.host, wanted.answer = walter, wrote
    evening.taken.append(wanted)
    wanted.takings += 1
    wanted.standing = "answered"
    await stage.moment(120)


async def read(evening: Evening) -> None:
    """Recap, cards and all that was said in the thread are what they must be, to the letter."""
    session = await evening.session()
    messages = [one for one in evening.thread(session).history() if one.author.bot]
    text, calls = recap_told(messages)
    assert text == evening.recap(session)
    assert calls == evening.away()
    assert [one.content for one in messages if one.content[:1] in "🎙✅⏭✍" and one.content] == evening.told(session)
    where = f"https://discord.com/channels/{session.guild_id}/{session.thread_id}"
    for one in evening.asked:
        link = f"[Answered in writing]({where}/{one.answer.id})" if one.answer else ""
        assert evening.card(one).embeds[0].description == evening.standing_on_card(one, link)


async def nobody_hidden_is_named(evening: Evening) -> None:
    """Who asked anonymously is in no message in the thread or to the hosts, past or present, and in no export."""
    stage, session = evening.stage, await evening.session()
    everything = [everything_in(stage, evening.thread(session)), everything_in(stage, stage.hosts)]
    for ending in ("md", "csv"):
        result = await stage.carol.slash(stage.hosts, "session export", session=str(session.id), file=ending)
        message = result.followups[-1] if result.followups else result.response
        assert message is not None
        [file] = message.message.attachments
        everything.append((await file.read()).decode())
    for text in everything:
        assert evening.asked[0].text in text
        for number in HIDDEN:
            assert str(evening.people[number].id) not in text
            assert evening.people[number].user.name not in text


async def test_a_whole_session_is_told_to_the_letter_in_the_end(stage: Stage) -> None:
    evening = await begin(stage)
    await gather(evening)
    await first_half(evening)
    await two_at_once(evening)
    await broken(evening)
    await second_half(evening)
    assert (len(evening.asked), evening.votes, len(evening.people)) == (QUESTIONS, VOTES, MEMBERS)
    await read(evening)
    await answer_one_in_writing(evening)
    await read(evening)
    await nobody_hidden_is_named(evening)
