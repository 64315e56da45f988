"""`/discount import`: a file of codes, looked over first."""

from typing import Any

import aiohttp
import discord
import pytest
import simcord

from bot.discounts.rules import CodeKind, Discount
from tests.cogs.discounting import CODE, labels, make, make_impatient, press, run, secrets_seen, words
from tests.simkit import Stage

#: As many as a campaign may have, without one code that is a part of another.
CODES = [f"BUBBLE-{number:05}" for number in range(10_000, 10_500)]


async def pool(stage: Stage) -> Discount:
    return await make(stage, kind=CodeKind.POOL, secret="")


async def bring(stage: Stage, discount: Discount, content: bytes, name: str = "codes.csv") -> simcord.ResponseMessage:
    """The answer to a file."""
    return await run(stage, "discount import", discount=str(discount.id), file=(name, content))


async def in_pool(stage: Stage, discount: Discount) -> int:
    return (await stage.bot.services.discounts.get(stage.guild.id, discount.id)).in_pool


async def test_nothing_is_kept_before_a_host_says_so(stage: Stage) -> None:
    discount = await pool(stage)
    report = await bring(stage, discount, "\n".join(["code", *CODES]).encode())
    assert "500 new codes" in report.content
    assert "The first line is a title, so it is no code." in report.content
    assert await in_pool(stage, discount) == 0
    done = await press(report, "Import these", by=stage.carol)
    assert "✅ **Spring** has 500 new codes." in done.content
    assert "a card that stands already follows by itself" in done.content
    assert labels(done) == []
    assert await in_pool(stage, discount) == 500
    assert secrets_seen(stage, CODES, by=stage.carol) == []


async def test_the_report_names_what_is_there_twice_and_what_is_known(stage: Stage) -> None:
    discount = await make(stage, codes=["ONE-1"])
    report = await bring(stage, discount, b" ONE-1 \nTWO-2\ntwo-2\nTHREE-3\n")
    assert "2 new codes" in report.content
    assert "1 line repeats a code" in report.content
    assert "I know 1 code of it already, and it stays as it is." in report.content
    assert "Nothing is kept yet." in report.content
    assert "title" not in report.content
    await make(stage, name="For everybody")
    shared = await bring(stage, discount, f"FOUR-4\n{CODE}".encode())
    assert "I leave 1 code of it out that everybody gets from another discount." in shared.content
    again = await bring(stage, discount, b"ONE-1")
    assert "no new code" in again.content
    assert "yet" not in again.content
    assert labels(again) == []


async def test_codes_of_another_discount_are_told_from_those_that_are_here_already(stage: Stage) -> None:
    discount = await make(stage, codes=["ONE-1"])
    await make(stage, name="Readers", codes=["TWO-2", "THREE-3"])
    report = await bring(stage, discount, b"two-2\nTHREE-3")
    assert "I leave 2 codes of it out that belong to another discount." in report.content
    assert "I know" not in report.content
    both = await bring(stage, discount, b"ONE-1\nTWO-2\nFOUR-4")
    assert "I know 1 code of it already" in both.content
    assert "I leave 1 code of it out that belongs to another discount." in both.content
    done = await press(both, "Import these", by=stage.carol)
    assert "✅ **Spring** has 1 new code." in done.content
    assert "that belongs to another discount" in done.content


async def test_the_report_names_the_codes_that_were_used_already(stage: Stage) -> None:
    discount = await pool(stage)
    report = await bring(stage, discount, b"code,used\nONE-1,no\nTWO-2,yes\n")
    assert "1 new code " in report.content
    assert "I leave 1 code out that the file says cannot be used any more." in report.content
    await press(report, "Import these", by=stage.carol)
    assert await in_pool(stage, discount) == 1


