"""The blog over HTTP: pages, feeds, pictures. Who asks again learns cheaply that nothing has changed (RFC 9110, 13)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from bot.rehearsal.blog.feeds import ATOM, JSON, atom, json_feed
from bot.rehearsal.blog.pages import PAGE, Pages
from bot.rehearsal.blog.pictures import draw
from bot.rehearsal.blog.posts import Blog

ROOT = "/blog/"
_OWN = "style-src 'self'; img-src 'self'"
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; {_OWN}; base-uri 'none'; form-action 'none'",
    # Asking each time is right: a post has to be seen within seconds.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class BlogSite:
    """Serves one blog. It never touches the stage, so the bot may read it while the stage is busy."""

    def __init__(self, blog: Blog, address: str, time_zone: str) -> None:
        self._blog = blog
        self._address = address
        self._pages = Pages(blog, address, time_zone)

    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to a server. All of it is under `ROOT`."""
        return (
            web.get(ROOT.rstrip("/"), self._enter),
            web.get(ROOT, self._front),
            web.get(ROOT + ATOM, self._atom),
            web.get(ROOT + JSON, self._json),
            web.get(ROOT + "style.css", self._style),
            web.get(ROOT + "pictures/{slug}.png", self._picture),
            web.get(ROOT + "{slug}", self._post),
            web.get(ROOT + "{rest:.*}", self._nowhere),
        )

    async def _enter(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound(ROOT)

    async def _front(self, request: web.Request) -> web.Response:
        return _answer(request, self._pages.front(), "text/html", self._blog.changed_at)

    async def _atom(self, request: web.Request) -> web.Response:
        return _answer(request, atom(self._blog, self._address), "application/atom+xml", self._blog.changed_at)

    async def _json(self, request: web.Request) -> web.Response:
        return _answer(request, json_feed(self._blog, self._address), "application/feed+json", self._blog.changed_at)

    async def _style(self, request: web.Request) -> web.Response:
        return _answer(request, (PAGE / "blog.css").read_bytes(), "text/css")

    async def _picture(self, request: web.Request) -> web.Response:
        post = self._blog.find(request.match_info["slug"])
        if post is None or post.picture is None:
            return await self._nowhere(request)
        drawn = await asyncio.to_thread(draw, post.picture, post.slug)
        return _answer(request, drawn, "image/png")

    async def _post(self, request: web.Request) -> web.Response:
        post = self._blog.find(request.match_info["slug"])
        if post is None:
            return await self._nowhere(request)
        return _answer(request, self._pages.post(post), "text/html")

    async def _nowhere(self, _request: web.Request) -> web.Response:
        return web.Response(
            status=404, body=self._pages.nowhere(), content_type="text/html", charset="utf-8", headers=_HEADERS
        )


def _answer(request: web.Request, body: bytes, kind: str, changed_at: datetime | None = None) -> web.Response:
    """`body`, or 304 where the asker has it already."""
    tag = sha256(body).hexdigest()[:20]
    if _is_known(request, tag, changed_at):
        answer = web.Response(status=304, headers=_HEADERS)
    else:
        text = not kind.startswith("image/")
        answer = web.Response(body=body, content_type=kind, charset="utf-8" if text else None, headers=_HEADERS)
    answer.etag = tag
    answer.last_modified = changed_at
    return answer


def _is_known(request: web.Request, tag: str, changed_at: datetime | None) -> bool:
    """Whether the asker has this already. An ETag that is named decides alone, whatever the date says."""
    named = request.if_none_match
    if named is not None:
        return any(one.value in (tag, "*") for one in named)
    since = request.if_modified_since
    return since is not None and changed_at is not None and changed_at <= since
