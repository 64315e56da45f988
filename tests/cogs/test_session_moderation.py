"""Hosts decide about questions on simulated Discord."""

from typing import Any

import discord
import simcord

from bot.sessions.rules import QuestionState, Session
from tests.cogs.sessioning import plan, shown
from tests.cogs.test_session_questions import ALIKE, OTHER, TEXT, ask, in_place, labels, questions_of, words
from tests.simkit import Stage

LINK = "https://meet.example"


async def moderated(stage: Stage) -> Session:
    """A session whose questions hosts approve."""
    return await plan(stage, options={"link": LINK, "moderated": True})


def pending(stage: Stage) -> list[discord.Message]:
    """What the hosts read of questions, oldest first."""
    return [one for one in stage.hosts.history() if one.embeds and "State" in [f.name for f in one.embeds[0].fields]]


async def press(
    stage: Stage, message: discord.Message | simcord.ResponseMessage, label: str, **typed: str
) -> simcord.InteractionResult:
    """Carol presses a button, and fills in the form if one opens."""
    result = await stage.carol.click(message, label=label)
    if result.modal is not None and typed:
        result = await stage.carol.submit_modal(result, typed)
    await stage.moment(5)
    return result


async def test_a_host_approves_in_the_hosts_channel_and_then_it_is_shown(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    told = await ask(stage, session, maya)
    assert "is with the hosts" in told.content
    assert in_place(stage, session) == []
    [card] = pending(stage)
    assert labels(card) == ["Approve", "Decline", "Edit", "Merge"]
    refused = shown(await maya.click(card, label="Approve"))
    assert "Only the hosts" in refused.content
    await stage.restart()
    [card] = pending(stage)
    await press(stage, card, "Approve")
    assert TEXT in words(in_place(stage, session)[0])
    [card] = pending(stage)
    assert labels(card) == []
    assert "It waits in the list." in words(card)
    stage.refusals()


async def test_a_host_declines_and_only_the_asker_reads_why(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    await ask(stage, session, maya, anonymous=True)
    [card] = pending(stage)
    assert "Who asked?" in labels(card)
    assert str(maya.id) not in words(card)
    await press(stage, card, "Decline", reason="This belongs into the workshop.")
    await stage.moment(15)
    [(_, told)] = stage.direct_messages(maya)
    assert "This belongs into the workshop." in told
    assert TEXT in told
    listed = shown(await maya.slash(stage.welcome, "session questions"))
    assert "a host declined it: This belongs into the workshop." in listed.content
    assert in_place(stage, session) == []
    late = shown(await press(stage, card, "Approve")) if "Approve" in labels(pending(stage)[0]) else None
    assert late is None


async def test_a_host_edits_before_the_approval_and_the_original_stays_visible_to_hosts(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    await ask(stage, session, maya)
    [card] = pending(stage)
    await press(stage, card, "Edit", question=OTHER, context="")
    [card] = pending(stage)
    assert OTHER in words(card)
    assert f"As its asker wrote it: {TEXT}" in words(card)
    await press(stage, card, "Approve")
    [shown_card] = in_place(stage, session)
    assert OTHER in words(shown_card)
    assert TEXT not in words(shown_card)


async def test_a_host_merges_questions_and_the_first_asker_is_named_with_the_others_counted(stage: Stage) -> None:
    askers = [await stage.join(name) for name in ("maya", "kofi", "noor", "ines")]
    session = await plan(stage)
    texts = (
        TEXT,
        "Which book changed your life the most?",
        "Who reads your drafts before us?",
        "Why a newsletter now?",
    )
    for asker, text in zip(askers, texts, strict=True):
        await ask(stage, session, asker, text)
    first, *others = in_place(stage, session)
    kept = {question.text: question.id for question in await questions_of(stage, session)}
    for card, text in zip(others, texts[1:], strict=True):
        sheet = shown(await stage.carol.click(card, label="⋯"))
        assert labels(sheet) == ["Decline", "Merge"]
        choosing = shown(await stage.carol.click(sheet, label="Merge"))
        await stage.carol.select(choosing, [str(kept[TEXT])])
        await stage.moment(5)
        assert text not in [words(one) for one in in_place(stage, session)]
    [left] = in_place(stage, session)
    assert left.id == first.id
    assert f"asked by <@{askers[0].id}> and 3 others" in words(left)


async def test_lifting_anonymity_needs_a_reason_and_is_told_to_every_host(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await ask(stage, session, maya, anonymous=True)
    [card] = in_place(stage, session)
    sheet = shown(await stage.carol.click(card, label="⋯"))
    told = shown(await press(stage, sheet, "Who asked?", reason="Somebody may be in danger."))
    assert f"<@{maya.id}> asked it" in told.content
    notice = stage.hosts.history()[-1]
    assert f"<@{stage.carol.id}> looked who asked" in notice.content
    assert "Somebody may be in danger." in notice.content
    assert str(maya.id) not in notice.content
    assert "asked anonymously" in words(in_place(stage, session)[0])
    seen: Any = shown(await stage.carol.click(in_place(stage, session)[0], label="⋯"))
    assert "Somebody may be in danger." in str([embed.to_dict() for embed in seen.embeds])
    assert str(maya.id) not in str([embed.to_dict() for embed in seen.embeds])


async def test_hosts_see_every_question_with_the_command_and_members_only_theirs(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await moderated(stage)
    await ask(stage, session, maya)
    listed = shown(await stage.carol.slash(stage.hosts, "session questions"))
    assert "1 in all, 1 to approve" in listed.content
    [question] = await questions_of(stage, session)
    sheet = shown(await stage.carol.select(listed, [str(question.id)]))
    await press(stage, sheet, "Approve")
    assert (await questions_of(stage, session))[0].state is QuestionState.OPEN
    theirs = shown(await kofi.slash(stage.welcome, "session questions"))
    assert "You have not asked anything" in theirs.content
    assert TEXT not in theirs.content
    assert theirs.components == []


async def test_a_host_who_is_too_late_reads_what_was_decided(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await moderated(stage)
    await ask(stage, session, maya)
    [card] = pending(stage)
    [question] = await questions_of(stage, session)
    sheet = shown(
        await stage.carol.select(
            shown(await stage.carol.slash(stage.hosts, "session questions")), [str(question.id)]
        )
    )  # fmt: skip
    await press(stage, card, "Approve")
    late = shown(await stage.carol.click(sheet, label="Approve"))
    assert "That was decided meanwhile: it waits in the list." in late.content
    assert ALIKE not in late.content
    stage.refusals()
