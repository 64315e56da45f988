"""Two whole campaigns, set up by a host in Discord alone: one shared code, and five hundred codes of their own."""

from datetime import UTC, datetime
from typing import Any

import pytest
import simcord

from tests.cogs.discounting import (
    BUBBLE,
    CODE,
    KINDS,
    LINK,
    SHOWN,
    board,
    fill_in,
    labels,
    post,
    press,
    run,
    secrets_seen,
    words,
)
from tests.cogs.test_introductions import introduce
from tests.simkit import Stage
from tests.simpast import long_since

#: The end of April 30 in New York.
END = datetime(2026, 5, 1, 4, tzinfo=UTC)
CODES = [f"BUBBLE-{number:05}" for number in range(10_000, 10_500)]
#: Longer than the bot sleeps between two looks at what time changes.
LOOKED = 75.0


async def set_up_program(stage: Stage) -> str:
    """The host writes down their zone, the program and its late price; what the program is called when it is chosen."""
    await run(stage, "setup", time_zone="New York")
    form = await stage.carol.slash(board(stage), "program create")
    await fill_in(form, {"Name": BUBBLE, "Where do": LINK}, by=stage.carol)
    form = await stage.carol.slash(board(stage), "program price add", program=BUBBLE)
    price = await fill_in(form, {"Name": "late", "Amount": "147", "Currency": "USD"}, by=stage.carol)
    await press(price, "Keep it", by=stage.carol)
    [choice] = await stage.carol.autocomplete(
        board(stage), "discount create", "program", "bubble", kind=KINDS["shared"]
    )  # fmt: skip
    return choice["value"]


async def create(stage: Stage, kind: str, typed: dict[str, Any], **options: Any) -> simcord.ResponseMessage:
    """The answer to the form of a new discount."""
    program = await set_up_program(stage)
    form = await stage.carol.slash(board(stage), "discount create", program=program, kind=KINDS[kind], **options)
    return await fill_in(form, typed, by=stage.carol)


async def put_up(stage: Stage, name: str) -> None:
    await run(stage, "discount post", discount=name, channel=board(stage))
    await stage.moment(5)


async def test_the_right_members_get_social_once_until_april_30_is_over_in_new_york(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "bot")
    regular, newcomer = await long_since(stage, "rita"), await long_since(stage, "nora", member_days=6)
    await introduce(stage, regular)
    typed = {"Its name": "Late spring", "How much": "$50", "Ends": "April 30 midnight Eastern", "The code": CODE}
    asked = await create(stage, "shared", typed)
    shown = await press(asked, "End of April 30", by=stage.carol)
    assert "$147 → **$97**" in words(shown)
    assert f"<t:{int(END.timestamp())}:F>" in words(shown)
    await press(shown, "Create it", by=stage.carol)
    await put_up(stage, "Late spring")
    assert "$147 → **$97**" in words(post(stage))
    until = f"the end of Thursday, April 30, 2026, New York time (for you: <t:{int(END.timestamp())}:F>, "
    assert f"\nUntil {until}" in words(post(stage))

    got = words(await press(post(stage), "Get my code", by=regular))
    assert f"\nUse it until {until}" in got
    assert f"```\n{CODE}\n```" in got
    await stage.restart()
    assert words(await press(post(stage), "Get my code", by=regular)) == got
    missing = words(await press(post(stage), "Get my code", by=newcomer))
    assert "✅ A Discord account that is 30 days old\n⬜ 7 days as a member here – **1 more day to go**" in missing
    assert "⬜ 3 active days in the last 28 days – **3 more active days**" in missing
    assert "⬜ An introduction of yourself" in missing

    until_then = (END - stage.now()).total_seconds() - 60
    await stage.restart(while_away=lambda: stage.env.backend.clock.advance(until_then))
    await introduce(stage, newcomer)
    assert CODE in words(await press(post(stage), "Get my code", by=newcomer))
    latecomer = await long_since(stage, "lena")
    await stage.pass_time(LOOKED)
    assert "This is over" in words(post(stage))
    assert labels(post(stage)) == []
    assert "ended <t:" in words(await run(stage, "code claim", by=latecomer, discount="Late spring"))
    assert CODE in words(await run(stage, "code mine", by=regular))
    for other in (latecomer, stage.carol):
        assert secrets_seen(stage, [CODE], by=other) == []
    assert CODE not in caplog.text
    assert stage.refusals()


async def test_five_hundred_codes_from_a_file_reach_one_member_each(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "bot")
    members = [await long_since(stage, name) for name in ("ana", "ben", "cleo")]
    for member in members[:2]:
        await introduce(stage, member)
    shown = await create(stage, "pool", {"Its name": "Bubble readers", "How much": "34%"}, note="One for each of you")
    assert "$147 → **$97.02**" in words(shown)
    await press(shown, "Create it", by=stage.carol)
    content = "\r\n".join(["Code", *CODES, CODES[0]]).encode("utf-8-sig")
    report = await run(stage, "discount import", discount="Bubble readers", file=("codes.csv", content))
    assert "500 new codes" in report.content
    await press(report, "Import these", by=stage.carol)
    await put_up(stage, "Bubble readers")
    assert "**500 are left.**" in words(post(stage))

    got = [words(await press(post(stage), "Get my code", by=member)) for member in members]
    await stage.restart()
    assert [words(await press(post(stage), "Get my code", by=member)) for member in members] == got
    owned = [[code for code in CODES if code in said] for said in got]
    assert [len(codes) for codes in owned] == [1, 1, 0]
    assert owned[0] != owned[1]
    assert "⬜ An introduction of yourself" in got[2]
    await stage.moment(SHOWN)
    assert "**498 are left.**" in words(post(stage))
    for member, codes in zip(members, owned, strict=True):
        assert secrets_seen(stage, CODES, by=member) == codes
    assert secrets_seen(stage, CODES, by=stage.carol) == []
    assert not [code for code in CODES if code in caplog.text]
    log = (await run(stage, "discount audit", discount="Bubble readers")).content
    assert "imported codes · 500 new codes" in log
    assert not [code for code in CODES if code in log]
    exported = await run(stage, "discount export", discount="Bubble readers")
    [file] = exported.attachments
    assert owned[0][0] in (await file.read()).decode("utf-8-sig")
