"""A small Slack with Socket Mode on loopback: tokens, WebSockets, and what was acknowledged."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.surfaces.slack.config import NEEDED_SCOPES

APP_TOKEN = "xapp-1"
BOT_TOKEN = "xoxb-1"


@dataclass
class SocketSlack:
    """`refuse`: Slack's error by method; `is_mute` leaves pings unanswered; `is_shut` refuses sockets;
    `is_silent` takes sockets and says nothing; `farewell` ends each of them at once, with that reason."""

    refuse: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    scopes: str | None = ",".join(NEEDED_SCOPES)
    is_mute: bool = False
    is_shut: bool = False
    is_silent: bool = False
    farewell: str = ""
    num_connections: int | None = None
    opened: int = 0
    socket_url: str = ""  # where sockets are sent to, if not here
    requests: list[web.Request] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acks: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)  # what came with an acknowledgement
    posts: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/response", self._response)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        for socket in self.sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def open(self) -> list[web.WebSocketResponse]:
        return [socket for socket in self.sockets if not socket.closed]

    async def send(self, kind: str, payload: dict[str, Any], line: int = 0) -> str:
        """Send an envelope down one connection; returns its id."""
        envelope = secrets.token_hex(4)
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        await self.open[line].send_str(json.dumps(body))
        return envelope

    async def command(self, text: str, line: int = 0) -> str:
        payload = {
            "command": "/kpi",
            "text": text,
            "user_id": "U0DANA",
            "channel_id": "C0GENERAL",
            "team_id": "T1",
            "response_url": self.url + "/response",
        }
        return await self.send("slash_commands", payload, line)

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        if method in self.silent:
            await asyncio.sleep(30)
        headers = {"x-oauth-scopes": self.scopes} if self.scopes is not None else {}
        return web.json_response(self._answer(method, request), headers=headers)

    def _answer(self, method: str, request: web.Request) -> dict[str, Any]:
        if method in self.refuse:
            return {"ok": False, "error": self.refuse[method]}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return {
                    "ok": False,
                    "error": "not_allowed_token_type" if token == BOT_TOKEN else "invalid_auth",
                }
            return {"ok": True, "url": self.socket_url or self.url.replace("http", "ws") + "/socket"}
        if token != BOT_TOKEN:
            return {"ok": False, "error": "invalid_auth"}
        if method == "auth.test":
            return {"ok": True, "bot_id": "B1", "user_id": "U0BOT", "team_id": "T1"}
        return {"ok": False, "error": "channel_not_found"}

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self.is_shut:
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        self.requests.append(request)
        self.opened += 1
        if not self.is_silent:
            count = self.num_connections or len(self.open)
            await socket.send_str(json.dumps({"type": "hello", "num_connections": count}))
        if self.farewell:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": self.farewell}))
            await socket.close()
        async for message in socket:
            if message.type is WSMsgType.PING and not self.is_mute:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                loop = asyncio.get_running_loop()
                said = json.loads(message.data)
                self.acks[said["envelope_id"]] = loop.time()
                self.answers[said["envelope_id"]] = said.get("payload")
        return socket

    async def _response(self, request: web.Request) -> web.Response:
        self.posts.append(await request.json())
        return web.Response(text="ok")
