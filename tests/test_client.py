"""The client keeps little and spends little, and tells its observers of each message."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import discord
import pytest
from pydantic import SecretStr

from bot.app import build
from bot.client import Tribekeeper
from bot.clock import Clock
from bot.config import Settings
from bot.gateway import SeenMessage
from tests.loopback import LoopbackDiscord, World
from tests.loopback.gateway import Gateway
from tests.simkit import Stage

WORDS = "a secret of mine"


@pytest.fixture
async def bot(tmp_path: Path) -> Tribekeeper:
    """The bot as it is before it logs in."""
    database_url = SecretStr(f"sqlite:///{tmp_path / 'test.db'}")
    return build(Settings(database_url=database_url, backup_dir=tmp_path / "backups"), Clock())


def payload(**changes: Any) -> dict[str, Any]:
    """A message as Discord tells of it."""
    plain = {
        "id": "100", "guild_id": "1", "channel_id": "2", "type": 0, "content": WORDS, "mentions": [],
        "author": {"id": "3", "username": "ada"}, "member": {"roles": []},
    }  # fmt: skip
    return plain | changes


def hear(bot: Tribekeeper, message: dict[str, Any]) -> None:
    """Discord tells the bot of a message, by the way events take from the socket."""
    bot._connection.parsers["MESSAGE_CREATE"](message)


def collect(bot: Tribekeeper) -> list[SeenMessage]:
    """What an observer has seen."""
    seen: list[SeenMessage] = []
    bot.message_observers.append(seen.append)
    return seen


def break_down(message: SeenMessage) -> None:
    """An observer with a mistake in it."""
    raise ValueError(message)


async def test_an_observer_has_seen_a_message_before_the_next_event_is_read_and_no_task_is_made(
    bot: Tribekeeper,
) -> None:
    seen = collect(bot)
    tasks = asyncio.all_tasks()
    hear(bot, payload())
    assert [message.id for message in seen] == [100]
    assert asyncio.all_tasks() == tasks


async def test_a_message_nobody_observes_is_not_looked_at(bot: Tribekeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nobody needs this")

    for made in (discord.Message, discord.Member, discord.User, SeenMessage):
        monkeypatch.setattr(made, "__init__", refuse)
    tasks = asyncio.all_tasks()
    hear(bot, payload())
    assert asyncio.all_tasks() == tasks


async def test_an_observer_that_fails_stops_no_other_and_no_word_of_the_message_is_logged(
    bot: Tribekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    bot.message_observers.append(break_down)
    seen = collect(bot)
    hear(bot, payload())
    hear(bot, payload(id="101"))
    assert [message.id for message in seen] == [100, 101]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "message observer failed message=100"),
        (logging.ERROR, "message observer failed message=101"),
    ]
    assert "break_down" in caplog.text
    assert WORDS not in caplog.text
    assert "ada" not in caplog.text


async def test_a_message_that_lacks_what_an_observer_asks_for_does_not_end_the_bot(
    bot: Tribekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    bot.message_observers.append(lambda message: print(message.author_id))  # noqa: T201 - never comes to it
    broken = payload()
    del broken["author"]
    hear(bot, broken)
    assert "message observer failed message=100" in caplog.text


async def test_a_direct_message_is_nobodys_business(bot: Tribekeeper) -> None:
    seen = collect(bot)
    direct = payload()
    del direct["guild_id"]
    hear(bot, direct)
    assert not seen


ADA, BOT = {"id": "3"}, {"id": "3", "bot": True}
ANSWERED = {"message_reference": {"channel_id": "2", "message_id": "99"}}


@pytest.mark.parametrize(
    ("changes", "fact", "value"),
    [
        ({}, "guild_id", 1),
        ({}, "channel_id", 2),
        ({}, "author_id", 3),
        ({}, "is_by_bot", False),
        ({"author": BOT}, "is_by_bot", True),
        ({"webhook_id": "3"}, "is_by_bot", True),
        ({}, "is_by_person", True),
        ({"type": 19}, "is_by_person", True),
        ({"author": BOT}, "is_by_person", False),
        ({"webhook_id": "3"}, "is_by_person", False),
        ({"type": 7}, "is_by_person", False),
        ({}, "reply_to_id", None),
        ({"type": 19} | ANSWERED, "reply_to_id", 99),
        ({"type": 19}, "reply_to_id", None),
        (ANSWERED, "reply_to_id", None),
        ({}, "reply_to_author_id", None),
        ({"type": 19, "referenced_message": {"author": {"id": "4"}}} | ANSWERED, "reply_to_author_id", 4),
        ({"type": 19, "referenced_message": None} | ANSWERED, "reply_to_author_id", None),
        ({"type": 19} | ANSWERED, "reply_to_author_id", None),
        ({}, "mentioned_ids", []),
        ({"mentions": [{"id": "4"}, {"id": "5"}]}, "mentioned_ids", [4, 5]),
    ],
)
def test_who_wrote_and_to_whom_is_read_from_what_discord_tells(
    changes: dict[str, Any], fact: str, value: object
) -> None:
    assert getattr(SeenMessage(payload(**changes)), fact) == value  # type: ignore[arg-type]


async def test_members_are_seen_talking_mentioning_and_answering(stage: Stage) -> None:
    dan = await stage.join("dan")
    seen = collect(stage.bot)
    first = await stage.carol.send(stage.welcome, f"Hello {dan.mention}")
    await dan.send(stage.welcome, "Hello!", reply_to=first)
    greeting, answer = (message for message in seen if message.is_by_person)
    assert (greeting.id, greeting.guild_id, greeting.channel_id) == (first.id, stage.guild.id, stage.welcome.id)
    assert (greeting.author_id, greeting.mentioned_ids) == (stage.carol.id, [dan.id])
    assert (answer.author_id, answer.reply_to_id, answer.reply_to_author_id) == (dan.id, first.id, stage.carol.id)


async def test_the_bot_sees_its_own_messages_as_a_bots(stage: Stage) -> None:
    seen = collect(stage.bot)
    await stage.join("dan")
    assert seen
    assert all(message.is_by_bot and not message.is_by_person for message in seen)


async def test_the_bot_asks_for_five_intents_and_of_the_privileged_ones_for_the_members_alone(
    bot: Tribekeeper,
) -> None:
    asked = {name for name, wanted in bot.intents if wanted}
    assert asked == {"guilds", "members", "guild_messages", "guild_scheduled_events", "voice_states"}


async def test_no_message_is_kept(stage: Stage) -> None:
    await stage.carol.send(stage.welcome, WORDS)
    assert list(stage.bot.cached_messages) == []
    assert stage.bot._connection._messages is None


async def test_no_prefix_command_and_no_message_listener_waits_for_a_message_that_never_comes(stage: Stage) -> None:
    assert not stage.bot.commands
    assert not {"on_message", "on_socket_event_type"} & set(stage.bot.extra_events)


async def test_over_real_sockets_a_message_is_seen_and_no_members_are_asked_for_at_the_start(
    bot: Tribekeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    async def note(_gateway: Gateway, _wire: object, query: dict[str, Any]) -> None:
        asked.append(query)

    monkeypatch.setattr(Gateway, "_send_members", note)
    world = World()
    channel = world.add_channel(world.add_guild())
    ada = world.add_member(world.guilds[channel.guild_id or 0])
    seen: asyncio.Queue[SeenMessage] = asyncio.Queue()
    bot.message_observers.append(seen.put_nowait)
    bot._connection.guild_ready_timeout = 0.1  # else it waits two seconds for guilds it has not heard of
    async with LoopbackDiscord(world) as discord_api, asyncio.timeout(60), bot:
        life = asyncio.create_task(bot.start(world.token))
        while not bot.is_ready():
            await asyncio.sleep(0.01)
        said = await discord_api.say(channel, ada, WORDS)
        message = await seen.get()
        assert (str(message.id), message.author_id) == (said["id"], ada.user.id)
        [guild] = bot.guilds
        assert list(guild.members) == [guild.me]
        assert not asked
        await bot.close()
        await life
