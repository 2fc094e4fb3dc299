"""Carries an ordered fault out on a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.playground.faults import Fault


async def meet(fault: Fault | None, request: Request, act: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of `act`, or what the fault makes of it."""
    if fault is None:
        return await act()
    answer = await act() if fault.is_taken else Response(status_code=fault.status)
    await asyncio.sleep(fault.delay_seconds)
    if fault.drops:
        return await drop(request)
    if fault.error:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return JSONResponse({"ok": False, "error": fault.error}, status_code=fault.status, headers=headers)
    return answer


async def drop(request: Request) -> Response:
    """Close the connection without an answer.

    ASGI has no word for it, but uvicorn hands out `receive` as a method of the object that owns the
    connection's transport.
    """
    await request.body()
    transport = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("an injected dropped connection needs uvicorn: serve the stand-in with it")
    transport.abort()
    await request.receive()
    return Response(status_code=500)
