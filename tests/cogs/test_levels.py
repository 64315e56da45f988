"""Levels and their roles: what hosts choose, and what members wear."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import discord
import pytest
from sqlalchemy import insert, select

from bot.client import Tribekeeper
from bot.engagement.models import StandingRow
from bot.engagement.rules import Level, LevelSettings, Thresholds
from tests.cogs.taking_part import SOON, answer_of, be_active, choose, roles_of, with_roles
from tests.simkit import Stage, open_stage


def notices(stage: Stage) -> list[str]:
    return [text for text in stage.said(stage.hosts) if "do not get their role" in text]


def role_requests(stage: Stage, since: int = 0) -> int:
    """How many requests changed somebody's roles, but for the first ones."""
    changes = [call for call in stage.env.http_requests if "/roles/" in call.path and call.method in ("PUT", "DELETE")]
    return len(changes) - since


async def settings(stage: Stage) -> LevelSettings:
    return await stage.bot.services.standing.settings(stage.guild.id)


async def days_pass(stage: Stage, days: int, meanwhile: Callable[[], None] = lambda: None) -> None:
    """The bot is away for some days."""

    def away() -> None:
        stage.env.backend.advance_clock(days * 24 * 3600)
        meanwhile()

    await stage.restart(while_away=away)
    await stage.moment(SOON)


# ------------------------------------------------------------------ what hosts choose


async def test_hosts_choose_what_each_level_takes_in_a_form_that_shows_what_is_chosen(stage: Stage) -> None:
    form = await stage.carol.slash(stage.hosts, "engagement levels")
    inputs = [part["component"] for part in form.modal["components"]]  # type: ignore[index]
    assert [part["value"] for part in inputs] == ["8", "20", "40"]
    typed = dict(zip([part["custom_id"] for part in inputs], ("5", " 10 ", "15"), strict=True))
    saved = await stage.carol.submit_modal(form, typed)
    assert saved.ephemeral
    assert "*Present* takes 5, *Contributing* takes 10, *Connecting* takes 15 points." in answer_of(saved)
    assert (await settings(stage)).thresholds == Thresholds(5, 10, 15)


@pytest.mark.parametrize("typed", [("8", "8", "40"), ("0", "20", "40"), ("8", "20", "109"), ("8", "many", "40")])
async def test_levels_that_cannot_be_are_refused_and_what_was_typed_is_kept(
    stage: Stage, typed: tuple[str, str, str]
) -> None:
    form = await stage.carol.slash(stage.hosts, "engagement levels")
    ids = [part["component"]["custom_id"] for part in form.modal["components"]]  # type: ignore[index]
    refused = await stage.carol.submit_modal(form, dict(zip(ids, typed, strict=True)))
    assert "Each level has to take more points than the one before" in answer_of(refused)
    assert (await settings(stage)).thresholds == Thresholds()
    assert refused.response is not None
    again = await stage.carol.click(refused.response, label="Try again, nothing is lost")
    values = tuple(part["component"]["value"] for part in again.modal["components"])  # type: ignore[index]
    assert values == typed
    assert stage.refusals()


async def test_lower_thresholds_raise_members_at_once(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.CONNECTING)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=3)
    form = await stage.carol.slash(stage.hosts, "engagement levels")
    ids = [part["component"]["custom_id"] for part in form.modal["components"]]  # type: ignore[index]
    await stage.carol.submit_modal(form, dict(zip(ids, ("1", "2", "3"), strict=True)))
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}


async def test_hosts_see_and_choose_the_role_of_each_level(stage: Stage) -> None:
    role = stage.guild.create_role("Regulars")
    await stage.env.settle()
    shown = await choose(stage)
    assert "**Present** (8 points): no role" in shown
    assert "Roles **replace** one another" in shown
    shown = await choose(stage, level=2, role=role, roles="stack")
    assert f"**Contributing** (20 points): {role.mention}" in shown
    assert "Roles **stack**" in shown
    assert await settings(stage) == LevelSettings(stacks=True, roles={Level.CONTRIBUTING: role.id})
    shown = await choose(stage, level=2)
    assert "**Contributing** (20 points): no role" in shown
    assert f"Members who wear {role.mention} keep it" in shown
    assert (await settings(stage)).roles == {}


@pytest.mark.parametrize("power", ["administrator", "manage_guild", "manage_roles", "ban_members", "manage_messages"])
async def test_roles_with_powers_are_refused(stage: Stage, power: str) -> None:
    role = stage.guild.create_role("Mighty", permissions=discord.Permissions(**{power: True}))
    await stage.env.settle()
    answer = await choose(stage, level=1, role=role)
    assert f"{role.mention} belongs to hosts and moderators" in answer
    assert "`/engagement role`" in answer
    assert (await settings(stage)).roles == {}
    assert stage.refusals()


