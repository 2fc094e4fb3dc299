"""One WebSocket to Slack: it reconnects at a measured pace, and knows whether it hears.

The SDK's client reconnects at once and for ever, however short the last connection lived: over ten sockets
Slack closes the newest again (`too_many_websockets`), and blind reconnecting makes it worse (node-slack-sdk
issue 1654). And a new socket is taken for a good one although nothing comes through it (bolt-python issue
1529, python-slack-sdk issue 1701): here it counts only once Slack has said hello on it, which is read by the
same task that reads questions.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from typing_extensions import override

from bot.surfaces.slack.api import is_loopback
from bot.surfaces.slack.config import Timing

log = logging.getLogger(__name__)

_PINGS_MISSED = 4
"""The SDK calls a connection stale after this many intervals without a pong."""
LONGEST_PAUSE_SECONDS = 60.0


class Connection(SocketModeClient):
    """A connection of the app. Make it on the loop that uses it, `connect` it and `close` it."""

    def __init__(self, app: AsyncApp, app_token: str, timing: Timing) -> None:
        super().__init__(app_token, app.logger, app.client, ping_interval=timing.ping)
        self._app, self._timing = app, timing
        self.greeting = asyncio.Event()
        """Slack has said hello, once at least."""
        self.of_app = 0
        """How many connections of the app Slack counted at its last hello, those of other programs too."""
        self.farewell = ""
        """Why Slack closed the connection last."""
        self.heard_at = time.monotonic()
        self.short_lives = 0
        """How many of its sockets in a row were gone before they could be called settled."""
        self.is_resting = False
        """It waits on purpose before it reconnects: it is down, and not given up."""
        self._greeted: object = None
        self._turn, self._closing = asyncio.Lock(), asyncio.Event()
        self._began = time.monotonic()
        self.message_listeners.append(self._on_message)
        self.socket_mode_request_listeners.append(self._on_request)
        if is_loopback(app.client.base_url):
            self.proxy = None  # as in Api: the SDK takes a proxy from the environment

    @property
    def is_open(self) -> bool:
        """Whether it stands, is read, and has answered a ping lately: from its own state."""
        session, tasks = self.current_session, (self.message_receiver, self.current_session_monitor)
        if self.closed or self.stale or session is None or session.closed or self._greeted is not session:
            return False
        if self.message_processor.done() or any(task is None or task.done() for task in tasks):
            return False
        heard = self.last_ping_pong_time
        # By the wall clock, which may be set back: neither way is a pong old for it.
        return heard is None or abs(time.time() - heard) < _PINGS_MISSED * self.ping_interval

    @override
    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Reconnect once, whoever notices first, and later the shorter the last connections lived."""
        before = self.current_session
        async with self._turn:
            if self.current_session is not before and await self.is_connected():
                return
            await self._rest()
            if not self.closed:
                self._began = time.monotonic()
                await super().connect_to_new_endpoint(force)

    @override
    async def close(self) -> None:
        self._closing.set()
        tasks = (self.message_processor, self.current_session_monitor, self.message_receiver)
        close: Callable[[], Awaitable[None]] = super().close  # the SDK states no types here
        try:
            await close()
        except Exception:
            log.warning("closing a connection failed", exc_info=True)
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)

    async def _rest(self) -> None:
        is_short = time.monotonic() - self._began < self._timing.deaf
        self.short_lives = self.short_lives + 1 if is_short else 0
        if self.short_lives <= 1:
            return
        doubled = 2.0 ** min(self.short_lives - 2, 16)
        pause = min(LONGEST_PAUSE_SECONDS, self._timing.ping * doubled)
        log.warning("reconnect waits seconds=%.1f farewell=%s", pause, self.farewell or "none")
        self.is_resting = True
        try:
            async with asyncio.timeout(pause):
                await self._closing.wait()
        except TimeoutError:
            return
        finally:
            self.is_resting = False

    @override
    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        self.heard_at = time.monotonic()
        if message.get("type") == "disconnect":
            self.farewell = str(message.get("reason", ""))
            log.info("slack closes a connection reason=%s", self.farewell)
        await super().run_message_listeners(message, raw_message)

    async def _on_message(self, _: object, message: dict[str, Any], __: str | None) -> None:
        if message.get("type") == "hello":
            self.of_app = int(message.get("num_connections") or 0)
            self._greeted = self.current_session
            self.greeting.set()

    async def _on_request(self, _: object, request: SocketModeRequest) -> None:
        """Acknowledge with what the app says; what it does not know stays unacknowledged, as over HTTP."""
        asked = AsyncBoltRequest(mode="socket_mode", body=request.payload)
        dispatch: Callable[[AsyncBoltRequest], Awaitable[Any]] = self._app.async_dispatch
        answer = await dispatch(asked)
        if answer.status != 200:
            log.warning("request not taken type=%s status=%s", request.type, answer.status)
            return
        payload = json.loads(answer.body) if answer.body else None
        await self.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
