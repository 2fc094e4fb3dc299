"""Socket Mode: two connections, watched, and rebuilt when one has gone deaf.

On every `disconnect` the SDK closes the old socket before it opens the new one, so a single connection
has gaps. Connections have been seen deaf for hours while their task lives (python-slack-sdk issue 1701), some
of them with every ping answered (bolt-python issue 1529): one that has said nothing for long is renewed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp

from bot.errors import UserError
from bot.surfaces.slack.config import Timing
from bot.surfaces.slack.connection import Connection

log = logging.getLogger(__name__)

CONNECTIONS = 2
QUIET_SECONDS = 1_800.0
"""A connection that brought nothing for so long is renewed, before anybody finds out whether it hears."""


@dataclass(slots=True)
class Line:
    """One connection, and since when it has been down."""

    connection: Connection
    down_since: float | None = None


class Sockets:
    """The app's connections to Slack."""

    def __init__(
        self, app: AsyncApp, app_token: str, timing: Timing, *, quiet: float = QUIET_SECONDS
    ) -> None:
        self._connection: Callable[[], Connection] = lambda: Connection(app, app_token, timing)
        self._timing, self._quiet = timing, quiet
        self._lines: list[Line] = []
        self._watch: asyncio.Task[None] | None = None
        self.rebuilt = 0
        """How many connections were given up as deaf."""

    async def open(self) -> None:
        """Open every connection, or say within seconds why not; then keep watch."""
        try:
            async with asyncio.timeout(self._timing.connect):
                for _ in range(CONNECTIONS):
                    line = Line(self._connection())
                    self._lines.append(line)
                    await _greeted(line.connection)
        except TimeoutError as fault:
            has_socket = any(line.connection.current_session for line in self._lines)
            await self.close()
            raise _unopened(self._timing.connect, has_socket=has_socket) from fault
        self._watch = asyncio.create_task(self._keep_watch(), name="slack-socket-watch")

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        lines, self._lines = self._lines, []
        await asyncio.gather(*(line.connection.close() for line in lines))

    def open_count(self) -> int:
        """How many connections can hear Slack right now."""
        return sum(line.connection.is_open for line in self._lines)

    def state(self) -> Mapping[str, str | int]:
        """The connections in figures; `connections_of_app` counts those of other programs too."""
        farewells = {line.connection.farewell for line in self._lines if not line.connection.is_open}
        return {
            "connections": self.open_count(),
            "connections_wanted": CONNECTIONS,
            "connections_of_app": max((line.connection.of_app for line in self._lines), default=0),
            "rebuilt": self.rebuilt,
            "closed_because": ", ".join(sorted(farewells - {""})),
        }

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._timing.watch)
            await asyncio.gather(*(self._watched(line) for line in self._lines))

    async def _watched(self, line: Line) -> None:
        try:
            await self._look(line)
        except Exception:
            # The watch outlives every fault: without it a deaf bot looks alive.
            log.exception("looking after a connection failed")

    async def _look(self, line: Line) -> None:
        now = time.monotonic()
        if line.connection.is_open:
            line.down_since = None
            if now - line.connection.heard_at > self._quiet:
                log.info("connection renewed quiet_seconds=%.0f", now - line.connection.heard_at)
                await self._renew(line)
        elif line.down_since is None or line.connection.is_resting:
            line.down_since = now
        elif now - line.down_since >= self._timing.deaf:
            log.error("connection rebuilt down_seconds=%.0f", now - line.down_since)
            self.rebuilt += 1
            await self._rebuild(line)

    async def _rebuild(self, line: Line) -> None:
        await line.connection.close()
        fresh = self._connection()
        fresh.short_lives = line.connection.short_lives  # a new one is no reason to hurry again
        line.connection, line.down_since = fresh, time.monotonic()
        await self._is_greeted(fresh)

    async def _renew(self, line: Line) -> None:
        """A new connection in place of one that may be good: that one stays until the new one hears."""
        fresh = self._connection()
        try:
            if await self._is_greeted(fresh):
                line.connection, fresh = fresh, line.connection
        finally:
            await fresh.close()

    async def _is_greeted(self, connection: Connection) -> bool:
        try:
            async with asyncio.timeout(self._timing.connect):
                await _greeted(connection)
        except TimeoutError:
            log.error("connection does not open seconds=%g", self._timing.connect)
            return False
        return True


async def _greeted(connection: Connection) -> None:
    """Connected, and Slack has said hello: without that nothing will ever come."""
    connect: Callable[[], Awaitable[None]] = connection.connect  # the SDK states no types here
    await connect()
    await connection.greeting.wait()


def _unopened(seconds: float, *, has_socket: bool) -> UserError:
    if has_socket:
        return UserError(
            f"A WebSocket to Slack opened, but Slack said nothing on it within {seconds:g} s.",
            "Let the proxy pass WebSockets to *.slack.com, or use HTTP with SLACK_SIGNING_SECRET.",
        )
    return UserError(
        f"Slack took SLACK_APP_TOKEN, but no WebSocket opened within {seconds:g} s.",
        "Let the machine reach wss://*.slack.com, or use HTTP with SLACK_SIGNING_SECRET.",
    )
