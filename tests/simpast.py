"""Members who were there before a test began: accounts and memberships of any age."""

import simcord

from tests.simkit import Stage

DAY = 86400.0


async def long_since(
    stage: Stage,
    name: str,
    *,
    account_days: float = 90,
    member_days: float = 60,
    roles: tuple[simcord.RoleHandle, ...] = (),
) -> simcord.MemberActor:
    """Somebody whose account is so old and who joined so long ago; the bot hears of them now."""
    clock = stage.env.backend.clock
    clock.advance(-account_days * DAY)
    user = stage.env.create_user(name)
    clock.advance((account_days - member_days) * DAY)
    stage.env.backend.add_member(stage.guild.id, user.id, roles=[role.id for role in roles], announce=False)
    clock.advance(member_days * DAY)
    stage.announce_join(user)
    await stage.moment(15)
    return simcord.MemberActor(stage.env, stage.guild, user)
