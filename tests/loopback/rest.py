"""The HTTP half: the routes discord.py needs, answered out of a `World`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.loopback.answers import answer, refusal
from tests.loopback.gateway import Gateway
from tests.loopback.places import (
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    Channel,
    Guild,
    Payload,
    timestamp,
)
from tests.loopback.world import World

#: https://discord.com/developers/docs/resources/message (message flags).
CROSSPOSTED = 1 << 0

EDITABLE = ("content", "embeds", "components")
SAID_BY_BOT = (*EDITABLE, "flags", "nonce", "enforce_nonce", "tts", "message_reference")


class ApiError(Exception):
    """A refusal with the HTTP status and the JSON code Discord uses."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.response = refusal(status, code, message)


class Rest:
    """The handlers, one per route."""

    def __init__(self, world: World, gateway: Gateway, own_url: Callable[[], str]) -> None:
        self.world = world
        self.gateway = gateway
        self.own_url = own_url

    def add_routes(self, app: web.Application) -> None:
        """Puts every handler under `/api/v10`."""
        channel, message = "/channels/{channel}", "/channels/{channel}/messages/{message}"
        routes = [
            ("GET", "/users/@me", self.get_me),
            ("POST", "/users/@me/channels", self.open_direct),
            ("GET", "/oauth2/applications/@me", self.get_application),
            ("GET", "/applications/@me", self.get_application),
            ("GET", "/gateway", self.get_gateway),
            ("GET", "/gateway/bot", self.get_gateway),
            ("GET", "/guilds/{guild}", self.get_guild),
            ("GET", "/guilds/{guild}/channels", self.get_channels),
            ("GET", "/guilds/{guild}/members", self.get_members),
            ("GET", "/guilds/{guild}/members/{user}", self.get_member),
            ("GET", channel, self.get_channel),
            ("GET", f"{channel}/messages", self.get_history),
            ("POST", f"{channel}/messages", self.create_message),
            ("GET", message, self.get_message),
            ("PATCH", message, self.edit_message),
            ("DELETE", message, self.delete_message),
            ("POST", f"{message}/threads", self.create_thread),
            ("POST", f"{channel}/threads", self.create_forum_post),
            ("GET", "/guilds/{guild}/threads/active", self.get_active_threads),
            ("GET", f"{channel}/threads/archived/public", self.get_archived_threads),
            ("GET", f"{channel}/threads/archived/private", self.get_private_archived_threads),
            ("POST", f"{message}/crosspost", self.publish_message),
            ("PUT", message + "/reactions/{emoji}/@me", self.nothing),
            ("POST", "/interactions/{interaction}/{token}/callback", self.answer_interaction),
        ]
        for scope in ("/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"):
            routes += [("GET", scope, self.get_commands), ("PUT", scope, self.put_commands)]
        for method, path, handler in routes:
            app.router.add_route(method, f"/api/v10{path}", handler)

    # The bot itself

    async def get_me(self, request: web.Request) -> web.Response:
        return answer(self.world.bot.payload() | {"verified": True, "mfa_enabled": True})

    async def get_application(self, request: web.Request) -> web.Response:
        owner = {"id": "1", "username": "host", "discriminator": "0", "avatar": None, "global_name": None}
        application = {
            "id": str(self.world.bot.id),
            "name": self.world.bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "owner": owner,
            "flags": self.world.application_flags(),
        }
        return answer(application)

    async def get_gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
        return answer({"url": self.own_url(), "shards": self.world.shard_count, "session_start_limit": limit})

    async def get_commands(self, request: web.Request) -> web.Response:
        return answer(self.world.commands.get(_optional_id(request, "guild"), []))

    async def put_commands(self, request: web.Request) -> web.Response:
        guild_id = _optional_id(request, "guild")
        scope = {"guild_id": str(guild_id)} if guild_id else {}
        registered = [
            {"description": "", "type": 1, "options": [], "default_member_permissions": None}
            | command
            | scope
            | {"id": str(self.world.next_id()), "application_id": str(self.world.bot.id), "version": "1"}
            for command in await request.json()
        ]
        self.world.commands[guild_id] = registered
        return answer(registered)

    # Servers

    async def get_guild(self, request: web.Request) -> web.Response:
        return answer(self._guild(request).payload([]))

    async def get_channels(self, request: web.Request) -> web.Response:
        rooms = self._guild(request).channels.values()
        return answer([room.payload() for room in rooms if not room.is_thread])

    async def get_members(self, request: web.Request) -> web.Response:
        guild, query = self._guild(request), request.query
        later = sorted(user for user in guild.members if user > int(query.get("after", "0")))
        return answer([guild.members[user].payload() for user in later[: int(query.get("limit", "1"))]])

    async def get_member(self, request: web.Request) -> web.Response:
        member = self._guild(request).members.get(_id(request, "user"))
        if member is None:
            raise ApiError(404, 10007, "Unknown Member")
        return answer(member.payload())

    async def get_channel(self, request: web.Request) -> web.Response:
        return answer(self._channel(request).payload())

    async def open_direct(self, request: web.Request) -> web.Response:
        person = int((await request.json())["recipient_id"])
        return answer(self.world.open_direct(person).payload())

    # Messages

    async def get_history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not self.world.bot_permissions(channel) & READ_MESSAGE_HISTORY:
            return answer([])  # Discord refuses nothing here, it just shows nothing
        numbers = {name: int(text) for name, text in request.query.items() if name in ("before", "after", "limit")}
        found = self.world.history(channel, **numbers)
        return answer([self._seen(message) for message in found])

    async def get_message(self, request: web.Request) -> web.Response:
        return answer(self._seen(self._message(request)))

    async def create_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        needed = SEND_MESSAGES_IN_THREADS if channel.is_thread else SEND_MESSAGES
        if not self.world.bot_permissions(channel) & needed:
            raise ApiError(403, 50013, "Missing Permissions")
        body = await _body(request)
        said = {name: value for name in SAID_BY_BOT if (value := body.get(name)) is not None}
        message, is_new = self.world.say(channel, self.world.bot, **said)
        if is_new:
            await self.gateway.announce(channel, message)
        return answer(message)

    async def edit_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message["author"]["id"] != str(self.world.bot.id):
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        body = await _body(request)
        message |= {name: body[name] or type(message[name])() for name in EDITABLE if name in body}
        message["edited_timestamp"] = timestamp()
        await self.gateway.announce(self._channel(request), message, "MESSAGE_UPDATE")
        return answer(message)

    async def delete_message(self, request: web.Request) -> web.Response:
        channel, message = self._channel(request), self._message(request)
        del channel.messages[int(message["id"])]
        gone = {"id": message["id"], "channel_id": str(channel.id), "guild_id": str(channel.guild_id)}
        await self.gateway.dispatch("MESSAGE_DELETE", gone, guild_id=channel.guild_id)
        return web.Response(status=204)

    async def create_thread(self, request: web.Request) -> web.Response:
        message, body = self._message(request), await request.json()
        if self.world.channel(int(message["id"])):
            raise ApiError(400, 160004, "A thread has already been created for this message")
        thread = self.world.open_thread(self._channel(request), body["name"], int(message["id"]))
        message["thread"] = thread.payload()
        await self.gateway.dispatch("THREAD_CREATE", thread.payload(), guild_id=thread.guild_id)
        return answer(thread.payload(), status=201)

    async def create_forum_post(self, request: web.Request) -> web.Response:
        forum, body = self._channel(request), await _body(request)
        if not self.world.bot_permissions(forum) & SEND_MESSAGES:
            raise ApiError(403, 50013, "Missing Permissions")
        thread = self.world.open_thread(forum, body["name"], self.world.next_id())
        said = {name: value for name in SAID_BY_BOT if (value := body["message"].get(name)) is not None}
        message, _ = self.world.say(thread, self.world.bot, id=str(thread.id), **said)
        await self.gateway.dispatch("THREAD_CREATE", thread.payload(), guild_id=thread.guild_id)
        await self.gateway.announce(thread, message)
        return answer(thread.payload() | {"message": message}, status=201)

    async def get_active_threads(self, request: web.Request) -> web.Response:
        rooms = self._guild(request).channels.values()
        active = [room.payload() for room in rooms if room.is_thread and room.archived_at is None]
        return answer({"threads": active, "members": []})

    async def get_archived_threads(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not self.world.bot_permissions(channel) & READ_MESSAGE_HISTORY:
            raise ApiError(403, 50001, "Missing Access")
        limit, before = int(request.query.get("limit", "50")), request.query.get("before")
        found = [
            (room.archived_at, room)
            for room in self.world.guilds[channel.guild_id or 0].channels.values()
            if room.parent_id == channel.id and room.archived_at is not None
            if before is None or room.archived_at < datetime.fromisoformat(before)
        ]
        found.sort(key=lambda one: one[0], reverse=True)
        threads = [room.payload() for _, room in found[:limit]]
        return answer({"threads": threads, "members": [], "has_more": len(found) > limit})

    async def get_private_archived_threads(self, request: web.Request) -> web.Response:
        return answer({"threads": [], "members": [], "has_more": False})  # there are no private ones here

    async def publish_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message["flags"] & CROSSPOSTED:
            raise ApiError(400, 40033, "This message has already been crossposted")
        message["flags"] |= CROSSPOSTED
        return answer(message)

    async def answer_interaction(self, request: web.Request) -> web.Response:
        body = await _body(request)
        interaction_id = request.match_info["interaction"]
        if any(given["interaction_id"] == interaction_id for given in self.world.answers):
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        self.world.answers.append(body | {"interaction_id": interaction_id})
        return answer({"interaction": {"id": interaction_id, "type": 2}})

    async def nothing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    # Finding things

    def _guild(self, request: web.Request) -> Guild:
        guild = self.world.guilds.get(_id(request, "guild"))
        if guild is None:
            raise ApiError(404, 10004, "Unknown Guild")
        return guild

    def _channel(self, request: web.Request) -> Channel:
        channel = self.world.channel(_id(request, "channel"))
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if not self.world.bot_permissions(channel) & VIEW_CHANNEL:
            raise ApiError(403, 50001, "Missing Access")
        return channel

    def _message(self, request: web.Request) -> Payload:
        message = self._channel(request).messages.get(_id(request, "message"))
        if message is None:
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def _seen(self, message: Payload) -> Payload:
        return self.world.as_seen(message, self.world.granted_intents)


def _id(request: web.Request, name: str) -> int:
    return int(request.match_info[name])


def _optional_id(request: web.Request, name: str) -> int | None:
    text = request.match_info.get(name)
    return int(text) if text else None


async def _body(request: web.Request) -> Any:
    """The JSON of a request, which stands in a form field when files are sent with it."""
    if request.content_type != "multipart/form-data":
        return await request.json()
    form = await request.post()
    return json.loads(str(form["payload_json"]))
