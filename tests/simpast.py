"""Who was there before a test began, of any age, who is there for all the bot knows, and guilds that are no more."""

import simcord
from simcord.backend import serializers

from tests.simkit import Stage

DAY = 86400.0


def there_before(
    stage: Stage,
    name: str,
    *,
    account_days: float = 90,
    member_days: float = 60,
    roles: tuple[simcord.RoleHandle, ...] = (),
) -> simcord.MemberActor:
    """Somebody whose account is so old and who joined so long ago; the bot has not heard of them."""
    clock = stage.env.backend.clock
    clock.advance(-account_days * DAY)
    user = stage.env.create_user(name)
    clock.advance((account_days - member_days) * DAY)
    stage.env.backend.add_member(stage.guild.id, user.id, roles=[role.id for role in roles], announce=False)
    clock.advance(member_days * DAY)
    return simcord.MemberActor(stage.env, stage.guild, user)


async def long_since(
    stage: Stage,
    name: str,
    *,
    account_days: float = 90,
    member_days: float = 60,
    roles: tuple[simcord.RoleHandle, ...] = (),
) -> simcord.MemberActor:
    """As `there_before`; the bot hears of them now."""
    member = there_before(stage, name, account_days=account_days, member_days=member_days, roles=roles)
    stage.announce_join(member)
    await stage.moment(15)
    return member


async def present(stage: Stage) -> list[int]:
    """Those of whom something is kept and who, as far as the bot knows, are here."""
    return (await stage.bot.services.privacy.present(stage.guild.id, stage.now()))[0]


def end_guild(env: simcord.Env, guild: simcord.GuildHandle) -> None:
    """A guild is there no more, and nobody is told."""
    del env.backend.guilds[guild.id]


def meet_guild_that_is_down(stage: Stage, guild: simcord.GuildHandle) -> None:
    """At its start the bot hears of a guild, and that Discord cannot tell more of it."""
    stage.bot._connection._add_guild_from_data({"id": str(guild.id), "unavailable": True})  # type: ignore[typeddict-item]
    stage.bot.dispatch("ready")


def bring_guild_back(env: simcord.Env, guild: simcord.GuildHandle) -> None:
    """Discord can tell of a guild again."""
    backend = env.backend
    backend.emit("GUILD_CREATE", dict(serializers.guild_create_payload(backend, backend.get_guild(guild.id))))
