"""Hosts read questions before they are shown, decline with a reason, merge what is the same, and lift anonymity."""

import discord
import simcord

from bot.sessions.rules import QuestionState, Session
from tests.cogs.questioning import (
    LIKE_READERS,
    READERS,
    TITLES,
    ask,
    asked,
    for_hosts,
    in_thread,
    label_of,
    modal_of,
    plan,
    who_asked,
)
from tests.cogs.sessioning import field_of, shown
from tests.simkit import Stage


async def pending(stage: Stage, **typed: object) -> tuple[Session, simcord.MemberActor, discord.Message]:
    """A moderated session, somebody who asked, and what the hosts read."""
    maya = await stage.join("maya")
    session = await plan(stage, moderated=True)
    await ask(stage, maya, READERS, **typed)
    [message] = for_hosts(stage)
    return session, maya, message


async def test_a_question_is_shown_once_a_host_approves_it_also_after_a_restart(stage: Stage) -> None:
    session, maya, message = await pending(stage)
    assert in_thread(stage, session) == []
    assert message.content == "A question waits for your approval."
    assert f"**{READERS}**" == message.embeds[0].description
    await stage.restart()
    told = shown(await stage.carol.click(message, label="Approve"))
    assert told.content.startswith("Approved")
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert who_asked(card) == f"By {maya.mention} · 0 votes"
    [message] = for_hosts(stage)
    assert (message.content, message.components) == ("A question was read by a host.", [])
    assert field_of(message, "Decided") == "It waits in the list"


async def test_the_asker_reads_why_a_question_was_declined_and_nobody_else(stage: Stage) -> None:
    session, maya, message = await pending(stage)
    form = modal_of(await stage.carol.click(message, label="Decline"))
    await stage.carol.submit_modal(form, {"reason": "It was answered *last* time."})
    await stage.moment(5)
    [(_, told)] = stage.direct_messages(maya)[-1:]
    assert "declined your question" in told
    assert r"The reason: It was answered \*last\* time." in told
    own = shown(await maya.slash(stage.welcome, "session questions"))
    assert r"The host’s reason: It was answered \*last\* time." in str(own.embeds[0].description)
    assert in_thread(stage, session) == []
    assert "last" not in str([one.embeds[0].to_dict() for one in for_hosts(stage)])
    assert "You can ask 3 here" in str(modal_of(await maya.slash(stage.welcome, "ask")).modal)


async def test_who_takes_no_direct_messages_still_finds_the_reason(stage: Stage) -> None:
    _, maya, message = await pending(stage)
    stage.env.inject_error(
        "POST", f"/channels/{maya.user.dm_channel.id}/messages", status=403, code=50007,
        message="Cannot send messages to this user", times=None,
    )  # fmt: skip
    form = modal_of(await stage.carol.click(message, label="Decline"))
    await stage.carol.submit_modal(form, {"reason": "Too private"})
    await stage.moment(5)
    own = shown(await maya.slash(stage.welcome, "session questions"))
    assert "The host’s reason: Too private" in str(own.embeds[0].description)


async def test_of_two_hosts_the_second_hears_what_was_decided(stage: Stage) -> None:
    _, _, message = await pending(stage)
    walter = await stage.join("walter")
    await stage.give_role(walter, stage.host_role)
    form = modal_of(await walter.click(message, label="Decline"))
    await stage.carol.click(message, label="Approve")
    declined = await walter.submit_modal(form, {"reason": "Too private"})
    assert shown(declined).content.startswith("Declined"), "a question that is shown may still be declined"
    assert "a host declined it" in shown(await stage.carol.click(message, label="Approve")).content


async def test_an_edit_before_the_approval_keeps_what_the_asker_wrote(stage: Stage) -> None:
    session, maya, message = await pending(stage)
    form = modal_of(await stage.carol.click(message, label="Edit"))
    await stage.carol.submit_modal(form, {"question": "How do I find readers at all?"})
    await stage.moment(5)
    [message] = for_hosts(stage)
    assert field_of(message, "As its asker wrote it") == READERS
    await stage.carol.click(message, label="Approve")
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert card.embeds[0].description == "**How do I find readers at all?**"
    assert READERS not in str(card.embeds[0].to_dict())
    own = shown(await maya.slash(stage.welcome, "session questions"))
    assert "A host changed its words" in str(own.embeds[0].description)
    assert "decided meanwhile" in shown(await stage.carol.submit_modal(form, {"question": TITLES})).content


