"""What Discord tells the bot when somebody uses it."""

from typing import Any

from tests.loopback import Guild, Member, World

SLASH, COMPONENT, MODAL = 2, 3, 5
TOKEN = "interaction-token"


def slash(
    world: World, guild: Guild, member: Member, name: str, *, permissions: int = 0, **arguments: str
) -> dict[str, Any]:
    """A member uses a slash command; its arguments are texts."""
    [command] = [told for told in world.commands[None] if told["name"] == name]
    options = [{"type": 3, "name": argument, "value": value} for argument, value in arguments.items()]
    data = {"id": command["id"], "name": name, "type": 1, "options": options}
    return _by(world, guild, member, SLASH, data, permissions)


def pressed(world: World, guild: Guild, member: Member, custom_id: str) -> dict[str, Any]:
    """A member presses a button under a message of the bot's, in the guild's first channel."""
    author = {"id": str(world.bot.id), "username": "tribekeeper", "discriminator": "0", "avatar": None, "bot": True}
    channel = next(iter(guild.channels.values()))
    message = {
        "id": str(world.next_id()), "channel_id": str(channel.id), "type": 0, "content": "Press", "author": author,
        "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "pinned": False,
        "mention_everyone": False, "mentions": [], "attachments": [], "embeds": [], "components": [],
    }  # fmt: skip
    data = {"custom_id": custom_id, "component_type": 2}
    return _by(world, guild, member, COMPONENT, data, 0) | {"message": message}


def submitted(world: World, guild: Guild, member: Member, modal: dict[str, Any], *words: str) -> dict[str, Any]:
    """A member fills in a form with these words, one after the other, and leaves the rest as it is."""
    given = iter(words)
    labels = [
        {"type": 18, "id": number, "component": _filled(label["component"], given)}
        for number, label in enumerate(modal["components"], 1)
    ]
    return _by(world, guild, member, MODAL, {"custom_id": modal["custom_id"], "components": labels}, 0)


def _filled(component: dict[str, Any], words: Any) -> dict[str, Any]:
    known = {"type": component["type"], "custom_id": component["custom_id"], "id": 1}
    return known | ({"value": next(words, "")} if component["type"] == 4 else {"values": []})


def _by(world: World, guild: Guild, member: Member, kind: int, data: Any, permissions: int) -> dict[str, Any]:
    channel = next(iter(guild.channels.values()))
    return {
        "id": str(world.next_id()), "application_id": str(world.bot.id), "type": kind, "token": TOKEN, "version": 1,
        "guild_id": str(guild.id), "channel_id": str(channel.id), "channel": channel.payload(), "context": 0,
        "member": member.payload() | {"permissions": str(permissions)}, "app_permissions": "0", "locale": "en-GB",
        "entitlements": [], "attachment_size_limit": 0, "authorizing_integration_owners": {}, "data": data,
    }  # fmt: skip