async def test_a_role_that_cannot_be_given_is_refused_with_what_to_do(stage: Stage) -> None:
    higher = stage.guild.create_role("Higher", position=50)
    await stage.env.settle()
    assert f"my role has to stand above {higher.mention}" in await choose(stage, level=1, role=higher)
    assert "`level:` offers the three there are" in await choose(stage, role=higher)
    lower = stage.guild.create_role("Lower")
    await stage.take_from_bot("administrator", "manage_roles")
    assert "I lack *Manage Roles*" in await choose(stage, level=1, role=lower)
    assert (await settings(stage)).roles == {}
    assert len(stage.refusals()) == 3


async def test_the_settings_are_for_hosts(stage: Stage) -> None:
    maya = await stage.join("maya")
    # A server's own settings may show the group to anybody.
    [group] = [command for command in await stage.bot.tree.fetch_commands() if command.name == "engagement"]
    stage.guild.set_command_permissions(group, {maya: True})
    for command in ("levels", "role"):
        refused = await maya.slash(stage.welcome, f"engagement {command}")
        assert "*Manage Server*" in answer_of(refused)
    assert len(stage.refusals()) == 2


# ------------------------------------------------------------------ what members wear


async def test_a_rise_gives_the_role_soon_and_by_itself(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=7, until=1)
    await stage.moment(SOON)
    assert roles_of(stage, maya) == set()
    await maya.send(stage.welcome, "Good morning")
    await stage.moment(3 * SOON)
    assert roles_of(stage, maya) == {role.id}


@pytest.mark.parametrize(("roles", "worn"), [("replace", {2}), ("stack", {0, 2})])
async def test_roles_stack_or_replace_one_another(stage: Stage, roles: str, worn: set[int]) -> None:
    made = await with_roles(stage, Level.PRESENT, Level.CONTRIBUTING, Level.CONNECTING, roles=roles)
    maya = await stage.join("maya")
    await stage.bot.services.standing.set_thresholds(stage.guild.id, Thresholds(5, 20, 21))
    await be_active(stage, maya, days=5)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {made[0].id}
    await stage.bot.services.standing.set_thresholds(stage.guild.id, Thresholds(3, 4, 5))
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    expected = {made[number].id for number in worn} | ({made[1].id} if roles == "stack" else set())
    assert roles_of(stage, maya) == expected


async def test_other_roles_are_left_alone(stage: Stage) -> None:
    own = stage.guild.create_role("Gardener")
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await stage.give_role(maya, own)
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {own.id, role.id}


async def test_a_fall_comes_after_fourteen_days_and_not_before(stage: Stage) -> None:
    low, high = await with_roles(stage, Level.PRESENT, Level.CONTRIBUTING)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=20)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {high.id}
    await days_pass(stage, 14)  # fourteen of the twenty days are left, which is too little
    assert roles_of(stage, maya) == {high.id}
    await days_pass(stage, 13)
    assert roles_of(stage, maya) == {high.id}
    await days_pass(stage, 2)
    assert roles_of(stage, maya) == {low.id}
    await days_pass(stage, 15)
    assert roles_of(stage, maya) == set()


async def test_who_deletes_their_data_gives_the_role_back(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}
    asked = await maya.slash(stage.welcome, "privacy delete")
    assert asked.response is not None
    await maya.click(asked.response, label="Delete everything")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == set()


async def test_whoever_is_new_again_is_not_remembered(stage: Stage) -> None:
    maya = await stage.join("maya")
    async with stage.bot.services.database.transaction() as tx:
        values = {"guild_id": stage.guild.id, "member_id": maya.id, "level": 1}
        await tx.execute(insert(StandingRow).values(**values, below_since=stage.now() - timedelta(days=14)))
    await stage.restart()
    await stage.moment(SOON)
    async with stage.bot.services.database.transaction() as tx:
        assert (await tx.scalars(select(StandingRow.member_id))).all() == []


async def test_what_a_crash_left_undone_is_made_up_for_after_the_start(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    async with stage.bot.services.database.transaction() as tx:
        values = {"guild_id": stage.guild.id, "member_id": maya.id, "level": 1}
        await tx.execute(insert(StandingRow).values(**values))
    await be_active(stage, maya, days=9)
    await stage.restart()
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}


async def test_a_role_chosen_later_goes_to_everybody_of_the_level(stage: Stage) -> None:
    people = [await stage.join(name) for name in ("maya", "kofi", "ines")]
    await be_active(stage, *people[:2], days=9)
    [role] = await with_roles(stage, Level.PRESENT)
    await stage.moment(SOON)
    assert [roles_of(stage, member) for member in people] == [{role.id}, {role.id}, set()]


