"""`/program recording`: what participants can listen to again, and nobody else."""

import discord
import pytest
import simcord

from bot.programs.rules import Program
from tests.cogs.teaching import NAME, buttons, filled, host, press, read_as, record, refused, said, submit, texts, write
from tests.simkit import Stage

TYPED = {"Title": "Week 1", "Link": "example.com/week/1", "How long is it?": "1:02:30", "Passcode": "s3cret"}
LINE = "- [Week 1](<https://example.com/week/1>) · 1 h 2 min · passcode `s3cret`"


@pytest.fixture
def role(stage: Stage) -> simcord.RoleHandle:
    return stage.guild.create_role("Bubble 2026")


@pytest.fixture
async def program(stage: Stage, role: simcord.RoleHandle) -> Program:
    return await write(stage, role_id=role.id)


async def participant(stage: Stage, role: simcord.RoleHandle) -> simcord.MemberActor:
    maya = await stage.join("maya")
    await stage.give_role(maya, role)
    return maya


async def fill(stage: Stage, program: Program) -> None:
    """Fifty recordings, more than fit on one card."""
    for number in range(1, 51):
        title = f"Week {number} · What keeps us in our bubble, and how we get out"
        await stage.bot.services.programs.add_recording(
            stage.guild.id, program.id, title, f"https://example.com/week/{number}", "62 min", f"code{number}"
        )


def message_of(result: simcord.InteractionResult) -> discord.Message:
    """The message that was answered."""
    assert result.response is not None
    return result.response.message


async def show(member: simcord.MemberActor, stage: Stage) -> list[str]:
    return texts(await read_as(member, stage, program=NAME))


async def test_a_recording_is_shown_to_participants_and_to_nobody_else(
    stage: Stage, program: Program, role: simcord.RoleHandle
) -> None:
    answer = await submit(await host(stage, "recording add", program=NAME), stage.carol, TYPED)
    assert said(answer) == (
        f"“Week 1” (1 h 2 min) is a recording of **{NAME}** now. Whoever has {role.mention} sees it with "
        "`/program show`."
    )
    maya, kofi = await participant(stage, role), await stage.join("kofi")
    assert (await show(maya, stage))[-1] == f"### Recordings (1)\n{LINE}"
    for other in (kofi, stage.carol):
        assert not any("week/1" in text or "s3cret" in text for text in await show(other, stage))
    assert said(await host(stage, "recording list", program=NAME)) == f"**Recordings of {NAME}**\n{LINE}"
    await stage.take_role(maya, role)
    assert not any("week/1" in text for text in await show(maya, stage))
    for channel in stage.channels.values():
        assert not any("s3cret" in message.content for message in channel.history())


async def test_without_a_role_or_with_a_deleted_one_nobody_sees_recordings_and_hosts_are_told(
    stage: Stage, program: Program, role: simcord.RoleHandle
) -> None:
    await record(stage, program, 1)
    maya = await participant(stage, role)
    stage.env.backend.delete_role(stage.guild.id, role.id)
    await stage.moment()
    assert not any("week/1" in text for text in await show(maya, stage))
    assert "-# For hosts: the role was deleted, so nobody sees recordings." in (await show(stage.carol, stage))[-1]
    assert not any("For hosts" in text for text in await show(maya, stage))
    form = await host(stage, "edit", program=NAME)
    answer = await submit(form, stage.carol, {})
    assert "no role is chosen, so nobody sees recordings" in said(answer)
    another = TYPED | {"Title": "Week 2"}
    answer = await submit(await host(stage, "recording add", program=NAME), stage.carol, another)
    assert "⚠️ Participants: no role is chosen" in said(answer)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"Title": "  "}, "The title is empty."),
        ({"Link": "javascript:alert(1)"}, "The link of the recording has to be a web address"),
        ({"How long is it?": "long"}, "I cannot read that length. Write it like `62 min`"),
        ({"How long is it?": "1:30"}, "I cannot read that length. Write it like `62 min`, `1.5 hours` or"),
        ({"Title": "WEEK 0"}, "There is a recording “WEEK 0” with this link already."),
    ],
)
async def test_bad_input_gets_one_sentence_and_the_form_comes_back_filled_in(
    stage: Stage, program: Program, typed: dict[str, str], sentence: str
) -> None:
    add = stage.bot.services.programs.add_recording
    await add(stage.guild.id, program.id, "Week 0", TYPED["Link"], "62 min")
    answer = await submit(await host(stage, "recording add", program=NAME), stage.carol, TYPED | typed)
    assert refused(stage, answer).startswith(sentence)
    again = await press(stage, answer, "Try again, nothing is lost")
    assert filled(again) == TYPED | typed
    assert "is a recording of" in said(await submit(again, stage.carol, TYPED))