async def test_progress_is_shown_while_many_are_imported(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from cogs.discounts import progress

    monkeypatch.setattr(progress, "BETWEEN_EDITS", 0.0)
    discount = await pool(stage)
    report = await bring(stage, discount, "\n".join(f"C{number:05}" for number in range(2500)).encode())
    await press(report, "Import these", by=stage.carol)
    edits = [str(call.json) for call in stage.env.http_requests if call.method == "PATCH" and call.json]
    for done in ("1,000 of 2,500", "2,000 of 2,500", "2,500 of 2,500"):
        assert any(done in edit for edit in edits)


async def test_a_bad_line_is_named_by_its_number_and_not_by_what_it_says(stage: Stage) -> None:
    discount = await pool(stage)
    refused = await bring(stage, discount, b"ONE-1\nTWO 2 SECRET\nTHREE-3\n")
    assert "Line 2 cannot be used" in refused.content
    assert "SECRET" not in refused.content
    assert await in_pool(stage, discount) == 0
    assert stage.refusals()


async def test_a_file_that_is_too_large_is_refused_without_reading_it(stage: Stage) -> None:
    refused = await bring(stage, await pool(stage), b"A" * (2 * 1024 * 1024 + 1))
    assert "more than 2 MB" in refused.content
    assert stage.refusals()


async def test_codes_are_imported_into_pools_only(stage: Stage) -> None:
    refused = await bring(stage, await make(stage), b"ONE-1")
    assert "Only a discount with a code for each member" in refused.content
    assert "this one is of another kind. `/discount create` makes one" in refused.content
    assert stage.refusals()


async def test_the_file_can_be_left_alone(stage: Stage) -> None:
    discount = await pool(stage)
    left = await press(await bring(stage, discount, b"ONE-1"), "Leave it", by=stage.carol)
    assert left.content == "Nothing was imported."
    assert await in_pool(stage, discount) == 0


async def test_a_locked_database_imports_nothing_and_the_button_stays(stage: Stage) -> None:
    discount = await pool(stage)
    report = await bring(stage, discount, b"ONE-1\nTWO-2")
    await make_impatient(stage)
    with stage.database_locked():
        refused = await press(report, "Import these", by=stage.carol)
    assert "nothing was changed" in refused.content
    assert await in_pool(stage, discount) == 0
    done = await press(report, "Import these", by=stage.carol)
    assert "2 new codes" in done.content
    assert stage.refusals()


async def test_a_progress_that_cannot_be_shown_stops_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from cogs.discounts import progress

    edit, failed = discord.Interaction.edit_original_response, list[Exception]()

    async def cut(interaction: Any, **changes: Any) -> Any:
        if " of " in changes["content"]:
            failed.append(aiohttp.ClientConnectionError() if len(failed) % 2 else ConnectionResetError())
            raise failed[-1]
        return await edit(interaction, **changes)

    monkeypatch.setattr(progress, "BETWEEN_EDITS", 0.0)
    monkeypatch.setattr(discord.Interaction, "edit_original_response", cut)
    discount = await pool(stage)
    report = await bring(stage, discount, "\n".join(f"C{number:05}" for number in range(2500)).encode())
    assert "2,500 new codes" in (await press(report, "Import these", by=stage.carol)).content
    assert len(failed) == 3
    assert await in_pool(stage, discount) == 2500


async def test_after_any_failure_the_buttons_come_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    discount = await pool(stage)
    report = await bring(stage, discount, b"ONE-1")

    async def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(stage.bot.services.code_imports, "apply", fail)
    assert "went wrong on my side" in (await press(report, "Import these", by=stage.carol)).content
    edits = [call.json for call in stage.env.http_requests if call.method == "PATCH" and call.json]
    assert edits[-1]["content"] == "Nothing was imported into **Spring**."
    assert edits[-1]["components"]
    monkeypatch.undo()
    assert "1 new code" in (await press(report, "Import these", by=stage.carol)).content
    assert stage.refusals()


async def test_a_file_that_is_cut_short_on_its_way_is_asked_for_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(_file: discord.Attachment, **_: object) -> bytes:
        raise aiohttp.ClientPayloadError

    monkeypatch.setattr(discord.Attachment, "read", cut)
    refused = await bring(stage, await pool(stage), b"ONE-1")
    assert "Please attach it once more" in refused.content
    assert stage.refusals()


async def test_a_second_press_imports_nothing_twice(stage: Stage) -> None:
    discount = await pool(stage)
    first, second = await bring(stage, discount, b"ONE-1"), await bring(stage, discount, b"ONE-1")
    await press(first, "Import these", by=stage.carol)
    await press(second, "Import these", by=stage.carol)
    assert await in_pool(stage, discount) == 1


async def test_every_code_reaches_one_member(stage: Stage) -> None:
    discount = await pool(stage)
    await press(
        await bring(stage, discount, "\n".join(CODES[:3]).encode(), "codes.txt"), "Import these", by=stage.carol
    )
    got: list[str] = []
    for name in ("ana", "ben", "cleo"):
        said = words(await run(stage, "code claim", by=await stage.join(name)))
        got += [code for code in CODES if code in said]
    assert sorted(got) == CODES[:3]
