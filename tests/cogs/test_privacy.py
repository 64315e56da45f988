"""What members see, take along and delete of what is kept about them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord

from bot.discounts.rules import Condition, ConditionKind, Conditions
from bot.greeting.rules import Answers
from bot.local_time import LocalTime
from bot.sessions.question_rules import Asker
from bot.sessions.rules import Coming
from tests.cogs.discounting import make, run
from tests.cogs.sessioning import plan
from tests.cogs.taking_part import SOON, be_active
from tests.engagement.messages import days_of
from tests.simkit import Stage
from tests.simpast import present, there_before

DAY = 24 * 60 * 60


async def introduced(stage: Stage, name: str) -> simcord.MemberActor:
    member = await stage.join(name)
    form = await member.slash(stage.welcome, "intro")
    fields = [part["component"]["custom_id"] for part in form.modal["components"]]  # type: ignore[index]
    await member.submit_modal(form, dict(zip(fields, ("A book", "Editing", "Titles"), strict=False)))
    await stage.moment()
    return member


async def test_a_member_sees_in_words_what_is_kept(stage: Stage) -> None:
    maya = await introduced(stage, "maya")
    shown = await maya.slash(stage.welcome, "privacy show")
    assert shown.ephemeral
    assert shown.response is not None
    for words in ("What I keep about you in Bubble", "A book", "joined", "<t:", "neither read nor keep"):
        assert words in shown.response.content


async def test_a_member_sees_their_level_and_how_many_days_are_kept_of_them(stage: Stage) -> None:
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9, replies_given=2)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    shown = await maya.slash(stage.welcome, "privacy show")
    assert shown.response is not None
    assert "**Taking part**\n- days: 9\n- level: Present\n" in shown.response.content


async def test_a_member_reads_names_and_dates_rather_than_how_many_things_a_table_holds(stage: Stage) -> None:
    maya = await introduced(stage, "maya")
    services, named = stage.bot.services, Conditions((Condition(ConditionKind.NAMED),))
    for number in range(5):
        discount = await make(stage, name=f"Number {number}", secret=f"N{number}X", conditions=named)
        await services.discounts.grant(stage.guild.id, discount.id, maya.id, stage.carol.id, stage.now())
    shown = await maya.slash(stage.welcome, "privacy show")
    assert shown.response is not None
    kept = shown.response.content
    [greeted] = [line for line in kept.splitlines() if line.startswith("- greeted with: ")]
    assert "{mention}" in greeted
    assert "- named by a host for: Number 0, Number 1, Number 2 and 2 more\n" in kept
    assert "- entries about you in the log of discounts: 5" in kept
    headings = kept.count("\n**")
    assert headings > 2
    assert kept.count("\n\n**") == headings - 1, "each list ends before the next heading begins"


async def test_one_about_whom_nothing_is_kept_is_told_so(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.bot.services.privacy.forget(stage.guild.id, maya.id, stage.now())
    for command in ("privacy show", "privacy export"):
        shown = await maya.slash(stage.welcome, command)
        assert shown.response is not None
        assert "**nothing**" in shown.response.content


async def test_a_member_takes_everything_along_as_a_file(stage: Stage) -> None:
    maya = await introduced(stage, "maya")
    exported = await maya.slash(stage.welcome, "privacy export")
    assert exported.ephemeral
    assert exported.response is not None
    [file] = exported.response.attachments
    told = json.loads(await file.read())
    assert told["server"] == "Bubble"
    assert told["Your introduction"]["working on"] == "A book"


async def test_a_member_deletes_everything_and_it_is_taken_down(stage: Stage) -> None:
    maya, kofi = await introduced(stage, "maya"), await introduced(stage, "kofi")
    asked = await maya.slash(stage.welcome, "privacy delete")
    assert asked.response is not None
    assert asked.ephemeral
    await maya.click(asked.response, label="Delete everything")
    await stage.pass_time(60)
    assert not any(maya.mention in text for text in stage.said(stage.welcome))
    cards = [message.embeds[0].description for message in stage.introductions.history() if message.embeds]
    assert cards == [kofi.mention]
    shown = await maya.slash(stage.welcome, "privacy show")
    assert shown.response is not None
    assert "**nothing**" in shown.response.content
    await stage.restart()
    assert not any(maya.mention in text for text in stage.said(stage.welcome)), "a restart greets nobody anew"


async def test_what_was_counted_of_a_member_who_deleted_it_comes_back_from_no_history(stage: Stage) -> None:
    maya = await stage.join("maya")
    await maya.send(stage.welcome, "Hello")
    await stage.moment(5)
    asked = await maya.slash(stage.welcome, "privacy delete")
    assert asked.response is not None
    await maya.click(asked.response, label="Delete everything")
    await stage.restart()
    await stage.pass_time(180)
    assert await days_of(stage.bot.services.database, stage.guild.id) == {}
    await maya.send(stage.welcome, "Here I am again")
    await stage.pass_time(180)
    assert {member for member, _ in await days_of(stage.bot.services.database, stage.guild.id)} == {maya.id}


async def test_before_deleting_a_member_reads_that_level_points_and_codes_go_too(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    over = LocalTime((stage.now() + timedelta(days=2)).replace(tzinfo=None), "UTC")
    await make(stage, name="Short", secret="TEN-OFF", ends=over)
    await make(stage)
    for name in ("Short", "Spring"):
        await run(stage, "code claim", by=maya, discount=name)
    asked = await run(stage, "privacy delete", by=maya)
    assert "Your level and points go" in asked.content
    assert "**You have 2 codes.** I cannot show them to you afterwards" in asked.content
    assert "`/code mine`" in asked.content
    assert "⚠️" not in (await run(stage, "privacy delete", by=kofi)).content
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(3 * DAY))
    assert "**You have a code.**" in (await run(stage, "privacy delete", by=maya)).content


async def test_a_member_may_change_their_mind(stage: Stage) -> None:
    maya = await introduced(stage, "maya")
    asked = await maya.slash(stage.welcome, "privacy delete")
    assert asked.response is not None
    await maya.click(asked.response, label="Keep it")
    assert await stage.bot.services.greeting.introduction_of(stage.guild.id, maya.id) is not None


async def test_the_question_before_deleting_can_be_answered_late_and_twice(stage: Stage) -> None:
    maya = await introduced(stage, "maya")
    asked = [await maya.slash(stage.welcome, "privacy delete") for _ in range(2)]
    await stage.restart()
    for question in asked:
        assert question.response is not None
        answered = await maya.click(question.response, label="Delete everything")
        assert answered.response is not None
        assert answered.response.content.startswith("Done. I keep nothing about you here")
    assert await stage.bot.services.privacy.tell(stage.guild.id, maya.id) == {}


async def test_consent_is_off_until_the_member_gives_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    for options, words in (({}, "did **not** agree"), ({"agree": True}, "You **agreed**"), ({}, "You **agreed**")):
        answered = await maya.slash(stage.welcome, "privacy consent", **options)
        assert answered.response is not None
        assert answered.ephemeral
        assert words in answered.response.content
    assert await stage.bot.services.members.agrees(stage.guild.id, maya.id)


async def test_one_who_left_is_forgotten_by_itself(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "greeting settings", forget_after=1)
    maya = await introduced(stage, "maya")
    await stage.pass_time(1200)
    await stage.leave(maya)
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(25 * 3600))
    await stage.moment(60)
    assert await stage.bot.services.privacy.tell(stage.guild.id, maya.id) == {}
    assert not any(maya.mention in text for text in stage.said(stage.welcome))


async def long_gone(stage: Stage, member: simcord.MemberActor) -> bool:
    """Whether the bot, stopped for longer than members are kept, and once more, keeps nothing about a member."""
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(91 * DAY))
    await stage.moment(60)
    return await stage.bot.services.privacy.tell(stage.guild.id, member.id) == {}


async def test_one_who_was_here_before_the_bot_is_forgotten_after_leaving(stage: Stage) -> None:
    maya = there_before(stage, "maya")
    await make(stage)
    await run(stage, "code claim", by=maya)
    await stage.leave(maya)
    assert await long_gone(stage, maya)


async def test_one_who_deleted_everything_and_came_to_use_the_bot_again_is_forgotten_after_leaving(
    stage: Stage,
) -> None:
    maya = await stage.join("maya")
    asked = await maya.slash(stage.welcome, "privacy delete")
    await maya.click(asked.response, label="Delete everything")
    await make(stage)
    await run(stage, "code claim", by=maya)
    await stage.leave(maya)
    assert await long_gone(stage, maya)


async def claims(stage: Stage, maya: simcord.MemberActor) -> None:
    await make(stage)
    await run(stage, "code claim", by=maya)


async def looks(stage: Stage, maya: simcord.MemberActor) -> None:
    await make(stage, conditions=Conditions((Condition(ConditionKind.MEMBERSHIP, 1000),)))
    await run(stage, "code claim", by=maya)


async def is_named_for_a_discount(stage: Stage, maya: simcord.MemberActor) -> None:
    discount = await make(stage, conditions=Conditions((Condition(ConditionKind.NAMED),)))
    services = stage.bot.services
    await services.discounts.grant(stage.guild.id, discount.id, maya.id, stage.carol.id, stage.now())


async def wants_no_codes(stage: Stage, maya: simcord.MemberActor) -> None:
    await stage.bot.services.discounts.set_opt_out(stage.guild.id, maya.id, True, stage.now())


async def writes(stage: Stage, maya: simcord.MemberActor) -> None:
    await maya.send(stage.welcome, "Hello")
    await stage.pass_time(180)


async def is_found_helpful(stage: Stage, maya: simcord.MemberActor) -> None:
    message = await maya.send(stage.welcome, "Try the second draft first.")
    await stage.carol.context_menu(stage.welcome, "Mark as helpful", message)


async def introduces_themselves(stage: Stage, maya: simcord.MemberActor) -> None:
    answers = Answers("A book", "Editing", "Titles", "", None)
    await stage.bot.services.greeting.introduce(stage.guild.id, maya.id, answers, stage.now())


async def comes_to_a_session(stage: Stage, maya: simcord.MemberActor) -> None:
    session = await plan(stage)
    await stage.bot.services.sessions.set_coming(stage.guild.id, session.id, maya.id, Coming.YES, stage.now())


async def asks_a_question(stage: Stage, maya: simcord.MemberActor) -> None:
    session = await plan(stage)
    asked = Asker(maya.id), "How do I find time to write?", "", False, stage.now()
    await stage.bot.services.questions.ask(stage.guild.id, session.id, *asked)


@pytest.mark.parametrize("is_large", [False, True], ids=["a small guild", "a large guild"])
@pytest.mark.parametrize(
    "leaves_a_trace",
    [
        claims,
        looks,
        is_named_for_a_discount,
        wants_no_codes,
        writes,
        is_found_helpful,
        introduces_themselves,
        comes_to_a_session,
        asks_a_question,
    ],
)
async def test_one_who_left_while_the_bot_was_away_is_forgotten_whatever_is_kept(
    stage: Stage, leaves_a_trace: Callable[[Stage, simcord.MemberActor], Awaitable[None]], is_large: bool
) -> None:
    maya = there_before(stage, "maya")
    await leaves_a_trace(stage, maya)
    assert await stage.bot.services.privacy.tell(stage.guild.id, maya.id)
    if is_large:
        stage.pretend_size(100_000)
    await stage.restart(while_away=lambda: stage.guild.remove_member(maya))
    assert maya.id not in await present(stage)
    assert await long_gone(stage, maya)


async def test_one_who_joins_while_a_large_guild_is_looked_through_has_not_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, ask = stage.env.create_user("maya"), discord.Guild.query_members
    await stage.bot.services.discounts.set_opt_out(stage.guild.id, user.id, True, stage.now())

    async def join_once_asked(guild: discord.Guild, **options: Any) -> list[discord.Member]:
        answer = await ask(guild, **options)
        stage.guild.add_member(user)
        await asyncio.sleep(0.05)
        return answer

    stage.pretend_size(100_000)
    monkeypatch.setattr(discord.Guild, "query_members", join_once_asked)
    await stage.bot.get_cog("Departures").look()  # type: ignore[union-attr]
    assert user.id in await present(stage)


async def test_a_guild_that_removed_the_bot_is_forgotten_by_itself(stage: Stage) -> None:
    guild, _, _ = stage.another_guild("Other")
    await stage.moment()
    stage.remove_bot_from(guild)
    await stage.moment()
    assert await stage.bot.services.communities.list_left(stage.now()) == [guild.id]
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(31 * 24 * 3600))
    await stage.moment(60)
    assert await stage.bot.services.communities.list_left(stage.now()) == []


async def test_an_impostor_cannot_hide_from_the_hosts_by_deleting(stage: Stage) -> None:
    await stage.carol.slash(stage.hosts, "setup")  # The bot has seen that Carol is a host.
    impostor = await stage.join("Caro1")
    assert len(stage.hosts.history()) == 1
    asked = await impostor.slash(stage.welcome, "privacy delete")
    assert asked.response is not None
    await impostor.click(asked.response, label="Delete everything")
    await stage.pass_time(60)
    assert len(stage.hosts.history()) == 1, "the alert was taken down, and told anew"