async def test_fifty_recordings_are_read_page_by_page_and_each_press_is_checked(
    stage: Stage, program: Program, role: simcord.RoleHandle
) -> None:
    await fill(stage, program)
    maya = await participant(stage, role)
    card = await read_as(maya, stage, program=NAME)
    shown = texts(card)
    assert sum(map(len, shown)) <= 4000
    assert shown[-1].startswith("### Recordings (50)\n- [Week 1")
    assert shown[-1].endswith(" more.")
    assert buttons(card) == ["Register", "All recordings"]
    await stage.restart()
    page = await maya.click(message_of(card), label="All recordings")
    read = [said(page)]
    while not read[-1].endswith(f"-# Page {len(read)} of {len(read)}"):
        page = await maya.click(message_of(page), label="Next")
        read.append(said(page))
    assert all(len(text) <= 2000 for text in read)
    assert all(f"`code{number}`" in "".join(read) for number in range(1, 51))
    await stage.take_role(maya, role)
    for message, label in ((message_of(card), "All recordings"), (message_of(page), "Back")):
        sentence = refused(stage, await maya.click(message, label=label))
        assert sentence.startswith("The recordings are for participants.")


async def test_an_archived_program_shows_its_recordings_to_hosts_only(
    stage: Stage, program: Program, role: simcord.RoleHandle
) -> None:
    await fill(stage, program)
    maya = await participant(stage, role)
    card = await read_as(maya, stage, program=NAME)
    await stage.bot.services.programs.archive(stage.guild.id, program.id, stage.now())
    assert "no such program" in refused(stage, await maya.click(message_of(card), label="All recordings"))
    assert "no such program" in refused(stage, await read_as(maya, stage, program=NAME))
    assert "[Week 1 " in said(await host(stage, "recording list", program=NAME))


async def test_a_recording_is_removed_by_its_title_or_from_the_list(stage: Stage, program: Program) -> None:
    for number in (1, 2):
        await record(stage, program, number)
    programs = stage.bot.services.programs
    await programs.add_recording(stage.guild.id, program.id, "Week 2", "example.com/second", "62 min")
    found = await stage.carol.autocomplete(stage.hosts, "program recording remove", "recording", "WEEK 2", program=NAME)
    assert [choice["name"] for choice in found] == ["Week 2 · 1 h 2 min"] * 2
    ambiguous = await host(stage, "recording remove", program=NAME, recording="week 2")
    assert "no such recording" in refused(stage, ambiguous)
    asked = await host(stage, "recording remove", program=NAME, recording=found[0]["value"])
    line = "- [Week 2](<https://example.com/week/2>) · 1 h 2 min"
    assert said(asked) == f"Shall I remove this recording of **{NAME}**?\n{line}"
    assert said(await press(stage, asked, "Keep it")) == "Nothing was changed."
    assert line in said(await host(stage, "recording list", program=NAME))
    asked = await host(stage, "recording remove", program=NAME, recording=found[0]["value"])
    again = await host(stage, "recording remove", program=NAME, recording=found[0]["value"])
    assert said(await press(stage, asked, "Remove it")) == f"“Week 2” is no longer a recording of **{NAME}**."
    assert "no such recording" in refused(stage, await press(stage, again, "Remove it"))
    for title in ("week 2", "Week 1"):
        await press(stage, await host(stage, "recording remove", program=NAME, recording=title), "Remove it")
    assert said(await host(stage, "recording list", program=NAME)) == f"**{NAME}** has no recordings yet."
    assert "no such recording" in refused(
        stage, await host(stage, "recording remove", program=NAME, recording="Week 1")
    )


async def test_a_passcode_with_a_backtick_stays_whole(stage: Stage, program: Program) -> None:
    await record(stage, program, 1, passcode="a`b")
    assert "passcode `` a`b ``" in said(await host(stage, "recording list", program=NAME))
