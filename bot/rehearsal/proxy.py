"""The way from our page's frame to simcord's view: the same origin, the same lock, a few words of our own style."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from aiohttp import ClientError, ClientSession, web

from bot.rehearsal.stage import Stage

PAGE = Path(__file__).parent / "page"
#: Seconds a browser may keep the view's own files; simcord is pinned, so they do not change while this runs.
_KEPT = 3600
_LARGEST = 27 * 1024 * 1024
_PASSED_ON = ("Accept", "Content-Type", "X-Simcord-Capability", "X-Simcord-Context")
_BROUGHT_BACK = ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Referrer-Policy")
_FAMILIES = ("X-Simcord", "X-Display", "X-Media")
#: What someone may still do who has not accepted the rules: look.
_LOOKING = frozenset({"viewer", "focus", "history", "refresh", "browse_messages", "configure_presentation"})
#: Seconds before a frame that was left behind is told so; by then its page has replaced it.
_PATIENCE = 3.0
#: One clear pixel, for a picture of something that was taken away while the frame fetched it.
_NOTHING = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="
)
_NOT_NOW = "The view is changing. Try again in a moment."


class Proxy:
    """Hands requests on to the view that is open now."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._session: ClientSession | None = None

    async def open(self) -> None:
        """Start the client that talks to the view."""
        self._session = ClientSession(auto_decompress=False)

    async def close(self) -> None:
        """Stop it."""
        if self._session is not None:
            await self._session.close()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer as the view would."""
        if self._is_bygone(request):
            return await self._bygone(request)
        body = await request.read()
        if request.method in ("GET", "HEAD"):
            answer = await self._pass_on(request, body)
        else:
            refusal = self._refusal(request, body)
            if refusal:
                return web.Response(status=409, text=refusal)
            async with self._stage.watching():
                answer = await self._act(request, body)
        # The view may have closed while the answer was under way.
        return await self._bygone(request) if self._is_bygone(request) else answer

    def _is_bygone(self, request: web.Request) -> bool:
        if not request.path.startswith("/api/"):
            return False
        frame = self._stage.frame
        return frame is None or request.headers.get("X-Simcord-Capability") != frame[1]

    @staticmethod
    async def _bygone(request: web.Request) -> web.Response:
        """A frame speaks to a view that has closed already: its page is about to replace it."""
        if request.method == "DELETE":
            return web.Response(status=204)
        await asyncio.sleep(_PATIENCE)
        return web.Response(status=410, text=_NOT_NOW)

    def _refusal(self, request: web.Request, body: bytes) -> str:
        if request.path != "/api/action":
            return ""
        kind = _object(body).get("kind", "upload")
        if kind == "close":
            return "The view is closed with the rehearsal."
        if self._stage.viewer.pending and kind not in _LOOKING:
            return f"{self._stage.viewer.name} has to accept the rules first."
        return ""

    async def _act(self, request: web.Request, body: bytes) -> web.Response:
        """Pass on what a person did. If the view was drawn anew just before, it still counts."""
        answer = await self._pass_on(request, body)
        if request.path != "/api/action":
            return answer
        result = _object(answer.body)
        wanted = _object(body)
        reasons = cast(list[object], result.get("diagnostics") or [])
        late = any(_code(reason) == "stale-revision" for reason in reasons)
        if late and result.get("rejected") and "published_revision" in wanted:
            # A refused action uses up nothing, and the lock keeps the view as it is now.
            wanted["published_revision"] = result.get("revision")
            answer = await self._pass_on(request, json.dumps(wanted).encode())
            result = _object(answer.body)
        if result.get("acknowledgement") == "unacknowledged":
            self._stage.activity.trouble("Tribekeeper did not answer in time")
        return answer

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        frame = self._stage.frame
        if frame is None or self._session is None:
            return web.Response(status=503, text=_NOT_NOW)
        address = frame[0]
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        if "Origin" in request.headers:
            headers["Origin"] = address
        try:
            async with self._session.request(
                request.method, address + request.path_qs, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                content = await answer.read()
                status, got = answer.status, answer.headers
        except ClientError:
            return web.Response(status=503, text=_NOT_NOW)
        if status == 404 and request.path.startswith("/api/assets/"):
            return web.Response(body=_NOTHING, content_type="image/png")
        if request.path == "/preview.css" and status == 200:
            content += b"\n" + (PAGE / "frame.css").read_bytes()
        return web.Response(status=status, body=content, headers=self._headers(request.path, status, got))

    def _headers(self, path: str, status: int, got: Mapping[str, str]) -> dict[str, str]:
        back = {name: got[name] for name in got if name in _BROUGHT_BACK or name.startswith(_FAMILIES)}
        policy = got.get("Content-Security-Policy", "")
        back["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        back["Cache-Control"] = self._cache(path, status)
        return back

    @staticmethod
    def _cache(path: str, status: int) -> str:
        own = status == 200 and (path.startswith(("/fonts/", "/vendor/")) or path.endswith(".js"))
        return f"public, max-age={_KEPT}" if own else "no-store"


def _object(body: object) -> dict[str, Any]:
    """The JSON object in a body; an empty one where there is none."""
    try:
        found: object = json.loads(body) if isinstance(body, bytes) else None
    except ValueError:
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def _code(reason: object) -> object:
    return cast(dict[str, object], reason).get("code") if isinstance(reason, dict) else None


def largest_body() -> int:
    """The most bytes the view takes in one request: files that a person uploads."""
    return _LARGEST
