"""Which roles hosts can make a level's, and what they are asked before members lose one."""

import pytest
import simcord

from bot.engagement.rules import Level, LevelSettings
from tests.cogs.blogging import follow, run
from tests.cogs.taking_part import SOON, answer_of, be_active, choose, roles_of, with_roles
from tests.cogs.teaching import NAME, current, host, press, refused, said, submit, write
from tests.feeds.blogs import Blog
from tests.simkit import Stage


async def settings(stage: Stage) -> LevelSettings:
    return await stage.bot.services.standing.settings(stage.guild.id)


async def worn_role(stage: Stage) -> tuple[simcord.RoleHandle, simcord.MemberActor, simcord.MemberActor]:
    """A role that hosts gave to Maya, who is *Present*, and to Kofi, who is *Contributing*."""
    role = stage.guild.create_role("Member")
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    for member, days in ((maya, 9), (kofi, 20)):
        await stage.give_role(member, role)
        await be_active(stage, member, days=days)
        await member.slash(stage.welcome, "me")
    return role, maya, kofi


async def test_the_participant_role_of_a_program_is_no_levels(stage: Stage) -> None:
    role = stage.guild.create_role("Participant")
    await stage.env.settle()
    program = await write(stage, role_id=role.id)
    for _ in range(2):  # an archived one may be brought back
        answer = await choose(stage, level=1, role=role)
        assert f"{role.mention} is the participant role of **{NAME}**" in answer
        assert "would see its recordings" in answer
        await stage.bot.services.programs.archive(stage.guild.id, program.id, stage.now())
    assert (await settings(stage)).roles == {}
    assert len(stage.refusals()) == 2


async def test_a_level_role_is_no_programs_participant_role(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.CONTRIBUTING)
    await write(stage)
    answer = await submit(await host(stage, "edit", program=NAME), stage.carol, {"Participant role": [role]})
    assert f"I give {role.mention} to whoever reaches the level *Contributing*" in refused(stage, answer)
    assert (await current(stage)).role_id is None


async def test_a_role_that_members_give_themselves_is_no_programs_participant_role(
    blog_stage: Stage, blog: Blog
) -> None:
    stage = blog_stage
    readers, greeters = stage.guild.create_role("Readers"), stage.guild.create_role("Greeters")
    await stage.env.settle()
    await follow(stage, blog, role=readers)
    await stage.bot.services.answers.set_greeter_role(stage.guild.id, greeters.id)
    await write(stage)
    for role, who in ((readers, "follows the blog **Out of the Bubble**"), (greeters, "volunteers as a greeter")):
        answer = await submit(await host(stage, "edit", program=NAME), stage.carol, {"Participant role": [role]})
        assert f"I give {role.mention} to whoever {who}, so they would see the recordings" in refused(stage, answer)
    assert (await current(stage)).role_id is None
    await run(stage, "edit", blog=blog.url, follow_button=False)
    answer = await submit(await host(stage, "edit", program=NAME), stage.carol, {"Participant role": [readers]})
    assert "is changed" in said(answer), "it is only mentioned now, and given by nobody but hosts"


async def test_before_a_role_that_members_wear_goes_by_level_a_host_is_asked(stage: Stage) -> None:
    role, maya, kofi = await worn_role(stage)
    asked = await stage.carol.slash(stage.hosts, "engagement role", level=2, role=role, roles="stack")
    assert f"2 members wear {role.mention} already" in answer_of(asked)
    assert "who of them is not *Contributing* can lose it" in answer_of(asked)
    await stage.moment(SOON)
    assert await settings(stage) == LevelSettings()
    assert roles_of(stage, maya) == roles_of(stage, kofi) == {role.id}
    await stage.restart()
    done = await press(stage, asked, "Use it anyway")
    assert f"**Contributing** (20 points): {role.mention}" in answer_of(done)
    assert await settings(stage) == LevelSettings(stacks=True, roles={Level.CONTRIBUTING: role.id})
    await stage.moment(SOON)
    assert (roles_of(stage, maya), roles_of(stage, kofi)) == (set(), {role.id})


async def test_a_role_that_only_its_level_gave_is_moved_to_another_one_without_a_question(stage: Stage) -> None:
    role, maya, _ = await worn_role(stage)
    await stage.bot.services.standing.set_role(stage.guild.id, Level.PRESENT, role.id, stage.now())
    assert f"**Contributing** (20 points): {role.mention}" in await choose(stage, level=2, role=role)
    assert role.id in roles_of(stage, maya)


async def test_the_answer_to_the_question_looks_again_at_the_role_and_at_who_answers(stage: Stage) -> None:
    role, _, _ = await worn_role(stage)
    asked = await stage.carol.slash(stage.hosts, "engagement role", level=1, role=role)
    await write(stage, role_id=role.id)
    assert "is the participant role" in answer_of(await press(stage, asked, "Use it anyway"))
    stage.env.backend.delete_role(stage.guild.id, role.id)
    assert "was deleted" in answer_of(await press(stage, asked, "Use it anyway"))
    await stage.take_role(stage.carol, stage.host_role)
    assert "*Manage Server*" in answer_of(await press(stage, asked, "Use it anyway"))
    assert (await settings(stage)).roles == {}


@pytest.mark.parametrize("level", [1, 2, 3])
async def test_a_role_nobody_wears_is_chosen_at_once(stage: Stage, level: int) -> None:
    role = stage.guild.create_role("Regulars")
    await stage.env.settle()
    assert "⚠️" not in await choose(stage, level=level, role=role)
    assert (await settings(stage)).roles == {Level(level): role.id}


async def test_nobody_takes_the_participant_role_of_a_program_by_volunteering(stage: Stage) -> None:
    role = stage.guild.create_role("Participant")
    await write(stage, role_id=role.id)
    refusal = refused(stage, await stage.carol.slash(stage.hosts, "greeting settings", greeter_role=role))
    assert f"{role.mention} is the participant role of **{NAME}**, so whoever volunteers would see" in refusal
    assert (await stage.bot.services.greeting.settings(stage.guild.id)).greeter_role_id is None
