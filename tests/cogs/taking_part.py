"""What tests of taking part share: days that were counted, and what people read."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import simcord
from sqlalchemy import insert

from bot.engagement.models import MemberDayRow
from bot.engagement.rules import Level, TakingPart
from cogs.engagement.counting import Counting
from tests.engagement.messages import days_of
from tests.reading import texts
from tests.simkit import Stage

DAY = timedelta(days=1)
#: Seconds within which roles follow what was counted.
SOON = 60.0
#: Seconds after which whatever was written is on disk: it is held until its minute and one more are over.
WRITTEN = 130


def answer_of(result: simcord.InteractionResult) -> str:
    """All a person reads in answer to what they did."""
    shown = result.followups[-1] if result.followups else result.response
    assert shown is not None
    return texts(shown.message)


async def be_active(stage: Stage, *members: simcord.MemberActor, days: int, until: int = 0, **counts: Any) -> None:
    """Members took part on so many days, the last of which is `until` days ago."""
    async with stage.bot.services.database.transaction() as tx:
        for member in members:
            for day in _days(stage, days, until):
                values = {"guild_id": stage.guild.id, "member_id": member.id, "day": day, "active": True}
                await tx.execute(insert(MemberDayRow).values(**values, **counts))


def _days(stage: Stage, days: int, until: int) -> Iterable[Any]:
    return [stage.now().date() - (until + day) * DAY for day in range(days)]


async def taking_part_of(stage: Stage, member: simcord.MemberActor) -> TakingPart:
    """What is counted for a member."""
    services = stage.bot.services
    async with services.database.transaction() as tx:
        return await services.standing.taking_part_in(tx, stage.guild.id, member.id, stage.now())


async def marks_of(stage: Stage, member: simcord.MemberActor) -> int:
    """How many different members marked a message of this one."""
    return (await taking_part_of(stage, member)).helpful_marks


def roles_of(stage: Stage, member: simcord.MemberActor) -> set[int]:
    """The roles a member wears."""
    return set(stage.env.backend.get_member(stage.guild.id, member.id).role_ids)


async def choose(stage: Stage, **options: Any) -> str:
    """Carol chooses the role of a level; what she reads."""
    answered = await stage.carol.slash(stage.hosts, "engagement role", **options)
    assert answered.ephemeral
    return answer_of(answered)


async def with_roles(stage: Stage, *levels: Level, roles: str = "replace") -> list[simcord.RoleHandle]:
    """A role for each of the levels."""
    made = [stage.guild.create_role(level.title) for level in levels]
    await stage.env.settle()
    for level, role in zip(levels, made, strict=True):
        await choose(stage, level=int(level), role=role, roles=roles)
    return made


def counting(stage: Stage) -> Counting:
    """The cog that counts."""
    cog = stage.bot.get_cog("Counting")
    assert isinstance(cog, Counting)
    return cog


async def counted(stage: Stage) -> Mapping[int, dict[str, Any]]:
    """What is counted after the minute and one more, by member, of all days together."""
    await stage.pass_time(WRITTEN)
    days = await days_of(stage.bot.services.database, stage.guild.id)
    return {member_id: counts for (member_id, _), counts in days.items()}
