"""Introductions and the first hello, as members meet them."""

from typing import Any

import simcord

from bot.communities.rules import ChannelPurpose
from tests.simkit import Stage

TOLD = ["A book about rivers", "How to end a chapter", "Reading drafts"]


def filled(form: simcord.InteractionResult, blog: str = "", told: list[str] | None = None) -> dict[str, Any]:
    """The form as a person fills it in."""
    assert form.modal is not None
    fields = [label["component"] for label in form.modal["components"]]
    values: dict[str, Any] = {field["custom_id"]: text for field, text in zip(fields[:3], told or TOLD, strict=True)}
    if blog:
        values[fields[3]["custom_id"]] = blog
    return values


async def introduce(stage: Stage, member: simcord.MemberActor, **typed: Any) -> simcord.InteractionResult:
    form = await member.slash(stage.welcome, "intro")
    answer = await member.submit_modal(form, filled(form, **typed))
    await stage.moment()
    return answer


async def test_the_button_on_a_greeting_opens_the_form_also_after_a_restart(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.restart()
    form = await maya.click(stage.welcome.last_message, label="Introduce yourself")
    assert form.modal is not None
    labels = [label["label"] for label in form.modal["components"]]
    assert labels == [
        "What are you working on?", "What would you like to learn?", "What can you help with?", "Your blog",
        "Who told you about us?",
    ]  # fmt: skip


async def test_an_introduction_becomes_a_card(stage: Stage) -> None:
    maya = await stage.join("maya")
    form = await maya.slash(stage.welcome, "intro")
    values = filled(form, "example.com")
    assert form.modal is not None
    values[form.modal["components"][4]["component"]["custom_id"]] = [stage.carol]
    answer = await maya.submit_modal(form, values)
    await stage.moment()
    assert answer.ephemeral
    assert stage.introductions.mention in answer.response.content  # type: ignore[union-attr]
    card = stage.introductions.last_message
    assert card is not None
    shown = [field.value for field in card.embeds[0].fields]
    assert shown == [*TOLD, "https://example.com", stage.carol.mention]
    assert card.mentions == []


async def test_a_bad_blog_address_is_refused_and_what_was_typed_is_not_lost(stage: Stage) -> None:
    maya = await stage.join("maya")
    refused = await introduce(stage, maya, blog="my blog")
    assert refused.response is not None
    assert "“my blog” does not look like a web address" in refused.followups[-1].content if refused.followups else True
    reply = refused.followups[-1] if refused.followups else refused.response
    again = await maya.click(reply, label="Try again, nothing is lost")
    assert all(text in str(again.modal) for text in (*TOLD, "my blog"))
    assert stage.introductions.last_message is None
    assert stage.refusals()


async def test_a_second_introduction_edits_the_card(stage: Stage) -> None:
    maya = await stage.join("maya")
    await introduce(stage, maya)
    form = await maya.slash(stage.welcome, "intro")
    assert TOLD[0] in str(form.modal), "the form is filled in with what was told before"
    await maya.submit_modal(form, filled(form, told=["Another book", "x", "y"]))
    await stage.moment()
    [card] = stage.introductions.history()
    assert card.embeds[0].fields[0].value == "Another book"


async def test_a_deleted_card_is_posted_anew_with_the_next_edit(stage: Stage) -> None:
    maya = await stage.join("maya")
    await introduce(stage, maya)
    stage.env.backend.delete_message(stage.introductions.id, stage.introductions.last_message.id)  # type: ignore[union-attr]
    await introduce(stage, maya)
    assert len(stage.introductions.history()) == 1


async def test_the_first_hello_opens_a_thread_and_the_next_one_joins_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    kofi = await stage.join("kofi")
    await introduce(stage, maya)
    card = stage.introductions.last_message
    assert stage.introductions.threads == [], "no thread before somebody answers"
    first = await kofi.click(card, label="Say hi")
    second = await stage.carol.click(card, label="Say hi")
    await stage.moment()
    [thread] = stage.introductions.threads
    assert f"<#{thread.id}>" in first.response.content  # type: ignore[union-attr]
    assert f"<#{thread.id}>" in second.response.content  # type: ignore[union-attr]
    hellos = stage.said(thread)
    assert [kofi.mention in hellos[0], stage.carol.mention in hellos[1]] == [True, True]
    assert all(maya.mention in hello for hello in hellos)


async def test_a_second_press_leads_to_the_conversation_and_says_nothing_again(stage: Stage) -> None:
    maya = await stage.join("maya")
    kofi = await stage.join("kofi")
    await introduce(stage, maya)
    card = stage.introductions.last_message
    for _ in range(2):
        answer = await kofi.click(card, label="Say hi")
        await stage.moment()
    assert "already" in answer.response.content  # type: ignore[union-attr]
    [thread] = stage.introductions.threads
    assert len(stage.said(thread)) == 1


async def test_one_cannot_say_hi_to_oneself(stage: Stage) -> None:
    maya = await stage.join("maya")
    await introduce(stage, maya)
    answer = await maya.click(stage.introductions.last_message, label="Say hi")
    assert "your own card" in (answer.followups or [answer.response])[-1].content
    assert stage.introductions.threads == []


async def test_the_hello_button_works_after_a_restart(stage: Stage) -> None:
    maya = await stage.join("maya")
    kofi = await stage.join("kofi")
    await introduce(stage, maya)
    await stage.restart()
    await kofi.click(stage.introductions.last_message, label="Say hi")
    await stage.moment()
    assert len(stage.said(stage.introductions.threads[0])) == 1


async def test_a_missing_permission_for_threads_is_named(stage: Stage) -> None:
    maya = await stage.join("maya")
    await introduce(stage, maya)
    await stage.deny(stage.introductions, "create_public_threads")
    answer = await stage.carol.click(stage.introductions.last_message, label="Say hi")
    text = (answer.followups or [answer.response])[-1].content
    assert "*Create Public Threads*" in text
    assert stage.introductions.mention in text


async def test_without_a_channel_for_introductions_the_refusal_says_who_can_help(stage: Stage) -> None:
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.INTRODUCTIONS, None)
    maya = await stage.join("maya")
    answer = await introduce(stage, maya)
    assert "ask a host" in (answer.followups or [answer.response])[-1].content
    assert stage.refusals()
