"""*Mark as helpful*: members thank each other, and each case has its own sentence."""

import discord
import pytest
import simcord

from bot.engagement.rules import Level
from tests.cogs.taking_part import answer_of, marks_of
from tests.simkit import Stage

Message = discord.Message


async def mark(stage: Stage, giver: simcord.MemberActor, message: Message) -> str:
    """What the giver reads."""
    result = await giver.context_menu(stage.welcome, "Mark as helpful", message)
    assert result.ephemeral
    return answer_of(result)


async def test_a_mark_is_kept_and_only_the_giver_reads_of_it(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    message = await maya.send(stage.welcome, "Try the second draft first.")
    said = stage.said(stage.welcome)
    answer = await mark(stage, kofi, message)
    assert "Thank you! I noted for 28 days that maya was helpful." in answer
    assert await marks_of(stage, maya) == 1
    assert stage.said(stage.welcome) == said
    assert stage.direct_messages(maya) == []


async def test_a_name_cannot_dress_up_the_answer(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await stage.rename(maya, nick="**@everyone** https://evil.example")
    message = await maya.send(stage.welcome, "Hello")
    answer = await mark(stage, kofi, message)
    assert "@everyone" not in answer
    assert "https://evil" not in answer


async def test_a_second_mark_on_the_same_day_is_told_as_one_and_the_next_day_counts(stage: Stage) -> None:
    maya, kofi, ines = await stage.join("maya"), await stage.join("kofi"), await stage.join("ines")
    first, second = [await maya.send(stage.welcome, words) for words in ("Like this", "Or like that")]
    await mark(stage, kofi, first)
    for message in (first, second):
        answer = await mark(stage, kofi, message)
        assert f"You marked a message of <@{maya.id}> today already" in answer
    assert await marks_of(stage, maya) == 1
    assert "Thank you!" in await mark(stage, ines, first)
    assert await marks_of(stage, maya) == 2
    assert len(stage.refusals()) == 2
    await stage.restart(while_away=lambda: stage.env.backend.advance_clock(24 * 3600))
    assert "Thank you!" in await mark(stage, kofi, second)
    assert await marks_of(stage, maya) == 2, "only different givers count"


async def test_nobody_marks_their_own_message(stage: Stage) -> None:
    maya = await stage.join("maya")
    message = await maya.send(stage.welcome, "How clever I am")
    assert "This message is your own" in await mark(stage, maya, message)
    assert await marks_of(stage, maya) == 0
    assert stage.refusals()


async def test_bots_webhooks_and_discord_itself_get_no_marks(stage: Stage) -> None:
    kofi, robot = await stage.join("kofi"), await stage.join("robot", bot=True)
    hook = stage.guild.create_webhook(stage.welcome, "News")
    messages = [
        await robot.send(stage.welcome, "Beep"),
        await hook.send("Extra, extra"),
    ]
    for message in messages:
        assert "marks are for people" in await mark(stage, kofi, message)
    maya = await stage.join("maya")
    stage.say_joined(stage.welcome, maya.user)
    await stage.env.settle()
    assert "Discord itself wrote this" in await mark(stage, kofi, stage.welcome.history()[-1])
    assert await marks_of(stage, maya) == 0
    assert len(stage.refusals()) == 3


@pytest.mark.parametrize("in_memory", [True, False])
async def test_one_who_has_left_gets_no_mark(stage: Stage, in_memory: bool) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    message = await maya.send(stage.welcome, "Goodbye")
    await stage.leave(maya)
    if not in_memory:
        stage.forget_member(maya)
    assert "has left the server" in await mark(stage, kofi, message)
    assert stage.refusals()


async def test_hosts_get_no_marks_and_may_give_them(stage: Stage) -> None:
    maya = await stage.join("maya")
    powers = discord.Permissions(kick_members=True)
    moderator = stage.guild.add_member(
        stage.env.create_user("mo"), roles=[stage.guild.create_role("Moderator", permissions=powers)]
    )
    await stage.moment()
    for host in (stage.carol, moderator):
        message = await host.send(stage.welcome, "Welcome")
        assert "Hosts and moderators are here to help" in await mark(stage, maya, message)
        assert await marks_of(stage, host) == 0
    message = await maya.send(stage.welcome, "Thank you")
    assert "Thank you!" in await mark(stage, stage.carol, message)
    assert await marks_of(stage, maya) == 1
    assert len(stage.refusals()) == 2


async def test_where_nothing_is_counted_no_mark_is_either(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    message = await maya.send(stage.welcome, "A joke")
    thread = await stage.open_thread(stage.welcome, message, kofi)
    inside = await maya.send(thread, "Another joke")
    await stage.carol.slash(stage.hosts, "engagement ignore", channel=stage.welcome)
    assert "nothing is counted in this channel" in await mark(stage, kofi, message)
    result = await kofi.context_menu(thread, "Mark as helpful", inside)
    assert "nothing is counted in this channel" in answer_of(result)
    assert await marks_of(stage, maya) == 0
    assert len(stage.refusals()) == 2


async def test_marks_raise_a_level(stage: Stage) -> None:
    maya = await stage.join("maya")
    message = await maya.send(stage.welcome, "Try this")
    for name in ("kofi", "ines", "tom"):
        await mark(stage, await stage.join(name), message)
    await stage.moment(60)
    levels = await stage.bot.services.standing.levels(stage.guild.id, [maya.id])
    assert levels == {maya.id: Level.PRESENT}
