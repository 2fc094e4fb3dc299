"""Socket Mode: two connections, watched, and rebuilt when one has gone deaf.

On every `disconnect` the SDK closes the old socket before it opens the new one, so a single connection
has gaps. Connections have been seen deaf for hours while their task lives (python-slack-sdk issue 1701).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

from bot.errors import UserError
from bot.surfaces.slack.api import is_loopback
from bot.surfaces.slack.config import Timing

log = logging.getLogger(__name__)

CONNECTIONS = 2
_PINGS_MISSED = 4
"""The SDK calls a connection stale after this many intervals without a pong."""


@dataclass(slots=True)
class Line:
    """One connection, and since when it has been down."""

    handler: AsyncSocketModeHandler
    down_since: float | None = None


class Sockets:
    """The app's connections to Slack."""

    def __init__(self, app: AsyncApp, app_token: str, timing: Timing) -> None:
        self._app, self._app_token, self._timing = app, app_token, timing
        self._lines: list[Line] = []
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open every connection, or say within seconds why not; then keep watch."""
        try:
            async with asyncio.timeout(self._timing.connect):
                for _ in range(CONNECTIONS):
                    line = Line(self._handler())
                    self._lines.append(line)
                    await _connect(line.handler)
        except TimeoutError as fault:
            await self.close()
            raise UserError(
                f"Slack took SLACK_APP_TOKEN, but no WebSocket opened within {self._timing.connect:g} s.",
                "Let the machine reach wss://*.slack.com, or use HTTP with SLACK_SIGNING_SECRET.",
            ) from fault
        self._watch = asyncio.create_task(self._keep_watch(), name="slack-socket-watch")

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        lines, self._lines = self._lines, []
        await asyncio.gather(*(_close(line.handler) for line in lines))

    def open_count(self) -> int:
        """How many connections can hear Slack right now."""
        return sum(is_open(line.handler) for line in self._lines)

    def _handler(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=self._app.logger, ping_interval=self._timing.ping
        )
        if is_loopback(self._app.client.base_url):
            handler.client.proxy = None  # as in Api: the SDK takes a proxy from the environment
        return handler

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._timing.watch)
            for line in self._lines:
                try:
                    await self._look(line)
                except Exception:
                    # The watch outlives every fault: without it a deaf bot looks alive.
                    log.exception("looking after a connection failed")

    async def _look(self, line: Line) -> None:
        if is_open(line.handler):
            line.down_since = None
            return
        now = time.monotonic()
        if line.down_since is None:
            line.down_since = now
            return
        if now - line.down_since < self._timing.deaf:
            return
        log.error("connection rebuilt down_seconds=%.0f", now - line.down_since)
        await _close(line.handler)
        line.handler, line.down_since = self._handler(), now
        try:
            async with asyncio.timeout(self._timing.connect):
                await _connect(line.handler)
        except TimeoutError:
            log.error("connection still down")


def is_open(handler: AsyncSocketModeHandler) -> bool:
    """Whether a connection stands and has answered a ping lately, from its own state."""
    client = handler.client
    session, heard = client.current_session, client.last_ping_pong_time
    if client.closed or client.stale or session is None or session.closed:
        return False
    return heard is None or time.time() - heard < _PINGS_MISSED * client.ping_interval


async def _connect(handler: AsyncSocketModeHandler) -> None:
    connect: Callable[[], Awaitable[None]] = handler.connect_async  # Bolt states no types here
    await connect()


async def _close(handler: AsyncSocketModeHandler) -> None:
    close: Callable[[], Awaitable[None]] = handler.close_async
    client = handler.client
    tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
    try:
        await close()
    except Exception:
        log.warning("closing a connection failed", exc_info=True)
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
