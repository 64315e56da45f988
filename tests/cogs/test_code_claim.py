"""`/code` and *Get my code*, as members meet them."""

from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord

from bot.discounts.rules import Claimed, Condition, ConditionKind, Conditions
from bot.local_time import LocalTime
from tests.cogs.discounting import (
    CODE,
    LINK,
    SHOWN,
    answer,
    board,
    make,
    make_impatient,
    post,
    press,
    run,
    secrets_seen,
    words,
)
from tests.simkit import Stage
from tests.simpast import long_since, there_before


async def claim(stage: Stage, member: simcord.MemberActor, **options: str) -> simcord.ResponseMessage:
    """The answer to `/code claim`."""
    return await run(stage, "code claim", by=member, **options)


def naive(stage: Stage, **later: float) -> LocalTime:
    """A time from now on, as a wall clock in UTC shows it."""
    return LocalTime((stage.now() + timedelta(**later)).replace(tzinfo=None), "UTC")


async def test_a_member_gets_the_code_to_copy_with_price_deadline_and_link(stage: Stage) -> None:
    maya = await stage.join("maya")
    ends = naive(stage, days=2)
    await make(stage, ends=ends)
    got = await claim(stage, maya)
    said = words(got)
    assert f"```\n{CODE}\n```" in said
    assert "$147 → **$97**" in said
    assert f"<t:{int(ends.instant.timestamp())}:F>" in said
    [button] = [button for row in got.components for button in row["components"]]
    assert (button["label"], button["url"]) == ("Register", LINK)


async def test_a_code_with_signs_that_end_a_block_is_shown_whole(stage: Stage) -> None:
    maya = await stage.join("maya")
    code = "A```B_C"
    await make(stage, secret=code)
    said = words(await claim(stage, maya))
    assert r"A\`\`\`B\_C" in said
    assert "```" not in said


async def test_a_second_press_gives_the_same_code_also_after_a_restart(stage: Stage) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, codes=["ONE-1", "TWO-2", "THREE-3"])
    first = words(await claim(stage, maya))
    other = words(await claim(stage, ben))
    await stage.restart()
    assert words(await claim(stage, maya)) == first
    assert other != first
    assert (await stage.bot.services.discounts.get(stage.guild.id, discount.id)).in_pool == 1


async def test_nobody_else_reads_a_code_and_it_is_in_no_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "bot")
    caplog.set_level("DEBUG", "cogs")
    codes = ["ONE-1", "TWO-2"]
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, codes=codes)
    await run(stage, "discount post", discount=str(discount.id))
    await stage.moment(SHOWN)
    await press(post(stage), "Get my code", by=maya)
    await stage.moment(SHOWN)
    assert len(secrets_seen(stage, codes, by=maya)) == 1
    assert secrets_seen(stage, codes, by=ben) == []
    assert secrets_seen(stage, codes, by=stage.carol) == []
    assert not [code for code in codes if code in caplog.text]


async def refused(stage: Stage, member: simcord.MemberActor) -> str:
    """The sentence somebody reads instead of a code."""
    said = words(await claim(stage, member))
    stage.refusals()  # Not every such sentence is one: then this is empty.
    assert CODE not in said
    return said


async def test_hosts_and_everybody_who_decides_about_members_are_staff(stage: Stage) -> None:
    await make(stage)
    helpers = stage.guild.create_role("Helpers")
    await stage.bot.services.communities.set_host_role(stage.guild.id, helpers.id)
    for name, role in {
        "host": helpers,
        "kicker": stage.guild.create_role("Kickers", permissions=discord.Permissions(kick_members=True)),
        "moderator": stage.guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True)),
    }.items():
        person = stage.guild.add_member(stage.env.create_user(name), roles=[role])
        await stage.moment()
        assert "hosts and staff" in await refused(stage, person)
    writers = stage.guild.create_role("Writers", permissions=discord.Permissions(mention_everyone=True))
    writer = stage.guild.add_member(stage.env.create_user("writer"), roles=[writers])
    await stage.moment()
    assert "hosts and staff" not in words(await claim(stage, writer))


async def test_each_refusal_has_its_own_sentence(stage: Stage) -> None:
    services, guild_id, carol = stage.bot.services.discounts, stage.guild.id, stage.carol.id
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, cap=1, starts=naive(stage, minutes=2))
    assert "begins <t:" in await refused(stage, maya)
    await stage.pass_time(130)
    await services.pause(guild_id, discount.id, carol, stage.now())
    assert "is paused" in await refused(stage, maya)
    await services.resume(guild_id, discount.id, carol, stage.now())
    assert "hosts and staff" in await refused(stage, stage.carol)
    await run(stage, "code optout", by=maya, choice="on")
    assert "you want no codes" in await refused(stage, maya)
    await run(stage, "code optout", by=maya, choice="off")
    assert CODE in words(await claim(stage, maya))
    assert "given out" in await refused(stage, ben)
    await services.revoke(guild_id, discount.id, maya.id, carol, stage.now())
    await stage.pass_time(120)
    assert "taken your code" in await refused(stage, maya)
    await services.end(guild_id, discount.id, carol, stage.now())
    said = words(await run(stage, "code claim", by=ben, discount="Spring"))
    assert "ended <t:" in said
    assert stage.refusals()