async def test_many_members_get_their_roles_a_few_at_a_time(stage: Stage) -> None:
    users = [stage.env.create_user(f"member{number}") for number in range(25)]
    people = [stage.guild.add_member(user) for user in users]
    await stage.moment(30)
    await be_active(stage, *people, days=9)
    [role] = await with_roles(stage, Level.PRESENT)
    seen = sum(role.id in roles_of(stage, member) for member in people)
    for _ in range(10):
        await stage.moment(4)
        worn = sum(role.id in roles_of(stage, member) for member in people)
        assert worn - seen <= 20
        seen = worn
    assert seen == 25
    before = role_requests(stage)
    await stage.moment(SOON)
    assert role_requests(stage, before) == 0


async def test_hosts_and_those_who_left_are_skipped(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await be_active(stage, maya, kofi, stage.carol, days=9)
    await stage.leave(kofi)
    stage.bot.services.standing.on_touched(stage.guild.id, [kofi.id, stage.carol.id, maya.id])
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}
    assert roles_of(stage, stage.carol) == {stage.host_role.id}


async def test_who_becomes_a_host_gives_the_role_back_within_a_day_and_who_got_it_from_a_host_keeps_it(
    stage: Stage,
) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}
    await stage.give_role(maya, stage.host_role)
    await stage.give_role(stage.carol, role)
    await days_pass(stage, 1)
    assert roles_of(stage, maya) == {stage.host_role.id}
    assert roles_of(stage, stage.carol) == {stage.host_role.id, role.id}


async def test_nothing_is_asked_of_discord_where_no_level_has_a_role(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.restart()
    stage.forget_member(maya)
    await be_active(stage, maya, days=9)
    before = stage.asked_for_members()
    stage.bot.dispatch("level_roles_chosen", stage.bot.get_guild(stage.guild.id))
    await stage.moment(SOON)
    assert await stage.bot.services.standing.levels(stage.guild.id, [maya.id]) == {maya.id: Level.PRESENT}
    assert stage.asked_for_members() == before
    assert role_requests(stage) == 0


# ------------------------------------------------------------------ what keeps roles from being given


async def test_a_lost_permission_is_told_once_and_the_roles_come_when_it_is_back(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    await stage.take_from_bot("administrator", "manage_roles")
    await be_active(stage, maya, kofi, days=9)
    for member in (maya, kofi):
        await member.slash(stage.welcome, "me")
    await stage.moment(SOON)
    await stage.restart()
    await stage.moment(SOON)
    [notice] = notices(stage)
    assert "Members who become *Present* do not get their role: I lack *Manage Roles*." in notice
    assert roles_of(stage, maya) == set()
    await stage.give_to_bot("manage_roles")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == roles_of(stage, kofi) == {role.id}
    assert notices(stage) == [], "it is mended, so the notice goes"


async def test_a_role_that_moved_above_mine_is_told(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    await stage.put_bot_below(role)
    await stage.moment(SOON)
    [notice] = notices(stage)
    assert f"my role has to stand above {role.mention}" in notice


async def test_a_deleted_role_is_told_at_once_and_in_the_answer(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.CONTRIBUTING)
    stage.env.backend.delete_role(stage.guild.id, role.id)
    await stage.moment(SOON)
    [notice] = notices(stage)
    assert "the role of *Contributing* was deleted. Choose another one, or none, with `/engagement role`" in notice
    shown = await choose(stage)
    assert "**Contributing** (20 points): a role that was deleted" in shown
    assert "⚠️ the role of *Contributing* was deleted" in shown
    await choose(stage, level=2)
    await stage.moment(SOON)
    assert notices(stage) == []


async def test_a_role_that_got_powers_is_given_to_nobody(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    stage.env.backend.edit_role(
        stage.guild.id, role.id, {"permissions": str(discord.Permissions(ban_members=True).value)}
    )
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == set()
    [notice] = notices(stage)
    assert "belongs to hosts and moderators" in notice


async def test_when_discord_is_unwell_the_role_comes_later(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    path = f"/guilds/{stage.guild.id}/members/{maya.id}/roles/{role.id}"
    stage.env.inject_error("PUT", path, status=503, code=0, message="unwell", times=1)
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}


async def test_a_locked_database_postpones_and_loses_nothing(tmp_path: Path) -> None:
    def in_a_hurry(bot: Tribekeeper) -> None:
        bot.services.database.busy_timeout = 0.05

    async with open_stage(tmp_path, on_start=in_a_hurry) as stage:
        with stage.env.time_context():
            await stage.set_up_channels()
            [role] = await with_roles(stage, Level.PRESENT)
            maya = await stage.join("maya")
            await be_active(stage, maya, days=9)
            stage.bot.services.standing.on_touched(stage.guild.id, [maya.id])
            with stage.database_locked():
                await stage.moment(10)
                assert roles_of(stage, maya) == set()
            await stage.moment(SOON)
            assert roles_of(stage, maya) == {role.id}
