"""Requests that discord.py must not repeat by itself, because Discord would do twice what they ask.

discord.py asks again after a 500, 502, 504 or 524, and after some cut connections (`HTTPClient.request`), although the
first request may have been applied. A message carries a nonce, so that does no harm; a new forum post carries none.
"""

import re
from types import SimpleNamespace

import aiohttp

_NEW_FORUM_POST = re.compile(r"/channels/\d+/threads$")


class OutcomeUnknownError(aiohttp.ClientError):
    """Nobody can say whether Discord did what was asked."""


def unrepeated() -> aiohttp.TraceConfig:
    """For a client's `http_trace`: a request to make a forum post ends where discord.py would repeat it."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_end_at_server_error)
    trace.on_request_exception.append(_end_at_cut)
    return trace


async def _end_at_server_error(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, request: aiohttp.TraceRequestEndParams
) -> None:
    if request.response.status >= 500 and _is_guarded(request):
        raise OutcomeUnknownError(f"HTTP {request.response.status}")


async def _end_at_cut(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams
) -> None:
    if isinstance(request.exception, OSError | aiohttp.ClientConnectionError) and _is_guarded(request):
        raise OutcomeUnknownError("the connection was cut") from request.exception


def _is_guarded(request: aiohttp.TraceRequestEndParams | aiohttp.TraceRequestExceptionParams) -> bool:
    return request.method == "POST" and _NEW_FORUM_POST.search(request.url.path) is not None