async def test_six_presses_in_a_minute_are_too_many(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage)
    for _ in range(5):
        assert CODE in words(await claim(stage, maya))
    assert "That was quick" in await refused(stage, maya)
    await stage.pass_time(61)
    assert CODE in words(await claim(stage, maya))


async def test_who_left_and_came_back_is_told_that_days_count_anew(stage: Stage) -> None:
    maya = await long_since(stage, "maya")
    await make(stage, conditions=Conditions((Condition(ConditionKind.MEMBERSHIP, 7),)))
    await stage.leave(maya)
    await stage.enter(maya.user)
    assert "Welcome back" in words(await claim(stage, maya))


async def test_who_was_here_before_the_bot_left_and_came_back_is_told_so(stage: Stage) -> None:
    maya = there_before(stage, "maya")
    await make(stage, conditions=Conditions((Condition(ConditionKind.MEMBERSHIP, 7),)))
    await stage.leave(maya)
    await stage.enter(maya.user)
    assert "Welcome back" in words(await claim(stage, maya))


async def test_who_left_and_came_back_has_their_code_and_reads_so(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage)
    assert "Welcome back" not in words(await claim(stage, maya))
    await stage.leave(maya)
    await stage.pass_time(60)
    await stage.enter(maya.user)
    said = words(await claim(stage, maya))
    assert CODE in said
    assert "Welcome back! This is the code you had before you left." in said


async def test_several_discounts_are_offered_to_choose_from_also_after_a_restart(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage, name="Spring")
    await make(stage, name="Readers", secret="OTHER", conditions=Conditions((Condition(ConditionKind.INTRODUCED),)))
    asked = await claim(stage, maya)
    assert "**Spring** ($50 off): `/code claim` gets it" in asked.content
    assert "**Readers** ($50 off): introduce yourself first" in asked.content
    await stage.restart()
    options = asked.components[0]["components"][0]["options"]
    spring = next(option["value"] for option in options if option["label"] == "Spring")
    assert CODE in words(answer(await maya.select(asked, [spring])))


async def test_among_several_discounts_staff_and_who_wants_none_read_so(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage)
    await make(stage, name="Readers", secret="OTHER")
    await run(stage, "code optout", by=maya, choice="on")
    assert "you want no codes" in await refused(stage, maya)
    assert "hosts and staff" in await refused(stage, stage.carol)


async def test_among_several_discounts_each_that_cannot_be_had_says_why(stage: Stage) -> None:
    services, maya, ben = stage.bot.services.discounts, await stage.join("maya"), await stage.join("ben")
    paused = await make(stage, name="Paused")
    await services.pause(stage.guild.id, paused.id, stage.carol.id, stage.now())
    starts = naive(stage, days=2)
    await make(stage, name="Later", starts=starts)
    await make(stage, name="Empty", codes=[])
    await make(stage, name="Gone", secret="OTHER", cap=1)
    await claim(stage, ben, discount="Gone")
    said = await refused(stage, maya)
    for line in (
        "No code can be had just now", "**Paused** ($50 off): is paused",
        f"**Later** ($50 off): begins <t:{int(starts.instant.timestamp())}:F>",
        "**Empty** ($50 off): its codes are not here yet", "**Gone** ($50 off): has no code left",
    ):  # fmt: skip
        assert line in said
    await services.resume(stage.guild.id, paused.id, stage.carol.id, stage.now())
    asked = await claim(stage, maya)
    assert "**Paused** ($50 off): `/code claim` gets it" in asked.content
    assert "**Gone** ($50 off): has no code left" in asked.content
    assert [one["label"] for one in asked.components[0]["components"][0]["options"]] == ["Paused"]


async def test_a_press_before_the_deadline_counts_also_when_it_is_heard_of_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    ends = naive(stage, minutes=2)
    await make(stage, ends=ends)
    await stage.pass_time((ends.instant - stage.now()).total_seconds() - 30)
    later = stage.now() + timedelta(minutes=1)
    monkeypatch.setattr(stage.bot.services.clock, "now", lambda: later)
    assert CODE in words(await claim(stage, maya))
    await stage.pass_time(31)
    monkeypatch.undo()
    assert "no discount just now" in await refused(stage, ben)


async def test_a_discount_can_be_named(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage, name="Spring")
    readers = await make(stage, name="Readers", secret="OTHER")
    offered = await maya.autocomplete(board(stage), "code claim", "discount", "read")
    assert [choice["value"] for choice in offered] == [str(readers.id)]
    assert "OTHER" in words(await claim(stage, maya, discount="readers"))
    assert "no such discount" in words(await claim(stage, maya, discount="winter"))
    assert stage.refusals()


