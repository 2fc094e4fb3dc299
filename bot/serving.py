"""The web server inside the bot: one listening socket, one uvicorn, stopped in order with everything else."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from bot.errors import UserError


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `UserError` where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as fault:
        listener.close()
        raise UserError(f"Cannot listen on {host}:{port}: {fault.strerror}.", _hint(fault, port)) from None
    return listener


def _hint(fault: OSError, port: int) -> str:
    if fault.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8765
        return f"Another program, perhaps another bot, has it: set PORT, for example PORT={other}."
    if fault.errno in (errno.EACCES, errno.EPERM):
        return "This user may not take it: set PORT to a number above 1023, for example PORT=8765."
    return "Set HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them."


def address(listener: socket.socket, host: str) -> str:
    """Where this machine reaches the listener."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104  # compared, never bound
        host = "::1" if listener.family == socket.AF_INET6 else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the bot stops its parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(application: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """The web server, from when it answers until its last answer is given."""
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            task.result()
            raise UserError("The web server did not start.", "The log says why.")
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task
