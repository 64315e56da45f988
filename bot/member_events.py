"""Every change of a member is told, also of those discord.py does not have in memory.

discord.py reads each GUILD_MEMBER_UPDATE, and keeps the member as they are from then on, but tells `on_member_update`
only of members it knew before. In a big guild that is hardly anybody, so a change of name would go unnoticed. Here it
is told, and who was not in memory before is not afterwards.
"""

from typing import Any

from discord.ext import commands


def tell_every_member_update(bot: commands.AutoShardedBot) -> None:
    """Let `bot` dispatch `on_raw_member_update(member, known_roles)` for each change of a member.

    `member` is as they are now, user and all (a new user name or display name is a change of the member, too);
    `known_roles` are the ids of the roles they had before, None for somebody who was not in memory.
    """
    parsers: dict[str, Any] = bot._connection.parsers  # pyright: ignore[reportPrivateUsage]
    parse = parsers["GUILD_MEMBER_UPDATE"]

    def parse_and_tell(payload: dict[str, Any]) -> None:
        guild = bot.get_guild(int(payload["guild_id"]))
        member_id = int(payload["user"]["id"])
        known = guild.get_member(member_id) if guild else None
        known_roles = None if known is None else frozenset(role.id for role in known.roles)
        parse(payload)
        member = guild.get_member(member_id) if guild else None
        if member is not None:
            bot.dispatch("raw_member_update", member, known_roles)
            if known is None and guild is not None:
                # In a guild of 100,000 somebody changes all the time, and memory must not grow with each of them.
                guild._remove_member(member)  # pyright: ignore[reportPrivateUsage]

    parsers["GUILD_MEMBER_UPDATE"] = parse_and_tell
