"""What goes wrong on demand, and how Discord says no."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal in Discord's form."""

    def __init__(self, status: int, code: int, message: str, *, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def body(self) -> Json:
        return {
            "message": self.message,
            "code": self.code,
            **({"errors": self.errors} if self.errors else {}),
        }


@dataclass(frozen=True)
class Fault:
    """One fault. `after`: the call is obeyed first, and then its answer is lost or broken."""

    status: int = 0
    code: int = 0
    after: bool = False
    retry_after: float = 0.0
    is_cloudflare: bool = False
    is_silent: bool = False  # never answers
    is_dropped: bool = False  # the connection ends


def server_error(*, after: bool = False) -> Fault:
    return Fault(500, after=after)


def rate_limited(seconds: float, *, is_cloudflare: bool = False) -> Fault:
    return Fault(429, retry_after=seconds, is_cloudflare=is_cloudflare)


def refused(status: int, code: int) -> Fault:
    return Fault(status, code)


def dropped(*, after: bool = False) -> Fault:
    return Fault(after=after, is_dropped=True)


def silent(*, after: bool = False) -> Fault:
    return Fault(after=after, is_silent=True)


class Faults:
    """The faults that wait for their call, by the call's name."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = defaultdict(deque)
        self.closing = asyncio.Event()

    def inject(self, method: str, fault: Fault, times: int = 1) -> None:
        self._waiting[method].extend([fault] * times)

    def next(self, method: str) -> Fault | None:
        waiting = self._waiting[method]
        return waiting.popleft() if waiting else None

    async def break_with(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.is_silent:
            await self.closing.wait()
        if fault.is_silent or fault.is_dropped:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError
        if fault.status == 429:
            return limited(fault.retry_after, is_cloudflare=fault.is_cloudflare)
        return answer({"message": "injected", "code": fault.code}, fault.status)


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON under exactly the content type that discord.py reads as such."""
    response = web.json_response(body, status=status, headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response


def limited(seconds: float, *, is_cloudflare: bool = False) -> web.Response:
    if is_cloudflare:
        return web.Response(
            text="<html>banned</html>", status=429, headers={"Retry-After": str(int(seconds))}
        )
    headers = {"Via": "1.1 google", "Retry-After": str(seconds), "X-RateLimit-Scope": "user"}
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return answer(body, 429, headers)
