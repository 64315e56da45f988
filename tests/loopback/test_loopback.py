"""The stub, proven with a stock discord.Client that knows nothing of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import discord
import pytest
from discord.http import Route

from tests.loopback import BAD_TOKEN, Channel, Cut, LoopbackDiscord, RateLimit, Refuse, World

PATIENCE = 10.0


@asynccontextmanager
async def online(world: World) -> AsyncIterator[tuple[LoopbackDiscord, discord.Client]]:
    """A stub and a client that is ready."""
    async with LoopbackDiscord(world) as discord_api, client_of(world) as client:
        yield discord_api, client


@asynccontextmanager
async def client_of(world: World) -> AsyncIterator[discord.Client]:
    """A client that is ready."""
    intents = discord.Intents.default()
    intents.members = True
    # By default, discord.py waits two seconds for servers it has not heard of.
    async with discord.Client(intents=intents, guild_ready_timeout=0.1) as client:
        ready = heard(client, "ready")
        life = asyncio.create_task(client.start(world.token))
        await ready()
        yield client
        await client.close()
        await life


def heard(client: discord.Client, event: str) -> Callable[[], Awaitable[object]]:
    """Waits for an event; listening starts now, not when the wait does."""
    name = f"on_{event}"
    happened = asyncio.Event()

    async def listener(*_: object) -> None:
        happened.set()

    setattr(client, name, listener)
    return lambda: asyncio.wait_for(happened.wait(), PATIENCE)


async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
    """Identifies without the pause Discord asks of a bot with many shards."""


def small_world(**settings: float) -> tuple[World, Channel]:
    """One server with one channel."""
    world = World(**settings)  # type: ignore[arg-type]
    return world, world.add_channel(world.add_guild())


def writable(client: discord.Client, channel: Channel) -> discord.TextChannel:
    """The client's own view of a channel."""
    found = client.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


def said(channel: Channel) -> list[str]:
    """What stands in a channel, oldest first."""
    return [message["content"] for message in channel.messages.values()]


async def test_a_client_logs_in_and_sees_its_server_and_all_members() -> None:
    world, channel = small_world()
    world.add_member(world.guilds[channel.guild_id or 0], "Ada")

    async with online(world) as (discord_api, client):
        [guild] = client.guilds
        assert {member.display_name for member in guild.members} == {"Ada", "Tribekeeper", "Writers owner"}
        assert guild.me.guild_permissions.administrator
        assert discord_api.gateway.identifies[0]["intents"] == client.intents.value

    assert Route.BASE == "https://discord.com/api/v10"


async def test_a_bad_token_is_refused() -> None:
    async with LoopbackDiscord(World()), discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.start(BAD_TOKEN)


async def test_an_intent_that_was_not_granted_closes_the_gateway() -> None:
    world = World(granted_intents=0)
    async with LoopbackDiscord(world), discord.Client(intents=discord.Intents(members=True)) as client:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(world.token)


async def test_a_message_can_be_sent_read_edited_and_deleted() -> None:
    world, channel = small_world()
    async with online(world) as (_, client):
        room = writable(client, channel)
        message = await room.send("Hello", embed=discord.Embed(title="A card"))
        assert (await room.fetch_message(message.id)).embeds[0].title == "A card"
        await message.edit(content="Hello again")
        assert said(channel) == ["Hello again"]
        await message.delete()
        with pytest.raises(discord.NotFound) as unknown:
            await room.fetch_message(message.id)

    assert unknown.value.code == 10008


async def test_history_is_paged_in_both_directions() -> None:
    world, channel = small_world()
    ids = [int(world.say(channel, world.bot, str(number))[0]["id"]) for number in range(230)]
    async with online(world) as (_, client):
        room = writable(client, channel)
        newest_first = [message.id async for message in room.history(limit=None)]
        later = [message.id async for message in room.history(limit=None, after=discord.Object(ids[9]))]

    assert newest_first == ids[::-1]
    assert later == ids[10:]


async def test_a_member_writing_is_heard_without_the_words() -> None:
    world, channel = small_world()
    ada = world.add_member(world.guilds[channel.guild_id or 0], "Ada")
    async with online(world) as (discord_api, client):
        received = asyncio.create_task(client.wait_for("message", timeout=PATIENCE))
        await asyncio.sleep(0)
        await discord_api.say(channel, ada, "Secret")
        message = await received

    assert message.author.display_name == "Ada"
    assert message.content == ""  # the client did not ask for the message content intent