async def test_merged_questions_are_one_by_the_first_asker_and_others(stage: Stage) -> None:
    maya, kofi, noor = [await stage.join(name) for name in ("maya", "kofi", "noor")]
    session = await plan(stage)
    await ask(stage, maya, READERS)
    await kofi.click(shown(await ask(stage, kofi, LIKE_READERS)), label="Ask anyway")
    await ask(stage, noor, TITLES)
    await stage.moment(5)
    first, second, third = await asked(stage, session)
    cards = {card.embeds[0].description: card for card in in_thread(stage, session)}
    for card, question in ((cards[f"**{LIKE_READERS}**"], second), (cards[f"**{TITLES}**"], third)):
        dossier = shown(await stage.carol.click(card, label="Manage"))
        merging = shown(await stage.carol.click(dossier, label="Merge"))
        merged = shown(await stage.carol.select(merging, [str(first.id)]))
        assert "asked by its first asker and" in merged.content, question.text
    await stage.moment(10)
    [card] = in_thread(stage, session)
    assert who_asked(card) == f"By {maya.mention} and 2 others · 0 votes"
    own = shown(await kofi.slash(stage.welcome, "session questions"))
    assert "It counts towards" in str(own.embeds[0].description)
    assert "This is your own question" in shown(await kofi.click(card, label="Upvote")).content


async def test_only_an_audited_act_of_a_host_lifts_anonymity(stage: Stage) -> None:
    session, maya, message = await pending(stage, anonymous=True)
    assert str(maya.id) not in str(message.embeds[0].to_dict())
    form = modal_of(await stage.carol.click(message, label="Who asked?"))
    told = shown(await stage.carol.submit_modal(form, {"reason": "It threatens somebody"}))
    assert maya.mention in told.content
    await stage.moment(5)
    audit = stage.said(stage.hosts)[-1]
    assert audit.startswith(f"{stage.carol.mention} looked up who asked anonymously")
    assert "The reason: It threatens somebody" in audit
    assert str(maya.id) not in audit
    await stage.carol.click(message, label="Approve")
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert who_asked(card) == "Anonymously · 0 votes"
    dossier = shown(await stage.carol.click(card, label="Manage"))
    assert stage.carol.mention in field_of_answer(dossier, "Who looked who asked")
    assert str(maya.id) not in str(dossier.embeds[0].to_dict())
    privacy = await stage.bot.services.privacy.tell(stage.guild.id, maya.id)
    assert "It threatens somebody" in str(privacy)


def field_of_answer(message: simcord.ResponseMessage, name: str) -> str:
    """What a field of an answer's card says."""
    return next((str(field.value) for field in message.embeds[0].fields if field.name == name), "")


async def test_hosts_find_every_question_those_to_approve_first(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    assert "Nobody has asked anything" in shown(await stage.carol.slash(stage.hosts, "session review")).content
    await ask(stage, maya, READERS)
    [question] = await asked(stage, session)
    listed = shown(await stage.carol.slash(stage.hosts, "session review"))
    assert listed.content.startswith("1 question for")
    dossier = shown(await stage.carol.select(listed, [str(question.id)]))
    form = modal_of(await stage.carol.click(dossier, label="Decline"))
    await stage.carol.submit_modal(form, {"reason": "Off topic, sorry"})
    await stage.moment(5)
    assert in_thread(stage, session) == []
    assert (await asked(stage, session))[0].state is QuestionState.DECLINED


async def test_who_is_no_host_decides_nothing(stage: Stage) -> None:
    _, maya, message = await pending(stage)
    for label in ("Approve", "Decline", "Edit", "Merge"):
        assert "Only the hosts of this session" in shown(await maya.click(message, label=label)).content
    assert "Only the hosts of this session" in shown(await maya.slash(stage.welcome, "session review")).content


async def test_a_cohost_without_manage_server_decides(stage: Stage) -> None:
    walter = await stage.join("walter")
    maya = await stage.join("maya")
    from tests.cogs.sessioning import LINK
    from tests.cogs.sessioning import plan as plan_session

    session = await plan_session(stage, hosts=[stage.carol, walter], options={"link": LINK, "moderated": True})
    await ask(stage, maya, READERS)
    [message] = for_hosts(stage)
    await walter.click(message, label="Approve")
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert label_of(card, "sessions:vote") == "Upvote"
