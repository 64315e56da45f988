"""A message as Discord's gateway tells of it, before discord.py makes an object of it.

For an author it does not keep in memory, discord.py builds a user, a member and a message out of every message: more
work than receiving it. Here nothing is taken out of the payload before somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord.types.message import Message as MessagePayload

#: https://discord.com/developers/docs/resources/message#message-object-message-types
ORDINARY, REPLY = 0, 19


class SeenMessage:
    """Who wrote where, and to whom, in a guild; never what.

    The channel's id is the thread's own where the message stands in one; the parent is in the cache
    (`guild.get_thread`). An attribute the payload lacks raises KeyError.
    """

    __slots__ = ("_payload",)

    def __init__(self, payload: MessagePayload) -> None:
        self._payload = payload

    def __repr__(self) -> str:
        return f"<SeenMessage guild={self.guild_id} channel={self.channel_id} message={self.id}>"

    @property
    def id(self) -> int:
        """The message's id; `discord.utils.snowflake_time` makes an instant of it."""
        return int(self._payload["id"])

    @property
    def guild_id(self) -> int:
        """The guild it was written in."""
        return int(self._payload["guild_id"])  # pyright: ignore[reportTypedDictNotRequiredAccess]

    @property
    def channel_id(self) -> int:
        """The channel or thread it was written in."""
        return int(self._payload["channel_id"])

    @property
    def author_id(self) -> int:
        """Who wrote it. A webhook's id where it was a webhook."""
        return int(self._payload["author"]["id"])

    @property
    def author_role_ids(self) -> Sequence[str] | None:
        """The author's roles, as Discord writes them; None where it does not tell, as in history or for a webhook."""
        member = self._payload.get("member")
        return member["roles"] if member else None  # pyright: ignore[reportReturnType] - they are texts on the wire

    @property
    def is_by_bot(self) -> bool:
        """Whether a bot or a webhook wrote it."""
        return "webhook_id" in self._payload or self._payload["author"].get("bot", False)

    @property
    def is_by_person(self) -> bool:
        """Whether a person typed it: no bot, no webhook, and not Discord itself ("... joined the server")."""
        return self._payload["type"] in (ORDINARY, REPLY) and not self.is_by_bot

    @property
    def reply_to_id(self) -> int | None:
        """The message it replies to; None where it is no reply. Forwarding is none."""
        if self._payload["type"] != REPLY:
            return None
        answered = self._payload.get("message_reference", {}).get("message_id")
        return None if answered is None else int(answered)

    @property
    def reply_to_author_id(self) -> int | None:
        """Who wrote the message it replies to; None where it is no reply or that message is gone."""
        answered = self._payload.get("referenced_message") if self._payload["type"] == REPLY else None
        return int(answered["author"]["id"]) if answered else None

    @property
    def reply_to_person_id(self) -> int | None:
        """As `reply_to_author_id`, and None where that was a bot or a webhook."""
        answered = self._payload.get("referenced_message") if self._payload["type"] == REPLY else None
        if not answered or "webhook_id" in answered or answered["author"].get("bot", False):
            return None
        return int(answered["author"]["id"])

    def facts(self) -> tuple[int, int, int, int, Sequence[str] | None, int, int]:
        """At once, as whoever looks at every message has no time to ask for each: the ids of the guild, the channel,
        the message and the author, `author_role_ids`, `reply_to_person_id` and `reply_to_id`.

        0 stands for nobody and nothing. Where no person wrote it, the author is nobody, and it replies to nothing.
        """
        payload: Any = self._payload
        guild_id, channel_id, message_id = int(payload["guild_id"]), int(payload["channel_id"]), int(payload["id"])
        author, kind = payload["author"], payload["type"]
        if (kind != ORDINARY and kind != REPLY) or "webhook_id" in payload or author.get("bot"):
            return guild_id, channel_id, message_id, 0, (), 0, 0
        member = payload.get("member")
        roles = member["roles"] if member else None
        if kind == ORDINARY:
            return guild_id, channel_id, message_id, int(author["id"]), roles, 0, 0
        to_id, answered_id = self.reply_to_person_id or 0, self.reply_to_id or 0
        return guild_id, channel_id, message_id, int(author["id"]), roles, to_id, answered_id

    @property
    def mentioned_ids(self) -> list[int]:
        """The people it mentions by name, whom a reply pings among them."""
        return [int(person["id"]) for person in self._payload["mentions"]]