async def test_the_same_nonce_gives_the_same_message_while_discord_remembers() -> None:
    world, channel = small_world()
    async with online(world) as (_, client):
        first = await writable(client, channel).send("Once", nonce="n1")
        second = await writable(client, channel).send("Once", nonce="n1")
        world.nonce_window = 0
        third = await writable(client, channel).send("Once", nonce="n1")

    assert first.id == second.id != third.id
    assert said(channel) == ["Once", "Once"]


@pytest.mark.parametrize("applied", [True, False])
async def test_a_cut_connection_leaves_the_sender_in_doubt(applied: bool) -> None:
    world, channel = small_world()
    async with online(world) as (discord_api, client):
        discord_api.faults.add("POST", "/channels/*/messages", Cut(applied=applied))
        with pytest.raises(aiohttp.ClientError):
            await writable(client, channel).send("Did it arrive?")
        assert [one.status for one in discord_api.asked("POST", "/channels/*/messages")] == [0]

    assert said(channel) == (["Did it arrive?"] if applied else [])


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_rate_limit_is_waited_for(everywhere: bool) -> None:
    world, channel = small_world()
    async with online(world) as (discord_api, client):
        discord_api.faults.add("POST", "/channels/*/messages", RateLimit(0.2, everywhere))
        started = time.monotonic()
        await writable(client, channel).send("Patience")
        assert time.monotonic() - started >= 0.2
        statuses = [one.status for one in discord_api.asked("POST", "/channels/*/messages")]

    assert statuses == [429, 200]
    assert said(channel) == ["Patience"]


async def test_a_refusal_carries_its_code() -> None:
    world, channel = small_world()
    async with online(world) as (discord_api, client):
        discord_api.faults.add("POST", "/channels/*/messages", Refuse(403, 50013, "Missing Permissions"))
        with pytest.raises(discord.Forbidden) as refusal:
            await writable(client, channel).send("May I?")

    assert refusal.value.code == 50013
    assert said(channel) == []


async def test_permissions_are_those_of_the_role_and_the_channel() -> None:
    world, _ = small_world()
    guild = world.add_guild("Quiet", bot_permissions=0)
    shut = world.add_channel(guild, "shut")
    async with online(world) as (_, client):
        with pytest.raises(discord.Forbidden) as refusal:
            await client.get_partial_messageable(shut.id).send("Hello?")

    assert refusal.value.code == 50001


async def test_a_thread_is_opened_below_a_message() -> None:
    world, channel = small_world()
    async with online(world) as (_, client):
        message = await writable(client, channel).send("Discuss")
        thread = await message.create_thread(name="Talk")
        await thread.send("Inside")
        assert thread.parent == writable(client, channel)

    inside = world.channel(message.id)
    assert inside is not None
    assert said(inside) == ["Inside"]


async def test_commands_are_registered() -> None:
    world, _ = small_world()
    async with online(world) as (_, client):
        tree = discord.app_commands.CommandTree(client)

        @tree.command(description="Greets")
        async def hello(interaction: discord.Interaction) -> None: ...

        [synced] = await tree.sync()
        assert await tree.fetch_commands() == [synced]

    [command] = world.commands[None]
    assert command["name"] == "hello"


@pytest.mark.parametrize("close_code", [None, 4000])
async def test_a_severed_session_is_resumed_and_misses_nothing(close_code: int | None) -> None:
    world, channel = small_world()
    ada = world.add_member(world.guilds[channel.guild_id or 0], "Ada")
    async with online(world) as (discord_api, client):
        resumed, message = heard(client, "resumed"), heard(client, "message")
        await discord_api.gateway.sever(close_code)
        await discord_api.say(channel, ada, "Said while you were away")
        await resumed()
        await message()

        assert len(discord_api.gateway.resumes) == 1
        assert len(discord_api.gateway.identifies) == 1


async def test_a_refused_resume_leads_to_a_new_session_without_the_past() -> None:
    world, channel = small_world()
    ada = world.add_member(world.guilds[channel.guild_id or 0], "Ada")
    async with online(world) as (discord_api, client):
        discord_api.gateway.refuse_resumes = True
        client.before_identify_hook = at_once  # type: ignore[method-assign] - it would wait five seconds
        ready, messages = heard(client, "ready"), []
        client.on_message = lambda message: messages.append(message)  # type: ignore[attr-defined]
        await discord_api.gateway.sever()
        await discord_api.say(channel, ada, "Lost")
        await ready()

        assert len(discord_api.gateway.identifies) == 2
        assert messages == []
