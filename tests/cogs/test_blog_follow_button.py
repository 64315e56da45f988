"""*Follow* under a post: a member gives themselves the blog's role, or takes it back."""

import discord
import pytest
import simcord

from tests.cogs import teaching
from tests.cogs.blogging import ROUND, follow, posts, run, shown
from tests.feeds.blogs import Blog
from tests.simkit import Stage

NAME = "Out of the Bubble"


async def post_with_role(
    stage: Stage, blog: Blog, **fields: object
) -> tuple[simcord.RoleHandle, discord.Message, simcord.MemberActor]:
    """A post of a blog that a role follows, and a member who reads it."""
    role = stage.guild.create_role("Readers", **fields)  # type: ignore[arg-type]
    await stage.env.settle()
    await follow(stage, blog, role=role)
    blog.publish("Second wind")
    await stage.pass_time(ROUND)
    [post] = posts(stage)
    return role, post, await stage.join("maya")


async def press(post: discord.Message, member: simcord.MemberActor) -> str:
    """What a member reads who presses the button."""
    return shown(await member.click(post, label="Follow")).content


def roles_of(stage: Stage, member: simcord.MemberActor) -> list[int]:
    return list(stage.env.backend.get_member(stage.guild.id, member.id).role_ids)


async def test_the_button_gives_the_role_and_takes_it_back(blog_stage: Stage, blog: Blog) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    assert await press(post, maya) == (
        f"You follow **{NAME}** now: each new post mentions you. Press once more to stop."
    )
    assert roles_of(blog_stage, maya) == [role.id]
    assert await press(post, maya) == f"You do not follow **{NAME}** any more."
    assert roles_of(blog_stage, maya) == []


async def test_a_follower_is_mentioned_with_the_next_post(blog_stage: Stage, blog: Blog) -> None:
    role, _, _ = await post_with_role(blog_stage, blog)
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    post = posts(blog_stage)[-1]
    assert post.content == role.mention
    assert [mentioned.id for mentioned in post.role_mentions] == [role.id]


async def test_the_button_works_after_a_restart(blog_stage: Stage, blog: Blog) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    await blog_stage.restart()
    await press(post, maya)
    assert roles_of(blog_stage, maya) == [role.id]


async def test_the_press_is_acknowledged_before_discord_is_asked(blog_stage: Stage, blog: Blog) -> None:
    _, post, maya = await post_with_role(blog_stage, blog)
    blog_stage.env.http_requests.clear()
    await press(post, maya)
    calls = [call.path for call in blog_stage.env.http_requests]
    answered = next(number for number, path in enumerate(calls) if path.endswith("/callback"))
    changed = next(number for number, path in enumerate(calls) if "/roles/" in path)
    assert answered < changed


async def test_without_a_role_or_without_the_wish_there_is_no_button(blog_stage: Stage, blog: Blog) -> None:
    await follow(blog_stage, blog)
    blog.publish("Second wind")
    await blog_stage.pass_time(ROUND)
    await run(blog_stage, "edit", blog=NAME, role=blog_stage.guild.create_role("Readers"), follow_button=False)
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    assert [post.components for post in posts(blog_stage)] == [[], []]


@pytest.mark.parametrize("power", ["administrator", "manage_guild", "manage_roles", "ban_members", "manage_messages"])
async def test_nobody_becomes_a_moderator_by_following(blog_stage: Stage, blog: Blog, power: str) -> None:
    _, post, maya = await post_with_role(blog_stage, blog, permissions=discord.Permissions(**{power: True}))
    answer = await press(post, maya)
    assert "If you are not a host, please show this to one" in answer
    assert "belongs to hosts and moderators" in answer
    assert roles_of(blog_stage, maya) == []


async def test_a_role_that_became_powerful_later_is_not_given(blog_stage: Stage, blog: Blog) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    await blog_stage.bot.services.communities.set_host_role(blog_stage.guild.id, role.id)
    assert "belongs to hosts and moderators" in await press(post, maya)
    assert roles_of(blog_stage, maya) == []


async def test_a_role_above_the_bots_own_is_named(blog_stage: Stage, blog: Blog) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    await blog_stage.take_from_bot("administrator")
    await blog_stage.put_bot_below(role)
    assert f"my role has to stand above {role.mention}" in await press(post, maya)
    assert roles_of(blog_stage, maya) == []


async def test_a_missing_permission_is_named_with_the_place_to_grant_it(blog_stage: Stage, blog: Blog) -> None:
    _, post, maya = await post_with_role(blog_stage, blog)
    await blog_stage.take_from_bot("administrator", "manage_roles")
    answer = await press(post, maya)
    assert "I lack *Manage Roles*" in answer
    assert "*Server Settings → Roles*" in answer


@pytest.mark.parametrize("gone", ["role deleted", "role removed", "button switched off", "unfollowed"])
async def test_a_button_without_a_role_behind_it_says_so(blog_stage: Stage, blog: Blog, gone: str) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    match gone:
        case "role deleted":
            blog_stage.env.backend.delete_role(blog_stage.guild.id, role.id)
            await blog_stage.env.settle()
        case "role removed":
            await run(blog_stage, "edit", blog=NAME, remove="role")
        case "button switched off":
            await run(blog_stage, "edit", blog=NAME, follow_button=False)
        case _:
            question = await run(blog_stage, "unfollow", blog=NAME)
            await blog_stage.carol.click(question, label="Stop following")
    assert "has no role to follow it with any more" in await press(post, maya)
    assert roles_of(blog_stage, maya) == []


async def test_a_role_deleted_leaves_later_posts_without_a_mention(blog_stage: Stage, blog: Blog) -> None:
    role, _, _ = await post_with_role(blog_stage, blog)
    blog_stage.env.backend.delete_role(blog_stage.guild.id, role.id)
    await blog_stage.env.settle()
    blog.publish("Third time")
    await blog_stage.pass_time(ROUND)
    post = posts(blog_stage)[-1]
    assert (post.content, post.components) == ("", [])


async def test_a_nasty_name_stays_a_name(blog_stage: Stage, blog: Blog) -> None:
    blog.title = "**@everyone** [win](https://evil.example)"
    _, post, maya = await post_with_role(blog_stage, blog)
    answer = await press(post, maya)
    assert "\\*\\*@\u200beveryone" in answer
    assert "](https" not in answer


async def test_nobody_takes_the_participant_role_of_a_program_by_following(blog_stage: Stage, blog: Blog) -> None:
    role, post, maya = await post_with_role(blog_stage, blog)
    await teaching.write(blog_stage, role_id=role.id)
    assert f"{role.mention} is the participant role of a program" in await press(post, maya)
    assert roles_of(blog_stage, maya) == []
