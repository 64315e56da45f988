"""Everybody who joins or leaves the list of a scheduled event is told, also those discord.py does not have in memory.

discord.py drops what Discord says of people it does not know: in a big guild that is nearly everybody.
"""

from typing import Any

from discord.ext import commands


def tell_every_interest(bot: commands.AutoShardedBot) -> None:
    """Let `bot` dispatch `on_raw_event_interest(guild_id, event_id, user_id, is_interested)`."""
    parsers: dict[str, Any] = bot._connection.parsers  # pyright: ignore[reportPrivateUsage]

    def telling(name: str, *, is_interested: bool) -> None:
        parse = parsers[name]

        def parse_and_tell(payload: dict[str, Any]) -> None:
            parse(payload)
            ids = (int(payload[key]) for key in ("guild_id", "guild_scheduled_event_id", "user_id"))
            bot.dispatch("raw_event_interest", *ids, is_interested)

        parsers[name] = parse_and_tell

    telling("GUILD_SCHEDULED_EVENT_USER_ADD", is_interested=True)
    telling("GUILD_SCHEDULED_EVENT_USER_REMOVE", is_interested=False)
