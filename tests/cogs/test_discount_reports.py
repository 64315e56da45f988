"""`/discount report`, `redeemed`, `export` and `audit`, and what hosts do for single members."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import simcord
from PIL import Image, ImageColor

from bot.discounts.report_rules import AuditAction, AuditEntry, Day, Report
from bot.discounts.rules import CodeKind, Condition, ConditionKind, Conditions, Discount
from bot.ui.charts import PAPER
from cogs.discounts import charts
from cogs.discounts.lists import audit_line
from cogs.discounts.reporting import every_day, picture_of
from tests.cogs.discounting import CODE, board, labels, make, press, run, secrets_seen, words
from tests.simkit import Stage

NAMED = Conditions((Condition(ConditionKind.NAMED),))
INTRODUCED = Conditions((Condition(ConditionKind.INTRODUCED),))


async def host(stage: Stage, command: str, discount: Discount, **options: object) -> simcord.ResponseMessage:
    """The answer to a command about a discount."""
    return await run(stage, f"discount {command}", discount=str(discount.id), **options)


async def claim(stage: Stage, *members: simcord.MemberActor) -> None:
    for member in members:
        await run(stage, "code claim", by=member)


async def content_of(shown: simcord.ResponseMessage) -> bytes:
    [file] = shown.attachments
    return await file.read()


async def test_a_report_says_how_far_members_came_and_what_kept_the_others(stage: Stage) -> None:
    maya, ben, cleo = [await stage.join(name) for name in ("maya", "ben", "cleo")]
    discount = await make(stage, codes=["ONE-1", "TWO-2", "THREE-3"], conditions=NAMED)
    for lucky in (maya, ben):
        await host(stage, "grant", discount, member=lucky)
    await claim(stage, maya, ben, cleo)
    await host(stage, "redeemed", discount, code="ONE-1")
    report = await host(stage, "report", discount)
    assert "**Spring**: 2 eligible now · so far 3 seen → 2 claimed → 1 redeemed" in report.content
    await run(stage, "code optout", by=ben, choice="on")
    assert "1 eligible now · so far 3 seen" in (await host(stage, "report", discount)).content
    assert "What keeps most from it: **Named by a host** (1 member)" in report.content
    day = f"{stage.now():%B} {stage.now().day}"
    assert f"{day}: 3 seen · 2 claimed · 1 redeemed" in report.content
    assert (await content_of(report)).startswith(b"\x89PNG")
    assert "2 claimed" in (report.attachments[0].description or "")


async def test_conditions_of_which_one_is_enough_keep_members_together(stage: Stage) -> None:
    any_of = (Condition(ConditionKind.ACTIVE_DAYS, 3), Condition(ConditionKind.INTRODUCED))
    discount = await make(stage, conditions=Conditions((), any_of))
    await claim(stage, await stage.join("maya"), await stage.join("ben"))
    said = (await host(stage, "report", discount)).content
    assert "**3 active days in the last 28 days or an introduction of themselves** (2 members)" in said
    report, guild = Report(discount, 2, 0, 0, 0, blocking=[(any_of, 2)]), stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    assert picture_of(report, 0, guild).blocking == [("3 active days in the last 28 days, or 1 other way", 2)]


async def test_an_empty_report_is_drawn_too(stage: Stage) -> None:
    report = await host(stage, "report", await make(stage))
    assert "0 seen → 0 claimed → 0 redeemed" in report.content
    assert (await content_of(report)).startswith(b"\x89PNG")


async def test_in_a_large_guild_the_eligible_are_counted_page_by_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogs.discounts import eligible, progress  # as the bot of this test has loaded them

    monkeypatch.setattr(eligible, "PAGE", 2)
    monkeypatch.setattr(progress, "BETWEEN_EDITS", 0.0)
    for name in ("maya", "ben", "cleo"):
        await stage.join(name)
    await stage.join("another bot", bot=True)
    discount = await make(stage)
    stage.pretend_size(100_000)
    report = await host(stage, "report", discount)
    assert "3 eligible now · so far 0 seen" in report.content
    edits = [str(call.json) for call in stage.env.http_requests if call.method == "PATCH" and call.json]
    for done in (2, 4):
        assert any(f"I count who could have it: {done} of 100,000 …" in edit for edit in edits)


async def test_in_the_largest_guilds_the_eligible_are_left_out_and_nobody_is_asked_for(stage: Stage) -> None:
    discount = await make(stage)
    stage.pretend_size(100_001)
    asked = len(stage.asked_for_members())
    report = await host(stage, "report", discount)
    assert "eligible" not in report.content
    assert "in up to 100,000 members" in report.content
    assert len(stage.asked_for_members()) == asked


async def test_where_discord_is_too_slow_the_report_comes_without_the_eligible(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogs.discounts import eligible

    monkeypatch.setattr(eligible, "PATIENCE", 0.0)
    report = await host(stage, "report", await make(stage))
    assert "eligible" not in report.content
    assert "0 seen → 0 claimed" in report.content


async def test_the_file_of_a_shop_is_looked_over_first(stage: Stage) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, codes=["ONE-1", "TWO-2", "THREE-3"])
    await claim(stage, maya, ben)
    sales = b"code,date\nONE-1,2026-01-01\nTWO-2,2026-01-01\nTHREE-3,2026-01-01\nOTHER-9,2026-01-01\n"
    plan = await host(stage, "redeemed", discount, file=("sales.csv", sales))
    assert "3 new sales" in plan.content
    assert "1 code of it nobody claimed" in plan.content
    assert "I leave 1 line out" in plan.content
    assert "0 redeemed" in (await host(stage, "report", discount)).content
    done = await press(plan, "Note these", by=stage.carol)
    assert "Noted 3 sales" in done.content
    assert "3 redeemed" in (await host(stage, "report", discount)).content
    again = await host(stage, "redeemed", discount, file=("sales.csv", sales))
    assert "no new sale" in again.content
    assert "Note these" not in labels(again)
    assert "yet" not in again.content


async def test_an_order_of_a_shared_code_is_noted_by_hand_with_its_day(stage: Stage) -> None:
    discount = await make(stage)
    said = await host(stage, "redeemed", discount, order="1001", day="2026-01-01")
    assert "Noted" in said.content
    twice = await host(stage, "redeemed", discount, order="1001")
    assert "noted as redeemed before" in twice.content
    unclear = await host(stage, "redeemed", discount)
    assert "Please fill in one of these: `file:`" in unclear.content
    buyer = await host(stage, "redeemed", discount, order="maya@mail.example")
    assert "I keep nothing about who bought. Give me the id of the order" in buyer.content
    assert stage.refusals()


async def test_a_file_that_only_tells_the_code_of_a_known_order_can_be_noted(stage: Stage) -> None:
    discount = await make(stage, codes=["ONE-1"])
    await host(stage, "redeemed", discount, order="1001", day="2026-01-01")
    sales = b"order id,code,date\n1001,ONE-1,2026-01-01\n"
    plan = await host(stage, "redeemed", discount, file=("sales.csv", sales))
    assert "no new sale" in plan.content
    assert "It tells the code or the order of 1 sale I know without." in plan.content
    assert "Noted more about 1 sale with" in (await press(plan, "Note these", by=stage.carol)).content
    assert "1 redeemed" in (await host(stage, "report", discount)).content


async def test_a_bad_line_of_a_shops_file_is_named_by_its_number(stage: Stage) -> None:
    discount = await make(stage, codes=["ONE-1"])
    refused = await host(stage, "redeemed", discount, file=("sales.csv", b"code,date\nONE-1,soon\n"))
    assert "Line 2 cannot be used" in refused.content
    assert "ONE-1" not in refused.content
    assert stage.refusals()


async def test_an_export_is_a_file_for_the_host_alone(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["=ONE()"])
    await claim(stage, maya)
    shown = await host(stage, "export", discount)
    assert shown.ephemeral
    assert shown.attachments[0].filename == "spring.csv"
    rows = list(csv.DictReader(io.StringIO((await content_of(shown)).decode("utf-8-sig"))))
    assert rows[0]["code"] == "'=ONE()"
    assert rows[0]["mention"] == maya.mention
    assert "=ONE()" not in shown.content
    assert secrets_seen(stage, ["=ONE()"], by=stage.carol) == []


async def test_an_export_names_who_is_still_here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from cogs.discounts import reporting  # as the bot of this test has loaded it

    members = [await stage.join(name) for name in ("maya", "ben", "cleo")]
    discount = await make(stage, codes=["ONE-1", "TWO-2", "THREE-3"])
    await claim(stage, *members)
    await stage.rename(members[0], nick="@Maya, online")
    await stage.leave(members[1])
    await stage.bot.services.privacy.forget(stage.guild.id, members[2].id, stage.now())
    mentions = [members[0].mention, members[1].mention, ""]
    for patience, name in ((reporting.PATIENCE, "'@Maya, online"), (0.0, "")):
        monkeypatch.setattr(reporting, "PATIENCE", patience)
        content = (await content_of(await host(stage, "export", discount))).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(content)))
        assert [row["name"] for row in rows] == [name, "", "forgotten"]
        assert [row["mention"] for row in rows] == mentions


async def test_the_log_says_who_did_what_a_page_at_a_time_and_names_no_code(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogs.discounts import lists  # as the bot of this test has loaded it

    monkeypatch.setattr(lists, "ENTRIES", 3)
    maya = await stage.join("maya")
    discount = await make(stage, name="Spring")
    await host(stage, "pause", discount)
    await host(stage, "resume", discount)
    await claim(stage, maya)
    await host(stage, "revoke", discount, member=maya)
    page = await host(stage, "audit", discount)
    lines = page.content.splitlines()
    assert f"{stage.carol.mention} took a code back ({maya.mention})" in lines[0]
    assert f"{maya.mention} got a code" in lines[1]
    assert len(lines) == 3
    await stage.restart()
    older = await press(page, "Older", by=stage.carol)
    assert [line.rsplit(" ", 2)[1] for line in older.content.splitlines()] == ["paused", "made"]
    newest = await press(older, "Newest", by=stage.carol)
    assert newest.content.splitlines()[0] == lines[0]
    every = await run(stage, "discount audit")
    assert "**Spring**" in every.content
    assert CODE not in page.content + older.content + every.content


async def test_a_revoked_code_cannot_be_seen_again_and_goes_to_nobody(stage: Stage) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, codes=["ONE-1"])
    await claim(stage, maya)
    assert "cannot see" in (await host(stage, "revoke", discount, member=maya)).content
    assert "taken your code" in words(await run(stage, "code claim", by=maya))
    assert "no code yet" in words(await run(stage, "code mine", by=maya))
    assert "given out" in words(await run(stage, "code claim", by=ben))
    assert "nothing to take back" in (await host(stage, "revoke", discount, member=ben)).content
    assert stage.refusals()


async def test_whom_a_host_names_gets_the_code(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, conditions=NAMED)
    assert "⬜ Named by a host" in words(await run(stage, "code claim", by=maya))
    assert "is named" in (await host(stage, "grant", discount, member=maya)).content
    assert CODE in words(await run(stage, "code claim", by=maya))


async def test_a_host_hears_that_whom_they_named_gets_no_code_for_now(stage: Stage) -> None:
    maya, ben = await stage.join("maya"), await stage.join("ben")
    discount = await make(stage, conditions=NAMED)
    await run(stage, "code optout", by=maya, choice="on")
    await stage.give_role(ben, stage.host_role)
    said = [(await host(stage, "grant", discount, member=member)).content for member in (maya, ben)]
    assert "is named for **Spring**. They want no codes" in said[0]
    assert "hosts and staff get no codes" in said[1]
    await run(stage, "code optout", by=maya, choice="off")
    assert CODE in words(await run(stage, "code claim", by=maya))


async def test_a_code_of_somebody_who_was_forgotten_is_theirs_again(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1", "TWO-2"])
    await claim(stage, maya)
    await stage.bot.services.privacy.forget(stage.guild.id, maya.id, stage.now())
    assert "please ask a host" in words(await run(stage, "code claim", by=maya))
    assert "has their code of **Spring** again" in (await host(stage, "grant", discount, member=maya)).content
    [line] = [line for line in (await host(stage, "audit", discount)).content.splitlines() if maya.mention in line][:1]
    assert f"{stage.carol.mention} gave a code back ({maya.mention})" in line
    assert "ONE-1" in words(await run(stage, "code mine", by=maya))
    assert stage.refusals()


async def test_what_was_picked_from_the_list_is_meant_also_where_its_id_is_another_s_name(stage: Stage) -> None:
    spring = await make(stage)
    await make(stage, name=str(spring.id), secret="OTHER-1")
    [picked] = await stage.carol.autocomplete(board(stage), "discount end", "discount", "Spr")
    await press(await run(stage, "discount end", discount=picked["value"]), "End it for good", by=stage.carol)
    ended = [one.id for one in await stage.bot.services.discounts.list_all(stage.guild.id) if one.ended_at]
    assert ended == [spring.id]


async def test_naming_somebody_where_nobody_is_asked_for_is_refused(stage: Stage) -> None:
    maya, robot = await stage.join("maya"), await stage.join("robot", bot=True)
    discount = await make(stage)
    assert "naming changes nothing" in (await host(stage, "grant", discount, member=maya)).content
    assert "is a bot" in (await host(stage, "grant", discount, member=robot)).content
    await stage.leave(maya)
    assert "maya is not in this server." in (await host(stage, "grant", discount, member=maya.user)).content
    assert stage.refusals()
    assert stage.refusals()


async def test_discounts_are_offered_while_typing_to_hosts_only(stage: Stage) -> None:
    discount = await make(stage)
    offered = await stage.carol.autocomplete(board(stage), "discount pause", "discount", "spr")
    assert offered == [{"name": "Spring · is running", "value": str(discount.id)}]
    refused = await run(stage, "discount pause", discount="winter")
    assert "no such discount" in refused.content
    assert stage.refusals()


async def test_a_host_who_is_none_any_more_turns_no_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from cogs.discounts import lists  # as the bot of this test has loaded it

    monkeypatch.setattr(lists, "ENTRIES", 1)
    maya = await stage.join("maya")
    await stage.give_role(maya, stage.host_role)
    await host(stage, "pause", await make(stage))
    page = await run(stage, "discount audit", by=maya)
    await stage.take_role(maya, stage.host_role)
    assert "Manage Server" in (await press(page, "Older", by=maya)).content


async def test_nobody_is_eligible_who_lacks_something(stage: Stage) -> None:
    await stage.join("maya")
    report = await host(stage, "report", await make(stage, conditions=INTRODUCED))
    assert "0 eligible" in report.content


async def test_a_code_of_somebody_who_left_can_be_taken_back(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1"])
    await claim(stage, maya)
    await stage.leave(maya)
    assert "cannot see" in (await host(stage, "revoke", discount, member=maya.user)).content
    report = (await host(stage, "report", discount)).content
    assert "0 seen" not in report
    assert "1 code of the claimed was taken back." in report


def test_everything_that_is_written_down_has_words() -> None:
    for action in AuditAction:
        entry = AuditEntry(1, datetime(2026, 1, 1, tzinfo=UTC), action, 1, "Spring", 2, 3, "")
        assert audit_line(entry, with_name=True).endswith("(<@3>) · **Spring**")


def test_the_log_shows_the_channel_of_a_card_and_what_hosts_wrote_as_it_is() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    posted = AuditEntry(1, at, AuditAction.POST, 1, "Spring", 2, None, "in <#4>")
    assert audit_line(posted, with_name=False).endswith("posted it · in <#4>")
    edited = AuditEntry(1, at, AuditAction.EDIT, 1, "Spring", 2, None, "in <#4>")
    assert audit_line(edited, with_name=False).endswith(r"changed it · in \<\#4\>")


def test_a_pause_that_nobody_ordered_is_the_bot_s_own() -> None:
    own = AuditEntry(1, datetime(2026, 1, 1, tzinfo=UTC), AuditAction.PAUSE, 1, "Spring", None, None, "Too much.")
    assert "> I paused it" in audit_line(own, with_name=False)
    assert "> Somebody paused it" in audit_line(replace(own, details=""), with_name=False), "by a host who is forgotten"
    assert "> Somebody changed it" in audit_line(replace(own, action=AuditAction.EDIT), with_name=False)


def test_days_on_which_nothing_happened_are_on_the_chart_too() -> None:
    discount = Discount(1, 2, 3, "Spring", CodeKind.POOL, 20, None, "", None, None, None, "", Conditions())
    first = date(2026, 1, 1)
    busy = (Day(first, 3, 2, 0), Day(first + timedelta(days=3), 1, 0, 1))
    assert every_day(Report(discount, 4, 2, 0, 1, busy)) == [
        (first, 2, 0), (date(2026, 1, 2), 0, 0), (date(2026, 1, 3), 0, 0), (date(2026, 1, 4), 0, 1),
    ]  # fmt: skip
    assert every_day(Report(discount, 0, 0, 0, 0)) == []


@pytest.mark.parametrize("days", [0, 1, 400])
def test_a_chart_of_any_length_is_drawn(days: int) -> None:
    first = date(2026, 1, 1)
    told = [(first + timedelta(days=number), number % 7, number % 3) for number in range(days)]
    steps = [("eligible", 12_000), ("seen", 800), ("claimed", 0), ("redeemed", 0)]
    blocking = [(f"{'A very long condition ' * 4}{number}", number) for number in range(9)]
    drawn = charts.draw(charts.Picture("$50 off_{x} $", steps[days > 1 :], told, blocking))
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.size == (charts.WIDTH, charts.HEIGHT)


def blocking_on_a_chart(label: str) -> Image.Image:
    """The half of the chart with what kept somebody."""
    drawn = charts.draw(charts.Picture("Spring", [("seen", 1)], [], [(label, 1)]))
    with Image.open(io.BytesIO(drawn)) as picture:
        return picture.convert("RGB").crop((charts.WIDTH // 2, 0, charts.WIDTH, charts.HEIGHT // 2))


def test_a_condition_is_told_on_the_chart_to_its_last_word() -> None:
    told, other = (f"28 Q&A sessions attended in the last 28 {unit}" for unit in ("days", "nights"))
    assert blocking_on_a_chart(told).tobytes() != blocking_on_a_chart(other).tobytes()


def test_a_role_with_a_very_long_name_stays_on_the_chart() -> None:
    picture = blocking_on_a_chart(f"The role @{'W' * 100}")
    margin = picture.crop((picture.width - charts.WIDTH * 3 // 100, 0, picture.width, picture.height))
    assert margin.getcolors() == [(margin.width * margin.height, ImageColor.getrgb(PAPER))]
