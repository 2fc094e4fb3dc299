"""What a hostile server can send: bytes without end, bodies that swell, and ways into the network."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.jobs.collect import Answers
from collectors.base import UnexpectedResponse
from collectors.exchange import refuse_inside
from collectors.http import CachedResponse, Client, Policy
from storage import SessionFactory, connect
from tests.collectors.conftest import Waits
from tests.collectors.loopback import Asked, Said, serve
from tests.factories import NOW


@dataclass
class Flood:
    """A server that answers every question with bytes without end."""

    head: bytes
    sent: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + self.head)
        try:
            while True:
                writer.write(b"[" * 65_536)
                self.sent += 65_536
                await writer.drain()
        except OSError:
            writer.close()


@asynccontextmanager
async def asked_of(url: str, *, most: int = 1_000_000) -> AsyncIterator[Any]:
    async with httpx.AsyncClient(trust_env=False) as http:
        client = Client(http, now=lambda: NOW, policy=Policy(body_bytes=most, attempts=1), sleep=Waits())
        yield client.at(url)


@pytest.mark.parametrize("head", [b"\r\n", b"Content-Length: 1000000000\r\n\r\n"], ids=["endless", "1 GB"])
async def test_a_body_without_end_is_left_at_the_limit(head: bytes) -> None:
    flood = Flood(head)
    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        async with asked_of(f"http://127.0.0.1:{port}") as api:
            with pytest.raises(UnexpectedResponse, match="sent more than 1,000,000 bytes"):
                await api.get_json("/")
        assert flood.sent < 20_000_000  # of which most waits in the sockets
    finally:
        server.close()


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,deflate", "zstd", "br", "GZIP , gzip"])
async def test_a_body_that_may_swell_without_end_is_not_unpacked(coding: str) -> None:
    packed = gzip.compress(gzip.compress(b"0" * 3_000_000))
    asked: list[Asked] = []

    def answer(one: Asked) -> Said:
        asked.append(one)
        return Said(200, packed, {"Content-Encoding": coding})

    async with serve(answer) as server, asked_of(server.url) as api:
        with pytest.raises(UnexpectedResponse, match="packed its body in a way that was not asked for"):
            await api.get_json("/")
    assert asked[0].headers["accept-encoding"] == "gzip, deflate"


async def test_a_packed_body_is_read_and_held_to_the_same_limit() -> None:
    bodies = iter([gzip.compress(b'{"a": 1}'), gzip.compress(b"0" * 2_000_000)])

    def answer(_asked: Asked) -> Said:
        return Said(200, next(bodies), {"Content-Encoding": "gzip"})

    async with serve(answer) as server, asked_of(server.url) as api:
        assert await api.get_json("/") == {"a": 1}
        with pytest.raises(UnexpectedResponse, match="sent more than"):
            await api.get_json("/")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "127.0.0.1", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0",
        "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00::1]", "10.0.0.1", "192.168.1.1",
        "172.16.0.1", "100.64.0.1", "[::]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
        "224.0.0.1", "255.255.255.255", "[ff02::1]",
    ],
)  # fmt: skip
async def test_a_vendor_cannot_lead_the_bot_into_a_network(host: str) -> None:
    with pytest.raises(UnexpectedResponse, match="lies inside a network"):
        await refuse_inside("https://vendor.example/api", f"http://{host}:8080/latest/meta-data")


@pytest.mark.parametrize("target", ["http://2130706433:{port}/", "http://[::1]:{port}/", "//127.1:{port}/x"])
async def test_nor_by_any_spelling_of_its_own_machine(target: str) -> None:
    async with serve(
        lambda asked: Said(302, b"", {"Location": away}) if asked.path == "/" else Said()
    ) as server:
        away = target.format(port=server.port)
        async with asked_of(f"http://localhost:{server.port}") as api:
            with pytest.raises(UnexpectedResponse, match="lies inside a network"):
                await api.get_json("/")
        assert [one.path for one in server.asked] == ["/"]


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "gopher://127.0.0.1/", "data:,{}", "ftp://x/", "javascript:1"]
)
async def test_a_redirect_to_something_else_than_the_web_is_refused(scheme: str) -> None:
    async with serve(lambda _: Said(302, b"", {"Location": scheme})) as server, asked_of(server.url) as api:
        with pytest.raises(UnexpectedResponse, match=r"unsafe address|not a usable address"):
            await api.get_json("/")


def test_answers_that_are_never_asked_for_again_are_dropped(sqlite_url: str) -> None:
    """An address with today's date in it comes once: its answer must not stay for good."""
    engine = connect(sqlite_url)
    sessions = SessionFactory(engine)
    with sessions.begin() as session:
        answers = Answers(session, most=1_000)
        answers["always"] = CachedResponse(b"a" * 100, '"1"')
        for day in range(50):
            answers[f"of day {day}"] = CachedResponse(b"d" * 100, '"1"')
            assert answers.get("always")
        answers.keep(session, NOW)
    assert len(answers) == 10
    assert {"always", "of day 49"} <= set(answers)
    assert answers.get("of day 1", "none") == "none"
    with sessions.read() as session:
        assert set(Answers(session)) == set(answers)
        assert len(Answers(session, most=350)) == 3
    engine.dispose()
