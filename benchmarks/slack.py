"""The least of Slack that two bots can be compared on: signed commands in, what they answer out, with times.

It adds no delay of its own and finds every file ready at once, so what is measured is the bot.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "xoxb-benchmark"
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,files:write,"
    "groups:history,groups:read"
)
PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Exchange:
    """One command and the answers to it: when each came, and what it said."""

    began: float
    acknowledged: float = 0.0
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ack_ms(self) -> float:
        return 1000 * (self.acknowledged - self.began)

    @property
    def words_ms(self) -> float:
        """Until the first message stood."""
        return 1000 * (self.answers[0][0] - self.began)

    @property
    def whole_ms(self) -> float:
        """Until the last message stood."""
        return 1000 * (self.answers[-1][0] - self.began)

    @property
    def has_picture(self) -> bool:
        return any(b'"slack_file"' in body or b'"image"' in body for _, body in self.answers)


class Slack:
    """The stand-in: a Web API and response URLs on one port."""

    def __init__(self) -> None:
        self.url = ""
        self._exchanges: dict[str, Exchange] = {}
        self._count = 0
        self._session: aiohttp.ClientSession | None = None

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def ask(self, address: str, text: str, *, with_picture: bool = False) -> Exchange:
        """Send the command `/kpi text` and wait for the answer, and for its picture if it has one to come."""
        assert self._session is not None
        self._count += 1
        token = f"{self._count:06d}"
        body, headers = self._signed(token, text)
        exchange = self._exchanges[token] = Exchange(time.perf_counter())
        async with self._session.post(address, data=body, headers=headers) as response:
            await response.read()
            exchange.acknowledged = time.perf_counter()
            if response.status != 200:
                raise RuntimeError(f"{address} answered the command with HTTP {response.status}")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not exchange.answers or (with_picture and not exchange.has_picture):
                exchange.came.clear()
                await exchange.came.wait()
        del self._exchanges[token]
        return exchange

    def _signed(self, token: str, text: str) -> tuple[bytes, dict[str, str]]:
        body = urlencode(
            {
                "command": "/kpi",
                "text": text,
                "user_id": "U0DANA",
                "user_name": "dana",
                "channel_id": "C0DAILY",
                "channel_name": "daily",
                "team_id": "T0BENCH",
                "team_domain": "bench",
                "api_app_id": "A0BENCH",
                "trigger_id": token,
                "response_url": f"{self.url}/commands/{token}",
            }
        ).encode()
        stamp = str(int(time.time()))
        digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def _respond(self, request: web.Request) -> web.Response:
        body = await request.read()
        exchange = self._exchanges.get(request.match_info["token"])
        if exchange is not None:
            exchange.answers.append((time.perf_counter(), body))
            exchange.came.set()
        return web.Response(text="ok")

    async def _call(self, request: web.Request) -> web.Response:
        await request.read()
        answer = {"ok": True, **self._answers().get(request.match_info["method"], {})}
        return web.json_response(answer, headers={"x-oauth-scopes": SCOPES})

    def _answers(self) -> dict[str, dict[str, Any]]:
        return {
            "auth.test": {"bot_id": "B0BENCH", "user_id": "U0BENCH", "team_id": "T0BENCH", "user": "kpi"},
            "conversations.info": {"channel": {"id": "C0DAILY", "is_ext_shared": False}},
            "files.getUploadURLExternal": {"file_id": "F0BENCH", "upload_url": f"{self.url}/upload"},
            "files.info": {"file": {"id": "F0BENCH", "mimetype": "image/png"}},
            "chat.postMessage": {"ts": f"{time.time():.6f}", "channel": "C0DAILY"},
        }

    async def _upload(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="OK")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Slack]:
        application = web.Application(client_max_size=2**25)
        application.add_routes(
            [
                web.post("/commands/{token}", self._respond),
                web.post("/api/{method}", self._call),
                web.post("/upload", self._upload),
            ]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with aiohttp.ClientSession() as self._session:
                yield self
        finally:
            await runner.cleanup()


def words_of(body: bytes) -> str:
    """The text of a message as it was posted."""
    return str(json.loads(body).get("text", ""))
