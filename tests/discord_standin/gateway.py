"""The gateway: hello, identify or resume, heartbeats, dispatch; drops and closes on demand."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_standin.config import APPLICATION, BOT, GUILD
from tests.discord_standin.world import World

Json = dict[str, Any]

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
INTENTS = {"members": 1 << 1, "presences": 1 << 8, "message_content": 1 << 15}
GUILD_MESSAGES = 1 << 9


@dataclass
class Session:
    """One bot's connection, which outlives its socket."""

    id: str
    intents: int
    socket: web.WebSocketResponse | None
    sent: list[Json] = field(default_factory=list)


class Gateway:
    """Everybody who is connected."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.is_deaf = False  # heartbeats stay unanswered
        self.closing_code = 0  # with which the next identification is refused
        self.admits = asyncio.Event()  # cleared, whoever connects waits at the door
        self.admits.set()
        self._numbers = itertools.count(1)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if "v" not in request.query or request.query.get("encoding") != "json":
            return web.Response(status=400)
        await self.admits.wait()
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        interval = int(self._world.config.heartbeat_seconds * 1_000)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": interval}})
        session: Session | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            said = frame.json()
            if said["op"] == _HEARTBEAT and not self.is_deaf:
                await socket.send_json({"op": _ACK})
            elif said["op"] == _IDENTIFY:
                session = await self._identify(socket, said["d"])
            elif said["op"] == _RESUME:
                session = await self._resume(socket, said["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        config = self._world.config
        asked = {name for name, bit in INTENTS.items() if said["intents"] & bit}
        code = self.closing_code or (4004 if said["token"] != config.token else 0)
        code = code or (4014 if asked - config.granted else 0)
        if code:
            await socket.close(code=code)
            return None
        self.identified += 1
        session = Session(f"session-{next(self._numbers)}", said["intents"], socket)
        self.sessions[session.id] = session
        host = socket._req.host if socket._req is not None else ""
        ready = {
            "v": 10,
            "user": self._world.user(BOT),
            "guilds": [{"id": GUILD, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": f"ws://{host}/gw/",
            "application": {"id": APPLICATION, "flags": 0},
        }
        await self._send(session, "READY", ready)
        await self._send(session, "GUILD_CREATE", self._world.guild())
        return session

    async def _resume(self, socket: web.WebSocketResponse, said: Json) -> Session | None:
        session = self.sessions.get(said["session_id"])
        if session is None or said["token"] != self._world.config.token:
            await socket.send_json({"op": _INVALID, "d": False})
            return None
        self.resumed += 1
        session.socket = socket
        for missed in session.sent[int(said["seq"] or 0) :]:
            await socket.send_json(missed)
        await self._send(session, "RESUMED", {})
        return session

    async def _send(self, session: Session, event: str, data: Json) -> None:
        frame = {"op": _DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
        session.sent.append(frame)
        if session.socket is not None and not session.socket.closed:
            await session.socket.send_json(frame)

    async def dispatch(self, event: str, data: Json, *, needs: int = 0) -> int:
        """Tell everybody who listens for it; how many were told, or will be when they resume."""
        told = [one for one in self.sessions.values() if not needs or one.intents & needs]
        for session in told:
            await self._send(session, event, data)
        return len(told)

    async def drop(self, *, code: int = 0) -> None:
        """End every socket: with a close code, or without a word."""
        for session in self.sessions.values():
            if session.socket is not None:
                if code:
                    asyncio.get_running_loop().create_task(session.socket.close(code=code))
                elif (request := session.socket._req) is not None and request.transport is not None:
                    request.transport.abort()
        await asyncio.sleep(0)

    def forget(self) -> None:
        """No session can be resumed any more."""
        self.sessions.clear()

    def open_count(self) -> int:
        return sum(one.socket is not None and not one.socket.closed for one in self.sessions.values())