async def test_without_any_discount_the_answer_says_so(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert "no discount just now" in words(await claim(stage, maya))
    assert "no code yet" in words(await run(stage, "code mine", by=maya))


async def test_mine_shows_every_code_again_and_those_of_nobody_else(stage: Stage) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    await make(stage)
    await make(stage, name="Readers", secret="OTHER")
    for name in ("Spring", "Readers"):
        await claim(stage, maya, discount=name)
    shown = await maya.slash(board(stage), "code mine")
    said = " ".join(map(words, [*filter(None, [shown.response]), *shown.followups]))
    assert CODE in said
    assert "OTHER" in said
    assert all(message.ephemeral for message in shown.followups)
    assert "no code yet" in words(await run(stage, "code mine", by=ben))


async def test_who_has_many_codes_sees_the_latest_and_is_told_how_to_see_the_others(stage: Stage) -> None:
    maya = await stage.join("maya")
    for number in range(12):
        await make(stage, name=f"Number {number:02}", secret=f"CODE-{number:02}")
        await stage.pass_time(30)
        await claim(stage, maya, discount=f"Number {number:02}")
    shown = await maya.slash(board(stage), "code mine")
    said = "\n".join(map(words, [*filter(None, [shown.response]), *shown.followups]))
    assert [number for number in range(12) if f"CODE-{number:02}" in said] == list(range(2, 12))
    assert "2 more codes are yours. `/code claim` with the name of its discount shows it:" in said
    assert "• **Number 01**\n• **Number 00**" in said
    assert "CODE-00" in words(await claim(stage, maya, discount="Number 00"))


async def test_a_link_is_a_button_and_stands_in_no_text(stage: Stage) -> None:
    from bot.discounts.rules import CodeKind

    maya = await stage.join("maya")
    await make(stage, kind=CodeKind.LINK, secret="https://example.com/?c=SOCIAL")
    got = await claim(stage, maya)
    assert got.components[0]["components"][0]["url"] == "https://example.com/?c=SOCIAL"
    assert "SOCIAL" not in "".join(embed.description or "" for embed in got.embeds)


async def test_a_member_is_told_on_their_own_card_what_they_can_get(stage: Stage) -> None:
    maya = await stage.join("maya")
    await make(stage, name="Spring")
    await make(stage, name="Readers", secret="OTHER", conditions=Conditions((Condition(ConditionKind.NAMED),)))

    async def told() -> str:
        return words(answer(await maya.slash(board(stage), "me")))

    before = await told()
    assert "**Readers** ($50 off): ask a host" in before
    assert "**Spring** ($50 off): `/code claim` gets it" in before
    await claim(stage, maya, discount="Spring")
    after = await told()
    assert "**Spring** ($50 off): yours; `/code mine` shows it" in after
    assert CODE not in after


async def test_what_one_of_several_would_do_for_is_told_with_or_on_the_own_card(stage: Stage) -> None:
    maya = await long_since(stage, "maya", account_days=90, member_days=5)
    week, named = Condition(ConditionKind.MEMBERSHIP, 7), Condition(ConditionKind.NAMED)
    ways = (Condition(ConditionKind.ACTIVE_DAYS, 1), Condition(ConditionKind.INTRODUCED))
    met = Condition(ConditionKind.ACCOUNT_AGE, 30)
    for name, conditions in (
        ("One", Conditions((week, named), ways)), ("Two", Conditions((named,), (*ways, met))),
        ("Three", Conditions((named, ways[1]), ways)),
    ):  # fmt: skip
        await make(stage, name=name, secret=f"{name}-1", conditions=conditions)
    offered = words(answer(await maya.slash(board(stage), "me"))).split("### Codes for you")[1]
    assert offered.startswith(
        r"\n- **Three** ($50 off): ask a host · introduce yourself first\n- **Two** ($50 off): ask a host"
        r"\n- **One** ($50 off): 2 more days to go · ask a host · 1 more active day or introduce yourself first"
    )


async def test_a_locked_database_is_told_and_costs_no_code(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1"])
    await make_impatient(stage)
    with stage.database_locked():
        assert "nothing was changed" in words(await claim(stage, maya))
    assert "ONE-1" in words(await claim(stage, maya))
    assert (await stage.bot.services.discounts.get(stage.guild.id, discount.id)).claimed == 1
    assert stage.refusals()


async def test_an_unforeseen_error_shows_no_code_and_logs_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from cogs.discounts import actions

    def fail(claimed: Claimed, *_others: Any) -> None:
        raise LookupError(f"a bug with {claimed!r}")

    maya = await stage.join("maya")
    await make(stage)
    monkeypatch.setattr(actions, "code_card", fail)
    said = words(await claim(stage, maya))
    assert "Something went wrong on my side" in said
    assert CODE not in said + caplog.text
    assert stage.refusals()
