"""Misfortunes a test can order for the next matching requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fnmatch import fnmatchcase

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.loopback.answers import answer, refusal


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks. With `applied`, Discord did the work and only the answer is lost."""

    applied: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    """An HTTP error with Discord's JSON code. With `applied`, the work was done all the same."""

    status: int
    code: int = 0
    message: str = "Scripted"
    applied: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A 429 asking to come back after some seconds, for this route or, `everywhere`, for the whole bot."""

    retry_after: float
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer takes its time, in seconds; the work is done after that."""

    seconds: float


Fault = Cut | Refuse | RateLimit | Delay


@dataclass(slots=True)
class _Order:
    method: str
    path: str
    fault: Fault
    left: int


class Faults:
    """The misfortunes still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def add(self, method: str, path: str, fault: Fault, *, times: int = 1) -> None:
        """Strikes the next `times` requests whose path matches; `*` stands for anything.

        The path starts after `/api/v10`: `add("POST", "/channels/*/messages", Cut(applied=True))`.
        """
        self._orders.append(_Order(method, path, fault, times))

    def clear(self) -> None:
        """Calls off what has not happened yet."""
        self._orders.clear()

    @property
    def pending(self) -> int:
        """How many requests would still be struck."""
        return sum(order.left for order in self._orders)

    def take(self, method: str, path: str) -> Fault | None:
        """Uses up one misfortune that matches the request."""
        for order in self._orders:
            if order.left and order.method == method and fnmatchcase(path, order.path):
                order.left -= 1
                return order.fault
        return None


async def suffer(fault: Fault | None, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers the request the way the fault demands."""
    match fault:
        case None:
            return await handler(request)
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await handler(request)
        case Cut(applied):
            if applied:
                await handler(request)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        case Refuse(status, code, message, applied):
            if applied:
                await handler(request)
            return refusal(status, code, message)
        case RateLimit():
            return rate_limited(fault)


def rate_limited(fault: RateLimit) -> web.Response:
    """The 429 of Discord. Without `Via`, discord.py takes it for a ban by Cloudflare and gives up."""
    headers = {
        "Via": "1.1 loopback",
        "Retry-After": str(max(1, round(fault.retry_after))),
        "X-RateLimit-Reset-After": str(fault.retry_after),
        "X-RateLimit-Scope": "global" if fault.everywhere else "user",
    }
    if fault.everywhere:
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0"}
    body = {
        "message": "You are being rate limited.",
        "retry_after": fault.retry_after,
        "global": fault.everywhere,
    }
    return answer(body, status=429, headers=headers)
