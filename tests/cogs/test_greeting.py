"""Newcomers, as they meet the bot."""

import discord
import pytest

from bot.communities.rules import ChannelPurpose
from tests.simkit import Stage


async def test_a_newcomer_is_greeted_once(stage: Stage) -> None:
    maya = await stage.join("maya")
    stage.announce_join(maya)
    await stage.pass_time(3600)
    [greeting] = stage.said(stage.welcome)
    assert maya.mention in greeting
    assert stage.introductions.mention in greeting
    assert stage.host_role.mention in greeting


async def test_each_newcomer_reads_the_next_words(stage: Stage) -> None:
    for name in ("maya", "kofi", "ines", "tom"):
        await stage.join(name)
    greetings = [text.split(">", 1)[-1] for text in stage.said(stage.welcome)]
    assert len({text[:25] for text in greetings}) == 3


async def test_bots_are_not_greeted(stage: Stage) -> None:
    await stage.join("another bot", bot=True)
    assert stage.said(stage.welcome) == []


async def test_with_rules_to_accept_the_greeting_waits_for_them(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    assert stage.said(stage.welcome) == []
    await stage.accept_rules(maya)
    await stage.announce_update(maya)
    assert len(stage.said(stage.welcome)) == 1


async def test_rules_accepted_after_a_restart_are_noticed(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    await stage.restart()
    assert stage.said(stage.welcome) == []
    await stage.accept_rules(maya)
    assert len(stage.said(stage.welcome)) == 1


async def test_rules_accepted_while_the_bot_was_away_are_noticed(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)

    def accept() -> None:
        stage.env.backend.get_member(stage.guild.id, maya.id).pending = False

    await stage.restart(while_away=accept)
    assert len(stage.said(stage.welcome)) == 1


async def test_what_is_stored_decides_and_not_what_is_cached(stage: Stage) -> None:
    maya = await stage.join("maya", pending=True)
    cached = stage.bot.get_guild(stage.guild.id).get_member(maya.id)  # type: ignore[union-attr]
    assert cached is not None
    cached.pending = False
    await stage.accept_rules(maya)
    assert len(stage.said(stage.welcome)) == 1


async def test_a_change_of_name_greets_nobody(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.announce_update(maya)
    await stage.announce_update(stage.carol)
    assert len(stage.said(stage.welcome)) == 1


async def test_one_who_leaves_before_the_greeting_is_not_greeted(stage: Stage) -> None:
    user = stage.env.create_user("maya")
    stage.guild.add_member(user)
    stage.env.backend.remove_member(stage.guild.id, user.id)
    await stage.pass_time(600)
    assert stage.said(stage.welcome) == []


@pytest.mark.parametrize("name", ["@everyone", "<@&123> @here", "**bold**", "[free](https://evil.example)", "{host}"])
async def test_nobody_but_the_newcomer_can_be_pinged_whatever_their_name(stage: Stage, name: str) -> None:
    await stage.bot.services.greeting.edit_template(stage.guild.id, 1, "Hi {name} {mention} from {host}")
    newcomer = await stage.join(name)
    message = stage.welcome.last_message
    assert message is not None
    assert [user.id for user in message.mentions] == [newcomer.id]
    sent = next(call for call in reversed(stage.env.http_requests) if call.json and "allowed_mentions" in call.json)
    assert sent.json["allowed_mentions"] == {"parse": [], "users": [newcomer.id]}
    assert "**bold**" not in message.content
    assert "[free](" not in message.content


async def test_greetings_are_paused_and_resumed(stage: Stage) -> None:
    paused = await stage.carol.slash(stage.hosts, "greeting pause")
    assert paused.response is not None
    assert "/greeting resume" in paused.response.content
    await stage.join("maya")
    assert stage.said(stage.welcome) == []
    await stage.carol.slash(stage.hosts, "greeting resume")
    await stage.join("kofi")
    assert len(stage.said(stage.welcome)) == 1


async def test_without_a_channel_for_greetings_nobody_is_greeted(stage: Stage) -> None:
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.GREETING, None)
    await stage.join("maya")
    assert stage.said(stage.welcome) == []


async def test_a_host_changes_the_words_and_sees_how_they_look(stage: Stage) -> None:
    form = await stage.carol.slash(stage.hosts, "greeting edit", greeting=1)
    saved = await stage.carol.submit_modal(form, words_of(form, "Hello {name}, ask {host}."))
    assert saved.response is not None
    assert saved.ephemeral
    assert saved.followups[-1].content == f"Hello carol, ask {stage.host_role.mention}."
    await stage.join("maya")
    assert stage.said(stage.welcome) == [f"Hello maya, ask {stage.host_role.mention}."]


async def test_an_unknown_placeholder_is_refused_by_name_and_what_was_typed_is_not_lost(stage: Stage) -> None:
    form = await stage.carol.slash(stage.hosts, "greeting edit", greeting=1)
    refused = await stage.carol.submit_modal(form, words_of(form, "Hello {name.__class__}"))
    assert refused.response is not None
    assert "`{name.__class__}`" in refused.response.content
    assert "`{mention}`" in refused.response.content
    again = await stage.carol.click(refused.response, label="Try again, nothing is lost")
    assert "Hello {name.__class__}" in str(again.modal)
    assert len(stage.refusals()) == 1


async def test_a_greeting_that_may_become_too_long_is_refused_with_the_count(stage: Stage) -> None:
    form = await stage.carol.slash(stage.hosts, "greeting edit", greeting=1)
    refused = await stage.carol.submit_modal(form, words_of(form, "{server}" * 20))
    assert refused.response is not None
    assert "4,000" in refused.response.content
    assert stage.refusals()


async def test_the_choice_of_greetings_offers_one_more(stage: Stage) -> None:
    choices = await stage.carol.autocomplete(stage.hosts, "greeting edit", "greeting", "")
    assert [choice["value"] for choice in choices] == [1, 2, 3, 4]
    assert choices[-1]["name"] == "Add a new greeting"
    form = await stage.carol.slash(stage.hosts, "greeting edit", greeting=4)
    await stage.carol.submit_modal(form, words_of(form, "A fourth one"))
    assert len((await stage.bot.services.greeting.settings(stage.guild.id)).templates) == 4


async def test_a_greeting_out_of_range_is_refused(stage: Stage) -> None:
    refused = await stage.carol.slash(stage.hosts, "greeting edit", greeting=9)
    assert refused.response is not None
    assert "no such greeting" in refused.response.content
    assert stage.refusals()


async def test_removing_a_greeting_says_what_is_left(stage: Stage) -> None:
    form = await stage.carol.slash(stage.hosts, "greeting edit", greeting=1)
    removed = await stage.carol.submit_modal(form, words_of(form, ""))
    assert removed.response is not None
    assert "2 are left" in removed.response.content


async def test_a_host_previews_the_greeting_of_a_member(stage: Stage) -> None:
    maya = await stage.join("maya")
    shown = await stage.carol.slash(stage.hosts, "greeting preview", member=maya)
    assert shown.ephemeral
    assert maya.mention in shown.followups[-1].content
    assert len(stage.said(stage.welcome)) == 1


async def test_members_do_not_reach_the_host_commands(stage: Stage) -> None:
    maya = await stage.join("maya")
    assert not [name for name in maya.available_commands(stage.welcome) if name.startswith("setup")]
    assert "intro" in maya.available_commands(stage.welcome)
    refused = await maya.slash(stage.welcome, "greeting pause")
    assert refused.response is not None
    assert "*Manage Server*" in refused.response.content
    await stage.join("kofi")
    assert len(stage.said(stage.welcome)) == 2
    assert stage.refusals()


def words_of(form: object, text: str) -> dict[str, str]:
    """The form's one field, filled in."""
    field = form.modal["components"][0]["component"]  # type: ignore[attr-defined]
    assert field["type"] == discord.ComponentType.text_input.value
    return {field["custom_id"]: text}
