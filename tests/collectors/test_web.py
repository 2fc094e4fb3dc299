"""Up, down and unknown: what each answer, and each lack of one, is measured as."""

from __future__ import annotations

import asyncio
import itertools
import socket
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.faults import Unavailable
from collectors.web import COLLECTOR, Check, Down, look_up, parse_checks
from tests.collectors.loopback import Asked, Said, serve

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SPAN = Span(NOW, None, ZoneInfo("UTC"))


async def run(client: Client, *urls: str, **more: Any) -> Batch:
    config = COLLECTOR.configure({"urls": urls, "allow_private": True} | more)
    return await COLLECTOR.run(config, client, SPAN)


def values(batch: Batch) -> dict[str, float]:
    assert {one.at for one in batch.samples} <= {NOW}
    return {one.metric: one.value for one in batch.samples}


@pytest.mark.parametrize(
    ("status", "expect", "up"),
    [
        (200, None, 1),
        (204, None, 1),
        (404, None, 0),
        (500, None, 0),
        (401, 401, 1),
        (200, ["404"], 0),
        (404, ["2xx", 404], 1),
        (503, "5XX", 1),
    ],
)
async def test_a_status_makes_a_page_up_or_down(status: int, expect: Any, up: float, client: Client) -> None:
    ticks = itertools.count(0.0, 0.25)
    client.timer = lambda: next(ticks)
    async with serve(lambda _: Said(status)) as server:
        batch = await run(client, server.url, **({"expect_status": expect} if expect else {}))
    assert values(batch) == {"web.up": up, "web.status": status, "web.latency": 0.25}
    assert batch.faults == ()
    assert bool(batch.notes) is (up == 0)


@pytest.mark.parametrize(
    ("body", "up"),
    [(b"Hello Acme", 1), (b"Hello", 0), (b"x" * 1_000_001 + b"Acme", 0), (b"x" * 999_000 + b"Acme", 1)],
)
async def test_expected_words_are_looked_for_up_to_a_limit(body: bytes, up: float, client: Client) -> None:
    async with serve(lambda _: Said(body=body)) as server:
        assert values(await run(client, server.url, expect_text="Acme"))["web.up"] == up


async def test_words_are_read_in_the_charset_of_the_page(client: Client) -> None:
    said = Said(body="größer".encode("latin-1"), headers={"Content-Type": "text/html; charset=latin-1"})
    async with serve(lambda _: said) as server:
        assert values(await run(client, server.url, expect_text="größer"))["web.up"] == 1


async def test_without_expected_words_no_body_is_read(client: Client) -> None:
    async with serve(lambda _: Said(body=b"x", cut=True)) as server:
        assert values(await run(client, server.url))["web.up"] == 1
        assert values(await run(client, server.url, expect_text="x" * 5))["web.up"] == 0


async def test_redirects_are_followed_and_their_time_counts(client: Client) -> None:
    ticks = itertools.count(0.0, 0.25)
    client.timer = lambda: next(ticks)

    def answer(asked: Asked) -> Said:
        return Said(301, headers={"Location": "/there"}) if asked.path == "/" else Said(200)

    async with serve(answer) as server:
        batch = await run(client, server.url)
    assert values(batch) == {"web.up": 1, "web.status": 200, "web.latency": 0.5}


@pytest.mark.parametrize(
    ("location", "words"),
    [("/", "redirects"), ("file:///etc/passwd", "not a web page"), ("http://[::1", "no sense")],
)
async def test_a_redirect_that_leads_nowhere_is_down(location: str, words: str, client: Client) -> None:
    async with serve(lambda _: Said(302, headers={"Location": location})) as server:
        batch = await run(client, server.url)
    assert values(batch) == {"web.up": 0}
    assert words in batch.notes[0]
    assert len(server.asked) <= 6


async def test_a_refused_connection_is_a_measured_zero(client: Client) -> None:
    async with serve(lambda _: Said()) as server:
        pass
    batch = await run(client, server.url)
    assert values(batch) == {"web.up": 0}
    assert "refused" in batch.notes[0]


async def test_silence_is_a_measured_zero(client: Client) -> None:
    async with serve(lambda _: Said(hangs=True)) as server:
        batch = await run(client, server.url, timeout_seconds=0.05)
    assert values(batch) == {"web.up": 0}
    assert "no answer" in batch.notes[0]


async def test_a_page_without_tls_is_down_with_the_reason(client: Client) -> None:
    async with serve(lambda _: Said()) as server:
        batch = await run(client, server.url.replace("http:", "https:"))
    assert values(batch) == {"web.up": 0}
    assert "TLS failed" in batch.notes[0]


async def test_a_second_address_is_tried_when_the_first_refuses(client: Client) -> None:
    async with serve(lambda _: Said()) as server:
        batch = await run(client, f"http://localhost:{server.port}/")
    assert values(batch)["web.up"] == 1


async def test_several_pages_are_told_apart_by_their_address(client: Client) -> None:
    async with serve(lambda asked: Said(200 if asked.path == "/a" else 500)) as server:
        batch = await run(client, f"{server.url}/a", f"{server.url}/b?token=hunter2", url=f"{server.url}/a")
    up = {dict(one.labels)["url"]: one.value for one in batch.samples if one.metric == "web.up"}
    assert up == {f"{server.url}/a": 1, f"{server.url}/b?token=***": 0}
    assert "hunter2" not in str(batch)
    assert server.asked[-1].target.endswith(("/b?token=hunter2", "/a"))


@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL])
async def test_a_name_without_address_is_not_measured_alone(
    number: int, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_names(monkeypatch, socket.gaierror(number, "No such name"))
    batch = await run(client, "https://acme.dev/")
    assert batch.samples == ()
    (fault,) = batch.faults
    assert (fault.kind, fault.metrics) == ("Unavailable", ("web.up", "web.status", "web.latency"))
    assert "name server" in fault.hint


async def test_a_name_server_that_never_answers_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any, **__: Any) -> None:
        await asyncio.sleep(5)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hang)
    with pytest.raises(Unavailable):
        await look_up("acme.dev", 443, 0.01)


async def test_a_name_too_long_to_exist_is_down() -> None:
    with pytest.raises(Down):
        await look_up("a" * 70 + ".example", 443, 1)


def test_no_way_out_counts_as_down_only_beside_a_page_that_answered() -> None:
    lost = Check("https://a.example/", fault=Unavailable("no route", hint="network"))
    alone = parse_checks([lost], SPAN)
    assert (alone.samples, len(alone.faults)) == ((), 1)
    beside = parse_checks([lost, Check("https://b.example/", True, "", 200, 0.1)], SPAN)
    assert beside.faults == ()
    assert {dict(one.labels)["url"]: one.value for one in beside.samples if one.metric == "web.up"} == {
        "https://a.example/": 0,
        "https://b.example/": 1,
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "needs a url"),
        ({"url": "acme.dev"}, "write it like https://acme.dev/"),
        ({"url": "ftp://acme.dev"}, "write it like"),
        ({"url": "https://0177.0.0.1/"}, "write it like"),
        ({"url": "https://u:hunter2@acme.dev"}, "user or password"),
        ({"url": "https://acme.dev", "expect_status": "ok"}, "write it like 200 or 2xx"),
        ({"url": "https://acme.dev", "timeout_seconds": 0}, "greater than 0"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        COLLECTOR.configure(settings)
    assert "hunter2" not in str(caught.value)


def refuse_names(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", refuse)
