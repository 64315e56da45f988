"""A small Discord on this machine's loopback sockets, and the one hook that sends discord.py there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self

import yarl
from aiohttp import web
from aiohttp.typedefs import Handler
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.loopback.faults import Faults, suffer
from tests.loopback.gateway import Gateway
from tests.loopback.places import Channel, Member, Payload, User
from tests.loopback.rest import ApiError, Rest
from tests.loopback.world import World

PREFIX = "/api/v10"


@contextmanager
def discord_at(http_url: str) -> Iterator[None]:
    """Within the block, discord.py finds Discord at this address (`http://127.0.0.1:port`)."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = http_url + PREFIX
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(http_url.replace("http", "ws", 1) + "/gateway")
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@dataclass(slots=True)
class Asked:
    """One request as it came in; `status` is what was answered, 0 if the connection broke."""

    method: str
    path: str
    json: Any
    status: int = 0


class LoopbackDiscord:
    """A `World` behind real sockets.

    `async with LoopbackDiscord(world) as discord_api:` serves it and, within the block, points
    discord.py at it. `point_discord=False` only serves, for clients in other processes.
    """

    def __init__(self, world: World | None = None, *, port: int = 0, point_discord: bool = True) -> None:
        self.world = world or World()
        self.faults = Faults()
        self.requests: list[Asked] = []
        self.gateway = Gateway(self.world, lambda: self.gateway_url)
        self._port = port
        self._hook = point_discord
        self._pointing: Any = None

    @property
    def http_url(self) -> str:
        """Where REST is served, without a path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def gateway_url(self) -> str:
        """Where the websocket is served."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._middleware], client_max_size=32 * 1024**2)
        Rest(self.world, self.gateway, lambda: self.gateway_url).add_routes(app)
        app.router.add_get("/gateway", self.gateway.handle)
        # A client that is cut off leaves its handler running; there is nothing to wait for at the end.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if self._hook:
            self._pointing = discord_at(self.http_url)
            self._pointing.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pointing is not None:
            self._pointing.__exit__(None, None, None)
        await self.gateway.sever()
        await self._runner.cleanup()

    def asked(self, method: str, path: str) -> list[Asked]:
        """The requests so far whose path, after `/api/v10`, matches; `*` stands for anything."""
        return [one for one in self.requests if one.method == method and fnmatchcase(one.path, path)]

    async def say(self, channel: Channel, author: Member | User, content: str = "", **more: object) -> Payload:
        """Someone writes a message, and the bot hears of it."""
        user = author.user if isinstance(author, Member) else author
        message, _ = self.world.say(channel, user, content, **more)
        await self.gateway.announce(channel, message)
        return message

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        path = request.path.removeprefix(PREFIX)
        asked = Asked(request.method, path, await _json(request))
        self.requests.append(asked)
        response = await self._answer(request, path, handler)
        if request.transport is not None and not request.transport.is_closing():
            asked.status = response.status
        return response

    async def _answer(self, request: web.Request, path: str, handler: Handler) -> web.StreamResponse:
        public = path == "/gateway" or path.startswith("/interactions/")
        if not public and request.headers.get("Authorization") != f"Bot {self.world.token}":
            return ApiError(401, 0, "401: Unauthorized").response
        try:
            return await suffer(self.faults.take(request.method, path), request, handler)
        except ApiError as refusal:
            return refusal.response
        except web.HTTPNotFound:
            return ApiError(404, 0, f"The stub does not know {request.method} {path}").response


async def _json(request: web.Request) -> Any:
    if request.content_type != "application/json" or not request.can_read_body:
        return None
    return json.loads(await request.read())
