"""The rehearsal's web server, on this computer only: our page, its few requests, the view behind it, and a blog.

No other site can use it: the Host header has to name this computer, and what changes anything has to come from
our own page.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from bot.errors import OperatorError, UserFacingError
from bot.rehearsal.blog.site import ROOT as BLOG
from bot.rehearsal.blog.site import BlogSite
from bot.rehearsal.proxy import PAGE, Proxy, largest_body
from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage
from bot.rehearsal.view import describe, glance

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
DEFAULT_PORT = 8765
ROOT = "/rehearsal/"

_FILES = {
    "": ("index.html", "text/html"),
    "style.css": ("style.css", "text/css"),
    "app.js": ("app.js", "text/javascript"),
    "menu.js": ("menu.js", "text/javascript"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
_OWN = " ".join(f"{kind}-src 'self';" for kind in ("script", "style", "img", "connect", "font", "frame"))
_POLICY = f"default-src 'none'; {_OWN} base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = dict[str, Any]


def take_port(port: int | None) -> socket.socket:
    """A listening place on this computer: `port`, or without one the usual port, or else any free one.

    Raises OperatorError with one sentence where `port` cannot be had.
    """
    if port is not None and not 1 <= port <= 65535:
        raise OperatorError(f"{port} is not a port. Choose a number from 1024 to 65535, such as --port {DEFAULT_PORT}.")
    try:
        return _bound(DEFAULT_PORT if port is None else port)
    except PermissionError:
        raise OperatorError(
            f"This computer does not let me use port {port}. Choose a higher one, such as --port {DEFAULT_PORT}."
        ) from None
    except OSError:
        if port is None:
            return _bound(0)
        other = port + 1 if port < 65535 else DEFAULT_PORT
        raise OperatorError(f"Port {port} is already in use. Choose another, such as --port {other}.") from None


def _bound(port: int) -> socket.socket:
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows SO_REUSEADDR would let two programs share the port; elsewhere it only ends a wait after a restart.
        exclusive: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)
        place.bind((HOST, port))
        place.listen(128)
    except BaseException:
        place.close()
        raise
    return place


class Server:
    """Serves one stage on one socket from `open` to `close`."""

    def __init__(self, stage: Stage, place: socket.socket) -> None:
        self._stage = stage
        self._scenes = Scenes(stage)
        self._proxy = Proxy(stage)
        self._place = place
        self.port: int = place.getsockname()[1]
        self._names = {f"{HOST}:{self.port}", f"localhost:{self.port}"}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{HOST}:{self.port}{ROOT}"

    @property
    def blog_address(self) -> str:
        """The front page of the blog."""
        return f"http://{HOST}:{self.port}{BLOG}"

    async def open(self) -> None:
        """Begin to answer."""
        await self._proxy.open()
        app = web.Application(middlewares=[self._guard], client_max_size=largest_body())
        app.router.add_routes(BlogSite(self._stage.blog, self.blog_address, self._stage.plan.time_zone).routes())
        app.router.add_get(ROOT + "api/state", self._state)
        app.router.add_post(ROOT + "api/{scene}", self._play)
        app.router.add_get(ROOT + "{file}", self._file)
        app.router.add_get(ROOT, self._file)
        app.router.add_get("/", self._front)
        app.router.add_route("*", "/{path:.*}", self._proxy.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, self._place).start()

    async def close(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._proxy.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host", "").lower() not in self._names:
            return web.Response(status=403, text=f"This page is for this computer only. Open {self.url}")
        if request.method not in ("GET", "HEAD"):
            origin = request.headers.get("Origin")
            if origin is not None and origin.removeprefix("http://") not in self._names:
                return web.Response(status=403, text="Only the rehearsal’s own page may do this.")
        if not self._stage.is_open and not request.path.startswith(BLOG):
            return web.Response(status=503, text="The curtain is not up yet, or down again. Try again in a moment.")
        return await handler(request)

    async def _front(self, request: web.Request) -> web.StreamResponse:
        if "view" in request.query:
            return await self._proxy.handle(request)
        raise web.HTTPFound(ROOT)

    async def _file(self, request: web.Request) -> web.Response:
        found = _FILES.get(request.match_info.get("file", ""))
        if found is None:
            return web.Response(status=404, text=f"There is no such page here. Open {self.url}")
        name, kind = found
        return web.Response(body=(PAGE / name).read_bytes(), content_type=kind, charset="utf-8", headers=_HEADERS)

    async def _state(self, request: web.Request) -> web.Response:
        seen = request.query.get("seen")
        if seen == str(self._stage.version):
            return _json(glance(self._stage))
        return _json(describe(self._stage, self._scenes))

    async def _play(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Rehearsal") != "1":
            return web.Response(status=403, text="Only the rehearsal’s own page may do this.")
        try:
            said = await self._scene(request.match_info["scene"], await _body(request))
        except UserFacingError as error:
            return _json({**describe(self._stage, self._scenes), "refused": error.message}, status=409)
        except TimeoutError:
            log.exception("the bot did not settle")
            late = "The bot did not come to rest in time. The terminal has the details."
            return _json({**describe(self._stage, self._scenes), "refused": late}, status=500)
        return _json({**describe(self._stage, self._scenes), "said": said})

    async def _scene(self, name: str, body: Body) -> str:
        scenes = self._scenes
        match name:
            case "switch":
                return await scenes.switch(_id(body, "channel"), _id(body, "viewer"))
            case "join":
                return await scenes.join(_text(body, "name"), with_rules=body.get("rules") is True)
            case "accept":
                return await scenes.accept_rules()
            case "leave":
                return await scenes.leave()
            case "menu":
                return await scenes.use_menu(_id(body, "message"), _text(body, "command"))
            case "advance":
                minutes = body.get("minutes")
                return await scenes.advance(minutes if isinstance(minutes, int) else 0)
            case "publish":
                return await scenes.publish()
            case "restart":
                return await scenes.restart()
            case "go":
                return await scenes.go(_text(body, "step"))
            case _:
                raise UserFacingError("The rehearsal does not know how to do that.")


async def _body(request: web.Request) -> Body:
    try:
        body: object = json.loads(await request.text() or "{}")
    except (ValueError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise UserFacingError("The page sent something I cannot read. Load it again.")
    return cast(Body, body)


def _id(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    raise UserFacingError("The page asked for something that is not there. Load it again.")


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise UserFacingError("The page sent something I cannot read. Load it again.")
    return value


def _json(data: Body, status: int = 200) -> web.Response:
    return web.json_response(data, status=status, headers=_HEADERS)


async def serve(stage: Stage, place: socket.socket, ready: Callable[[str], None]) -> None:
    """Run the rehearsal until cancelled. `ready` is told the address once the page can be opened."""
    server = Server(stage, place)
    await server.open()  # first: the bot reads the blog while the stage is being set
    try:
        await stage.open(server.blog_address)
        ready(server.url)
        await stage.run_clock()
    finally:
        was_open = stage.is_open
        try:
            await server.close()
        finally:
            if was_open:
                await asyncio.shield(stage.close())
