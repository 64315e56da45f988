"""A message and its fingerprint, before it is sent and when it is read back from Discord."""

from typing import Any

import discord
import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.messages import OutgoingMessage, fingerprint_of
from tests.loopback import LoopbackDiscord, World
from tests.simkit import Stage


def card(**changes: Any) -> OutgoingMessage:
    """A message with an embed and buttons."""
    values: dict[str, Any] = {"title": "A title", "words": "Words", "custom_id": "test:1", "content": "Hello"} | changes
    embed = discord.Embed(title=values["title"], description="  Some\n\nwords  ", url="https://example.com/1")
    embed.add_field(name="Field", value=values["words"])
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Press", custom_id=values["custom_id"]))
    view.add_item(ui.Button(label="Read", url="https://example.com/2"))
    view.add_item(ui.Select(custom_id="test:select", options=[discord.SelectOption(label="One")]))
    return OutgoingMessage(values["content"], [embed], view)


def layout(words: str = "Hello", custom_id: str = "test:2") -> OutgoingMessage:
    """A message made of components."""
    view = ui.LayoutView(timeout=None)
    section = ui.Section(ui.TextDisplay(words), accessory=ui.Button(label="Press", custom_id=custom_id))
    row: ui.ActionRow[Any] = ui.ActionRow(ui.Button(label="Other", custom_id="test:3"))
    view.add_item(ui.Container(section, ui.Separator(), ui.TextDisplay("# End"), row))
    return OutgoingMessage(view=view)


async def test_a_message_keeps_its_fingerprint_when_it_is_read_back_over_a_socket() -> None:
    world = World()
    channel = world.add_channel(world.add_guild())
    async with LoopbackDiscord(world), discord.Client(intents=discord.Intents.none()) as client:
        await client.login(world.token)
        room = client.get_partial_messageable(channel.id)
        for message in (card(), card(content=None), layout(), OutgoingMessage("Just words")):
            sent = await room.send(**message.arguments())
            assert fingerprint_of(sent) == message.fingerprint()
            assert fingerprint_of(await room.fetch_message(sent.id)) == message.fingerprint()


async def test_a_message_keeps_its_fingerprint_on_the_simulated_discord(stage: Stage) -> None:
    room = stage.bot.get_channel(stage.welcome.id)
    assert isinstance(room, discord.TextChannel)
    for message in (card(), layout()):
        sent = await room.send(**message.arguments())
        assert fingerprint_of(await room.fetch_message(sent.id)) == message.fingerprint()


@pytest.mark.parametrize(
    "changes", [{"title": "Another"}, {"words": "Other"}, {"custom_id": "test:9"}, {"content": "Hi"}], ids=str
)
async def test_another_message_has_another_fingerprint(changes: dict[str, str]) -> None:
    assert card(**changes).fingerprint() != card().fingerprint()


async def test_other_words_or_ids_in_components_make_another_fingerprint() -> None:
    assert layout("Goodbye").fingerprint() != layout().fingerprint()
    assert layout(custom_id="test:9").fingerprint() != layout().fingerprint()
    assert layout().fingerprint() == layout().fingerprint()


@given(st.text(max_size=30), st.sampled_from([" ", "\n", "  \t"]))
def test_white_space_that_discord_trims_does_not_count(words: str, gap: str) -> None:
    assert OutgoingMessage(gap + words + gap).fingerprint() == OutgoingMessage(words).fingerprint()


@given(st.text(max_size=10), st.text(max_size=10))
def test_words_do_not_wander_between_content_and_title(first: str, second: str) -> None:
    apart = OutgoingMessage(first, [discord.Embed(title=second)])
    together = OutgoingMessage(first + second, [discord.Embed(title="")])
    if second.strip():
        assert apart.fingerprint() != together.fingerprint()


def test_a_message_mentions_nobody_unless_it_says_so() -> None:
    arguments = OutgoingMessage("@everyone").arguments()
    assert arguments["allowed_mentions"].to_dict() == {"parse": []}
    assert set(arguments) == {"allowed_mentions", "content"}


def test_a_fingerprint_is_the_same_in_every_version_of_the_bot() -> None:
    # What one version sent in doubt, the next may have to find.
    assert OutgoingMessage("Hello").fingerprint() == "185f8db32271"
