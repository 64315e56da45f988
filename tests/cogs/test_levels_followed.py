"""Nobody's level is overlooked, whatever happens while somebody is looked at."""

from collections.abc import Collection, Sequence
from datetime import datetime

import pytest

from bot.engagement.rules import Level
from tests.cogs.discounting import make_impatient
from tests.cogs.taking_part import SOON, be_active, roles_of, with_roles
from tests.simkit import Stage


async def test_what_is_counted_while_somebody_is_looked_at_is_not_overlooked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya, standing = await stage.join("maya"), stage.bot.services.standing
    reconsider = standing.reconsider

    async def reconsider_and_count(guild_id: int, member_ids: Sequence[int], now: datetime) -> Collection[int]:
        monkeypatch.setattr(standing, "reconsider", reconsider)
        changed = await reconsider(guild_id, member_ids, now)
        await be_active(stage, maya, days=9)
        standing.on_touched(guild_id, [maya.id])
        return changed

    monkeypatch.setattr(standing, "reconsider", reconsider_and_count)
    standing.on_touched(stage.guild.id, [maya.id])
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}


async def test_who_is_not_looked_at_because_the_database_is_away_is_looked_at_afterwards(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    await make_impatient(stage)
    with stage.database_locked():
        stage.bot.services.standing.on_touched(stage.guild.id, [maya.id])
        await stage.moment(SOON)
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}


async def test_where_discord_does_not_tell_of_a_guild_its_roles_are_not_taken_for_deleted(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None
    roles, guild._roles, guild.unavailable = guild._roles, {}, True
    stage.bot.dispatch("level_roles_chosen", guild)
    await stage.moment(SOON)
    guild._roles, guild.unavailable = roles, False
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}
    assert not any("was deleted" in text for text in stage.said(stage.hosts))


async def test_who_comes_back_wears_the_role_of_their_level_again(stage: Stage) -> None:
    [role] = await with_roles(stage, Level.PRESENT)
    maya = await stage.join("maya")
    await be_active(stage, maya, days=9)
    await maya.slash(stage.welcome, "me")
    await stage.moment(SOON)
    await stage.leave(maya)
    maya = await stage.enter(maya.user)
    await stage.moment(SOON)
    assert roles_of(stage, maya) == {role.id}
