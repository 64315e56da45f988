"""How an HTTP answer of Discord looks."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


def answer(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON without a charset in its type: discord.py reads `application/json` and nothing else as JSON."""
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def refusal(status: int, code: int, message: str) -> web.Response:
    """An error with Discord's JSON code."""
    return answer({"code": code, "message": message}, status=status)
