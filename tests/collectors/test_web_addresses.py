"""Which addresses may be asked, and that the one checked is the one connected to."""

from __future__ import annotations

import errno
import ipaddress
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from collectors.base import Client, Span
from collectors.faults import UnexpectedResponse
from collectors.web import COLLECTOR, Address, Check, Config, check, connect_fault, is_public
from tests.collectors.loopback import Said, serve

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PUBLIC = "93.184.215.14"


def resolver(**names: list[str]) -> Callable[[str, int, float], Awaitable[list[Address]]]:
    """Knows these names; dots are written as underscores. Each question takes the first answer off a list."""

    async def resolve(host: str, _port: int, _seconds: float) -> list[Address]:
        known = names[host.replace(".", "_")]
        return [ipaddress.ip_address(known.pop(0) if len(known) > 1 else known[0])]

    return resolve


def mocked(respond: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client(httpx.AsyncClient(transport=httpx.MockTransport(respond)), now=lambda: NOW)


def config(**more: Any) -> Config:
    return COLLECTOR.configure({"url": "https://public.test/"} | more)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[ff02::1]",
    ],
)
async def test_addresses_inside_a_network_are_refused_in_every_spelling(host: str, client: Client) -> None:
    async with serve(lambda _: Said()) as server:
        settings = COLLECTOR.configure({"url": f"http://{host}:{server.port}/"})
        batch = await COLLECTOR.run(settings, client, Span(NOW, None, ZoneInfo("UTC")))
    assert server.asked == []
    assert batch.samples == ()
    assert "allow_private" in batch.faults[0].hint


@pytest.mark.parametrize(
    "text", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_of_the_open_internet_are_allowed(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


async def test_the_checked_address_is_asked_under_the_name_of_the_page() -> None:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    found = await check(
        "https://public.test:8443/x", config(), mocked(respond), resolve=resolver(public_test=[PUBLIC])
    )
    assert found.up
    (request,) = asked
    assert str(request.url) == f"https://{PUBLIC}:8443/x"
    assert request.headers["host"] == "public.test:8443"
    assert request.headers["connection"] == "close"
    assert request.extensions["sni_hostname"] == "public.test"


async def test_a_name_that_changes_its_mind_is_asked_at_the_checked_address() -> None:
    hosts: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(200)

    resolve = resolver(public_test=[PUBLIC, "127.0.0.1"])
    assert (await check("https://public.test/", config(), mocked(respond), resolve=resolve)).up
    assert hosts == [PUBLIC]
    again = await check("https://public.test/", config(), mocked(respond), resolve=resolve)
    assert isinstance(again.fault, UnexpectedResponse)
    assert hosts == [PUBLIC]


@pytest.mark.parametrize("target", ["http://inside.test/", "http://inside.test/secret?x=1"])
async def test_a_redirect_into_a_network_is_refused(target: str) -> None:
    hosts: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(302, headers={"Location": target})

    resolve = resolver(public_test=[PUBLIC], inside_test=["169.254.169.254"])
    found = await check("https://public.test/", config(), mocked(respond), resolve=resolve)
    assert isinstance(found.fault, UnexpectedResponse)
    assert "inside.test" in found.fault.message
    assert hosts == [PUBLIC]


@pytest.mark.parametrize(("numbers", "is_down"), [([errno.ENETUNREACH], False), ([errno.ECONNREFUSED], True)])
def test_no_route_is_told_apart_from_a_refusal(numbers: list[int], is_down: bool) -> None:
    errors = []
    for number in numbers:
        error = httpx.ConnectError("failed")
        error.__cause__ = OSError(number, "failed")
        errors.append(error)
    assert (type(connect_fault("acme.dev", errors)).__name__ == "Down") is is_down


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for site.test, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    wish = ["-subj", "/CN=site.test", "-addext", "subjectAltName=DNS:site.test", "-days", "2", "-nodes"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run([*command, *wish, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.mark.parametrize(
    ("name", "is_trusted", "up"), [("site.test", True, 1), ("other.test", True, 0), ("site.test", False, 0)]
)
async def test_a_certificate_is_held_against_the_name_and_not_the_address(
    name: str, is_trusted: bool, up: bool, certificate: Path
) -> None:
    found = await visit_over_tls(name, certificate, is_trusted=is_trusted)
    assert found.up is bool(up)
    assert up or "certificate verify failed" in found.reason


async def visit_over_tls(name: str, certificate: Path, *, is_trusted: bool) -> Check:
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    if is_trusted:
        ours.load_verify_locations(certificate)
    async with (
        serve(lambda _: Said(), tls=theirs) as server,
        httpx.AsyncClient(verify=ours, trust_env=False) as http,
    ):
        client = Client(http, now=lambda: NOW)
        page, resolve = (
            f"https://{name}:{server.port}/",
            resolver(site_test=["127.0.0.1"], other_test=["127.0.0.1"]),
        )
        return await check(page, config(allow_private=True), client, resolve=resolve)
