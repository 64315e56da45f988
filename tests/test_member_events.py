"""Changes of members nobody has in memory."""

from tests.simkit import Stage


async def test_memory_does_not_grow_with_the_members_of_a_large_guild_who_change(stage: Stage) -> None:
    people = [await stage.join(f"person{number}") for number in range(5)]
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    for person in people:
        stage.forget_member(person)
    kept = {member.id for member in guild.members}
    for person in people:
        await stage.rename(person, nick="Somebody else")
    assert {member.id for member in guild.members} == kept


async def test_who_was_in_memory_stays_there(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.rename(maya, nick="Maya M.")
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    member = guild.get_member(maya.id)
    assert member is not None
    assert member.nick == "Maya M."
