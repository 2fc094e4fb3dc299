"""A small HTTP server on the machine's own address: collectors reach it over real sockets."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REASON = "Said"


@dataclass(frozen=True)
class Asked:
    """One request as the server read it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    """One response. `hangs` leaves the question open, `cut` closes in the middle of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    cut: bool = False


def said_json(payload: Any, status: int = 200, /, **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, json.dumps(payload).encode(), {"Content-Type": "application/json"} | named)


Answerer = Callable[[Asked], Said | Awaitable[Said]]


@dataclass
class Server:
    """A running server: its address and everything it was asked."""

    url: str
    port: int
    asked: list[Asked] = field(default_factory=list)


@asynccontextmanager
async def serve(
    answer: Answerer, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    server = Server("", 0)
    open_writers: set[asyncio.StreamWriter] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.add(writer)
        try:
            asked = await _read(reader)
            if asked is not None:
                server.asked.append(asked)
                said = answer(asked)
                await _write(writer, said if isinstance(said, Said) else await said)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            open_writers.discard(writer)
            writer.close()

    listener = await asyncio.start_server(on_connection, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"http://{host if ':' not in host else f'[{host}]'}:{server.port}"
    try:
        yield server
    finally:
        listener.close()
        for writer in tuple(open_writers):
            writer.transport.abort()
        await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        beginning = await reader.readexactly(1)
        if not beginning.isalpha():  # a TLS greeting to a server that speaks none
            return None
        head = (beginning + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


async def _write(writer: asyncio.StreamWriter, said: Said) -> None:
    if said.hangs:
        await asyncio.sleep(30)
    length = len(said.body) + (10 if said.cut else 0)
    headers = {"Content-Length": str(length), "Connection": "close"} | said.headers
    if said.status == 304:
        headers.pop("Content-Length")
    lines = [f"HTTP/1.1 {said.status} {REASON}", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + said.body)
    await writer.drain()
